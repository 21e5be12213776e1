"""The report of an audit: the same words as a PDF, a page and a workbook; no name in it unless it is asked for."""

import json
import re
import tomllib
from dataclasses import replace
from datetime import date
from decimal import Decimal
from importlib import resources

import openpyxl
import pypdfium2

from nlp_pipeline.records.audit_papers import About, Action, AuditPapers, RuledPolicy, RunFacts
from nlp_pipeline.records.document import Document
from nlp_pipeline.records.sample import UnitJudgement
from nlp_pipeline.records.storage import plain
from nlp_pipeline.reporting.audit_charts import Bar, Interval, bars, intervals
from nlp_pipeline.reporting.audit_story import document_of
from nlp_pipeline.reporting.audit_words import categories, clocks, months_later, names_of, words
from nlp_pipeline.reporting.audit_workbook import write_workbook
from nlp_pipeline.reporting.document_html import page_of
from nlp_pipeline.reporting.document_pdf import write_pdf
from tests.reporting.audited import PATIENT, THERAPIST, papers, visit


def told(document: Document) -> str:
    blocks = [block for section in document.sections for block in section.blocks]
    cells = [cell for block in blocks for row in block.rows for cell in row]
    return "\n".join(
        [document.title, *(section.title for section in document.sections), *(each for block in blocks for each in (block.text, *block.items)), *cells]
    )


def test_the_report_holds_every_part_that_a_dispute_asks_for():
    titles = [section.title for section in document_of(papers(), names_of(papers(), True)).sections]
    wanted = [
        "In short",
        "Scope",
        "Universe and frame",
        "Sample and method",
        "What the engine finds",
        "Submitted against supported",
        "What the reviewers found",
    ]
    wanted += ["Error rates", "Estimate", "May it be carried over?", "If findings were overturned", "Therapists", "Corrective actions", "When to audit again"]
    assert [each for each in wanted if each not in titles] == []


def test_no_name_and_no_id_stands_in_a_masked_report():
    document = document_of(papers(), names_of(papers(), True))
    found = told(document) + page_of(document)
    assert not any(name in found for name in (THERAPIST, PATIENT, "note-0"))


def test_names_stand_in_a_full_report():
    assert THERAPIST in told(document_of(papers(), names_of(papers(), False)))


def test_a_card_names_strengths_before_patterns():
    [card] = [each for each in document_of(papers(), names_of(papers(), True)).sections if each.title == "Therapist 1"]
    assert [block.text for block in card.blocks if block.kind in ("list", "table")] == ["Strengths", "Patterns, and the elements a note would hold", "Examples"]
    assert len(card.blocks[-1].items) == 3


def disputed(**changes):
    """Papers in which two reviewers differ on the first claim, which was ruled by the second and became policy."""
    given = papers(**changes)
    first = replace(
        given.judgements[0],
        second_supported=Decimal("30.00"),
        second_reviewer="R2",
        adjudicated=Decimal("30.00"),
        adjudicator="R2",
    )
    return replace(given, judgements=(first, *given.judgements[1:]))


def ruled_policy(unit):
    made = (
        "97110",
        "R2",
        "2026-03-09T10:00:00",
        "step-ups",
        2,
        f"Step-ups, not only {PATIENT}",
        date(2026, 4, 1),
        "Audit q1, claim 7",
        "97110",
        "in force",
        "ab",
    )
    return RuledPolicy(unit, *made)


def test_what_two_reviewers_differed_on_stands_with_the_ruling_and_its_policy():
    unit = disputed().judgements[0].id
    given = disputed(ruled=(ruled_policy(unit),))
    found = told(document_of(given, names_of(given, True)))
    assert (
        "They differed on 1, in the amount or in the codes, units or minutes behind it; 1 of these is ruled, and 1 of the rulings became house policy." in found
    )
    assert "One of the two reviewers ruled 1 of them." in found
    assert "step-ups, version 2, in force: Step-ups, not only Patient 1" in found
    assert "since 2026-04-01" in found


def test_a_disagreement_that_nobody_ruled_is_told():
    given = disputed()
    given = replace(given, judgements=(replace(given.judgements[0], adjudicated=None, adjudicator=""), *given.judgements[1:]))
    assert "not ruled yet" in told(document_of(given, names_of(given, True)))


