"""The note on the screen: whole, marked, dimmed, folded; and the questions that are drafted from it."""

import re
import tomllib
from datetime import date

import pytest

from nlp_pipeline.apps.coder_tool.carried import carried_forward
from nlp_pipeline.apps.coder_tool.draft import drafted
from nlp_pipeline.apps.coder_tool.figures import figures_of
from nlp_pipeline.apps.coder_tool.note_marks import conflicts, passages
from nlp_pipeline.apps.coder_tool.queries import query_for
from nlp_pipeline.apps.coder_tool.views import view_of
from nlp_pipeline.apps.coder_tool.wordings import query_words, screen_words
from nlp_pipeline.apps.coder_tool.worksheet import worksheet_of
from nlp_pipeline.records.facts import REASONS, STATUSES
from nlp_pipeline.records.note import Note
from tests.apps.coder_tool.real_pipeline import ROOT, fast_pipeline

TEXTS = {
    "odd": "Ther ex 15 min: quad sets 3x10 \U0001f44d\r\nfor strength,\r\nthen <b>bridges</b>.\x1b[31m\nNext visit: step-ups.",
    "times": "97110 Ther ex 25 min: squats for quad strength.\n97530 20 min: lifting a laundry basket.\nTotal timed minutes: 30.",
    "header": "97112 20 min: leg press 3x10 for quad strength, hamstring curls 3x10 for strength.\n97140 10 min: STM to the calf.",
    "plan": "Plan: add tandem stance next visit. Ther ex 15 min: squats for strength.",
}


@pytest.fixture(scope="module")
def sheets():
    notes = [Note(name, text, date(2026, 3, 2), "medicare", "PT") for name, text in TEXTS.items()]
    return {each.facts.note.id: worksheet_of(each) for each in fast_pipeline().code(notes)}


@pytest.mark.parametrize("name", TEXTS)
def test_the_pieces_are_the_note_to_the_letter(sheets, name):
    sheet = sheets[name]
    whole = passages(sheet, drafted(sheet, ()), ((0, 12),))
    pieces = [piece for passage in whole for piece in passage.pieces]
    assert "".join(piece.text for piece in pieces) == TEXTS[name].replace("\r", "").replace("\x1b", "␛")
    assert all(sheet["text"][piece.start] == piece.text[0] or piece.text[0] == "␛" for piece in pieces if piece.text)


def test_what_is_planned_is_dimmed_to_its_sentence_and_no_further(sheets):
    sheet = sheets["plan"]
    dimmed = "".join(piece.text for passage in passages(sheet, drafted(sheet, ())) for piece in passage.pieces if piece.dimmed)
    assert "tandem stance" in dimmed
    assert "squats" not in dimmed


def test_times_that_disagree_are_shown_side_by_side(sheets):
    [conflict] = [each for each in conflicts(sheets["times"]) if each["code"] == "time-total-mismatch"]
    quoted = [[TEXTS["times"][start:end] for start, end in side] for side in conflict["sides"]]
    assert quoted == [["25 min", "20 min"], ["30"]]


def test_activities_stand_against_the_header_they_are_filed_under(sheets):
    [conflict] = [each for each in conflicts(sheets["header"]) if each["code"] == "code-mismatch"]
    activities, headers = conflict["sides"]
    assert [TEXTS["header"][start:end] for start, end in headers] == ["97112"]
    assert activities


def test_an_added_activity_is_lit_at_its_words(sheets):
    sheet = sheets["plan"]
    start = TEXTS["plan"].index("tandem")
    added = drafted(sheet, [{"op": "add", "start": start, "end": start + 13, "code": "97112"}])
    lit = [piece for passage in passages(sheet, added) for piece in passage.pieces if piece.line == len(added.activities) - 1]
    assert "".join(piece.text for piece in lit) == "tandem stance"


def test_carried_forward_are_whole_sentences_of_the_visit_before():
    earlier = "Walks with a cane at home. Denies falls.\nTher ex 15 min: squats for quad strength."
    now = "Walks with a cane at home. Denies falls.\nNew: one rail on the stairs today.\nTher ex 20 min: squats for quad strength."
    assert [now[start:end].strip() for start, end in carried_forward(now, earlier)] == ["Walks with a cane at home. Denies falls."]


def test_short_lines_alone_are_not_carried_forward():
    assert carried_forward("Plan:\nNo change.\nSquats today with cues.", "Plan:\nNo change.") == ()


def test_a_blind_visit_gives_nothing_of_the_suggestion_away(sheets, rules):
    view = view_of(sheets["times"], (), rules, blind=True)
    lines = [line for each in view.claim_lines for line in each.lines] + list(view.aside)
    assert all(not line.code and not line.suggestion and not line.shares and line.percent is None for line in lines)
    assert not view.findings
    assert not view.doubts
    assert not view.conflicts


def test_a_query_asks_what_happened_and_names_no_code(sheets, rules):
    for sheet in sheets.values():
        draft = drafted(sheet, ())
        for line in (None, 0):
            asked = query_for(sheet, draft, line, figures_of(sheet, draft, rules))
            assert not re.search(r"\b\d{5}\b", asked.replace(sheet["text"], ""))
            assert "?" in asked or line is None


@pytest.mark.parametrize("words", [*query_words()["ask"].values(), *query_words()["findings"].values()])
def test_no_question_leads(words):
    assert words.rstrip().endswith("?")
    assert not re.search(r"\b(unit|code|bill|pay|reimburs|medical necessity|please (write|add|document))", words.lower())


def test_every_status_and_reason_has_words_and_the_same_as_the_ledger():
    ledger = tomllib.loads((ROOT / "nlp_pipeline" / "billing" / "ledger.toml").read_text("utf-8"))["unbilled"]
    assert set(screen_words().statuses) == set(STATUSES) - {"performed"}
    assert dict(screen_words().unbilled) == ledger
    assert set(ledger) == set(REASONS)
