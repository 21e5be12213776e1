"""The rules in force on one day for one payer, typed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from nlp_pipeline.records.claim_rules import ClaimRules
from nlp_pipeline.records.facts import Element

Timing = Literal["timed", "untimed", "by_report"]
UnitMethod = Literal["cms", "ama", "per15", "nearest_quarter"]


@dataclass(frozen=True, slots=True)
class UnitRules:
    """How many minutes a unit has, and how many the first one needs."""

    unit_minutes: int
    minimum_minutes: int
    source: str = ""


@dataclass(frozen=True, slots=True)
class CodeRule:
    """One service code in our own words; `unit_minutes` is None for untimed codes. `pooled` codes share the day's 15-minute pool.

    `minimum_minutes` is None where a unit is earned just past its midpoint. Codes of one `family` cannot be told apart by a note's words alone.
    `expects` names the documentation elements that a reviewer looks for where the code is used. `listed` is its place on Medicare's list of
    therapy codes: always, sometimes or none; `needs` the code that an add-on goes with, `add_on` the one
    that minutes past a first code's own unit belong to. `supervised` ones need no one-on-one time and may run beside others.
    """

    code: str
    words: str
    timing: Timing
    unit_minutes: int | None
    pooled: bool
    disciplines: tuple[str, ...]
    minimum_minutes: int | None = None
    family: str = ""
    expects: tuple[Element, ...] = ()
    listed: str = "none"
    mark: str = ""
    note: str = ""
    needs: str = ""
    supervised: bool = False
    add_on: str = ""


@dataclass(frozen=True, slots=True)
class Rules:
    """The law of a day. `dated` says which rule set this is; `day` is None for a note without a date (newest rules).

    `units` is None on a day before the unit rules began: no timed units can be counted then. `notices` say what was assumed or left out.
    `claim` holds what is asked of claim lines; None where only units are counted.
    """

    day: date | None
    dated: date
    payer: str
    method: UnitMethod
    units: UnitRules | None
    codes: Mapping[str, CodeRule]
    notices: tuple[str, ...] = ()
    claim: ClaimRules | None = None
    method_source: str = ""
