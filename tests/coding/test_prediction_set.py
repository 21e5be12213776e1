"""Which codes the right one is among, and at what coverage."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp_pipeline.coding.prediction_set import PredictionSets
from nlp_pipeline.coding.suggester import CodeSuggester
from tests.coding.test_suggester import facts_of

CODES = ("97110", "97112", "97140", "97530")
TOLD = {"coverage": 0.9, "thresholds": {"97110": 0.5, "97112": 0.3, "97530": 0.2, "others": 0.05}}
ROWS = st.lists(st.lists(st.floats(0.001, 1), min_size=4, max_size=4), min_size=1, max_size=5)


@pytest.mark.parametrize(
    ("chances", "held"),
    [
        ([0.9, 0.05, 0.01, 0.04], ("97110",)),
        ([0.55, 0.35, 0.02, 0.08], ("97110", "97112")),
        ([0.40, 0.29, 0.02, 0.29], ("97110", "97530")),
        ([0.25, 0.25, 0.1, 0.4], ("97530", "97140")),
    ],
)
def test_a_set_holds_every_code_that_reaches_its_threshold_the_likeliest_first(chances, held):
    assert PredictionSets(TOLD, CODES).of(np.array([chances])) == [held]


@given(ROWS)
def test_the_likeliest_code_is_always_in_its_set(rows):
    chances = np.array(rows)
    assert all(CODES[row.argmax()] in held for row, held in zip(chances, PredictionSets(TOLD, CODES).of(chances), strict=True))


@given(ROWS)
def test_a_row_has_the_set_that_it_has_alone(rows):
    sets, chances = PredictionSets(TOLD, CODES), np.array(rows)
    assert sets.of(chances) == [sets.of(row[None])[0] for row in chances]


def test_a_pack_made_without_sets_gives_none(pipeline):
    coder = CodeSuggester(replace(pipeline.suggester.part, sets=None))
    [(_, [suggestion])] = coder.suggest([facts_of("[leg press|performed] 3x10")])
    assert (suggestion.prediction_set, suggestion.coverage) == (None, None)


@pytest.fixture(scope="module")
def coder(pipeline) -> CodeSuggester:
    """The coder in use, with thresholds made up here."""
    return CodeSuggester(replace(pipeline.suggester.part, sets=TOLD))


def test_a_performed_activity_has_a_set_with_its_coverage(coder):
    [(_, [suggestion])] = coder.suggest([facts_of("[leg press|performed] 3x10")])
    assert (suggestion.prediction_set, suggestion.coverage) == (("97110",), 0.9)


def test_what_was_not_performed_has_no_set(coder):
    facts = facts_of("Next visit: [leg press|planned] 3x10")
    planned = replace(facts, interventions=tuple(replace(each, status="planned") for each in facts.interventions))
    [(_, [suggestion])] = coder.suggest([planned])
    assert suggestion.prediction_set is None
