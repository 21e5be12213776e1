"""The official tables: code pairs, unit limits, fee schedule and localities, each for a period."""

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from typing import Any

from nlp_pipeline.errors import RuleFileRefused
from nlp_pipeline.records.official_tables import LimitTable, Locality, PairEdit, PairTable, RelativeValue, TableDate, UnitLimit
from nlp_pipeline.rulebook.history import DatedValue, Entry, History, history_of, read_file

KINDS = ("ncci", "mue", "mpfs", "gpci")
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "ncci": ("column1", "column2", "indicator", "effective", "deleted"),
    "mue": ("code", "limit", "kind"),
    "mpfs": ("code", "status", "work", "expense", "malpractice", "multiple", "since"),
    "gpci": ("locality", "number", "work", "expense", "malpractice"),
}
REDUCED = "5"  # the multiple-procedure indicator of therapy
NATIONAL = "national"

Row = tuple[str, ...]
Rows = Callable[[], Iterable[Row]]


@dataclass(frozen=True, slots=True)
class OfficialTable:
    """One table: the period it was published for, and how its rows are had when they are needed."""

    kind: str
    dated: TableDate
    rows: Rows


@dataclass(frozen=True, slots=True)
class Tables:
    """Every table by kind, oldest first."""

    kinds: Mapping[str, History[OfficialTable]]

    def with_more(self, more: Iterable[tuple[OfficialTable, date]]) -> "Tables":
        """Add tables that a user imported; one of the same first day goes before the shipped one."""
        kinds = dict(self.kinds)
        for table, known in more:
            line = DatedValue(table.dated.first, table, table.dated.source, table.dated.mark, known)
            held = [each for each in (kinds[table.kind].values if table.kind in kinds else ()) if each.since != line.since]
            kinds[table.kind] = History(table.kind, tuple(sorted([*held, line], key=lambda each: each.since)))
        return Tables(kinds)


def read_tables(path: Path) -> Tables:
    """Read which tables are shipped; their rows are read when they are first asked for."""
    entry = read_file(path).check_keys(frozenset({"label", "tables"}))
    kinds = {}
    for each in entry.tables("tables", name="kind"):
        each.check_keys(frozenset({"kind", "values"}))
        kind = each.one_of("kind", KINDS)
        kinds[kind] = history_of(kind, each, _Opened(kind), optional=frozenset({"file", "until"}))
    return Tables(kinds)


@dataclass(frozen=True, slots=True)
class _Opened:
    """Makes a table of a line of the list."""

    kind: str

    def __call__(self, entry: Entry) -> OfficialTable:
        """Name the table's file and period; the file must be there."""
        values, since, until = entry.values, entry.day("since"), entry.day("until")
        path = entry.path.parent / str(values.get("file", ""))
        if since is None or until is None or not path.is_file():
            raise entry.refusal("lacks its last day or its file")
        return OfficialTable(self.kind, TableDate(values["value"], since, until, values["source"], values["mark"]), lambda: _rows(path, self.kind))


def _rows(path: Path, kind: str) -> Iterator[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        if tuple(next(reader, ())) != COLUMNS[kind]:
            raise RuleFileRefused(path, f"does not begin with the columns {', '.join(COLUMNS[kind])}")
        for number, row in enumerate(reader, 2):
            if len(row) != len(COLUMNS[kind]):
                raise RuleFileRefused(path, f"line {number} has {len(row)} columns")
            yield tuple(row)


@cache
def pair_table(table: OfficialTable) -> PairTable:
    """Lay out a table of code pairs for looking up."""
    pairs: dict[tuple[str, str], tuple[PairEdit, ...]] = {}
    for one, two, indicator, effective, deleted in table.rows():
        key = (one, two) if one < two else (two, one)
        edit = PairEdit(one, two, int(indicator), _day(effective), _day(deleted))
        pairs[key] = (*pairs.get(key, ()), edit)
    return PairTable(table.dated, pairs)


@cache
def limit_table(table: OfficialTable) -> LimitTable:
    """Lay out a table of unit limits for looking up."""
    return LimitTable(table.dated, {code: UnitLimit(int(limit), int(kind)) for code, limit, kind in table.rows()})


@cache
def value_table(table: OfficialTable) -> Mapping[str, tuple[RelativeValue, ...]]:
    """Lay out a fee schedule for looking up, each code's lines oldest first."""
    found: dict[str, tuple[RelativeValue, ...]] = {}
    for code, status, work, expense, malpractice, multiple, since in table.rows():
        line = RelativeValue(code, status, _figure(work), _figure(expense), _figure(malpractice), multiple == REDUCED, date.fromisoformat(since))
        found[code] = (*found.get(code, ()), line)
    return {code: tuple(sorted(lines, key=lambda line: line.since)) for code, lines in found.items()}


@cache
def localities(table: OfficialTable) -> Mapping[str, Locality]:
    """Lay out the localities by each way to name them: in small letters, with and without their number."""
    found: dict[str, Locality] = {}
    for name, number, work, expense, malpractice in table.rows():
        place = Locality(name, Decimal(work), Decimal(expense), Decimal(malpractice))
        for written in (name, f"{name} ({number})", f"{name} {number}") if number else (name,):
            found.setdefault(written.lower(), place)
    found.setdefault(NATIONAL, Locality(NATIONAL, Decimal(1), Decimal(1), Decimal(1)))
    return found


def _day(written: str) -> date | None:
    return date.fromisoformat(written) if written else None


def _figure(written: Any) -> Decimal | None:
    try:
        return Decimal(written) if written else None
    except InvalidOperation:
        return None
