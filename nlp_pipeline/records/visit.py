"""What is kept of a coded note when it is laid beside others: of the same patient, therapist, payer or clinic."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final, Literal, Protocol, TypeVar

from nlp_pipeline.records.coded_note import CodedNote
from nlp_pipeline.records.facts import Clinician, Dosage, Evidence
from nlp_pipeline.records.finding import Finding
from nlp_pipeline.records.note import Note, Origin, Span
from nlp_pipeline.records.schema import minute_evidence
from nlp_pipeline.records.suggestion import ReviewReason, Suggestion, strongest

SHOWN_AFRESH: Final = ("objective_measure", "patient_response", "skilled_cueing")  # evidence that belongs to its visit
VISITS_IN_A_PART: Final = 256  # or more: a patient's, or those of a therapist's day, are never parted

Row = TypeVar("Row")
Order = Literal["in_order", "by_patient", "by_therapist"]
MinutesKnown = Literal["complete", "partial", "unknown", "no_service"]


@dataclass(frozen=True, slots=True)
class VisitLine:
    """One line of what the visit supports; `allowed` is None where no price was worked out."""

    code: str
    units: int
    modifiers: tuple[str, ...] = ()
    allowed: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Interval:
    """A stretch by the clock, in minutes after midnight; without a code it is the visit's own. `by` says who gave it, where the note does."""

    span: Span
    start: int
    end: int
    code: str | None = None
    by: Clinician | None = None


@dataclass(frozen=True, slots=True)
class Activity:
    """One thing that was done: the code it supports, the one it is filed under, and what the support rests on.

    `words` are its own, in small letters with single spaces; `cueing` is the evidence of skill on its lines of the note,
    `basis` the words that speak most for the code.
    """

    span: Span
    words: str
    code: str
    stated_code: str | None = None
    dosage: Dosage | None = None
    cueing: tuple[Span, ...] = ()
    basis: tuple[Span, ...] = ()
    confidence: float = 0.0
    needs_review: bool = False
    review_reasons: tuple[ReviewReason, ...] = ()


