"""A rule's values over the years: each from a day on, each with its source."""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Generic, Self, TypeVar

from nlp_pipeline.errors import RuleFileRefused, RuleNotInForce

T = TypeVar("T")

MARKS = ("V", "K", "C", "D")  # read in the source, known but not confirmed, sources conflict, worked out here


@dataclass(frozen=True, slots=True)
class DatedValue(Generic[T]):
    """One line of a history: what holds from `since` until the next line; `known` is the day it was published, where that is not the same."""

    since: date
    value: T
    source: str
    mark: str
    known: date | None = None


@dataclass(frozen=True, slots=True)
class History(Generic[T]):
    """All values of one rule, oldest first."""

    rule: str
    values: tuple[DatedValue[T], ...]

    def on(self, day: date | None, known_on: date | None = None) -> DatedValue[T]:
        """Give the value in force on a day, or the newest where the day is not known; of two clocks, `known_on` leaves out what was published later.

        >>> threshold = History("threshold", (DatedValue(date(2025, 1, 1), 10, "", "V"), DatedValue(date(2026, 1, 1), 12, "", "V")))
        >>> threshold.on(date(2025, 12, 31)).value, threshold.on(date(2026, 1, 1)).value, threshold.on(None).value
        (10, 12, 12)
        """
        lines = self.values if known_on is None else [line for line in self.values if (line.known or line.since) <= known_on]
        held = next((line for line in reversed(lines) if day is None or line.since <= day), None)
        if held is None:
            raise RuleNotInForce(self.rule, day or known_on or date.max, (self.values[0].known if known_on else None) or self.values[0].since)
        return held


@dataclass(frozen=True, slots=True)
class Entry:
    """One table of a rule file, and where it stands, so that whatever is wrong with it can be named."""

    path: Path
    place: str
    values: Mapping[str, Any]

    def check_keys(self, needed: frozenset[str], optional: frozenset[str] = frozenset()) -> Self:
        """Refuse an entry with a missing key, an unknown one, or an empty source."""
        for kind, keys in (("lacks", needed - self.values.keys()), ("has the unknown key", self.values.keys() - needed - optional)):
            if keys:
                raise self.refusal(f"{kind} {', '.join(sorted(keys))}")
        if "source" in needed and not str(self.values["source"]).strip():
            raise self.refusal("has an empty source")
        if "mark" in needed and self.values["mark"] not in MARKS:
            raise self.refusal(f"has the mark {self.values['mark']!r}, which is none of {' '.join(MARKS)}")
        return self

    def one_of(self, key: str, words: tuple[str, ...]) -> Any:
        """Give the value of a key that takes one of a few words."""
        if self.values[key] not in words:
            raise self.refusal(f"has the {key} {self.values[key]!r}, which is none of {', '.join(words)}")
        return self.values[key]

    def switch(self, key: str) -> bool:
        """Give the value of a key that is true or left out."""
        found = self.values.get(key, False)
        if type(found) is not bool:
            raise self.refusal(f"has the {key} {found!r}, which is neither true nor false")
        return found

    def day(self, key: str) -> date | None:
        """Give the day under a key that may be left out."""
        day = self.values.get(key)
        if day is not None and type(day) is not date:
            raise self.refusal(f"has a {key} that is not a day")
        return day

    def tables(self, key: str, name: str = "since") -> tuple["Entry", ...]:
        """Give the tables of a list, each named by one of its own values."""
        found = self.values.get(key)
        if not isinstance(found, list) or not found or not all(isinstance(each, dict) for each in found):
            raise self.refusal(f"has no list of tables {key!r}")
        return tuple(Entry(self.path, f"{self.place} {key} {each.get(name, number)}".strip(), each) for number, each in enumerate(found, 1))

    def refusal(self, what: str) -> RuleFileRefused:
        """Make the error that names this entry and what is wrong with it."""
        return RuleFileRefused(self.path, f"{self.place} {what}".strip())


def read_file(path: Path) -> Entry:
    """Read a rule file as one entry."""
    try:
        return Entry(path, "", tomllib.loads(path.read_text("utf-8"), parse_float=Decimal))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as wrong:
        raise RuleFileRefused(path, f"cannot be read ({wrong})") from wrong


def history_of(rule: str, entry: Entry, value: Callable[[Entry], T], key: str = "value", optional: frozenset[str] = frozenset()) -> History[T]:
    """Read the `values` of an entry; the days must rise."""
    lines: list[DatedValue[T]] = []
    for each in entry.tables("values"):
        each.check_keys(frozenset({"since", key, "source", "mark"}), optional | {"known"})
        since = each.day("since")
        if since is None or (lines and since <= lines[-1].since):
            raise each.refusal("does not come after the day before it")
        lines.append(DatedValue(since, value(each), each.values["source"], each.values["mark"], each.day("known")))
    return History(rule, tuple(lines))


def read_history(path: Path) -> History[int]:
    """Read the history of one whole number from its file; the file's name is the rule's."""
    entry = read_file(path).check_keys(frozenset({"label", "unit", "applies_to", "values"}))
    return history_of(path.stem, entry, whole_number)


def read_amounts(path: Path) -> History[Decimal]:
    """Read the history of one amount or share from its file; the file's name is the rule's."""
    entry = read_file(path).check_keys(frozenset({"label", "unit", "applies_to", "values"}))
    return history_of(path.stem, entry, amount)


def amount(entry: Entry) -> Decimal:
    """Give the value of a line that must be written with its decimals, and not below zero."""
    found = entry.values["value"]
    if not isinstance(found, Decimal) or found < 0:
        raise entry.refusal(f"has the value {found!r}, which is no amount with decimals")
    return found


def whole_number(entry: Entry) -> int:
    """Give the value of a line that must be a whole number above zero."""
    found = entry.values["value"]
    if type(found) is not int or found < 1:
        raise entry.refusal(f"has the value {found!r}, which is no whole number above zero")
    return found
