"""Read the official tables as they are published: find the first data row, keep what the rules need, drop every descriptor."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

from nlp_pipeline.errors import UnreadableInput
from nlp_pipeline.records.official_tables import TableDate
from nlp_pipeline.rulebook.spreadsheets import rows_of
from nlp_pipeline.rulebook.tables import OfficialTable, Row

CODE = re.compile(r"[0-9A-Z]\d{3}[0-9A-Z]")
DAY = re.compile(r"(19|20)\d{6}")
NUMBER = re.compile(r"-?\d*\.?\d+")
PERIODS = (
    re.compile(r"(?P<year>20\d\d)[-_ ]?q(?P<quarter>[1-4])", re.IGNORECASE),
    re.compile(r"q(?P<quarter>[1-4])[-_ ]?(?P<year>20\d\d)", re.IGNORECASE),
    re.compile(r"(?P<month>0[147]|10)[-_]?01[-_]?(?P<year>20\d\d)"),
    re.compile(r"(?:rvu|gpci)[-_ ]?(?P<short>\d\d)(?!\d)", re.IGNORECASE),
    re.compile(r"(?<!\d)(?P<year>20\d\d)(?!\d)"),
)
YEARLY = ("mpfs", "gpci")
NAMES = {"ncci": "code-pair edits for practitioners", "mue": "unit limits for practitioners", "mpfs": "relative value file", "gpci": "localities"}

_Rows = Iterator[list[str]]


def read_official(kind: str, paths: Sequence[Path], period: str | None, registry: Collection[str]) -> OfficialTable:
    """Read one table from its published files; code pairs are kept where either code is in the registry."""
    named = period or next((found for path in paths if (found := _period_of(path.name, kind))), None)
    if named is None:
        raise UnreadableInput(str(paths[0]), "its name does not tell its period", "Give it with --period, such as 2026Q4 or 2026.")
    first, last = bounds(named, kind)
    rows = [row for path in paths for row in _READERS[kind](rows_of(path), first)]
    kept = list(dict.fromkeys(row for row in rows if kind != "ncci" or row[0] in registry or row[1] in registry))
    if not kept:
        raise UnreadableInput(str(paths[0]), f"no row of a table of {NAMES[kind]} is in it", "Check that it is the file, and its kind.")
    source = f"CMS, {NAMES[kind]}, {named}, imported from {', '.join(path.name for path in paths)}"
    return OfficialTable(kind, TableDate(named, first, last, source, "V"), _Kept(kept))


def bounds(period: str, kind: str) -> tuple[date, date]:
    """Give the first and last day of a period.

    >>> bounds("2026Q4", "ncci")
    (datetime.date(2026, 10, 1), datetime.date(2026, 12, 31))
    """
    found = re.fullmatch(r"(20\d\d)(?:Q([1-4]))?", period.upper())
    if found is None:
        raise UnreadableInput(period, "it is no period", "Write a quarter as 2026Q4, a year as 2026.")
    year, quarter = int(found[1]), found[2]
    if quarter is None:
        return date(year, 1, 1), date(year, 12, 31)
    month = 3 * int(quarter) - 2
    end = date(year + month // 10, (month + 2) % 12 + 1, 1)
    return date(year, month, 1), end - timedelta(days=1)


class _Kept:
    """Holds rows that were read."""

    def __init__(self, rows: list[Row]) -> None:
        self._rows = rows

    def __call__(self) -> list[Row]:
        return self._rows


def _period_of(name: str, kind: str) -> str | None:
    for pattern in PERIODS:
        if found := pattern.search(name):
            parts = found.groupdict()
            year = parts.get("year") or f"20{parts['short']}"
            quarter = parts.get("quarter") or (str((int(parts["month"]) + 2) // 3) if parts.get("month") else None)
            if kind in YEARLY:
                return year
            return f"{year}Q{quarter}" if quarter else None
    return None


def _pairs(rows: _Rows, _: date) -> Iterator[Row]:
    """Read code pairs: two codes, a sign for edits before 1996, first day, last day or a star, indicator, and words that are dropped."""
    for row in rows:
        if len(row) < 5 or not CODE.fullmatch(row[0]) or not CODE.fullmatch(row[1]):
            continue
        rest = row[2:] if DAY.fullmatch(row[2]) else row[3:]
        if len(rest) < 3 or not DAY.fullmatch(rest[0]) or rest[2][:1] not in ("0", "1", "9"):
            continue
        yield row[0], row[1], rest[2][0], _iso(rest[0]), _iso(rest[1]) if DAY.fullmatch(rest[1]) else ""


def _limits(rows: _Rows, _: date) -> Iterator[Row]:
    """Read unit limits: a code, a number, and the kind as the first digit of its words."""
    for row in rows:
        if len(row) >= 3 and CODE.fullmatch(row[0]) and row[1].isdigit() and row[2][:1] in ("1", "2", "3"):
            yield row[0], row[1], row[2][0]


def _values(rows: _Rows, first: date) -> Iterator[Row]:
    """Read the fee schedule; only lines without a modifier of their own. Columns are found by their headings, which stand in several rows."""
    headings: list[str] = []
    places: Mapping[str, int] | None = None
    for row in rows:
        if not row or not CODE.fullmatch(row[0]):
            headings = [f"{one} {two}".strip().upper() for one, two in _side_by_side(headings, row)]
            continue
        if places is None:
            places = _places(headings)
        if len(row) > max(places.values()) and not row[places["modifier"]]:
            status = row[places["status"]]
            work, expense, malpractice = (_figure(row[places[name]]) for name in ("work", "expense", "malpractice"))
            yield row[0], status, work, expense, malpractice, row[places["multiple"]], first.isoformat()


def _places(headings: Sequence[str]) -> dict[str, int]:
    """Find the columns by the words above them; where a word is missing, the published order holds."""
    wanted: dict[str, Callable[[str], bool]] = {
        "modifier": lambda words: "MOD" in words.split(),
        "status": lambda words: "STATUS" in words,
        "work": lambda words: "WORK" in words,
        "expense": lambda words: "PE" in words.split() and "NON" in words and "NA" not in words.split(),
        "malpractice": lambda words: "MP" in words.split(),
        "multiple": lambda words: "MULT" in words,
    }
    usual = {"modifier": 1, "status": 3, "work": 5, "expense": 6, "malpractice": 10, "multiple": 18}
    return {name: next((place for place, words in enumerate(headings) if fits(words)), usual[name]) for name, fits in wanted.items()}


def _localities(rows: _Rows, _: date) -> Iterator[Row]:
    """Read the localities: a state, a number, a name, and three indices, of which the work index with its floor is the last before practice expense."""
    for row in rows:
        figures = [place for place, cell in enumerate(row) if NUMBER.fullmatch(cell) and "." in cell]
        if len(figures) < 3 or figures[0] < 2:
            continue
        words = row[: figures[0]]
        number = next((cell for cell in reversed(words) if re.fullmatch(r"\d{1,2}", cell)), "")
        state = next((cell for cell in words if re.fullmatch(r"[A-Z]{2}", cell)), "")
        name = re.sub(r"[*\s]+", " ", words[-1]).strip()
        yield f"{state} {name}".strip().replace(",", ""), number.zfill(2) if number else "", *(row[place] for place in figures[-3:])


def _side_by_side(above: Sequence[str], row: Sequence[str]) -> Iterator[tuple[str, str]]:
    for place in range(max(len(above), len(row))):
        yield above[place] if place < len(above) else "", row[place] if place < len(row) else ""


def _iso(day: str) -> str:
    return f"{day[:4]}-{day[4:6]}-{day[6:]}"


def _figure(cell: str) -> str:
    return cell if NUMBER.fullmatch(cell) else ""


_READERS: Mapping[str, Callable[[_Rows, date], Iterator[Row]]] = {"ncci": _pairs, "mue": _limits, "mpfs": _values, "gpci": _localities}
