"""Find what the note itself claims: charge lines and stated units."""

import re
from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from nlp_pipeline.reading.labels import Label, Marks
from nlp_pipeline.records.facts import Charge
from nlp_pipeline.records.note import Span

_SPELT = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6}
_COUNT = rf"(?:\d|{'|'.join(_SPELT)})"
_TIME = r"(?:\d{1,3}(?:\.\d)?[ ]?(?:m[a-z]{0,7}\.?|')?(?![a-z\d])(?![ ]?u))"
_AFTER = re.compile(
    rf"(?:[ \])]?[ ,:;|=(\[\-/]{{0,4}}(?:{_TIME}|for|min|mins|minutes)){{0,2}}[ )\]\"]{{0,2}}[ ,:;|=(\[\-/]{{0,4}}(?:(?:x[ ]?(?P<times>[1-8])(?![\d]|"
    rf"[ ]?(?:\d|min|m\b|'|sec|reps|ft|way)))|(?P<unit>{_COUNT})[ ]?(?:u\b|units?\b)|(?:u|units?)[ :=x\"]{{0,3}}(?P<led>\d)(?!\d|[ ]?(?:m|'))|"
    rf"[(](?P<round>[1-8])[)])"
)
_LINE_UNDER = re.compile(r"[ )\]:]*\n(?:[ ]*min[^\n]{0,20}\n)?[ ]*units?[ :=]{1,3}(?P<led>\d)(?!\d)")
_COLUMN = re.compile(
    r"[ |]{0,4}(?:[a-z][a-z .\-/&]{1,40}[ |]{2,8}|[a-z]{2,3}[ ]?\|[ ]?)?(?P<first>\d{1,2})(?:[ ]?min\w*)?[ ]?(?:\||"
    r"[ ]{2,}|[ ])[ ]*(?P<second>\d{1,2})[ |]*(?=\n|\Z)"
)
_LISTED = re.compile(r"[ ]?(?:[:=\-x][ ]?)?[ ]?(?P<count>[1-8])(?![\d:/]|\.\d|[ ]?(?:min|m\b|'|[a-z]{3}))")
_BEFORE = re.compile(rf"(?:x[ ]?)?(?P<count>{_COUNT})[ ]?(?P<unit>u\b|units?\b)?[ ]?(?:of[ ]|x[ ]|-[ ])?\Z")
_TOTAL = re.compile(
    rf"(?:(?:total|billed|charged|timed)[ ](?:units?|u)(?:[ ](?:billed|charged|today))?[ :=x]{{1,3}}(?P<led>\d{{1,2}})(?![\d.]|"
    rf"[ ]?(?:x|min|/))|(?<![\d/x.])(?P<count>\d|{'|'.join(_SPELT)})[ ](?:total[ ]|timed[ ]|billable[ ])?units?(?:[ ](?:total|"
    rf"billed|charged|today))?(?![ ]?(?:of|each|per|\d|[a-z]*ther|insulin)))"
)
_SERIES = re.compile(r"units?[ :=]{1,3}(?P<series>\d(?:[ ]?[/+,][ ]?\d){1,5})(?![\d/])")
_CHARGED = re.compile(r"\b(?:units?|billed?|billing|charges?|charged|coded|claim(?:ed)?|cpts?|u)\b[^.;\n]{0,80}\Z")
_EACH = re.compile(r"(?:1|one)[ ]unit[ ]each[ :]")
_LIST_HEAD = re.compile(
    r"\b(?:billed|charges?|charged|charge line|billing|billed codes?|codes billed|cpt(?: codes?)?(?: billed)?|claim|"
    r"coded)\b[ :\-=]{1,4}(?:cpt[ :]*|codes?[ :]*)?(?=[a-z\d])"
)
_BEHIND = re.compile(r"[ :=\-(]{1,3}(\d{1,3})\b(?!/)")
_MOST_UNITS, _MOST_ONE_CODE, _REACH, _NEAR, _NEAR_BEFORE, _OVERLAPPING = 8, 7, 90, 23, 12, 8
_UNITS_NAMED = re.compile(r"\b(?:units?|u)\b")
_SEPARATOR = re.compile(r"(?:[ ]?\(\d{1,3}[ ]?(?:min\w*)?\))?[ ,;/+&|]*(?:and[ ])?")


