"""Draw a sample that anyone can draw again with nothing but the frame, the seed and SHA-256.

Every unit of the frame has a number, 1, 2, 3 … in the order of the ids. Its ticket is the SHA-256 of the seed, a comma and the number, as text.
Within a stratum the units are drawn in the order of their tickets: the first n are the sample, the next are the spares. So a larger sample
of the same seed begins with the smaller one, and a probe is the first part of the full sample.
"""

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from math import fsum, sqrt
from typing import NamedTuple

from nlp_pipeline.errors import AuditRefused
from nlp_pipeline.records.sample import EVERYTHING, Design, Drawn, Sample, Stratum, StratumField, Unit, Universe

GENERATOR = "sha256(seed + ',' + number in the frame), smallest first"
AMOUNT_STRATA = 3
AMOUNT_CLASSES = 60  # Cochran, Sampling Techniques (1977) 5A.7: many narrow classes, then equal steps of the summed roots
LEAST_IN_STRATUM = 5
SMALLEST_STRATUM = 20  # a smaller one is put together with the other small ones
OTHERS = "others"


class Numbered(NamedTuple):
    """A unit with its number in the frame."""

    number: int
    unit: Unit


def ticket(seed: str, number: int) -> str:
    """Give a unit's ticket.

    >>> ticket("20260302", 1)[:16]
    'a598bc5b62a1aebc'
    """
    return hashlib.sha256(f"{seed},{number}".encode()).hexdigest()


def stratify(frame: Sequence[Unit], by: Sequence[StratumField]) -> dict[str, list[Numbered]]:
    """Part a frame by therapist, payer or amount, or several of them; strata too small to be drawn from are put together."""
    bounds = amount_bounds([unit.paid for unit in frame]) if "amount" in by else ()
    found: dict[str, list[Numbered]] = defaultdict(list)
    for number, unit in enumerate(frame, 1):
        found[_name(unit, by, bounds)].append(Numbered(number, unit))
    small = [name for name, units in found.items() if len(units) < SMALLEST_STRATUM]
    if len(found) > 1 and small:
        together = sorted(numbered for name in small for numbered in found.pop(name))
        found[OTHERS] = together
    return dict(sorted(found.items()))


def amount_bounds(paid: Sequence[Decimal], strata: int = AMOUNT_STRATA) -> tuple[Decimal, ...]:
    """Part amounts so that the summed roots of the frequencies rise by equal steps (Dalenius and Hodges)."""
    low, high = min(paid), max(paid)
    if low == high:
        return ()
    width = (high - low) / AMOUNT_CLASSES
    counts = [0] * AMOUNT_CLASSES
    for amount in paid:
        counts[min(int((amount - low) / width), AMOUNT_CLASSES - 1)] += 1
    roots = [sqrt(count) for count in counts]
    found: list[Decimal] = []
    total, reached = fsum(roots), 0.0
    for place, root in enumerate(roots[:-1], 1):
        reached += root
        if len(found) < strata - 1 and reached >= total * (len(found) + 1) / strata:
            found.append((low + width * place).quantize(Decimal("0.01")))
    return tuple(dict.fromkeys(found))


def allocate(units: Mapping[str, int], size: int, spread: Mapping[str, float] | None = None) -> dict[str, int]:
    """Share a sample among strata: by their size, or, where the spread of the overpayment is known from a probe, by size times spread (Neyman).

    >>> allocate({"A": 600, "B": 300, "C": 100}, 50)
    {'A': 30, 'B': 15, 'C': 5}
    >>> allocate({"A": 500, "B": 500}, 60, {"A": 5.0, "B": 25.0})
    {'A': 10, 'B': 50}
    """
    least = {name: min(count, LEAST_IN_STRATUM) for name, count in units.items()}
    wanted = {name: count * (spread or {}).get(name, 1.0) for name, count in units.items()}
    if not fsum(wanted.values()):
        wanted = {name: float(count) for name, count in units.items()}
    sizes = dict(least)
    for _ in range(max(0, size - sum(least.values()))):
        open_to_more = [name for name in sizes if sizes[name] < units[name]]
        if not open_to_more:
            break
        neediest = max(open_to_more, key=lambda name: wanted[name] / (sizes[name] + 0.5))
        sizes[neediest] += 1
    return sizes


def draw(universe: Universe, design: Design, engine_digest: str = "") -> Sample:
    """Draw the sample and its spares."""
    strata = stratify(universe.units, design.strata_by)
    if strata.keys() != design.sizes.keys():
        raise AuditRefused("the plan", "its strata are not those of the frame", "Make the plan again from this frame.")
    drawn = tuple(each for name, units in strata.items() for each in _drawn(name, units, design))
    laid = tuple(Stratum(name, len(units), _sum(units), design.sizes[name]) for name, units in strata.items())
    return Sample(design, universe.frame, laid, _with_second_review(drawn, design), GENERATOR, engine_digest)


def _drawn(name: str, units: Sequence[Numbered], design: Design) -> list[Drawn]:
    size = design.sizes[name]
    if size > len(units):
        raise AuditRefused("the plan", f"it asks for {size} of the {len(units)} units of stratum {name!r}", "Ask for fewer.")
    ordered = sorted((ticket(design.seed, numbered.number), numbered) for numbered in units)[: size + design.spares]
    return [
        Drawn(name, place, numbered.number, numbered.unit.id, "sample" if place <= size else "spare", numbered.unit.paid, drawn_ticket)
        for place, (drawn_ticket, numbered) in enumerate(ordered, 1)
    ]


def _with_second_review(drawn: tuple[Drawn, ...], design: Design) -> tuple[Drawn, ...]:
    """Mark those that a second reviewer judges too, drawn by a seed of their own."""
    sample = [each for each in drawn if each.role == "sample"]
    chosen = {each.number for each in sorted(sample, key=lambda each: ticket(f"{design.seed},second", each.number))[: design.second_review]}
    return tuple(_marked(each) if each.number in chosen and each.role == "sample" else each for each in drawn)


def _marked(drawn: Drawn) -> Drawn:
    return Drawn(drawn.stratum, drawn.place, drawn.number, drawn.id, drawn.role, drawn.paid, drawn.ticket, second_review=True)


def _name(unit: Unit, by: Sequence[StratumField], bounds: Sequence[Decimal]) -> str:
    parts = []
    for each in by:
        if each == "amount":
            parts.append(_amount_name(unit.paid, bounds))
        else:
            parts.append(f"{each} {getattr(unit, each) or 'not known'}")
    return ", ".join(parts) or EVERYTHING


def _amount_name(paid: Decimal, bounds: Sequence[Decimal]) -> str:
    """Name a stratum of amounts, so that the names stand in the order of the amounts."""
    if not bounds:
        return "any amount"
    place = sum(paid >= bound for bound in bounds)
    if place == 0:
        return f"amount 1, under ${bounds[0]}"
    return f"amount {place + 1}, ${bounds[-1]} and over" if place == len(bounds) else f"amount {place + 1}, ${bounds[place - 1]} to under ${bounds[place]}"


def _sum(units: Sequence[Numbered]) -> Decimal:
    return sum((numbered.unit.paid for numbered in units), Decimal("0.00"))
