import base64

import pytest

from nlp_pipeline.records.note import Note, Origin, Piece
from tests.intake.conftest import notes, reasons
from tests.intake.samples import DAY, pdf

SECTIONS = """
<component><section><code code="61150-9"/><title>Subjective</title><text><paragraph>no pain</paragraph></text></section></component>
<component><section><title>Treatment</title><text><table><thead><tr><th>Activity</th><th>Time</th></tr></thead>
<tbody><tr><td>SLS on <content styleCode="Bold">foam</content></td><td>15 min<br/>NMR</td></tr></tbody></table>
<list><item>gait</item><item>stairs</item></list></text></section></component>
"""


def document(sections=SECTIONS, header="", own="v17", start=""):
    return (
        f'<?xml version="1.0"?>{start}<ClinicalDocument xmlns="urn:hl7-org:v3"><id root="1.2" extension="{own}"/><effectiveTime value="20260305"/>{header}'
        f'<documentationOf><serviceEvent><effectiveTime><low value="20260302101500-0500"/></effectiveTime></serviceEvent></documentationOf>'
        f"<component><structuredBody>{sections}</structuredBody></component></ClinicalDocument>"
    )


def section(text):
    return f"<component><section><text>{text}</text></section></component>"


def test_sections_tables_and_lists_become_lines(put):
    path = put("c.xml", document())
    [note] = notes(path)
    assert note == Note("v17", "Subjective:\nno pain\nTreatment:\nActivity | Time\nSLS on foam | 15 min\nNMR\n- gait\n- stairs", DAY)
    assert note.origin == Origin(path, pieces=(Piece(0, "section Subjective"), Piece(20, "section Treatment")))


def test_words_of_neighbouring_cells_do_not_fuse(put):
    assert "squats | 10" in notes(put("c.xml", document(section("<table><tr><td>squats</td><td>10</td></tr></table>"))))[0].text


def test_an_enclosed_pdf_is_opened(put):
    content = base64.b64encode(pdf(["SLS on foam"])).decode()
    enclosed = f'<nonXMLBody><text mediaType="application/pdf" representation="B64">{content}</text></nonXMLBody>'
    body = f"<ClinicalDocument><component>{enclosed}</component></ClinicalDocument>"
    assert [note.text for note in notes(put("c.xml", body))] == ["SLS on foam"]


def test_of_a_set_the_highest_version_is_coded(put, tmp_path):
    for number in (2, 10, 9):
        header = f'<setId extension="s"/><versionNumber value="{number}"/>'
        put(f"{number}.xml", document(section(f"version {number}"), header, own=f"v{number}"))
    assert [note.text for note in notes(str(tmp_path))] == ["version 10"]


def test_an_addendum_is_joined_to_its_document(put, tmp_path):
    put("a.xml", document(section("squats")))
    put(
        "b.xml",
        document(
            section("with cueing"), '<relatedDocument typeCode="APND"><parentDocument><id extension="v17"/></parentDocument></relatedDocument>', own="v18"
        ),
    )
    assert [note.text for note in notes(str(tmp_path))] == ["squats\nwith cueing"]


def test_a_replacement_is_coded_in_place_of_its_document(put, tmp_path):
    put("a.xml", document(section("squats")))
    put(
        "b.xml",
        document(section("bridges"), '<relatedDocument typeCode="RPLC"><parentDocument><id extension="v17"/></parentDocument></relatedDocument>', own="v18"),
    )
    assert [note.id for note in notes(str(tmp_path))] == ["v18"]


@pytest.mark.parametrize("declared", ['<!ENTITY e SYSTEM "file:///etc/hostname">', '<!ENTITY a "ha"><!ENTITY e "&a;&a;&a;&a;">'])
def test_entities_are_refused(put, declared):
    assert reasons(put("c.xml", document(section("&e;"), start=f"<!DOCTYPE ClinicalDocument [{declared}]>"))) == [("xml-entities", None)]


def test_another_kind_of_xml_is_rejected(put):
    assert reasons(put("c.xml", "<note><text>squats</text></note>")) == [("unknown-xml", None)]


def test_broken_xml_is_rejected(put):
    assert reasons(put("c.xml", document()[:-20])) == [("unreadable-file", None)]


def test_a_document_without_narrative_is_empty(put):
    assert reasons(put("c.xml", document(""))) == [("empty-note", None)]


WHO = (
    '<recordTarget><patientRole><id root="1.9" extension="p-7"/></patientRole></recordTarget>'
    "<author><assignedAuthor><id nullFlavor='NI'/><assignedAuthoringDevice><softwareName>an EMR</softwareName></assignedAuthoringDevice>"
    "</assignedAuthor></author>"
    '<author><assignedAuthor><id root="2.16" extension="1245319599"/><assignedPerson><name><given>Ann</given><family>Lee</family></name></assignedPerson>'
    "</assignedAuthor></author>"
    "<custodian><assignedCustodian><representedCustodianOrganization><id nullFlavor='NI'/><name>North  Clinic</name></representedCustodianOrganization>"
    "</assignedCustodian></custodian>"
)


def test_the_header_names_patient_therapist_and_clinic(put):
    [note] = notes(put("c.xml", document(header=WHO)))
    assert (note.patient, note.therapist, note.clinic) == ("p-7", "1245319599", "North Clinic")


def test_a_therapist_without_a_number_is_known_by_name(put):
    [note] = notes(put("c.xml", document(header=WHO.replace('<id root="2.16" extension="1245319599"/>', ""))))
    assert note.therapist == "Ann Lee"


def test_a_document_that_names_nobody_has_nobody(put):
    [note] = notes(put("c.xml", document()))
    assert (note.patient, note.therapist, note.clinic) == (None, None, None)
