"""The four forms of the coded notes; each is written note by note, from the papers of the coding and what was found across notes."""

import json
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Protocol, Self

from nlp_pipeline.records.finding import Finding
from nlp_pipeline.records.schema import joined_line
from nlp_pipeline.records.visit import Visit
from nlp_pipeline.reporting.tables import Cell, Row, csv_rows, finished, header_row

Table = Sequence[Sequence[Cell]]


@dataclass(frozen=True, slots=True)
class Coded:
    """A coded note on its way out: its line of JSON, its rows (as JSON; empty where the form has none), its visit, and what was found across notes.

    The visit is an outline; `whole` reads all of it.
    """

    line: str
    rows: bytes
    visit: Visit
    whole: Callable[[], Visit]
    across: tuple[Finding, ...]
    news: str

    def whole_line(self) -> str:
        """Give the line with what was found across notes."""
        return joined_line(self.line, self.across, self.news)

    def whole_rows(self) -> list[Row]:
        """Give the rows with what was found across notes."""
        return finished(json.loads(self.rows), self.visit, self.across)


class CodedFile(Protocol):
    """What a form must be able to do."""

    def __enter__(self) -> Self:
        """Begin."""
        ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """End."""
        ...

    def add(self, coded: Coded) -> None:
        """Add a note."""
        ...

    def tell(self, summary: Table, run: Table) -> None:
        """Add what is known of the run as a whole, where the form has a place for it."""
        ...


class _Lines:
    """A file that is written line by line."""

    def __init__(self, path: Path, scratch: Path) -> None:
        self._path = path
        self._file: BinaryIO | None = None

    def __enter__(self) -> Self:
        self._file = self._path.open("wb")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._file is not None:
            self._file.close()

    def write(self, text: str) -> None:
        """Write text."""
        assert self._file is not None
        self._file.write(text.encode())

    def tell(self, summary: Table, run: Table) -> None:
        """Have no place for it."""


class JsonLines(_Lines):
    """A coded note a line."""

    def add(self, coded: Coded) -> None:
        """Add a note."""
        self.write(f"{coded.whole_line()}\n")


class CommaSeparated(_Lines):
    """A claim line a row."""

    def __enter__(self) -> Self:
        super().__enter__()
        self.write(header_row())
        return self

    def add(self, coded: Coded) -> None:
        """Add a note."""
        self.write(csv_rows(coded.whole_rows()))


class _Heavy(ExitStack):
    """A form whose library is opened when it is asked for."""

    def tell(self, summary: Table, run: Table) -> None:
        """Have no place for it."""


class Parquet(_Heavy):
    """A claim line a row, typed, with the note's line of JSON."""

    def __init__(self, path: Path, scratch: Path) -> None:
        super().__init__()
        from nlp_pipeline.reporting.columnar import ParquetTable

        self._table = self.enter_context(ParquetTable(path))

    def add(self, coded: Coded) -> None:
        """Add a note."""
        self._table.add(coded.whole_rows(), coded.whole_line())


class Workbook(_Heavy):
    """A worklist, with the summary and the run on sheets of their own."""

    def __init__(self, path: Path, scratch: Path) -> None:
        super().__init__()
        from nlp_pipeline.reporting.worklist import RUN, SUMMARY, Worklist, legend

        self._names, self._legend = (SUMMARY, RUN), legend()
        self._list = self.enter_context(Worklist(path, scratch))

    def add(self, coded: Coded) -> None:
        """Add a note."""
        self._list.add(coded.whole_rows())

    def tell(self, summary: Table, run: Table) -> None:
        """Fill the sheets of the summary and of the run."""
        for name, table in zip(self._names, ([*summary, *self._legend], run), strict=True):
            self._list.tell(name, table)


FILES: Final[dict[str, type[JsonLines] | type[CommaSeparated] | type[Parquet] | type[Workbook]]] = {
    "jsonl": JsonLines,
    "csv": CommaSeparated,
    "parquet": Parquet,
    "xlsx": Workbook,
}
