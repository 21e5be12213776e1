"""What a whole run says on one page: counts, rows, patterns and a few typical notes, masked to their evidence."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from nlp_pipeline.records.chart import Balance, Cloning, DayCounts, ElementCount, Pattern, TherapistDay
from nlp_pipeline.records.finding import Severity
from nlp_pipeline.records.verdict import Verdict

PassageKind = Literal["plain", "activity", "evidence", "minutes", "finding", "hidden"]


@dataclass(frozen=True, slots=True)
class RejectedRows:
    """Rows that could not be coded for one reason, and the way out."""

    reason: str
    count: int
    message: str
    remedy: str


@dataclass(frozen=True, slots=True)
class ReviewedRun:
    """What was reviewed and with what; `notices` are assumptions with how often each was made, `code_words` our own words for a code.

    Every number of `rejected` and `coded` adds up to `taken_in`. `worklist` and `rejects` are the names of the files beside the page.
    """

    inputs: tuple[str, ...]
    taken_in: int
    coded: int
    rejected: tuple[RejectedRows, ...]
    model: str
    reader: str
    rules: tuple[str, ...]
    version: str
    notices: tuple[tuple[str, int], ...] = ()
    code_words: Mapping[str, str] = field(default_factory=dict)
    worklist: str = "coded.jsonl"
    rejects: str = "rejected.jsonl"


@dataclass(frozen=True, slots=True)
class GroupRow:
    """One therapist, clinic or payer: how its visits came out, its supported units by code, both directions, and how much of its text was carried forward.

    `asked` are its supported visits with a finding to ask about before they are billed; `few` marks a group too small for its shares to say anything;
    `balance` and `carried` are None where nothing could be compared.
    """

    name: str
    visits: int
    verdicts: Mapping[Verdict, int]
    units: Mapping[str, int]
    few: bool = False
    balance: Balance | None = None
    carried: float | None = None
    asked: int = 0


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of a note as the page shows it; a hidden one has no text but its length, in characters of a line or in whole lines.

    `lit` marks the words that the pattern or finding at hand rests on.
    """

    kind: PassageKind
    text: str = ""
    label: str = ""
    characters: int = 0
    lines: int = 0
    lit: bool = False


@dataclass(frozen=True, slots=True)
class ExampleLine:
    """One code of a visit: units claimed in the note, None where it claims nothing, and units that the note supports."""

    code: str
    stated: int | None
    supported: int


@dataclass(frozen=True, slots=True)
class Told:
    """A finding as an example tells it."""

    code: str
    severity: Severity
    message: str


@dataclass(frozen=True, slots=True)
class Example:
    """A typical note: who and when, where it came from, its lines both ways, what was found and left open, and its words."""

    id: str
    day: date | None
    therapist: str | None
    clinic: str | None
    payer: str | None
    verdict: Verdict
    lines: tuple[ExampleLine, ...]
    findings: tuple[Told, ...]
    open: tuple[str, ...]
    passages: tuple[Passage, ...]
    origin: str = ""


@dataclass(frozen=True, slots=True)
class FindingRow:
    """One kind of finding: how many visits have it, where the rule comes from, what to do, and visits that show it."""

    code: str
    severity: Severity
    visits: int
    source: str
    mark: str
    remedy: str
    examples: tuple[Example, ...] = ()


@dataclass(frozen=True, slots=True)
class PatternRow:
    """A pattern over several visits, and visits that show it."""

    pattern: Pattern
    examples: tuple[Example, ...] = ()


@dataclass(frozen=True, slots=True)
class Slice:
    """One clinic's, therapist's and payer's part of the run: what the page's filters add up, in the order of the four answers.

    `asked` are the supported visits that have a finding to ask about before they are billed.
    """

    clinic: str
    therapist: str
    payer: str
    verdicts: tuple[int, int, int, int]
    asked: int = 0


@dataclass(frozen=True, slots=True)
class ChartSummary:
    """Everything that stands on the page; it holds no more notes than the page shows.

    `both_ways` is the balance of the whole run, `codes` those of its codes; None and empty where no note says what it claims.
    """

    run: ReviewedRun
    days: tuple[date, date] | None
    verdicts: Mapping[Verdict, int]
    both_ways: Balance | None
    codes: tuple[Balance, ...]
    therapists: tuple[GroupRow, ...]
    clinics: tuple[GroupRow, ...]
    payers: tuple[GroupRow, ...]
    minutes: Mapping[str, int]
    findings: tuple[FindingRow, ...]
    patterns: tuple[PatternRow, ...]
    cloning: Cloning
    elements: tuple[ElementCount, ...]
    day_counts: DayCounts
    timelines: tuple[TherapistDay, ...]
    slices: tuple[Slice, ...]
    asked: int = 0
    limits: tuple[str, ...] = ()
    with_text: bool = False
    surrogates: bool = False
