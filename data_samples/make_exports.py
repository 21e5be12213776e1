"""Makes `data_samples/exports/`: some of the notes beside this file in every form that `unitwise review` takes, and three that it must reject."""

import base64
import json
from datetime import date
from html import escape
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pyarrow
from docx import Document
from openpyxl import Workbook
from PIL import Image
from pyarrow import parquet
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

HERE = Path(__file__).parent
OUT = HERE / "exports"
DAY = date(2026, 3, 2)
LINES_ON_A_PAGE = 24
HEADER = ("Visit ID", "DOS", "Payer", "Discipline", "Note Text")


def note(name: str) -> str:
    """Read a sample note."""
    return (HERE / "notes" / f"{name}.txt").read_text("utf-8").strip()


def rows(letter: str, *names: str) -> list[tuple[str, date, str, str, str]]:
    """Give visits as the rows of an export."""
    return [(f"{letter}26-{number:04}", DAY, "Medicare", name[:2].upper(), note(name)) for number, name in enumerate(names, 1)]


def worksheet() -> None:
    """Make a workbook: a title above the header, and a second sheet that holds no notes."""
    book = Workbook()
    sheet = book.active
    sheet.title = "Visits"
    sheet.append(["Visits of 2 March 2026"])
    sheet.append([])
    for row in (HEADER, *rows("X", "pt_ankle_sprain_flowsheet", "pt_minutes_missing")):
        sheet.append(row)
    book.create_sheet("Legend").append(["Payer", "Medicare Part B"])
    book.save(OUT / "visits.xlsx")


def tables() -> None:
    """Make a Parquet file, and a table with tabs in which a later version of a note stands."""
    columns = zip(*rows("P", "ot_stroke_arm_telegraphic", "pt_balance_group"), strict=True)
    parquet.write_table(pyarrow.table(dict(zip(HEADER, map(list, columns), strict=True))), OUT / "visits.parquet")
    texts = [(each, note(name).replace("\n", " ")) for each, name in (("1", "pt_missed_visit"), ("2", "pt_minutes_missing"))]
    lines = ["Visit ID\tVersion\tNote Text", *(f"T26-0001\t{version}\t{text}" for version, text in texts)]
    (OUT / "visits.tsv").write_text("\n".join(lines) + "\n", "utf-8")


def documents() -> None:
    """Make a Word document with a table, a web page, an RTF file, a PDF of two pages and one that is a picture."""
    word = Document()
    for line in note("ot_pediatric_narrative").split("\n"):
        word.add_paragraph(line)
    table = word.add_table(2, 2)
    for cell, text in zip([cell for row in table.rows for cell in row.cells], ("Total time", "45 minutes", "Next visit", "as planned"), strict=True):
        cell.text = text
    word.save(OUT / "paediatric_visit.docx")
    paragraphs = "".join(f"<p>{escape(line)}</p>" for line in note("pt_parkinson_narrative").split("\n"))
    (OUT / "parkinson_visit.html").write_text(f"<!DOCTYPE html><html><head><title>Chart</title></head><body>{paragraphs}</body></html>", "utf-8")
    escaped = "".join(rf"\u{ord(sign)}?" if ord(sign) > 127 else f"\\{sign}" if sign in "\\{}" else sign for sign in note("pt_work_rehab"))
    (OUT / "work_visit.rtf").write_text(r"{\rtf1\ansi\ansicpg1252 " + escaped.replace("\n", "\\par\n") + "}", "ascii")
    print_pdf(note("pt_vestibular_crystals").split("\n"))
    canvas = Canvas(str(OUT / "scanned.pdf"), invariant=1)
    canvas.drawImage(ImageReader(Image.new("RGB", (40, 60), "white")), 0, 0, 400, 600)
    canvas.save()
    (OUT / "old.doc").write_bytes(bytes.fromhex("d0cf11e0a1b11ae1") + bytes(504))


