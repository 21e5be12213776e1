import io
import json
import os
import sys
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp_pipeline.errors import UnreadableInput
from nlp_pipeline.intake.decoding import decode, is_binary, is_decoded
from nlp_pipeline.intake.intake import Intake, read_one
from nlp_pipeline.intake.notes import FrontDesk
from nlp_pipeline.intake.received import Received, Rejected
from nlp_pipeline.intake.recognition import recognition
from nlp_pipeline.records.note import Note


@pytest.fixture
def put(tmp_path):
    """Write a file into the test's own folder and give its path."""

    def write(name, content):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    return write


def taken(*inputs, **options):
    return list(Intake(inputs, **options))


def notes(*inputs, **options):
    return [row.note for row in taken(*inputs, **options) if isinstance(row, Received)]


def reasons(*inputs, **options):
    return [(row.reason, row.place.row) for row in taken(*inputs, **options) if isinstance(row, Rejected)]


def json_lines(*rows):
    return "\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows)


# Text files and folders


def test_a_text_file_is_one_note_named_after_the_file(put):
    assert notes(put("v17.txt", "SLS on foam")) == [Note("v17", "SLS on foam")]


def test_a_note_of_a_folder_is_named_by_its_path_inside_the_folder(put, tmp_path):
    put("clinic/2026/v1.txt", "squats")
    assert [note.id for note in notes(str(tmp_path))] == ["clinic/2026/v1"]


def test_a_folder_is_read_in_the_order_of_its_names(put, tmp_path):
    for name in ("c.txt", "a/z.txt", "b.txt"):
        put(name, "squats")
    assert [note.id for note in notes(str(tmp_path))] == ["a/z", "b", "c"]


def test_tables_in_a_folder_are_read_too(put, tmp_path):
    put("t.csv", "id,text\n1,squats\n")
    assert [note.id for note in notes(str(tmp_path))] == ["1"]


def test_hidden_files_are_left_alone(put, tmp_path):
    put(".DS_Store", b"\0\1")
    assert taken(str(tmp_path)) == []


def test_an_unknown_ending_in_a_folder_is_rejected(put, tmp_path):
    put("scan.jpg", b"\xff\xd8")
    assert reasons(str(tmp_path)) == [("unknown-suffix", None)]


def test_the_folder_of_the_results_is_not_an_input(put, tmp_path):
    put("out/coded.jsonl", "{}")
    assert taken(str(tmp_path), leave_out=tmp_path / "out") == []


def test_a_link_to_a_folder_is_not_followed(put, tmp_path):
    put("a/v.txt", "squats")
    (tmp_path / "loop").symlink_to(tmp_path)
    assert reasons(str(tmp_path)) == [("linked-folder", None)]


def test_a_file_that_vanishes_is_rejected_and_the_rest_goes_on(put, tmp_path):
    put("a.txt", "squats")
    (tmp_path / "b.txt").symlink_to(tmp_path / "gone")
    put("c.txt", "squats")
    assert [type(row).__name__ for row in taken(str(tmp_path))] == ["Received", "Rejected", "Received"]


# The text itself


def test_windows_line_ends_stay_in_the_text(put):
    assert notes(put("v.txt", "S: fine\r\nO: squats\r\n"))[0].text == "S: fine\r\nO: squats\r\n"


def test_a_cell_keeps_its_line_ends(put):
    assert notes(put("t.csv", 'id,text\r\n1,"S: fine\r\nO: squats\n"\r\n'))[0].text == "S: fine\r\nO: squats\n"


def test_spaces_around_a_text_stay(put):
    assert notes(put("l.jsonl", json_lines({"text": "  squats \n"})))[0].text == "  squats \n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_text_is_the_same_in_every_usual_encoding(put, encoding):
    assert notes(put("v.txt", "knee 120°, “better”".encode(encoding)))[0].text == "knee 120°, “better”"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_a_table_is_the_same_in_every_usual_encoding(put, encoding):
    assert notes(put("t.csv", "id;text\r\n7;knee 120°\r\n".encode(encoding))) == [Note("7", "knee 120°")]


def test_rows_of_one_table_may_differ_in_encoding(put):
    lines = b"id,text\n1,120\xb0\n2,120\xc2\xb0\n"
    assert [note.text for note in notes(put("t.csv", lines))] == ["120°", "120°"]


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_utf_8_is_decoded_to_the_text_it_was(text):
    assert decode(text.encode()) == text.removeprefix("\ufeff")


@given(st.binary())
def test_any_bytes_decode_to_text_or_are_known_to_be_undecoded(data):
    text = decode(data)
    assert not is_decoded(text) or text.encode().decode() == text


def test_bytes_of_no_encoding_are_rejected(put):
    assert reasons(put("l.jsonl", b'{"text": "squats \\ud800"}')) == [("undecodable", 1)]


def test_a_binary_file_is_known_by_its_zero_bytes():
    assert is_binary(b"abc\0def")


def test_utf_16_is_not_taken_for_a_binary_file():
    assert not is_binary("squats".encode("utf-16"))


def test_a_binary_file_is_rejected_whole(put):
    assert reasons(put("t.csv", b"PK\x03\x04\0\0\0")) == [("binary-file", None)]


# Columns and keys


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
    path = put("t.csv", "id,text,DOS,Insurance,Service Line\n1,squats,2026-03-02,Medicare,Physical Therapy\n")
    assert notes(path) == [Note("1", "squats", date(2026, 3, 2), "Medicare", "PT")]


