"""What coders decided, activity by activity, as agreement and learning look at it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from nlp_pipeline.records.facts import Block, Intervention
from nlp_pipeline.records.note import Note

NOT_PERFORMED: Final = "not performed"  # what a coder says of an activity that was read but not done today

Unit = tuple[str, int, int]  # a visit, and the place of an activity in its note
Ratings = Mapping[Unit, Mapping[str, str]]  # what was judged -> who -> the judgement


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one coder decided about one activity of one visit.

    `suggested` is the suggester's own code and `confidence` how sure it was, whether they were shown or not; None where the coder found the activity.
    `shown` is the code that stood on the screen, or on a `blind` visit would have: the suggester's, or a house policy's in its place. `decided` is a code, or
    NOT_PERFORMED. `activity` is the place of the words in the note, never the words. `policy` names the house policy that changed what was shown.
    """

    visit: str
    activity: tuple[int, int]
    coder: str
    decided: str
    suggested: str | None = None
    confidence: float | None = None
    shown: str | None = None
    blind: bool = False
    day: date | None = None
    policy: str | None = None

    @property
    def unit(self) -> Unit:
        """Name what was judged, so that two judgements of it can be laid side by side."""
        return (self.visit, *self.activity)


@dataclass(frozen=True, slots=True)
class DecidedVisit:
    """A visit with its note, the activities and headers that were read in it, and what was decided about each."""

    note: Note
    blocks: tuple[Block, ...]
    interventions: tuple[Intervention, ...]
    judgements: tuple[Judgement, ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure with its 95 % interval, and how many judgements or pairs it rests on; None where there is nothing to work it out from."""

    value: float | None
    low: float | None = None
    high: float | None = None
    count: int = 0


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far judgements agree: the share that are equal, and the same above chance, each with its interval."""

    share: Figure
    kappa: Figure


@dataclass(frozen=True, slots=True)
class Reliability:
    """Of the last `shown` suggestions at or above `least` confidence, `kept` were kept; `hidden` and `chosen` count the same on the blind slice."""

    least: float
    shown: int
    kept: int
    share: Figure
    hidden: int
    chosen: int
    hidden_share: Figure


@dataclass(frozen=True, slots=True)
class TeamFigures:
    """What local decisions say of engine and coders.

    `engine_blind` compares coders with suggestions that they would have seen, `engine_shown` with those that they saw, `bias` is the difference of the two
    shares; `coders` is Krippendorff's alpha of all coders who judged the same activities unseen, `pairs` the agreement of each two of them.
    """

    engine_blind: Agreement
    engine_shown: Agreement
    bias: Figure
    coders: Figure
    pairs: Mapping[tuple[str, str], Agreement]
    reliability: Reliability
    sentences: tuple[str, ...] = ()


def ratings_of(judgements: Iterable[Judgement]) -> dict[Unit, dict[str, str]]:
    """Lay judgements out by what was judged; a coder's last word about an activity counts."""
    table: dict[Unit, dict[str, str]] = {}
    for each in judgements:
        table.setdefault(each.unit, {})[each.coder] = each.decided
    return table
