import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp_pipeline.records.note import Note
from nlp_pipeline.reporting.tables import claim_rows, harmless, header_row
from tests.apps.fake_pipeline import code_note


def rows_of(text, note_id="n-1"):
    return list(csv.DictReader(io.StringIO(header_row() + claim_rows(code_note(Note(note_id, text))))))


def test_a_note_has_a_row_for_each_claim_line():
    assert [row["code"] for row in rows_of("NMR 15 min: SLS on foam. TherEx 20 min: squats")] == ["97112", "97110"]


def test_a_note_without_claim_lines_still_has_a_row():
    assert [(row["id"], row["code"]) for row in rows_of("Did not attend.")] == [("n-1", "")]


def test_the_interventions_of_a_line_are_those_of_its_code():
    assert rows_of("NMR 15 min: SLS on foam, step-ups, SLS on foam")[0]["interventions"] == "SLS on foam; SLS on foam"


def test_a_planned_intervention_supports_no_line():
    assert rows_of("TherEx 15 min done. squats next visit")[0]["interventions"] == ""


def test_the_first_offsets_point_into_the_note():
    text = "NMR 15 min: SLS on foam"
    [row] = rows_of(text)
    assert text[int(row["first_start"]) : int(row["first_end"])] == "SLS on foam"


def test_a_unit_method_that_cannot_be_computed_is_empty():
    assert rows_of("NMR 15 min: SLS on foam")[0]["units_per15"] == ""


def test_missing_elements_are_named():
    assert rows_of("NMR 15 min: SLS on foam for impaired balance")[0]["documented"] == "minutes deficit"


@pytest.mark.parametrize("start", list("=+-@\t\r\n＝＋－＠"))
def test_text_that_a_spreadsheet_would_run_is_made_harmless(start):
    assert harmless(f"{start}1+1") == f"'{start}1+1"


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_no_id_can_start_a_formula(note_id):
    [row] = csv.reader(io.StringIO(claim_rows(code_note(Note(note_id, "Did not attend."))), newline=""))
    assert row[0][0] not in "=+-@\t\r\n＝＋－＠"
