"""Find lengths of time that the speaker takes back at once ("six minutes, no, make that eight")."""

import re
from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise

from nlp_pipeline.reading.times import Expression

_TAKEN_BACK = re.compile(
    r"[ ,.\-(]*(?:(?:uh|um|er|hmm|oh|well|no|wait|sorry|actually|correction|scratch that|strike that|check that|"
    r"let me correct that|excuse me|i mean|rather|comma|that's wrong|make that|make it|call it|more like|that should be|"
    r"should be|it was|was)[ ,.:\-]+)+(?:x[ ]?|about[ ]|really[ ]|only[ ])?"
)
_MARKED = re.compile(r"\b(?:no|wait|sorry|actually|correction|scratch|strike|check|i mean|rather|make that|make it|more like|should be|excuse)\b")


def taken_back(text: str, times: Sequence[Expression], words: Sequence[int]) -> dict[int, Expression]:
    """Map the start of each time that is taken back to the time that replaces it; `words` is where the words that may take one back start."""
    replaced: dict[int, Expression] = {}
    for one, other in pairwise(times):
        at = bisect_left(words, one.end)
        between = at < len(words) and words[at] < other.start and 4 <= other.start - one.end <= 60
        if between and _TAKEN_BACK.fullmatch(text, one.end, other.start) and _MARKED.search(text, one.end, other.start):
            replaced[one.start] = other
    return replaced
