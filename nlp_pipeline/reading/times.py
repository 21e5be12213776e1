"""Find every expression of a length of time: digits, words, primes, slips of the keyboard and of the scanner."""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Literal, NamedTuple

from nlp_pipeline.reading.lexicon import read_lexicon
from nlp_pipeline.reading.numerals import SPELT, spelt_number

Unit = Literal["minute", "hour", "second", "bare"]

# "x3 min A" is three times with minimal assistance
_NO_MINUTE = (
    r"(?!mini\b|min[ ]a(?:[ ]?(?:[;,.)\n/|]|\Z|(?:for|with|w/|at|to|of|x|due|first|last|second(?![ ]time)|third|then|and|r|l|right|left|"
    r"both)\b)|ssist))"
)
_MINUTE = (
    rf"{_NO_MINUTE}(?:m(?:in(?:ute)?s?\b(?:\(s\))?|(?=[a-z]*[iu])(?=[a-z]*n)[inutes]{{2,8}}\b|n?s?\b(?![/²]))|"
    r"rnin(?:ute)?s?\b|mlns?\b|mim\b|'(?!'))"
)
_HOUR = r"(?:h(?:ou)?rs?\b|h\b)"
_SECOND = r"(?:s(?:ec(?:ond)?s?)?\b|(?<!\"\d)(?<!\"\d\d)\"|'')"
_TAIL = rf"(?:[ ]of (?:those|these|the|which))?[ \-]?(?:(?P<minute>{_MINUTE})|(?P<hour>{_HOUR})|(?P<second>{_SECOND}))"
# It is tried where a number starts; what may not stand before is looked at from behind the first digit.
_DIGITS = (
    rf"(?P<whole>\d(?:(?<![\w/$#+]\d)(?<!\d[.:]\d)|(?<=\bx\d)|(?<=\dx\d)|(?<=\d{{5}}/\d)|"
    rf"(?<=[a-z]{{2}}\d)(?=\d{{0,2}}[ ]?min))\d{{0,2}}+)(?P<part>\.\d{{1,2}}|:\d\d(?=[ ]?min)|"
    rf"[ ]?[½¼¾]|[ ]1/2)?{_TAIL}"
)
_ODD = re.compile(rf"(?<![\w.:/$#+])(?:(?P<half>[½¼¾]|1/2)|(?P<scan>[lio]{{1,2}}\d|\d[lio]{{1,2}}|[li]o)(?=[ ]?{_MINUTE})){_TAIL}")
_ODD_HINT = r"\d(?:(?<=[lio]\d)|\d*(?:[lio]|(?<=1)/2))"
_FRACTIONS = frozenset("½¼¾")
_LOW = re.compile(r"(?<![\w.:/$#+])\d{1,3}[ ]?(?:-|to)[ ]?\Z")
_WORDS = re.compile(
    rf"(?:(?P<hours>(?:an|one) hour|half an hour|(?:a )?half[ -]hour|(?:a )?quarter of an hour|three[ -]quarters of an hour|{SPELT} hours)\b"
    rf"(?: and (?:a (?P<more>half|quarter)|(?P<plus>{SPELT}))\b(?: min(?:ute)?s?)?)?"
    rf"|(?P<spelt>{SPELT}|an?|a couple of)(?:[ ]of (?:those|these|the|which))?[ \-](?:timed |billable |treatment )?"
    rf"(?:(?P<minute>{_MINUTE})|(?P<second>seconds?)))\b"
)
_REST_OF_HOUR = re.compile(rf"[ ,]{{1,2}}(?:and[ ])?(\d{{1,2}})[ ]?{_MINUTE}|[ ](\d{{2}})(?=[ ,.)\n]|\Z)")
_REST_OF_MINUTE = re.compile(r"[ ]?(?:and[ ])?(\d{1,2})[ ]?(?:s(?:ec(?:ond)?s?)?\b|\")")
_HELP = re.compile(r"[ ]a[ ](?!second\b)[a-z]+")
_LASTING = ("for ", "per ", "every ", "once ", "about ", "half ", "within ", "than ", " in ")
_MOST_MINUTES, _MOST_TIMES = 60, 7
_FRACTION = {"½": 0.5, "¼": 0.25, "¾": 0.75, "1/2": 0.5}
_NO_UNIT = re.compile(
    r"[ ]?(?:x[ ]?\d|x\b|units?\b|u\b|ft\b|feet|foot|reps?\b|deg|lbs?\b|kg\b|cm\b|mm|in\b|inch|sets?\b|times\b|"
    r"visits?\b|steps?\b|stairs?\b|yo\b|y/o|yrs?\b|years?|wks?\b|weeks?|days?\b|months?|hz\b|mhz|khz|pps|bpm|mmhg|"
    r"rpm|mph|percent|points?|met(?:er|re)s?\b|yards?|laps?\b|blocks?\b|pounds?|degrees?|levels?\b|trials?\b|of\b[ ]\d|"
    r"each\b|ea\b|flights?|hrs?\b|sec)"
)
_BARE = re.compile(
    r"\d(?:(?<![\w/$#+%']\d)(?<!\d[.:\"-]\d)|(?<=\d{5}[/-]\d)|(?<=[a-z0-9][ ]x\d)(?=\d))\d{0,2}+"
    r"(?![\w%#°'+]|[:.]\d|/\d(?![ ]?u)|\"(?<!\"\d\d\")(?<!\"\d\")|[ ]?[½°%#]|-\d)"
    rf"(?!{_NO_UNIT.pattern})"
)
_NUMBER = re.compile(rf"(?P<timed>{_DIGITS})|(?P<bare>{_BARE.pattern})|(?P<odd>{_ODD_HINT})")
_SPELT_ALONE = re.compile(rf"{SPELT}\b(?!-)")


