"""Notes and bills laid side by side: by patient, day and rendering therapist; what finds no partner is told, with what comes near it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from nlp_pipeline.auditing.categories import categories
from nlp_pipeline.auditing.identity import all_keys, keys_of, same_person
from nlp_pipeline.auditing.settling import visits_of
from nlp_pipeline.records.audit_case import NearMatch, Unmatched
from nlp_pipeline.records.billed_claim import BilledClaim, BilledVisit
from nlp_pipeline.records.note import Note

NEAR_DAYS = 3
MOST_NEAR = 3
NOT_COMPARED = "The therapist of the bill and of the note could not be compared; patient and day decided."


@dataclass(frozen=True, slots=True)
class Pair:
    """A note and the bill for its visit."""

    note: Note
    billed: BilledVisit


@dataclass(frozen=True, slots=True)
class Paired:
    """All pairs in the order of day and id, and what was left on either side."""

    pairs: tuple[Pair, ...]
    unmatched: tuple[Unmatched, ...]


def pair(notes: Iterable[Note], claims: Iterable[BilledClaim]) -> Paired:
    """Match notes with what was billed."""
    matcher = Matcher(tuple(notes), visits_of(claims))
    return matcher.pair()


class Matcher:
    """Holds both sides while they are matched."""

    def __init__(self, notes: Sequence[Note], visits: Sequence[BilledVisit]) -> None:
        self.notes, self.visits = notes, visits
        self.taken: dict[str, BilledVisit] = {}
        self._by_patient: dict[str, list[Note]] = {}
        self._by_id = {note.id: note for note in notes}
        for note in notes:
            for key in keys_of(note.patient) if note.patient else ():
                self._by_patient.setdefault(key, []).append(note)
        self._by_day: dict[date | None, list[Note]] = {}
        for note in notes:
            self._by_day.setdefault(note.date_of_service, []).append(note)

    def pair(self) -> Paired:
        """Match the sure ones first, then those whose therapists cannot be compared."""
        left = list(self.visits)
        pairs: list[Pair] = []
        for sure in (True, False):
            waiting, left = left, []
            for visit in waiting:
                note = self._note_for(visit, sure=sure)
                if note is None:
                    left.append(visit)
                    continue
                self.taken[note.id] = visit
                pairs.append(Pair(note, visit if sure else replace(visit, notices=(*visit.notices, NOT_COMPARED))))
        pairs.sort(key=lambda each: (each.note.date_of_service or date.max, each.note.id))
        billed = [self._billed_alone(visit) for visit in left]
        kept = Waiting.of(left)
        alone = [_note_alone(note, kept) for note in self.notes if note.id not in self.taken]
        return Paired(tuple(pairs), (*billed, *alone))

    def _note_for(self, visit: BilledVisit, *, sure: bool) -> Note | None:
        found = [note for note in self._of_patient(visit) if note.date_of_service == visit.date_of_service and note.id not in self.taken]
        for note in found:
            same = same_person(visit.therapists, (note.therapist,) if note.therapist else ())
            if same is True or (not sure and same is None and self._alone(visit, note)):
                return note
        return None

    def _of_patient(self, visit: BilledVisit) -> list[Note]:
        named = [note for claim in visit.claims if (note := self._by_id.get(claim)) is not None]
        found = [note for key in all_keys(visit.patients) for note in self._by_patient.get(key, ())]
        return sorted({note.id: note for note in (*named, *found)}.values(), key=lambda note: (note not in named, note.id))

    def _alone(self, visit: BilledVisit, note: Note) -> bool:
        """Say whether nothing else of the day could be meant: it is the only note, or the only one of the discipline that the bill's modifiers name."""
        if note.id in visit.claims:
            return True
        others = [each for each in self._of_patient(visit) if each.date_of_service == visit.date_of_service and each.id not in self.taken]
        plans = {plan for line in visit.lines for name in line.modifiers if (plan := categories().plans.get(name))}
        if len(others) > 1 and len(plans) == 1 and all(each.discipline for each in others):
            others = [each for each in others if each.discipline in plans]
        return others == [note]

    def _billed_alone(self, visit: BilledVisit) -> Unmatched:
        near: list[NearMatch] = []
        for note in self._of_patient(visit):
            if note.id in self.taken:
                if note.date_of_service == visit.date_of_service:
                    near.append(NearMatch(note.id, "same patient and day; the note already answers another bill"))
            elif note.date_of_service == visit.date_of_service:
                several = same_person(visit.therapists, (note.therapist,) if note.therapist else ()) is None
                near.append(NearMatch(note.id, "same patient and day; several notes could be meant" if several else "same patient and day, another therapist"))
            elif days := _days_between(note.date_of_service, visit.date_of_service):
                near.append(NearMatch(note.id, f"same patient, {days} apart"))
        for note in self._by_day.get(visit.date_of_service, ()):
            if note.id not in self.taken and _one_sign_apart(note.patient, visit.patients):
                near.append(NearMatch(note.id, "same day; the patient's number differs in one sign"))
        reason = "no note of this patient, day and therapist" if near or self._of_patient(visit) else "no note of this patient"
        first = next(iter(visit.lines), None)
        return Unmatched(
            "billed",
            visit.id,
            next(iter(visit.patients), None),
            visit.date_of_service,
            next(iter(visit.therapists), None),
            visit.payer,
            reason,
            tuple(near[:MOST_NEAR]),
            visit,
            where=first.where if first else None,
        )


