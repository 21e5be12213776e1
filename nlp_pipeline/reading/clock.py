"""Find clock intervals: twelve or twenty-four hours, with or without a colon, across noon and midnight, side by side or as time in and time out."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from nlp_pipeline.reading.numerals import spelt_number

_TIME = r"(?P<{0}h>\d{1}\d?)(?::(?P<{0}c>\d\d)|(?P<{0}n>\d\d))?(?:[ ]?(?P<{0}m>[ap])(?:\.?m\.?)?(?![a-z]))?"
_FRESH = r"(?<![\d:./$-]\d)"
_SIGN = r"[ ]?(?:-{1,2}|/|;|,|to|until|till?|thru|through|>|(?<=between \d:\d\d )and|(?<=between \d\\d:\d\d )and)[ ]?"
_OUT = (
    r"[ ,.;|)\n*\"'/]{0,8}(?:and[ ]|&[ ])?(?:(?:time|clock|pt|ot|visit|session|treatment|tx|pm|am)[ _:\-]{1,2}){0,2}"
    r"(?:out|stop(?:ped|s)?|end(?:ed|s|ing)?|finish(?:ed)?|off|done|left)(?:[ _](?:time|at|of[ ](?:visit|session|treatment|tx)))*[ :=@\-.\"|,]{0,5}"
)
_NOT_CLOCK = r"(?![\d/%]|:\d|[ ]?(?:reps|ft|deg|lbs?)\b|\.\d)"
_INTERVAL = re.compile(rf"{_TIME.format('a', _FRESH)}(?P<between>{_SIGN}|{_OUT}){_TIME.format('b', '')}{_NOT_CLOCK}")
_CLOCK = re.compile(r"\d(?:\d?:\d\d|\d\d\d?(?!\d)|\d{0,3}[ ]?[ap](?:\.?m|(?![a-z])))")
_WORD_BEFORE = re.compile(r"[a-z][ ]\Z")
_ENTRY = re.compile(r"(?:in|out|stop|end|start|started|starts|began|begin|begins|from|seen|time|at|of visit)[ _:=@\-.]{0,4}\Z|[|][ ]?\Z")
_HOUR = r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen)"
_MINUTE = (
    r"(?:(?:oh|o)[ -][a-z]+|(?:twenty|thirty|forty|fifty)(?:[ -](?:one|two|three|four|five|six|seven|eight|nine))?|"
    r"ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|o'clock|hundred)"
)
_SPOKEN = re.compile(
    rf"(?P<ah>{_HOUR})[ -](?P<am>{_MINUTE})(?:[ ](?:to|until|till|through)[ ]|,?[ ](?:and[ ])?(?:time[ ])?"
    rf"(?:out|ended|ending|finished|stopped|left|done)(?:[ ]at)?[ ])"
    rf"(?:(?P<bh>{_HOUR})[ -](?P<bm>{_MINUTE})|(?P<bo>{_MINUTE}))\b"
)
_FEWEST_SPOKEN, _FULL_DIGITS, _FARTHEST = 2, 4, 120
_HALF_DAY, _DAY, _LONGEST, _FIRST_YEAR, _LAST_YEAR = 720, 1440, 300, 1950, 2035


class Interval(NamedTuple):
    """A stretch of the clock in minutes after midnight; `loose` is set for three digits without colon, which may be degrees."""

    start: int
    end: int
    opens: int
    closes: int
    loose: bool = False

    @property
    def minutes(self) -> int:
        """Tell how long it is."""
        return self.closes - self.opens


def find_intervals(text: str, digits: Sequence[int], numbers: Sequence[int]) -> list[Interval]:
    """Find the clock intervals of a levelled text in order, none longer than a treatment can be; `digits` and `numbers` is where numbers start."""
    found: list[Interval] = []
    clocks = [at for at in digits if _CLOCK.match(text, at)]
    end = following = 0
    for at in digits if clocks else ():
        while following < len(clocks) and clocks[following] <= at:
            following += 1
        if following == len(clocks):
            break
        match = _INTERVAL.match(text, at) if at >= end and clocks[following] - at < _FARTHEST else None
        interval = _read(text, match) if match else None
        if interval:
            found.append(interval)
            end = interval.end
    if len(numbers) >= _FEWEST_SPOKEN:
        found = sorted([*found, *_spoken(text, numbers)])
    return found


def _read(text: str, match: re.Match[str]) -> Interval | None:
    """Make an interval of two clock times, if that is what they are."""
    entered = _ENTRY.search(text, max(0, match.start() - 12), match.start()) is not None
    ends = [(int(match[side + "h"]), int(match[side + "c"] or match[side + "n"] or 0), match[side + "m"]) for side in "ab"]
    if any(hour > 24 or minute > 59 for hour, minute, _ in ends) or not _both_clock(match, entered):
        return None
    digits = [match[side + "h"] + (match[side + "n"] or "") for side in "ab"]
    written = any(match[side + part] for side in "ab" for part in "cm")
    full_day = any((len(each) == 4 and each[0] == "0") or each[0] == "0" or end[0] > 12 for each, end in zip(digits, ends, strict=True))
    opens, closes = _minutes(ends[0], ends[1][2]), _minutes(ends[1], None)
    step = _DAY if full_day or (ends[0][2] and ends[1][2]) else _HALF_DAY
    while closes <= opens:
        closes += step
    if ends[0][2] is None and ends[1][2] and closes - opens > _HALF_DAY:
        closes -= _HALF_DAY
    loose = not written and not entered and max(map(len, digits)) < _FULL_DIGITS
    return Interval(match.start(), match.end(), opens, closes, loose) if closes - opens <= _LONGEST else None


def _both_clock(match: re.Match[str], entered: bool) -> bool:
    """Say whether both ends are clock times: minutes or a half of the day on each, and no years."""
    if not (match["bc"] or match["bn"] or match["bm"]):
        return False
    if not (match["ac"] or match["an"] or match["am"]) and not (match["bm"] and match["bc"]):
        return False
    between = match["between"].strip()
    if between in (",", "/", ";"):  # without a word of coming and going two clock times side by side may be how long two tries took
        return bool(match["ac"] and match["bc"]) and (
            entered or bool(match["am"] or match["bm"]) or not _WORD_BEFORE.search(match.string, max(0, match.start() - 2), match.start())
        )
    if match["an"] and match["bn"] and between == "-" and not entered:
        return not all(_FIRST_YEAR <= int(match[side + "h"] + match[side + "n"]) <= _LAST_YEAR for side in "ab")
    return True


def _minutes(end: tuple[int, int, str | None], other_half: str | None) -> int:
    """Count the minutes after midnight; an end without a half of the day takes the other's, unless that turns the interval round."""
    hour, minute, half = end
    if half:
        return (hour % 12 + (12 if half == "p" else 0)) * 60 + minute
    if other_half and hour <= 12:
        return (hour % 12 + (12 if other_half == "p" and hour not in (10, 11) else 0)) * 60 + minute
    return hour * 60 + minute


def _spoken(text: str, numbers: Sequence[int]) -> Iterator[Interval]:
    for match in filter(None, (_SPOKEN.match(text, at) for at in numbers)):
        opens = spelt_number(match["ah"]) * 60 + spelt_number(match["am"].replace("oh", ""))
        closes = spelt_number(match["bh"] or match["ah"]) * 60 + spelt_number((match["bm"] or match["bo"]).replace("oh", ""))
        while closes <= opens:
            closes += _HALF_DAY
        if closes - opens <= _LONGEST:
            yield Interval(match.start(), match.end(), opens, closes)