class Expression(NamedTuple):
    """A length of time at a place. `vague` marks a range or a rate, which bills nothing; `prime` one written with a prime, which may be feet."""

    start: int
    end: int
    minutes: float
    unit: Unit
    vague: bool = False
    prime: bool = False


def find_times(text: str, digits: Sequence[int], numbers: Sequence[int]) -> tuple[list[Expression], list[Expression]]:
    """Find the lengths of time that carry their unit, and the numbers without one, of which only their place can make minutes.

    Both come in order; `digits` and `numbers` is where numbers start.
    """
    found: list[Expression] = []
    bare: list[Expression] = []
    odd = " lo " in text or " io " in text or (not text.isascii() and not _FRACTIONS.isdisjoint(text))
    for at in digits:
        match = _NUMBER.match(text, at)
        if match is None:
            continue
        kind = match.lastgroup
        if kind == "timed":
            each = _from_digits(text, match, None)
            found.append(each)
            if not each.minutes and (match := _BARE.match(text, at)):
                bare.append(Expression(at, match.end(), 0, "bare"))
        elif kind == "bare":
            bare.append(Expression(at, match.end(), int(match[0]), "bare"))
        else:
            odd = True
    if odd:
        found += [_from_digits(text, match, match["half"] or match["scan"]) for match in _ODD.finditer(text)]
    if numbers:
        found += [_from_words(text, match) for at in numbers if (match := _WORDS.match(text, at)) and not _counts_on(text, match)]
        bare += _spelt(text, numbers)
        bare.sort()
    found.sort()
    kept: list[Expression] = []
    for each in found:
        if each.minutes > 0 and (not kept or each.start >= kept[-1].end) and not _is_help(text, each):
            kept.append(each)
    return kept, bare


def _counts_on(text: str, match: re.Match[str]) -> bool:
    """Say whether "a second" counts on ("min A second set", "a second trial") and is no length of time ("held for a second")."""
    return match["second"] is not None and match["spelt"] in ("a", "an") and not text.endswith(_LASTING, 0, match.start())


def _is_help(text: str, time: Expression) -> bool:
    """Say whether "min a" behind a small number or an "x" is help ("x 10 min A board placement"), and no time for each of something ("5 min a side")."""
    if time.minutes > _MOST_TIMES and text[time.start - 1 : time.start] != "x":
        return False
    found = _HELP.match(text, time.end) if text.endswith("min", time.start, time.end) else None
    return found is not None and found[0].rpartition(" ")[2] not in _shared_out()


@cache
def _shared_out() -> frozenset[str]:
    """Name what a time may be told for each of ("10 min a day")."""
    return frozenset(read_lexicon("time")["shared_out"])


def _spelt(text: str, numbers: Sequence[int]) -> Iterator[Expression]:
    """Find the numbers in words without a unit."""
    end = 0
    for at in numbers:
        if at >= end and text[at + 1 : at + 2] != " " and (spelt := _SPELT_ALONE.match(text, at)) and not _NO_UNIT.match(text, spelt.end()):
            end = spelt.end()
            yield Expression(at, end, spelt_number(spelt[0]), "bare")


def _closed(text: str, end: int) -> int:
    """Take in the full stop of an abbreviation where the sentence plainly goes on."""
    return end + 1 if text[end : end + 1] == "." and text[end + 1 : end + 2] in tuple(",;:)") else end


def _from_digits(text: str, match: re.Match[str], odd: str | None) -> Expression:
    start, end = match.span()
    if odd:
        amount = _FRACTION.get(odd) or float(odd.replace("l", "1").replace("i", "1").replace("o", "0"))
    else:
        amount = float(match["whole"])
        if part := match["part"]:
            amount += float(part) if part[0] == "." else int(part[1:]) / 60 if part[0] == ":" else _FRACTION[part.strip()]
    low = _LOW.search(text, max(0, start - 8), start)
    start = low.start() if low else start
    if match["second"]:
        return Expression(start, end, round(amount / 60, 3), "second", low is not None)
    if match["hour"]:
        more = _REST_OF_HOUR.match(text, end)
        return Expression(start, more.end() if more else end, amount * 60 + (float(more[1] or more[2]) if more else 0), "hour", low is not None)
    if (more := _REST_OF_MINUTE.match(text, end)) and text[end - 1] != "'":
        return Expression(start, more.end(), round(amount + int(more[1]) / 60, 3), "minute", low is not None)
    far = amount > _MOST_MINUTES and (match["minute"] == "'" or match["minute"] == "m")  # feet or metres
    return Expression(start, _closed(text, end), amount, "minute", low is not None or far, match["minute"] == "'")


def _from_words(text: str, match: re.Match[str]) -> Expression:
    hours, spelt = match["hours"], match["spelt"]
    if hours is None:
        amount = float(spelt_number(spelt)) or (2.0 if "couple" in spelt else 1.0)
        return Expression(match.start(), match.end(), round(amount / 60, 3) if match["second"] else amount, "second" if match["second"] else "minute")
    if "quarter" in hours:
        minutes = 45.0 if hours.startswith("three") else 15.0
    elif "half" in hours:
        minutes = 30.0
    else:
        minutes = 60.0 * (spelt_number(hours.removesuffix("hours").strip()) if hours.endswith("hours") else 1)
    if match["more"]:
        minutes += 30 if match["more"] == "half" else 15
    if match["plus"]:
        minutes += spelt_number(match["plus"])
    return Expression(match.start(), match.end(), minutes, "hour")
