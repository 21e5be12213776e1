import io
import os
import sys
import tracemalloc
from hashlib import sha256
from zipfile import ZipFile, ZipInfo

import pytest

from nlp_pipeline.errors import UnreadableInput
from nlp_pipeline.intake.intake import Intake, read_one
from nlp_pipeline.intake.notes import FrontDesk
from nlp_pipeline.records.note import Note
from tests.intake.conftest import notes, reasons, taken
from tests.intake.samples import pdf, zipped


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


def test_a_single_document_is_read_as_what_it_is():
    assert read_one(pdf(["SLS on foam"]), "v17.pdf", FrontDesk()).note == Note("v17", "SLS on foam")


@pytest.mark.parametrize("name", ["notes.xlsx", "notes.json"])
def test_many_notes_are_no_single_note(name):
    assert read_one(b'[{"text": "squats"}, {"text": "gait"}]', name, FrontDesk()).reason == "several-notes"


def test_a_pattern_stands_for_the_files_that_it_matches(put, tmp_path):
    for name in ("b.txt", "a.txt", "c.csv"):
        put(name, "text\nsquats")
    assert [note.id for note in notes(f"{tmp_path}/*.txt")] == ["a", "b"]


@pytest.mark.parametrize("pattern", ["*", "**"])
def test_a_pattern_takes_each_file_once(put, tmp_path, pattern):
    put("a/v.txt", "squats")
    put("w.txt", "gait")
    assert len(taken(f"{tmp_path}/{pattern}")) == 2


def test_a_pattern_does_not_reach_into_the_folder_of_the_results(put, tmp_path):
    put("a.jsonl", '{"id": "1", "text": "squats"}')
    put("out/coded.jsonl", '{"id": "2", "text": "gait"}')
    assert [note.id for note in notes(f"{tmp_path}/**/*.jsonl", leave_out=tmp_path / "out")] == ["1"]


def test_a_pattern_that_matches_nothing_is_refused_at_once(tmp_path):
    with pytest.raises(UnreadableInput, match="no such file"):
        Intake([f"{tmp_path}/*.txt"])


def test_an_archive_is_read_like_a_folder(put):
    path = put("a.zip", zipped({"b/v2.txt": "gait", "a.csv": "id,text\n1,squats\n", "__MACOSX/x.txt": "x", ".hidden.txt": "x"}))
    assert [(note.id, note.origin.source) for note in notes(path)] == [("1", f"{path}!a.csv"), ("a/b/v2", f"{path}!b/v2.txt")]


def test_an_archive_in_an_archive_is_read_and_no_deeper_one(put):
    inner = zipped({"v.txt": "squats", "deeper.zip": zipped({"w.txt": "gait"})})
    path = put("a.zip", zipped({"inner.zip": inner}))
    assert [note.text for note in notes(path)] == ["squats"]
    assert reasons(path) == [("nested-archive", None)]


@pytest.mark.parametrize("name", ["../v.txt", "/v.txt", "a/../../v.txt", "C:\\v.txt", "..\\v.txt"])
def test_an_entry_that_would_leave_the_archive_is_rejected(put, name):
    assert reasons(put("a.zip", zipped({name: "squats"}))) == [("unsafe-path", None)]


def test_an_entry_that_unpacks_without_end_is_rejected_and_the_rest_read(put):
    path = put("a.zip", zipped({"a.txt": b"0" * 20_000_000, "b.txt": "squats"}))
    assert reasons(path) == [("zip-bomb", None)]
    assert len(notes(path)) == 1


def test_a_link_in_an_archive_is_not_followed(put):
    link = ZipInfo("v.txt")
    link.external_attr = 0o120777 << 16
    assert reasons(put("a.zip", zipped({link: "/etc/hostname"}))) == [("linked-folder", None)]


def test_a_locked_entry_is_rejected(put):
    packed = bytearray(zipped({"v.txt": "squats"}))
    packed[packed.index(b"PK\x01\x02") + 8] |= 1
    assert reasons(put("a.zip", bytes(packed))) == [("encrypted-file", None)]


@pytest.mark.parametrize("damage", [slice(0, 60), slice(40, None)])
def test_a_broken_archive_is_rejected(put, damage):
    assert reasons(put("a.zip", zipped({"v.txt": "squats" * 20})[damage])) in ([("unreadable-file", None)], [("binary-file", None)])


def test_an_entry_that_does_not_unpack_is_rejected_and_the_rest_read(put):
    packed = bytearray(zipped({"a.txt": "squats on a box " * 9, "b.txt": "gait"}))
    packed[45] ^= 0xFF
    path = put("a.zip", bytes(packed))
    assert [reason for reason, _ in reasons(path)] == ["unreadable-file"]
    assert len(notes(path)) == 1


def test_what_goes_in_is_counted_out_whatever_the_mixture(put, tmp_path):
    put("a.csv", "id,text\n1,squats\n1,gait\n2,\n")
    put("b.pdf", pdf(None))
    put("c.zip", zipped({"x.txt": "bridges", "y.bin": "z"}))
    put("d.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
    assert (len(notes(str(tmp_path))), len(reasons(str(tmp_path)))) == (2, 5)


def test_memory_does_not_grow_with_the_rows_of_a_table(put):
    tracemalloc.start()
    for _ in Intake([put("t.csv", "id,text\n" + "\n".join(f"{number},{'squats ' * 30}" for number in range(20_000)))]):
        pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 12_000_000


def test_all_bytes_are_read_in_the_end(put):
    intake = Intake([put("t.csv", "id,text\n1,squats\n"), put("v.txt", "bridges")])
    list(intake)
    assert intake.bytes_read == intake.bytes_in_all() == 24


# To the byte


def test_a_fingerprint_measures_each_file_and_an_archive_as_one(tmp_path):
    (tmp_path / "a.txt").write_bytes(b"squats")
    (tmp_path / "b.bin").write_bytes(b"no note")
    with ZipFile(tmp_path / "c.zip", "w") as archive:
        archive.writestr("one.txt", "squats")
        archive.writestr("two.txt", "lunges")
    found = list(Intake([str(tmp_path)]).fingerprints())
    assert [(each.source.rpartition("/")[2], each.sha256) for each in found] == [
        ("a.txt", sha256(b"squats").hexdigest()),
        ("c.zip", sha256((tmp_path / "c.zip").read_bytes()).hexdigest()),
    ]
    assert found[0].bytes == 6
