import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from hypothesis import given
from hypothesis import strategies as st

from nlp_pipeline.intake.documents import read_document
from nlp_pipeline.intake.intake import Intake
from nlp_pipeline.intake.markup import text_of_html
from nlp_pipeline.intake.received import Place, Rejected
from nlp_pipeline.records.note import Piece
from tests.intake.conftest import notes, reasons
from tests.intake.samples import pdf, saved, word_document, zipped

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600
ENTITIES = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'
BODY = '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r><w:t>&b;</w:t></w:r></w:p></w:body></w:document>'


def text_of(path):
    [note] = notes(path)
    return note.text


def notices(path):
    intake = Intake([path])
    list(intake)
    return intake.notices


def test_a_pdf_is_read_page_by_page(put):
    [note] = notes(put("v.pdf", pdf(["SLS on foam"], ["15 min"])))
    assert note.text == "SLS on foam\n15 min"
    assert note.origin.pieces == (Piece(0, "page 1"), Piece(12, "page 2"))


def test_lines_that_run_on_every_page_are_kept_once(put):
    path = put("v.pdf", pdf(["Clinic, page 1 of 2", "SLS on", "initials"], ["Clinic, page 2 of 2", "foam 15 min", "initials"]))
    assert text_of(path) == "Clinic, page 1 of 2\nSLS on\ninitials\nfoam 15 min"
    assert notices(path) == {"pdf-running-lines-left-out": 1}


def test_lines_that_differ_in_their_figures_are_all_kept(put):
    path = put("v.pdf", pdf(["gait 10 min", "squats"], ["gait 20 min", "bridges"]))
    assert text_of(path) == "gait 10 min\nsquats\ngait 20 min\nbridges"


def test_a_page_that_says_the_same_as_the_first_is_kept(put):
    assert text_of(put("v.pdf", pdf(["gait 10 min"], ["gait 10 min"]))) == "gait 10 min\ngait 10 min"


def test_a_pdf_of_pictures_is_rejected(put):
    assert reasons(put("v.pdf", pdf(None, None))) == [("pdf-without-text", None)]


def test_a_page_that_is_a_picture_is_told(put):
    path = put("v.pdf", pdf(["SLS on foam"], None))
    assert text_of(path) == "SLS on foam"
    assert notices(path) == {"pdf-page-without-text": 1}


def test_a_locked_pdf_is_rejected(put):
    assert reasons(put("v.pdf", pdf(["SLS on foam"], password="secret"))) == [("encrypted-file", None)]


def test_a_broken_pdf_is_rejected(put):
    assert reasons(put("v.pdf", b"%PDF-1.7 nothing")) == [("unreadable-file", None)]


