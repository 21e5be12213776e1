"""What the law asks of claim lines: every file behind it, and what of it holds on a day."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Self, TypeVar

from nlp_pipeline.errors import RuleNotInForce
from nlp_pipeline.records.claim_rules import AssistantRules, ClaimRules, PayerTerms, PaymentRules, Sourced, YearlyThreshold
from nlp_pipeline.records.official_tables import LimitTable, PairTable
from nlp_pipeline.rulebook.history import DatedValue, History, read_amounts, read_history
from nlp_pipeline.rulebook.modifiers import CredentialLine, ModifierLine, credentials_on, modifiers_on, read_credentials, read_modifiers
from nlp_pipeline.rulebook.tables import Tables, limit_table, localities, pair_table, read_tables, value_table

T = TypeVar("T")

POOLS: Mapping[str, tuple[str, ...]] = {"PT+SLP": ("PT", "SLP"), "OT": ("OT",)}
AMOUNTS = (
    *("kx_threshold_pt_slp", "kx_threshold_ot", "kx_review_threshold_pt_slp", "kx_review_threshold_ot", "conversion_factor", "conversion_factor_qp"),
    *("mppr_share", "coinsurance_share", "sequestration_share", "assistant_paid_share", "assistant_minimum_share"),
)
COUNTS = ("assistant_two_units_least", "assistant_two_units_most")


@dataclass(frozen=True, slots=True)
class Law:
    """Every dated rule about claim lines."""

    amounts: Mapping[str, History[Decimal]]
    counts: Mapping[str, History[int]]
    modifiers: tuple[ModifierLine, ...]
    credentials: tuple[CredentialLine, ...]
    tables: Tables

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read and check every file about claim lines in a rulebook's folder."""
        medicare = folder / "medicare"
        return cls(
            amounts={name: read_amounts(medicare / f"{name}.toml") for name in AMOUNTS},
            counts={name: read_history(medicare / f"{name}.toml") for name in COUNTS},
            modifiers=read_modifiers(folder / "modifiers.toml"),
            credentials=read_credentials(folder / "credentials.toml"),
            tables=read_tables(folder / "tables" / "tables.toml"),
        )

    def on(self, day: date | None, terms: PayerTerms, known_on: date | None = None) -> ClaimRules:
        """Give what holds on a day for a payer's terms; whatever had not begun is left out, and told."""
        asked = _Asked(self, day, known_on, [])
        return ClaimRules(
            terms=terms,
            modifiers=modifiers_on(self.modifiers, day, known_on),
            credentials=credentials_on(self.credentials, day, known_on),
            pairs=asked.pairs() if terms.code_pairs else None,
            limits=asked.limits() if terms.unit_limits else None,
            thresholds=asked.thresholds() if terms.yearly_threshold else (),
            assistants=asked.assistants() if terms.assistant_modifiers else None,
            payment=asked.payment() if terms.fee_schedule else None,
            left_out=tuple(asked.left_out),
        )

    def turns(self) -> Iterator[date]:
        """Name each day on which an answer may change: between two of them every day has the same law.

        The code pairs bring days of their own, which are looked at pair by pair.
        """
        histories: list[History[Any]] = [*self.amounts.values(), *self.counts.values()]
        histories += [line.history for line in self.modifiers]
        histories += [line.history for line in self.credentials]
        for history in (*histories, *self.tables.kinds.values()):
            yield from (line.since for line in history.values)
        for history in self.tables.kinds.values():
            yield from (line.value.dated.last + timedelta(1) for line in history.values if line.value.dated.last < date.max)
        if "mpfs" in self.tables.kinds:
            for table in self.tables.kinds["mpfs"].values:
                yield from (line.since for lines in value_table(table.value).values() for line in lines)

    def newest_before(self, day: date | None) -> date | None:
        """Give the newest first day among the amounts in force on a day."""
        begun = []
        for history in self.amounts.values():
            begun += [line.since for line in history.values if day is None or line.since <= day]
        return max(begun, default=None)


@dataclass(slots=True)
class _Asked:
    """One question to the law: a day, what was known, and what had to be left out so far."""

    law: Law
    day: date | None
    known_on: date | None
    left_out: list[str]

    def pairs(self) -> PairTable | None:
        """Give the code pairs; the table tells which pairs ended when, so the oldest one also answers for the days before it."""
        history = self.law.tables.kinds["ncci"]
        early = self.day is not None and self.day < history.values[0].since
        table = self._held(history, history.values[0].since if early else self.day)
        return pair_table(table.value) if table else None

    def limits(self) -> LimitTable | None:
        """Give the unit limits."""
        table = self._held(self.law.tables.kinds["mue"], self.day)
        return limit_table(table.value) if table else None

    def thresholds(self) -> tuple[YearlyThreshold, ...]:
        """Give the yearly thresholds, a pool each."""
        found = []
        for pool, disciplines in POOLS.items():
            name = "_".join(disciplines).lower()
            amount, review = self._amount(f"kx_threshold_{name}"), self._amount(f"kx_review_threshold_{name}")
            if amount and review:
                found.append(YearlyThreshold(pool, disciplines, amount, review))
        return tuple(found)

    def assistants(self) -> AssistantRules | None:
        """Give the rules about assistants' time."""
        least, paid = self._amount("assistant_minimum_share"), self._amount("assistant_paid_share")
        two = [self._held(self.law.counts[name], self.day) for name in COUNTS]
        if least is None or paid is None:
            return None
        fewest, most = (each.value if each else None for each in two)
        return AssistantRules(least, fewest, most, paid)

    def payment(self) -> PaymentRules | None:
        """Give the prices and what is taken from them; without a schedule or a factor of the day there are none."""
        schedule, places = (self._held(self.law.tables.kinds[kind], self.day) for kind in ("mpfs", "gpci"))
        factor, reduced = self._amount("conversion_factor"), self._amount("mppr_share")
        coinsurance, kept = self._amount("coinsurance_share"), self._amount("sequestration_share")
        if not (schedule and places and factor and reduced and coinsurance and kept):
            return None
        return PaymentRules(
            table=schedule.value.dated,
            values=value_table(schedule.value),
            localities=localities(places.value),
            factor=factor,
            reduced_share=reduced,
            coinsurance=coinsurance,
            sequestration=kept,
            qualifying_factor=self._amount("conversion_factor_qp"),
        )

    def _amount(self, name: str) -> Sourced[Decimal] | None:
        held = self._held(self.law.amounts[name], self.day)
        return None if held is None else Sourced(held.value, held.since, held.source, held.mark)

    def _held(self, history: History[T], day: date | None) -> DatedValue[T] | None:
        try:
            return history.on(day, self.known_on)
        except RuleNotInForce as early:
            told = f"The rule {history.rule!r} starts on {early.first}; it is left out."
            if told not in self.left_out:
                self.left_out.append(told)
            return None
