"""Which claims count: replacements take the place of what they replace, voids and reversals take it away; and claims to visits."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from nlp_pipeline.auditing.identity import all_keys, same_person
from nlp_pipeline.records.billed_claim import STEPS, BilledClaim, BilledLine, BilledVisit, Step


@dataclass(slots=True)
class Settled:
    """The claims that count, and the numbers of those that a later one took the place of."""

    claims: list[BilledClaim]
    superseded: dict[str, list[str]] = field(default_factory=dict)


def settle(claims: Iterable[BilledClaim]) -> Settled:
    """Apply replacements, voids and reversals, in the order in which claims come."""
    given = list(claims)
    payer_numbers = {each.payer_number: each.id for each in given if each.step == "remitted" and each.payer_number}
    kept: dict[int, BilledClaim] = {}
    by_number: dict[str, list[int]] = {}
    settled = Settled([])
    for number, claim in enumerate(given):
        if claim.frequency == "original":
            held = by_number.setdefault(claim.id, [])
            for at in _sent_again(claim, {at: kept[at] for at in held if at in kept}):
                settled.superseded.setdefault(claim.id, []).append(kept.pop(at).id)
            kept[number] = claim
            held.append(number)
            continue
        for at in _taken_back(claim, kept, payer_numbers):
            settled.superseded.setdefault(claim.id, []).append(kept.pop(at).id)
        if claim.frequency == "replacement":
            kept[number] = claim
    settled.claims = list(kept.values())
    return settled


def _sent_again(claim: BilledClaim, kept: dict[int, BilledClaim]) -> list[int]:
    """Find the same claim sent before, under its own number and with the same lines; remittances add up, and are no repetition."""
    if claim.step == "remitted":
        return []
    lines = _gist(claim)
    return [at for at, each in kept.items() if (each.id, each.step, each.therapists) == (claim.id, claim.step, claim.therapists) and _gist(each) == lines]


def _gist(claim: BilledClaim) -> list[tuple[str, float, tuple[str, ...], str]]:
    return sorted((line.code, line.units, line.modifiers, str(line.date_of_service)) for line in claim.lines)


def _taken_back(claim: BilledClaim, kept: dict[int, BilledClaim], payer_numbers: dict[str, str]) -> list[int]:
    """Find what a replacement, a void or a reversal is about: by the payer's number, by its own number, else by patient, days and codes."""
    earlier = {at: each for at, each in kept.items() if each.step == claim.step}
    named = {name for name in (claim.replaces, payer_numbers.get(claim.replaces or "")) if name}
    found = [at for at, each in earlier.items() if each.id in named or (each.payer_number and each.payer_number in named)]
    if not found:
        found = [at for at, each in earlier.items() if each.id == claim.id]
    if not found and claim.step == "submitted":
        days = {line.date_of_service for line in claim.lines}
        found = [
            at for at, each in earlier.items() if {line.date_of_service for line in each.lines} == days and all_keys(each.patients) & all_keys(claim.patients)
        ]
        found = found if len(found) == 1 else []
    return found if claim.step != "remitted" else found[-1:]


@dataclass(slots=True)
class OpenVisit:
    """A visit while its claims are gathered."""

    patients: tuple[str, ...]
    day: date | None
    therapists: tuple[str, ...]
    payer: str | None
    steps: dict[Step, list[BilledLine]] = field(default_factory=dict)
    claims: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    superseded: list[str] = field(default_factory=list)

    def join(self, claim: BilledClaim, lines: Sequence[BilledLine], superseded: Iterable[str]) -> None:
        """Add a claim's lines of this day."""
        self.patients = tuple(dict.fromkeys((*self.patients, *claim.patients)))
        self.therapists = tuple(dict.fromkeys((*self.therapists, *claim.therapists)))
        self.payer = self.payer or claim.payer
        self.steps.setdefault(claim.step, []).extend(lines)
        self.claims += [claim.id] if claim.id not in self.claims else []
        self.notices += [each for each in claim.notices if each not in self.notices]
        self.superseded += [each for each in superseded if each not in self.superseded]

    def whole(self) -> BilledVisit:
        """Give the visit."""
        steps: dict[Step, tuple[BilledLine, ...]] = {step: tuple(self.steps[step]) for step in STEPS if step in self.steps}
        name = f"{self.claims[0]}/{self.day.isoformat() if self.day else 'no-day'}"
        return BilledVisit(name, self.patients, self.day, self.therapists, self.payer, steps, tuple(self.claims), tuple(self.notices), tuple(self.superseded))


