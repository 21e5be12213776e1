"""Tell a word of the activities listed under a service from a service of its own: minutes behind the list are the header's."""

import re
from collections.abc import Sequence

from nlp_pipeline.reading.owners import Claimed
from nlp_pipeline.reading.services import Reaches, is_one_activity
from nlp_pipeline.reading.times import Expression

_HEADED = re.compile(r"[^\n;:]{0,60}:[ ]")
_SENTENCE = re.compile(r"\n|[.;](?=[ ])")
_OPENS_ITEM = re.compile(r"[,:][ ](?:and[ ]|then[ ])?\Z")
_NO_WORD = re.compile(r"[ ,:=(\-]*(?:(?:for|only|x|total|about)[ ])?")
_DIGIT = re.compile(r"\d")
_JUST_BEFORE = 8


def outside_lists(level: str, reaches: Reaches, claims: Sequence[Claimed]) -> list[Claimed]:
    """Leave out the claims of words in a list under another service ("NMR: foam stance, walking with head turns, 15 min")."""
    return [each for each in claims if not _in_list(level, reaches, each, claims)]


def _in_list(level: str, reaches: Reaches, each: Claimed, claims: Sequence[Claimed]) -> bool:
    label, time = each.label, each.time
    block = reaches.at(label.start) if isinstance(time, Expression) and time.unit != "bare" and label.end <= time.start and not label.number else None
    if block is None or block.start is not None or block.header.end > label.start or block.stated_code == label.code:
        return False
    if not _HEADED.match(level, block.header.end, label.start) or _SENTENCE.search(level, block.header.end, time.start):
        return False
    opens = _OPENS_ITEM.search(level, max(0, label.start - _JUST_BEFORE), label.start) is not None
    if not _NO_WORD.fullmatch(level, label.end, time.start):
        of_itself = label.sure or _DIGIT.search(level, label.end, time.start) is not None  # a modality with its settings
        return not (opens and of_itself and is_one_activity(label.code))
    timed = any(other.label.start == block.header.start for other in claims)
    return not label.sure and "," in level[label.end : time.start] and not (opens and timed)
