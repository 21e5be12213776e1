"""What many visits show together: findings across notes, patterns as sentences, and the totals behind a page of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal

from nlp_pipeline.records.facts import Element
from nlp_pipeline.records.finding import Finding, Severity
from nlp_pipeline.records.note import Span

Direction = Literal["up", "down", "none"]
Subject = Literal["patient", "therapist", "clinic", "payer", "run"]
Grouping = Literal["all", "code", "therapist", "payer", "clinic"]
BINS = 10  # of the histogram of carried text


@dataclass(frozen=True, slots=True)
class NoteFinding:
    """A finding of one note that only its neighbours could show."""

    note_id: str
    finding: Finding


@dataclass(frozen=True, slots=True)
class ChartFinding:
    """A finding of several notes together: whose they are, on which day where it is one day's, and the notes to look at.

    `minutes` is how many cannot be as written, where the finding is about time; `question` what to ask.
    """

    code: str
    severity: Severity
    message: str
    subject: Subject
    name: str
    day: date | None
    notes: tuple[str, ...]
    source: str
    mark: str = ""
    remedy: str = ""
    question: str = ""
    minutes: int | None = None


@dataclass(frozen=True, slots=True)
class Pattern:
    """One thing that is wrong in many notes, as a sentence with its counts; `examples` are note ids, `findings` the finding codes to light in them.

    `direction` is up where more is claimed than the notes support, down where less is; `therapists` is 0 where the notes do not name them.
    """

    kind: str
    sentence: str
    severity: Severity
    visits: int
    therapists: int
    examples: tuple[str, ...]
    direction: Direction
    findings: tuple[str, ...]
    detail: str = ""
    question: str = ""
    source: str = ""
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Balance:
    """What one group of visits claims beside what its notes support: units and dollars beyond the notes (up), and carried by the notes and not claimed (down).

    `visits` are all of the group, `compared` those that state units and whose notes let them be counted, `differing` those of them that differ, `priced` those
    of these with a price for every unit that differs. Dollars are None where visits differ and none of them is priced.
    """

    grouping: Grouping
    name: str
    visits: int
    compared: int
    units_claimed: int
    units_supported: int
    units_up: int
    units_down: int
    visits_up: int
    visits_down: int
    priced: int
    dollars_up: Decimal | None = None
    dollars_down: Decimal | None = None
    differing: int = 0


@dataclass(frozen=True, slots=True)
class CloneRate:
    """How much of a group's text stood before in the same patient's notes; `visits` have an earlier one, `cloned` have almost nothing new.

    Words of the clinic's own boilerplate are counted apart and are not among `words`.
    """

    name: str
    visits: int
    words: int
    carried: int
    boilerplate: int
    cloned: int

    @property
    def share(self) -> float:
        """Give the carried share of the words that could have been new."""
        return self.carried / self.words if self.words else 0.0


@dataclass(frozen=True, slots=True)
class Cloning:
    """The clone rate of the run and of each therapist; `histogram` counts visits by carried share, a tenth a bin, the full share in the last."""

    all: CloneRate
    histogram: tuple[int, ...]
    therapists: tuple[CloneRate, ...]
    copies_between_patients: int = 0
    copies_between_authors: int = 0


@dataclass(frozen=True, slots=True)
class ElementCount:
    """In how many visits with treatment an element stands, and in how many of those only in text carried forward or in boilerplate."""

    element: Element
    visits: int
    present: int
    carried_only: int
    boilerplate_only: int


@dataclass(frozen=True, slots=True)
class Bar:
    """One stretch of a therapist's day, in minutes after midnight; without a code it is the visit's own."""

    patient: str
    payer: str | None
    code: str | None
    start: int
    end: int
    one_on_one: bool
    note_id: str


@dataclass(frozen=True, slots=True)
class TherapistDay:
    """A day worth showing: its bars, the stretches in which more than one patient has the therapist alone, and what cannot fit."""

    therapist: str
    day: date
    clinic: str | None
    bars: tuple[Bar, ...]
    overlaps: tuple[tuple[int, int], ...]
    minutes: int
    message: str


@dataclass(frozen=True, slots=True)
class DayCounts:
    """How many therapist-days were looked at, had times that bound them, and hold one-on-one minutes that cannot fit."""

    days: int = 0
    with_clocks: int = 0
    overlapping: int = 0
    exceeding: int = 0


@dataclass(frozen=True, slots=True)
class VisitNews:
    """What of a note is new since the patient's visit before: its spans, and the shares of its words that are new, carried forward and boilerplate."""

    note_id: str
    since: date | None
    new: tuple[Span, ...]
    carried: tuple[Span, ...]
    boilerplate: tuple[Span, ...]
    words: int
    new_words: int
    carried_words: int

    @property
    def novel_share(self) -> float:
        """Give the share of words, boilerplate left out, that did not stand in an earlier note of the patient."""
        return 1.0 - self.carried_words / self.words if self.words else 1.0


@dataclass(frozen=True, slots=True)
class EpisodeLine:
    """One patient's course of treatment in one discipline, as the notes given show it: its days, reports, certifications, goals and measures over time.

    `goals` are the days on which a functional goal is named; `measures` give each named measure's values by day, the first of a note.
    """

    patient: str
    discipline: str | None
    opened: date
    last: date
    days: int
    notes: tuple[str, ...]
    reports: tuple[date, ...]
    certified: tuple[date, ...]
    goals: tuple[date, ...]
    measures: Mapping[str, tuple[tuple[date, float], ...]]


@dataclass(frozen=True, slots=True)
class ChartResult:
    """The totals of a run across its notes, of bounded size. `left_out` counts visits that could not be laid beside others, by what they lack."""

    visits: int
    patients: int
    therapists: int
    patterns: tuple[Pattern, ...]
    balances: tuple[Balance, ...]
    cloning: Cloning
    elements: tuple[ElementCount, ...]
    days: tuple[TherapistDay, ...]
    day_counts: DayCounts
    findings: Mapping[str, int] = field(default_factory=dict)
    left_out: Mapping[str, int] = field(default_factory=dict)
    limits: tuple[str, ...] = ()
    seed: int = 0
