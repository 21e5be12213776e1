"""What the law says of claim lines on one day: modifiers, edits, limits, thresholds and prices, typed."""

import re
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import combinations
from typing import Any, Generic, Literal, TypeVar, TypeVarTuple

from nlp_pipeline.records.official_tables import EditInForce, LimitTable, Locality, PairEdit, PairTable, RelativeValue, TableDate

T = TypeVar("T", covariant=True)
R = TypeVar("R")
Given = TypeVarTuple("Given")

MOST_REMEMBERED = 20_000  # of one stretch of days: between two changes of the law

ModifierKind = Literal["discipline", "assistant", "distinct", "threshold", "liability", "overflow"]


@dataclass(frozen=True, slots=True)
class Sourced(Generic[T]):
    """One value in force, where it was read, and how firm that is (V read, K not confirmed, C sources conflict, D worked out here)."""

    value: T
    since: date
    source: str
    mark: str


@dataclass(frozen=True, slots=True)
class ModifierRule:
    """One modifier in our own words: its kind, its place on the line, whose lines it belongs to, what it must and must not stand with."""

    name: str
    words: str
    kind: ModifierKind
    rank: int
    discipline: str = ""
    needs: str = ""
    excludes: tuple[str, ...] = ()
    source: str = ""
    mark: str = ""
    revenue: str = ""


@dataclass(frozen=True, slots=True)
class PaymentRules:
    """How a code becomes money: the fee schedule, its factor, and what is taken from the allowed amount, in that order."""

    table: TableDate
    values: Mapping[str, tuple[RelativeValue, ...]]
    localities: Mapping[str, Locality]
    factor: Sourced[Decimal]
    reduced_share: Sourced[Decimal]
    coinsurance: Sourced[Decimal]
    sequestration: Sourced[Decimal]
    qualifying_factor: Sourced[Decimal] | None = None

    def value_of(self, code: str, day: date | None) -> RelativeValue | None:
        """Give a code's line of the fee schedule on a day."""
        for line in reversed(self.values.get(code, ())):
            if day is None or line.since <= day:
                return line
        return None


@dataclass(frozen=True, slots=True)
class AssistantRules:
    """When a unit is an assistant's: the share that may pass unmarked, the last two units of a service, and what is paid.

    Before the rule about the last units began, its two limits are None: the share alone decides, and a person should look.
    """

    minimum_share: Sourced[Decimal]
    two_units_least: int | None
    two_units_most: int | None
    paid_share: Sourced[Decimal]


@dataclass(frozen=True, slots=True)
class YearlyThreshold:
    """The year's allowed amount past which necessity is attested, and the one past which a review may follow; `pool` says whose charges are added."""

    pool: str
    disciplines: tuple[str, ...]
    amount: Sourced[Decimal]
    review: Sourced[Decimal]


@dataclass(frozen=True, slots=True)
class PayerPair:
    """A pair of codes that a payer's own policy pays together only with a modifier."""

    column1: str
    column2: str
    since: date
    source: str
    mark: str

    def edit(self) -> EditInForce:
        """Give the pair as an edit."""
        return EditInForce(PairEdit(self.column1, self.column2, 1, self.since), "the payer's own policy", None, self.source, self.mark)


@dataclass(frozen=True, slots=True)
class PayerTerms:
    """What a payer asks of claim lines, beside its unit method; a term that its profile does not name is off."""

    code_pairs: bool = False
    unit_limits: bool = False
    discipline_modifiers: bool = True
    assistant_modifiers: bool = False
    yearly_threshold: bool = False
    fee_schedule: bool = False
    multiple_reduction: bool = False
    separate_modifier: str = "59"
    units_per_discipline: Sourced[int] | None = None
    pairs: tuple[PayerPair, ...] = ()
    sources: Mapping[str, Sourced[object]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Credential:
    """Who signs: a therapist, an assistant, or someone whose time Medicare does not pay as therapy; `discipline` "" where any."""

    name: str
    words: str
    discipline: str
    role: Literal["therapist", "assistant", "practitioner", "unpaid"]
    source: str
    mark: str


@dataclass(frozen=True, slots=True)
class ClaimRules:
    """The law of claim lines on one day for one payer; what had not begun on the day, or is not held, is None or empty."""

    terms: PayerTerms
    modifiers: Mapping[str, ModifierRule]
    credentials: Mapping[str, Credential] = field(default_factory=dict)
    pairs: PairTable | None = None
    limits: LimitTable | None = None
    thresholds: tuple[YearlyThreshold, ...] = ()
    assistants: AssistantRules | None = None
    payment: PaymentRules | None = None
    left_out: tuple[str, ...] = ()
    _names: Mapping[tuple[str, str], str] = field(init=False, default_factory=dict, compare=False, repr=False)
    _answers: dict[Hashable, Any] = field(init=False, default_factory=dict, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Keep the modifiers by kind and discipline, for they are asked for on every line."""
        object.__setattr__(self, "_names", {(rule.kind, rule.discipline): rule.name for rule in self.modifiers.values()})

    def remembered(self, question: Hashable, answer: Callable[[*Given], R], *given: *Given) -> R:
        """Answer a question that rests on these rules alone, once, from what is given: the same line stands on many claims of a day."""
        known: R | None = self._answers.get(question)
        if known is None:
            if len(self._answers) >= MOST_REMEMBERED:
                self._answers.clear()
            known = self._answers[question] = answer(*given)
        return known

    def discipline_modifier(self, discipline: str | None) -> str | None:
        """Give the modifier of a discipline's plan of care."""
        return self._names.get(("discipline", discipline or "-"))

    def assistant_modifier(self, discipline: str | None) -> str | None:
        """Give the modifier of a discipline's assistants."""
        return self._names.get(("assistant", discipline or "-"))

    def threshold_modifier(self) -> str | None:
        """Give the modifier that attests necessity past the yearly threshold."""
        return self._names.get(("threshold", ""))

    def signer(self, written: str | None) -> Credential | None:
        """Find who signs, by the credential as written after a name; of several the last counts."""
        if not written:
            return None
        whole = " ".join(written.lower().split())
        parts = [part for part in re.split(r"[,;\s]+", whole) if part in self.credentials]
        return self.credentials.get(whole) or (self.credentials[parts[-1]] if parts else None)

    def threshold_of(self, discipline: str | None) -> YearlyThreshold | None:
        """Give the yearly threshold that a discipline's charges count toward."""
        for each in self.thresholds:
            if discipline in each.disciplines:
                return each
        return None

    def edits_among(self, codes: Iterable[str], day: date | None) -> tuple[EditInForce, ...]:
        """Find every edit in force between two of some codes, by the official table and by the payer's own policy."""
        table = self.pairs.pairs if self.pairs else {}
        own = self.terms.pairs
        if not table and not own:
            return ()
        found: list[EditInForce] = []
        for pair in combinations(sorted(set(codes)), 2):
            edit = self.pairs.between(*pair, day) if self.pairs and pair in table else None
            if edit and self.pairs:
                dated = self.pairs.dated
                found.append(EditInForce(edit, dated.name, dated.covers(day), dated.source, dated.mark))
            elif own:
                found += [each.edit() for each in own if {each.column1, each.column2} == set(pair)]
        return tuple(found)
