"""Read the minutes column of a table: pipes, tabs, semicolons or commas between the cells."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from nlp_pipeline.reading.labels import Label
from nlp_pipeline.reading.times import Expression

_HEADER = re.compile(r"(?:^|(?<=\n))[^\n]*[|;,][ \"]*(?:min(?:ute)?s?|tx min|min\.|time \(?min\)?|minutes today)[ \"]*(?=[|;,\n]|\Z)[^\n]*")
_NAME = re.compile(r"[ \"]*(?:min(?:ute)?s?|tx min|min\.|time \(?min\)?|minutes today)[ \"]*")
_NUMBER = re.compile(r"[ \"]*(?P<number>\d{1,3})(?P<unit>[ ]?(?:m[inutes]{0,6}\b\.?|'))?[ \"]*")
_CELL = {"|": re.compile(r"[^|\n]*"), ";": re.compile(r"[^;\n]*"), ",": re.compile(r"[ ]*\"[^\"\n]*\"[ ]*|[^,\n]*")}


class Entry(NamedTuple):
    """A number in a minutes column, the label in its row if the row has one, and where the row begins and ends."""

    time: Expression
    label: Label | None
    row: tuple[int, int]


def find_columns(text: str, labels: Sequence[Label]) -> list[Entry]:
    """Find the numbers that stand in a minutes column of a levelled text."""
    found: list[Entry] = []
    for header in _HEADER.finditer(text):
        mark = next((mark for mark in "|;," if mark in header[0]), ",")
        cells = _cells(text, header.start(), mark)
        column = next((number for number, (low, high) in enumerate(cells) if _NAME.fullmatch(text, low, high)), None)
        at = header.end() + 1
        while column is not None and at < len(text):
            cells = _cells(text, at, mark)
            end = cells[-1][1]
            if len(cells) <= column:
                break
            number = _NUMBER.fullmatch(text, *cells[column])
            if number and int(number["number"]):
                time = Expression(number.start("number"), number.end("unit") if number["unit"] else number.end("number"), int(number["number"]), "minute" if number["unit"] else "bare")
                found.append(Entry(time, _label_in(labels, at, end, text, cells), (at, end)))
            at = end + 1
    return found


def _cells(text: str, start: int, mark: str) -> list[tuple[int, int]]:
    cells, at = [], start
    while True:
        cell = _CELL[mark].match(text, at)
        end = cell.end() if cell else at
        cells.append((at, end))
        if text[end : end + 1] != mark:
            return cells
        at = end + 1


def _label_in(labels: Sequence[Label], start: int, end: int, text: str, cells: Sequence[tuple[int, int]]) -> Label | None:
    """Find the label that fills a cell of a row, or the number or name that opens one."""
    inside = [label for label in labels if start <= label.start < end]
    filling = [label for label in inside if any(low <= label.start and label.end <= high and not text[low : label.start].strip(' "') and not text[label.end : high].strip(' "()') for low, high in cells)]
    opening = [label for label in inside if (label.sure or label.number) and any(not text[low : label.start].strip(' "') for low, _ in cells if low <= label.start)]
    return next((label for label in filling if label.number), None) or (filling + opening + [None])[0]  # type: ignore[list-item]
