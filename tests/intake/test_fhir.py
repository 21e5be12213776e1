import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp_pipeline.intake.fhir import drafts_of_resource
from nlp_pipeline.intake.received import Place
from nlp_pipeline.records.note import Note, Origin, Piece
from tests.intake.conftest import json_lines, notes, reasons
from tests.intake.samples import DAY, pdf

BODY = "<structuredBody><component><section><text>SLS on foam</text></section></component></structuredBody>"
CLINICAL_DOCUMENT = f"<ClinicalDocument><component>{BODY}</component></ClinicalDocument>"


def attachment(content, kind="text/plain"):
    data = content if isinstance(content, bytes) else content.encode()
    return {"attachment": {"contentType": kind, "data": base64.b64encode(data).decode()}}


def reference(own="d1", *contents, **more):
    return {
        "resourceType": "DocumentReference",
        "id": own,
        "status": "current",
        "context": {"period": {"start": "2026-03-02T10:15:00Z"}},
        "content": [*contents],
        **more,
    }


def composition(own="c1", **more):
    sections = [
        {"title": "Subjective", "text": {"div": "<div>no pain</div>"}},
        {"title": "Objective", "section": [{"title": "NMR", "text": {"div": "<div><p>SLS</p><p>15 min</p></div>"}}]},
    ]
    return {"resourceType": "Composition", "id": own, "status": "final", "date": "2026-03-02", "section": sections, **more}


def bundle(*resources, **more):
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": each} for each in resources], **more}


def test_a_document_reference_is_a_note(put):
    path = put("d.json", json.dumps(reference("d1", attachment("SLS on foam"))))
    [note] = notes(path)
    assert note == Note("d1", "SLS on foam", DAY)
    assert note.origin == Origin(path, None, "DocumentReference/d1")


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ("<p>SLS on foam</p>", "text/html"),
        (r"{\rtf1\ansi SLS on foam}", "application/rtf"),
        (pdf(["SLS on foam"]), "application/pdf"),
        (pdf(["SLS on foam"]), "application/octet-stream"),
        (CLINICAL_DOCUMENT, "text/xml"),
    ],
)
def test_an_attachment_is_read_as_what_it_is(put, content, kind):
    assert notes(put("d.json", json.dumps(reference("d1", attachment(content, kind)))))[0].text == "SLS on foam"


def test_of_several_forms_of_one_document_the_plain_one_is_read(put):
    both = reference("d1", attachment("<p>SLS</p>", "text/html"), attachment("SLS\n15 min", "text/plain; charset=utf-8"))
    assert notes(put("d.json", json.dumps(both)))[0].text == "SLS\n15 min"


def test_a_composition_is_written_out_section_by_section(put):
    [note] = notes(put("c.json", json.dumps(composition())))
    assert note.text == "Subjective:\nno pain\nNMR:\nSLS\n15 min"
    assert note.origin.pieces == (Piece(0, "section Subjective"), Piece(20, "section NMR"))


def test_each_document_of_a_bundle_is_a_note(put):
    path = put("b.json", json.dumps(bundle({"resourceType": "Patient", "id": "p"}, reference("d1", attachment("squats")), composition())))
    assert [(note.id, note.origin.row) for note in notes(path)] == [("d1", 2), ("c1", 3)]


def test_what_a_document_points_to_in_its_bundle_is_found(put):
    binary = {"resourceType": "Binary", "id": "b", "data": base64.b64encode(b"squats").decode()}
    path = put("b.json", json.dumps(bundle(reference("d1", {"attachment": {"contentType": "text/plain", "url": "Binary/b"}}), binary)))
    assert notes(path)[0].text == "squats"


def test_the_one_coverage_of_a_bundle_names_the_payer(put):
    path = put("b.json", json.dumps(bundle({"resourceType": "Coverage", "id": "k", "payor": [{"display": "Medicare"}]}, reference("d1", attachment("squats")))))
    assert notes(path)[0].payer == "Medicare"


@pytest.mark.parametrize("name", ["e.ndjson", "e.jsonl", "e.json"])
def test_resources_on_lines_are_read_one_by_one(put, name):
    path = put(name, json_lines(reference("d1", attachment("squats")), {"resourceType": "Patient", "id": "p"}, composition()))
    assert [note.id for note in notes(path)] == ["d1", "c1"]
    assert reasons(path) == [("resource-without-note", 2)]


def test_a_document_that_lies_elsewhere_is_not_fetched(put):
    path = put("d.json", json.dumps(reference("d1", {"attachment": {"contentType": "text/plain", "url": "https://example.org/x"}})))
    assert reasons(path) == [("attachment-elsewhere", None)]


def test_a_broken_attachment_is_rejected(put):
    assert reasons(put("d.json", json.dumps(reference("d1", {"attachment": {"contentType": "text/plain", "data": "%%%"}})))) == [("broken-attachment", None)]


def test_a_document_that_replaces_another_wins_although_the_other_was_touched_later(put):
    old = reference("d1", attachment("squats"), meta={"lastUpdated": "2026-03-09T00:00:00Z"})
    new = reference("d2", attachment("bridges"), date="2026-03-03", relatesTo=[{"code": "replaces", "target": {"reference": "DocumentReference/d1"}}])
    path = put("e.ndjson", json_lines(new, old))
    assert [note.id for note in notes(path)] == ["d2"]
    assert reasons(path) == [("superseded", 2)]


def test_an_error_that_was_replaced_does_not_take_its_replacement_with_it(put):
    old = reference("d1", attachment("squats"), status="entered-in-error", meta={"lastUpdated": "2026-03-09T00:00:00Z"})
    new = reference("d2", attachment("bridges"), relatesTo=[{"code": "replaces", "target": {"reference": "DocumentReference/d1"}}])
    path = put("e.ndjson", json_lines(old, new))
    assert [note.id for note in notes(path)] == ["d2"]
    assert reasons(path) == [("withdrawal", 1)]


def test_an_appended_document_is_read_with_its_note(put):
    later = reference("d2", attachment("with cueing"), relatesTo=[{"code": "appends", "target": {"reference": "DocumentReference/d1"}}])
    path = put("e.ndjson", json_lines(reference("d1", attachment("squats")), later))
    assert [note.text for note in notes(path)] == ["squats\nwith cueing"]


def test_a_document_marked_as_superseded_is_not_coded(put):
    assert reasons(put("d.json", json.dumps(reference("d1", attachment("squats"), status="superseded")))) == [("superseded", None)]


def test_a_bundle_without_documents_is_rejected(put):
    assert reasons(put("b.json", json.dumps(bundle({"resourceType": "Patient"})))) == [("resource-without-note", None)]


def test_a_json_file_may_hold_plain_notes(put):
    assert notes(put("a.json", '[{"id": "1", "text": "squats"}]')) == notes(put("b.json", '{"id": "1", "text": "squats"}')) == [Note("1", "squats")]


def test_a_broken_json_file_is_rejected(put):
    assert reasons(put("a.json", '{"resourceType": "Bundle", "entry": [')) == [("broken-json", None)]


anything = st.recursive(
    st.none() | st.integers() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
)


@given(st.sampled_from(["DocumentReference", "Composition", "DiagnosticReport", "Bundle"]), anything, anything)
def test_a_resource_of_any_shape_is_read_or_rejected(kind, one, other):
    names = ("content", "section", "entry", "relatesTo", "context", "presentedForm", "meta", "id", "status", "date", "text", "identifier", "event")
    assert list(drafts_of_resource({"resourceType": kind, **dict.fromkeys(names[::2], one), **dict.fromkeys(names[1::2], other)}, Place("x")))
