"""Dates of service as exports write them."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from nlp_pipeline.intake.recognition import recognition

TIME_OF_DAY = re.compile(r"[T ,]+\d{1,2}:\d{2}.*$")
NUMERIC = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d{2})")
CENTURY = 2000
MONTHS = 12


@dataclass(frozen=True, slots=True)
class Day:
    """A date as understood; `notice` says when the writing left room for another reading."""

    date: date
    notice: str | None = None


@lru_cache(maxsize=4096)
def read_day(text: str) -> Day | None:
    """Read a date: ISO, month/day/year as the United States write it, or with the month's name; None if it is none.

    >>> read_day("2026-03-02T10:15:00"), read_day("3/2/26"), read_day("27.3.2026"), read_day("soon")
    (Day(date=datetime.date(2026, 3, 2), notice=None), Day(date=datetime.date(2026, 3, 2), notice='date-read-month-first'),
    Day(date=datetime.date(2026, 3, 27), notice='date-read-day-first'), None)
    """
    bare = TIME_OF_DAY.sub("", text.strip())
    if numeric := NUMERIC.fullmatch(bare):
        return _numeric_day(int(numeric[1]), int(numeric[3]), int(numeric[4]))
    for form in ("%Y-%m-%d", *recognition().date_formats):
        try:
            return Day(datetime.strptime(bare, form).date())
        except ValueError:
            continue
    return None


def _numeric_day(first: int, second: int, year: int) -> Day | None:
    month, day, notice = first, second, None
    if first > MONTHS:
        month, day, notice = second, first, "date-read-day-first"
    elif second <= MONTHS and first != second:
        notice = "date-read-month-first"
    try:
        return Day(date(year if year > 99 else CENTURY + year, month, day), notice)
    except ValueError:
        return None
