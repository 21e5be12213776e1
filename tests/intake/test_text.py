import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp_pipeline.intake.decoding import decode, is_binary, is_decoded
from nlp_pipeline.records.note import Note
from tests.intake.conftest import json_lines, notes, reasons


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
