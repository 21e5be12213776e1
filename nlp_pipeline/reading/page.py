"""A note laid out for reading its time: levelled, with its marks, what stands under its headings, and every number that may be a length of time."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from typing import NamedTuple

from nlp_pipeline.reading.charges import find_charges
from nlp_pipeline.reading.circumstances import Reach
from nlp_pipeline.reading.clock import Interval, find_intervals
from nlp_pipeline.reading.columns import Entry, find_columns
from nlp_pipeline.reading.labels import Label, Marks, find_marks, plain
from nlp_pipeline.reading.lexicon import read_lexicon
from nlp_pipeline.reading.times import Expression, find_times
from nlp_pipeline.reading.totals import Total, find_pairs, find_totals, find_trailing, row_total
from nlp_pipeline.records.facts import Block, Charge

_BESIDE = re.compile(r"[ :=(|x\-.,]{0,4}(?:for |was |is )?")
_SENTENCE_START = re.compile(r"[.;][ ](?:(?:today|tx|treatment|rx|this visit|visit)[ :,]{1,2})?\Z")
_ECHO = re.compile(r"[ .]{0,2}[(]?[ ]?(?:about )?")
_WORD_BEHIND = re.compile(r"[ ]([a-z]+)")
_CLOSE, _LEAST_SAID = 10, 8
_NOT_TODAY = ("plan", "home", "goal", "held")
_TIMED_HEAD = re.compile(r"[ )\]:=x(|,.\-]*\d{1,3}")


class Page(NamedTuple):
    """A note laid out for reading: the text as given, levelled, its marks, what stands under its headings, its charges, and its times.

    `timed` are lengths of time with their unit, `bare` the numbers without one outside tables, `rows` what stands in a table's minutes column,
    `echoes` times said again at once ("ten minutes (10 min)").
    """

    text: str
    level: str
    marks: Marks
    reach: Reach
    charges: tuple[Charge, ...]
    clocks: list[Interval]
    timed: Sequence[Expression]
    bare: Sequence[Expression]
    rows: list[Entry]
    totals: list[Total]
    echoes: Sequence[Expression]


def lay_out(text: str, blocks: Sequence[Block]) -> Page:
    """Lay a note out; `blocks` are the service blocks found in it."""
    level = plain(text)
    marks = find_marks(level)
    headed = [block.header.start for block in blocks if block.stated_code and block.start is None and _TIMED_HEAD.match(level, block.header.end)]
    sentences = [label for label in marks.labels if _SENTENCE_START.search(level, max(0, label.start - 16), label.start)] if marks.headings else []
    reach = Reach(level, marks.headings, headed, [label.start for label in sentences if _TIMED_HEAD.match(level, label.end)])
    charges = find_charges(text, level, marks)
    clocks = find_intervals(level, marks.digits, marks.numbers)
    timed, bare = _expressions(level, marks, charges, clocks)
    close = [(one, other) for one, other in pairwise(timed) if other.start - one.end < _CLOSE and one.minutes == other.minutes]
    echoes = [other for one, other in close if _ECHO.fullmatch(level, one.end, other.start)]
    if echoes:
        timed = [each for each in timed if each not in echoes]
    rows = find_columns(level, marks.labels, marks.totals)
    if rows and bare:
        starts, ends = [row.row[0] for row in rows], [row.row[1] for row in rows]
        bare = [each for each in bare if not (at := bisect_right(starts, each.start)) or each.start >= ends[at - 1]]
    page = Page(text, level, marks, reach, charges, clocks, timed, bare, rows, [], echoes)
    page.totals.extend(_totals(page))
    return page


def _expressions(level: str, marks: Marks, charges: Sequence[Charge], clocks: Sequence[Interval]) -> tuple[Sequence[Expression], Sequence[Expression]]:
    """Find the lengths of time outside the clock intervals, and the bare numbers outside both and outside stated units."""
    timed, bare = (_outside(clocks, times) for times in find_times(level, marks.digits, marks.numbers))
    bare = _outside(timed, bare)
    bare = [each for each in bare if not _counts_things(level, marks.labels, each)]
    if bare and charges:
        units = {charge.span.end for charge in charges if charge.units is not None} | {charge.span.start for charge in charges}
        bare = [each for each in bare if each.end not in units and each.start not in units]
    return timed, bare


def _counts_things(level: str, labels: Sequence[Label], number: Expression) -> bool:
    """Say whether a number without a unit counts what the word behind it names ("four spoonfuls", "Ther act: 3 porch steps").

    One in digits does so behind a colon; one in words unless it stands right behind a service ("activity twelve right hip hikes").
    """
    following = _WORD_BEHIND.match(level, number.end)
    digits = level[number.start].isdigit()
    if following is None or following[1] in _after_spelt() or (digits and not level.startswith(": ", number.start - 2)):
        return False
    at = bisect_left(labels, number.start, key=_start)
    if at < len(labels) and labels[at].start == following.start(1):
        return False
    return digits or number.minutes < _LEAST_SAID or at == 0 or labels[at - 1].end != number.start - 1


@cache
def _after_spelt() -> frozenset[str]:
    return frozenset(read_lexicon("time")["after_spelt"])


def _outside(taken: Sequence[Interval] | Sequence[Expression], times: Sequence[Expression]) -> Sequence[Expression]:
    """List the times that start outside what is taken; both are in order and do not overlap."""
    if not taken:
        return times
    free, at = [], 0
    for each in times:
        while at < len(taken) and taken[at].end <= each.start:
            at += 1
        if at == len(taken) or each.start < taken[at].start:
            free.append(each)
    return free


def _totals(page: Page) -> list[Total]:
    level, labels = page.level, page.marks.labels
    numbers = [*(time for time in page.timed if time.unit != "second"), *page.bare]
    if not numbers and not page.rows:
        return []
    found = {total.time.start: total for total in find_trailing(level, numbers) if not _label_before(level, labels, total.time.start)}
    found |= {total.time.start: total for total in find_totals(level, page.marks, {time.start: time for time in numbers})}
    found |= {total.time.start: total for total in find_pairs(level)}
    found |= {row.time.start: total for row in page.rows if (total := row_total(level, row))}
    return [total for _, total in sorted(found.items()) if page.reach.kind(total.time.start) not in _NOT_TODAY]


def _label_before(level: str, labels: Sequence[Label], start: int) -> bool:
    at = bisect_left(labels, start, key=_start) - 1
    return at >= 0 and _BESIDE.fullmatch(level, labels[at].end, start) is not None


def _start(each: Label) -> int:
    return each.start
