"""`coded.xlsx`: a worklist, a row a claim line, with the run's summary and manifest on sheets of their own."""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from importlib import resources
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import xlsxwriter
from xlsxwriter.exceptions import XlsxWriterException
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_range
from xlsxwriter.worksheet import Worksheet

from nlp_pipeline.reporting.tables import PLACE, Cell, Row

ROWS_OF_A_SHEET = 1_048_576  # Excel's limit
CHARACTERS_OF_A_CELL = 32_767  # Excel's limit
FIRST_YEAR = 1900  # Excel counts days from here
NO_CLOCK: Final = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)  # so that the same run gives the same bytes
SHEET, SUMMARY, RUN = "Worklist", "Summary", "Run"

Table = Sequence[Sequence[Cell]]


@dataclass(frozen=True, slots=True)
class Look:
    """How a worklist looks: its columns from left to right, its colours, and our words for what cells say."""

    columns: tuple[Mapping[str, Any], ...]
    tones: tuple[Mapping[str, Any], ...]
    words: Mapping[str, str]


@cache
def look() -> Look:
    """Read `worklist.toml`."""
    read = tomllib.loads(resources.files("nlp_pipeline.reporting").joinpath("worklist.toml").read_text("utf-8"))
    return Look(tuple(read["columns"]), tuple(read["tones"]), read["words"])


def legend() -> list[list[Cell]]:
    """Explain the columns that need it."""
    return [["How to read the worklist"], *([column["heading"], column["note"]] for column in look().columns if "note" in column)]


class Worklist:
    """Writes the workbook row by row; text is only ever written as text, so that none of it can run."""

    def __init__(self, path: Path, scratch: Path, rows_of_a_sheet: int = ROWS_OF_A_SHEET) -> None:
        options = {"constant_memory": True, "tmpdir": str(scratch), "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
        self._book = xlsxwriter.Workbook(str(path), options)
        self._book.use_zip64()
        self._book.set_properties({"title": "Worklist", "created": NO_CLOCK})
        self._limit = rows_of_a_sheet
        formats = {"head": {"bold": True, "text_wrap": True, "valign": "top", "bottom": 1, "bg_color": "#EDEFF2"}, "day": {"num_format": "yyyy-mm-dd"}}
        self._formats: dict[str, Format] = {name: self._book.add_format(each) for name, each in formats.items()}
        self._formats |= {"bold": self._book.add_format({"bold": True}), "percent": self._book.add_format({"num_format": "0%"})}
        self._sheets = 0
        self._sheet, self._row = self._begin(), 1
        self._others = {name: self._book.add_worksheet(name) for name in (SUMMARY, RUN)}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._end()
        try:
            self._book.close()
        except XlsxWriterException as trouble:
            raise OSError(str(trouble)) from None

    def add(self, rows: Iterable[Row]) -> None:
        """Add finished rows."""
        for row in rows:
            if self._row >= self._limit:
                self._end()
                self._sheet, self._row = self._begin(), 1
            for place, column in enumerate(look().columns):
                self._write(self._sheet, place, row[PLACE[column["name"]]], column)
            self._row += 1

    def tell(self, name: str, table: Table) -> None:
        """Fill the sheet of the summary or of the run; a row of one cell is a heading."""
        sheet = self._others[name]
        sheet.set_column(0, 0, 34)
        sheet.set_column(1, 1, 60)
        for number, row in enumerate(table):
            for place, cell in enumerate(row):
                _write(sheet, (number, place), cell, self._formats["bold"] if len(row) == 1 else None)

    def _begin(self) -> Worksheet:
        self._sheets += 1
        sheet = self._book.add_worksheet(SHEET if self._sheets == 1 else f"{SHEET} {self._sheets}")
        sheet.freeze_panes(1, 2)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)
        sheet.set_row(0, 32)
        for place, column in enumerate(look().columns):
            sheet.set_column(place, place, column["width"])
            sheet.write_string(0, place, column["heading"], self._formats["head"])
        return sheet

    def _end(self) -> None:
        """Finish a sheet: its filter and its colours reach as far as its rows."""
        last, places = max(self._row - 1, 1), {column["name"]: place for place, column in enumerate(look().columns)}
        self._sheet.autofilter(0, 0, last, len(look().columns) - 1)
        self._sheet.ignore_errors({"number_stored_as_text": xl_range(1, 0, last, len(look().columns) - 1)})  # ids and codes are no numbers
        for tone in look().tones:
            place = places[tone["column"]]
            rule = {key: tone[key] for key in ("type", "criteria", "value", "bar_color", "bar_solid") if key in tone}
            if "fill" in tone:
                rule["format"] = self._book.add_format({"bg_color": tone["fill"], "font_color": tone["ink"]})
            self._sheet.conditional_format(1, place, last, place, rule)

    def _write(self, sheet: Worksheet, place: int, cell: Cell, column: Mapping[str, Any]) -> None:
        kind = column.get("kind")
        if kind == "day" and isinstance(cell, str) and int(cell[:4]) >= FIRST_YEAR:
            sheet.write_datetime(self._row, place, date.fromisoformat(cell), self._formats["day"])
        else:
            words = look().words if kind == "word" else {}
            spoken = [words.get(each, each) for each in cell] if isinstance(cell, list) else words.get(cell, cell) if isinstance(cell, str) else cell
            _write(sheet, (self._row, place), spoken, self._formats["percent"] if kind == "share" else None)


def _write(sheet: Worksheet, place: tuple[int, int], cell: Cell, form: Format | None = None) -> None:
    if isinstance(cell, bool):
        cell = "yes" if cell else "no"
    if isinstance(cell, list):
        cell = ", ".join(cell)
    if isinstance(cell, str) and cell:
        sheet.write_string(*place, cell if len(cell) <= CHARACTERS_OF_A_CELL else cell[: CHARACTERS_OF_A_CELL - 1] + "…", form)
    elif isinstance(cell, int | float):
        sheet.write_number(*place, cell, form)
