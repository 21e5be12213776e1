import base64

import hl7
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp_pipeline.intake.intake import Intake
from nlp_pipeline.intake.segments import Segment
from nlp_pipeline.records.note import Note, Piece
from tests.intake.conftest import notes, reasons, taken
from tests.intake.samples import DAY, pdf


def mdm(event="T02", document="D1", *observations, parent="", sent="20260302101500"):
    """Write a message with a document."""
    header = f"MSH|^~\\&|EMR|CLINIC|UNITWISE|HERE|{sent}||MDM^{event}|M{document}{event}{sent}|P|2.5"
    visit = "PV1|1|O|||||||||PT"
    document = f"TXA|1|PN|TX|20260302|||{sent}|||||{document}|{parent}"
    return "\r".join([header, "PID|1||17", visit, document, *observations]) + "\r"


def obx(text, kind="TX", number=1, label="11506-3^Progress note^LN"):
    return f"OBX|{number}|{kind}|{label}||{text}||||||F"


def test_a_message_is_read_as_the_library_of_messages_reads_it(put):
    message = mdm("T02", "D1", obx("SLS on foam~15 min"))
    [note] = notes(put("m.hl7", message))
    parsed = hl7.parse(message)
    assert note.text == "\n".join(str(each) for each in parsed.segment("OBX")[5])
    assert note.id == str(parsed.segment("TXA")[12])


def test_what_the_message_knows_of_the_visit_is_read(put):
    path = put("m.hl7", mdm("T02", "D1", "IN1|1|A|B|Medicare", obx("squats")))
    assert notes(path) == [Note("D1", "squats", DAY, "Medicare", patient="17")]


def test_repetitions_segments_and_escapes_become_lines(put):
    path = put("m.hl7", mdm("T02", "D1", obx(r"SLS \T\ gait\.br\15 min~on foam"), obx(r"5\F\5\X0A\fine", number=2)))
    [note] = notes(path)
    assert note.text == "SLS & gait\n15 min\non foam\n5|5\nfine"
    assert note.origin.pieces == (Piece(0, "OBX 5"), Piece(26, "OBX 6"))


def test_parts_with_names_of_their_own_are_headed_by_them(put):
    path = put("m.hl7", mdm("T02", "D1", obx("fine", label="1^Subjective"), obx("squats", label="2^Objective")))
    assert notes(path)[0].text == "Subjective:\nfine\nObjective:\nsquats"


def test_a_line_end_that_was_not_escaped_stays_in_the_text(put):
    assert notes(put("m.hl7", mdm("T02", "D1", obx("squats\nTUG|12 s"))))[0].text == "squats\nTUG|12 s"


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
def test_segments_may_end_in_any_way(put, end):
    assert notes(put("m.hl7", mdm("T02", "D1", obx("squats")).replace("\r", end)))[0].text == "squats"


def test_a_batch_with_frames_is_read_message_by_message(put):
    batch = "FHS|^~\\&\rBHS|^~\\&\r\x0b" + mdm("T02", "D1", obx("squats")) + "\x1c\r\x0b" + mdm("T02", "D2", obx("gait")) + "\x1c\rBTS|2\rFTS|1\r"
    assert [(note.id, note.origin.row, note.origin.part) for note in notes(put("m.hl7", batch))] == [("D1", 1, "MDM^T02"), ("D2", 2, "MDM^T02")]


def test_messages_in_a_text_file_are_known_by_their_beginning(put):
    assert notes(put("m.txt", mdm("T02", "D1", obx("squats"))))[0].id == "D1"


@pytest.mark.parametrize("event", ["T04", "T08"])
def test_an_edited_document_is_coded_as_edited(put, event):
    path = put("m.hl7", mdm("T02", "D1", obx("squats")) + mdm(event, "D1", obx("bridges"), sent="20260303"))
    assert [note.text for note in notes(path)] == ["bridges"]
    assert reasons(path) == [("superseded", 1)]


def test_the_later_edit_wins_whatever_the_order_of_the_files(put, tmp_path):
    put("a.hl7", mdm("T08", "D1", obx("bridges"), sent="20260303"))
    put("b.hl7", mdm("T02", "D1", obx("squats")))
    assert [note.text for note in notes(str(tmp_path))] == ["bridges"]


