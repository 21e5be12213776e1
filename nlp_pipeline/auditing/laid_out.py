"""A coded visit and its bill as the comparison is given them, and what a comparison gives back before it is put in words."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from nlp_pipeline.auditing.categories import categories
from nlp_pipeline.auditing.support import silent_codes
from nlp_pipeline.records.billed_claim import BilledLine, BilledVisit
from nlp_pipeline.records.claim import AuditedClaim, ClaimLine
from nlp_pipeline.records.coded_note import CodedNote
from nlp_pipeline.records.discrepancy import Direction
from nlp_pipeline.records.finding import Finding
from nlp_pipeline.records.note import Span
from nlp_pipeline.records.rules import Rules

Look = Callable[[Sequence[BilledLine]], object]
ZERO = Decimal("0.00")
NO_TREATMENT = frozenset(
    {"restated", "total", "rest", "history", "plan", "goal", "home", "documentation", "other_discipline", "not_furnished", "test", "taken_back"}
)
CUEING = "skilled_cueing"
LEAST_LEFT = 8  # minutes; less is a dosage or a hold, and earns no unit
WRITTEN_TIME = re.compile(rf"\b(?P<minutes>\d{{1,3}})\s*-?\s*(?:min(?:ute)?s?\b|['’](?!\d))|\b(?P<named>\d{{1,2}})\s+(?:{'|'.join(categories().labels)})\b")


@dataclass(frozen=True, slots=True)
class LaidOut:
    """Everything that the comparison of one visit needs.

    `submitted` are the billed lines priced as they stand, `supported` the claim that the note supports, `price` what some lines are worth together.
    `findings` are those of the billed lines alone. `whole_year` says that the bills given are all of the patient's year; `signatures_expected`
    that the notes of this run bear signatures.
    """

    coded: CodedNote
    billed: BilledVisit
    submitted: AuditedClaim
    supported: AuditedClaim
    rules: Rules
    price: Callable[[Sequence[ClaimLine]], Decimal | None]
    whole_year: bool = False
    signatures_expected: bool = False
    units_billed: Mapping[str, int] = field(init=False)
    units_supported: Mapping[str, int] = field(init=False)

    def __post_init__(self) -> None:
        """Add up the units of both sides; where the rule leaves a choice, the lawful one nearest to the bill is taken."""
        billed = units_of(self.submitted.claim.lines)
        object.__setattr__(self, "units_billed", billed)
        object.__setattr__(self, "units_supported", _nearest(self.supported, billed))

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Give the findings of the note, then those of the billed lines."""
        return (*self.coded.findings, *self.submitted.findings)

    def worth(self) -> Decimal | None:
        """Give what the billed lines are worth as they stand."""
        return self.price(self.submitted.claim.lines)

    def supported_worth(self) -> Decimal | None:
        """Give what the supported claim is worth: its units as they stand nearest to the bill, less what an edit that nothing lifts takes off."""
        return self.price(payable_lines(self.supported, self.units_billed, self.rules))

    def changed_by(self, lines: Sequence[ClaimLine]) -> Decimal | None:
        """Give how much more the bill is worth than it would be with other lines."""
        before, after = self.worth(), self.price(lines)
        return None if before is None or after is None else before - after

    def with_units(self, code: str, units: int) -> tuple[ClaimLine, ...]:
        """Give the billed lines with another number of units of one code."""
        return with_units(self.submitted.claim.lines, code, units)

    def timed(self, code: str) -> bool:
        """Say whether a code is billed by its minutes."""
        rule = self.rules.codes.get(code)
        return rule is not None and rule.timing == "timed"

    def unmeasured(self) -> tuple[str, ...]:
        """Name the timed services of the note without minutes of their own."""
        return silent_codes(self.coded, self.rules)

    def has_minutes(self, code: str) -> bool:
        """Say whether the note gives a service time of its own."""
        return any(each.code == code and each.minutes for each in (*self.supported.encounter.services, *self.coded.encounter.services))

    def tells_time(self) -> bool:
        """Say whether the note tells any time of treatment, be it one that no service could be given."""
        return self.time_left() > 0 or any(each.kind != "dosage" and each.performed for each in self.coded.encounter.minutes)

    def time_left(self) -> float:
        """Give the minutes that the note tells, that were given to no service, and that are not known to be something else than treatment.

        A time in the words of a measure, a deficit, a goal or a response is known for what it is.
        """
        time = self.coded.facts.time
        measured = [each.span for each in self.coded.facts.evidence if each.element != CUEING]
        aside = [(each.span, each.minutes) for each in time.set_aside if each.reason not in NO_TREATMENT]
        dosage = [(each.span, each.minutes) for each in self.coded.encounter.minutes if each.kind == "dosage" and each.performed and each.minutes >= LEAST_LEFT]
        known = [*(each.span for each in self.coded.encounter.minutes), *(each.span for each in time.minutes), *(each.span for each in time.set_aside)]
        written = [
            float(each["minutes"] or each["named"])
            for each in WRITTEN_TIME.finditer(self.coded.facts.note.text)
            if not any(span.start < each.end() and each.start() < span.end for span in known)
        ]
        free = [each for each in (*aside, *dosage) if not any(span.start < each[0].end and each[0].start < span.end for span in measured)]
        told = {span.start: minutes for span, minutes in free if minutes >= LEAST_LEFT}
        return sum(told.values()) + sum(each for each in written if each >= LEAST_LEFT)

    def described(self) -> frozenset[str]:
        """Name the codes that the note's services and performed activities show, with or without time."""
        shown = {each.code for each in (*self.supported.encounter.services, *self.coded.encounter.services)}
        for intervention, suggestion in zip(self.coded.facts.interventions, self.coded.suggestions, strict=True):
            if intervention.status == "performed":
                shown.add(suggestion.code)
                shown.update((suggestion.prediction_set or ()) if suggestion.unsure else ())
        return frozenset(shown)


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference found: its category, the values for its wording, and how to look it up at each step of the bill.

    `look` gives the value of a step's lines, `right` the one that the note supports; where they part first is the divergence.
    """

    category: str
    direction: Direction
    values: Mapping[str, object]
    codes: tuple[str, ...] = ()
    amount: Decimal | None = None
    at_risk: Decimal | None = None
    evidence: tuple[Span, ...] = ()
    look: Look | None = None
    right: object = None
    material: bool | None = None
    finding: str | None = None
    source: str = ""
    mark: str = ""


def payable_lines(supported: AuditedClaim, billed: Mapping[str, int], rules: Rules) -> tuple[ClaimLine, ...]:
    """Give the lines of a supported claim, its units as they stand nearest to the bill, without what an edit that nothing lifts takes off."""
    lines = supported.claim.lines
    for code, units in _nearest(supported, billed).items():
        lines = with_units(lines, code, units)
    unlifted = _unlifted(supported, rules)
    return tuple(line for line in lines if line.code not in unlifted)


def _unlifted(supported: AuditedClaim, rules: Rules) -> frozenset[str]:
    """Name the second codes of edited pairs that no modifier sets apart on the supported claim."""
    law = rules.claim
    if law is None:
        return frozenset()
    apart = {line.code for line in supported.claim.lines for name in line.modifiers if name in law.modifiers and law.modifiers[name].kind == "distinct"}
    edits = [each.edit for each in supported.claim.edits]
    return frozenset(edit.column2 for edit in edits if edit.indicator != 1 or not apart & {edit.column1, edit.column2})


def units_of(lines: Sequence[ClaimLine] | Sequence[BilledLine]) -> dict[str, int]:
    """Add up the units of each code."""
    units: dict[str, int] = {}
    for line in lines:
        units[line.code] = units.get(line.code, 0) + int(line.units)
    return {code: count for code, count in units.items() if count}


def with_units(lines: Sequence[ClaimLine], code: str, units: int) -> tuple[ClaimLine, ...]:
    """Give some lines with another number of units of one code; the last of its lines give way first."""
    over = sum(line.units for line in lines if line.code == code) - units
    changed: list[ClaimLine] = []
    for line in reversed(lines):
        if line.code == code and over > 0:
            taken = min(over, line.units)
            over -= taken
            line = replace(line, units=line.units - taken)
        changed.append(line)
    kept = [line for line in reversed(changed) if line.units]
    if over < 0:
        first = next((at for at, line in enumerate(kept) if line.code == code), None)
        if first is None:
            return (*kept, ClaimLine(code, -over))
        kept[first] = replace(kept[first], units=kept[first].units - over)
    return tuple(kept)


def _nearest(supported: AuditedClaim, billed: Mapping[str, int]) -> dict[str, int]:
    """Choose among the lawful ways to share the units the one that is nearest to the bill."""
    own = units_of(supported.claim.lines)
    best = own
    for way in supported.claim.lawful:
        candidate = {**own, **{code: count for code, count in way.items() if code in own or count}}
        if sum(candidate.values()) == sum(own.values()) and _distance(candidate, billed) < _distance(best, billed):
            best = candidate
    return {code: count for code, count in best.items() if count}


def _distance(one: Mapping[str, int], other: Mapping[str, int]) -> int:
    return sum(abs(one.get(code, 0) - other.get(code, 0)) for code in one.keys() | other.keys())
