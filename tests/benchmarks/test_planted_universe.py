"""A small universe with known errors: every category is found, and nothing is called arithmetic that is not."""

import pytest

from benchmarks.planted_errors import PLANTERS
from benchmarks.planted_universe import run, truth, universe

OF_WORDS = {"doc-deficit", "doc-skilled-need", "doc-goal", "doc-objective"}


@pytest.fixture(scope="module")
def made():
    return universe(seed=3, count=150, errors=72)


@pytest.fixture(scope="module")
def outcome(made, tmp_path_factory):
    return run(made, tmp_path_factory.mktemp("universe"), "fast")


def test_every_category_was_planted(made):
    assert {name.partition(" ")[0] for name in PLANTERS} <= {visit.planted for visit in made}


def test_every_visit_with_bill_and_note_is_matched_and_the_others_are_told(made, outcome):
    assert outcome.matched == sum(visit.billed and visit.documented for visit in made)
    assert outcome.unmatched == {"billed": sum(not visit.documented for visit in made), "note": sum(not visit.billed for visit in made)}


def test_what_was_planted_is_found(outcome):
    of_numbers = [each for name, each in outcome.scores.items() if name not in OF_WORDS]
    assert sum(each.found for each in of_numbers) >= 0.95 * sum(each.true for each in of_numbers)


def test_little_is_called_wrong_that_is_right(made, outcome):
    alarms = sum(each.false for name, each in outcome.scores.items() if name not in OF_WORDS)
    assert alarms <= 0.02 * len(made)


def test_the_words_of_documentation_are_missed_where_they_are_missing(outcome):
    for name in OF_WORDS:
        assert outcome.scores[name].detection >= 0.85, name


def test_the_first_step_that_parts_from_the_note_is_named(outcome):
    assert outcome.steps_right >= 0.9 * outcome.steps_told > 0


def test_the_truth_is_the_markups_and_the_planters(made):
    clean = next(visit for visit in made if not visit.planted and len(visit.words) == 4)
    assert truth(clean) == frozenset()
