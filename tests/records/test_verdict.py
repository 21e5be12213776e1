"""Every visit has one of four answers."""

from datetime import date

import pytest

from nlp_pipeline.records.finding import Finding
from nlp_pipeline.records.note import Span
from nlp_pipeline.records.verdict import verdict_of
from nlp_pipeline.records.visit import Activity, Visit, VisitLine

DONE = (Activity(Span(0, 3, "SLS"), "sls", "97112"),)
UNSURE = (Activity(Span(0, 3, "SLS"), "sls", "97112", needs_review=True, review_reasons=("purpose-not-stated",)),)
LINES = (VisitLine("97112", 1),)


def visit(**given):
    return Visit("v1", "SLS", date(2026, 7, 1), **{"minutes_by_code": {"97112": 15.0}, "activities": DONE, "lines": LINES} | given)


def found(code, severity):
    return Finding(code, severity, "", (), "")


@pytest.mark.parametrize(
    ("given", "answer"),
    [
        ({}, "supported"),
        ({"findings": (found("missing-deficit", "warning"),)}, "supported"),
        ({"findings": (found("units-exceed-minutes", "error"),)}, "not_supported"),
        ({"findings": (found("code-mismatch", "warning"),)}, "not_supported"),
        ({"activities": UNSURE}, "cannot_tell"),
        ({"review_reasons": ("minutes-contradict",)}, "cannot_tell"),
        ({"lines": ()}, "cannot_tell"),
        ({"activities": (), "lines": (), "minutes_by_code": {}}, "not_therapy"),
        ({"activities": (), "lines": (), "minutes_by_code": {}, "stated_units": {"97110": 2}}, "cannot_tell"),
    ],
)
def test_a_visit_has_the_answer_of_what_was_furnished_found_and_left_open(given, answer):
    assert verdict_of(visit(**given)) == answer


def test_what_neighbours_show_can_take_support_away():
    assert verdict_of(visit(), [found("cloned-note", "error")]) == "not_supported"
