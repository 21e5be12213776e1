"""How many units a precision asks for, from the spread of the overpayment that a probe has found.

The spread of the amounts paid is a different thing and gives a different number; both are told, and only the first is used.
"""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from math import ceil, inf, sqrt

from nlp_pipeline.auditing.estimates import cents, dollars, quantile_of, variance
from nlp_pipeline.errors import AuditRefused
from nlp_pipeline.records.estimate import SizeFor, Sizing

LEVELS = (0.80, 0.90, 0.95)
PRECISIONS = (0.10, 0.15, 0.20, 0.25, 0.50)
LEAST = 30


def units_needed(frame: int, spread: float, half_width: float, level: float) -> int:
    """Give the smallest simple sample whose two-sided interval is expected to reach no farther than so much on either side of the total.

    >>> units_needed(1000, 25.0, 5000.0, 0.90)
    66
    """
    if half_width <= 0:
        return frame
    reached = quantile_of((1 + level) / 2, inf)
    for _ in range(20):  # the quantile depends on the size it leads to
        free = (frame * reached * spread / half_width) ** 2
        size = min(frame, max(2, ceil(free / (1 + free / frame))))
        next_reached = quantile_of((1 + level) / 2, float(size - 1))
        if next_reached == reached:
            break
        reached = next_reached
    return size


def size_from_probe(frame: int, over: Sequence[Decimal], paid: Sequence[Decimal], wanted: tuple[float, float]) -> Sizing:
    """Say how large the full sample must be for a wanted level and precision, in words too."""
    if len(over) < 2:
        raise AuditRefused("the probe", "it has fewer than two judged units", "Judge the probe first.")
    found, given = [cents(each) for each in over], [cents(each) for each in paid]
    mean = Fraction(sum(found), len(found))
    spread, paid_spread = sqrt(variance(found)), sqrt(variance(given))
    grid = [(level, precision) for level in LEVELS for precision in PRECISIONS]
    if wanted not in grid:
        grid.append(wanted)
    half = {precision: abs(float(mean)) * frame * precision for _, precision in grid}
    sizes = tuple(
        SizeFor(level, precision, units_needed(frame, spread, half[precision], level), units_needed(frame, paid_spread, half[precision], level))
        for level, precision in grid
    )
    asked = next(size for size in sizes if (size.level, size.precision) == wanted)
    advised = min(frame, max(asked.units, LEAST, len(over)))
    words = _words(asked, advised, len(over), mean)
    return Sizing(len(over), frame, dollars(mean), dollars(spread), dollars(paid_spread), sizes, advised, words)


def _words(asked: SizeFor, advised: int, probe: int, mean: Fraction) -> tuple[str, ...]:
    if not mean:
        return (
            f"The probe of {probe} units found no net overpayment, so no precision relative to it can be asked for; the whole frame would be needed.",
            "Stay with the probe and tell its error rate, or set a size for other reasons and say which.",
        )
    wanted = f"a precision of {100 * asked.precision:.0f} % at {100 * asked.level:.0f} % confidence"
    words = [
        f"By the spread of the overpayment in a probe of {probe} units, {wanted} asks for {asked.units} units.",
        f"By the spread of the amounts paid it would be {asked.by_paid}; that is the spread of another quantity, and it was not used.",
    ]
    if advised > asked.units:
        words.append(f"{advised} units are advised: no fewer than {LEAST}, and no fewer than are judged already.")
    return tuple(words)
