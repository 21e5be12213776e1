"""The wording and the limits of everything that is asked of many notes together, read from charts.toml."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Self, get_args

from nlp_pipeline.errors import RuleFileRefused
from nlp_pipeline.records.chart import Direction
from nlp_pipeline.records.finding import Severity

SHIPPED = Path(__file__).with_name("charts.toml")
MARKS = frozenset("VKCD")
_VALUE = r"[^\d\n]{0,24}(\d++(?:\.\d++)?)(?!\s*(?:x|×|reps?\b|sets?\b)|\s*[-+]?\s*/\s*5\b)"  # no sets, no repetitions, no grade of strength


@dataclass(frozen=True, slots=True)
class ChartWording:
    """How one finding across notes is told; `question` is what to ask, where there is more than the remedy."""

    severity: Severity
    message: str
    source: str
    mark: str
    remedy: str
    question: str


@dataclass(frozen=True, slots=True)
class PatternWording:
    """How a finding is told of many visits, by several therapists or by one; `by_code` where each code is told apart."""

    many: str
    one: str
    direction: Direction
    by_code: bool


@dataclass(frozen=True, slots=True)
class DatedLimit:
    """A limit that holds from a day on."""

    since: date
    value: int
    source: str
    mark: str


@dataclass(frozen=True)
class ChartWords:
    """Everything that charts.toml says."""

    findings: Mapping[str, ChartWording]
    patterns: Mapping[str, PatternWording]
    rules: Mapping[str, tuple[DatedLimit, ...]]
    thresholds: Mapping[str, float]
    phrases: Mapping[str, Any]
    telling: Mapping[str, Any]
    numbers: tuple[str, ...]
    path: Path = SHIPPED
    _sets: dict[str, frozenset[str]] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def load(cls, path: Path = SHIPPED) -> Self:
        """Read the file, or say what is wrong with it."""
        try:
            return cls._from(tomllib.loads(path.read_text("utf-8")), path)
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as wrong:
            raise RuleFileRefused(path, f"cannot be read ({wrong})") from wrong
        except (KeyError, TypeError, ValueError) as wrong:
            raise RuleFileRefused(path, f"has an entry that is missing, unknown or of another kind ({wrong})") from wrong

    @classmethod
    def _from(cls, table: dict[str, Any], path: Path) -> Self:
        told = dict(table["patterns"])
        patterns = {code: PatternWording(**each) for code, each in told.pop("of").items()}
        findings = {code: ChartWording(**each) for code, each in table["findings"].items()}
        rules = {name: tuple(DatedLimit(**line) for line in lines) for name, lines in table["rules"].items()}
        for code, wording in findings.items():
            empty = [each.name for each in fields(wording) if not getattr(wording, each.name) and each.name != "question"]
            if empty or wording.severity not in get_args(Severity) or wording.mark not in MARKS:
                raise ValueError(code)
        for name, lines in rules.items():
            days = [line.since for line in lines]
            if not days or days != sorted(set(days)) or any(line.mark not in MARKS or not line.source for line in lines):
                raise ValueError(name)
        if wrong := [code for code, pattern in patterns.items() if pattern.direction not in get_args(Direction)]:
            raise ValueError(", ".join(wrong))
        thresholds = {name: float(line["value"]) for name, line in table["thresholds"].items() if line["source"] and line["mark"] in MARKS}
        return cls(findings, patterns, rules, thresholds, table["phrases"], told, tuple(table["numbers"]), path)

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel to another process as the name of the file, which is read there once."""
        return _read_once, (self.path,)

    def rule(self, name: str, day: date) -> int | None:
        """Give the limit in force on a day; None before its first."""
        return next((line.value for line in reversed(self.rules[name]) if line.since <= day), None)

    def count(self, name: str) -> int:
        """Give a threshold that counts something."""
        return int(self.thresholds[name])

    def is_a_person(self, name: str | None) -> bool:
        """Say whether a name or number can be one person's, and is not a word for anybody."""
        return name is not None and " ".join(name.lower().split()) not in self.listed("not_a_person")

    def number(self, count: int) -> str:
        """Write a small number as a word, a larger one in figures."""
        return self.numbers[count] if count < len(self.numbers) else f"{count:,}"

    def listed(self, name: str) -> frozenset[str]:
        """Give a list of codes, payers or elements as a set."""
        found = self._sets.get(name)
        if found is None:
            found = self._sets[name] = frozenset(self.phrases[name])
        return found

    @cached_property
    def progress_report(self) -> "Phrases":
        """Recognise a note that calls itself a progress report, or anything that takes its place."""
        return Phrases(self.phrases["progress_report"])

    @cached_property
    def certification(self) -> "Phrases":
        """Recognise a note that tells of a certification."""
        return Phrases(self.phrases["certification"])

    @cached_property
    def evaluation(self) -> "Phrases":
        """Recognise a note that opens an episode."""
        return Phrases(self.phrases["evaluation"])

    @cached_property
    def not_yet(self) -> "Phrases":
        """Recognise words that put a thing into the future."""
        return Phrases(self.phrases["not_yet"])

    def measured(self, text: str) -> dict[str, float]:
        """Name the measures that stand in a text with a number after them, each with its first number."""
        lowered = text.lower()
        here = ((name, pattern.search(lowered)) for spelling, (name, pattern) in self._measures.items() if spelling in lowered)
        first = sorted((found.start(), name, float(found[1])) for name, found in here if found)
        return {name: value for _, name, value in reversed(first)}

    @cached_property
    def _measures(self) -> Mapping[str, tuple[str, re.Pattern[str]]]:
        named = {spelling: name for name, spellings in self.phrases["measures"].items() for spelling in spellings}
        return {spelling: (name, re.compile(rf"\b{re.escape(spelling)}\b{_VALUE}")) for spelling, name in named.items()}


@cache
def _read_once(path: Path) -> ChartWords:
    return ChartWords.load(path)


class Phrases:
    """Phrases to find in a note as whole words, in any letters; most notes hold none, which is seen at once."""

    __slots__ = ("_pattern", "_phrases")

    def __init__(self, phrases: Iterable[str]) -> None:
        self._phrases = sorted(phrases, key=len, reverse=True)
        self._pattern = re.compile(rf"\b(?:{'|'.join(map(re.escape, self._phrases))})\b", re.IGNORECASE)

    def finditer(self, text: str) -> Iterator[re.Match[str]]:
        """Find the phrases."""
        lowered = text.lower()
        return self._pattern.finditer(text) if any(phrase in lowered for phrase in self._phrases) else iter(())
