"""Find the headers of service blocks and where the reach of each ends, from characters alone."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from itertools import accumulate
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
_BULLETS = " >*-~#+=&\"'{}_:\u2713\u2714<."
_BREAK = re.compile(r"(?s:.*)(?:[\n|;]|[.!?,:)][ ]|[/][ ]|[ ]{2}|(?: and | then | comma | period | colon | paragraph ))")  # up to the last break
_MORE_WORDS = re.compile(r"[ ][a-z]{2}|s?[ ]?[,.]")
_LAST_CELL = re.compile(r"[)\]\"}|, ]*(?:[ |]+(?:\d{1,3}|x)[ ]?(?:min|mins|m|')?[ |]*)?(?:\n|\Z)")
_ROW = re.compile(r"[^\n]*[a-z]{3}[^\n]*(?:\||[ ]{2}|code:[ ]*|[(\[])[ ]*\Z")
_TIME_BEFORE = re.compile(rf"{_TIME}[ ](?:of|on|in|for|doing)[ ](?:the[ ])?\Z")
_KEPT = re.compile(r"(?:standing|seated|sitting|upright|unsupported|supine|prone)[ ]?(?:[.,;\n)]|\Z)")  # "endurance 4 min standing" is a measure
_SENTENCE_END = re.compile(r"\n|[.;][ ]")
_CONTENT = re.compile(r"[a-z]{2}")
_POINTING = ("was", "were", "is", "are", "as", "under", "all", "called")
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
    """What the surroundings of a label say about it: `strong` where it names its service there, `heads` where it may head a block."""

    label: Label
    before: str
    tail: int
    strong: bool
    heads: bool


@lru_cache(maxsize=8)
def find_blocks(text: str) -> tuple[Block, ...]:
    """Find the headers of a note with the code each states and the offset where its reach ends.

    A label that stands after its activities ("all of that was ther ex", a code in the last column) heads what precedes it: `start` says from where.
    """
    level = plain(text)
    headings = find_marks(level).headings
    headers = list(_headers(text, level, headings))
    marks = sorted([*headers, *_stops(headings, headers)])
    blocks: list[Block] = []
    reach = len(text)
    for number in range(len(marks), 0, -1):
        start, stop, tail, code, since = marks[number - 1]
        end = reach if since is None else stop
        if since is None and code in _line_codes():
            end = min(reach, _line_end(level, tail))
        if since is None:
            reach = start
        blocks.append(Block(f"B{number}", Span(start, stop, text[start:stop]), code, end, since))
    return tuple(reversed(blocks))


def _stops(headings: Sequence[Heading], headers: Sequence[_Mark]) -> Iterator[_Mark]:
    """List the headings that end the block before them: those outside the headers and their tails."""
    starts, tails = [mark.start for mark in headers], list(accumulate((mark.tail for mark in headers), max))
    for stop in headings:
        at = bisect_right(starts, stop.start)
        if not at or tails[at - 1] < stop.start:
            yield _Mark(stop.start, stop.end, stop.end, None, None)


class Reaches:
    """The blocks of a note, laid out to be asked which of them an offset belongs to."""

    def __init__(self, blocks: Sequence[Block]) -> None:
        self._blocks = blocks
        self._headers = [block.header.start for block in blocks]
        self._ahead = [block for block in blocks if block.start is None]
        self._behind = [block for block in blocks if block.start is not None]
        self._opening = [block.header.start for block in self._ahead] if self._behind else self._headers
        self._closing = [block.header.start for block in self._behind]

    def at(self, offset: int) -> Block | None:
        """Find the block in whose reach an offset lies; None before the first header, and under a heading that states no code."""
        if self._behind:
            following = self._behind[(at := bisect_right(self._closing, offset)) : at + 1]
            if following and following[0].start is not None and following[0].start <= offset:
                return following[0]
        at = bisect_right(self._opening, offset)
        found = self._ahead[at - 1] if at else None
        return found if found is not None and offset < found.end and found.stated_code is not None else None

    def header_at(self, offset: int) -> Block | None:
        """Find the block in whose header an offset lies, or right behind it."""
        at = bisect_right(self._headers, offset)
        return self._blocks[at - 1] if at and self._blocks[at - 1].header.end >= offset else None


def block_at(blocks: Sequence[Block], offset: int) -> Block | None:
    """Find the block in whose reach one offset lies; who asks for many lays the blocks out once, as Reaches."""
    return Reaches(blocks).at(offset)


def is_one_activity(code: str | None) -> bool:
    """Say whether a service is one activity, which ends with its own line: a modality, an evaluation."""
    return code in _line_codes()


def _headers(text: str, level: str, headings: Sequence[Heading]) -> Iterator[_Mark]:
    seen = [_look(text, level, label, before) for label, before in _with_clause(level)]
    named, stops = [each for each in seen if each.strong], [stop.start for stop in headings]
    starts = [each.label.start for each in named]
    last: _Look | None = None
    for each in seen:
        label = each.label
        since = _activities_before(level, label, each.before, last.label.end if last else 0)
        if since is not None:
            yield _Mark(label.start, label.end, label.end, label.code, since)
        elif each.heads and not _ends_run(level, last, each):
            at, ahead = bisect_left(starts, each.tail), bisect_right(stops, each.tail)
            at += at < len(starts) and _is_first_activity(level, each, named[at])
            limit = min(starts[at] if at < len(starts) else len(level), stops[ahead] if ahead < len(stops) else len(level))
            if _CONTENT.search(level, each.tail, limit):
                yield _Mark(label.start, label.end, each.tail, label.code, None)
        last = each


def _is_first_activity(text: str, header: _Look, other: _Look) -> bool:
    """Say whether a label right behind a header is an activity under it that bears its service's name ("Manual therapy: soft tissue mobilization of …")."""
    same = other.label.code == header.label.code and not other.heads
    return same and text[header.label.end : header.tail].strip() == ":" and text[other.label.end : other.label.end + 2].strip(" ").isalpha()


