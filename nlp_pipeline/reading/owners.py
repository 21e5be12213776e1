"""Give each length of time the service label that claims it: the one it stands beside, before or after."""

import re
from bisect import bisect_left
from collections.abc import Collection, Sequence
from typing import NamedTuple

from nlp_pipeline.reading.clock import Interval
from nlp_pipeline.reading.labels import Label
from nlp_pipeline.reading.services import given_beside, is_one_activity
from nlp_pipeline.reading.times import Expression

_FILL = (
    r"(?:for|was|were|took|lasted|x|min|mins|minutes|minute|time|times|of|total|totals|totaled|subtotal|the|first|"
    r"last|next|another|about|approximately|approx|a|full|"
    r"provided|performed|completed|billed|billing|done|today|this date|this session|consisted|skilled|spent|occupied|"
    r"training|treatment|tx|session|start|started|in|from|at|on|with pt|"
    r"code|cpt|timed|is|equals|came to|received|one on one|1:1|only|ran|filled|got|colon|comma|individual|pta|pt|"
    r"cota|ota|otr|ot|dpt|services?|intervention|interventions|rendered|duration|length|followed)"
)
_TIGHT = re.compile(
    rf"(?:[ :=@~(\[)\]|.\-\"*#/>\\]|x(?=[ \d])|[012]\d:?[0-5]\d(?=[ ])|[1-8](?=[ ]{{2}}|[ ]?\||[ ]units?\b)|units?[ :=]{{0,3}}[1-8](?!\d)|"
    rf"units?(?![a-z])|{_FILL}(?![a-z]))*"
)
_COMMA = re.compile(rf"(?:[ :=@~(\[)\]|.,\-\"*#/>\n]|x(?=[ \d])|{_FILL}(?![a-z]))*")
_WORDY = re.compile(r"[^\n;.:|\d]{0,45}(?:\d?[^\n;.:|\d]{0,12})?")
_OF = re.compile(
    r"[ )\]|,:\-=]*(?:of[ ]|for[ ]|on[ ]|in[ ]|was[ ]|to[ ]|doing[ ]|under[ ]|spent[ ](?:on|in)[ ]|each[ ]of[ ]|"
    r"-[ ])?(?:the[ ]|skilled[ ]|direct[ ]|one on one[ ]|1:1[ ]|timed[ ]|individual[ ]|was[ ]|were[ ]|went[ ]to[ ]|"
    r"devoted[ ]to[ ]|billed[ ](?:as|under|to)[ ])*[(\[\"*]?"
)
_OF_PLAIN = re.compile(r"[ \-=]{0,3}(?:of[ ]|for[ ]|on[ ]|was[ ]|were[ ]|-[ ])?(?:the[ ]|skilled[ ])?[(\[]?")
_PAUSE = re.compile(r"[ )\]\"]*(?:[,.;:(\[|\n\-/*]|\Z|(?:by|to|of|for|with|w/|total|period|comma|colon|and|each)\b)")
_PURPOSE = re.compile(r"[ ]?,?[ ](?:to|for|in order to|addressing|targeting|focus(?:ed|ing)|directed|with focus|aimed)\b[^\n;.:|\d]{1,60},[ ](?:for[ ])?")
_WITH = re.compile(r"[ )\]]*(?:w/|with|c|and|&|\+|/)(?![a-z])[ ]?|[ )\]]*[^.;:,|\n\d]{0,40}[ ](?:w/|with)[ ]")
_AS_ONE = re.compile(r"[ ]?(?:and|&|/|\+)[ ]?")
_FOR_EACH = re.compile(r"[ )]*(?:each|apiece)\b")
_KEYED = re.compile(  # minutes on the line below their service, and the fields of an export
    r"[ )\]:]*\n[ ]*min(?:ute)?s?[ :=]{1,3}|[;,&|\"' }{]{0,5}\"?(?:min(?:ute)?s?|time|duration)[\"']?[ ]?[=:][ \"']{0,2}"
)
_BLANK = re.compile(r"[ :=x(\-]{0,3}")
_STOPPED = re.compile(r"[.:][ ]")
_PART = re.compile(r"[ ](?:to|of|on|at|with|for)[ ][a-z ]{2,40},[ ](?:for[ ])?")
_STOP = re.compile(r"[ ]?(?:[.;\n]|\Z)")
_LENGTH = re.compile(r"[ =(|,:\-]{1,4}(?:for |x )?")
_SETTINGS = re.compile(r"[ ][^\n;:|]{0,48}[ ](?:x[ ]?|for[ ])?")  # frequency, dose, side: what stands between a modality and its minutes
_DIGIT = re.compile(r"\d")
_PAREN = re.compile(r"[ ]?[(\[][ ]?(?:cpt[ ]|code[ ])?")
_SENTENCE = re.compile(r"\n|[.;!?](?=[ \n])")
_ROW_START = re.compile(r"(?:\A|\n)[ >*|\-#]*\Z")
_ROW_END = re.compile(r"[ )\]|]*(?:\n|\Z)")
_LONGEST, _LEAST_SAID = 240.0, 8
_FAR, _NEVER = 4, 9
_LONG_BEFORE, _LONG_AFTER = 80, 40  # how far a label may stand from its time


