"""Find the stated totals: timed or one-on-one minutes, and the whole visit."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Literal, NamedTuple

from nlp_pipeline.reading.columns import Entry
from nlp_pipeline.reading.labels import Label, Marks
from nlp_pipeline.reading.lexicon import read_lexicon
from nlp_pipeline.reading.times import Expression

_ADDED = (
    r"(?:[ _](?:code|codes|cpt|contact|treatment|tx|treat|rx|time|min|mins|minutes|minute|total|services?|therapy|"
    r"care|pt|ot|patient|session|visit|today|this|date|direct|skilled|in|clinic|length|duration|billable|billed|"
    r"seen|units?|and|the|of|for the|for|day|individual|intervention|one on one|1:1|facility|home)(?![a-z]))*"
)
_TIMED = (
    r"(?:(?:total|tota1|tot|sum|all)[ _:]{1,2}(?:of[ ])?)?(?:timed|one[ -]on[ -]one|one[ -]to[ -]one|1[:-]1|1[ ](?:on|"
    r"to)[ ]1|direct|billable|face[ -]to[ -]face)"
)
_VISIT = (
    r"(?:grand total|(?<=[.] in )all|(?<=\nin )all|all told|altogether|total|totals|tota1|tot|sum|visit|session|treatment|"
    r"treated|tx|facility|clinic|encounter|overall|duration|length|tt|whole)"
)
_SEEN = (
    r"(?:(?:seen|treated)(?=[ ]\d)|seen[ ][^.;\n\d]{1,20}?(?=[ ]\d{1,3}[ ]?min)|"
    r"(?:seen|treated|attended|participated|present)\b[^.;\n\d]{0,50}?(?:for|x))"
)
_LOOSE = r"(?:min|mins|minutes|time|tx time)"
_SIGNS = r"(?:[ :=~.,>|*\"(\[\-\t]|(?:was|is|for|of|came to|at|x|about|approx|approximately|lasted|matched|ran|min|mins|minutes)(?![a-z])){0,14}"
_HEAD = re.compile(
    rf"(?<![a-z])(?:(?P<timed>{_TIMED})(?![a-z]){_ADDED}|(?P<visit>{_VISIT})(?![a-z]){_ADDED}|(?P<seen>{_SEEN})|"
    rf"(?P<loose>(?:^|(?<=\n)|(?<=[.;] )){_LOOSE})(?![a-z]){_ADDED}){_SIGNS}(?=[\da-z½l])",
    re.M,
)
_AFTER = re.compile(
    r"[ )\-]{0,3}(?:min\w*[ ])?(?:(?P<timed>(?:total[ ]|of[ ])?(?:timed|one[ -]on[ -]one|one[ -]to[ -]one|1[:-]1\b|"
    r"1 on 1|direct|billable|of direct)(?![a-z]|[ ](?:and|gait)))|(?P<visit>total|in all|in total|altogether|all told|"
    r"overall|(?:pt |ot |therapy |treatment |tx |skilled )?(?:session|visit)|treatment|tx\b|of (?:skilled )?(?:pt|"
    r"ot|physical therapy|occupational therapy|therapy|treatment|tx)\b))"
)
_NOT_THIS = re.compile(
    r"(?:next|last|prior|previous|first|each|every|per|of|balance of(?: the)?|rest of(?: the)?|part of(?: the)?|"
    r"during(?: the)?|before|after|scheduled|planned|future|other|missed|usual|in|daily|school|nursing|group|slp|"
    r"on)[ ](?:the[ ]|this[ ]|a[ ])?\Z"
)
_TO_LABEL = re.compile(r"[ (]{1,2}(?:of |in |on |for )?")
_BEFORE_LABEL = re.compile(r"[ :(\-|=]{0,3}")
_ROW_HEAD = re.compile(rf"[ >*|\"]*(?:(?P<timed>{_TIMED})|{_VISIT})(?![a-z])")
_NEXT_LINE = re.compile(r"[ )\]:]*\n[ ]*")
_OWN_LINE = re.compile(r"\n[ ]*min(?:ute)?s?[ :=]+\d")
_FIELD = re.compile(r"[ ;,&|\"'}{]{1,5}")
_OWN = re.compile(r"[ :=x(|\-]*\d")
_NUMBERED = re.compile(r"(?:this is )?(?:visit|session|encounter|treatment|tx|facility|clinic|attended)s?(?:[ ](?:number|no\.?|for))?[ #\n:]*")
_COUNTS_VISITS = re.compile(r"[ ]?(?:of|/|out of)[ ]?\d")
_OTHER_TOTAL = re.compile(r"\b(?:timed|total|tot|billable|1:1)\b[^\n]*\d[^\n]*\Z")
_PAIR = re.compile(
    r"(?<![a-z])(?:timed[ ]?(?:min\w*)?[ ]?/[ ]?(?:total|tot|visit)|"
    r"tot(?:al)?s?)(?:[ ](?:min\w*|time|tx))*[ :=(|]{0,3}(\d{1,3})[ ]?/[ ]?(\d{1,3})(?![\d/])"
)
_MORE_FOLLOW = re.compile(r"[ ]?(?:min\w*[ ]?)?(?:[,;/+&]|and)[ ]?(?:and[ ])?\d{1,2}(?![\d:/])")
_GOES_ON = frozenset(" )-")
_OF_VISITS = frozenset(("session", "visit", "treatment", "tx", "pt session", "ot session"))
_LAST_WORD = re.compile(r"(?<![a-z\d])([a-z]+)[ ]\Z")
_CLAUSE = re.compile(r"[^,;:\n|(=.]*\Z")
_OPENING = re.compile(r"(?:\A|[\n.;:|(=]|- )[ *>\-\"]*\Z")
_LETTERS = re.compile(r"[a-z]+")
_OF_ALL = frozenset(("total", "in all", "in total", "altogether", "all told", "overall"))
_SHORTEST, _LONGEST, _NEAR = 3, 480, 48


class Total(NamedTuple):
    """A stated total and which it is; `loose` where only a word like "time" says so."""

    time: Expression
    kind: Literal["timed_total", "visit_total"]
    loose: bool = False


def find_totals(text: str, marks: Marks, times: Mapping[int, Expression]) -> Iterator[Total]:
    """Find the totals among the lengths of time of a levelled text; `times` maps where each starts to it, numbers without a unit included."""
    for head in _heads(text, marks.totals):
        time = times.get(head.end())
        if time is None or not _SHORTEST <= time.minutes <= _LONGEST or time.vague:
            continue
        if _is_none(text, head, time, marks.labels):
            continue
        if head["timed"] is None and (later := _AFTER.match(text, time.end)) and later["timed"]:
            yield Total(time, "timed_total")
        else:
            yield Total(time, "timed_total" if head["timed"] else "visit_total", head["loose"] is not None)


def _is_none(text: str, head: re.Match[str], time: Expression, labels: Sequence[Label]) -> bool:
    """Say whether a time behind the words of a total is a service's, another day's, or counts visits."""
    start, at = head.start(), bisect_right(labels, head.start(), key=_start)
    before, after = labels[at - 1] if at else None, labels[at] if at < len(labels) else None
    if before and start < before.end:  # "manual treatment for 15 minutes"
        return True
    if head["seen"] and after and after.start < time.start and (after.sure or after.number):  # "participated in gait training x 10 min"
        return True
    if head["loose"] and before and _FIELD.fullmatch(text, before.end, start):  # "code=…; minutes=23"
        return True
    if head["loose"] and before and _NEXT_LINE.fullmatch(text, before.end, start) and len(_OWN_LINE.findall(text)) > 1:  # each service has its line of minutes
        return True
    if time.unit == "bare" and _counts_visits(text, head, time):
        return True
    if _is_measure(text, head, time):
        return True
    if not text.startswith("all", start) and _NOT_THIS.search(text, max(0, start - 24), start):
        return True
    return _claimed(text, start, [before] if before else []) or _followed(text, time, labels)


def _is_measure(text: str, head: re.Match[str], time: Expression) -> bool:
    """Say whether the words of a total are another thing's: a step's length, a score's sum, the last word of an activity before its minutes."""
    start, told = head.start(), text[head.start() : time.start]
    word = _LAST_WORD.search(text, max(0, start - _NEAR), start)
    if word and told.startswith(("length", "duration")) and word[1] not in _words("before_length"):
        return True
    if word and time.unit == "bare" and told.startswith(("tot", "sum")) and word[1] not in _words("before_bare_total"):
        return True
    apart = told.rstrip().endswith(",") and (time.unit == "bare" or told.startswith("timed,"))
    return apart and _words("sums").isdisjoint(_LETTERS.findall(told)) and not _OPENING.search(text, max(0, start - 6), start)


