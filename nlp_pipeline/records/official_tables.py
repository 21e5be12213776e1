"""Official tables as the law of claim lines uses them: pairs, limits, relative values and localities, each with the days it was published for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class TableDate:
    """Which official table an answer rests on, and the days it was published for."""

    name: str
    first: date
    last: date
    source: str
    mark: str

    def covers(self, day: date | None) -> bool:
        """Say whether a day falls into the table's own period; a visit without a date never does."""
        return day is not None and self.first <= day <= self.last


@dataclass(frozen=True, slots=True)
class PairEdit:
    """One line of the code-pair table; `effective` is None where the table does not say, `deleted` where it is still in force."""

    column1: str
    column2: str
    indicator: int
    effective: date | None = None
    deleted: date | None = None

    def in_force(self, day: date | None) -> bool:
        """Say whether the edit holds on a day; a line that was deleted on its first day never did."""
        if self.indicator not in (0, 1):
            return False
        if day is None:
            return self.deleted is None
        return (self.effective is None or self.effective <= day) and (self.deleted is None or day <= self.deleted)


@dataclass(frozen=True, slots=True)
class PairTable:
    """The code-pair edits of one period; a pair is looked up with its codes in the order of their names."""

    dated: TableDate
    pairs: Mapping[tuple[str, str], tuple[PairEdit, ...]]

    def between(self, one: str, other: str, day: date | None) -> PairEdit | None:
        """Give the edit between two codes that holds on a day, in whichever column they stand."""
        for edit in self.pairs.get((one, other) if one < other else (other, one), ()):
            if edit.in_force(day):
                return edit
        return None


@dataclass(frozen=True, slots=True)
class EditInForce:
    """An edit that meets two codes of a claim, where it stands, and whether that table is of the day's own period (None: a payer's own policy)."""

    edit: PairEdit
    table: str
    covers: bool | None
    source: str
    mark: str


@dataclass(frozen=True, slots=True)
class UnitLimit:
    """Most units of a code that are believed; `kind` 1 for a line, 2 for the day by policy, 3 for the day unless the record shows more."""

    limit: int
    kind: int


@dataclass(frozen=True, slots=True)
class LimitTable:
    """The unit limits of one period."""

    dated: TableDate
    limits: Mapping[str, UnitLimit]


@dataclass(frozen=True, slots=True)
class RelativeValue:
    """One code of the fee schedule: status letter, three values (None where it has none), and whether later units of the day lose practice expense."""

    code: str
    status: str
    work: Decimal | None
    expense: Decimal | None
    malpractice: Decimal | None
    reduced: bool
    since: date


@dataclass(frozen=True, slots=True)
class Locality:
    """How far prices of a place differ from the nation's."""

    name: str
    work: Decimal
    expense: Decimal
    malpractice: Decimal