class Visits:
    """Gathers claims into visits: one patient, one day, one therapist, with each step's lines side by side."""

    def __init__(self) -> None:
        self._open: list[OpenVisit] = []
        self._by_claim: dict[tuple[str, date | None], list[OpenVisit]] = {}
        self._by_patient: dict[tuple[str, date | None], list[OpenVisit]] = {}

    def take(self, settled: Settled) -> Iterator[BilledVisit]:
        """Give the visits of some claims, in the order in which they first come."""
        sent = {claim.id: claim for claim in settled.claims if claim.step == "submitted"}
        for step in ("submitted", "charge", "remitted"):  # what went out gives the others their day and their therapist
            for claim in settled.claims:
                if claim.step == step:
                    self._enter(_dated(claim, sent.get(claim.id)) if step == "remitted" else claim, settled.superseded.get(claim.id, ()))
        yield from (each.whole() for each in self._open)

    def _enter(self, claim: BilledClaim, superseded: Iterable[str]) -> None:
        by_day: dict[date | None, list[BilledLine]] = {}
        for line in claim.lines:
            by_day.setdefault(line.date_of_service, []).append(line)
        for day, lines in by_day.items():
            visit = self._visit_of(claim, day)
            visit.join(claim, lines, superseded)
            self._by_claim.setdefault((claim.id, day), []).append(visit)
            for key in all_keys(claim.patients[:1]):
                held = self._by_patient.setdefault((key, day), [])
                if visit not in held:
                    held.append(visit)

    def _visit_of(self, claim: BilledClaim, day: date | None) -> OpenVisit:
        """Find the visit that a claim's day belongs to: by the claim's number, else by patient, day and therapist."""
        same_claim = [each for each in self._by_claim.get((claim.id, day), ()) if same_person(each.therapists, claim.therapists) is not False]
        candidates = same_claim or [each for key in all_keys(claim.patients[:1]) for each in self._by_patient.get((key, day), ())]
        for each in candidates:
            if (
                same_claim
                or same_person(each.therapists, claim.therapists) is True
                or (claim.step not in each.steps and same_person(each.therapists, claim.therapists) is None)
            ):
                return each
        visit = OpenVisit(claim.patients, day, claim.therapists, claim.payer)
        self._open.append(visit)
        return visit


def _dated(claim: BilledClaim, sent: BilledClaim | None) -> BilledClaim:
    """Give a remittance's undated lines the days of the lines that went out, by the line's number, else by its code."""
    if sent is None or all(line.date_of_service for line in claim.lines):
        return claim
    by_number = {line.control: line.date_of_service for line in sent.lines if line.control}
    by_code = {line.code: line.date_of_service for line in sent.lines}
    days = {line.date_of_service for line in sent.lines}
    only = next(iter(days)) if len(days) == 1 else None
    lines = tuple(
        replace(line, date_of_service=line.date_of_service or by_number.get(line.control or "") or by_code.get(line.billed_as or line.code) or only)
        for line in claim.lines
    )
    return replace(claim, lines=lines)


def visits_of(claims: Iterable[BilledClaim]) -> tuple[BilledVisit, ...]:
    """Settle claims and gather them into visits."""
    return tuple(Visits().take(settle(claims)))
