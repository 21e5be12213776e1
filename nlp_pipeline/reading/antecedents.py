"""Find the activities that a time without a service speaks of: those before it, those behind it, or those named again beside it."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from nlp_pipeline.records.facts import Intervention

_AHEAD = re.compile(r"[ )]*:[ ]?")
_FULL_STOP = re.compile(r"[.\n](?=[ \n]|\Z)")
_ALONE = re.compile(r"(?:\A|\n|[.!?;|][ ]|[)\]][ ]?)[ >*\-~:(\"]*\Z")
_TOGETHER = re.compile(
    r"(?:\b(?:for|total|together|in all|altogether|took|subtotal|came to|all of (?:that|this|it)|this was|that was|"
    r"these took|those took)|[=(:])[ ]*\Z"
)
_SENTENCE = re.compile(r"\n|[.;](?=[ ])")
_CLAUSE = re.compile(r"[\n;:()]|[.](?=[ \n])|,|[ ](?:and|then)(?=[ ])|[ ]-[ ]")
_LEADING = re.compile(  # what may stand between the start of a clause and minutes that speak of what follows
    r"[ \-*>\"(]*(?:(?:and|then|also|next|first|second|third|finally|lastly|afterwards?|for|in|over|the|his|her|a|an|another|"
    r"further|more|about|some|roughly|approximately|last|next|first|remaining|other|final|we|i|he|she|they|pt|patient|"
    r"therapist|clinician|spent|gave|used|took|did|worked|devoted|after (?:testing|that|this)|today|with)[ ,]+){0,7}\Z"
)
_OF = re.compile(r"[ ]?(?:of|on|doing|for|was|were|went|in|with|to)[ ]|[ ]?[:\-][ ]|[ ](?=[a-z])")
_WORD = re.compile(r"[a-z]{4,}")
_STEM, _FAR_AHEAD, _BESIDE = 5, 90, 60
_COMMON = frozenset(
    [
        "with",
        "from",
        "into",
        "over",
        "then",
        "that",
        "this",
        "them",
        "each",
        "left",
        "right",
        "time",
        "work",
        "part",
        "minut",
        "about",
        "first",
        "last",
        "both",
        "side",
        "stuff",
        "spent",
        "train",
        "exerc",
    ]
)


class Antecedents:
    """The performed activities outside every block, to be asked which of them a time speaks of."""

    def __init__(self, level: str, interventions: Sequence[Intervention], outside: Sequence[int]) -> None:
        self._level, self._all, self.outside = level, interventions, outside
        self._starts = [interventions[index].span.start for index in outside]

    def of(self, start: int, end: int, floor: int) -> tuple[Sequence[int], bool]:
        """Find the activities that a time speaks of, none before `floor`, where another time ended; and whether it must stand at the end of what it closes.

        Those behind it where it opens its clause ("the next ten minutes were for …"), those before it in its sentence, those that words
        beside it name again, or all since the time before where it stands apart.
        """
        level, starts = self._level, self._starts
        if _AHEAD.match(level, end):
            return self._up_to(end, self._stop(end)), True
        low = max(floor, level.rfind("\n", 0, start) + 1)
        sentence = max([low, *(found.end() for found in _SENTENCE.finditer(level, low, start))])
        before = self.outside[bisect_right(starts, floor - 1) : bisect_right(starts, start)]
        near = [index for index in before if self._all[index].span.end > sentence]
        if near and not _TOGETHER.search(level, max(0, start - 18), start):
            return near, True
        leads = not near and _LEADING.fullmatch(level, sentence, start) is not None and _OF.match(level, end) is not None
        if leads and (behind := self._up_to(end, min(self._stop(end), end + _FAR_AHEAD))):
            return behind, False
        if not near and (named := self._named(start, end, sentence)):
            return named, False
        in_line = [index for index in before if self._all[index].span.end > low]
        return in_line or (before if _ALONE.search(level, max(0, start - 16), start) else []), True

    def _stop(self, end: int) -> int:
        stop = _FULL_STOP.search(self._level, end)
        return stop.start() if stop else len(self._level)

    def _up_to(self, start: int, end: int) -> Sequence[int]:
        return self.outside[bisect_left(self._starts, start) : bisect_right(self._starts, end)]

    def _named(self, start: int, end: int, sentence: int) -> Sequence[int]:
        """Find the activities before a time that share a word with its clause ("fourteen minutes on the lifting")."""
        level = self._level
        low = max([sentence, *(found.end() for found in _CLAUSE.finditer(level, max(sentence, start - _BESIDE), start))])
        stop = _CLAUSE.search(level, end, end + _BESIDE)
        words = {word[:_STEM] for part in ((low, start), (end, stop.start() if stop else end + _BESIDE)) for word in _WORD.findall(level, *part)} - _COMMON
        if not words:
            return []
        earlier = self.outside[: bisect_right(self._starts, start)]
        return [index for index in earlier if words & {word[:_STEM] for word in _WORD.findall(level, self._all[index].span.start, self._all[index].span.end)}]
