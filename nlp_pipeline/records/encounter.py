"""Services with minutes: all that arithmetic needs, from a note or from a caller."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from nlp_pipeline.records.facts import MinuteStatement, Reason
from nlp_pipeline.records.note import Span
from nlp_pipeline.records.rules import UnitMethod


@dataclass(frozen=True, slots=True)
class Service:
    """One furnished service of the visit; minutes None where the note does not say them.

    `minutes` is all of its time, `assistant_minutes` the part that the assistant gave alone. `discipline` is told only where it is not the
    encounter's. `modifiers` and `allowed` are what was billed and what was allowed for it, where a caller knows.
    """

    code: str
    minutes: float | None = None
    assistant_minutes: float = 0
    discipline: str | None = None
    modifiers: tuple[str, ...] | None = None
    allowed: Decimal | None = None


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One documented time and where it went: to the one `code` that it counts for, or unbilled for a `reason`; never both, never neither."""

    span: Span
    minutes: float
    code: str | None = None
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class Encounter:
    """One patient, one day, one discipline unless a service says otherwise.

    `distinct` lists pairs of codes whose separate purpose the record documents; `allowed_to_date` is what the year has allowed so far in the
    discipline's pool, `deductible` what of the yearly deductible is still open; `method` is taken before the payer's own.

    `minutes` are the note's statements with every owner settled, `ledger` is where each documented time went; both are empty without a note.
    """

    id: str
    date_of_service: date | None = None
    payer: str | None = None
    discipline: str | None = None
    services: tuple[Service, ...] = ()
    timed_total: float | None = None
    visit_total: float | None = None
    stated_units: Mapping[str, int] = field(default_factory=dict)
    minutes: tuple[MinuteStatement, ...] = ()
    ledger: tuple[LedgerEntry, ...] = ()
    therapist_of_record: str | None = None
    allowed_to_date: Decimal | None = None
    deductible: Decimal = Decimal(0)
    locality: str | None = None
    distinct: tuple[tuple[str, str], ...] = ()
    method: UnitMethod | None = None
