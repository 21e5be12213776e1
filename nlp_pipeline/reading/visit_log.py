"""Logs of several visits in one note: what stands under an earlier date was done then, not today."""

import re
from bisect import bisect_right
from datetime import date

from nlp_pipeline.records.facts import Status

LEAST = 3  # lines that begin with different days make a log
_DAY = re.compile(
    r"^[ \t\xa0]*(?:[-*•][ \t\xa0]*)?(?:(?P<m>\d{1,2})[/.-](?P<d>\d{1,2})[/.-](?P<y>\d{4}|\d{2})|(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2}))(?![\d/])",
    re.MULTILINE,
)
_CENTURY = 2000


class VisitLog:
    """The dated lines of a note, if there are enough of them to be a log; the visit itself is the day given, else the latest."""

    def __init__(self, text: str, today: date | None = None) -> None:
        entries = [(found.start(), day) for found in _DAY.finditer(text) if (day := _day_of(found))]
        days = {day for _, day in entries}
        self._starts = [start for start, _ in entries] if len(days) >= LEAST else []
        now = today if today in days else max(days, default=None)
        self._earlier = [day != now for _, day in entries]

    def settled(self, start: int, status: Status) -> Status:
        r"""Let the day of the entry settle what was done: in an earlier one it is past.

        >>> log = VisitLog("03/04/2025 heat\n03/06/2025 MFR\n03/08/2025 TENS")
        >>> log.settled(11, "performed"), log.settled(43, "performed")
        ('past', 'performed')
        """
        entry = bisect_right(self._starts, start) - 1
        return "past" if entry >= 0 and self._earlier[entry] and status == "performed" else status


def _day_of(found: re.Match[str]) -> date | None:
    month, day, year = (found["m"], found["d"], found["y"]) if found["m"] else (found["month"], found["day"], found["year"])
    try:
        return date(int(year) + (_CENTURY if len(year) == 2 else 0), int(month), int(day))
    except ValueError:
        return None
