"""Whether an estimate may be carried over, and what is left of it if findings fall."""

import tomllib

import pytest

from nlp_pipeline.auditing.estimates import Differences, estimate, financial_rate
from nlp_pipeline.auditing.exact_intervals import error_rate
from nlp_pipeline.auditing.extrapolation import SHIPPED, extrapolation, if_overturned
from nlp_pipeline.records.estimate import Extrapolation

CLEAR = [2000, 2500, 1500, 3000] * 20 + [0] * 20
RARE = [0] * 96 + [9000] * 4


def told_of(values: list[int], frame: int = 1000) -> Extrapolation:
    strata = [Differences("all", frame, values)]
    errors = error_rate(sum(value != 0 for value in values), len(values), frame)
    financial = financial_rate(strata, [Differences("all", frame, [10_000] * len(values))])
    return extrapolation(estimate("difference", strata), errors, financial, strata)


def test_many_alike_errors_in_a_large_sample_justify_it():
    found = told_of(CLEAR)
    assert found.verdict == "justified"
    assert found.sentence.startswith("Carrying the estimate over to all 1000 units is justified")


@pytest.mark.parametrize(
    ("values", "verdict", "ground"),
    [
        (CLEAR[:20], "not justified", "sample-size"),
        (RARE, "with care", "errors-seen"),
        ([0] * 100, "not justified", "above-nothing"),
        ([-500, 550] * 50, "not justified", "above-nothing"),
        ([0] * 70 + [500, 9000, 2000] * 10, "with care", "precision"),
    ],
)
def test_what_stands_against_it_is_named(values, verdict, ground):
    found = told_of(values)
    assert found.verdict == verdict
    assert not next(each for each in found.grounds if each.name == ground).holds


def test_every_ground_names_its_source():
    assert all(each.source and each.mark in "VKCD" for each in told_of(CLEAR).grounds)


def test_every_ground_in_the_file_is_held_against_the_estimate():
    assert tomllib.loads(SHIPPED.read_text("utf-8")).keys() - {"verdicts"} == {each.name for each in told_of(CLEAR).grounds}


def test_giving_up_the_highest_findings_lowers_point_and_limit():
    rows, _ = if_overturned([Differences("all", 1000, CLEAR)])
    assert [each.overturned for each in rows] == [0, 1, 2, 3, 5, 8, 10, 20, 40]
    assert [each.point for each in rows] == sorted((each.point for each in rows), reverse=True)


def test_the_number_of_findings_that_takes_the_lower_limit_to_nothing_is_the_smallest():
    values = CLEAR
    _, count = if_overturned([Differences("all", 1000, values)])
    assert count is not None

    def lower_without(gone: int) -> bool:
        left = sorted(values)[: len(values) - gone] + [0] * gone
        return estimate("difference", [Differences("all", 1000, left)]).one_sided_lower <= 0

    assert lower_without(count)
    assert not lower_without(count - 1)


def test_an_estimate_that_already_reaches_nothing_needs_no_rebuttal():
    assert if_overturned([Differences("all", 1000, RARE[:97])])[1] == 0