def test_what_the_row_does_not_say_the_front_desk_does(put):
    path = put("t.csv", "id,text,payer\n1,squats,\n2,squats,aetna\n")
    assert [note.payer for note in notes(path, desk=FrontDesk(payer="medicare"))] == ["medicare", "aetna"]


@pytest.mark.parametrize("word", ["", "NULL", "NaN", "n/a"])
def test_words_for_nothing_are_nothing(put, word):
    assert notes(put("t.csv", f"id,text,payer\n1,squats,{word}\n"))[0].payer is None


# What cannot become a note


def test_a_table_without_a_text_column_is_rejected_whole(put):
    assert reasons(put("t.csv", "id,therapist\n1,x\n2,y\n")) == [("missing-text-column", None)]


def test_an_object_without_a_text_key_is_rejected(put):
    assert reasons(put("l.jsonl", json_lines({"id": "1"}, {"id": "2", "text": "squats"}))) == [("missing-text", 1)]


@pytest.mark.parametrize("line", ["{broken", "[1]", '"text"', "[" * 100_000, '{"id": ' + "9" * 5000 + "}"])
def test_a_line_that_is_no_object_is_rejected(put, line):
    assert reasons(put("l.jsonl", json_lines({"text": "squats"}, line))) == [("broken-json", 2)]


@pytest.mark.parametrize("text", ["", " \r\n\t", "\u00a0"])
def test_an_empty_note_is_rejected(put, text):
    assert reasons(put("l.jsonl", json_lines({"text": text}))) == [("empty-note", 1)]


def test_a_text_that_is_a_number_is_rejected(put):
    assert reasons(put("l.jsonl", json_lines({"text": 5}))) == [("text-not-text", 1)]


def test_the_second_note_of_an_id_is_rejected(put):
    assert reasons(put("t.csv", "id,text\n1,squats\n1,bridges\n")) == [("duplicate-id", 2)]


def test_an_id_is_compared_across_inputs(put):
    assert reasons(put("a/v.txt", "squats"), put("b/v.txt", "squats")) == [("duplicate-id", None)]


def test_a_note_at_the_limit_gets_in(put):
    assert len(notes(put("v.txt", "x" * recognition().note_characters))) == 1


def test_a_note_over_the_limit_is_rejected(put):
    assert reasons(put("v.txt", "x" * (recognition().note_characters + 1))) == [("oversized-note", None)]


def test_a_date_that_is_none_is_rejected(put):
    assert reasons(put("t.csv", "id,text,dos\n1,squats,02/30/2026\n")) == [("unreadable-date", 1)]


def test_a_row_with_more_cells_than_the_header_is_rejected(put):
    assert reasons(put("t.csv", "id,text\n1,squats, bridges\n")) == [("broken-row", 1)]


def test_a_row_that_ends_before_the_text_is_rejected(put):
    assert reasons(put("t.csv", "id,text\n1\n2,squats\n")) == [("broken-row", 1)]


def test_no_rejected_row_holds_note_text(put):
    secret = "Jane Roe 555-1234"
    path = put("t.csv", f"id,text,dos\n1,{secret},soon\n2,{secret},{secret},x\n")
    assert secret not in json.dumps([row.to_json() for row in taken(path)])


@given(st.lists(st.binary(max_size=40)))
def test_every_line_that_is_not_blank_comes_out_once(tmp_path_factory, lines):
    path = tmp_path_factory.mktemp("in") / "l.jsonl"
    lines = [line.translate(None, b"\r\n\0") for line in lines]
    path.write_bytes(b'{"text": "first"}\n' + b"\n".join(lines))
    filled = [line for line in lines if decode(line).strip("\ufeff \t")]
    assert len(taken(str(path))) == 1 + len(filled)


# Inputs that were named and cannot be read


def test_a_file_that_is_not_there_is_refused_at_once(tmp_path):
    with pytest.raises(UnreadableInput, match="no such file"):
        Intake([str(tmp_path / "gone.txt")])


def test_a_named_file_of_an_unknown_kind_is_refused_at_once(put):
    with pytest.raises(UnreadableInput, match=r"\.csv"):
        Intake([put("scan.jpg", b"\xff\xd8")])


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_refused_at_once(put, tmp_path):
    path = put("v.txt", "squats")
    os.chmod(path, 0)
    with pytest.raises(UnreadableInput, match="may not"):
        Intake([path])


# Dates


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


# Standard input


@pytest.mark.parametrize(
    ("given_text", "note"),
    [
        ('{"id": "1", "text": "squats"}', Note("1", "squats")),
        ("id,text\n1,squats\n", Note("1", "squats")),
        ("S: fine, squats\n", Note("stdin", "S: fine, squats\n")),
    ],
)
def test_standard_input_is_known_by_how_it_begins(monkeypatch, given_text, note):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given_text.encode())))
    assert notes("-") == [note]


def test_a_single_note_is_made_of_bytes():
    received = read_one(b"squats", "visits/v17.txt", FrontDesk(payer="medicare"))
    assert received.note == Note("v17", "squats", payer="medicare")


# Progress


def test_all_bytes_are_read_in_the_end(put):
    intake = Intake([put("t.csv", "id,text\n1,squats\n"), put("v.txt", "bridges")])
    list(intake)
    assert intake.bytes_read == intake.bytes_in_all() == 24