def _is_activity(text: str, time: Expression) -> bool:
    """Say whether the clause before a time is about what the patient did, so that its total is that ("standing 12 min total"), or a score."""
    clause = text[max(0, time.start - _NEAR) : time.start]
    words = _LETTERS.findall(_CLAUSE.search(clause)[0])  # type: ignore[index]
    if time.unit == "bare" and (last := _LAST_WORD.search(clause)) and last[1] not in _words("before_bare_total"):
        return True
    return not _words("measured").isdisjoint(words) and _words("visits").isdisjoint(words)


@cache
def _words(name: str) -> frozenset[str]:
    return frozenset(read_lexicon("time")[name])


def row_total(text: str, row: Entry) -> Total | None:
    """Find the total in a table's minutes column: its row begins with the words of a total."""
    head = _ROW_HEAD.match(text, row.row[0]) if row.label is None else None
    return Total(row.time, "timed_total" if head["timed"] else "visit_total") if head else None


def find_pairs(text: str) -> Iterator[Total]:
    """Find the timed and the visit total that stand as one pair ("timed/total 38/45")."""
    if "tot" in text or "timed" in text:
        for found in _PAIR.finditer(text):
            timed, visit = int(found[1]), int(found[2])
            if _SHORTEST <= timed <= visit <= _LONGEST:
                yield Total(Expression(found.start(1), found.end(1), timed, "bare"), "timed_total")
                yield Total(Expression(found.start(2), found.end(2), visit, "bare"), "visit_total")


