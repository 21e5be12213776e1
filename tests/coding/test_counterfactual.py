"""A counterfactual that is told holds: tried in the note, it changes the code to the one that was named."""

from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp_pipeline.coding.counterfactual import wording
from nlp_pipeline.coding.edits import Edit, edited
from nlp_pipeline.coding.suggester import CodeSuggester
from nlp_pipeline.records.facts import Block, Facts, Intervention
from nlp_pipeline.records.note import Note
from tests.coding.test_suggester import facts_of

SAMPLES = sorted((Path(__file__).parents[2] / "data_samples" / "notes").glob("*.txt"))
PURPOSES = {purpose.name: purpose for purpose in wording().purposes}


def edit_of(facts, place, counterfactual):
    """Make the edit that a counterfactual is about."""
    without = tuple((span.start, span.end) for span in counterfactual.without)
    if counterfactual.purpose is None:
        return Edit(without)
    return Edit(without, facts.interventions[place].span.end, PURPOSES[counterfactual.purpose].words)


@pytest.fixture(scope="module")
def told(pipeline):
    """Every counterfactual for the sample notes: the facts it is about, the place of its intervention, the suggestion."""
    read = list(pipeline.reader.read(Note(path.stem, path.read_text("utf-8")) for path in SAMPLES))
    given = pipeline.suggester.suggest(read, counterfactuals=True)
    return [(facts, place, each) for facts, suggestions in given for place, each in enumerate(suggestions) if each.counterfactual]


@pytest.fixture(scope="module")
def eager(pipeline) -> CodeSuggester:
    """The shipped coder, a tenth of its weights taken away: more of its codes hang on a single fact."""
    part = pipeline.suggester.part
    return CodeSuggester(replace(part, weights=part.weights * 0.9))


def test_there_are_counterfactuals_to_check(told):
    assert len(told) > 20


def test_the_sample_notes_change_to_the_code_that_each_counterfactual_names(pipeline, told):
    tried = [edited(facts, edit_of(facts, place, each.counterfactual)) for facts, place, each in told]
    again = [suggestions[place].code for (_, place, _), (_, suggestions) in zip(told, pipeline.suggester.suggest(pipeline.reader.listen(tried)), strict=True)]
    assert again == [each.counterfactual.code for _, _, each in told]


def test_the_code_named_is_another_one(told):
    assert all(each.counterfactual.code != each.code for _, _, each in told)


def test_only_what_was_performed_is_asked_about(told):
    assert {facts.interventions[place].status for facts, place, _ in told} == {"performed"}


def test_what_is_left_out_stands_in_the_note(told):
    spans = [(facts.note.text, span) for facts, _, each in told for span in each.counterfactual.without]
    assert all(text[span.start : span.end] == span.text != "" for text, span in spans)


def test_it_is_a_question(told):
    assert all("?" in each.counterfactual.question for _, _, each in told)


def test_the_words_tried_are_never_shown(told):
    tried = [purpose.words.strip() for purpose in PURPOSES.values()]
    notes = {facts.note.text for facts, _, _ in told}
    assert not any(words in each.counterfactual.question for words in tried if not any(words in note for note in notes) for _, _, each in told)


def test_nothing_is_asked_unless_it_is_wanted(pipeline, told):
    plain = pipeline.suggester.suggest([facts for facts, _, _ in told[:5]])
    assert {each.counterfactual for _, suggestions in plain for each in suggestions} == {None}


def test_asking_changes_nothing_else(pipeline, told):
    facts = [facts for facts, _, _ in told[:5]]
    asked = [replace(each, counterfactual=None) for _, given in pipeline.suggester.suggest(facts, counterfactuals=True) for each in given]
    assert asked == [each for _, given in pipeline.suggester.suggest(facts) for each in given]


ACTIVITIES = st.sampled_from(
    [
        "SLS on foam",
        "squats",
        "sit to stand",
        "step-ups on airex",
        "ball toss, eyes closed",
        "reaching to a shelf",
        "stretch with a strap",
        "bridges",
        "tandem stance",
    ]
)
AFTER = st.sampled_from(
    ["", " 3x10", " for quad strength", " to improve balance", " with min A", " on foam", " to put dishes away", ", eyes closed", " 3x30 sec, cues"]
)
HEADERS = st.sampled_from(["", "97110 Ther ex 15 min: ", "NMR 97112: ", "TA 97530 10 min\n", "Group therapy 97150: "])
MARKED = st.lists(st.tuples(HEADERS, st.lists(st.tuples(ACTIVITIES, AFTER), min_size=1, max_size=3)), min_size=1, max_size=3).map(
    lambda parts: ".\n".join(head + "; ".join(f"[{words}|performed]{after}" for words, after in listed) for head, listed in parts)
)


