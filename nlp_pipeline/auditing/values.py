"""See what a line may tell whose words were not recognised: a measure, by its number; the clinician's skill, by a word of help or of a cue."""

import re
import tomllib
from functools import cache
from pathlib import Path

_NUMBER = re.compile(r"(?<![\d/])(?P<date>\d{1,2}/\d{1,2}/\d{2,4}|\d{4}-\d\d-\d\d)(?![\d/])|(?<![\d/])(?P<score>\d{1,2}/\d{1,2})(?![\d/])|\d+")
_WORD_BEFORE = re.compile(r"([a-z]+)\W{1,3}\Z")
_WORD = re.compile(r"[a-z]+")
_MONTHS, _DAYS = 12, 31


def holds_a_value(line: str) -> bool:
    """Say whether a line holds a number that is no date.

    >>> holds_a_value("Tinetti 17/28"), holds_a_value("Berg forty four"), holds_a_value("seen since 11/16"), holds_a_value("as on 01/05/2026")
    (True, True, False, False)
    """
    level = line.lower()
    numbers = (found for found in _NUMBER.finditer(level) if not found["date"] and not _is_day(level, found))
    return next(numbers, None) is not None or not _words("numbers").isdisjoint(_WORD.findall(level))


def tells_help(line: str) -> bool:
    """Say whether a line has a word of help or of a cue that is not denied.

    >>> tells_help("CGA throughout foam work"), tells_help("min A board placement"), tells_help("Two weeks ago"), tells_help("no cueing needed")
    (True, True, False, False)
    """
    return _help().search(line.lower()) is not None


@cache
def _help() -> re.Pattern[str]:
    words = "|".join(sorted(map(re.escape, _words("help") | _words("help_levels")), key=len, reverse=True))
    return re.compile(rf"(?<![a-z\-])(?<!\bno )(?<!\bnot )(?<!\bwithout )(?:{words})(?![a-z])")


def _is_day(line: str, found: re.Match[str]) -> bool:
    """Say whether a number over another is a month and a day: it may be one, and a word before it says so."""
    if not found["score"]:
        return False
    month, _, day = found["score"].partition("/")
    before = _WORD_BEFORE.search(line, 0, found.start())
    return 0 < int(month) <= _MONTHS and 0 < int(day) <= _DAYS and before is not None and before[1] in _words("before_a_day")


@cache
def _words(name: str) -> frozenset[str]:
    table = tomllib.loads(Path(__file__).with_name("values.toml").read_text("utf-8"))
    return frozenset(table[name])
