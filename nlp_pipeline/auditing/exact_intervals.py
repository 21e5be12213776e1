"""Limits of a share that hold for every sample size, without the normal distribution."""

from collections.abc import Callable, Sequence
from math import fsum

from scipy import stats

from nlp_pipeline.records.estimate import ErrorRate

LEVEL = 0.90


def clopper_pearson(errors: int, reviewed: float, level: float = LEVEL, counted: float | None = None) -> tuple[float, float]:
    """Give the exact limits of a share drawn from a frame without end.

    >>> [round(limit, 4) for limit in clopper_pearson(3, 20, 0.95)]
    [0.0321, 0.3789]
    """
    found = float(errors) if counted is None else counted
    tail = (1 - level) / 2
    lower = 0.0 if found <= 0 else float(stats.beta.ppf(tail, found, reviewed - found + 1))
    upper = 1.0 if found >= reviewed else float(stats.beta.ppf(1 - tail, found + 1, reviewed - found))
    return lower, upper


def hypergeometric_limits(errors: int, reviewed: int, frame: int, level: float = LEVEL) -> tuple[int, int]:
    """Give the exact limits of the number of units in error in a frame, by turning the hypergeometric test round.

    The limits are the smallest and the largest number that the sample does not refute, each with half of what is left of the level.

    >>> hypergeometric_limits(3, 20, 100, 0.95)
    (5, 35)
    """
    tail = (1 - level) / 2
    lower = _first(errors, frame - reviewed + errors, lambda held: stats.hypergeom.sf(errors - 1, frame, held, reviewed) > tail)
    upper = _first(errors, frame - reviewed + errors + 1, lambda held: stats.hypergeom.cdf(errors, frame, held, reviewed) <= tail) - 1
    return lower, upper


def _first(low: int, high: int, holds: Callable[[int], bool]) -> int:
    """Find the first number between two for which a test holds that, once it holds, goes on holding."""
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle + 1, high)
    return low


def error_rate(errors: int, reviewed: int, frame: int) -> ErrorRate:
    """Tell the share in error of a simple sample, with the number of units in error that the frame may hold."""
    lower, upper = hypergeometric_limits(errors, reviewed, frame)
    return ErrorRate(errors, reviewed, errors / reviewed, lower / frame, upper / frame, "hypergeometric, exact", lower, upper)


def stratified_error_rate(strata: Sequence[tuple[int, int, int]]) -> ErrorRate:
    """Tell the share in error of a stratified sample; each stratum is its units in the frame, the reviewed, those in error.

    The sample counts as many as a simple sample with the same variance would (Korn and Graubard 1998), and that number gets its exact limits.
    """
    frame = sum(units for units, _, _ in strata)
    errors, reviewed = sum(found for *_, found in strata), sum(size for _, size, _ in strata)
    rate = fsum(units * found / size for units, size, found in strata) / frame
    variance = fsum((units / frame) ** 2 * (1 - size / units) * _share_variance(found, size) for units, size, found in strata)
    effective = min(rate * (1 - rate) / variance, float(frame)) if variance and 0 < rate < 1 else float(reviewed)
    lower, upper = clopper_pearson(0, effective, counted=rate * effective)
    return ErrorRate(errors, reviewed, rate, lower, upper, "Clopper-Pearson on the effective size (Korn and Graubard)")


def _share_variance(found: int, size: int) -> float:
    share = found / size
    return share * (1 - share) / (size - 1) if size > 1 else 0.0
