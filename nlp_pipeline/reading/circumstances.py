"""Say why a length of time beside certain words is no treatment time of this visit."""

import re
from bisect import bisect_right
from collections.abc import Sequence
from functools import cache

from nlp_pipeline.reading.headings import Heading
from nlp_pipeline.reading.lexicon import read_lexicon

_CLAUSE = re.compile(r"[\n;|]|[.!?][ ]|[,(][ ]?|[ ](?:but|then)[ ]")
_SENTENCE = re.compile(r"\n|[.!?](?=[ ])|[;|]")
_BESIDE = re.compile(r"\n|[.!?](?=[ ])|[:;|]|,[ ][^\n.;:]*,|[(](?:was|up from|from|prior|last|previous|vs)[ ]")
_FULL_STOP = re.compile(r"(?<![ .][a-z])[.!?](?=[ ])|;")
_LEAD = re.compile(r"[ :\-(]*(?=[a-z])")
_CONTENT = re.compile(r"[a-z0-9]")
_BLANK = re.compile(r"\n(?=[ ]*\n)")
_LETTERS = re.compile(r"[a-z]+")
_OTHER_DAY = frozenset({"plan", "home", "goal", "history", "held", "unbilled"})
_SUBJECTIVE = frozenset({"s", "subj", "subjective", "dx", "pain", "cc"})
_NEAR, _FAR, _STEM = 48, 40, 4


@cache
def _words(table: str, side: str) -> tuple[frozenset[str], re.Pattern[str]]:
    """Give the phrases of a list as a pattern, and how their first words begin."""
    phrases = sorted(read_lexicon("time")[table][side], key=len, reverse=True)
    joined = "|".join(re.escape(phrase).replace("\\ ", "[ -]").replace("\\*", "[a-z]*") for phrase in phrases)
    opening = frozenset(_LETTERS.findall(phrase)[0][:_STEM] for phrase in phrases)
    return opening, re.compile(rf"(?<![a-z])(?:{joined})(?![a-z])")


def _says(lists: tuple[frozenset[str], re.Pattern[str]], text: str, low: int, high: int) -> bool:
    """Say whether a phrase of a list stands in a stretch of text."""
    opening, phrases = lists
    if opening.isdisjoint([word[:_STEM] for word in _LETTERS.findall(text, low, high)]):
        return False
    return phrases.search(text, low, high) is not None


def withheld(text: str, start: int, end: int, limit: int) -> bool:
    """Say whether the words around a service and its minutes put it on another day, or nowhere; `limit` is where the next service begins."""
    low = max(0, start - _NEAR)
    for found in _CLAUSE.finditer(text, max(low, text.rfind("\n", low, start)), start):
        low = found.end()
    if low < start and _says(_words("withheld", "before"), text, low, start):
        return True
    high = min(limit, end + _FAR, len(text))
    end = skip.end() if (skip := _LEAD.match(text, end)) else end
    stop = _BESIDE.search(text, end, high)
    return _says(_words("withheld", "after"), text, end, stop.start() if stop else high)


def elsewhere(text: str, start: int, end: int, floor: int = 0) -> bool:
    """Say whether the words around a time without a service make it rest, home, history, a goal, a test or another's; none before `floor` count."""
    low = max(floor, start - _NEAR)
    for found in _SENTENCE.finditer(text, max(low, text.rfind("\n", low, start)), start):
        low = found.end()
    if low < start and _says(_words("elsewhere", "before"), text, low, start):
        return True
    high = min(len(text), end + _NEAR // 2)
    stop = _SENTENCE.search(text, end, high)
    return _says(_words("elsewhere", "after"), text, end, stop.start() if stop else high)


class Reach:
    """What kind of heading an offset stands under: a heading reaches to the end of its line, or, alone on a line, to the next blank one."""

    def __init__(self, text: str, headings: Sequence[Heading], headers: Sequence[int]) -> None:
        self._text = text
        self._starts = [heading.start for heading in headings]
        self._kinds = [heading.kind for heading in headings]
        self._ends: list[int] = []
        self._blanks: list[int] | None = None
        following = [*self._starts[1:], len(text)]
        for (start, end, kind), limit in zip(headings, following, strict=False):
            line = text.find("\n", end)
            line = stop = len(text) if line < 0 else line
            ends_at_service = kind == "history" and text[start:end] in _SUBJECTIVE
            if not _CONTENT.search(text, end, line) and not _CONTENT.search(text, text.rfind("\n", 0, start) + 1, start):
                stop, ends_at_service = self._blank_after(line), True
            stop = min(stop, limit)
            if text[end : end + 2].strip(" ")[:1] not in (":", "=", "-", "|", "/"):
                sentence = _FULL_STOP.search(text, end, stop)
                stop = sentence.start() if sentence else stop
            if ends_at_service and (service := bisect_right(headers, start)) < len(headers):  # "S:" in a note of one line, goals above the treatment
                stop = min(stop, headers[service])
            self._ends.append(stop)

    def _blank_after(self, line: int) -> int:
        """Find the next blank line behind a line's end, or the end of the text."""
        if self._blanks is None:
            self._blanks = [found.start() for found in _BLANK.finditer(self._text)]
        at = bisect_right(self._blanks, line)
        return self._blanks[at] if at < len(self._blanks) else len(self._text)

    def kind(self, offset: int) -> str | None:
        """Name the kind of heading over an offset, if any."""
        at = bisect_right(self._starts, offset) - 1
        return self._kinds[at] if at >= 0 and offset < self._ends[at] else None

    def other_day(self, offset: int) -> bool:
        """Say whether an offset stands in a plan, a home programme, a goal, a history, a list of what was not done."""
        return self.kind(offset) in _OTHER_DAY