def test_a_report_without_disagreement_says_nothing_of_rulings():
    assert "ruled" not in told(document_of(papers(), names_of(papers(), True)))


def test_actions_that_were_entered_stand_with_owner_and_day():
    given = papers(actions=(Action("units-over", "Check units", "M. Lead", "2026-06-01"),))
    assert "M. Lead" in told(document_of(given, names_of(given, True)))


def test_a_privileged_audit_bears_its_heading():
    given = AuditPapers(About(counsel=True), RunFacts(), ())
    assert document_of(given, names_of(given, True)).banner.startswith("Privileged")


def test_an_audit_without_a_sample_claims_no_estimate():
    given = AuditPapers(About(), RunFacts(visits=1), (visit(1),))
    assert "No sample was drawn" in told(document_of(given, names_of(given, True)))


def test_the_page_asks_for_nothing_and_runs_nothing():
    page = page_of(document_of(papers(), names_of(papers(), True)))
    assert "default-src 'none'" in page
    assert not re.search(r"<script|<link|<img|url\(", page)
    assert not re.search(r"(?:src|href)=[\"'](?!#)", page)


def test_text_in_a_report_is_text():
    given = AuditPapers(About(title="<script>alert(1)</script>"), RunFacts(), ())
    assert "<script>" not in page_of(document_of(given, names_of(given, True)))


def test_the_workbook_holds_text_as_text_and_amounts_as_numbers(tmp_path):
    given = papers()
    said = (UnitJudgement(given.judgements[0].id, Decimal("1.00"), remark="=1+1"), *given.judgements[1:])
    given = AuditPapers(given.about, given.run, given.visits, given.universe, given.sample, said, given.estimate)
    names = names_of(given, True)
    write_workbook(document_of(given, names), given, names, tmp_path / "papers.xlsx")
    book = openpyxl.load_workbook(tmp_path / "papers.xlsx")
    assert book.sheetnames == ["Report", "Sample", "Visits", "Differences", "Frame", "Left out"]
    heads = {cell.value: cell.column for cell in book["Sample"][1]}
    assert book["Sample"].cell(2, heads["remark"]).data_type == "s"
    assert book["Sample"].cell(2, heads["submitted"]).value == 90
    assert book["Sample"].freeze_panes == "B2"


def test_the_pdf_holds_the_words_and_an_alternative_for_each_chart(tmp_path):
    document = document_of(papers(), names_of(papers(), True))
    write_pdf(json.dumps(plain(document)), tmp_path / "report.pdf")
    pdf = pypdfium2.PdfDocument(tmp_path / "report.pdf")
    pages = [pdf[number].get_textpage().get_text_range() for number in range(len(pdf))]
    assert "An audit" in pages[0]
    assert any("May it be carried over?" in page for page in pages)


def test_bars_are_as_long_as_their_figures():
    drawn = bars([Bar("a", 10, 0, "10"), Bar("b", 5, 0, "5")], ("x", "y"))
    [long, short] = [float(width) for width in re.findall(r"<rect x='230' y='\d+' width='([\d.]+)' height='15'", drawn)]
    assert long == 2 * short


def test_an_interval_shows_where_nothing_lies():
    assert "$0" in intervals([Interval("a", -5, 1, 9, "1")])


def test_every_category_of_the_audit_has_its_words():
    audited = tomllib.loads(resources.files("nlp_pipeline.auditing").joinpath("categories.toml").read_text("utf-8"))
    assert categories().keys() == {name for name, each in audited.items() if "message" in each}


def test_every_group_of_categories_has_its_strength():
    assert {each.group for each in categories().values()} == words()["strengths"].keys()


def test_every_clock_has_a_day_and_a_source():
    assert all(each.since and each.source and each.mark in "VKCD" for each in clocks())


def test_months_later_keeps_to_the_calendar():
    assert [months_later(date(2027, 11, 30), months) for months in (1, 3, 12)] == [date(2027, 12, 30), date(2028, 2, 29), date(2028, 11, 30)]
