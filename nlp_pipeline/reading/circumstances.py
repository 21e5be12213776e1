"""Say why a length of time beside certain words is no treatment time of this visit."""

import re
from bisect import bisect_right
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from nlp_pipeline.reading.headings import Heading
from nlp_pipeline.reading.lexicon import read_lexicon
from nlp_pipeline.records.facts import Reason

_CLAUSE = re.compile(r"(?s:.*)(?:[\n;|]|[.!?][ ]|[,(][ ]?|[ ](?:but|then)[ ])")  # up to the last end of a clause
_SENTENCE = re.compile(r"\n|[.!?](?=[ ])|[;|]")
_LAST_SENTENCE = re.compile(r"(?s:.*)(?:\n|[.!?](?=[ ])|[;|])")
_BESIDE = re.compile(r"\n|[(,][ ]?\d{1,3}[ ]?m|[.!?](?=[ ])|[:;|]|,[ ][^\n.;:]*,|[(](?:was|up from|from|prior|last|previous|vs)[ ]")
_FULL_STOP = re.compile(r"(?<![ .][a-z])[.!?](?=[ ])|;")
_LEAD = re.compile(r"[ :\-(]*(?=[a-z])")
_DAYS = r"(?:mon|tue|tues|wed|thu|thur|thurs|fri|sat|sun)(?:s|nes|rs|ur)?(?:day)?"
_CLOSED = (  # behind a phrase with a full stop: its clause ends there, or goes on with when or why
    r"(?=[ ]*(?:[.,;:()\n/]|-[ ]|2[°/n]|\Z|(?:today|this|due|d/t|secondary|per|because|since|until|till|pending|as|again|now|owing|given|after|when|"
    r"by[ ](?:md|pt|rn|patient|request)|at[ ](?:pt|patient|md)|for(?=[ ](?!\d|an?[ ]|one|two|three|four|five|ten|each))|"
    rf"from|forward|over|next|tomorrow|w/|in[ ](?:light|view)|(?:on[ ])?{_DAYS}|on[ ](?:account|request|md))(?![a-z])))"
)
_CONTENT = re.compile(r"[a-z0-9]")
_COMPARED = re.compile(r"[(,;][ ]?(?:was|prev\w*|up from|down from|from|vs\.?)[ :]{1,2}(?:only |about )?\Z")
_PART_OF_VISIT = re.compile(r"\b(?:the|his|her|our)[ ](?:last|next|final|remaining)[ ]\Z")
_BLANK = re.compile(r"\n(?=[ ]*\n)")
_LETTERS = re.compile(r"[a-z]+")
_OTHER_DAY: dict[str, Reason] = {
    "plan": "plan", "home": "home", "goal": "goal", "history": "history", "held": "not_furnished", "unbilled": "not_billed",
}  # fmt: skip
_SUBJECTIVE = frozenset({"s", "subj", "subjective", "dx", "pain", "cc"})
_NEAR, _FAR, _SHORT, _STEM = 48, 40, 20, 4


class _Phrases(NamedTuple):
    """The phrases of a list: how their first words begin, one pattern for all, and one for each reason."""

    opening: frozenset[str]
    every: re.Pattern[str]
    reasons: tuple[tuple[Reason, re.Pattern[str]], ...]


@cache
def _phrases(table: str, side: str) -> _Phrases:
    lists: dict[Reason, list[str]] = read_lexicon("time")[table][side]
    every = [phrase for phrases in lists.values() for phrase in phrases]
    opening = frozenset(_LETTERS.findall(phrase)[0][:_STEM] for phrase in every)
    by_reason = tuple((reason, re.compile(_joined(phrases))) for reason, phrases in lists.items())
    return _Phrases(opening, re.compile(rf"(?<![a-z])(?<![a-z]-)(?:{_joined(every)})(?![a-z])"), by_reason)


