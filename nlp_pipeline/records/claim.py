"""Claim lines, and each step toward them in words."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal, TypeVar, overload

from nlp_pipeline.records.encounter import Encounter
from nlp_pipeline.records.finding import Finding
from nlp_pipeline.records.official_tables import EditInForce
from nlp_pipeline.records.rules import UnitMethod

T = TypeVar("T", covariant=True)


class Later(Sequence[T]):
    """A sequence that is made when it is first looked at: most claims of a large run are never read in words."""

    __slots__ = ("_made", "_make")

    def __init__(self, make: Callable[[], Iterable[T]]) -> None:
        self._make: Callable[[], Iterable[T]] | None = make
        self._made: tuple[T, ...] = ()

    def _all(self) -> tuple[T, ...]:
        if self._make is not None:
            self._made, self._make = tuple(self._make()), None
        return self._made

    @overload
    def __getitem__(self, place: int) -> T: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[T, ...]: ...
    def __getitem__(self, place: int | slice) -> T | tuple[T, ...]:
        """Give one or several of the parts."""
        return self._all()[place]

    def __len__(self) -> int:
        """Count the parts."""
        return len(self._all())

    def __eq__(self, other: object) -> bool:
        """Be equal to any sequence of the same parts."""
        return isinstance(other, Sequence) and self._all() == tuple(other)

    def __hash__(self) -> int:
        """Have the hash of the parts."""
        return hash(self._all())

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel to another process as the parts alone."""
        return tuple, (self._all(),)


@dataclass(frozen=True, slots=True)
class UnitShare:
    """Units by code under one method; `tied` names the codes among which the rule leaves the last units open."""

    units: Mapping[str, int]
    tied: frozenset[str] = frozenset()


Holds = Literal["yes", "no", "open"]


@dataclass(frozen=True, slots=True)
class Proof:
    """One statement about a claim, whether it holds, and why; an open one carries the question to ask. A node holds as its parts do, all together."""

    says: str
    holds: Holds
    because: str = ""
    question: str = ""
    parts: tuple["Proof", ...] = ()


@dataclass(frozen=True, slots=True)
class LinePayment:
    """What becomes of a line's allowed amount, step by step; the parts add up to it, to the cent."""

    allowed: Decimal
    deductible: Decimal
    coinsurance: Decimal
    assistant_reduction: Decimal
    sequestration: Decimal
    paid: Decimal


@dataclass(frozen=True, slots=True)
class ClaimLine:
    """One line of a claim; `allowed` is None where no price is known."""

    code: str
    units: int
    modifiers: tuple[str, ...] = ()
    allowed: Decimal | None = None
    payment: LinePayment | None = None
    discipline: str | None = None


@dataclass(frozen=True, slots=True)
class ThresholdUse:
    """The year's allowed amount of one pool before and after this claim, beside the threshold and the review level."""

    pool: str
    amount: Decimal
    review: Decimal
    before: Decimal
    after: Decimal
    marked: bool


@dataclass(frozen=True, slots=True)
class Claim:
    """What the rules make of an encounter: minutes, units by every method, the lines by the payer's, and each step in words.

    `lawful` holds every lawful way to share the units where the rule leaves a choice, the default first; `proofs` tell what each modifier rests on;
    `thresholds` hold the visit's own pool first, `edits` the edited pairs among the lines, `unsure` the codes whose split between
    therapist and assistant a person should look at.
    What is told and proved is made when it is asked for.
    `minutes_by_code` is None where no service's minutes are known; a code whose own minutes are not said has the value None.
    """

    method: UnitMethod
    minutes_by_code: Mapping[str, float | None] | None
    timed_minutes: float | None
    total_minutes: float | None
    units: Mapping[UnitMethod, UnitShare | None]
    stated_units: Mapping[str, int]
    lines: tuple[ClaimLine, ...]
    explanation: Sequence[str]
    rules_dated: str
    lawful: tuple[Mapping[str, int], ...] = ()
    proofs: Sequence[Proof] = ()
    thresholds: tuple[ThresholdUse, ...] = ()
    unsure: tuple[str, ...] = ()
    edits: tuple[EditInForce, ...] = ()


@dataclass(frozen=True, slots=True)
class AuditedClaim:
    """An encounter, the claim that the rules make of it, what a payer would question, and what was assumed or left out."""

    encounter: Encounter
    claim: Claim
    findings: tuple[Finding, ...]
    notices: tuple[str, ...]
    payer: str


@dataclass(frozen=True, slots=True)
class View:
    """A visit under one method or one payer, and how its units differ from Medicare's pooled rule."""

    name: str
    audited: AuditedClaim
    differs: str
    is_payer: bool = True
