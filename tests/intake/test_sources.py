import io
import os
import sys

import pytest

from nlp_pipeline.errors import UnreadableInput
from nlp_pipeline.intake.intake import Intake, read_one
from nlp_pipeline.intake.notes import FrontDesk
from nlp_pipeline.records.note import Note
from tests.intake.conftest import notes, reasons, taken


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


def test_all_bytes_are_read_in_the_end(put):
    intake = Intake([put("t.csv", "id,text\n1,squats\n"), put("v.txt", "bridges")])
    list(intake)
    assert intake.bytes_read == intake.bytes_in_all() == 24
