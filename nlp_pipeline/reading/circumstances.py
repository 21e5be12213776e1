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
_BLANK = re.compile(r"\n[ ]*\n")
_OTHER_DAY = frozenset({"plan", "home", "goal", "history", "held", "unbilled"})
_SUBJECTIVE = frozenset({"s", "subj", "subjective", "dx", "pain", "cc"})
_NEAR, _FAR = 48, 40


@cache
def _words(table: str, side: str) -> re.Pattern[str]:
    phrases = sorted(read_lexicon("time")[table][side], key=len, reverse=True)
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
    end = skip.end() if (skip := _LEAD.match(text, end)) else end
    stop = _BESIDE.search(text, end, high)
    return _words("withheld", "after").search(text, end, stop.start() if stop else high) is not None


def elsewhere(text: str, start: int, end: int, floor: int = 0) -> bool:
    """Say whether the words around a time without a service make it rest, home, history, a goal, a test or another's; none before `floor` count."""
    low = max(floor, start - _NEAR)
    for found in _SENTENCE.finditer(text, low, start):
        low = found.end()
    high = min(len(text), end + _NEAR // 2)
    stop = _SENTENCE.search(text, end, high)
    if _words("elsewhere", "before").search(text, low, start):
        return True
    return _words("elsewhere", "after").search(text, end, stop.start() if stop else high) is not None


class Reach:
    """What kind of heading an offset stands under: a heading reaches to the end of its line, or, alone on a line, to the next blank one."""

    def __init__(self, text: str, headings: Sequence[Heading], headers: Sequence[int]) -> None:
        breaks = [heading.start for heading in headings]
        self._starts = [heading.start for heading in headings]
        self._ends: list[int] = []
        self._kinds = [heading.kind for heading in headings]
        for heading in headings:
            line = text.find("\n", heading.end)
            line = len(text) if line < 0 else line
            end, service = line, bisect_right(headers, heading.start)
            ends_at_service = heading.kind == "history" and text[heading.start : heading.end] in _SUBJECTIVE
            if not _CONTENT.search(text, heading.end, line) and not _CONTENT.search(text, text.rfind("\n", 0, heading.start) + 1, heading.start):
                blank = _BLANK.search(text, line + 1)
                end, ends_at_service = blank.start() if blank else len(text), True
            following = bisect_right(breaks, heading.start)
            if text[heading.end : heading.end + 2].strip(" ")[:1] not in (":", "=", "-", "|", "/"):
                sentence = _FULL_STOP.search(text, heading.end, end)
                end = sentence.start() if sentence else end
            end = min(end, breaks[following]) if following < len(breaks) else end
            if ends_at_service and service < len(headers):  # "S:" in a note of one line, a list of goals above the treatment
                end = min(end, headers[service])
            self._ends.append(end)

    def kind(self, offset: int) -> str | None:
        """Name the kind of heading over an offset, if any."""
        at = bisect_right(self._starts, offset) - 1
        return self._kinds[at] if at >= 0 and offset < self._ends[at] else None

    def other_day(self, offset: int) -> bool:
        """Say whether an offset stands in a plan, a home programme, a goal, a history, a list of what was not done."""
        return self.kind(offset) in _OTHER_DAY
