"""Services with minutes: all that arithmetic needs, from a note or from a caller."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from nlp_pipeline.records.facts import MinuteStatement, Reason
from nlp_pipeline.records.note import Span


@dataclass(frozen=True, slots=True)
class Service:
    """One furnished service of the visit; minutes None where the note does not say them."""

    code: str
    minutes: float | None = None
    assistant_minutes: float = 0


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One documented time and where it went: to the one `code` that it counts for, or unbilled for a `reason`; never both, never neither."""

    span: Span
    minutes: float
    code: str | None = None
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class Encounter:
    """One patient, one day, one discipline.

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
