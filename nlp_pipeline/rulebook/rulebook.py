"""From a day and a payer to the rules in force."""

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Self

from nlp_pipeline.errors import RuleNotInForce
from nlp_pipeline.records.rules import CodeRule, Rules, UnitMethod, UnitRules
from nlp_pipeline.rulebook.codes import CodeLine, read_codes
from nlp_pipeline.rulebook.history import DatedValue, History, read_history
from nlp_pipeline.rulebook.payers import PayerBook, PayerProfile, read_payers

SHIPPED = Path(__file__).parent / "data"
MOST_REMEMBERED = 10_000  # days and payers; a run over years of visits stays below it


@dataclass(frozen=True, slots=True)
class Rulebook:
    """Every dated rule, and the one question that is asked of it."""

    unit_minutes: History[int]
    minimum_minutes: History[int]
    codes: tuple[CodeLine, ...]
    payers: PayerBook
    _asked: dict[tuple[date | None, str | None], Rules] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def load(cls, folder: Path = SHIPPED) -> Self:
        """Read and check every file of a rulebook; the shipped one unless another folder is named."""
        medicare = folder / "medicare"
        return cls(
            unit_minutes=read_history(medicare / "unit_minutes.toml"),
            minimum_minutes=read_history(medicare / "minimum_minutes.toml"),
            codes=read_codes(folder / "codes.toml"),
            payers=read_payers(folder / "payers.toml"),
        )

    def on(self, day: date | None, payer: str | None) -> Rules:
        """Give the rules of a day for a payer.

        Nothing is refused here: without a day the newest rules hold, without a known payer the house default, and a rule
        that had not begun on the day is left out. Each of these is told in the notices.
        """
        rules = self._asked.get((day, payer))
        if rules is None:
            if len(self._asked) >= MOST_REMEMBERED:
                self._asked.clear()
            rules = self._asked[day, payer] = self._rules(day, payer)
        return rules

    def _rules(self, day: date | None, payer: str | None) -> Rules:
        notices = [] if day else ["The visit has no date; the newest rules are used."]
        profile, default_taken = self.payers.find(payer)
        if default_taken:
            notices.append(default_taken)
        profile, method = self._method_of(profile, day, notices)
        units, unit_lines = self._units(day, notices)
        codes, begun = self._codes(day)
        begun += [line.since for line in unit_lines] + [method.since]
        return Rules(day, max(begun), profile.name, method.value, units, codes, tuple(notices))

    def _method_of(self, profile: PayerProfile, day: date | None, notices: list[str]) -> tuple[PayerProfile, DatedValue[UnitMethod]]:
        try:
            return profile, profile.method.on(day)
        except RuleNotInForce as early:
            other = self.payers.unknown
            notices.append(f"The profile of {profile.name!r} starts on {early.first}; the house default {other.name!r} decides how units are counted.")
            return other, other.method.on(day)

    def _units(self, day: date | None, notices: list[str]) -> tuple[UnitRules | None, list[DatedValue[int]]]:
        try:
            lines = [self.unit_minutes.on(day), self.minimum_minutes.on(day)]
        except RuleNotInForce as early:
            notices.append(f"The rule {early.rule!r} starts on {early.first}; timed units of {early.day} are not counted.")
            return None, []
        whole, least = lines
        return UnitRules(whole.value, least.value, least.source), lines

    def _codes(self, day: date | None) -> tuple[dict[str, CodeRule], list[date]]:
        held = [line for line in self.codes if day is None or line.since is None or line.since <= day]
        return {line.rule.code: line.rule for line in held}, [line.since for line in held if line.since]
