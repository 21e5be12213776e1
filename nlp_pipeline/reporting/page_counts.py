"""Counts for the page, visit by visit: how visits came out by therapist, clinic and payer, and their units. Only counts are kept."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from nlp_pipeline.records.chart import Balance, CloneRate
from nlp_pipeline.records.chart_summary import GroupRow, Slice
from nlp_pipeline.records.finding import Finding
from nlp_pipeline.records.verdict import VERDICTS, Verdict
from nlp_pipeline.records.visit import Visit

FEW = 30  # visits below which a share swings too much to be read
NOT_STATED = "not stated"
PLACES = {"clinic": 0, "therapist": 1, "payer": 2}


@dataclass(slots=True)
class _Group:
    verdicts: Counter[Verdict] = field(default_factory=Counter)
    units: Counter[str] = field(default_factory=Counter)
    asked: int = 0


class PageCounts:
    """Adds visits up; the result does not depend on their order."""

    def __init__(self) -> None:
        self.verdicts: Counter[Verdict] = Counter()
        self.minutes: Counter[str] = Counter()
        self.asked = 0
        self._first: date | None = None
        self._last: date | None = None
        self._slices: defaultdict[tuple[str, str, str], _Group] = defaultdict(_Group)

    def add(self, visit: Visit, verdict: Verdict, findings: Iterable[Finding]) -> None:
        """Count one visit with all its findings."""
        self.verdicts[verdict] += 1
        self.minutes[visit.minutes_known] += 1
        if visit.day:
            self._first = min(self._first or visit.day, visit.day)
            self._last = max(self._last or visit.day, visit.day)
        group = self._slices[visit.clinic or NOT_STATED, visit.therapist or NOT_STATED, visit.payer or NOT_STATED]
        group.verdicts[verdict] += 1
        if verdict == "supported" and any(finding.severity == "warning" for finding in findings):
            self.asked += 1
            group.asked += 1
        for line in visit.lines:
            group.units[line.code] += line.units

    def days(self) -> tuple[date, date] | None:
        """Tell the first and the last day."""
        return (self._first, self._last) if self._first and self._last else None

    def groups(self, grouping: str, balances: Iterable[Balance], rates: Iterable[CloneRate] = ()) -> tuple[GroupRow, ...]:
        """Tell what clinics, therapists or payers come to, the largest first, each with its balance and its rate of carried text."""
        balance = {each.name: each for each in balances if each.grouping == grouping}
        carried = {each.name: each.share for each in rates if each.visits}
        together: defaultdict[str, _Group] = defaultdict(_Group)
        for key, part in self._slices.items():
            whole = together[key[PLACES[grouping]]]
            whole.verdicts.update(part.verdicts)
            whole.units.update(part.units)
            whole.asked += part.asked
        rows = [_row(name, whole, balance.get(name), carried.get(name)) for name, whole in together.items()]
        return tuple(sorted(rows, key=lambda row: (-row.visits, row.name)))

    def slices(self) -> tuple[Slice, ...]:
        """Tell the parts that the page's filters add up."""
        return tuple(Slice(*key, _in_order(part.verdicts), part.asked) for key, part in sorted(self._slices.items()))


def _row(name: str, whole: _Group, balance: Balance | None, carried: float | None) -> GroupRow:
    visits = whole.verdicts.total()
    return GroupRow(name, visits, dict(whole.verdicts), dict(whole.units), visits < FEW, balance, carried, whole.asked)


def _in_order(verdicts: Mapping[Verdict, int]) -> tuple[int, int, int, int]:
    supported, not_supported, cannot_tell, not_therapy = (verdicts.get(each, 0) for each in VERDICTS)
    return supported, not_supported, cannot_tell, not_therapy
