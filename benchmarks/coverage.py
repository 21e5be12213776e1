"""How often the limits of each audit estimator hold the truth: many samples from made-up frames whose truth is known.

python -m benchmarks.coverage [--repetitions 2000] [--seed 20260302]
"""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any, NamedTuple

import numpy as np

from nlp_pipeline.auditing.estimates import Differences, estimate, financial_rate
from nlp_pipeline.auditing.exact_intervals import error_rate, stratified_error_rate
from nlp_pipeline.auditing.prediction_powered import Judged, powered
from nlp_pipeline.records.estimate import Estimate

FRAME = 2000
STRATA = (1200, 600, 200)
SIZES = (50, 40, 30)
ERRORS = {"every unit": 1.0, "half the units": 0.5, "a third, both ways": 0.35, "a tenth": 0.10, "3 in 100": 0.03}
ENGINES = ("good", "bad", "twice too high")


class Share(NamedTuple):
    """How often the two-sided and the one-sided limits held, and how wide the two-sided interval was on average."""

    two_sided: float
    one_sided: float
    width: float


@dataclass(frozen=True, slots=True)
class Frame:
    """Amounts paid, true differences and an engine's, in cents."""

    paid: Any
    true: Any
    engine: Any


def frame_with(errors: str, engine: str, draws: np.random.Generator) -> Frame:
    """Make a frame in which a share of the units is in error, and an engine that reads it well, badly or too strictly."""
    paid = (draws.gamma(9, 12, FRAME) * 100).round().astype(np.int64)
    wrong = draws.random(FRAME) < ERRORS[errors]
    lowest = -0.3 if "both" in errors else 0.1
    true = np.where(wrong, paid * draws.uniform(lowest, 0.7, FRAME), 0).round().astype(np.int64)
    if engine == "good":
        found = np.where(draws.random(FRAME) < 0.9, true, 0)
    elif engine == "bad":
        found = draws.permutation(true)  # it names as many errors, on units drawn by lot
    else:
        found = np.where(draws.random(FRAME) < 0.8, 2 * true, paid // 3)
    return Frame(paid, true, found)


def coverage(frame: Frame, size: int, repetitions: int, draws: np.random.Generator, by_engine: bool = False) -> Share:
    """Draw simple samples and count how often the limits hold the true total."""

    def limits(drawn: Any) -> Estimate:
        people = frame.true[drawn].tolist()
        if by_engine:
            return powered([Judged("all", FRAME, int(frame.engine.sum()), people, frame.engine[drawn].tolist())]).estimate
        return estimate("difference", [Differences("all", FRAME, people)])

    return _held(lambda: limits(draws.choice(FRAME, size, replace=False)), int(frame.true.sum()), repetitions)


def stratified_coverage(frame: Frame, repetitions: int, draws: np.random.Generator, by_engine: bool = False) -> Share:
    """Do the same with samples from three strata of unlike size."""
    ends = np.cumsum((0, *STRATA))

    def limits() -> Estimate:
        drawn = _drawn_by_stratum(draws)
        people = [frame.true[each].tolist() for each in drawn]
        if by_engine:
            totals = [int(frame.engine[ends[place] : ends[place + 1]].sum()) for place in range(len(STRATA))]
            engine = [frame.engine[each].tolist() for each in drawn]
            return powered([Judged(str(place), STRATA[place], totals[place], people[place], engine[place]) for place in range(len(STRATA))]).estimate
        return estimate("stratified", [Differences(str(place), STRATA[place], people[place]) for place in range(len(STRATA))])

    return _held(limits, int(frame.true.sum()), repetitions)


def rate_coverage(frame: Frame, size: int, repetitions: int, draws: np.random.Generator) -> dict[str, float]:
    """Count how often the limits of the error rates and of the financial rate hold."""
    wrong = frame.true != 0
    held = dict.fromkeys(("error rate", "stratified error rate", "financial rate"), 0)
    for _ in range(repetitions):
        drawn = draws.choice(FRAME, size, replace=False)
        found = error_rate(int(wrong[drawn].sum()), size, FRAME)
        held["error rate"] += found.lower <= wrong.mean() <= found.upper
        parts = _drawn_by_stratum(draws)
        found = stratified_error_rate([(STRATA[place], SIZES[place], int(wrong[each].sum())) for place, each in enumerate(parts)])
        held["stratified error rate"] += found.lower <= wrong.mean() <= found.upper
        rate = financial_rate([Differences("all", FRAME, frame.true[drawn].tolist())], [Differences("all", FRAME, frame.paid[drawn].tolist())])
        held["financial rate"] += rate.lower <= frame.true.sum() / frame.paid.sum() <= rate.upper
    return {name: count / repetitions for name, count in held.items()}


def monte_carlo_error(share: float, repetitions: int) -> float:
    """Give three standard errors of a share that was counted."""
    return 3 * sqrt(share * (1 - share) / repetitions)


def _drawn_by_stratum(draws: np.random.Generator) -> Sequence[Any]:
    ends = np.cumsum((0, *STRATA))
    return [ends[place] + draws.choice(units, SIZES[place], replace=False) for place, units in enumerate(STRATA)]


def _held(limits: Callable[[], Estimate], truth: int, repetitions: int) -> Share:
    two_sided, one_sided, width = 0, 0, 0.0
    for _ in range(repetitions):
        found = limits()
        lower, upper = float(found.two_sided.lower) * 100, float(found.two_sided.upper) * 100
        two_sided += lower <= truth <= upper
        one_sided += float(found.one_sided_lower) * 100 <= truth
        width += upper - lower
    return Share(two_sided / repetitions, one_sided / repetitions, width / repetitions)


def main() -> None:
    """Print the table that docs/measurements.md holds."""
    order = argparse.ArgumentParser(description="Measure how often the limits of the audit estimators hold the truth.")
    order.add_argument("--repetitions", type=int, default=2000)
    order.add_argument("--seed", type=int, default=20260302)
    asked = order.parse_args()
    draws = np.random.default_rng(asked.seed)
    print(f"{asked.repetitions} repetitions, three standard errors {monte_carlo_error(0.9, asked.repetitions):.3f}; frame of {FRAME} units")
    print("| errors | sample | estimator | two-sided 90 % | one-sided 90 % | width against the sample alone |\n| --- | --- | --- | --- | --- | --- |")
    for errors in ERRORS:
        for size in (60, 100, 200):
            plain = coverage(frame_with(errors, "good", draws), size, asked.repetitions, draws)
            print(f"| {errors} | {size} | sample alone | {plain.two_sided:.3f} | {plain.one_sided:.3f} | 1 |")
            for engine in ENGINES:
                frame = frame_with(errors, engine, draws)
                alone = coverage(frame, size, asked.repetitions, draws)
                both = coverage(frame, size, asked.repetitions, draws, by_engine=True)
                print(f"| {errors} | {size} | with a {engine} engine | {both.two_sided:.3f} | {both.one_sided:.3f} | {both.width / alone.width:.2f} |")
        frame = frame_with(errors, "good", draws)
        for by_engine, name in ((False, "stratified"), (True, "stratified, with a good engine")):
            found = stratified_coverage(frame, asked.repetitions, draws, by_engine)
            print(f"| {errors} | {sum(SIZES)} | {name} | {found.two_sided:.3f} | {found.one_sided:.3f} | |")
        for name, share in rate_coverage(frame, 100, asked.repetitions, draws).items():
            print(f"| {errors} | 100 | {name} | {share:.3f} | | |")


if __name__ == "__main__":
    main()