@given(marked=MARKED)
@settings(max_examples=60)
def test_every_counterfactual_of_any_note_holds_when_it_is_tried(pipeline, marked):
    suggester, facts = pipeline.suggester, facts_of(marked)
    [(_, suggestions)] = suggester.suggest([facts], counterfactuals=True)
    for place, each in enumerate(suggestions):
        if each.counterfactual:
            [(_, again)] = suggester.suggest([edited(facts, edit_of(facts, place, each.counterfactual))])
            assert again[place].code == each.counterfactual.code != each.code


@given(marked=MARKED)
@settings(max_examples=20)
def test_another_coder_finds_counterfactuals_that_hold_for_it(eager, marked):
    facts = facts_of(marked)
    [(_, suggestions)] = eager.suggest([facts], counterfactuals=True)
    for place, each in enumerate(suggestions):
        if each.counterfactual:
            [(_, again)] = eager.suggest([edited(facts, edit_of(facts, place, each.counterfactual))])
            assert again[place].code == each.counterfactual.code


def test_a_note_among_others_is_asked_the_same(pipeline, told):
    several = [facts for facts, _, _ in islice(told, 0, None, 6)]
    together = [each.counterfactual for _, given in pipeline.suggester.suggest(several, counterfactuals=True) for each in given]
    alone = [each.counterfactual for facts in several for _, given in pipeline.suggester.suggest([facts], counterfactuals=True) for each in given]
    assert together == alone


def marked_facts():
    note = Note("n", "TE: squats, bridges. NMR: SLS on foam")
    blocks = (Block("B1", note.span(0, 2), "97110", 21), Block("B2", note.span(21, 24), "97112", 37))
    spans = [(4, 10, "97110", "B1"), (12, 19, "97110", "B1"), (26, 37, "97112", "B2")]
    return Facts(note, blocks, tuple(Intervention(note.span(start, end), "performed", 1.0, stated, block) for start, end, stated, block in spans))


@pytest.mark.parametrize(
    ("edit", "text", "activities"),
    [
        (Edit(((4, 10),)), "TE: , bridges. NMR: SLS on foam", ["", "bridges", "SLS on foam"]),
        (Edit(((30, 37),)), "TE: squats, bridges. NMR: SLS ", ["squats", "bridges", "SLS "]),
        (Edit((), 10, " for strength"), "TE: squats for strength, bridges. NMR: SLS on foam", ["squats", "bridges", "SLS on foam"]),
        (Edit(((0, 2), (32, 37)), 37, " for balance"), ": squats, bridges. NMR: SLS on for balance", ["squats", "bridges", "SLS on"]),
    ],
)
def test_an_edit_moves_every_span_with_its_words(edit, text, activities):
    after = edited(marked_facts(), edit)
    assert (after.note.text, [each.span.text for each in after.interventions]) == (text, activities)


def test_spans_of_an_edited_note_are_the_text_between_their_offsets():
    after = edited(marked_facts(), Edit(((12, 19), (30, 37)), 10, " for strength"))
    spans = [each.span for each in after.interventions] + [block.header for block in after.blocks]
    assert all(after.note.text[span.start : span.end] == span.text for span in spans)


def test_without_its_header_an_activity_falls_under_the_one_before():
    after = edited(marked_facts(), Edit(((21, 24),)))
    assert [(each.stated_code, each.block) for each in after.interventions] == [("97110", "B1")] * 3


def test_without_the_first_header_an_activity_is_filed_nowhere():
    after = edited(marked_facts(), Edit(((0, 2),)))
    assert [each.stated_code for each in after.interventions] == [None, None, "97112"]


def test_every_purpose_that_may_be_tried_belongs_to_a_target(pipeline):
    assert {purpose.code for purpose in PURPOSES.values()} == set(pipeline.suggester.part.targets)


def test_a_settled_header_is_asked_about(pipeline):
    [(_, [suggestion])] = pipeline.suggester.suggest([facts_of("Group therapy 97150 x 20 min: [tandem stance on foam|performed]")], counterfactuals=True)
    assert "Group therapy" in suggestion.counterfactual.question
