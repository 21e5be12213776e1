"""Read the minutes column of a table: pipes, tabs, semicolons or commas between the cells."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from nlp_pipeline.reading.labels import Label
from nlp_pipeline.reading.times import Expression

_HEADER = re.compile(r"[^\n]*[|;,][ \"]*(?:min(?:ute)?s?|tx min|min\.|time \(?min\)?|minutes today)[ \"]*(?=[|;,\n]|\Z)[^\n]*")
_NAME = re.compile(r"[ \"]*(?:min(?:ute)?s?|tx min|min\.|time \(?min\)?|minutes today)[ \"]*")
_NUMBER = re.compile(r"[ \"]*(?P<number>\d{1,3})(?P<unit>[ ]?(?:m[inutes]{0,6}\b\.?|'))?[ \"]*")
_CELL = {"|": re.compile(r"[^|\n]*"), ";": re.compile(r"[^;\n]*"), ",": re.compile(r"[ ]*\"[^\"\n]*\"[ ]*|[^,\n]*")}


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
    for start, end in headers.items():
        mark = next((mark for mark in "|;," if text.find(mark, start, end) >= 0), ",")
        cells = _cells(text, start, mark)
        column = next((number for number, (low, high) in enumerate(cells) if _NAME.fullmatch(text, low, high)), None)
        at = end + 1
        while column is not None and at < len(text) and at not in headers:
            cells = _cells(text, at, mark)
            end = cells[-1][1]
            if len(cells) <= column:
                break
            number = _NUMBER.fullmatch(text, *cells[column])
            if number and int(number["number"]):
                place = number.start("number"), number.end("unit" if number["unit"] else "number")
                time = Expression(*place, int(number["number"]), "minute" if number["unit"] else "bare")
                inside = labels[bisect_left(starts, at) : bisect_left(starts, end)]
                found.append(Entry(time, _label_in(text, inside, cells), (at, end)))
            at = end + 1
    return found


def _headers(text: str, words: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Find the lines that name a minutes column: one of its names opens a cell, though not the first."""
    line = floor = 0
    tried = False
    for word in words:
        at = word - 1
        while at >= 0 and text[at] in ' "':
            at -= 1
        if at < 0 or text[at] not in "|;,":
            continue
        newline = text.rfind("\n", floor, at)
        line, tried, floor = (newline + 1, False, at) if newline >= 0 else (line, tried, at)
        if not tried and (header := _HEADER.match(text, line)):
            yield header.span()
        tried = True


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
