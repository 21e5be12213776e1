"""Claim lines, and each step toward them in words."""

from collections.abc import Mapping
from dataclasses import dataclass

from nlp_pipeline.records.rules import UnitMethod


@dataclass(frozen=True, slots=True)
class UnitShare:
    """Units by code under one method; `tied` names the codes among which the rule leaves the last units open."""

    units: Mapping[str, int]
    tied: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class ClaimLine:
    """One line of a claim."""

    code: str
    units: int
    modifiers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Claim:
    """What the rules make of an encounter: minutes, units by every method, the lines by the payer's, and each step in words.

    `minutes_by_code` is None where no service's minutes are known; a code whose own minutes are not said has the value None.
    """

    method: UnitMethod
    minutes_by_code: Mapping[str, float | None] | None
    timed_minutes: float | None
    total_minutes: float | None
    units: Mapping[UnitMethod, UnitShare | None]
    stated_units: Mapping[str, int]
    lines: tuple[ClaimLine, ...]
    explanation: tuple[str, ...]
    rules_dated: str
