"""Say why a length of time beside certain words is no treatment time of this visit."""

import re
from bisect import bisect_right
from collections.abc import Sequence
from functools import cache

from nlp_pipeline.reading.headings import Heading
from nlp_pipeline.reading.labels import lexicon

_CLAUSE = re.compile(r"[\n;|]|[.!?][ ]|[,(][ ]?|[ ](?:but|then)[ ]")
_SENTENCE = re.compile(r"\n|[.!?](?=[ ])|[;|]")
_CONTENT = re.compile(r"[a-z0-9]")
_BLANK = re.compile(r"\n[ ]*\n")
_OTHER_DAY = frozenset({"plan", "home", "goal", "history", "held", "unbilled"})
_NEAR, _FAR = 48, 60


@cache
def _words(table: str, side: str) -> re.Pattern[str]:
    phrases = sorted(lexicon("time")[table][side], key=len, reverse=True)
    joined = "|".join(re.escape(phrase).replace("\\ ", "[ -]").replace("\\*", "[a-z]*") for phrase in phrases)
    return re.compile(rf"(?<![a-z])(?:{joined})(?![a-z])")


def withheld(text: str, start: int, end: int, limit: int) -> bool:
    """Say whether the words around a service and its minutes put it on another day, or nowhere; `limit` is where the next service begins."""
    low = max(0, start - _NEAR)
    for found in _CLAUSE.finditer(text, low, start):
        low = found.end()
    if _words("withheld", "before").search(text, low, start):
        return True
    high = min(limit, end + _FAR, len(text))
    stop = _SENTENCE.search(text, end, high)
    return _words("withheld", "after").search(text, end, stop.start() if stop else high) is not None


def elsewhere(text: str, start: int, end: int) -> bool:
    """Say whether the words around a time without a service make it rest, home, history, a goal, a test or another's."""
    low = max(0, start - _NEAR)
    for found in _SENTENCE.finditer(text, low, start):
        low = found.end()
    high = min(len(text), end + _NEAR // 2)
    stop = _SENTENCE.search(text, end, high)
    return _words("elsewhere", "before").search(text, low, start) is not None or _words("elsewhere", "after").search(text, end, stop.start() if stop else high) is not None


class Reach:
    """What kind of heading an offset stands under: a heading reaches to the end of its line, or, alone on a line, to the next blank one."""

    def __init__(self, text: str, headings: Sequence[Heading], breaks: Sequence[int]) -> None:
        self._starts = [heading.start for heading in headings]
        self._ends: list[int] = []
        self._kinds = [heading.kind for heading in headings]
        for heading in headings:
            line = text.find("\n", heading.end)
            line = len(text) if line < 0 else line
            end = line
            if not _CONTENT.search(text, heading.end, line):
                blank = _BLANK.search(text, line + 1)
                end = blank.start() if blank else len(text)
            following = bisect_right(breaks, heading.start)
            self._ends.append(min(end, breaks[following]) if following < len(breaks) else end)

    def kind(self, offset: int) -> str | None:
        """Name the kind of heading over an offset, if any."""
        at = bisect_right(self._starts, offset) - 1
        return self._kinds[at] if at >= 0 and offset < self._ends[at] else None

    def other_day(self, offset: int) -> bool:
        """Say whether an offset stands in a plan, a home programme, a goal, a history, a list of what was not done."""
        return self.kind(offset) in _OTHER_DAY
