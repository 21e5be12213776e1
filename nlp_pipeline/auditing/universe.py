"""From all that was handed over to a frame: counted, added up, ordered and numbered, so that anyone can make the same list."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from nlp_pipeline.records.sample import ControlTotals, Gap, LeftOut, Unit, Universe

SATURDAY = 5
A_DAY = timedelta(days=1)


def universe_of(units: Iterable[Unit]) -> Universe:
    """Count what was handed over, leave out what cannot be drawn, and number the rest by its id.

    A row that stands there twice counts once; two different rows of one id leave the second out, for the reviewer to look at.
    """
    given = sorted(units, key=_place)
    frame: dict[str, Unit] = {}
    left_out = []
    for unit in given:
        why = _why_left_out(unit, frame.get(unit.id))
        if why:
            left_out.append(LeftOut(unit.id, unit.paid, why))
        else:
            frame[unit.id] = unit
    kept = tuple(frame.values())
    return Universe(kept, control_totals(given), control_totals(kept), tuple(left_out), tuple(alike(kept)), tuple(gaps(kept)))


def control_totals(units: Sequence[Unit]) -> ControlTotals:
    """Add up a list of units, and take its digest over id, day, therapist, payer and amount, one unit a line."""
    days = [unit.day for unit in units if unit.day is not None]
    digest = hashlib.sha256()
    for unit in units:
        fields = (unit.id, unit.day.isoformat() if unit.day else "", unit.therapist, unit.payer, f"{unit.paid:.2f}")
        digest.update(("\t".join(fields) + "\n").encode())
    return ControlTotals(
        units=len(units),
        paid=sum((unit.paid for unit in units), Decimal("0.00")),
        first_day=min(days, default=None),
        last_day=max(days, default=None),
        patients=_distinct(unit.patient for unit in units),
        therapists=_distinct(unit.therapist for unit in units),
        payers=_distinct(unit.payer for unit in units),
        digest=digest.hexdigest(),
    )


def engine_digest(units: Sequence[Unit]) -> str:
    """Take the digest of the engine's results: taken before the review, it shows that they were not changed after it."""
    lines = (f"{unit.id}\t{'' if unit.engine is None else format(unit.engine, '.2f')}\n" for unit in units)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def alike(units: Sequence[Unit]) -> Iterator[tuple[str, ...]]:
    """Give the ids that may be one claim sent twice: the same patient, day, therapist, payer and amount under several ids."""
    seen: dict[tuple[object, ...], list[str]] = defaultdict(list)
    for unit in units:
        if unit.patient and unit.day:
            seen[unit.patient, unit.day, unit.therapist, unit.payer, unit.paid].append(unit.id)
    return (tuple(ids) for ids in seen.values() if len(ids) > 1)


def gaps(units: Sequence[Unit]) -> Iterator[Gap]:
    """Give every run of working days without a unit, between the first day and the last."""
    days = sorted({unit.day for unit in units if unit.day is not None})
    for before, after in pairwise(days):
        missing = [day for day in _days_between(before, after) if day.weekday() < SATURDAY]
        if missing:
            yield Gap(missing[0], missing[-1], len(missing))


def _days_between(before: date, after: date) -> Iterator[date]:
    day = before + A_DAY
    while day < after:
        yield day
        day += A_DAY


def _why_left_out(unit: Unit, same_id: Unit | None) -> str:
    if not unit.id:
        return "it has no id"
    if same_id is not None:
        return "the same row stands there already" if same_id == unit else "another row has the same id"
    if unit.paid < 0:
        return "its amount is below nothing: a reversal, to be set against its claim"
    return "nothing was paid on it" if unit.paid == 0 else ""


def _place(unit: Unit) -> tuple[str, str, str, str, Decimal]:
    return unit.id, unit.day.isoformat() if unit.day else "", unit.therapist, unit.payer, unit.paid


def _distinct(values: Iterable[str]) -> int:
    return len({value for value in values if value})
