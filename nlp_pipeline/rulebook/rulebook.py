"""From a day and a payer to the rules in force."""

from bisect import bisect_right
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Self

from nlp_pipeline.errors import RuleNotInForce
from nlp_pipeline.records.claim_rules import ClaimRules
from nlp_pipeline.records.rules import CodeRule, Rules, UnitMethod, UnitRules
from nlp_pipeline.rulebook.codes import CodeLine, read_codes
from nlp_pipeline.rulebook.history import DatedValue, History, read_history
from nlp_pipeline.rulebook.law import Law
from nlp_pipeline.rulebook.own_data import TABLES, own_folder, own_payers
from nlp_pipeline.rulebook.payers import PayerBook, PayerProfile, read_payers
from nlp_pipeline.rulebook.store import stored_tables

SHIPPED = Path(__file__).parent / "data"
MOST_REMEMBERED = 10_000  # days and payers; a run over years of visits stays below it


@dataclass(frozen=True, slots=True)
class Rulebook:
    """Every dated rule, and the one question that is asked of it."""

    unit_minutes: History[int]
    minimum_minutes: History[int]
    codes: tuple[CodeLine, ...]
    payers: PayerBook
    law: Law
    _asked: dict[tuple[date | None, str | None, date | None], Rules] = field(default_factory=dict, compare=False, repr=False)
    _turns: tuple[date, ...] = field(init=False, default=(), compare=False, repr=False)
    _stretches: dict[tuple[int | None, str, date | None], ClaimRules] = field(init=False, default_factory=dict, compare=False, repr=False)
    _registries: dict[int | None, tuple[dict[str, CodeRule], list[date]]] = field(init=False, default_factory=dict, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Note each day on which the law of claim lines changes: days between two of them share one copy, and what was worked out from it."""
        found = {*self.law.turns(), *(day for profile in self.payers.profiles for day in profile.turns()), *(line.since for line in self.codes if line.since)}
        object.__setattr__(self, "_turns", tuple(sorted(found)))

    @classmethod
    def load(cls, folder: Path = SHIPPED) -> Self:
        """Read and check every file of a rulebook; the shipped one unless another folder is named."""
        medicare = folder / "medicare"
        return cls(
            unit_minutes=read_history(medicare / "unit_minutes.toml"),
            minimum_minutes=read_history(medicare / "minimum_minutes.toml"),
            codes=read_codes(folder / "codes.toml"),
            payers=read_payers(folder / "payers.toml"),
            law=Law.load(folder),
        )

    @classmethod
    def open(cls, own: Path | None = None) -> Self:
        """Read the shipped rulebook and what the user added to it: profiles of payers, and official tables."""
        folder = own or own_folder()
        shipped = cls.load()
        profiles = own_payers(folder)
        tables = stored_tables(folder / TABLES)
        if not profiles and not tables:
            return shipped
        law = replace(shipped.law, tables=shipped.law.tables.with_more(tables))
        return cls(shipped.unit_minutes, shipped.minimum_minutes, shipped.codes, shipped.payers.with_own(profiles), law)

    def on(self, day: date | None, payer: str | None, known_on: date | None = None) -> Rules:
        """Give the rules of a day for a payer, as they were known on another day where that is named.

        Nothing is refused here: without a day the newest rules hold, without a known payer the house default, and a rule
        that had not begun on the day is left out. Each of these is told in the notices.
        """
        rules = self._asked.get((day, payer, known_on))
        if rules is None:
            if len(self._asked) >= MOST_REMEMBERED:
                self._asked.clear()
            rules = self._asked[day, payer, known_on] = self._rules(day, payer, known_on)
        return rules

    def _rules(self, day: date | None, payer: str | None, known_on: date | None) -> Rules:
        notices = [] if day else ["The visit has no date; the newest rules are used."]
        profile, default_taken = self.payers.find(payer)
        if default_taken:
            notices.append(default_taken)
        profile, method = self._method_of(profile, day, known_on, notices)
        units, unit_lines = self._units(day, known_on, notices)
        codes, code_days = self._codes(min(day, known_on) if day and known_on else day or known_on)
        begun = [*code_days, *(line.since for line in unit_lines), method.since]
        if newest := self.law.newest_before(min(day or date.max, known_on or date.max)):
            begun.append(newest)
        claim = self._claim_rules(day, profile, known_on)
        return Rules(day, max(begun), profile.name, method.value, units, codes, tuple(notices), claim, method.source)

    def _claim_rules(self, day: date | None, profile: PayerProfile, known_on: date | None) -> ClaimRules:
        """Give the law of claim lines, one copy for all days between two changes."""
        stretch = (None if day is None else bisect_right(self._turns, day), profile.name, known_on)
        held = self._stretches.get(stretch)
        if held is None:
            held = self._stretches[stretch] = self.law.on(day, profile.terms_on(day, known_on), known_on)
        return held

    def _method_of(self, profile: PayerProfile, day: date | None, known_on: date | None, notices: list[str]) -> tuple[PayerProfile, DatedValue[UnitMethod]]:
        try:
            return profile, profile.method.on(day, known_on)
        except RuleNotInForce as early:
            other = self.payers.unknown
            notices.append(f"The profile of {profile.name!r} starts on {early.first}; the house default {other.name!r} decides how units are counted.")
            return other, other.method.on(day, known_on)

    def _units(self, day: date | None, known_on: date | None, notices: list[str]) -> tuple[UnitRules | None, list[DatedValue[int]]]:
        try:
            lines = [self.unit_minutes.on(day, known_on), self.minimum_minutes.on(day, known_on)]
        except RuleNotInForce as early:
            notices.append(f"The rule {early.rule!r} starts on {early.first}; timed units of {early.day} are not counted.")
            return None, []
        whole, least = lines
        return UnitRules(whole.value, least.value, least.source), lines

    def _codes(self, day: date | None) -> tuple[dict[str, CodeRule], list[date]]:
        stretch = None if day is None else bisect_right(self._turns, day)
        registry = self._registries.get(stretch)
        if registry is None:
            held = [line for line in self.codes if day is None or line.since is None or line.since <= day]
            registry = self._registries[stretch] = ({line.rule.code: line.rule for line in held}, [line.since for line in held if line.since])
        return registry
