"""The samples of every form, as they lie in the repository, hold the notes that they were made of."""

import re
import tomllib
from pathlib import Path

import pytest

from nlp_pipeline.intake.intake import Intake
from nlp_pipeline.intake.received import Received
from nlp_pipeline.reporting.wording import wording

SAMPLES = Path(__file__).parents[2] / "data_samples"
HOLDS = {
    "P26-0001": "ot_stroke_arm_telegraphic",
    "P26-0002": "pt_balance_group",
    "X26-0001": "pt_ankle_sprain_flowsheet",
    "X26-0002": "pt_minutes_missing",
    "T26-0001": "pt_minutes_missing",
    "H26-0001": "pt_table_with_pipes",
    "F26-1": "pt_pelvic_health",
    "F26-2": "pta_and_pt_minutes",
    "B26-1": "pt_wheelchair_clinic",
    "C26-1": "pt_stroke_dictated",
    "paediatric_visit": "ot_pediatric_narrative",
    "parkinson_visit": "pt_parkinson_narrative",
    "work_visit": "pt_work_rehab",
    "vestibular_visit": "pt_vestibular_crystals",
    "charts/clinic/visit": "ot_acute_after_surgery",
}


@pytest.fixture(scope="module")
def taken():
    return list(Intake([str(SAMPLES / "exports")]))


@pytest.mark.parametrize(("note_id", "name"), HOLDS.items())
def test_a_sample_holds_the_note_that_it_was_made_of_word_for_word(taken, note_id, name):
    [note] = [row.note for row in taken if isinstance(row, Received) and row.note.id == note_id]
    words = (SAMPLES / "notes" / f"{name}.txt").read_text("utf-8").split()
    assert " ".join(words) in " ".join(note.text.split())


def test_there_is_no_other_note_in_the_samples(taken):
    assert {row.note.id for row in taken if isinstance(row, Received)} == HOLDS.keys()


def test_what_must_be_rejected_in_the_samples_is(taken):
    assert sorted(row.reason for row in taken if not isinstance(row, Received)) == [
        "legacy-document",
        "missing-text-column",
        "pdf-without-text",
        "superseded",
        "superseded",
        "unsafe-path",
    ]


@pytest.mark.parametrize("note_id", HOLDS)
def test_each_piece_of_a_sample_begins_a_line(taken, note_id):
    [note] = [row.note for row in taken if isinstance(row, Received) and row.note.id == note_id]
    assert all(piece.start == 0 or note.text[piece.start - 1] == "\n" for piece in note.origin.pieces)


def test_every_notice_of_intake_is_worded_and_explained():
    room = Path(__file__).parents[2] / "nlp_pipeline"
    source = "".join(path.read_text("utf-8") for path in (room / "intake").glob("*.py"))
    said = set(re.findall(r'"((?:date|text|pdf|tracked|deleted|addendum)-[a-z-]+)"', source))
    said -= {"addendum-joined", "pdf-without-text", "text-not-text"}  # reasons to reject
    page = (room.parent / "docs" / "intake.md").read_text("utf-8")
    assert said == wording().intake.keys()
    assert all(f"`{notice}`" in page for notice in said)


def test_every_reason_to_reject_is_explained():
    page = (SAMPLES.parent / "docs" / "formats.md").read_text("utf-8")
    reasons = tomllib.loads((SAMPLES.parent / "nlp_pipeline" / "intake" / "rejections.toml").read_text("utf-8"))
    assert [reason for reason in reasons if f"`{reason}`" not in page] == []


def test_a_second_reading_gives_the_same_rows_in_the_same_order(taken):
    assert list(Intake([str(SAMPLES / "exports")])) == taken
