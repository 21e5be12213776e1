"""Read minutes that stand in a row, in the order in which their services were named ("Minutes: 20, 15, 8", "23 and 12 minutes respectively")."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from nlp_pipeline.reading.labels import Label, Marks
from nlp_pipeline.reading.numerals import SPELT, spelt_number
from nlp_pipeline.reading.owners import Claimed
from nlp_pipeline.reading.times import Expression

_NUMBER = rf"(?:\d{{1,2}}(?!\d|[.:]\d|%|/\d\d/\d\d(?!\d|[ ]?min))|{SPELT}\b)"
_UNIT = r"(?:[ ]?(?:min(?:ute)?s?\b\.?|m\b|'))?"
_AND = r"(?:[ ]?(?:,|/|;|\+|&|\band\b)[ ]?(?:and[ ])?|[ ](?=\d{1,2}(?:[ ]\d{1,2}|['m]|[ ]?min|[ ]?[.\n]|\Z)))"
_ROW = re.compile(rf"{_NUMBER}{_UNIT}(?:{_AND}{_NUMBER}{_UNIT}){{1,5}}")
_ONE = re.compile(rf"(?P<number>{_NUMBER}){_UNIT}")
_OPENS = re.compile(
    r"(?:\A|\n|[.;!?\"][ ]|[ ]-[ ])[ \-*>]*(?:(?:so|i make (?:it|that)|that is|and|times?|minutes?|mins?|timed|charged?|charges|"
    r"billed|billing|codes?|rx|tx|treatment|in (?:that|this) order|in order|respectively|were|was|today|by code)[ :,=]+){0,4}\Z|"
    r"\b(?:minutes|times|in that order|in order|respectively)[ :,]{1,3}\Z|\b(?:for|were)[ ]\Z"
)
_CLOSES = re.compile(r"(?:[ ]?(?:min(?:ute)?s?\b\.?|timed|in total))?(?:,?[ ](?:respectively|in (?:that )?order))?[ ]*(?:[.;\n)]|\Z|,[ ](?=[a-z])|[ ]-[ ])")
_LISTED = re.compile(r"[ \-,;/&+().:x\d\"']*(?:and[ ])?[ ]*|[ ]?(?:were|was)?[^.;\n\d]{0,40}(?:for|:)[ ]?|[ .\n]{0,3}(?:minutes?|mins?|times?)[ :]{1,3}")
_PARTING, _STOPS = " ,/;+&", '.;!?:,-="\n '
_LEADS = (
    "so", "that", "it", "and", "time", "times", "min", "mins", "minutes", "timed", "charge", "charged", "charges", "billed", "billing", "code",
    "codes", "rx", "tx", "treatment", "order", "respectively", "were", "was", "today", "for",
)  # fmt: skip
_NEAR, _NEAR_SPELT, _LEAST, _MOST, _LONGEST = 9, 18, 3, 90, 240


class Row(NamedTuple):
    """Minutes that stand in a row, and the labels that they belong to in the same order; none where the services are told elsewhere."""

    times: tuple[Expression, ...]
    labels: tuple[Label, ...]


def find_rows(text: str, marks: Marks) -> Iterator[Row]:
    """Find the rows of minutes of a levelled text."""
    end = 0
    places = [one for one, other in pairwise(marks.digits) if other - one <= _NEAR and text[other - 1] in _PARTING]
    places += [one for one, other in pairwise(marks.numbers) if other - one <= _NEAR_SPELT]
    for at in sorted(places):
        if at < end or (at and (text[at - 1] not in " \n" or not (text[at - 2] in _STOPS or text.endswith(_LEADS, 0, at - 1)))):
            continue
        row = _ROW.match(text, at)
        if row is None or not _CLOSES.match(text, row.end()) or not _OPENS.search(text, max(0, at - 60), at):
            continue
        end = row.end()
        times = tuple(_times(row))
        score = len(times) == 2 and "/" in row[0] and times[1].unit == "bare"
        if len(times) > 1 and not score and all(_LEAST <= each.minutes <= _MOST for each in times) and sum(each.minutes for each in times) <= _LONGEST:
            yield Row(times, _listed(text, marks.labels, at, len(times)))


def _times(row: re.Match[str]) -> Iterator[Expression]:
    for found in _ONE.finditer(row[0]):
        number = found["number"]
        minutes = float(number) if number[0].isdigit() else float(spelt_number(number))
        start = row.start() + found.start()
        yield Expression(start, row.start() + len(found[0].rstrip(" ")) + found.start(), minutes, "minute" if found.end() > found.end("number") else "bare")


def _listed(text: str, labels: Sequence[Label], at: int, count: int) -> tuple[Label, ...]:
    """Find just as many services in a list right before a row of minutes."""
    last = bisect_left(labels, at, key=_start)
    listed = tuple(labels[max(0, last - count) : last])
    if len(listed) < count or len({label.code for label in listed}) < count or not _LISTED.fullmatch(text, listed[-1].end, at):
        return ()
    return listed if all(_LISTED.fullmatch(text, one.end, other.start) for one, other in pairwise(listed)) else ()


def _start(label: Label) -> int:
    return label.start


def claim_listed(rows: Sequence[Row]) -> list[Claimed]:
    """Give the minutes of a row to the services listed before it, in order."""
    return [Claimed(time, label, True) for row in rows for time, label in zip(row.times, row.labels, strict=False)]
