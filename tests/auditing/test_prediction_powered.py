"""The engine and the sample together: never less sure than they say, and narrower where the engine is good."""

from fractions import Fraction

import numpy as np
import pytest

from benchmarks.coverage import coverage, frame_with, monte_carlo_error, stratified_coverage
from nlp_pipeline.auditing.estimates import Differences, estimate
from nlp_pipeline.auditing.prediction_powered import Judged, combined, powered

REPETITIONS = 2000
LEAST = 0.90 - monte_carlo_error(0.90, REPETITIONS)


@pytest.mark.parametrize("engine", ["bad", "twice too high", "good"])
def test_the_limits_hold_the_truth_whatever_the_engine_is(engine):
    draws = np.random.default_rng([21, len(engine)])
    assert coverage(frame_with("half the units", engine, draws), 100, REPETITIONS, draws, by_engine=True).two_sided > LEAST


def test_the_limits_hold_in_strata_too():
    draws = np.random.default_rng(22)
    assert stratified_coverage(frame_with("half the units", "bad", draws), REPETITIONS, draws, by_engine=True).two_sided > LEAST


@pytest.mark.parametrize(("engine", "most"), [("good", 0.6), ("twice too high", 0.7), ("bad", 1.05)])
def test_a_good_engine_makes_the_interval_narrower_and_a_bad_one_hardly_wider(engine, most):
    draws = np.random.default_rng([23, len(engine)])
    frame = frame_with("half the units", engine, draws)
    alone, both = (coverage(frame, 100, 200, draws, by_engine=which) for which in (False, True))
    assert both.width / alone.width < most


def test_a_good_engine_that_was_never_seen_wrong_is_not_taken_for_infallible():
    people = [0] * 80 + [3000] * 20
    found = powered([Judged("all", 2000, 400 * 3000, people, people)])
    assert found.estimate.two_sided.lower < found.estimate.point < found.estimate.two_sided.upper


def test_an_engine_that_says_the_same_of_everything_changes_nothing():
    people = [0, 0, 1200, 3300, 0, 400]
    found = combined([Judged("all", 60, 60 * 500, people, [500] * 6)])
    alone = estimate("difference", [Differences("all", 60, people)])
    assert found.weight == 0
    assert powered([Judged("all", 60, 60 * 500, people, [500] * 6)]).estimate.point == alone.point


def test_with_a_weight_of_one_it_is_the_engine_total_and_the_mean_correction():
    people, engine = [0, 1000, 2500, 0], [500, 800, 2500, 0]
    found = combined([Judged("all", 40, 31_000, people, engine)], Fraction(1))
    assert found.spread.point == 31_000 + Fraction(40 * (sum(people) - sum(engine)), 4)


def test_the_fitted_weight_is_the_slope_of_people_on_engine():
    draws = np.random.default_rng(24)
    engine = draws.integers(0, 5000, 50)
    people = (0.4 * engine + draws.integers(-300, 300, 50)).astype(int)
    found = combined([Judged("all", 900, int(engine.mean() * 900), people.tolist(), engine.tolist())])
    assert float(found.weight) == pytest.approx(float(np.polyfit(engine, people, 1)[0]), abs=1e-6)
    assert found.correlation == pytest.approx(float(np.corrcoef(engine, people)[0, 1]))
