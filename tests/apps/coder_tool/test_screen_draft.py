"""A coder's corrections of a visit: what they do to activities, minutes and lines."""

from datetime import date

import pytest

from nlp_pipeline.apps.coder_tool.draft import answer, drafted, services
from nlp_pipeline.apps.coder_tool.figures import figures_of, lines_of
from nlp_pipeline.apps.coder_tool.worksheet import worksheet_of
from nlp_pipeline.errors import OperationRefused
from nlp_pipeline.records.note import Note
from tests.apps.coder_tool.real_pipeline import fast_pipeline

NOTE = (
    "Medicare visit, PT.\nDeficit: impaired balance, weak quads.\n"
    "97112 Neuromuscular re-ed 20 min: single leg stance on foam with eyes closed, tandem stance with tactile cues for hip strategy.\n"
    "97110 Ther ex 15 min: quad sets 3x10 for strength.\n"
    "Next visit: step-ups. HEP: heel raises."
)
FOAM, QUADS = "single leg stance", "quad sets"


@pytest.fixture(scope="module")
def sheet():
    [coded] = fast_pipeline().code([Note("n1", NOTE, date(2026, 3, 2), "medicare", "PT")])
    return worksheet_of(coded)


def line_of(sheet, words):
    return next(number for number, each in enumerate(sheet["coded"]["interventions"]) if words in each["text"])


def minutes(sheet, *operations, blind=False):
    return {each["code"]: each["minutes"] for each in services(sheet, drafted(sheet, operations, blind=blind))}


def done_in(sheet, code):
    return [number for number, each in enumerate(sheet["coded"]["interventions"]) if each["status"] == "performed" and each["code"] == code]


def test_without_corrections_the_visit_is_as_suggested(sheet, rules):
    assert [(each["code"], each["units"], each["modifiers"]) for each in lines_of(sheet, drafted(sheet, ()), rules)] == [
        (each["code"], each["units"], each["modifiers"]) for each in sheet["coded"]["billing"]["lines"]
    ]
    assert minutes(sheet) == {"97112": 20, "97110": 15}


def test_minutes_go_with_all_activities_of_their_block(sheet):
    assert minutes(sheet, {"op": "code", "line": line_of(sheet, QUADS), "code": "97530"}) == {"97112": 20, "97530": 15}


def test_minutes_of_a_divided_block_stay_where_they_are(sheet):
    assert minutes(sheet, {"op": "code", "line": line_of(sheet, FOAM), "code": "97530"}) == {"97112": 20, "97110": 15}


def test_minutes_of_what_was_not_performed_count_for_nothing(sheet):
    assert minutes(sheet, *({"op": "undone", "line": line} for line in done_in(sheet, "97110"))) == {"97112": 20}


def test_what_is_performed_after_all_counts_again(sheet):
    line = line_of(sheet, QUADS)
    assert minutes(sheet, {"op": "undone", "line": line}, {"op": "done", "line": line}) == minutes(sheet)


def test_typed_minutes_stand_before_all_others(sheet, rules):
    typed = drafted(sheet, [{"op": "minutes", "code": "97112", "minutes": 38}])
    assert {each["code"]: each["units"] for each in lines_of(sheet, typed, rules)} == {"97112": 3, "97110": 1}


def test_no_minutes_are_no_service(sheet):
    assert minutes(sheet, {"op": "minutes", "code": "97110", "minutes": 0}) == {"97112": 20}


def test_a_blind_visit_shows_no_code_and_no_service(sheet, rules):
    draft = drafted(sheet, (), blind=True)
    assert {each.code for each in draft.activities} == {""}
    assert services(sheet, draft) == []
    assert draft.undecided == [number for number, each in enumerate(sheet["coded"]["interventions"]) if each["status"] == "performed"]
    assert figures_of(sheet, draft, rules).claim["lines"] == []


def test_a_blind_visit_is_counted_by_her_codes(sheet):
    given = [
        {"op": "code", "line": number, "code": each["code"]} for number, each in enumerate(sheet["coded"]["interventions"]) if each["status"] == "performed"
    ]
    assert minutes(sheet, *given, blind=True) == minutes(sheet)


def test_the_answer_holds_no_word_of_the_note(sheet, rules):
    operations = [{"op": "add", "start": 0, "end": 14, "code": "97530"}, {"op": "span", "line": 0, "start": 5, "end": 9}, {"op": "undone", "line": 1}]
    draft = drafted(sheet, operations)
    told = answer(sheet, draft, lines_of(sheet, draft, rules))
    words = {word for word in NOTE.lower().split() if len(word) > 6}
    assert not any(word in str(told).lower() for word in words)
    assert told["interventions"][-1]["added"]
    assert told["interventions"][0]["moved"]


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "code", "line": 999, "code": "97110"},
        {"op": "code", "line": 0, "code": ""},
        {"op": "minutes", "code": "97110", "minutes": -1},
        {"op": "minutes", "code": "97110", "minutes": 10**9},
        {"op": "add", "start": 5, "end": 5, "code": "97110"},
        {"op": "add", "start": 0, "end": 10**6, "code": "97110"},
        {"op": "flag", "reason": " "},
        {"op": "drop table"},
        {},
    ],
)
def test_a_correction_that_makes_no_sense_is_refused(sheet, operation):
    with pytest.raises(OperationRefused):
        drafted(sheet, [operation])


def test_findings_on_the_lines_follow_the_corrections(sheet, rules):
    before = {each["code"] for each in figures_of(sheet, drafted(sheet, ()), rules).findings}
    many = figures_of(sheet, drafted(sheet, [{"op": "minutes", "code": "97112", "minutes": 200}]), rules)
    assert "mue-exceeded" in {each["code"] for each in many.findings} - before


def test_a_coder_is_told_no_money(sheet, rules):
    claim = figures_of(sheet, drafted(sheet, ()), rules).claim
    assert not any("$" in step for step in claim["explanation"])


def test_a_day_without_rules_is_told_and_not_guessed(sheet, rules):
    old = {**sheet, "coded": {**sheet["coded"], "date_of_service": "1990-01-01"}}
    found = figures_of(old, drafted(old, ()), rules)
    assert found.claim is None or not found.claim["lines"]
