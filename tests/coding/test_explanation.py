"""What was weighed, told in words: contributions that a coder reads, and a reason made from them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp_pipeline.coding.evidence import Around, contributions_of, is_told
from nlp_pipeline.coding.reasons import concepts_of, lexicon, reason_of
from nlp_pipeline.coding.weighing import SHOWN
from nlp_pipeline.records.note import Note
from nlp_pipeline.records.suggestion import Contribution, strongest

TEXT = "97110 Ther Ex: single leg stance on the foam pad to improve balance, 3x30"
AROUND = Around(TEXT, (15, 48), (57, 67), (0, 13), "97112", "97110")


def weighed(*words):
    """Weigh some words of the text, each where it first stands."""
    return [(TEXT.index(word), TEXT.index(word) + len(word), weight) for word, weight in words]


def told(*words):
    return [(each.span.text, each.weight, each.kind) for each in contributions_of(weighed(*words), AROUND)]


def test_neighbours_of_one_side_are_read_as_one():
    assert told(("single", 1.0), ("leg", 0.5), ("stance", 2.0)) == [("single leg stance", 3.5, "activity")]


def test_neighbours_that_disagree_stay_apart():
    assert told(("single", -1.0), ("leg", 0.5)) == [("single", -1.0, "activity"), ("leg", 0.5, "activity")]


def test_a_filler_between_two_words_joins_them():
    assert told(("stance", 2.0), ("on", 0.1), ("the", 0.1), ("foam", 1.0)) == [("stance on the foam", 3.2, "activity")]


def test_a_filler_at_the_end_is_left_to_the_rest():
    assert told(("stance", 2.0), ("on", 0.5)) == [("stance", 2.0, "activity"), ("on", 0.5, "rest")]


def test_signs_and_numbers_are_left_to_the_rest():
    assert told(("foam", 2.0), (",", 0.5), ("30", 0.25)) == [("foam", 2.0, "activity"), (", 3x30", 0.75, "rest")]


def test_words_of_the_header_are_one_contribution_on_the_header():
    assert told(("97110", -2.0), ("Ther", -0.5), ("stance", 3.0)) == [("stance", 3.0, "activity"), ("97110 Ther Ex", -2.5, "header")]


def test_the_stated_purpose_is_told_as_such():
    assert told(("balance", 2.0)) == [("balance", 2.0, "purpose")]


def test_the_strongest_come_first_and_the_rest_last():
    assert [kind for _, _, kind in told(("foam", 1.0), ("balance", 3.0), ("3", 9.0))] == ["purpose", "activity", "rest"]


@given(st.lists(st.tuples(st.integers(0, len(TEXT) - 1), st.integers(1, 12), st.floats(-5, 5).map(lambda w: round(w, 6))), max_size=SHOWN + 1))
def test_grouping_keeps_the_sum(places):
    cells = [(start, min(len(TEXT), start + size), weight) for start, size, weight in places]
    assert sum(each.weight for each in contributions_of(cells, AROUND)) == pytest.approx(sum(weight for _, _, weight in cells), abs=1e-5)


@given(st.lists(st.tuples(st.integers(0, len(TEXT) - 1), st.integers(1, 12), st.floats(-5, 5)), max_size=SHOWN + 1))
def test_a_weight_below_zero_speaks_for_the_other_code(places):
    cells = [(start, min(len(TEXT), start + size), weight) for start, size, weight in places]
    assert all(each.toward == ("97112" if each.weight >= 0 else "97110") for each in contributions_of(cells, AROUND))


@pytest.mark.parametrize(("text", "told"), [("foam", True), ("w/c", True), ("to the", False), ("3x30", False), ("L", False), ("balance", True)])
def test_signs_numbers_and_fillers_tell_nothing(text, told):
    assert is_told(text) is told


def because(*parts):
    """Make contributions of words, weights and kinds."""
    return [Contribution(Note("n", word).span(0, len(word)), "97112" if weight > 0 else "97110", weight, kind) for word, weight, kind in parts]


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ([("SLS", 3.0, "activity"), ("foam", 2.0, "activity")], "balance, on a reduced base, on an unstable surface: “SLS”, “foam”"),
        ([("squats", 3.0, "activity")], "strength: “squats”"),
        (
            [("lifting crates", 3.0, "activity"), ("shelf", 1.0, "activity")],
            "lifting and carrying, reaching and handling real things: “lifting crates”, “shelf”",
        ),
        ([("marching", 3.0, "activity"), ("balance", 2.0, "purpose")], "balance: “marching”, stated purpose “balance”"),
        ([("dinosaurs", 3.0, "activity")], "in general: “dinosaurs”"),
        ([("dinosaurs", 1.0, "activity"), ("NMR", 3.0, "header")], "in general: “dinosaurs”; filed under “NMR”"),
        ([("foam", -3.0, "activity"), ("quads", 1.0, "activity")], "strength: “quads”"),
        ([("foam", 3.0, "activity"), ("knee", 0.1, "context")], "in general, on an unstable surface: “foam”"),
        ([], "in general"),
    ],
)
def test_a_reason_is_made_from_what_spoke_for_the_code(parts, reason):
    assert reason_of(because(*parts), "in general") == reason


def test_an_activity_of_which_nothing_is_known_still_has_a_reason():
    assert reason_of((), None)


@pytest.mark.parametrize(
    ("text", "concept"),
    [("Strengthening", "strength"), ("sit-to-stand", "moving from one place to another"), ("w/c", "wheelchair use"), ("PROPRIOCEPTIVE", "body sense")],
)
def test_a_concept_is_known_in_its_forms(text, concept):
    assert concept in concepts_of(text)[0]


def test_a_beginning_does_not_swallow_the_next_word():
    assert concepts_of("weight bearing")[0] == ()


def test_a_concept_says_what_or_how():
    says = [*lexicon().whole.values(), *lexicon().beginnings.values()]
    assert all(each.keys() <= {"what", "how"} and each for each in says)


def test_one_code_has_many_reasons(pipeline):
    text = "TE 97110 20 min: leg press 3x10; hamstring stretch 3x30s; NuStep 8 min for endurance."
    [coded] = pipeline.code([Note("n", text)])
    reasons = [each.reason for each in coded.suggestions if each.code == "97110"]
    assert len(reasons) == len(set(reasons)) > 1


def test_the_strongest_of_each_side_leave_out_the_rest():
    toward, against = strongest(because(("foam", 1.0, "activity"), ("all else", -9.0, "rest"), ("quads", -0.5, "activity")))
    assert ([each.span.text for each in toward], [each.span.text for each in against]) == (["foam"], ["quads"])
