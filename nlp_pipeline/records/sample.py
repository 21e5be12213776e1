"""What an audit samples from, what it draws, and what reviewers say of what was drawn."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal, get_args

Role = Literal["sample", "spare"]
Pass = Literal["blind", "assisted"]
PASSES: tuple[Pass, ...] = get_args(Pass)
Standing = Literal["reviewed", "replaced"]
STANDINGS: Mapping[str, Standing] = {"": "reviewed", "reviewed": "reviewed", "replaced": "replaced"}  # as reviewers write it
Rebuttal = Literal["", "open", "accepted", "rejected"]
REBUTTALS: Mapping[str, Rebuttal] = {each: each for each in get_args(Rebuttal)}
StratumField = Literal["therapist", "payer", "amount"]
STRATUM_FIELDS: tuple[StratumField, ...] = get_args(StratumField)
EVERYTHING = "all"  # the one stratum of a sample that is not stratified


@dataclass(frozen=True, slots=True)
class Unit:
    """What is drawn and judged as one: the claim of one visit. `engine` is what the engine says is supported, None where it cannot tell."""

    id: str
    paid: Decimal
    day: date | None = None
    therapist: str = ""
    payer: str = ""
    patient: str = ""
    engine: Decimal | None = None

    @property
    def engine_difference(self) -> Decimal:
        """Give what the engine holds to be paid too much; nothing where it cannot tell."""
        return self.paid - self.engine if self.engine is not None else Decimal(0)


@dataclass(frozen=True, slots=True)
class Gap:
    """Working days, first to last, on which nobody was billed for."""

    first: date
    last: date
    working_days: int


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A unit of the universe that is not in the frame, and why."""

    id: str
    paid: Decimal
    why: str


@dataclass(frozen=True, slots=True)
class ControlTotals:
    """The figures by which anyone can see that two lists are the same list."""

    units: int
    paid: Decimal
    first_day: date | None
    last_day: date | None
    patients: int
    therapists: int
    payers: int
    digest: str


@dataclass(frozen=True, slots=True)
class Universe:
    """Everything that was handed over, what of it can be drawn (in order, numbered from 1), and what was seen on the way."""

    units: tuple[Unit, ...]
    handed_over: ControlTotals
    frame: ControlTotals
    left_out: tuple[LeftOut, ...]
    alike: tuple[tuple[str, ...], ...]
    gaps: tuple[Gap, ...]


@dataclass(frozen=True, slots=True)
class Design:
    """How a sample is drawn: by which seed, in which strata, how many of each, and why that many."""

    seed: str
    strata_by: tuple[StratumField, ...]
    sizes: dict[str, int]
    spares: int
    review: Pass
    why: tuple[str, ...]
    second_review: int = 0


@dataclass(frozen=True, slots=True)
class Drawn:
    """One unit drawn: its place in the order of its stratum, its number in the frame, and its ticket, by which the order was made."""

    stratum: str
    place: int
    number: int
    id: str
    role: Role
    paid: Decimal
    ticket: str
    second_review: bool = False


@dataclass(frozen=True, slots=True)
class Stratum:
    """A part of the frame from which a sample of its own is drawn."""

    name: str
    units: int
    paid: Decimal
    drawn: int


@dataclass(frozen=True, slots=True)
class Sample:
    """A sample with all that is needed to draw it again."""

    design: Design
    frame: ControlTotals
    strata: tuple[Stratum, ...]
    drawn: tuple[Drawn, ...]
    generator: str
    engine_digest: str = ""


@dataclass(frozen=True, slots=True)
class Counted:
    """What a reviewer found on a claim: units and minutes by code, and the code of each activity by its number."""

    units: Mapping[str, int]
    minutes: Mapping[str, float]
    activities: Mapping[str, str] = field(default_factory=dict)

    @property
    def codes(self) -> frozenset[str]:
        """Name every code that has units or minutes."""
        return frozenset({*self.units, *self.minutes})