def test_a_replacement_is_coded_in_place_of_what_it_replaces(put):
    path = put("m.hl7", mdm("T02", "D1", obx("squats")) + mdm("T10", "D2", obx("bridges"), parent="D1"))
    assert [note.id for note in notes(path)] == ["D2"]


def test_an_addendum_is_joined_to_its_document(put):
    path = put("m.hl7", mdm("T02", "D1", obx("squats")) + mdm("T06", "D2", obx("with cueing"), parent="D1", sent="20260303"))
    assert [note.text for note in notes(path)] == ["squats\nwith cueing"]
    assert reasons(path) == [("addendum-joined", 2)]


def test_a_cancelled_document_is_not_coded(put):
    path = put("m.hl7", mdm("T02", "D1", obx("squats")) + mdm("T11", "D1", sent="20260303"))
    assert reasons(path) == [("withdrawn-note", 1), ("withdrawal", 2)]


@pytest.mark.parametrize("message", [mdm("T01", "D1"), "MSH|^~\\&|A|B|C|D|20260302||ADT^A01|1|P|2.5\rPID|1\r"])
def test_a_message_without_text_is_rejected(put, message):
    assert reasons(put("m.hl7", message)) == [("message-without-text", 1)]


def test_what_stands_before_the_first_message_is_rejected(put):
    assert reasons(put("m.hl7", "PID|1\r" + mdm("T02", "D1", obx("squats")))) == [("broken-message", 1)]


def oru(*groups):
    return "MSH|^~\\&|A|B|C|D|20260302||ORU^R01|M1|P|2.5\r" + "\r".join(groups) + "\r"


def test_each_order_of_a_result_message_is_a_note(put):
    path = put("m.hl7", oru("OBR|1||F1|1^PT note|||20260302", obx("squats"), "OBR|2||F2|1^OT note|||20260302", obx("dressing", kind="FT")))
    assert notes(path) == [Note("F1", "squats", DAY), Note("F2", "dressing", DAY)]


def test_an_observation_marked_as_wrong_is_left_out(put):
    wrong = "OBX|1|TX|1||bridges||||||W"
    assert notes(put("m.hl7", oru("OBR|1||F1", wrong, obx("squats"))))[0].text == "squats"


def test_an_enclosed_pdf_is_opened(put):
    content = base64.b64encode(pdf(["SLS on foam"])).decode()
    assert notes(put("m.hl7", oru("OBR|1||F1", obx(f"^application^pdf^Base64^{content}", kind="ED"))))[0].text == "SLS on foam"


def test_an_enclosed_document_that_was_cut_is_rejected_and_the_next_message_read(put):
    path = put("m.hl7", oru("OBR|1||F1", obx("^application^pdf^Base64^JVBER", kind="ED")) + mdm("T02", "D1", obx("squats")))
    assert reasons(path) == [("broken-attachment", 1)]
    assert len(notes(path)) == 1


def test_a_text_of_the_length_that_engines_cut_at_is_told(put):
    intake = Intake([put("m.hl7", mdm("T02", "D1", obx("x" * 1000)))])
    list(intake)
    assert intake.notices == {"text-ends-at-segment-limit": 1}


def test_a_long_segment_is_read_over_many_blocks(put):
    assert len(notes(put("m.hl7", mdm("T02", "D1", obx("squats " * 20_000))))[0].text) == 140_000


@given(st.text(alphabet="ab|^~&\r\\"))
def test_what_was_escaped_comes_back(text):
    escaped = text.translate({ord(sign): rf"\{letter}" + "\\" for sign, letter in zip("|^~\\&", "FSRET", strict=True)} | {13: r"\X0D" + "\\"})
    assert Segment("OBX", 1, []).unescaped(escaped) == text.replace("\r", "\n")


@given(st.binary(max_size=300))
def test_every_message_comes_out(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("in") / "m.hl7"
    path.write_bytes(b"MSH|^~\\&|A\r" + data)
    assert taken(str(path))
