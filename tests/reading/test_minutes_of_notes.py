"""Whole small notes: what their minutes are by code, their totals, and what a reviewer would ask about time."""

import re
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from nlp_pipeline.auditing.case import AuditCase
from nlp_pipeline.auditing.conservation import CHECKS as CONSERVATION
from nlp_pipeline.auditing.time import CHECKS as TIME
from nlp_pipeline.billing.biller import Biller
from nlp_pipeline.reading.minutes import read_time
from nlp_pipeline.reading.services import find_blocks
from nlp_pipeline.records.facts import Facts, Intervention
from nlp_pipeline.records.note import Note
from nlp_pipeline.records.suggestion import Suggestion
from nlp_pipeline.rulebook.rulebook import Rulebook

CASES = Path(__file__).parents[1] / "cases" / "reading"
NOTES = tomllib.loads((CASES / "minutes.toml").read_text("utf-8"))["note"]
ACTIVITIES = tomllib.loads((CASES / "minutes_of_activities.toml").read_text("utf-8"))["note"]
RULES = Rulebook.load().on(date(2026, 3, 2), "medicare")
MARK = re.compile(r"\[(?P<words>[^|\]\n]+)\|(?P<code>\w{4,5})\]")


def audited(marked: str) -> AuditCase:
    """Take the marks out, and read, bill and audit what is left by the activities that were marked."""
    text, at, interventions, suggestions = "", 0, list[Intervention](), list[Suggestion]()
    for mark in MARK.finditer(marked):
        text += marked[at : mark.start()]
        interventions.append(Intervention(Note("", text + mark["words"]).span(len(text), len(text) + len(mark["words"])), "performed", 1.0))
        suggestions.append(Suggestion(mark["code"], 1.0, None, False, ""))
        text, at = text + mark["words"], mark.end()
    text += marked[at:]
    blocks = find_blocks(text)
    facts = Facts(Note("n1", text), blocks, tuple(interventions), read_time(text, blocks, interventions))
    encounter = Biller().gather(facts, tuple(suggestions), RULES)
    return AuditCase(facts, tuple(suggestions), encounter, Biller().bill(encounter, RULES), RULES)


def said(case: AuditCase) -> dict[str, float]:
    return {code: minutes for code, minutes in (case.claim.minutes_by_code or {}).items() if minutes}


def told(note: dict[str, Any]) -> dict[str, float]:
    return {code: minutes for code, minutes in note["minutes"].items() if minutes}


@pytest.mark.parametrize("note", NOTES, ids=lambda note: note["claim"])
def test_a_note_has_the_minutes_that_it_says(note):
    assert said(audited(note["text"])) == told(note)


@pytest.mark.parametrize("note", NOTES, ids=lambda note: note["claim"])
def test_a_note_has_the_totals_that_it_says(note):
    encounter = audited(note["text"]).encounter
    assert (encounter.timed_total, encounter.visit_total) == (note.get("timed"), note.get("visit"))


@pytest.mark.parametrize("note", NOTES, ids=lambda note: note["claim"])
def test_a_note_has_the_findings_about_time_that_it_deserves(note):
    case = audited(note["text"])
    assert {code for code, check in {**TIME, **CONSERVATION}.items() if any(check(case))} == set(note.get("findings", ()))


@pytest.mark.parametrize("note", ACTIVITIES, ids=lambda note: note["claim"])
def test_minutes_go_to_the_activity_they_speak_of(note):
    assert said(audited(note["text"])) == told(note)


def test_a_time_for_each_of_several_services_counts_for_each():
    case = audited("97110 and 97112 15 min each.")
    assert [(entry.code, entry.minutes) for entry in case.encounter.ledger] == [("97110", 15), ("97112", 15)]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("NMR 15 min. Rested 5 min.", "rest"),
        ("NMR 15 min. Walks 40 min with the dog.", "history"),
        ("NMR 15 min. HEP: bridges 10 min.", "home"),
        ("NMR 15 min. Goal: stand 20 min.", "goal"),
        ("NMR 15 min. Plan: TE 30 min.", "plan"),
        ("NMR 15 min. TE 10 min refused.", "not_furnished"),
        ("NMR 15 min. Ice 10 min, not billed.", "not_billed"),
        ("NMR 15 min. TE 20 min concurrent with another resident.", "not_one_to_one"),
        ("NMR 15 min. 6 min of documentation.", "documentation"),
        ("NMR 12 min, no, make that fifteen minutes.", "taken_back"),
        ("Bus ride 10-15 min.\nNMR 15 min.", "unclear"),
        ("NMR 15 min. Total 15 min.", "total"),
        ("NMR 15 min: march 4 min, foam.", "dosage"),
        ("NMR 15 min. At sign off: 97112 (15 min), 97110 (8 min).", "restated"),
    ],
)
def test_a_time_that_does_not_count_has_its_reason(text, reason):
    assert reason in {entry.reason for entry in audited(text).encounter.ledger}
