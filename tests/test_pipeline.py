"""The whole path: one answer for each note, whatever it holds."""

import json
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from nlp_pipeline.pipeline import Pipeline
from nlp_pipeline.records.note import Note
from nlp_pipeline.records.schema import coded_note_to_json
from tests.records.contract_fields import TOP

NOTE = """NMR 97112 x 16 min: single leg stance on wobble board, min A and verbal cues for ankle strategy.
TE 97110 x 12 min: heel raises 3x10, leg press 3x10 70 lb.
"""
UNITWISE = "from nlp_pipeline.apps.cli import main; raise SystemExit(main())"  # what the console script does
ODD = {
    "empty": "",
    "blank": " \t\xa0\r\n\n",
    "signs": "----- ***** _____ |||||",
    "digits": "97110 97112 15 15:30-15:45 2/10",
    "emoji": "💪🏽 🦵 ✅",
    "another script": "Пациент выполнил приседания. 患者は立ち上がり練習をした。",
    "no therapy": "Called the pharmacy about the refill. Wife will pick it up.",
    "one word": "bridges",
    "one long word": "a" * 1000,
    "null": "\x00\x00SLR\x00",
    "combining marks": "e\u0301" * 50,
    "many lines": "\n" * 5000,
}


def test_notes_are_answered_one_for_one_and_in_order(pipeline):
    notes = [Note(f"n{number}", text) for number, text in enumerate([NOTE, *ODD.values()] * 25)]
    assert [coded.facts.note for coded in pipeline.code(notes)] == notes


@pytest.mark.parametrize("text", ODD.values(), ids=ODD)
def test_an_odd_note_gets_an_answer(pipeline, text):
    [coded] = pipeline.code([Note("odd", text, date(2026, 3, 2))])
    assert json.dumps(coded_note_to_json(coded))


@pytest.mark.parametrize("name", ["empty", "blank", "signs", "emoji", "no therapy", "many lines"])
def test_a_note_without_treatment_has_no_claim_lines(pipeline, name):
    [coded] = pipeline.code([Note(name, ODD[name], date(2026, 3, 2))])
    assert coded.claim.lines == ()


@pytest.mark.parametrize("name", ["empty", "blank"])
def test_the_first_note_of_all_may_be_empty(name):
    [coded] = Pipeline.load().code([Note(name, ODD[name])])
    assert coded.suggestions == ()


def test_no_notes_get_no_answers(pipeline):
    assert list(pipeline.code([])) == []


def test_every_activity_has_one_suggestion(pipeline):
    [coded] = pipeline.code([Note("n", NOTE)])
    assert len(coded.facts.interventions) == len(coded.suggestions) > 0


def test_minutes_become_units_of_the_codes_stated(pipeline):
    [coded] = pipeline.code([Note("n", NOTE, date(2026, 3, 2), "medicare", "PT")])
    assert {line.code: line.units for line in coded.claim.lines} == {"97112": 1, "97110": 1}


def test_the_answer_says_what_it_was_made_with(pipeline):
    [coded] = pipeline.code([Note("n", NOTE, date(2026, 3, 2))])
    assert coded.model == pipeline.model
    assert date.fromisoformat(coded.rules) <= date(2026, 3, 2)


@pytest.fixture(scope="module")
def printed():
    """What `unitwise code - --json` prints for one note."""
    command = [sys.executable, "-c", UNITWISE, "code", "-", "--json", "--date", "2026-03-02", "--payer", "medicare"]
    done = subprocess.run(command, input=NOTE, capture_output=True, text=True, encoding="utf-8", check=False, cwd=Path(__file__).parents[1])
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_printed_note_has_the_fields_of_the_contract(printed):
    assert printed.keys() >= TOP


def test_a_printed_activity_has_the_fields_of_the_contract(printed):
    fields = {"start", "end", "text", "status", "code", "stated_code", "block", "confidence", "probabilities", "needs_review", "dosage", "explanation"}
    assert printed["interventions"]
    assert all(fields <= each.keys() for each in printed["interventions"])


def test_printed_offsets_point_into_the_note_as_given(printed):
    assert all(NOTE[each["start"] : each["end"]] == each["text"] for each in [*printed["interventions"], *printed["minutes"]])


def test_printed_billing_has_every_method(printed):
    assert printed["billing"]["minutes_by_code"] == {"97112": 16, "97110": 12}
    assert {"units_cms", "units_ama", "units_per15", "stated_units", "lines", "timed_minutes", "total_minutes", "method"} <= printed["billing"].keys()


def test_printed_documentation_names_every_element(printed):
    elements = {"minutes", "deficit", "skilled_cueing", "functional_goal", "objective_measure", "patient_response"}
    assert printed["documentation"].keys() == elements
    assert all(each.keys() == {"present", "evidence"} for each in printed["documentation"].values())


def test_a_header_that_the_documentation_contradicts_is_a_finding(pipeline):
    text = "97110 Ther ex 15 min: tandem stance on foam, eyes closed, to improve balance and proprioception"
    [coded] = pipeline.code([Note("n1", text)])
    assert "code-mismatch" in {finding.code for finding in coded.findings}