def _with_clause(text: str) -> Iterator[tuple[Label, str]]:
    floor = 0
    for label in find_labels(text):
        start = label.start
        if label.sure or text[start - 1 : start] != " " or not "a" <= text[start - 2 : start - 1] <= "z" or not _MORE_WORDS.match(text, label.end):
            yield label, _clause_before(text, start, floor)
        floor = label.end


def _look(text: str, level: str, label: Label, before: str) -> _Look:
    end = label.end
    if not label.sure and not label.number:
        return _look_at_word(text, level, label, before)
    tail = found.end() if (found := _TAIL.match(level, end)) else end
    if label.number or (tail > end and _TIMED.search(level, end, tail)) or _SIGNED.match(level, end) or _TIME_BEFORE.search(before):
        return _Look(label, before, tail, True, True)
    heads = _opens(before) and (label.code not in _activity_codes() or level.startswith((",", ":"), end) or _VERBED.match(level, end) is not None)
    return _Look(label, before, tail, True, heads)


def _look_at_word(text: str, level: str, label: Label, before: str) -> _Look:
    """Look at a label that is an ordinary word: it names a service only as an opening with a time or a sign, or before a time and a colon."""
    end = label.end
    opens = _opens(before)
    if not opens and ":" not in level[end : _row_end(level, end)]:
        return _Look(label, before, end, False, False)
    tail = found.end() if (found := _TAIL.match(level, end)) else end
    timed = tail > end and _TIMED.search(level, end, tail) is not None and not _KEPT.match(level, tail)
    strong = timed and (opens or ":" in level[end:tail])
    if opens and not strong:
        strong = _SIGNED.match(level, end) is not None
        if not strong and label.code not in _activity_codes():
            strong = level.startswith(". ", end) or _stands_for(text, label, before)
    return _Look(label, before, tail, strong, strong)


def _opens(before: str) -> bool:
    """Say whether nothing but bullets and words of leading stands before a label in its clause."""
    return not before.strip(_BULLETS) or _LEAD.fullmatch(before) is not None


def _stands_for(text: str, label: Label, before: str) -> bool:
    """Say whether an abbreviation in capitals opens a row of its own ("TE bike, squats"), in a text that is not all capitals."""
    spoken, after = text[label.start : label.end], text[label.end : label.end + 12]
    return len(spoken) <= 4 and spoken.isupper() and after[:1] == " " and after != after.upper() and not before.rstrip().endswith("then")


def _ends_run(text: str, last: _Look | None, each: _Look) -> bool:
    """Say whether a label is the last of a line of services with their minutes: such a one heads nothing."""
    beside = last is not None and last.strong and last.tail >= each.label.start - 5 and "\n" not in text[last.label.end : each.label.start]
    return beside and text[each.tail : each.tail + 1] in ("\n", "")


@cache
def _activity_codes() -> frozenset[str]:
    """Codes whose names are those of activities too."""
    return frozenset(service["code"] for service in read_lexicon("services")["service"] if service.get("activity"))


@cache
def _line_codes() -> frozenset[str]:
    """Codes whose service ends with its own line."""
    return frozenset(service["code"] for service in read_lexicon("services")["service"] if service.get("line"))


@cache
def given_beside() -> frozenset[str]:
    """Codes whose service is often given beside another modality, in the other's time."""
    return frozenset(service["code"] for service in read_lexicon("services")["service"] if service.get("beside"))


def _line_end(text: str, at: int) -> int:
    return found.start() if (found := _SENTENCE_END.search(text, at)) else len(text)


def _row_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return end if end >= 0 else len(text)


def _clause_before(text: str, start: int, floor: int) -> str:
    """Cut out what stands before a label in its own clause."""
    low = max(floor, start - 80)
    found = _BREAK.match(text, low, start)
    return text[found.end() if found else low : start]


def _activities_before(text: str, label: Label, before: str, floor: int) -> int | None:
    """Find the start of the activities that a label names after them, if it does."""
    line = text.rfind("\n", 0, label.start) + 1
    if before.rstrip(" :").endswith(_POINTING) and _BACKWARD.search(before):
        return max(floor, line)
    if floor <= line and _LAST_CELL.match(text, label.end) and _ROW.match(text, line, label.start):
        return line
    return None
