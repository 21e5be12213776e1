import json
from dataclasses import replace
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from nlp_pipeline.records.claim_schema import finding_to_json
from nlp_pipeline.records.finding import Finding
from nlp_pipeline.records.note import Note
from nlp_pipeline.records.schema import coded_note_to_json, joined_line, note_from_json, write_line
from nlp_pipeline.records.suggestion import Counterfactual
from tests.apps.fake_pipeline import PHRASES, code_note
from tests.records.contract_fields import TOP

CHARACTERS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
PIECES = st.sampled_from([*PHRASES, "NMR ", "TherEx ", "15 min", "7 min", "impaired balance", "\r\n", "’ – ½", "\u00a0", "\U0001f9be"])
TEXTS = st.lists(PIECES | CHARACTERS, min_size=1, max_size=30).map(" ".join)
NOTES = st.builds(
    Note,
    id=st.text(st.characters(exclude_categories=["Cs"]), min_size=1),
    text=TEXTS,
    date_of_service=st.none() | st.dates(),
    payer=st.none() | st.just("medicare"),
    discipline=st.sampled_from(["PT", "OT", None]),
)
EXAMPLE = Note("n-17", "NMR 15 min: SLS on foam. TherEx 7 min: squats next visit", date(2026, 3, 2), "medicare", "PT")


def spans_of(value):
    """Find every object that is a span, however deep."""
    if isinstance(value, dict):
        if {"start", "end", "text"} <= value.keys():
            yield value
        for each in value.values():
            yield from spans_of(each)
    elif isinstance(value, list):
        for each in value:
            yield from spans_of(each)


@given(NOTES)
def test_every_span_of_a_written_note_is_the_text_between_its_offsets(note):
    written = json.loads(write_line(code_note(note)))
    assert all(note.text[span["start"] : span["end"]] == span["text"] for span in spans_of(written))


@given(NOTES)
def test_a_line_says_what_the_object_says(note):
    coded = code_note(note)
    assert json.loads(write_line(coded)) == coded_note_to_json(coded)


@given(NOTES)
def test_a_line_is_one_line(note):
    assert "\n" not in write_line(code_note(note))


@given(NOTES)
def test_a_note_that_went_in_comes_out(note):
    written = json.loads(write_line(code_note(note)))
    assert note_from_json({**written, "text": note.text}) == note


@given(NOTES)
def test_each_intervention_keeps_its_own_code(note):
    written = json.loads(write_line(code_note(note)))
    assert all(PHRASES[each["text"]][0] == each["code"] for each in written["interventions"])


@given(NOTES)
def test_contributions_add_up_with_the_intercept_to_the_margin(note):
    for each in json.loads(write_line(code_note(note)))["interventions"]:
        why = each["explanation"]
        weights = [part["weight"] for part in why["contributions"]]
        assert abs(why["intercept"] + sum(weights) - why["margin"]) < 1e-9


def test_every_field_of_the_contract_is_there():
    written = coded_note_to_json(code_note(EXAMPLE))
    intervention = {"start", "end", "text", "status", "code", "stated_code", "block", "confidence", "probabilities", "needs_review", "dosage", "explanation"}
    intervention |= {"review_reasons", "prediction_set", "coverage"}
    billing = {"method", "minutes_by_code", "timed_minutes", "total_minutes", "units_cms", "units_ama", "units_per15", "stated_units", "lines"}
    missing = [TOP - written.keys(), intervention - written["interventions"][0].keys(), billing - written["billing"].keys()]
    missing += [{"start", "end", "text", "minutes", "kind", "code", "block"} - written["minutes"][0].keys()]
    why = {"reason", "counterfactual", "counterfactual_edit", "intercept", "margin", "runner_up", "for", "against", "contributions"}
    missing += [why - written["interventions"][0]["explanation"].keys()]
    missing += [{"code", "severity", "message", "evidence", "source", "mark", "unconfirmed", "remedy"} - written["findings"][0].keys()]
    missing += [{"code", "units", "modifiers"} - written["billing"]["lines"][0].keys()]
    assert missing == [set()] * 7


