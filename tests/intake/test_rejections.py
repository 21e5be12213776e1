import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp_pipeline.intake.decoding import decode
from nlp_pipeline.intake.recognition import recognition
from tests.intake.conftest import json_lines, notes, reasons, taken


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


@pytest.mark.parametrize(("name", "content"), [("t.csv", ""), ("t.csv", "id,text\n"), ("l.jsonl", "\n"), ("m.hl7", "")])
def test_a_file_without_rows_is_told(put, name, content):
    assert reasons(put(name, content)) == [("no-rows", None)]


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
