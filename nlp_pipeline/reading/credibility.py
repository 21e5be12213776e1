"""Say whether the claim of a service label on a time can be believed: ordinary words and bare numbers need more than standing beside it."""

import re
from collections.abc import Sequence
from functools import cache
from itertools import pairwise

from nlp_pipeline.reading.clock import Interval
from nlp_pipeline.reading.labels import Label, find_labels
from nlp_pipeline.reading.owners import Claimed
from nlp_pipeline.reading.services import is_one_activity
from nlp_pipeline.reading.times import Expression

_FEET = re.compile(r"[ ]?(?:x[ ]?\d|w/|with|c[ ]rw|rw|fww|spc|lbqc|cga|sba|min a|mod a|max a|no ad|\+)")
_CLOSES = re.compile(r"[ )\]\"]*(?:[.;\n|)]|\Z|,?[ ](?:total|each)\b)")
_WHOLE_SENTENCE = re.compile(r"(?:^|[\n;|]|[.!?)][ ]|- |\([ ]?)[ >*\-~:x\"(]*\Z")
_OPENS = re.compile(
    r"(?:\A|[\n;|,:.+&(\[/*>\-\"=]|\b(?:and|then|of|for|under|core|total|say|call|1:1|skilled|individual|functional|"
    r"dynamic|le|ue|comma|period|today|billed|charged|coded|performed|provided|received|"
    r"completed)|(?<![a-z])(?:min|mins|minutes|m)|['\d]|[ ]{2})[ ]?[(\[\"*]{0,2}\Z"
)
_ENDS = re.compile(r"[ )]*(?:[\-:|,;.\n=/(]|\Z)")
_TEST = re.compile(r"[ -]?(?:walk|step)(?:[ ]?(?:test|distance|:)|[ ]\d)")
_KEPT = re.compile(r"[ ](?:standing|seated|sitting|upright|unsupported|supine|prone)[ ]?(?:[.,;\n)]|\Z)")  # "endurance 4 min standing" is a measure
_NAMES = re.compile(r"[ ](?!session|visit|treatment|block|period|segment|portion|bout|time)[a-z]")  # "ten-minute incline walk" names an activity
_COMPOUND = re.compile(r"[a-z]{3}-\Z|[a-z]-\d{1,2}[ ]\Z")  # "mid-range", "BOT-2 balance"
_LINE_START = re.compile(r"(?:\A|\n)[ >*|\-#(\[]*(?:[a-z]{1,5}/)?\Z")
_SIGNS = re.compile(r"[ :=x(|\-]*")
_SPENT = re.compile(r"(?:\b(?:spent|time|minutes|used|took|gave|worked|did|and|then)|[.,;:|(+&/\n*-])[ :]*\Z|\A\Z")
_SUPPORT = re.compile(r"[:=|]|\bmin\w*\b|\btime\b")
_FEWEST_BARE, _FEWEST_SAID_FIRST, _ABBREVIATION, _LEAST_SAID = 3, 5, 3, 8
_LONGEST_OF_WORDS = 120  # hours beside an ordinary word are wear, sleep, work
_GAIT = "gait"


def credible_claims(level: str, claims: Sequence[Claimed]) -> list[Claimed]:
    """Keep the claims that can be believed."""
    supported, numbered = _supported(level, claims), _numbered(level, claims)
    return [each for each in claims if each.time.start not in numbered and _credible(level, each, supported)]


def _numbered(level: str, claims: Sequence[Claimed]) -> set[int]:
    """Find the numbers that count the items of a list ("Activity 1: …, Activity 2: …")."""
    items: dict[str, list[Claimed]] = {}
    for each in claims:
        if each.label.end <= each.time.start <= each.label.end + 2 and level.startswith((":", ".", ")", " -"), each.time.end):
            items.setdefault(level[each.label.start : each.label.end], []).append(each)
    lists = [found for found in items.values() if [one.time.minutes for one in found] == list(range(1, len(found) + 1))]
    return {each.time.start for found in lists for each in found}


