"""One reader for each kind of input: bytes in, notes and rejected rows out, a row at a time."""

import csv
import json
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from io import BufferedReader

from nlp_pipeline.intake.decoding import decode, decoded_lines
from nlp_pipeline.intake.notes import NoteMaker
from nlp_pipeline.intake.received import Place, Received, Rejected, reject
from nlp_pipeline.intake.recognition import Field, ReaderName, recognition
from nlp_pipeline.intake.sources import Source

Reader = Callable[[Source, BufferedReader, NoteMaker], Iterator[Received | Rejected]]


def read_text(source: Source, stream: BufferedReader, maker: NoteMaker) -> Iterator[Received | Rejected]:
    """Read a file that is one note; its id is the file's name without the ending, with the folders inside the input before it."""
    limit = recognition().line_bytes
    data = stream.read(limit + 1)
    if len(data) > limit:
        yield reject("oversized-note", source.place(), source.note_id, characters=f"more than {limit}", limit=recognition().note_characters)
    else:
        yield maker.make({"id": source.note_id, "text": decode(data)}, source.place())


def read_table(source: Source, stream: BufferedReader, maker: NoteMaker) -> Iterator[Received | Rejected]:
    """Read a table with a header, one note a row; the separator is the one that the header holds most of."""
    lines = decoded_lines(stream, source.label)
    header_line = next(lines, "").removeprefix("\ufeff")
    delimiter = max(recognition().delimiters, key=header_line.count)
    csv.field_size_limit(recognition().line_bytes)  # the module's own limit is shorter than some notes
    header = next(csv.reader(_rest_of_header(header_line, lines), delimiter=delimiter), [])
    if not header:
        return
    columns = recognition().columns(header)
    if "text" not in columns:
        yield reject("missing-text-column", source.place(), columns=len(header))
        return
    places = {field: header.index(name) for field, name in columns.items()}
    for row, cells in enumerate(_filled_rows(lines, delimiter), 1):
        yield _note_of_cells(cells, places, (len(header), source.place(row)), maker)


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


def _note_of_cells(cells: list[str] | None, places: Mapping[Field, int], shape: tuple[int, Place], maker: NoteMaker) -> Received | Rejected:
    columns, place = shape
    if cells is None:
        return reject("broken-row", place, cells="unreadable", columns=columns)
    if places["text"] >= len(cells) or any(extra.strip() for extra in cells[columns:]):
        return reject("broken-row", place, cells=len(cells), columns=columns)
    return maker.make({field: cells[at] for field, at in places.items() if at < len(cells)}, place)


def read_lines(source: Source, stream: BufferedReader, maker: NoteMaker) -> Iterator[Received | Rejected]:
    """Read JSON Lines, one note an object."""
    for row, line in enumerate(decoded_lines(stream, source.label), 1):
        if line.strip("\ufeff \t\r\n"):
            yield _note_of_line(line.removeprefix("\ufeff"), source.place(row), maker)


def _note_of_line(line: str, place: Place, maker: NoteMaker) -> Received | Rejected:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        row = None
    if not isinstance(row, dict):
        return reject("broken-json", place)
    keys = _keys_of_fields(tuple(row))
    if "text" not in keys:
        return reject("missing-text", place)
    return maker.make({field: row[key] for field, key in keys.items()}, place)


@lru_cache(maxsize=256)
def _keys_of_fields(names: tuple[str, ...]) -> dict[Field, str]:
    return recognition().columns(names)


READERS: Mapping[ReaderName, Reader] = {"text": read_text, "table": read_table, "lines": read_lines}
