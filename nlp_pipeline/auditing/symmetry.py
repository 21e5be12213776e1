"""What notes claim beside what they support, in both directions: units and dollars, by code, therapist, payer and clinic.

A claim of a note is the units that it states by code. What it supports are its lines; a code under which every activity is surely described as another
one is counted as that other one. Dollars are units at the full price of the day, before any reduction for several procedures.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal
from typing import Self

from nlp_pipeline.auditing.chart_law import ChartLaw
from nlp_pipeline.records.chart import Balance, Grouping
from nlp_pipeline.records.suggestion import DOUBTS
from nlp_pipeline.records.visit import Visit

MISMATCH = "code-mismatch"


@dataclass(frozen=True, slots=True)
class Weighed:
    """One code of a visit: units claimed and supported, and the price of one."""

    code: str
    claimed: int
    supported: int
    price: Decimal | None


@dataclass(slots=True)
class _Sum:
    visits: int = 0
    compared: int = 0
    claimed: int = 0
    supported: int = 0
    up: int = 0
    down: int = 0
    visits_up: int = 0
    visits_down: int = 0
    differing: int = 0
    priced: int = 0
    dollars_up: Decimal = Decimal(0)
    dollars_down: Decimal = Decimal(0)

    def add(self, weighed: tuple[Weighed, ...]) -> None:
        self.compared += 1
        self.claimed += sum(each.claimed for each in weighed)
        self.supported += sum(each.supported for each in weighed)
        up, down = sum(max(each.claimed - each.supported, 0) for each in weighed), sum(max(each.supported - each.claimed, 0) for each in weighed)
        self.up, self.down = self.up + up, self.down + down
        self.visits_up, self.visits_down = self.visits_up + bool(up), self.visits_down + bool(down)
        moved = [each for each in weighed if each.claimed != each.supported]
        self.differing += bool(moved)
        if moved and all(each.price is not None for each in moved):
            self.priced += 1
            net = [(each.claimed - each.supported) * (each.price or Decimal(0)) for each in moved]
            self.dollars_up += sum((each for each in net if each > 0), Decimal(0))
            self.dollars_down -= sum((each for each in net if each < 0), Decimal(0))

    def merge(self, other: "_Sum") -> None:
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))

    def told(self, grouping: Grouping, name: str) -> Balance:
        up, down = (self.dollars_up, self.dollars_down) if self.priced or not self.differing else (None, None)
        counts = (self.compared, self.claimed, self.supported, self.up, self.down, self.visits_up, self.visits_down, self.priced)
        return Balance(grouping, name, self.visits, *counts, dollars_up=up, dollars_down=down, differing=self.differing)


@dataclass(slots=True)
class Symmetry:
    """Adds visits up, in both directions."""

    _sums: dict[tuple[Grouping, str], _Sum] = field(default_factory=dict)

    def add(self, visit: Visit, weighed: tuple[Weighed, ...]) -> None:
        """Add a visit to its groups, with what was weighed of it; a visit that cannot be compared only counts."""
        for group in _groups(visit):
            total = self._sums.setdefault(group, _Sum())
            total.visits += 1
            if weighed:
                total.add(weighed)
        for each in weighed:
            of_code = self._sums.setdefault(("code", each.code), _Sum())
            of_code.visits += 1
            of_code.add((each,))

    def merge(self, other: Self) -> None:
        """Take in what was added up of other visits."""
        for group, more in other._sums.items():
            self._sums.setdefault(group, _Sum()).merge(more)

    def balances(self) -> tuple[Balance, ...]:
        """Give the balance of every group, the whole run first."""
        order: Mapping[Grouping, int] = {"all": 0, "code": 1, "therapist": 2, "payer": 3, "clinic": 4}
        return tuple(self._sums[group].told(*group) for group in sorted(self._sums, key=lambda group: (order[group[0]], group[1])))


def weigh(visit: Visit, law: ChartLaw) -> Iterator[Weighed]:
    """Lay the units that a note states beside those it supports, code by code; nothing where either is not known."""
    claimed = {code: units for code, units in visit.stated_units.items() if code != "total"}
    timed = [code for code in claimed if law.is_timed(code, visit)]
    if not claimed or (timed and visit.minutes_known != "complete"):
        return
    supported = supported_units(visit)
    for code in sorted(claimed.keys() | supported.keys()):
        yield Weighed(code, claimed.get(code, 0), supported.get(code, 0), law.price(code, visit))


def supported_units(visit: Visit) -> dict[str, int]:
    """Count the units that a note supports by code, each under the code that its activities describe."""
    moved = _moved(visit)
    units: dict[str, int] = {}
    for line in visit.lines:
        code = moved.get(line.code, line.code)
        units[code] = units.get(code, 0) + line.units
    return units


def _moved(visit: Visit) -> dict[str, str]:
    """Name the codes under which every activity surely describes one and the same other code."""
    told = {span.start for each in visit.findings if each.code == MISMATCH for span in each.evidence}
    if not told:
        return {}
    found: dict[str, set[str | None]] = {}
    for each in visit.activities:
        if each.stated_code:
            sure = each.span.start in told and DOUBTS.isdisjoint(each.review_reasons)
            found.setdefault(each.stated_code, set()).add(each.code if sure else None)
    return {stated: code for stated, codes in found.items() if len(codes) == 1 and (code := next(iter(codes)))}


def _groups(visit: Visit) -> Iterator[tuple[Grouping, str]]:
    yield "all", ""
    if visit.therapist:
        yield "therapist", visit.therapist
    if visit.payer:
        yield "payer", visit.payer
    if visit.clinic:
        yield "clinic", visit.clinic