def _supported(level: str, claims: Sequence[Claimed]) -> set[int]:
    """Find the claims that stand beside another one: ordinary words and bare numbers vouch for each other."""
    beside: set[int] = set()
    for one, other in pairwise(claims):
        gap = level[max(one.time.end, one.label.end) : min(other.time.start, other.label.start)]
        if len(gap) <= 30 and gap.count("\n") <= 1:
            beside |= {each.time.start for each in (one, other) if "\n" not in gap or _opens_line(level, each)}
    return beside


def _opens_line(level: str, each: Claimed) -> bool:
    start = min(each.label.start, each.time.start)
    return _LINE_START.search(level, max(0, start - 14), start) is not None


def _credible(level: str, each: Claimed, supported: set[int]) -> bool:
    time, label = each.time, each.label
    if isinstance(time, Interval):
        return not time.loose or label.sure or label.number or time.start in supported
    if time.vague or (time.prime and label.code in _walks() and _in_feet(level, time, label)):
        return False
    if not time.minutes or level.endswith("same ", 0, time.start) or _TEST.match(level, time.end):
        return False
    if not (label.sure or label.number) and (time.minutes >= _LONGEST_OF_WORDS or _KEPT.match(level, time.end)):
        return False
    if label.end <= time.start and _NAMES.match(level, time.end) and "-" in level[time.start : time.end]:
        return False
    if time.end <= label.start:
        return _credible_before(level, each, supported)
    if time.unit == "bare":
        return _credible_bare(level, time, label, supported)
    opens = label.sure or label.number or _opens(level, label)
    return opens and (each.tight or is_one_activity(label.code) or _CLOSES.match(level, time.end) is not None)


def _opens(level: str, label: Label) -> bool:
    """Say whether a label begins its clause, and not in the midst of a word or of a test's name."""
    if _COMPOUND.search(level, max(0, label.start - 8), label.start):
        return False
    return _OPENS.search(level, max(0, label.start - 24), label.start) is not None


def _in_feet(level: str, time: Expression, label: Label) -> bool:
    """Say whether a prime behind a word of walking marks feet."""
    return _FEET.match(level, time.end) is not None or not _SIGNS.fullmatch(level, label.end, max(label.end, time.start))


def _credible_bare(level: str, time: Expression, label: Label, supported: set[int]) -> bool:
    """Say whether a number without a unit behind a label is its minutes."""
    if level[time.start - 1] == "x":  # "TE x20", and repetitions
        return time.minutes >= _LEAST_SAID and (label.number or label.end - label.start <= _ABBREVIATION) and not is_one_activity(label.code)
    if label.sure or label.number:
        return time.minutes >= _FEWEST_BARE
    short = label.end - label.start <= _ABBREVIATION and time.minutes >= _FEWEST_SAID_FIRST
    if not short and "x" in level[label.end : time.start]:  # repetitions
        return False
    closed = _ENDS.match(level, time.end) is not None or _SUPPORT.search(level, label.end, time.start) is not None
    alone = _WHOLE_SENTENCE.search(level, max(0, label.start - 20), label.start) is not None
    said = time.minutes >= _LEAST_SAID and not level[time.start].isdigit()
    return (closed or short) and (alone or (_opens(level, label) and (time.start in supported or said)))


def _credible_before(level: str, each: Claimed, supported: set[int]) -> bool:
    """Say whether minutes that stand before their label are its own: an ordinary word needs them to open the clause."""
    time, named = each.time, each.label.sure or each.label.number
    if isinstance(time, Expression) and time.unit == "bare":
        return time.minutes >= _FEWEST_SAID_FIRST and (named or time.start in supported)
    return each.tight and (named or _SPENT.search(level, max(0, time.start - 12), time.start) is not None)


@cache
def _walks() -> frozenset[str]:
    """Name the codes whose primes may be feet."""
    return frozenset(label.code for label in find_labels(_GAIT))