@dataclass(frozen=True, slots=True)
class Waiting:
    """Bills that found no note, by patient and by day."""

    by_patient: Mapping[str, Sequence[BilledVisit]]
    by_day: Mapping[date | None, Sequence[BilledVisit]]

    @classmethod
    def of(cls, visits: Sequence[BilledVisit]) -> "Waiting":
        """Sort some bills."""
        by_patient: dict[str, list[BilledVisit]] = {}
        by_day: dict[date | None, list[BilledVisit]] = {}
        for visit in visits:
            by_day.setdefault(visit.date_of_service, []).append(visit)
            for key in all_keys(visit.patients):
                by_patient.setdefault(key, []).append(visit)
        return cls(by_patient, by_day)


def _note_alone(note: Note, waiting: Waiting) -> Unmatched:
    near: dict[str, NearMatch] = {}
    for visit in (each for key in keys_of(note.patient or "") for each in waiting.by_patient.get(key, ())):
        if visit.date_of_service == note.date_of_service:
            near[visit.id] = NearMatch(visit.id, "same patient and day, another therapist")
        elif days := _days_between(note.date_of_service, visit.date_of_service):
            near[visit.id] = NearMatch(visit.id, f"same patient, {days} apart")
    for visit in waiting.by_day.get(note.date_of_service, ()):
        if visit.id not in near and _one_sign_apart(note.patient, visit.patients):
            near[visit.id] = NearMatch(visit.id, "same day; the patient's number differs in one sign")
    if note.patient is None:
        reason = "the note does not say whose it is"
    elif note.date_of_service is None:
        reason = "the note has no date of service"
    else:
        reason = "nothing was billed for this patient, day and therapist"
    return Unmatched("note", note.id, note.patient, note.date_of_service, note.therapist, note.payer, reason, tuple(near.values())[:MOST_NEAR])


def _days_between(one: date | None, other: date | None) -> str:
    if one is None or other is None or one == other or abs((one - other).days) > NEAR_DAYS:
        return ""
    days = abs((one - other).days)
    return f"{days} day{'s' if days > 1 else ''}"


def _one_sign_apart(patient: str | None, others: Iterable[str]) -> bool:
    """Say whether a number differs from another in one sign, changed, left out or exchanged with its neighbour."""
    if not patient:
        return False
    from rapidfuzz.distance import OSA  # needed for what is left over alone

    mine = patient.casefold().strip()
    return any(OSA.distance(mine, each.casefold().strip(), score_cutoff=1) == 1 for each in others if min(len(mine), len(each)) > NEAR_DAYS)