@dataclass(frozen=True, slots=True)
class UnitJudgement:
    """What reviewers said of one unit: the amount that its note supports, and what became of it.

    `supported` and `second_supported` are what two reviewers found without each other, `decided` and `second_decided` the codes and units behind it,
    `minutes` and `second_minutes` the minutes, `activities` and `second_activities` the codes activity by activity;
    `review` tells whether the first was blind or assisted; `adjudicated` is what was held where the two differed.
    """

    id: str
    supported: Decimal | None
    categories: tuple[str, ...] = ()
    reviewer: str = ""
    standing: Standing = "reviewed"
    second_supported: Decimal | None = None
    second_reviewer: str = ""
    remark: str = ""
    therapist_agrees: bool | None = None
    rebuttal: Rebuttal = ""
    rebuttal_words: str = ""
    supported_after: Decimal | None = None
    review: Pass | None = None
    decided: str = ""
    decided_at: str = ""
    second_decided: str = ""
    second_decided_at: str = ""
    adjudicated: Decimal | None = None
    adjudicator: str = ""
    minutes: str = ""
    second_minutes: str = ""
    adjudicated_decided: str = ""
    adjudicated_at: str = ""
    activities: str = ""
    second_activities: str = ""
    adjudicated_minutes: str = ""
    adjudicated_activities: str = ""

    @property
    def apart(self) -> bool:
        """Say whether two reviewers differ, in the amount or, where it is told of both, in the codes, units and minutes behind it."""
        one, other = (self.decided, self.minutes, self.activities), (self.second_decided, self.second_minutes, self.second_activities)
        told = bool(self.decided or self.decided_at) and bool(self.second_decided or self.second_decided_at)
        return (told and one != other) or (self.second_supported is not None and self.supported != self.second_supported)

    @property
    def ruled(self) -> bool:
        """Say whether someone has settled what two reviewers made of it."""
        return self.adjudicated is not None or bool(self.adjudicator)

    @property
    def contested(self) -> tuple[str, str, str]:
        """Give what two reviewers differ on behind the amount, in units, minutes and activities: as the first has it, the second, and as it was ruled."""
        told = (
            ("", self.decided, self.second_decided, self.adjudicated_decided),
            ("", self.minutes, self.second_minutes, self.adjudicated_minutes),
            ("activity ", self.activities, self.second_activities, self.adjudicated_activities),
        )
        found: tuple[list[str], list[str], list[str]] = ([], [], [])
        for prefix, *kinds in told:
            first, second, held = map(_parts, kinds)
            names = [name for name in {**first, **second} if first.get(name) != second.get(name)]
            for words, those in zip(found, (first, second, held), strict=True):
                words += [prefix + those[name] for name in names if name in those]
        return "; ".join(found[0]), "; ".join(found[1]), "; ".join(found[2])

    @property
    def held(self) -> Decimal | None:
        """Give the amount that the reviewers came to: the adjudicated one where two differed, else the first reviewer's."""
        return self.adjudicated if self.adjudicated is not None else self.supported

    @property
    def final(self) -> Decimal | None:
        """Give the amount that holds after a rebuttal that was accepted."""
        return self.supported_after if self.rebuttal == "accepted" and self.supported_after is not None else self.held


def _parts(told: str) -> dict[str, str]:
    """Part what stands in a cell, by the code or the number that each part begins with."""
    return {part.split()[0]: part for part in told.split("; ") if part.strip()}


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A unit of the sample with the amount that was finally held to be supported; amounts are exact."""

    unit: Unit
    stratum: str
    judgement: UnitJudgement
    supported: Decimal

    @property
    def difference(self) -> Decimal:
        """Give what was paid too much; below nothing where too little was paid."""
        return self.unit.paid - self.supported


@dataclass(frozen=True, slots=True)
class Wish:
    """How a sample is wanted: its seed, its size or the precision that gives it, its strata, and who sees what."""

    seed: str
    size: int | None = None
    level: float = 0.90
    precision: float = 0.25
    strata_by: tuple[StratumField, ...] = ()
    spares: int = 0
    review: Pass = "blind"
    second_share: float = 0.10