def _counts_visits(text: str, head: re.Match[str], time: Expression) -> bool:
    """Say whether a number without a unit tells which visit it is, or is the first of several services' minutes."""
    if _COUNTS_VISITS.match(text, time.end) or (head["loose"] and _MORE_FOLLOW.match(text, time.end)):
        return True
    if not _NUMBERED.fullmatch(text, head.start(), time.start):
        return False
    line = text.rfind("\n", 0, head.start()) + 1
    return ":" not in text[head.start() : time.start] and _OTHER_TOTAL.search(text, line, head.start()) is None


def _start(label: Label) -> int:
    return label.start


def _heads(text: str, places: Sequence[int]) -> Iterator[re.Match[str]]:
    """Match the words of a total where they may begin; "1:1" begins with no word."""
    starts, at = places, text.find("1:1")
    if at >= 0:
        starts = list(places)
        while at >= 0:
            starts.append(at)
            at = text.find("1:1", at + 1)
        starts.sort()
    end = 0
    for start in starts:
        if start >= end and (head := _HEAD.match(text, start)):
            end = head.end()
            yield head


def find_trailing(text: str, times: Sequence[Expression]) -> Iterator[Total]:
    """Find the totals that are said after their number ("38 min total", "46 timed", "a 45-minute session")."""
    for time in times:
        found = _AFTER.match(text, time.end) if text[time.end : time.end + 1] in _GOES_ON and _SHORTEST <= time.minutes <= _LONGEST and not time.vague else None
        if found and time.unit == "bare" and (found["visit"] or "") in _OF_VISITS:  # "six sessions"
            continue
        if found and found["visit"] in _OF_ALL and _is_activity(text, time):
            continue
        if found and not _NOT_THIS.search(text, max(0, time.start - 24), time.start):
            yield Total(time, "timed_total" if found["timed"] else "visit_total")


def _claimed(text: str, start: int, before: Sequence[Label]) -> bool:
    """Say whether a label stands right before ("97530 total 30 min"): the total is that service's."""
    return any(start - 3 <= label.end <= start and _BEFORE_LABEL.fullmatch(text, label.end, start) for label in before)


def _followed(text: str, time: Expression, labels: Sequence[Label]) -> bool:
    """Say whether a label without minutes of its own follows ("total 27 min therex")."""
    at = bisect_left(labels, time.end, key=_start)
    label = labels[at] if at < len(labels) else None
    if label is None or label.start - time.end > 6 or not _TO_LABEL.fullmatch(text, time.end, label.start):
        return False
    return _OWN.match(text, label.end, label.end + 8) is None