@dataclass(frozen=True, slots=True)
class Visit:
    """One coded visit as its neighbours need it; spans point into `text`.

    `lines` are the units that the note supports, `stated_units` and `stated_codes` what it claims itself. `minutes_by_code` is None where no service's
    minutes are known; a code whose own minutes are not said has the value None. `timed_minutes` is the stated total, else the sum of the timed services;
    `total_minutes` the stated length of the visit. `assistants` are the words that name an assistant, `not_one_to_one` times that the note says were shared.
    """

    id: str
    text: str
    day: date | None = None
    patient: str | None = None
    therapist: str | None = None
    clinic: str | None = None
    payer: str | None = None
    discipline: str | None = None
    lines: tuple[VisitLine, ...] = ()
    stated_units: Mapping[str, int] = field(default_factory=dict)
    stated_codes: tuple[str, ...] = ()
    minutes_by_code: Mapping[str, float | None] | None = None
    timed_minutes: float | None = None
    total_minutes: float | None = None
    intervals: tuple[Interval, ...] = ()
    assistants: tuple[Span, ...] = ()
    not_one_to_one: tuple[Span, ...] = ()
    activities: tuple[Activity, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    minute_spans: tuple[Span, ...] = ()
    findings: tuple[Finding, ...] = ()
    needs_review: bool = False
    review_reasons: tuple[ReviewReason, ...] = ()
    origin: Origin | None = None
    model: str = ""
    reader: str = ""
    rules: str = ""

    @property
    def minutes_known(self) -> MinutesKnown:
        """Say how far the minutes of the furnished services are known."""
        if self.minutes_by_code is None:
            return "unknown"
        if not self.minutes_by_code:
            return "no_service"
        return "partial" if None in self.minutes_by_code.values() else "complete"

    @property
    def codes(self) -> tuple[str, ...]:
        """Name the codes that the note states or supports, each once."""
        supported = (line.code for line in self.lines)
        return tuple(dict.fromkeys((*self.stated_codes, *supported, *(each.code for each in self.activities))))

    def span(self, start: int, end: int) -> Span:
        """Cut a span out of the text."""
        return Span(start, end, self.text[start:end])


@dataclass(frozen=True, slots=True)
class Sketch:
    """What of a visit tells a clinic's wording from what was written about a patient; `told` is where treatment and what came of it are told, in order."""

    text: str
    patient: str | None
    therapist: str | None
    told: tuple[int, ...]


class VisitShelf(Protocol):
    """All visits of a run, in three orders; each call is a fresh pass that holds one visit at a time. What has no name or no day comes last."""

    def in_order(self) -> Iterator[Visit]:
        """Give the visits in the order of the input."""
        ...

    def by_patient(self) -> Iterator[Visit]:
        """Give the visits by patient, then day, then the order of the input."""
        ...

    def by_therapist(self) -> Iterator[Visit]:
        """Give the visits by therapist, then day, then patient, then the order of the input."""
        ...


def visit_of(coded: CodedNote) -> Visit:
    """Keep of a coded note what is needed beside other notes."""
    facts, claim, note = coded.facts, coded.claim, coded.facts.note
    done = [pair for pair in zip(facts.interventions, coded.suggestions, strict=True) if pair[0].status == "performed"]
    stated = [each.stated_code for each in facts.blocks] + [each.code for each in facts.time.charges] + [each.stated_code for each, _ in done]
    cues = [each.span for each in facts.evidence if each.element == "skilled_cueing"]
    return Visit(
        id=note.id,
        text=note.text,
        day=note.date_of_service,
        patient=note.patient,
        therapist=note.therapist,
        clinic=note.clinic,
        payer=note.payer,
        discipline=note.discipline,
        lines=tuple([VisitLine(line.code, line.units, line.modifiers, line.allowed) for line in claim.lines]),
        stated_units=claim.stated_units,
        stated_codes=tuple(dict.fromkeys(code for code in stated if code and code != "total")),
        minutes_by_code=claim.minutes_by_code,
        timed_minutes=claim.timed_minutes,
        total_minutes=claim.total_minutes,
        intervals=_intervals(coded),
        assistants=facts.time.assistants,
        not_one_to_one=tuple([each.span for each in facts.time.set_aside if each.reason == "not_one_to_one"]),
        activities=tuple([_activity(each.span, each.stated_code, each.dosage, suggestion, _beside(each.span, cues, note)) for each, suggestion in done]),
        evidence=facts.evidence,
        minute_spans=tuple(minute_evidence(coded)),
        findings=coded.findings,
        needs_review=coded.needs_review,
        review_reasons=coded.review_reasons,
        origin=note.origin,
        model=coded.model,
        reader=coded.reader,
        rules=coded.rules,
    )


def in_parts(rows: Iterable[Row], belongs_to: Callable[[Row], Hashable | None]) -> Iterator[list[Row]]:
    """Cut rows into parts; neighbours that belong to the same are in one part, those that belong to nothing anywhere.

    >>> [len(part) for part in in_parts("a" * 300 + "b" * 4, str)]
    [300, 4]
    """
    part: list[Row] = []
    last: Hashable | None = None
    for row in rows:
        owner = belongs_to(row)
        if len(part) >= VISITS_IN_A_PART and (owner is None or owner != last):
            yield part
            part = []
        part.append(row)
        last = owner
    if part:
        yield part


def owner_of(order: Order, patient: str | None, therapist: str | None, day: object) -> Hashable | None:
    """Say what a visit belongs to in an order: its patient, its therapist's day, or nothing."""
    if order == "by_patient":
        return patient
    return None if order == "in_order" or therapist is None else (therapist, day)


def sketch_of(visit: Visit) -> Sketch:
    """Keep of a visit what tells a clinic's wording from its own."""
    shown = [each.span.start for each in visit.evidence if each.element in SHOWN_AFRESH]
    return Sketch(visit.text, visit.patient, visit.therapist, tuple(sorted([*(each.span.start for each in visit.activities), *shown])))


def _intervals(coded: CodedNote) -> tuple[Interval, ...]:
    """Keep the stretches by the clock that count, each once."""
    told = [each for each in coded.encounter.minutes if each.clock and each.performed]
    kept = {(*each.clock, each.code): Interval(each.span, *each.clock, each.code, each.by) for each in reversed(told) if each.clock}
    return tuple(reversed(kept.values()))


def _activity(span: Span, stated: str | None, dosage: Dosage | None, suggestion: Suggestion, cueing: tuple[Span, ...]) -> Activity:
    toward, _ = strongest(suggestion.contributions)
    return Activity(
        span=span,
        words=" ".join(span.text.casefold().split()),
        code=suggestion.code,
        stated_code=stated,
        dosage=dosage,
        cueing=cueing,
        basis=tuple([each.span for each in toward if each.span.end > each.span.start]),
        confidence=suggestion.confidence,
        needs_review=suggestion.needs_review,
        review_reasons=suggestion.review_reasons,
    )


def _beside(span: Span, cues: list[Span], note: Note) -> tuple[Span, ...]:
    """Keep the cues that stand on the lines of a span."""
    if not cues:
        return ()
    start, end = note.text.rfind("\n", 0, span.start) + 1, note.text.find("\n", span.end)
    return tuple([cue for cue in cues if start <= cue.start and (end < 0 or cue.end <= end)])
