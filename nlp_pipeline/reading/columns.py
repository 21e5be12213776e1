"""Read the minutes column of a table: pipes, tabs, semicolons, commas or slashes between the cells, or nothing but spaces."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from nlp_pipeline.reading.labels import Label
from nlp_pipeline.reading.times import Expression

_MINUTES = r"(?:(?:tx |actual |timed |total )?min(?:ute)?s?\.?(?:[ ](?:today|spent))?|time(?:[ ]?\(?min\)?)?)"
_HEADER = re.compile(rf"[^\n]*[|;,/][ \"]*{_MINUTES}[ \"]*(?=[|;,/\n]|\Z)[^\n]*")
_SPACED_HEADER = re.compile(rf"[^\n]*[a-z][^\n]*[ ]{{2}}{_MINUTES}(?=[ ]{{2}}|[ ]*\n)[^\n]*")
_NAME = re.compile(rf"[ \"]*{_MINUTES}[ \"]*")
_NUMBER = re.compile(r"[ \"]*(?P<number>[lio\d]{1,3})(?P<unit>[ ]?(?:m[inutes]{0,6}\b\.?|'))?[ \"]*")
_SPACED_NUMBER = re.compile(r"(?:(?<=[ ]{2})|(?<=\n))(?P<number>[lio\d]{1,3})(?P<unit>[ ]?(?:m[inutes]{0,6}\b\.?|'))?(?=[ ]{2}|[ ]*(?:\n|\Z))")
_CELL = {
    "|": re.compile(r"[^|\n]*"),
    ";": re.compile(r"[^;\n]*"),
    ",": re.compile(r"[ ]*\"[^\"\n]*\"[ ]*|[^,\n]*"),
    "/": re.compile(r"(?:[^/\n]|(?<![ ])/|/(?![ ]))*"),
}
_SCANNED = str.maketrans("lio", "110")
_ASIDE = 5  # characters by which a number may stand beside its column's name


class Entry(NamedTuple):
    """A number in a minutes column, the label in its row if the row has one, and where the row begins and ends."""

    time: Expression
    label: Label | None
    row: tuple[int, int]


def find_columns(text: str, labels: Sequence[Label], words: Sequence[int]) -> list[Entry]:
    """Find the numbers that stand in a minutes column of a levelled text; `words` is where the words of totals start, "min" and "time" among them."""
    found: list[Entry] = []
    headers = dict(_headers(text, words))
    starts = [label.start for label in labels] if headers else []
    for start, (end, spaced) in headers.items():
        mark = next((mark for mark in "|;," if text.find(mark, start, end) >= 0), "/")
        rows = _spaced_rows(text, start, end) if spaced else _marked_rows(text, (start, end), mark, headers)
        for number, cells in rows:
            if minutes := int(number["number"].translate(_SCANNED)):
                place = number.start("number"), number.end("unit" if number["unit"] else "number")
                row = cells[0][0], cells[-1][1]
                inside = labels[bisect_left(starts, row[0]) : bisect_left(starts, row[1])]
                found.append(Entry(Expression(*place, minutes, "minute" if number["unit"] else "bare"), _label_in(text, inside, cells), row))
    return found


def _marked_rows(text: str, header: tuple[int, int], mark: str, headers: dict[int, tuple[int, bool]]) -> Iterator[tuple[re.Match[str], list[tuple[int, int]]]]:
    """Go down the minutes column of a table with marks between its cells."""
    cells = _cells(text, header[0], mark)
    column = next((number for number, (low, high) in enumerate(cells) if _NAME.fullmatch(text, low, high)), None)
    at = header[1] + 1
    while column is not None and at < len(text) and at not in headers:
        cells = _cells(text, at, mark)
        if len(cells) <= column:
            return
        if number := _NUMBER.fullmatch(text, *cells[column]):
            yield number, cells
        at = cells[-1][1] + 1


def _spaced_rows(text: str, start: int, end: int) -> Iterator[tuple[re.Match[str], list[tuple[int, int]]]]:
    """Go down the minutes column of a table aligned by spaces: its numbers stand below its name."""
    name = next(found for found in re.finditer(rf"(?<=[ ]{{2}}){_MINUTES}(?=[ ]{{2}}|[ ]*(?:\n|\Z))", text[start:end]))
    at = end + 1
    while at < len(text) and (stop := _row_end(text, at)) > at:
        for number in _SPACED_NUMBER.finditer(text, at, stop):
            if number.start() - at <= name.end() + _ASIDE and number.end() - at >= name.start() - _ASIDE:
                yield number, [(at, number.start()), (number.start(), stop)]
                break
        at = stop + 1


def _row_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end


def _headers(text: str, words: Sequence[int]) -> Iterator[tuple[int, tuple[int, bool]]]:
    """Find the lines that name a minutes column: one of its names opens a cell, though not the first; and whether only spaces part the cells."""
    line = floor = 0
    tried = False
    for word in words:
        at = word - 1
        while at >= 0 and text[at] in ' "':
            at -= 1
        spaced = at >= 0 and word - at > 2 and text[at] not in "|;,/\n"
        if at < 0 or (text[at] not in "|;,/" and not spaced):
            continue
        newline = text.rfind("\n", floor, at)
        line, tried, floor = (newline + 1, False, at) if newline >= 0 else (line, tried, at)
        if not tried and (header := (_SPACED_HEADER if spaced else _HEADER).match(text, line)):
            yield header.start(), (header.end(), spaced)
            tried = True
        tried = tried or not spaced


def _cells(text: str, start: int, mark: str) -> list[tuple[int, int]]:
    cells, at = [], start
    while True:
        cell = _CELL[mark].match(text, at)
        end = cell.end() if cell else at
        cells.append((at, end))
        if text[end : end + 1] != mark:
            return cells
        at = end + 1


def _label_in(text: str, labels: Sequence[Label], cells: Sequence[tuple[int, int]]) -> Label | None:
    """Find the label that fills a cell of a row, the number first, or else a full name or number that opens one."""
    opening = [(label, high) for label in labels for low, high in cells if low <= label.start < high and not text[low : label.start].strip(' "')]
    filling = [label for label, high in opening if not text[label.end : high].strip(' "()')]
    ranked = [label for label in filling if label.number] + filling + [label for label, _ in opening if label.sure or label.number]
    return ranked[0] if ranked else None
