"""What leaves the house: the decisions as tables and as draft claims, with no word of a note and nothing that runs."""

import csv
import io
import json
from datetime import UTC, datetime

import pytest

from nlp_pipeline.apps.coder_tool import decisions, visits
from nlp_pipeline.apps.coder_tool.api_records import DecisionIn
from nlp_pipeline.apps.coder_tool.rulings import ruling_of
from nlp_pipeline.records.decided_line import DecidedLine, ExportedVisit
from nlp_pipeline.reporting.claim_drafts import CPT, HCPCS, draft_claim
from tests.apps.coder_tool.conftest import new_person

NOTE_WORDS = ("squats", "SLS on foam", "impaired balance", "step-ups")


def decide(tool, key, user, **given):
    with tool.store.write() as tx:
        visit = visits.get(tx, key)
        decisions.decide(tx, user, ruling_of(visit, DecisionIn(version=visit.version, **({"verdict": "accepted"} | given)), tool.rules))


@pytest.fixture
def decided(tool, filled):
    """Four decided visits, the second with a changed code and the last one skipped."""
    ann = new_person(tool.store, "ann", "coder")
    with tool.store.write() as tx:
        visits.get(tx, filled[0]).payer = "=cmd|' /C calc'!A0"
    decide(tool, filled[0], ann, ops=[{"op": "minutes", "code": code, "minutes": minutes} for code, minutes in (("97112", 15), ("97110", 38))])
    decide(tool, filled[1], ann, ops=[{"op": "code", "line": 1, "code": "97112"}, {"op": "minutes", "code": "97110", "minutes": 10}])
    decide(tool, filled[2], ann)
    decide(tool, filled[3], ann, verdict="skipped", reason="later")
    return filled


@pytest.fixture
def lead(client_of):
    return client_of("lead")


def table(answer):
    return list(csv.DictReader(io.StringIO(answer.text)))


def test_a_row_a_claim_line(lead, decided):
    rows = table(lead.get("/api/v1/exports/lines.csv"))
    assert [(row["note_id"], row["code"], row["units"], row["suggested_units"]) for row in rows][:2] == [("n1", "97112", "1", "1"), ("n1", "97110", "3", "1")]
    assert {row["coder"] for row in rows} == {"ann"}


def test_what_a_coder_changed_stands_beside_what_was_suggested(lead, decided):
    rows = [row for row in table(lead.get("/api/v1/exports/activities.csv")) if row["note_id"] == "n2"]
    assert [(row["suggested"], row["decided"], row["kept"]) for row in rows] == [("97110", "97110", "yes"), ("97530", "97112", "no")]


def test_what_was_skipped_is_no_decision(lead, decided):
    assert "n4" not in {row["note_id"] for row in table(lead.get("/api/v1/exports/lines.csv"))}


@pytest.mark.parametrize("name", ["lines.csv", "activities.csv", "claims.json"])
def test_no_word_of_a_note_leaves(lead, decided, name):
    written = lead.get(f"/api/v1/exports/{name}").text
    assert not [words for words in NOTE_WORDS if words in written]


def test_a_cell_cannot_run_in_a_spreadsheet(lead, decided):
    assert table(lead.get("/api/v1/exports/lines.csv"))[0]["payer"].startswith("'=cmd")


def test_the_workbook_opens_and_holds_no_formula(lead, decided):
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.load_workbook(io.BytesIO(lead.get("/api/v1/exports/decisions.xlsx").content))
    assert book.sheetnames == ["Claim lines", "Activities", "About"]
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f"]
    assert book["Claim lines"].freeze_panes == "C2"
    assert not [words for words in NOTE_WORDS if any(words in str(cell.value) for cell in cells)]


def test_a_claim_is_a_draft_with_what_fhir_asks_for(lead, decided):
    bundle = json.loads(lead.get("/api/v1/exports/claims.json").text)
    claims = [entry["resource"] for entry in bundle["entry"]]
    assert {claim["status"] for claim in claims} == {"draft"}
    needed = {"resourceType", "status", "type", "use", "patient", "created", "provider", "priority", "insurance"}  # what R4 requires of a Claim
    assert all(needed <= claim.keys() for claim in claims)
    assert claims[0]["item"][0]["productOrService"]["coding"] == [{"system": "http://www.ama-assn.org/go/cpt", "code": "97112"}]
    assert claims[0]["patient"]["extension"][0]["valueCode"] == "unknown"  # the note names no patient, and none is made up


def test_a_modifier_stands_with_its_code_system():
    at = datetime(2026, 3, 2, tzinfo=UTC)
    told = dict.fromkeys(("day", "payer", "discipline", "therapist", "clinic", "patient", "reason", "model", "rules"))
    lines = (DecidedLine("97530", 2, ("GO", "59")), DecidedLine("G0283", 1))
    visit = ExportedVisit("k", "n", verdict="accepted", coder="ann", decided_at=at, blind=False, lines=lines, activities=(), **told)
    first, second = draft_claim(visit)["item"]
    assert [each["coding"][0]["system"] for each in first["modifier"]] == [HCPCS, CPT]
    assert second["productOrService"]["coding"] == [{"system": HCPCS, "code": "G0283"}]


def test_days_narrow_an_export(lead, decided):
    assert table(lead.get("/api/v1/exports/lines.csv", params={"since": "2999-01-01"})) == []
    assert table(lead.get("/api/v1/exports/lines.csv", params={"since": "2020-01-01", "until": "2999-01-01"})) != []


@pytest.mark.parametrize("name", ["lines.csv", "activities.csv", "decisions.xlsx", "claims.json"])
def test_a_coder_cannot_export(client_of, decided, name):
    assert client_of("coder").get(f"/api/v1/exports/{name}").status_code == 403


def test_an_export_is_in_the_log(tool, lead, decided):
    lead.get("/api/v1/exports/lines.csv")
    with tool.store.read() as tx:
        from nlp_pipeline.apps.coder_tool.tables import LogEntry

        last = tx.session.query(LogEntry).order_by(LogEntry.number.desc()).first()
    assert (last.action, json.loads(last.details)) == ("decisions.exported", {"visits": 3, "what": "lines.csv"})
