"""The ledger: each documented time goes to one code, or is unbilled with its reason."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from nlp_pipeline.billing import ledger
from nlp_pipeline.billing.ledger import enter, words_for
from nlp_pipeline.records.facts import REASONS, MinuteStatement, SetAside
from nlp_pipeline.records.note import Span


def statement(at: int, kind: str, code: str | None = "97110", **more: Any) -> MinuteStatement:
    return MinuteStatement(Span(at, at + 6, "15 min"), 15, kind, code, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (statement(0, "code"), None),
        (statement(0, "start_stop"), None),
        (statement(0, "code", restated=True), "restated"),
        (statement(0, "code", performed=False), "not_furnished"),
        (statement(0, "code", code=None), "no_service"),
        (statement(0, "start_stop", code=None), "total"),
        (statement(0, "timed_total", code=None), "total"),
        (statement(0, "visit_total", code=None), "total"),
        (statement(0, "dosage", code=None), "dosage"),
    ],
)
def test_a_time_counts_or_has_its_reason(said, reason):
    [entry] = enter([said], [])
    assert (entry.code, entry.reason) == ((said.code, None) if reason is None else (None, reason))


def test_the_clock_of_a_service_whose_minutes_are_written_counts_for_nothing():
    assert [entry.reason for entry in enter([statement(0, "start_stop"), statement(9, "code")], [])] == ["restated", None]


def test_a_time_set_aside_is_entered_where_it_stands():
    aside = SetAside(Span(4, 9, "5 min"), 5, "rest")
    entries = enter([statement(0, "code"), statement(20, "code")], [aside])
    assert [(entry.span.start, entry.reason) for entry in entries] == [(0, None), (4, "rest"), (20, None)]


def test_every_reason_has_words_and_every_word_a_reason():
    words = tomllib.loads(Path(ledger.__file__).with_name("ledger.toml").read_text("utf-8"))["unbilled"]
    assert set(words) == set(REASONS)


def test_a_reason_is_said_in_words():
    assert words_for("rest") == "rest"
