"""The words of an audit report, and how its figures are written."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from hashlib import sha256
from importlib import resources
from typing import Any

from nlp_pipeline.records.audit_papers import AuditPapers
from nlp_pipeline.reporting.audit_sheets import money

NOT_STATED = "not stated"
MONTHS = 12
LAST_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


@dataclass(frozen=True, slots=True)
class CategoryWords:
    """How a category is told: its title, the strength its absence shows, the element a note would hold, and what may be done."""

    title: str
    group: str
    element: str
    action: str


@dataclass(frozen=True, slots=True)
class Clock:
    """A term that counsel will ask about, with its source."""

    title: str
    since: date
    text: str
    source: str
    mark: str


@dataclass(frozen=True, eq=False)
class Names:
    """What visits, patients and therapists are called in a report: by number, unless all is shown."""

    visits: Mapping[str, str]
    therapists: Mapping[str, str]
    patients: Mapping[str, str]
    masked: bool

    def visit(self, name: str) -> str:
        """Name a visit."""
        return self.visits.get(name, name)

    def therapist(self, name: str | None) -> str:
        """Name a therapist."""
        return self.therapists.get(name, name) if name else NOT_STATED

    def patient(self, name: str | None) -> str:
        """Name a patient."""
        return self.patients.get(name, name) if name else NOT_STATED

    def speak(self, told: str) -> str:
        """Tell a sentence with numbers in place of the names in it."""
        return _pattern(self).sub(lambda found: {**self.visits, **self.patients, **self.therapists}[found[0]], told) if self.masked else told


def names_of(papers: AuditPapers, masked: bool) -> Names:
    """Give numbers in an order that tells nothing about the names and is the same each time."""
    if not masked:
        return Names({}, {}, {}, masked)
    units = papers.universe.units if papers.universe else ()
    return Names(
        visits=_numbered("Visit", [*(each.id for each in papers.visits), *(each.id for each in units)]),
        therapists=_numbered("Therapist", [*(each.therapist or "" for each in papers.visits), *(each.therapist for each in units)]),
        patients=_numbered("Patient", [*(each.patient or "" for each in papers.visits), *(each.patient for each in units)]),
        masked=masked,
    )


@cache
def words() -> Mapping[str, Any]:
    """Read `audit_report.toml`."""
    return tomllib.loads(resources.files("nlp_pipeline.reporting").joinpath("audit_report.toml").read_text("utf-8"))


@cache
def categories() -> Mapping[str, CategoryWords]:
    """Give the words of every category."""
    return {name: CategoryWords(**each) for name, each in words()["categories"].items()}


def category_title(name: str) -> str:
    """Give a category's title; one that is not ours, as reviewers may write it, stays as it is."""
    return categories()[name].title if name in categories() else name


def clocks() -> tuple[Clock, ...]:
    """Give the terms that counsel will ask about."""
    return tuple(Clock(**each) for each in words()["clocks"])


def amount(value: Decimal | None) -> str:
    """Write an amount, or a dash where there is none.

    >>> amount(None), amount(Decimal("12.5"))
    ('–', '$12.50')
    """
    return "–" if value is None else money(value)


def count(number: int) -> str:
    """Write a count with commas."""
    return f"{number:,}"


def months_later(day: date, months: int) -> date:
    """Give the same day some months on, or that month's last.

    >>> months_later(date(2026, 11, 30), 3)
    datetime.date(2027, 2, 28)
    """
    year, month = divmod(day.year * MONTHS + day.month - 1 + months, MONTHS)
    leap = month == 1 and (year % 4 == 0 and (year % 100 != 0 or year % 400 == 0))
    return date(year, month + 1, min(day.day, LAST_DAYS[month] + leap))


@cache
def _pattern(names: Names) -> re.Pattern[str]:
    """Match any name where it stands as a word of its own, the longest first."""
    known = sorted({*names.therapists, *names.patients, *names.visits}, key=lambda name: (-len(name), name))
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, known)) or '(?!)'})(?!\w)")


def in_order(name: str) -> tuple[int, str]:
    """Put numbered names in the order of their numbers."""
    return len(name), name


def _numbered(word: str, names: Iterable[str]) -> dict[str, str]:
    ranked = sorted(set(names) - {""}, key=lambda name: sha256(f"{word} {name}".encode()).digest())
    return {name: f"{word} {number}" for number, name in enumerate(ranked, 1)}
