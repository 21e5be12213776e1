"""The explanations of a coded note re-add from its JSON alone, and what does not is named."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp_pipeline.records.ledger import discrepancies
from nlp_pipeline.records.note import Note
from nlp_pipeline.records.schema import coded_note_to_json, write_line


@pytest.fixture(scope="module")
def coded(pipeline):
    """A coded note with two activities, as JSON text."""
    [one] = pipeline.code([Note("n-17", "TE 97110 x 15 min: SLS on foam for balance; leg press 3x10.")], counterfactuals=True)
    return write_line(one)


@pytest.fixture
def row(coded):
    return json.loads(coded)


def problems(row):
    return [str(each) for each in discrepancies(row)]


def test_what_the_coder_writes_adds_up(row):
    assert len(row["interventions"]) == 2
    assert problems(row) == []


def test_every_sample_adds_up(pipeline, coded):
    texts = ["Squats 3x10. Gait training with RW 50 ft. US to shoulder. Plan: add lunges.", "NMR: tandem walk; TA: car transfers", "wife called"]
    assert [problems(coded_note_to_json(each)) for each in pipeline.code(Note("n", text) for text in texts)] == [[], [], []]


@pytest.mark.parametrize("change", [1e-6, -1e-6, 3e-9, 1.0])
@pytest.mark.parametrize("field", ["margin", "intercept"])
def test_a_changed_sum_is_found(row, field, change):
    row["interventions"][1]["explanation"][field] += change
    [problem] = problems(row)
    assert problem.startswith(f"n-17: intervention 2 ({row['interventions'][1]['start']}-")


def test_a_rounding_error_of_the_machine_is_no_difference(row):
    row["interventions"][0]["explanation"]["margin"] += 1e-12
    assert problems(row) == []


@given(data=st.data())
def test_any_changed_weight_is_found(coded, data):
    row = json.loads(coded)
    parts = data.draw(st.sampled_from(row["interventions"]))["explanation"]["contributions"]
    data.draw(st.sampled_from(parts))["weight"] += 0.01  # one that is nothing may become something
    assert len(problems(row)) == 1


def test_a_lost_contribution_is_found(row):
    row["interventions"][0]["explanation"]["contributions"].pop()
    assert len(problems(row)) == 1


@pytest.mark.parametrize("field", ["margin", "intercept", "contributions"])
def test_a_lost_field_is_found(row, field):
    del row["interventions"][0]["explanation"][field]
    assert len(problems(row)) == 1


@pytest.mark.parametrize("value", [None, "2.1", float("nan"), float("inf"), True])
def test_what_is_no_number_is_found(row, value):
    row["interventions"][0]["explanation"]["margin"] = value
    assert len(problems(row)) == 1


def test_a_weight_that_speaks_for_the_wrong_code_is_found(row):
    part = row["interventions"][0]["explanation"]["contributions"][0]
    part["toward"] = "99999"
    assert len(problems(row)) == 1


def test_words_that_do_not_fit_their_offsets_are_found(row):
    row["interventions"][0]["explanation"]["contributions"][0]["end"] += 1
    assert len(problems(row)) == 1


def test_a_review_without_a_reason_is_found(row):
    row["interventions"][1].update(needs_review=True, review_reasons=[])
    assert len(problems(row)) == 1


def test_a_set_without_the_code_is_found(row):
    row["interventions"][1]["prediction_set"] = ["97140"]
    assert len(problems(row)) == 1


def test_chances_that_do_not_sum_to_one_are_found(row):
    row["interventions"][1]["probabilities"]["97530"] += 0.1
    assert len(problems(row)) == 1


def test_fields_that_an_older_version_did_not_write_are_not_asked_for(row):
    for each in row["interventions"]:
        for field in ("review_reasons", "prediction_set", "coverage"):
            del each[field]
        del each["explanation"]["runner_up"]
    assert problems(row) == []