def test_a_word_document_keeps_the_order_of_paragraphs_and_tables(put):
    document = word_document()
    document.add_paragraph("Neuro re-ed")
    table = document.add_table(2, 2)
    for at, text in enumerate(("NMR", "15 min", "TA", "10 min")):
        table.cell(at // 2, at % 2).text = text
    document.add_paragraph("no pain")
    assert text_of(put("v.docx", saved(document))) == "Neuro re-ed\nNMR | 15 min\nTA | 10 min\nno pain"


def test_a_cell_that_is_a_part_of_the_page_keeps_its_lines(put):
    document = word_document()
    table = document.add_table(1, 2)
    table.cell(0, 0).text, table.cell(0, 1).text = "S:\nfine\nno pain\nslept well", "O: squats"
    assert text_of(put("v.docx", saved(document))) == "S:\nfine\nno pain\nslept well\nO: squats"


def test_the_header_of_a_word_document_is_read_and_named(put):
    document = word_document()
    document.sections[0].header.paragraphs[0].text = "Visit 2026-03-02"
    document.add_paragraph("squats")
    [note] = notes(put("v.docx", saved(document)))
    assert note.text == "Visit 2026-03-02\nsquats"
    assert note.origin.pieces == (Piece(0, "header"), Piece(17, "body"))


def test_tracked_changes_are_read_as_accepted(put):
    document = word_document()
    paragraph = document.add_paragraph("SLS ")
    for tag, inner, text in (("w:del", "w:delText", "on floor"), ("w:ins", "w:t", "on foam")):
        paragraph._p.append(parse_xml(f"<{tag} {nsdecls('w')}><w:r><{inner}>{text}</{inner}></w:r></{tag}>"))
    path = put("v.docx", saved(document))
    assert text_of(path) == "SLS on foam"
    assert notices(path) == {"tracked-changes-accepted": 1}


def test_a_word_document_that_declares_entities_is_rejected(put):
    assert reasons(put("v.docx", zipped({"word/document.xml": ENTITIES + BODY}))) == [("xml-entities", None)]


def test_a_word_document_that_unpacks_without_end_is_rejected(put):
    assert reasons(put("v.docx", zipped({"word/document.xml": b"0" * 20_000_000}))) == [("zip-bomb", None)]


@pytest.mark.parametrize("content", [b"PK\x03\x04 cut", zipped({"other.xml": "<a/>"}), zipped({"word/document.xml": "<a>"})])
def test_a_broken_word_document_is_rejected(put, content):
    assert reasons(put("v.docx", content)) == [("unreadable-file", None)]


def test_a_document_of_before_2007_is_rejected_with_its_remedy(put):
    assert reasons(put("v.doc", OLE)) == [("legacy-document", None)]


def test_a_locked_word_document_is_rejected_as_locked(put):
    assert reasons(put("v.docx", OLE + "EncryptedPackage".encode("utf-16-le"))) == [("encrypted-file", None)]


def test_a_file_called_doc_that_is_rtf_or_a_page_is_read_as_what_it_is(put):
    assert text_of(put("a.doc", rb"{\rtf1\ansi squats}")) == "squats"
    assert text_of(put("b.doc", "<html><p>squats</p></html>")) == "squats"


def test_rtf_keeps_signs_of_its_code_page_and_beyond(put):
    path = put("v.rtf", rb"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}}SLS \u8211? foam\par knee 120\'b0}")
    assert text_of(path) == "SLS – foam\nknee 120°"


def test_a_picture_in_rtf_is_no_text(put):
    picture = b"{\\pict\\pngblip " + b"89504e47" * 2_000 + b"}"
    assert text_of(put("v.rtf", b"{\\rtf1\\ansi squats " + picture + b"}")).strip() == "squats"


def test_a_web_page_is_read_as_it_is_shown(put):
    head = "<head><title>EMR</title><style>p{}</style></head>"
    page = f"<html>{head}<body><p>NMR&nbsp;15 min<br>SLS</p><script>x()</script><div hidden>not shown</div></body></html>"
    assert text_of(put("v.html", page)) == "NMR\u00a015 min\nSLS"


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("<div>a</div><div>b</div>", "a\nb"),
        ("<table><tr><td>NMR<td>15</tr><tr><td>TA<td>10</tr></table>", "NMR | 15\nTA | 10"),
        ("<ul><li>squats<li>gait</ul>", "- squats\n- gait"),
        ("<input type=checkbox checked>gait <input type=checkbox>stairs", "[x] gait [ ] stairs"),
        ("<pre>a\n  b</pre>", "a\nb"),
        ("a<b>b</b>c", "abc"),
        ("one\n   two", "one two"),
        ("<p>a<br><br>b", "a\n\nb"),
    ],
)
def test_the_form_of_a_web_page_becomes_lines(page, text):
    assert text_of_html(page) == text


def test_a_web_page_of_great_depth_is_read():
    assert text_of_html("<div>" * 20_000 + "squats") == "squats"


def test_binary_data_in_a_document_is_rejected(put):
    assert reasons(put("v.html", b"\0\1\2")) == [("binary-file", None)]


@given(
    st.binary(max_size=200),
    st.sampled_from([b"", b"%PDF-1.4\n", b"{\\rtf1 ", b"PK\x03\x04", b"<html>", OLE[:8]]),
    st.sampled_from(["docx", "pdf", "rtf", "html", "text"]),
)
def test_whatever_the_bytes_a_document_is_read_or_rejected(data, start, named):
    written = read_document(start + data, named, Place("v"))
    assert isinstance(written, Rejected) or isinstance(written.text, str)