def test_the_schema_version_is_one():
    assert coded_note_to_json(code_note(EXAMPLE))["schema_version"] == 1


def test_whole_minutes_are_written_without_a_point():
    assert '"minutes":15,' in write_line(code_note(EXAMPLE))


def test_half_minutes_keep_their_half():
    coded = code_note(EXAMPLE)
    assert '"timed_minutes":7.5,' in write_line(replace(coded, claim=replace(coded.claim, timed_minutes=7.5)))


def test_a_unit_method_that_cannot_be_computed_is_null():
    assert coded_note_to_json(code_note(EXAMPLE))["billing"]["units_per15"] is None


def test_unknown_minutes_are_null_and_not_an_empty_object():
    assert coded_note_to_json(code_note(Note("n", "squats")))["billing"]["minutes_by_code"] is None


def test_a_neighbouring_code_has_no_probabilities():
    [written] = coded_note_to_json(code_note(Note("n", "manual therapy")))["interventions"]
    assert written["probabilities"] is None


def test_minutes_told_to_a_code_count_as_documented():
    assert coded_note_to_json(code_note(EXAMPLE))["documentation"]["minutes"] == {"present": True, "evidence": [[4, 10], [32, 37]]}


def test_a_visit_total_alone_does_not_document_minutes():
    written = coded_note_to_json(code_note(Note("n", "squats, 45 min in all")))
    assert written["documentation"]["minutes"] == {"present": False, "evidence": []}


def test_ties_name_the_codes_that_the_rule_leaves_open():
    tied = code_note(Note("n", "NMR 15 min: SLS on foam. TherEx 15 min: squats"))
    assert coded_note_to_json(tied)["billing"]["ties"] == {"cms": ["97110", "97112"]}


def test_the_strongest_for_and_against_are_contributions():
    for each in coded_note_to_json(code_note(EXAMPLE))["interventions"]:
        why = each["explanation"]
        assert ([part["weight"] for part in why["for"]], [part["weight"] for part in why["against"]]) == ([1.9], [-0.4])
        assert all(part in why["contributions"] for part in why["for"] + why["against"])


def test_a_counterfactual_is_written_as_a_question_and_as_what_was_tried():
    coded = code_note(EXAMPLE)
    asked = Counterfactual("Was “foam” part of it? Without: 97110.", "97110", (EXAMPLE.span(19, 23),), "strength")
    changed = replace(coded, suggestions=(replace(coded.suggestions[0], counterfactual=asked), *coded.suggestions[1:]))
    why = coded_note_to_json(changed)["interventions"][0]["explanation"]
    assert why["counterfactual"] == "Was “foam” part of it? Without: 97110."
    assert why["counterfactual_edit"] == {"code": "97110", "without": [[19, 23]], "purpose": "strength"}


def test_a_reason_of_the_note_is_written_at_its_top():
    written = coded_note_to_json(replace(code_note(Note("n", "none")), review_reasons=("not-a-therapy-note",)))
    assert (written["needs_review"], written["review_reasons"]) == (True, ["not-a-therapy-note"])


def test_a_performed_activity_that_needs_review_makes_the_note_need_it():
    assert coded_note_to_json(code_note(Note("n", "step-ups")))["needs_review"] is True


def test_a_planned_activity_makes_no_note_need_review():
    assert coded_note_to_json(code_note(Note("n", "step-ups next visit")))["needs_review"] is False


# What only several notes show


def test_a_joined_line_is_the_line_with_its_findings_and_its_news():
    line = write_line(code_note(Note("n", 'NMR 15 min: SLS on foam said "],\\"notices\\":["')))
    finding = Finding("cloned-note", "error", 'It says "],"notices":[".', (), "MBPM")
    told = json.loads(joined_line(line, [finding], '{"words":3}'))
    plain = json.loads(line)
    assert told == {**plain, "findings": [*plain["findings"], finding_to_json(finding)], "since_last_visit": {"words": 3}}


def test_a_line_to_which_nothing_is_added_stays_as_it_is():
    line = write_line(code_note(Note("n", "Did not attend.")))
    assert joined_line(line, (), "") == line
