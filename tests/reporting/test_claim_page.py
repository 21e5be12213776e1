"""The page of a claim and the table of payers, as a reader sees them."""

from io import StringIO

import pytest
from rich.console import Console

from nlp_pipeline.records.claim_schema import encounter_from_json
from nlp_pipeline.reporting.claim_page import show_claim, show_views
from nlp_pipeline.rule_layer import RuleLayer
from nlp_pipeline.rulebook.rulebook import Rulebook

LAYER = RuleLayer(Rulebook.load())
VISIT = encounter_from_json(
    {
        "id": "e1",
        "date_of_service": "2026-03-02",
        "payer": "medicare",
        "discipline": "PT",
        "services": [{"code": "97110", "minutes": 23}, {"code": "97140", "minutes": 8}, {"code": "97150"}],
    }
)


@pytest.fixture
def page():
    console = Console(file=StringIO(), width=200)
    [audited] = LAYER.claim([VISIT])
    show_claim(audited, console, {"97110": "exercise"})
    return console.file.getvalue()


@pytest.fixture
def table():
    console = Console(file=StringIO(), width=200)
    show_views("e1", list(LAYER.side_by_side(VISIT)), console)
    return console.file.getvalue()


def test_a_page_adds_up_what_is_allowed_and_expected(page):
    [audited] = LAYER.claim([VISIT])
    [total] = [line for line in page.splitlines() if line.strip().startswith("total")]
    assert f"${sum(line.allowed for line in audited.claim.lines)}" in total
    assert f"${sum(line.payment.paid for line in audited.claim.lines)}" in total


def test_a_page_asks_each_open_question_once(page):
    heading = page.index("Open questions")
    assert page[heading : page.index("Step by step")].count("What was 97110 for") == 1


def test_a_page_tells_each_source_once(page):
    sources = page[page.index("Sources") :].split("\n [")[1:]
    assert len(sources) == len({each.partition("] ")[2] for each in sources}) > 1


def test_the_unit_that_differs_is_marked_with_its_minutes(table):
    [row] = [line for line in table.splitlines() if line.strip().startswith("method ama")]
    assert "≠ 1" in row
    assert "97140 1 instead of 0 (8 min)" in row


def test_a_payer_that_counts_as_the_first_row_has_no_mark(table):
    [row] = [line for line in table.splitlines() if line.strip().startswith("medicare")]
    assert "≠" not in row


def test_every_payer_has_its_row(table):
    assert all(any(line.strip().startswith(profile.name) for line in table.splitlines()) for profile in LAYER.rulebook.payers.profiles)
