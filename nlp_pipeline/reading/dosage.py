"""Read how much of an exercise was prescribed from the words that follow it."""

import re

from nlp_pipeline.records.facts import Dosage

REACH = 60  # characters after an intervention in which its dosage stands

_TOLD = re.compile(r"\d|band| [Tt][Bb]")
_SETS_REPS = re.compile(r"(?<![\d.])(\d{1,2}) ?(?:x|×|sets? (?:of|x)) ?(\d{1,3})(?![\d:/.]*\d| ?(?:ft|feet|m\b|lb|#|kg|min|h))", re.I)
_REPS = re.compile(r"(?:(?<![\w.])[x×] ?(\d{1,3})(?!\d)|(?<![\d.x×])(\d{1,3}) ?(?:reps?|times|ea\b|each\b))(?! ?(?:ft|feet|min|s\b|sec|lb|#|'))", re.I)
_SETS = re.compile(r"(?<![\d.])(\d{1,2}) ?sets?\b", re.I)
_HOLD = re.compile(r"(?<![\d.:])(\d{1,3}) ?-?(?:s|sec|secs|seconds?|\"|″|”)(?![\w])", re.I)
_MINUTES = re.compile(r"(?<![\d.:])(\d{1,3}(?:\.\d)?) ?-?(?:min|mins|minutes?|'|′|’)(?![\w])", re.I)
_LOAD = re.compile(
    r"(?<![\d.])(\d{1,3}(?:\.\d)?) ?(?:lbs?|#|kg|pounds?)(?![\w])|\b(?:yellow|red|green|blue|black|grey|gray|silver|gold) (?:tb|theraband|band|tubing|putty)\b",
    re.I,
)


def read_dosage(text: str, end: int, limit: int) -> Dosage | None:
    """Read the dosage that stands between the end of an intervention and `limit`, on the same line; None where none is told.

    >>> read_dosage("SLS on foam 3x30s", 11, 17)
    Dosage(sets=3, reps=None, hold_seconds=30.0, minutes=None, load=None)
    >>> read_dosage("LAQ 2x10, 3# B", 3, 14)
    Dosage(sets=2, reps=10, hold_seconds=None, minutes=None, load='3#')
    """
    piece = text[end : min(limit, end + REACH)].partition("\n")[0]
    if not _TOLD.search(piece):
        return None
    hold, minutes, load = _HOLD.search(piece), _MINUTES.search(piece), _LOAD.search(piece)
    both = _SETS_REPS.search(piece)
    sets = int(both[1]) if both else _number(_SETS.search(piece))
    reps = int(both[2]) if both else _number(_REPS.search(piece))
    if both and ((hold and hold.start(1) == both.start(2)) or (minutes and minutes.start(1) == both.start(2))):
        reps = None
    if not (sets or reps or hold or minutes or load):
        return None
    return Dosage(sets, reps, float(hold[1]) if hold else None, float(minutes[1]) if minutes else None, load.group() if load else None)


def _number(found: re.Match[str] | None) -> int | None:
    return int(next(group for group in found.groups() if group)) if found else None
