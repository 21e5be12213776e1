"""Find the headers of service blocks and where the reach of each ends, from characters alone."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from typing import NamedTuple

from nlp_pipeline.reading.headings import Heading
from nlp_pipeline.reading.labels import Label, find_labels, find_marks, plain
from nlp_pipeline.reading.lexicon import read_lexicon
from nlp_pipeline.records.facts import Block
from nlp_pipeline.records.note import Span

_WORDED = (
    r"(?:(?:twenty|thirty|forty|fifty|sixty)(?:[ -](?:one|two|three|four|five|six|seven|eight|nine))?"
    r"|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|half an hour|an hour)"
)
_CLOCK = r"\d{1,2}:?\d\d[ ]?(?:[ap]\.?m?\.?)?[ ]?(?:-|to)[ ]?\d{1,2}:?\d\d(?:[ ]?[ap]\.?m?\b)?"
_TIME = (
    rf"(?:{_CLOCK}|\d{{1,2}}:?\d\d(?:[ ]?[ap]\.?m)?\b|(?:\d{{1,3}}|{_WORDED})[ -]?(?:m[inuteso]{{0,7}}\b\.?|'|h(?:ou)?rs?\b)|"
    rf"(?:\d{{1,3}}|{_WORDED})\b(?![ ]?(?:[a-z%#\".]|/(?!\d[ ]?u)|x\d)))"
)
_UNITS = r"(?:x[ ]?\d\b|/?\d[ ]?u(?:nits?)?\b|u\d\b)"
_FILL = (
    r"(?:for|from|to|total|was|x|time|min|mins|minutes|start|stop|in|out|code|cpt|lasted|took|the|first|last|provided|"
    r"performed|training|treatment|billed|1:1|one on one)\b"
)
_TAIL = re.compile(rf"(?:[ ]*(?:{_TIME}|{_UNITS}|[(\[][^()\[\]\n]{{0,60}}[)\]]|[@~:=|.,/\-*\"<>]+|{_FILL}))*[ ]*")
_TIMED = re.compile(_TIME)
_SIGNED = re.compile(r"[ )\]\"]*(?:\([^()\n]{0,60}\))?[ ]*(?:[:=|]|-[ ]|[ ]-|\.\.|[(\[])|[ ]*(?:\n|\Z)")
_VERBED = re.compile(
    r"[ ]*(?:,|(?:consist|includ|occupied|took|was|were|focus|to |for |with |perform|provid|complet|today|this|"
    r"comma|colon|followed|address|activit))"
)
_LEAD = re.compile(
    r"[ >*\-~#+=&\"'{}_:✓✔<.]*(?:[(\[][ x*]?[)\]])?[ ]*(?:(?:\d{1,2}|[a-z])[.)\]:][ ]*)?(?:[a-z]{1,2}[:/\-][ ]*)?"
    r"(?:(?:tx|rx|treatment|treatments|interventions?|o|obj|objective|cpt|code|today|then|under|skilled|provided|"
    r"billed|performed|individual|land|patient|received|included|1:1)\b[ :.#\-\"]*)*"
    rf"(?:[(]?{_TIME}[ ,:.)\-]*(?:of[ ])?)?[ (\[*\"']*"
)
_BREAK = re.compile(r"[\n|;]|[.!?,:)][ ]|[/][ ]|[ ]{2}|(?: and | then | comma | period | colon | paragraph )")
_MID_SENTENCE = re.compile(r"[a-z][ ]")
_MORE_WORDS = re.compile(r"[ ][a-z]{2}|s?[ ]?[,.]")
_LAST_CELL = re.compile(r"[)\]\"}|, ]*(?:[ |]+(?:\d{1,3}|x)[ ]?(?:min|mins|m|')?[ |]*)?(?:\n|\Z)")
_ROW = re.compile(r"[^\n]*[a-z]{3}[^\n]*(?:\||[ ]{2}|code:[ ]*|[(\[])[ ]*\Z")
_TIME_BEFORE = re.compile(rf"{_TIME}[ ](?:of|on|in|for|doing)[ ](?:the[ ])?\Z")
_SENTENCE_END = re.compile(r"\n|[.;][ ]")
_CONTENT = re.compile(r"[a-z]{2}")
_BACKWARD = re.compile(
    r"(?:all|that|this|those|these|which|it)(?: of (?:that|this|it|which|them|those|the above))?(?: together)? (?:was|"
    r"were|is|are|counts? as|goes under|went under|under|billed as|all)(?: all| billed as| called)?[ :]*\Z"
)


class _Mark(NamedTuple):
    start: int
    end: int
    tail: int
    code: str | None
    since: int | None


class _Look(NamedTuple):
    """What the surroundings of a label say about it."""

    label: Label
    before: str
    tail: int
    timed: bool
    signed: bool
    opens: bool
    strong: bool
    verbed: bool


@lru_cache(maxsize=8)
def find_blocks(text: str) -> tuple[Block, ...]:
    """Find the headers of a note with the code each states and the offset where its reach ends.

    A label that stands after its activities ("all of that was ther ex", a code in the last column) heads what precedes it: `start` says from where.
    """
    level = plain(text)
    headings = find_marks(level).headings
    headers = list(_headers(text, level, headings))
    within = [(mark.start, mark.tail) for mark in headers]
    ends = [_Mark(stop.start, stop.end, stop.end, None, None) for stop in headings if not any(low <= stop.start <= high for low, high in within)]
    marks = sorted(headers + ends)
    blocks = []
    for number, mark in enumerate(marks, 1):
        reach = next((each.start for each in marks[number:] if each.since is None), len(text))
        if mark.code in _line_codes():
            reach = min(reach, _line_end(level, mark.tail))
        end = mark.end if mark.since is not None else reach
        blocks.append(Block(f"B{number}", Span(mark.start, mark.end, text[mark.start : mark.end]), mark.code, end, mark.since))
    return tuple(blocks)


def block_at(blocks: Sequence[Block], offset: int) -> Block | None:
    """Find the block in whose reach an offset lies; None before the first header, and under a heading that states no code."""
    for block in blocks:
        if block.start is not None and block.start <= offset < block.header.start:
            return block
    at = bisect_right(blocks, offset, key=lambda block: block.header.start) - 1
    while at >= 0 and blocks[at].start is not None:
        at -= 1
    found = blocks[at] if at >= 0 else None
    return found if found is not None and found.stated_code is not None and offset < found.end else None


def is_one_activity(code: str | None) -> bool:
    """Say whether a service is one activity, which ends with its own line: a modality, an evaluation."""
    return code in _line_codes()


def _headers(text: str, level: str, headings: Sequence[Heading]) -> Iterator[_Mark]:
    seen = [_look(text, level, label, before) for label, before in _with_clause(level)]
    starts, stops = [each.label.start for each in seen if each.strong], [stop.start for stop in headings]
    for at, each in enumerate(seen):
        last = seen[at - 1] if at else None
        floor = last.label.end if last else 0
        limit = min([*starts[bisect_left(starts, each.tail) :][:1], *stops[bisect_right(stops, each.tail) :][:1], len(level)])
        since = _activities_before(level, each.label, each.before, floor)
        if since is not None:
            yield _Mark(each.label.start, each.label.end, each.label.end, each.label.code, since)
        elif each.strong and not _ends_run(level, last, each) and _CONTENT.search(level, each.tail, limit) and _is_header(each):
            yield _Mark(each.label.start, each.label.end, each.tail, each.label.code, None)


def _with_clause(text: str) -> Iterator[tuple[Label, str]]:
    floor = 0
    for label in find_labels(text):
        if label.sure or not _MID_SENTENCE.match(text, max(0, label.start - 2)) or not _MORE_WORDS.match(text, label.end):
            yield label, _clause_before(text, label.start, floor)
        floor = label.end


def _look(text: str, level: str, label: Label, before: str) -> _Look:
    tail = _TAIL.match(level, label.end)
    end = tail.end() if tail else label.end
    timed = _TIMED.search(level, label.end, end) is not None
    signed = _SIGNED.match(level, label.end) is not None
    opens = _LEAD.fullmatch(before) is not None
    if opens and not label.sure and label.code not in _activity_codes():
        signed = signed or level.startswith(". ", label.end) or _stands_for(text, label, before)
    strong = label.sure or (opens and (timed or signed)) or (timed and ":" in level[label.end : end])
    verbed = level.startswith((",", ":"), label.end) or _VERBED.match(level, label.end) is not None
    return _Look(label, before, end, timed, signed, opens, strong, verbed)


def _stands_for(text: str, label: Label, before: str) -> bool:
    """Say whether an abbreviation in capitals opens a row of its own ("TE bike, squats"), in a text that is not all capitals."""
    spoken, after = text[label.start : label.end], text[label.end : label.end + 12]
    return len(spoken) <= 4 and spoken.isupper() and after[:1] == " " and after != after.upper() and not before.rstrip().endswith("then")


def _ends_run(text: str, last: _Look | None, each: _Look) -> bool:
    """Say whether a label is the last of a line of services with their minutes: such a one heads nothing."""
    beside = last is not None and last.strong and last.tail >= each.label.start - 5 and "\n" not in text[last.label.end : each.label.start]
    return beside and text[each.tail : each.tail + 1] in ("\n", "")


def _is_header(each: _Look) -> bool:
    label = each.label
    if label.number or not label.sure:
        return True
    if each.timed or each.signed or _TIME_BEFORE.search(each.before):
        return True
    return each.opens and (label.code not in _activity_codes() or each.verbed)


@cache
def _activity_codes() -> frozenset[str]:
    """Codes whose names are those of activities too."""
    return frozenset(service["code"] for service in read_lexicon("services")["service"] if service.get("activity"))


@cache
def _line_codes() -> frozenset[str]:
    """Codes whose service ends with its own line."""
    return frozenset(service["code"] for service in read_lexicon("services")["service"] if service.get("line"))


def _line_end(text: str, at: int) -> int:
    return found.start() if (found := _SENTENCE_END.search(text, at)) else len(text)


def _clause_before(text: str, start: int, floor: int) -> str:
    """Cut out what stands before a label in its own clause."""
    low = at = max(floor, start - 80)
    for found in _BREAK.finditer(text, low, start):
        at = found.end()
    return text[at:start]


def _activities_before(text: str, label: Label, before: str, floor: int) -> int | None:
    """Find the start of the activities that a label names after them, if it does."""
    if _BACKWARD.search(before):
        return max(floor, text.rfind("\n", 0, label.start) + 1)
    line = text.rfind("\n", 0, label.start) + 1
    if floor <= line and _LAST_CELL.match(text, label.end) and _ROW.match(text, line, label.start):
        return line
    return None