def find_charges(text: str, level: str, marks: Marks) -> tuple[Charge, ...]:
    """Find the charges of a note, each once, in the order of the text."""
    labels, billing = marks.labels, marks.billing
    found: dict[tuple[int, int], Charge] = {}
    others: list[tuple[int, int, str, int | None]] = [*_series(level, labels), *_lists(level, labels, billing)] if billing else []
    charged = {label.start for label in labels if _is_charged(level, label.start, billing)} if billing else set[int]()
    timed = _minute_lines(level, [label for label in labels if label.start in charged or level.startswith((" (", "("), label.end)])
    for label in labels:
        if not _counts_behind(level, label.end, marks.digits) and not _counts_before(level, label.start, marks.digits):
            continue
        for start, end, units in _beside(level, label, (label.start in charged, _line(level, label.start) in timed)):
            found.setdefault((start, end), Charge(Span(start, end, text[start:end]), label.code, units))
    totals = _TOTAL.finditer(level) if "unit" in level else ()
    taken = _Taken(found if others or totals else ())
    for start, end, code, count in others:
        if taken.add(start, end):
            found[start, end] = Charge(Span(start, end, text[start:end]), code, count)
    for match in totals:
        if taken.add(*match.span()):
            found[match.span()] = Charge(Span(*match.span(), text[match.start() : match.end()]), "total", _count(match["led"] or match["count"]))
    return tuple(found[place] for place in sorted(found)) if found else ()


class _Taken:
    """The stretches of text that charges were read from."""

    def __init__(self, places: Iterable[tuple[int, int]]) -> None:
        self._places = sorted(places)

    def add(self, start: int, end: int) -> bool:
        """Take a stretch, unless it overlaps one that is taken."""
        at = bisect_left(self._places, (end, 0))
        if any(low < end and start < high for low, high in self._places[max(0, at - _OVERLAPPING) : at]):
            return False
        insort(self._places, (start, end))
        return True


def _is_charged(text: str, start: int, billing: Sequence[int]) -> bool:
    """Say whether words of billing stand before a place, in its own sentence."""
    at = bisect_left(billing, start - _REACH)
    return at < len(billing) and billing[at] < start and _CHARGED.search(text, max(0, start - _REACH), start) is not None


def _counts_behind(text: str, end: int, digits: Sequence[int]) -> bool:
    """Say whether a number or the word unit stands close behind a place, in its line, or below it where the line ends there."""
    line = text.find("\n", end, end + _NEAR)
    high = line if line >= 0 else end + _NEAR
    at = bisect_left(digits, end)
    if (at < len(digits) and digits[at] < high) or text.find("unit", end, high + 3) >= 0:
        return True
    return 0 <= line <= end + 2 and text.find("unit", line, line + 2 * _NEAR) >= 0


def _counts_before(text: str, start: int, digits: Sequence[int]) -> bool:
    """Say whether a number, the word unit, "of" or "x" stands close before a place."""
    low = max(0, start - _NEAR_BEFORE)
    at = bisect_left(digits, start)
    if (at and digits[at - 1] >= low) or text[low].isdigit() or text.find("unit", low, start) >= 0:
        return True
    return text.endswith((" of ", " x "), low, start)


def _line(text: str, at: int) -> int:
    return text.rfind("\n", 0, at)


def _count(words: str) -> int:
    return _SPELT.get(words) or int(words)


def _minute_lines(text: str, labels: Sequence[Label]) -> set[int]:
    """Say before which offsets the lines begin in which the numbers behind the labels are too large for units: they are minutes."""
    return {_line(text, label.start) for label in labels if (number := _BEHIND.match(text, label.end)) and int(number[1]) > _MOST_UNITS}