def print_pdf(lines: list[str]) -> None:
    """Print lines as an EMR does: broken at the margin, a line at the head of every page."""
    broken = []
    for line in lines:
        while len(line) > 90:
            at = line.rindex(" ", 0, 90)
            broken.append(line[:at])
            line = line[at + 1 :]
        broken.append(line)
    canvas = Canvas(str(OUT / "vestibular_visit.pdf"), invariant=1)
    half = len(broken) // 2
    for number, page in enumerate((broken[:half], broken[half:]), 1):
        canvas.drawString(50, 810, f"Example Clinic, page {number} of 2")
        for at, line in enumerate(page):
            canvas.drawString(50, 780 - 20 * at, line)
        canvas.showPage()
    canvas.save()


def message(event: str, sent: str, text: str) -> str:
    """Write a document message of HL7 version 2."""
    signs = {"\\": r"\E" + "\\", "|": r"\F" + "\\", "^": r"\S" + "\\", "&": r"\T" + "\\", "~": r"\R" + "\\", "\n": r"\.br" + "\\"}
    body = "".join(signs.get(sign, sign) for sign in text)
    header = f"MSH|^~\\&|EMR|EXAMPLE|UNITWISE|HERE|{sent}||MDM^{event}|{sent}|P|2.5"
    return "\r".join((header, "PID|1||0", "PV1|1|O|||||||||PT", f"TXA|1|PN|TX|20260302|||{sent}|||||H26-0001", f"OBX|1|FT|11506-3^Note^LN||{body}||||||F", ""))


def exchanges() -> None:
    """Make HL7 messages (a note and its later edit), FHIR lines and a Bundle, and a C-CDA document."""
    first, edited = note("pt_minutes_missing"), note("pt_table_with_pipes")
    (OUT / "messages.hl7").write_text(message("T02", "20260302101500", first) + message("T08", "20260303090000", edited), "utf-8", newline="")
    (OUT / "documents.ndjson").write_text(
        "".join(json.dumps(reference(f"F26-{number}", name)) + "\n" for number, name in enumerate(("pt_pelvic_health", "pta_and_pt_minutes"), 1)), "utf-8"
    )
    sections = [{"title": "Note", "text": {"div": f"<div><pre>{escape(note('pt_wheelchair_clinic'))}</pre></div>"}}]
    composition = {"resourceType": "Composition", "id": "B26-1", "status": "final", "date": "2026-03-02", "section": sections}
    bundle = {"resourceType": "Bundle", "type": "document", "entry": [{"resource": composition}]}
    (OUT / "bundle.json").write_text(json.dumps(bundle), "utf-8")
    paragraphs = "".join(f"<paragraph>{escape(line)}</paragraph>" for line in note("pt_stroke_dictated").split("\n"))
    section = f"<component><section><title>Progress note</title><text>{paragraphs}</text></section></component>"
    header = '<id root="1.2.3" extension="C26-1"/><effectiveTime value="20260302"/>'
    body = f"<component><structuredBody>{section}</structuredBody></component>"
    (OUT / "document.xml").write_text(f'<ClinicalDocument xmlns="urn:hl7-org:v3">{header}{body}</ClinicalDocument>', "utf-8")


def reference(own: str, name: str) -> dict[str, object]:
    """Write a DocumentReference that holds a note."""
    attachment = {"contentType": "text/plain", "data": base64.b64encode(note(name).encode()).decode()}
    period = {"period": {"start": "2026-03-02"}}
    return {"resourceType": "DocumentReference", "id": own, "status": "current", "context": period, "content": [{"attachment": attachment}]}


def archive() -> None:
    """Make an archive: a note, and an entry whose name leads out of it."""
    with ZipFile(OUT / "charts.zip", "w", ZIP_DEFLATED) as packed:
        packed.writestr("clinic/visit.txt", note("ot_acute_after_surgery"))
        packed.writestr("../outside.txt", "never written anywhere")


if __name__ == "__main__":
    OUT.mkdir(exist_ok=True)
    for make in (worksheet, tables, documents, exchanges, archive):
        make()
