"""Thresholds for prediction sets: they keep the coverage that they state, for authors that they were not found on."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.conformal import LeftOutScores, calibrate, chance_of_right, chances_of, coverage_by_author, thresholds

CODES = ("97110", "97112", "97140", "97530")
GROUPS = ("97110", "97112", "97530", "others")


def drawn(size, seed=5, authors=6):
    """Draw scores in which the right code is likely, but not sure, to be the highest."""
    numbers = np.random.default_rng(seed)
    right = numbers.integers(0, len(CODES), size)
    scores = numbers.normal(0, 1, (size, len(CODES)))
    scores[np.arange(size), right] += numbers.normal(1.5, 1, size)
    names = np.array([f"author {number}" for number in numbers.integers(0, authors, size)])
    return LeftOutScores(scores.astype(np.float32), CODES, np.array(CODES)[right], names, np.ones(size, bool))


@pytest.mark.parametrize("coverage", [0.8, 0.9, 0.95])
def test_sets_keep_their_coverage_for_every_group_on_authors_left_out(coverage):
    measured = calibrate(drawn(6000), coverage).sets["measured"]
    assert all(measured["by_code"][group] == pytest.approx(coverage, abs=0.025) or measured["by_code"][group] > coverage for group in GROUPS)


def test_a_higher_coverage_has_larger_sets():
    small, large = (calibrate(drawn(2000), coverage).sets["measured"]["codes_in_a_set"] for coverage in (0.8, 0.95))
    assert small < large


def test_what_was_not_performed_is_left_out_of_the_thresholds():
    whole = drawn(2000)
    numbers = np.random.default_rng(1).permutation(2000)
    spoilt = whole.right.copy()
    spoilt[numbers[:1000]] = "97140"
    done = np.ones(2000, bool)
    done[numbers[:1000]] = False
    kept = LeftOutScores(whole.scores[done], CODES, whole.right[done], whole.authors[done], np.ones(1000, bool))
    told = thresholds(chance_of_right(chances_of(kept.scores, 1.0), CODES, kept.right), kept.right, 0.9)
    both = LeftOutScores(whole.scores, CODES, spoilt, whole.authors, done)
    again = thresholds(chance_of_right(chances_of(both.scores[done], 1.0), CODES, both.right[done]), both.right[done], 0.9)
    assert again == told


@given(st.lists(st.floats(0, 1), max_size=60), st.sampled_from([0.5, 0.8, 0.9, 0.95]))
def test_the_share_below_a_threshold_is_never_more_than_may_be_missed(told, coverage):
    found = thresholds(np.array(told), np.array(["97110"] * len(told)), coverage)["97110"]
    assert sum(chance < found for chance in told) <= (len(told) + 1) * (1 - coverage) + 1e-9


def test_too_few_examples_promise_nothing_and_let_every_code_in():
    assert thresholds(np.array([0.9] * 5), np.array(["97110"] * 5), 0.9)["97110"] == 0.0


def test_a_code_that_the_coder_lacks_has_no_chance():
    assert chance_of_right(np.array([[0.1, 0.2, 0.3, 0.4]]), CODES, np.array(["97035"])).tolist() == [0.0]


def test_an_author_is_measured_with_thresholds_of_the_others():
    """All of one author's right codes are the least likely; thresholds found with them would let them in."""
    whole = drawn(2000)
    strange = whole.authors == "author 0"
    scores = whole.scores.copy()
    scores[strange, [CODES.index(code) for code in whole.right[strange]]] -= 20
    measured = coverage_by_author(chances_of(scores, 1.0), LeftOutScores(scores, CODES, whole.right, whole.authors, whole.performed), 0.9)
    assert measured["by_author"]["author 0"] == 0.0
