"""Estimates against published figures, against other programs, and against every sample there is."""

from decimal import Decimal
from fractions import Fraction
from itertools import combinations, product
from math import comb, sqrt

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from benchmarks.coverage import coverage, frame_with, monte_carlo_error, rate_coverage, stratified_coverage
from nlp_pipeline.auditing.estimates import Differences, cents, dollars, estimate, financial_rate, spread_of
from nlp_pipeline.auditing.exact_intervals import clopper_pearson, hypergeometric_limits, stratified_error_rate
from nlp_pipeline.auditing.sizing import units_needed
from nlp_pipeline.errors import AuditRefused

# SAS/STAT, The SURVEYMEANS Procedure, Getting Started: weekly spending on ice cream of 40 of 4,000 students, by grade
SPENDING = {
    "7": (1824, (7, 7, 1, 10, 3, 2, 2, 6, 6, 6, 3, 12, 4, 2, 1, 4, 11, 2, 2, 9)),
    "8": (1025, (12, 20, 19, 16, 17, 14, 18, 10, 13)),
    "9": (1151, (10, 15, 15, 8, 8, 7, 14, 9, 8, 6, 11)),
}
REPETITIONS = 2000


def test_a_simple_sample_agrees_with_the_published_example():
    found = estimate("simple", [Differences("all", 4000, [100 * each for _, spent in SPENDING.values() for each in spent])], level=0.95)
    assert found.freedom == 39
    figures = [float(each) / 4000 for each in (found.point, found.standard_error, found.two_sided.lower, found.two_sided.upper)]
    assert figures == pytest.approx([8.75, 0.845139, 7.04054539, 10.4594546], abs=3e-6)


def test_a_stratified_sample_agrees_with_the_published_example():
    found = estimate("stratified", [Differences(grade, pupils, [100 * each for each in spent]) for grade, (pupils, spent) in SPENDING.items()], level=0.95)
    assert found.freedom == 37
    figures = [float(each) / 4000 for each in (found.point, found.standard_error, found.two_sided.lower, found.two_sided.upper)]
    assert figures == pytest.approx([9.141298, 0.531799, 8.06377052, 10.2188254], abs=3e-6)


def test_the_limits_to_the_cent_are_those_of_the_formula_worked_in_another_way():
    draws = np.random.default_rng(5)
    values = draws.integers(-4000, 9000, 37)
    found = estimate("difference", [Differences("all", 812, values.tolist())])
    error = 812 * np.std(values / 100, ddof=1) / sqrt(37) * sqrt(1 - 37 / 812)
    point = 812 * float(np.mean(values / 100))
    lower, upper = stats.t.interval(0.90, 36, loc=point, scale=error)
    assert (found.point, found.standard_error) == (Decimal(f"{point:.2f}"), Decimal(f"{error:.2f}"))
    assert (found.two_sided.lower, found.two_sided.upper) == (Decimal(f"{lower:.2f}"), Decimal(f"{upper:.2f}"))
    assert found.one_sided_lower == Decimal(f"{stats.t.ppf(0.10, 36, loc=point, scale=error):.2f}")


def test_point_and_variance_are_unbiased_over_every_sample_there_is():
    frame = [0, 0, 0, 1250, 3300, -700, 4100, 0, 2000]
    every = [spread_of([Differences("all", 9, drawn)]) for drawn in combinations(frame, 4)]
    points = [each.point for each in every]
    truth = Fraction(sum(frame))
    assert sum(points, Fraction(0)) / len(points) == truth
    true_variance = sum(((each - truth) ** 2 for each in points), Fraction(0)) / len(points)
    assert sum((each.variance for each in every), Fraction(0)) / len(every) == true_variance


def test_a_stratified_point_and_its_variance_are_unbiased_over_every_sample_there_is():
    first, second = [0, 0, 1250, 3300, 90], [4100, 0, 2000, -300]
    every = [spread_of([Differences("a", 5, one), Differences("b", 4, other)]) for one, other in product(combinations(first, 3), combinations(second, 2))]
    truth = Fraction(sum(first) + sum(second))
    assert sum((each.point for each in every), Fraction(0)) / len(every) == truth
    true_variance = sum(((each.point - truth) ** 2 for each in every), Fraction(0)) / len(every)
    assert sum((each.variance for each in every), Fraction(0)) / len(every) == true_variance


def test_a_frame_that_was_read_in_full_has_no_uncertainty():
    found = estimate("difference", [Differences("all", 3, [100, 200, 600])])
    assert (found.point, found.two_sided.lower, found.two_sided.upper) == (Decimal("9.00"),) * 3