def _beside(text: str, label: Label, line: tuple[bool, bool]) -> Iterator[tuple[int, int, int]]:
    """Find the units right beside a label: "x 2", "2 units", "(2)", a column of units, "2 TE" in a charge line."""
    charged, timed = line  # words of billing stand before, minutes stand behind the labels
    listed = charged and not timed
    after = _AFTER.match(text, label.end)
    if after and _means_units(after, label, charged) and not (after["round"] and timed):
        yield label.start, after.end(), _count(after["times"] or after["unit"] or after["led"] or after["round"])
        return
    if under := _LINE_UNDER.match(text, label.end):
        yield label.start, under.end(), int(under["led"])
        return
    column = _COLUMN.match(text, label.end)
    if column and (label.number or label.sure) and (units := _units_column(text, int(column["first"]), int(column["second"]))):
        yield label.start, column.end(units), int(column[units])
        return
    if listed:
        behind = _LISTED.match(text, label.end)
        before = _BEFORE.search(text, max(0, label.start - 12), label.start)
        if behind and not (before and before["unit"]):
            yield label.start, behind.end("count"), int(behind["count"])
        elif before:
            yield before.start(), label.end, _count(before["count"])
    elif (before := _BEFORE.search(text, max(0, label.start - 12), label.start)) and before["unit"] and (label.sure or label.number):
        yield before.start(), label.end, _count(before["count"])


def _means_units(after: re.Match[str], label: Label, charged: bool) -> bool:
    """Say whether a count behind a label is of units: "x 2" may be sets, "(2)" a reference."""
    if after["round"]:
        return label.number
    if after["times"]:
        return label.number or charged
    return True


def _units_column(text: str, first: int, second: int) -> str | None:
    """Tell which of two numbers that end a row is the units: minutes and units stand in either order."""
    if first > _MOST_ONE_CODE and second <= _MOST_UNITS:
        return "second"
    if second > _MOST_ONE_CODE and first < _MOST_ONE_CODE:
        return "first"
    return "second" if max(first, second) <= _MOST_ONE_CODE and _names_units(text) else None


@lru_cache(maxsize=1)
def _names_units(text: str) -> bool:
    return _UNITS_NAMED.search(text) is not None


def _series(text: str, labels: Sequence[Label]) -> Iterator[tuple[int, int, str, int]]:
    """Read "Units 1/1/2" in the order in which the codes were named before."""
    named: dict[str, None] = {}
    number = 0
    for match in _SERIES.finditer(text) if "unit" in text else ():
        while number < len(labels) and labels[number].end <= match.start():
            named[labels[number].code] = None
            number += 1
        codes = list(named)
        counts = [int(count) for count in re.findall(r"\d", match["series"])]
        at = match.start("series")
        for code, count, digit in zip(codes[-len(counts) :], counts, re.finditer(r"\d", match["series"]), strict=False):
            if len(codes) >= len(counts):
                yield at + digit.start(), at + digit.end(), code, count


def _lists(text: str, labels: Sequence[Label], billing: Sequence[int]) -> Iterator[tuple[int, int, str, int | None]]:
    """Read a bare list of charged codes ("Billed: 97110, 97140") and "1 unit each: 97530, 97129"."""
    heads, end = list[tuple[int, int | None]](), 0
    for place in billing:
        if place >= end and (match := _LIST_HEAD.match(text, place)):
            end = match.end()
            heads.append((end, None))
    if "unit each" in text:
        heads += [(match.end(), 1) for match in _EACH.finditer(text)]
    for at, units in heads:
        for number in range(bisect_left(labels, at, key=_start), len(labels)):
            label = labels[number]
            if not _SEPARATOR.fullmatch(text, at, label.start) or (units is None and not label.number and not label.sure):
                break
            at = label.end
            yield label.start, label.end, label.code, units


def _start(label: Label) -> int:
    return label.start
