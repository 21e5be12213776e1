from datetime import date

import pytest

from nlp_pipeline.intake.intake import Intake
from nlp_pipeline.intake.notes import FrontDesk
from nlp_pipeline.records.note import Note
from tests.intake.conftest import json_lines, notes


@pytest.mark.parametrize("header", ["Note_ID,NOTE TEXT", "visit id,Narrative", "NoteId,text", "EncounterID,Body"])
def test_columns_are_known_by_many_names(put, header):
    assert notes(put("t.csv", f"{header}\n007,squats\n")) == [Note("007", "squats")]


def test_the_usual_name_wins_where_two_columns_fit(put):
    assert notes(put("t.csv", "notes,text\nback office,squats\n"))[0].text == "squats"


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_the_one_of_the_header(put, separator):
    assert notes(put("t.csv", f"id{separator}text\n1{separator}squats\n")) == [Note("1", "squats")]


def test_an_id_keeps_its_leading_zeros(put):
    assert notes(put("t.csv", "id,text\n00017,squats\n"))[0].id == "00017"


def test_a_number_as_id_becomes_text(put):
    assert notes(put("l.jsonl", json_lines({"id": 17, "text": "squats"})))[0].id == "17"


def test_a_row_without_an_id_is_named_after_its_place(put):
    path = put("t.csv", "text\nsquats\n")
    assert notes(path)[0].id == f"{path}#1"


def test_the_front_desk_fields_are_read(put):
    path = put("t.csv", "id,text,DOS,Insurance,Service Line,MRN,Rendering Provider,Location\n1,squats,2026-03-02,Medicare,Physical Therapy,0042,Lee,North\n")
    assert notes(path) == [Note("1", "squats", date(2026, 3, 2), "Medicare", "PT", patient="0042", therapist="Lee", clinic="North")]


def test_what_the_row_does_not_say_the_front_desk_does(put):
    path = put("t.csv", "id,text,payer\n1,squats,\n2,squats,aetna\n")
    assert [note.payer for note in notes(path, desk=FrontDesk(payer="medicare"))] == ["medicare", "aetna"]


@pytest.mark.parametrize("word", ["", "NULL", "NaN", "n/a"])
def test_words_for_nothing_are_nothing(put, word):
    assert notes(put("t.csv", f"id,text,payer\n1,squats,{word}\n"))[0].payer is None


@pytest.mark.parametrize(
    "written",
    ["2026-03-27", "2026-03-27T10:00:00", "3/27/2026", "03/27/26", "3-27-2026", "Mar 27, 2026", "27 March 2026", "20260327", "3/27/2026 0:00", "27.3.2026"],
)
def test_a_day_is_read_however_it_is_written(put, written):
    assert notes(put("l.jsonl", json_lines({"text": "squats", "dos": written})))[0].date_of_service == date(2026, 3, 27)


def notices(path):
    intake = Intake([path])
    list(intake)
    return intake.notices


def test_a_date_with_two_readings_is_read_month_first_and_said_so(put):
    assert notices(put("t.csv", "id,text,dos\n1,squats,3/2/2026\n2,squats,3/3/2026\n")) == {"date-read-month-first": 1}


def test_a_date_that_can_only_be_day_first_is_said_so(put):
    assert notices(put("t.csv", "id,text,dos\n1,squats,27/3/2026\n")) == {"date-read-day-first": 1}