def test_underpayments_are_netted():
    assert estimate("difference", [Differences("all", 40, [500, -500, 300, -300])]).point == Decimal("0.00")


def test_one_judged_unit_of_many_is_refused():
    with pytest.raises(AuditRefused, match="two judged units"):
        estimate("difference", [Differences("all", 40, [500])])


@pytest.mark.parametrize(("amount", "written"), [(Fraction(1, 2), "0.01"), (Fraction(-1, 2), "-0.01"), (Fraction(149, 100), "0.01"), (12345.5, "123.46")])
def test_half_a_cent_goes_up(amount, written):
    assert dollars(amount) == Decimal(written)


def test_dollars_and_cents_go_back_and_forth():
    assert [cents(dollars(Fraction(each))) for each in range(-500, 500)] == list(range(-500, 500))


@pytest.mark.parametrize(("errors", "reviewed"), [(0, 30), (1, 30), (17, 60), (30, 30)])
def test_exact_limits_are_those_of_statsmodels(errors, reviewed):
    assert clopper_pearson(errors, reviewed) == pytest.approx(proportion_confint(errors, reviewed, alpha=0.10, method="beta"), nan_ok=False)


@pytest.mark.parametrize(("errors", "reviewed", "frame"), [(0, 10, 60), (3, 20, 100), (20, 20, 45), (7, 25, 26), (5, 12, 12)])
def test_limits_of_a_finite_frame_are_the_numbers_that_the_sample_does_not_refute(errors, reviewed, frame):
    def chance(held: int, found: int) -> float:
        return comb(held, found) * comb(frame - held, reviewed - found) / comb(frame, reviewed)

    kept = [
        held
        for held in range(errors, frame - reviewed + errors + 1)
        if sum(chance(held, found) for found in range(errors, reviewed + 1)) > 0.05 and sum(chance(held, found) for found in range(errors + 1)) > 0.05
    ]
    assert hypergeometric_limits(errors, reviewed, frame) == (kept[0], kept[-1])


def test_a_stratified_rate_of_equal_shares_is_near_to_the_simple_one():
    found = stratified_error_rate([(5000, 50, 10), (5000, 50, 10)])
    assert (found.lower, found.upper) == pytest.approx(clopper_pearson(20, 100), abs=0.006)


def test_the_financial_rate_of_units_in_full_error_is_one():
    paid = [Differences("all", 100, [1000, 2500, 4000])]
    assert financial_rate(paid, paid).rate == 1.0


def test_the_size_reaches_the_precision_and_one_unit_less_does_not():
    size = units_needed(3000, 41.0, 15000.0, 0.90)
    reach = [3000 * stats.t.ppf(0.95, each - 1) * 41.0 * sqrt((1 - each / 3000) / each) for each in (size, size - 1)]
    assert reach[0] <= 15000.0 < reach[1]


@pytest.mark.parametrize("errors", ["every unit", "half the units"])
@pytest.mark.parametrize("size", [60, 100])
def test_the_limits_hold_the_truth_as_often_as_they_say(errors, size):
    draws = np.random.default_rng([11, size])
    found = coverage(frame_with(errors, "good", draws), size, REPETITIONS, draws)
    assert found.two_sided == pytest.approx(0.90, abs=monte_carlo_error(0.90, REPETITIONS))
    assert found.one_sided > 0.90 - monte_carlo_error(0.90, REPETITIONS)


def test_the_lower_limit_is_safe_where_errors_are_rare():
    draws = np.random.default_rng(12)
    assert coverage(frame_with("a tenth", "good", draws), 60, REPETITIONS, draws).one_sided > 0.90


def test_stratified_limits_hold_the_truth_as_often_as_they_say():
    draws = np.random.default_rng(13)
    found = stratified_coverage(frame_with("half the units", "good", draws), REPETITIONS, draws)
    assert found.two_sided == pytest.approx(0.90, abs=monte_carlo_error(0.90, REPETITIONS))


def test_limits_of_rates_hold_the_truth_as_often_as_they_say():
    draws = np.random.default_rng(14)
    held = rate_coverage(frame_with("half the units", "good", draws), 100, REPETITIONS, draws)
    assert held["error rate"] >= 0.90  # exact limits hold at least as often as they say
    assert held["stratified error rate"] > 0.90 - monte_carlo_error(0.90, REPETITIONS)
    assert held["financial rate"] == pytest.approx(0.90, abs=monte_carlo_error(0.90, REPETITIONS))
