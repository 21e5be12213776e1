"""What a note says, uncoded: interventions, minutes, documentation elements, each with its span."""

from dataclasses import dataclass, field
from typing import Literal, get_args

from nlp_pipeline.records.note import Note, Span

Status = Literal["performed", "planned", "home", "past", "negated", "other"]
MinuteKind = Literal["code", "timed_total", "visit_total", "start_stop", "dosage"]
Element = Literal["deficit", "skilled_cueing", "functional_goal", "objective_measure", "patient_response"]
Clinician = Literal["therapist", "assistant"]
Reason = Literal[
    "restated", "total", "dosage", "rest", "history", "plan", "goal", "home", "set_up", "documentation", "other_discipline",
    "not_one_to_one", "unattended", "not_billed", "not_furnished", "test", "taken_back", "unclear", "no_service",
]  # fmt: skip

STATUSES: tuple[Status, ...] = get_args(Status)
ELEMENTS: tuple[Element, ...] = get_args(Element)
REASONS: tuple[Reason, ...] = get_args(Reason)


@dataclass(frozen=True, slots=True)
class Block:
    """A header and what stands under it; `end` is the offset where its reach ends. A block without a code only ends the one before.

    `start` is given where the label stands after its activities ("all of that was ther ex"): the offset from which it reaches.
    """

    id: str
    header: Span
    stated_code: str | None
    end: int
    start: int | None = None


@dataclass(frozen=True, slots=True)
class Dosage:
    """How much of an exercise was prescribed; what the note does not say is None."""

    sets: int | None = None
    reps: int | None = None
    hold_seconds: float | None = None
    minutes: float | None = None
    load: str | None = None


@dataclass(frozen=True, slots=True)
class Heard:
    """What the careful reader hears in a stretch of the note about one intervention: log-odds towards each of the codes that it knows.

    An empty span stands for the note as a whole.
    """

    span: Span
    weights: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Intervention:
    """One thing that was, or could have been, done with the patient."""

    span: Span
    status: Status
    status_confidence: float
    stated_code: str | None = None
    block: str | None = None
    dosage: Dosage | None = None
    heard: tuple[Heard, ...] = ()


@dataclass(frozen=True, slots=True)
class MinuteStatement:
    """One statement of time. `code` is the stated service; `owner` the index of the intervention that carries it where no service is named.

    `others` are the interventions before the owner that the time speaks of too; `firm` is false where only codes and totals can tell whether it counts.
    `turn` is (k, n) for the k-th of n minutes that stand in the order of the services given.
    `performed` is false where the service was planned, refused or held; `restated` marks minutes said before.
    `clock` holds the interval's ends in minutes after midnight (the second past 1440 when it crosses midnight).
    """

    span: Span
    minutes: float
    kind: MinuteKind
    code: str | None = None
    block: str | None = None
    owner: int | None = None
    restated: bool = False
    performed: bool = True
    by: Clinician | None = None
    clock: tuple[int, int] | None = None
    others: tuple[int, ...] = ()
    firm: bool = True
    turn: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class SetAside:
    """A time in the note that is no statement of this visit's treatment, and why."""

    span: Span
    minutes: float
    reason: Reason


@dataclass(frozen=True, slots=True)
class Charge:
    """A service that the note itself claims (a charge line, "2 units"); `units` is None where only the code is listed. `code` "total" is the visit's units."""

    span: Span
    code: str
    units: int | None


@dataclass(frozen=True, slots=True)
class ServiceMention:
    """A service named by label or number outside a charge list, and whether the note says it was furnished."""

    span: Span
    code: str
    performed: bool = True


@dataclass(frozen=True, slots=True)
class TimeFacts:
    """All that a note says about time and charges, in the order it says it; no time stands in both `minutes` and `set_aside`."""

    minutes: tuple[MinuteStatement, ...] = ()
    charges: tuple[Charge, ...] = ()
    services: tuple[ServiceMention, ...] = ()
    duplicates: tuple[Span, ...] = ()
    assistants: tuple[Span, ...] = ()
    set_aside: tuple[SetAside, ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """Words that a reviewer could point at for one documentation element."""

    element: Element
    span: Span


@dataclass(frozen=True, slots=True)
class Facts:
    """All that reading found in one note."""

    note: Note
    blocks: tuple[Block, ...] = ()
    interventions: tuple[Intervention, ...] = ()
    time: TimeFacts = field(default_factory=TimeFacts)
    evidence: tuple[Evidence, ...] = ()
