"""`coded.parquet`: the rows of `tables` with types, and each note's line of JSON on its first row."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import pyarrow as pa
import pyarrow.parquet as pq

from nlp_pipeline.reporting.tables import COLUMNS, PLACE, Cell, Row

NOTE: Final = "note_json"
ROWS_IN_A_GROUP = 8192
CHARACTERS_IN_A_GROUP = 16_000_000  # of JSON: what is held in memory until it is written

_NUMBERS = frozenset(
    {"line", "units", "units_cms", "units_ama", "units_per15", "stated_units", "difference", "first_start", "first_end", "priority", "source_row"}
)
_LISTS = frozenset({"modifiers", "documented", "missing", "findings", "filed_under", "review_reasons"})
_OTHERS = {"date_of_service": pa.date32(), "minutes": pa.float64(), "confidence": pa.float64(), "needs_review": pa.bool_()}
_DAY = PLACE["date_of_service"]


def schema() -> pa.Schema:
    """Give the columns and their types: those of the CSV, and `note_json`."""
    return pa.schema([*(pa.field(name, _type_of(name)) for name in COLUMNS), pa.field(NOTE, pa.large_string())])


class ParquetTable:
    """Writes rows group by group, so that memory does not grow with the run; the same rows give the same bytes."""

    def __init__(self, path: Path) -> None:
        self._schema = schema()
        self._file = path.open("wb")
        self._writer = pq.ParquetWriter(self._file, self._schema, compression="zstd")
        self._columns: list[list[object]] = [[] for _ in self._schema]
        self._characters = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        try:
            if kind is None:
                self._write_group()
            self._writer.close()
        finally:
            self._file.close()

    def add(self, rows: Sequence[Row], note: str) -> None:
        """Add the finished rows of a note, and its line of JSON."""
        for number, row in enumerate(rows):
            for place, cell in enumerate(row):
                self._columns[place].append(_day(cell) if place == _DAY else cell)
            self._columns[-1].append(None if number else note)
        self._characters += len(note)
        if len(self._columns[0]) >= ROWS_IN_A_GROUP or self._characters >= CHARACTERS_IN_A_GROUP:
            self._write_group()

    def _write_group(self) -> None:
        if self._columns[0]:
            arrays = [pa.array(column, field.type) for column, field in zip(self._columns, self._schema, strict=True)]
            self._writer.write_table(pa.Table.from_arrays(arrays, schema=self._schema), row_group_size=len(self._columns[0]))
        self._columns = [[] for _ in self._schema]
        self._characters = 0


def _type_of(name: str) -> pa.DataType:
    if name in _OTHERS:
        return _OTHERS[name]
    if name in _LISTS:
        return pa.list_(pa.string())
    return pa.int32() if name in _NUMBERS else pa.string()


def _day(cell: Cell) -> date | None:
    return date.fromisoformat(cell) if isinstance(cell, str) else None
