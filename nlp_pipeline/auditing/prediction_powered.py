"""The engine on every unit, people on the random sample: combined so that a wrong engine costs width, never coverage.

The total of the engine's differences over the frame is known. The sample says how far the engine is off, and that correction is carried
over like any difference. How far the engine is believed, the weight, is fitted so that the variance is least (the power tuning of
prediction-powered inference; in the words of survey sampling, the combined regression estimator): an engine that tells nothing gets a
weight near nothing, and the estimate is that of the sample alone. One degree of freedom is paid for the fitted weight.

A good engine is seldom wrong, and a sample may miss all of its mistakes; the limits would then promise too much. So the variance is taken
as if the sample held a few more units on which the engine is wrong by as much as a usual finding, in proportion to what the engine explains.
"""

from collections.abc import Sequence
from fractions import Fraction
from math import sqrt
from typing import NamedTuple

from nlp_pipeline.auditing.estimates import LEVEL, Differences, Spread, dollars, laid_out, spread_of
from nlp_pipeline.records.estimate import Powered

METHOD = "prediction-powered difference"
UNSEEN_MISTAKES = 1
WEIGHT_STEPS = 10**6  # the weight is rounded to a millionth, and every sum with it is exact


class Judged(NamedTuple):
    """A stratum: its units in the frame, the engine's total over them, and, unit by unit of the sample, what people and the engine found; in cents."""

    name: str
    units: int
    engine_total: int
    people: Sequence[int]
    engine: Sequence[int]


def powered(strata: Sequence[Judged], level: float = LEVEL, weight: Fraction | None = None) -> Powered:
    """Estimate the total from the sample and the engine together; a given weight is not fitted."""
    found = combined(strata, weight)
    alone = spread_of([Differences(each.name, each.units, each.people) for each in strata])
    counted = sum(each.units for each in strata), sum(len(each.people) for each in strata)
    estimate = laid_out(METHOD, counted, found.spread, level=level)
    plain = laid_out(METHOD, counted, alone, level=level)
    widths = [float(each.two_sided.upper - each.two_sided.lower) for each in (estimate, plain)]
    return Powered(
        estimate=estimate,
        weight=round(float(found.weight), 6),
        engine_total=dollars(Fraction(sum(each.engine_total for each in strata))),
        correlation=round(found.correlation, 6),
        narrower=round(1 - widths[0] / widths[1], 6) if widths[1] else 0.0,
    )


class Combined(NamedTuple):
    """The combined point and variance, and what they were made with."""

    spread: Spread
    weight: Fraction
    correlation: float


def combined(strata: Sequence[Judged], weight: Fraction | None = None) -> Combined:
    """Combine the sample with the engine."""
    together, engine_alone, people_alone = _moments(strata)
    fitted = weight is None
    if weight is None:
        weight = Fraction(round(together / engine_alone * WEIGHT_STEPS), WEIGHT_STEPS) if engine_alone else Fraction(0)
    rest = [Differences(each.name, each.units, _rest(each, weight)) for each in strata]
    left = spread_of(rest)
    freedom = left.freedom - 1 if fitted and engine_alone else left.freedom
    if freedom < 1:
        freedom, weight = left.freedom, Fraction(0)
        return Combined(spread_of([Differences(each.name, each.units, each.people) for each in strata]), weight, 0.0)
    point = left.point / WEIGHT_STEPS + weight * sum(each.engine_total for each in strata)
    explained = together * together / (engine_alone * people_alone) if engine_alone and people_alone else Fraction(0)
    variance = left.variance / WEIGHT_STEPS**2 * Fraction(left.freedom / freedom).limit_denominator(10**6) + (1 + explained) * _unseen(strata)
    correlation = sqrt(explained) if together >= 0 else -sqrt(explained)
    return Combined(Spread(point, variance, freedom), weight, correlation)


def _rest(stratum: Judged, weight: Fraction) -> list[int]:
    """Give what the engine leaves unexplained, unit by unit, in millionths of a cent."""
    share = int(weight * WEIGHT_STEPS)
    return [people * WEIGHT_STEPS - share * engine for people, engine in zip(stratum.people, stratum.engine, strict=True)]


def _unseen(strata: Sequence[Judged]) -> Fraction:
    """Give the variance of the total that a few mistakes of a usual size, unseen by the sample, would add."""
    found = [value for each in strata for value in each.people if value]
    if not found:
        return Fraction(0)
    usual = Fraction(sum(value * value for value in found), len(found))
    reviewed = sum(len(each.people) for each in strata)
    return UNSEEN_MISTAKES * usual / reviewed * sum((Differences(each.name, each.units, each.people).weight for each in strata), Fraction(0))


def _moments(strata: Sequence[Judged]) -> tuple[Fraction, Fraction, Fraction]:
    """Give the weighted covariance of people and engine, and both variances, each as it counts in the variance of the total."""
    together, engine_alone, people_alone = Fraction(0), Fraction(0), Fraction(0)
    for each in strata:
        size = len(each.people)
        if size < 2:
            continue
        weight = Differences(each.name, each.units, each.people).weight / (size * (size - 1))
        people, engine = sum(each.people), sum(each.engine)
        together += weight * (size * sum(a * b for a, b in zip(each.people, each.engine, strict=True)) - people * engine)
        engine_alone += weight * (size * sum(value * value for value in each.engine) - engine * engine)
        people_alone += weight * (size * sum(value * value for value in each.people) - people * people)
    return together, engine_alone, people_alone