class Claimed(NamedTuple):
    """A time and the label that claims it; `tight` where nothing but signs and small words stands between them."""

    time: Expression | Interval
    label: Label
    tight: bool


def claim(text: str, labels: Sequence[Label], times: Sequence[Expression | Interval]) -> list[Claimed]:
    """Let the labels claim the times beside them, in order; a time that stands between two goes to the one still without."""
    claims: list[Claimed] = []
    if not labels:
        return claims
    taken: set[int] = set()
    at = 0
    leads = _said_after(labels, times)
    for number, time in enumerate(times):
        while at < len(labels) and labels[at].end <= time.start:
            at += 1
        before, after = labels[at - 1] if at else None, labels[at] if at < len(labels) else None
        if isinstance(time, Interval) and before and _opens_row(text, before, time):
            before = None
            if after and _ends_row(text, time, after):
                claims.append(Claimed(time, after, True))
                taken.add(after.start)
                continue
        if before and (before.end < time.start - _LONG_BEFORE or (number and before.end < times[number - 1].end)):
            before = None
        if after and not (after.start <= time.end + _LONG_AFTER and _may_follow(text, after, times, number, leads)):
            after = None
        if claims and _tells_length(text, claims[-1].time, time):
            chosen: tuple[Label, bool] | None = (claims[-1].label, True)
        else:
            chosen = _choose(text, time, before, after, taken) if before or after else None
        if chosen:
            claims.append(Claimed(time, *chosen))
            taken.add(chosen[0].start)
    return [_of_the_first(text, labels, each, taken) for each in claims] if claims else claims


def _opens_row(text: str, before: Label, time: Interval) -> bool:
    """Say whether a clock interval opens a row, so that the label before it belongs to the row above."""
    return text.find("\n", before.end, time.start) >= 0 and _ROW_START.search(text, max(0, time.start - 8), time.start) is not None


def _ends_row(text: str, time: Interval, after: Label) -> bool:
    """Say whether a number ends the row that a clock interval opens."""
    return after.number and _ROW_END.match(text, after.end) is not None and text.find("\n", time.end, after.start) < 0


def _may_follow(text: str, after: Label, times: Sequence[Expression | Interval], number: int, leads: bool) -> bool:
    """Say whether a label behind a time may be its own: it stands before the next time, and has none of its own."""
    if number + 1 < len(times) and after.end > times[number + 1].start:
        return False
    return leads or not _has_own(text, after, times, number)


def joined(text: str, one: Label, other: Label) -> bool:
    """Say whether a label names what is given beside the modality of the label before it ("stimulation with a hot pack")."""
    beside = other.code in given_beside() and is_one_activity(one.code) and one.code != other.code
    return beside and _WITH.fullmatch(text, one.end, other.start) is not None


def shared(text: str, labels: Sequence[Label], claims: Sequence[Claimed]) -> list[Claimed]:
    """List the claims of times that stand behind two services as one ("97110 and 97530: 30 min"): how they are split is not said."""
    taken = {each.label.start for each in claims}
    return [each for each in claims if each.tight and _of_a_pair(text, labels, each, taken)]


def _of_a_pair(text: str, labels: Sequence[Label], each: Claimed, taken: Collection[int]) -> bool:
    at = bisect_left(labels, each.label.start, key=_start) - 1
    first = labels[at] if at >= 0 and each.time.start >= each.label.end else None
    if first is None or first.start in taken or first.code == each.label.code or each.label.code in given_beside():
        return False
    firm = (first.sure or first.number) and (each.label.sure or each.label.number)
    return firm and _AS_ONE.fullmatch(text, first.end, each.label.start) is not None and not _FOR_EACH.match(text, each.time.end)


