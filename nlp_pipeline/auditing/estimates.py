"""Carry the differences of a sample over to its frame: point, limits and precision (difference estimator, finite population).

The amounts are whole cents, so that every sum is exact; rounding happens once, at the end, half a cent up.
The quantile is Student's t; a simple sample of n units has n - 1 degrees of freedom, a stratified one n less the number of strata
that were not read in full. With `quantile="z"` the normal distribution takes its place.
"""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import cache
from math import inf, sqrt
from typing import NamedTuple

from scipy import stats

from nlp_pipeline.errors import AuditRefused
from nlp_pipeline.records.estimate import Estimate, FinancialRate, Limits, Quantile, StratumEstimate

LEVEL = 0.90
CENT = Decimal("0.01")
DIGITS = 12  # of a quantile: enough for any audit, and the same in every release of the library


class Differences(NamedTuple):
    """A stratum's units in the frame, and the differences found in its sample, in cents."""

    name: str
    units: int
    cents: Sequence[int]

    @property
    def weight(self) -> Fraction:
        """Give what a variance of the sample counts in the variance of the total."""
        size = len(self.cents)
        return Fraction(self.units * (self.units - size), size)


class Spread(NamedTuple):
    """A point and its variance, exact, with the degrees of freedom."""

    point: Fraction
    variance: Fraction
    freedom: float


def cents(amount: Decimal) -> int:
    """Turn dollars into whole cents."""
    return int((amount / CENT).to_integral_value(ROUND_HALF_UP))


def variance(values: Sequence[int]) -> Fraction:
    """Give the sample variance of whole numbers, exactly.

    >>> variance([1, 2, 3, 4])
    Fraction(5, 3)
    """
    size, total = len(values), sum(values)
    return Fraction(size * sum(value * value for value in values) - total * total, size * (size - 1)) if size > 1 else Fraction(0)


def spread_of(strata: Sequence[Differences]) -> Spread:
    """Add the strata up: total and variance."""
    for stratum in strata:
        if not stratum.cents or (len(stratum.cents) < 2 <= stratum.units):
            raise AuditRefused(f"stratum {stratum.name!r}", "it needs two judged units at least", "Judge more of it, or draw with larger strata.")
    point = sum((Fraction(stratum.units * sum(stratum.cents), len(stratum.cents)) for stratum in strata), Fraction(0))
    total = sum((stratum.weight * variance(stratum.cents) for stratum in strata), Fraction(0))
    sampled = [stratum for stratum in strata if len(stratum.cents) < stratum.units]
    freedom = sum(len(stratum.cents) for stratum in sampled) - len(sampled)
    return Spread(point, total, float(freedom) if freedom else inf)


def estimate(method: str, strata: Sequence[Differences], quantile: Quantile = "t", level: float = LEVEL) -> Estimate:
    """Estimate a total with its limits.

    >>> found = estimate("difference", [Differences("all", 100, [0, 0, 0, 4000, 2000])])
    >>> found.point, found.two_sided.lower, found.one_sided_lower
    (Decimal('1200.00'), Decimal('-462.29'), Decimal('4.49'))
    """
    counted = sum(stratum.units for stratum in strata), sum(len(stratum.cents) for stratum in strata)
    return laid_out(method, counted, spread_of(strata), quantile, level)


def laid_out(method: str, counted: tuple[int, int], spread: Spread, quantile: Quantile = "t", level: float = LEVEL) -> Estimate:
    """Make the limits of a point and its variance."""
    freedom = spread.freedom if quantile == "t" else inf
    error, point = sqrt(spread.variance), float(spread.point)
    wide = quantile_of((1 + level) / 2, freedom)
    return Estimate(
        method=method,
        frame=counted[0],
        sample=counted[1],
        point=dollars(spread.point),
        standard_error=dollars(error),
        two_sided=Limits(dollars(point - wide * error), dollars(point + wide * error)),
        one_sided_lower=dollars(point - quantile_of(level, freedom) * error),
        precision=round(wide * error / abs(point), 6) if point else None,
        level=level,
        quantile=wide,
        freedom=None if freedom == inf else freedom,
    )


def by_stratum(strata: Sequence[Differences]) -> tuple[StratumEstimate, ...]:
    """Tell each stratum's part."""
    return tuple(
        StratumEstimate(
            name=stratum.name,
            frame=stratum.units,
            sample=len(stratum.cents),
            mean=dollars(Fraction(sum(stratum.cents), len(stratum.cents))),
            deviation=dollars(sqrt(variance(stratum.cents))),
            point=dollars(Fraction(stratum.units * sum(stratum.cents), len(stratum.cents))),
        )
        for stratum in strata
    )


def financial_rate(strata: Sequence[Differences], paid: Sequence[Differences], level: float = LEVEL) -> FinancialRate:
    """Give net overpayment over payment, with the limits of a combined ratio (the residuals' variance over the estimated payment)."""
    over, given = spread_of(strata), spread_of(paid)
    if not given.point:
        return FinancialRate(0.0, 0.0, 0.0)
    rate = over.point / given.point
    rest = Fraction(0)
    for stratum, base in zip(strata, paid, strict=True):
        if len(stratum.cents) > 1:
            rest += stratum.weight * _variance([value - rate * amount for value, amount in zip(stratum.cents, base.cents, strict=True)])
    half = quantile_of((1 + level) / 2, over.freedom) * sqrt(rest) / float(given.point)
    return FinancialRate(round(float(rate), 6), round(float(rate) - half, 6), round(float(rate) + half, 6))


@cache
def quantile_of(share: float, freedom: float) -> float:
    """Give the quantile of Student's t, or of the normal distribution where the degrees of freedom are without end.

    >>> round(quantile_of(0.95, 99), 6), round(quantile_of(0.95, inf), 6)
    (1.660391, 1.644854)
    """
    return round(float(stats.norm.ppf(share) if freedom == inf else stats.t.ppf(share, freedom)), DIGITS)


def dollars(amount: Fraction | float) -> Decimal:
    """Turn cents into dollars, rounded to the cent, half a cent up."""
    exact = amount if isinstance(amount, Fraction) else Fraction(amount)
    twice = abs(exact) * 2
    whole = (twice.numerator // twice.denominator + 1) // 2
    return (Decimal(whole if exact >= 0 else -whole) * CENT).quantize(CENT)


def _variance(values: Sequence[Fraction]) -> Fraction:
    mean = sum(values, Fraction(0)) / len(values)
    return sum(((value - mean) ** 2 for value in values), Fraction(0)) / (len(values) - 1)
