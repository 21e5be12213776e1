"""Why a person should look: a closed list of reasons, each for what it says."""

import tomllib
from pathlib import Path

import pytest

import nlp_pipeline.coding.review as review
from nlp_pipeline.coding.review import intervention_reasons, note_reasons
from nlp_pipeline.records.encounter import Encounter, Service
from nlp_pipeline.records.facts import Block, Charge, Facts, Intervention, TimeFacts
from nlp_pipeline.records.finding import Finding
from nlp_pipeline.records.note import Note
from nlp_pipeline.records.suggestion import REVIEW_REASONS, Suggestion
from nlp_pipeline.reporting.wording import wording
from tests.coding.test_suggester import facts_of

ROOT = Path(__file__).parents[2]
NOTE = Note("n", "97110: squats")


def activity(status="performed", stated=None):
    return Intervention(NOTE.span(7, 13), status, 1.0, stated)


def facts(*interventions, **more):
    return Facts(NOTE, interventions=interventions, **more)


def finding(code):
    return Finding(code, "error", "", (), "")


@pytest.mark.parametrize(
    ("stated", "code", "unsure", "target", "reasons"),
    [
        (None, "97110", False, True, ()),
        (None, "97110", True, True, ("purpose-not-stated",)),
        (None, "97035", True, False, ("out-of-scope",)),
        (None, "none", False, False, ("out-of-scope",)),
        ("97110", "97110", False, True, ()),
        ("97110", "97112", False, True, ("header-contradicts",)),
        ("97110", "97112", True, True, ("purpose-not-stated", "header-contradicts")),
    ],
)
def test_an_intervention_is_looked_at_for_a_reason(stated, code, unsure, target, reasons):
    assert intervention_reasons(activity(stated=stated), code, unsure=unsure, target=target) == reasons


@pytest.mark.parametrize("status", ["planned", "home", "past", "negated", "other"])
def test_what_was_not_done_waits_for_nobody(status):
    assert intervention_reasons(activity(status, "97530"), "97110", unsure=True, target=True) == ()


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        ("minutes-missing", "minutes-missing"),
        ("time-total-mismatch", "minutes-contradict"),
        ("timed-exceeds-visit", "minutes-contradict"),
        ("overlapping-intervals", "minutes-contradict"),
        ("duplicate-minutes", "minutes-contradict"),
    ],
)
def test_a_finding_about_time_is_a_reason_for_the_note(found, reason):
    assert note_reasons(facts(activity()), Encounter("n"), [finding(found)]) == (reason,)


def test_a_finding_about_words_is_none():
    assert note_reasons(facts(activity()), Encounter("n"), [finding("missing-deficit")]) == ()


@pytest.mark.parametrize("status", ["planned", "home"])
def test_a_note_that_only_plans_says_so(status):
    assert note_reasons(facts(activity(status)), Encounter("n"), []) == ("only-planned",)


@pytest.mark.parametrize("status", ["past", "negated"])
def test_therapy_of_which_nothing_was_furnished_is_out_of_scope(status):
    assert note_reasons(facts(activity(status)), Encounter("n"), []) == ("out-of-scope",)


def test_the_patients_own_life_is_no_therapy():
    assert note_reasons(facts(activity("other")), Encounter("n"), []) == ("not-a-therapy-note",)


@pytest.mark.parametrize(
    "more", [{"blocks": (Block("B1", NOTE.span(0, 5), "97110", 13),)}, {"time": TimeFacts(charges=(Charge(NOTE.span(0, 5), "97110", 1),))}]
)
def test_a_named_service_alone_is_out_of_scope(more):
    assert note_reasons(facts(**more), Encounter("n"), []) == ("out-of-scope",)


def test_a_note_without_a_word_of_therapy_is_none():
    assert note_reasons(facts(), Encounter("n"), []) == ("not-a-therapy-note",)


def test_a_furnished_service_needs_no_activity():
    assert note_reasons(facts(), Encounter("n", services=(Service("97161", None),)), []) == ()


def test_the_findings_named_in_the_data_are_findings():
    known = tomllib.loads((ROOT / "nlp_pipeline" / "auditing" / "findings.toml").read_text("utf-8"))
    told = tomllib.loads(Path(review.__file__).with_suffix(".toml").read_text("utf-8"))
    assert {code for codes in told.values() for code in codes} <= known.keys()
    assert told.keys() <= set(REVIEW_REASONS)


def test_every_reason_has_its_words():
    assert wording().review.keys() == set(REVIEW_REASONS)


def test_an_unsure_code_is_told_from_a_header_that_contradicts():
    doubt = Suggestion("97110", 0.5, None, True, "", review_reasons=("purpose-not-stated",))
    contradicted = Suggestion("97110", 0.9, None, True, "", review_reasons=("header-contradicts",))
    assert (doubt.unsure, contradicted.unsure) == (True, False)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Called the pharmacy about the refill. Wife will pick it up.", "not-a-therapy-note"),
        ("Plan: add lunges and step-ups next visit.", "only-planned"),
    ],
)
def test_a_note_says_why_nothing_is_billed(pipeline, text, reason):
    [coded] = pipeline.code([Note("n", text)])
    assert (coded.review_reasons, coded.needs_review) == ((reason,), True)


def test_a_note_with_treatment_and_minutes_has_no_reason_of_its_own(pipeline):
    [coded] = pipeline.code([Note("n", "TE 97110 x 15 min: leg press 3x10 70 lb for quad strength. Total 15 min.")])
    assert coded.review_reasons == ()


def test_review_is_needed_exactly_where_there_is_a_reason(pipeline):
    marked = "97110 Ther ex: [tandem stance on foam|performed], [thing|performed], [leg press|performed], [US|performed], [bridges|planned]"
    [(_, suggestions)] = pipeline.suggester.suggest([facts_of(marked)])
    assert [each.needs_review for each in suggestions] == [bool(each.review_reasons) for each in suggestions]
