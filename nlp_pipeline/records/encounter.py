"""Services with minutes: all that arithmetic needs, from a note or from a caller."""

from collections.abc import Iterable, Mapping
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
    encounter's. `modifiers` and `allowed` are what was billed and what was allowed for it, where a caller knows;
    `times` its stretches by the clock, in minutes after midnight; `revenue_code` stands on institutional claims.
    """

    code: str
    minutes: float | None = None
    assistant_minutes: float = 0
    discipline: str | None = None
    modifiers: tuple[str, ...] | None = None
    allowed: Decimal | None = None
    times: tuple[tuple[int, int], ...] = ()
    revenue_code: str | None = None


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

    `distinct` lists pairs of codes whose separate purpose the record documents, `grounds` where it does so, for a pair in the order of its names;
    `allowed_to_date` is what the year has allowed so far in the
    discipline's pool, `deductible` what of the yearly deductible is still open; `method` is taken before the payer's own;
    `qualifying` says that who bills is paid by the factor of a payment model, `patient` whose year the allowed amounts are added up for.

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
    patient: str | None = None
    method: UnitMethod | None = None
    qualifying: bool = False
    institutional: bool = False
    allowed_by_pool: Mapping[str, Decimal] = field(default_factory=dict)
    grounds: Mapping[tuple[str, str], str] = field(default_factory=dict)

    def clock_times(self) -> dict[str, list[tuple[int, int]]]:
        """Give the stretches of each code by the clock, as a caller or the note tells them."""
        found: dict[str, list[tuple[int, int]]] = {}
        for service in self.services:
            if service.times:
                found.setdefault(service.code, []).extend(service.times)
        for each in self.minutes:
            if each.clock and each.code and each.performed:
                found.setdefault(each.code, []).append(each.clock)
        return found


def overlap(some: Iterable[tuple[int, int]], others: Iterable[tuple[int, int]]) -> bool:
    """Say whether two sets of stretches share a minute.

    >>> overlap([(540, 555)], [(555, 570)]), overlap([(540, 555)], [(550, 560)])
    (False, True)
    """
    later = tuple(others)
    return any(max(one[0], other[0]) < min(one[1], other[1]) for one in some for other in later)
