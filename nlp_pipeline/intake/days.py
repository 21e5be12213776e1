"""Dates of service as exports write them."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

from nlp_pipeline.intake.recognition import recognition

TIME_OF_DAY = re.compile(r"[T ,]+\d{1,2}:\d{2}.*$")
NUMERIC = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d{2})")
SERIAL = re.compile(r"[345]\d{4}(?:\.\d+)?")  # 1982 to 2064
STAMP = re.compile(r"(\d{8})(?:\d{4}|\d{6})?(?:\.\d+)?(?:[+-]\d{4})?")  # the form of messages: day, then time, then zone
WORKSHEET_EPOCH = date(1899, 12, 30)  # day 0 as spreadsheets count, their 29 February 1900 allowed for
CENTURY = 2000
MONTHS = 12


@dataclass(frozen=True, slots=True)
class Day:
    """A date as understood; `notice` says when the writing left room for another reading."""

    date: date
    notice: str | None = None


@lru_cache(maxsize=4096)
def read_day(text: str, *, day_first: bool = False) -> Day | None:
    """Read a date: ISO, month/day/year as the United States write it, or with the month's name; None if it is none.

    `day_first` says that the export is known to write the day before the month. Numbers of a worksheet that count days are dates too.

    >>> read_day("2026-03-02T10:15:00"), read_day("3/2/26"), read_day("27.3.2026"), read_day("soon")
    (Day(date=datetime.date(2026, 3, 2), notice=None), Day(date=datetime.date(2026, 3, 2), notice='date-read-month-first'),
    Day(date=datetime.date(2026, 3, 27), notice='date-read-day-first'), None)
    """
    bare = TIME_OF_DAY.sub("", text.strip())
    if numeric := NUMERIC.fullmatch(bare):
        return _numeric_day((int(numeric[1]), int(numeric[3]), int(numeric[4])), day_first)
    if SERIAL.fullmatch(bare):
        return Day(WORKSHEET_EPOCH + timedelta(days=int(float(bare))), "date-read-from-serial")
    if stamp := STAMP.fullmatch(bare):
        bare = stamp[1]
    for form in ("%Y-%m-%d", *recognition().date_formats):
        try:
            return Day(datetime.strptime(bare, form).date())
        except ValueError:
            continue
    return None


def _numeric_day(written: tuple[int, int, int], known_day_first: bool) -> Day | None:
    first, second, year = written
    month, day, notice = (second, first, None) if known_day_first else (first, second, None)
    if not known_day_first:
        if first > MONTHS:
            month, day, notice = second, first, "date-read-day-first"
        elif second <= MONTHS and first != second:
            notice = "date-read-month-first"
    try:
        return Day(date(year if year > 99 else CENTURY + year, month, day), notice)
    except ValueError:
        return None
