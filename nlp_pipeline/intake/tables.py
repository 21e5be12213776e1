"""Rows of cells to drafts: delimited text, worksheets and Parquet, which differ in how cells are read and in nothing else."""

import csv
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from io import BufferedReader
from typing import Any

from nlp_pipeline.errors import UnreadableInput
from nlp_pipeline.intake.archives import is_bomb
from nlp_pipeline.intake.decoding import decode, decoded_lines
from nlp_pipeline.intake.profiles import Profile
from nlp_pipeline.intake.received import Draft, Drafts, Place, Rejected, reject
from nlp_pipeline.intake.recognition import Field, recognition
from nlp_pipeline.intake.sources import Source

ROWS_IN_A_BATCH = 256
BROKEN_WORKBOOK = "Open it in a spreadsheet program and save it again as XLSX or CSV."
BROKEN_PARQUET = "Write the file again; a Parquet file that was not closed cannot be read."


@dataclass(frozen=True, slots=True)
class Header:
    """Where the known fields stand in the rows below a header."""

    cells: int
    places: Mapping[Field, int]

    @classmethod
    def of(cls, names: Sequence[str], profile: Profile) -> "Header":
        """Recognise the fields among column names."""
        return cls(len(names), {each: names.index(name) for each, name in profile.columns_of(names).items()})

    def draft(self, cells: Sequence[object] | None, place: Place) -> Draft | Rejected:
        """Make a draft of a row; None stands for one that the table's own grammar refuses."""
        if cells is None:
            return reject("broken-row", place, cells="unreadable", columns=self.cells)
        if self.places["text"] >= len(cells) or any(str(extra).strip() for extra in cells[self.cells :]):
            return reject("broken-row", place, cells=len(cells), columns=self.cells)
        fields = {each: cells[at] for each, at in self.places.items() if at < len(cells)}
        text = fields["text"]
        cut = isinstance(text, str) and len(text) == recognition().cell_characters
        return Draft(fields, place, notices=("text-ends-at-cell-limit",) if cut else ())


def read_table(source: Source, stream: BufferedReader, profile: Profile) -> Drafts:
    """Read a table with a header, one note a row."""
    rows = rows_of_table(source, stream)
    names = next(rows, None)
    if not names:
        return
    header = Header.of(names, profile)
    if "text" not in header.places:
        yield reject("missing-text-column", source.place(), columns=len(names))
        return
    for row, cells in enumerate(rows, 1):
        yield header.draft(cells, source.place(row))


def rows_of_table(source: Source, stream: BufferedReader) -> Generator[list[str] | None, None, None]:
    """Give the header, then the rows that are not blank; the separator is the one that the header holds most of."""
    lines = decoded_lines(stream, source.label)
    header_line = next(lines, "").removeprefix("\ufeff")
    delimiter = max(recognition().delimiters, key=header_line.count)
    csv.field_size_limit(recognition().line_bytes)  # the module's own limit is shorter than some notes
    yield next(csv.reader(_rest_of_header(header_line, lines), delimiter=delimiter), [])
    yield from _filled_rows(lines, delimiter)


def _rest_of_header(line: str, lines: Iterator[str]) -> Iterator[str]:
    yield line
    yield from lines


def _filled_rows(lines: Iterator[str], delimiter: str) -> Iterator[list[str] | None]:
    """Give the rows that are not blank; None for one that the table's own grammar refuses."""
    rows = csv.reader(lines, delimiter=delimiter)
    while True:
        try:
            cells = next(rows)
        except StopIteration:
            return
        except csv.Error:
            yield None
            continue
        if cells:
            yield cells


def read_workbook(source: Source, stream: BufferedReader, profile: Profile) -> Drafts:
    """Read the worksheets that have a column of notes; a row bears the number that the spreadsheet shows."""
    if is_bomb(stream):
        yield reject("zip-bomb", source.place())
        return
    for sheet, rows in sheets_of(source, stream):
        above, header = header_in(rows, profile)
        if "text" not in header.places:
            yield reject("missing-text-column", Place(source.label, None, sheet), columns=header.cells)
            continue
        for row, cells in enumerate(rows[above + 1 :], above + 2):
            if any(cells):
                yield header.draft(cells, Place(source.label, row, sheet))


def sheets_of(source: Source, stream: BufferedReader) -> Iterator[tuple[str, list[list[str]]]]:
    """Give the worksheets that are not empty, one at a time, their cells written as text."""
    from python_calamine import CalamineError, load_workbook  # heavy, and most runs never need it

    try:
        workbook = load_workbook(stream)
        for name in workbook.sheet_names:
            rows = [[as_text(cell) for cell in cells] for cells in workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)]
            if any(map(any, rows)):
                yield name, rows
    except CalamineError as trouble:
        raise UnreadableInput(source.label, "it is not a whole workbook", BROKEN_WORKBOOK) from trouble


def header_in(rows: list[list[str]], profile: Profile) -> tuple[int, Header]:
    """Find the header of a worksheet, which may stand below titles, as the row that names most fields."""
    headers = [Header.of(names, profile) for names in rows[: recognition().header_rows]]
    above = max(range(len(headers)), key=lambda at: ("text" in headers[at].places, len(headers[at].places), any(rows[at]), -at))
    return above, headers[above]


def read_parquet(source: Source, stream: BufferedReader, profile: Profile, first: int = 0) -> Drafts:
    """Read a Parquet file batch by batch, and of its columns only those that are known; `first` rows are passed over."""
    import pyarrow  # heavy, and most runs never need it
    from pyarrow.parquet import ParquetFile

    try:
        file = ParquetFile(stream, pre_buffer=False)  # a row group at a time
        given = parted(source, file.schema_arrow.names)
        names = [*file.schema_arrow.names, *given]
        header = Header.of(names, profile)
        if "text" not in header.places:
            yield reject("missing-text-column", source.place(), columns=len(names))
            return
        known = [names[at] for at in header.places.values()]
        narrow = Header(len(known), {each: at for at, each in enumerate(header.places)})
        for before, batch in _batches(file, [name for name in known if name not in given], first):
            columns = [[given[name]] * batch.num_rows if name in given else batch.column(name).to_pylist() for name in known]
            for row, cells in enumerate(zip(*columns, strict=True), before + 1):
                yield narrow.draft([cell if isinstance(cell, str) or cell is None else as_text(cell) for cell in cells], source.place(row))
    except (pyarrow.ArrowException, UnicodeDecodeError) as trouble:
        raise UnreadableInput(source.label, "it is not a whole Parquet file", BROKEN_PARQUET) from trouble


def parted(source: Source, names: Sequence[str]) -> dict[str, str | None]:
    """Give the columns that a Parquet file's folders hold in its stead."""
    return {name: value for name, value in source.partition if name not in names}


def _batches(file: Any, columns: list[str], first: int) -> Iterator[tuple[int, Any]]:
    """Give the batches from a row on, each with the number of rows before it."""
    group = before = 0
    while group < file.num_row_groups and before + file.metadata.row_group(group).num_rows <= first:
        before, group = before + file.metadata.row_group(group).num_rows, group + 1
    for batch in file.iter_batches(batch_size=ROWS_IN_A_BATCH, row_groups=range(group, file.num_row_groups), columns=columns, use_threads=False):
        over = min(max(first - before, 0), batch.num_rows)
        yield before + over, batch.slice(over)
        before += batch.num_rows


def as_text(cell: object) -> str:
    """Write a cell as the export would have: whole numbers without a decimal point, days as ISO days."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, date | datetime):
        return cell.isoformat()
    if isinstance(cell, bytes):
        return decode(cell)
    return "" if cell is None else str(cell)