def _joined(phrases: Sequence[str]) -> str:
    longest_first = sorted(phrases, key=len, reverse=True)
    return "|".join(
        re.escape(phrase.removesuffix(".")).replace("\\ ", "[ -]").replace("\\*", "[a-z]*") + (_CLOSED if phrase.endswith(".") else "")
        for phrase in longest_first
    )


def _said(phrases: _Phrases, text: str, low: int, high: int, seen: int = 0) -> Reason | None:
    """Name the reason that the first phrase of a list gives in a stretch of text; what stands behind the phrase is looked at up to `seen`."""
    if phrases.opening.isdisjoint([word[:_STEM] for word in _LETTERS.findall(text, low, high)]):
        return None
    found = phrases.every.search(text, low, max(high, seen))
    return next(reason for reason, each in phrases.reasons if each.fullmatch(found[0])) if found and found.end() <= high else None


def withheld(text: str, start: int, end: int, limit: int) -> Reason | None:
    """Say why the words around a service and its minutes put it on another day, or nowhere; `limit` is where the next service begins."""
    low = max(0, start - _NEAR)
    if found := _CLAUSE.match(text, low, start):
        low = found.end()
    reason = _said(_phrases("withheld", "before"), text, low, start) if low < start else None
    if reason:
        return reason
    high = min(limit, end + _FAR, len(text))
    end = skip.end() if (skip := _LEAD.match(text, end)) else end
    stop = _BESIDE.search(text, end, high)
    return _said(_phrases("withheld", "after"), text, end, stop.start() if stop else high, 0 if stop else min(limit, high + _SHORT))


def elsewhere(text: str, start: int, end: int, floor: int = 0) -> Reason | None:
    """Say why a time without a service is no treatment: rest, home, history, a goal, a test or another's; no word before `floor` counts."""
    low = max(floor, start - _NEAR)
    if low < start and (found := _LAST_SENTENCE.match(text, low, start)):
        low = found.end()
    if _COMPARED.search(text, max(0, start - _SHORT), start):
        return "history"
    part = _PART_OF_VISIT.search(text, max(low, start - _SHORT), start)
    until = part.start() if part else start
    reason = _said(_phrases("elsewhere", "before"), text, low, until) if low < until else None
    if reason:
        return reason
    high = min(len(text), end + _NEAR // 2)
    stop = _SENTENCE.search(text, end, high)
    return _said(_phrases("elsewhere", "after"), text, end, stop.start() if stop else high)


def idle_row(text: str, start: int) -> Reason | None:
    """Say why the row in which a clock interval stands is no treatment: a break, a wait, another's."""
    return _said(_phrases("elsewhere", "before"), text, text.rfind("\n", 0, start) + 1, start)


class Reach:
    """What kind of heading an offset stands under: a heading reaches to the end of its line, or, alone on a line, to the next blank one.

    `headers` is where service blocks with a time begin, `opening` where a service with a time opens a sentence: one inside a line goes no further.
    """

    def __init__(self, text: str, headings: Sequence[Heading], headers: Sequence[int], opening: Sequence[int] = ()) -> None:
        self.text = text
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
            if (at := bisect_right(opening, end)) < len(opening) and opening[at] < stop and _CONTENT.search(text, text.rfind("\n", 0, start) + 1, start):
                stop = opening[at]
            self._ends.append(stop)

    def _blank_after(self, line: int) -> int:
        """Find the next blank line behind a line's end, or the end of the text."""
        if self._blanks is None:
            self._blanks = [found.start() for found in _BLANK.finditer(self.text)]
        at = bisect_right(self._blanks, line)
        return self._blanks[at] if at < len(self._blanks) else len(self.text)

    def kind(self, offset: int) -> str | None:
        """Name the kind of heading over an offset, if any."""
        at = bisect_right(self._starts, offset) - 1
        return self._kinds[at] if at >= 0 and offset < self._ends[at] else None

    def other_day(self, offset: int) -> Reason | None:
        """Say why the heading over an offset puts it on another day: a plan, a home programme, a goal, a history, a list of what was not done."""
        return _OTHER_DAY.get(self.kind(offset) or "")