def _of_the_first(text: str, labels: Sequence[Label], each: Claimed, taken: set[int]) -> Claimed:
    """Give the time behind two modalities given together to the first, if that one has none of its own."""
    if each.label.code not in given_beside() or each.time.start < each.label.end:
        return each
    at = bisect_left(labels, each.label.start, key=_start) - 1
    first = labels[at] if at >= 0 else None
    return each._replace(label=first) if first is not None and first.start not in taken and joined(text, first, each.label) else each


def _start(label: Label) -> int:
    return label.start


def _tells_length(text: str, clock: Expression | Interval, time: Expression | Interval) -> bool:
    """Say whether a time tells the length of the clock interval before it ("9:05-9:20 (15 min)")."""
    if not isinstance(clock, Interval) or not isinstance(time, Expression):
        return False
    united = time.unit != "bare" or "=" in text[clock.end : time.start]
    return united and _LENGTH.fullmatch(text, clock.end, time.start) is not None


def _has_own(text: str, label: Label, times: Sequence[Expression | Interval], number: int) -> bool:
    """Say whether a label is followed at once by a time of its own, and that one by no label."""
    following = times[number + 1] if number + 1 < len(times) else None
    return following is not None and label.end <= following.start and _BLANK.fullmatch(text, label.end, following.start) is not None


def _said_after(labels: Sequence[Label], times: Sequence[Expression | Interval]) -> bool:
    """Say whether the note puts its labels after their times ("15 TE 10 NMR"): the last label of such a run has no time behind it."""
    starts = {time.start for time in times}
    ends = {time.end for time in times}
    after = sum(label.start - 1 in ends or label.start - 2 in ends for label in labels)
    return after > 0 and after > sum((label.end + 1 in starts) + (label.end + 2 in starts) > 0 for label in labels)


def _choose(text: str, time: Expression | Interval, before: Label | None, after: Label | None, taken: set[int]) -> tuple[Label, bool] | None:
    if time.minutes > _LONGEST:
        return None
    rank_before = _rank_before(text, before, time) if before else 9
    rank_after = _rank_after(text, time, after) if after else 9
    if before and before.start in taken:
        rank_before = rank_before if rank_before < _FAR else _NEVER
        rank_before += 2 if rank_after < 9 else 9 * ("=" in text[before.end : time.start])  # what follows "15 min TE =" is a sum
    if min(rank_before, rank_after) >= 9:
        return None
    if rank_before <= rank_after:
        return (before, rank_before < 4) if before else None
    return (after, rank_after < 4) if after else None


def _rank_before(text: str, label: Label, time: Expression | Interval) -> int:
    """Rank a label that stands before a time: 0 right beside it, more the further off, 9 not at all."""
    bare = isinstance(time, Expression) and time.unit == "bare"
    if _TIGHT.fullmatch(text, label.end, time.start) and (not bare or "\n" not in text[label.end : time.start]):
        return 0
    if _KEYED.fullmatch(text, label.end, time.start):
        return 0
    if bare:
        listed = label.number or (time.minutes >= _LEAST_SAID and not text[time.start].isdigit())
        return (
            2 if listed and "\n" not in text[label.end : time.start] and _COMMA.fullmatch(text, label.end, time.start) and _PAUSE.match(text, time.end) else 9
        )
    if _COMMA.fullmatch(text, label.end, time.start):
        return 2 if _PAUSE.match(text, time.end) else 4
    if (label.sure or label.number) and _PURPOSE.fullmatch(text, label.end, time.start) and _PAUSE.match(text, time.end):
        return 3
    if _PART.fullmatch(text, label.end, time.start) and _STOP.match(text, time.end):
        return 3
    if is_one_activity(label.code) and _SETTINGS.fullmatch(text, label.end, time.start):
        return 4 if label.sure or label.number or _DIGIT.search(text, label.end, time.start) else 9
    return 4 if (label.sure or label.number) and _WORDY.fullmatch(text, label.end, time.start) else 9


def _rank_after(text: str, time: Expression | Interval, label: Label) -> int:
    """Rank a label that stands after a time."""
    if isinstance(time, Expression) and time.unit == "bare":
        return 1 if _OF_PLAIN.fullmatch(text, time.end, label.start) else 9
    if label.number and _PAREN.fullmatch(text, time.end, label.start):
        return 1
    if isinstance(time, Interval) and text[label.end : label.end + 1] == "." and _STOPPED.fullmatch(text, time.end, label.start):
        return 1
    if _OF.fullmatch(text, time.end, label.start):
        return 3 if "," in text[time.end : label.start] or ")" in text[time.end : label.start] else 1
    return 9
