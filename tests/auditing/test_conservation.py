"""Minute conservation: proved for the ledgers that are made, and each way to break one is found."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp_pipeline.auditing.case import AuditCase
from nlp_pipeline.auditing.conservation import minutes_not_conserved
from nlp_pipeline.billing.biller import Biller
from nlp_pipeline.reading.minutes import read_time
from nlp_pipeline.reading.services import find_blocks
from nlp_pipeline.records.encounter import LedgerEntry
from nlp_pipeline.records.facts import REASONS, Facts, Intervention, MinuteStatement, SetAside, TimeFacts
from nlp_pipeline.records.note import Note, Span
from nlp_pipeline.records.suggestion import Suggestion
from nlp_pipeline.rulebook.rulebook import Rulebook
from training.corpus import read_notes

RULES = Rulebook.load().on(None, None)
SAMPLES = sorted((Path(__file__).parents[2] / "data_samples").rglob("*.txt"))
CODES = ["97110", "97112", "97530", "97140", "97010", None]


def audited(facts: Facts, suggestions: tuple[Suggestion, ...] = ()) -> AuditCase:
    encounter = Biller().gather(facts, suggestions, RULES)
    return AuditCase(facts, suggestions, encounter, Biller().bill(encounter, RULES), RULES)


def case_of(text: str, done: tuple[tuple[int, int, str], ...] = ()) -> AuditCase:
    note, blocks = Note("n1", text), find_blocks(text)
    interventions = tuple(Intervention(note.span(start, end), "performed", 1.0) for start, end, _ in done)
    suggestions = tuple(Suggestion(code, 1.0, None, False, "") for *_, code in done)
    return audited(Facts(note, blocks, interventions, read_time(text, blocks, interventions)), suggestions)


def broken(case: AuditCase) -> list[str]:
    return [str(hit.values["what"]) for hit in minutes_not_conserved(case)]


def with_ledger(case: AuditCase, *entries: LedgerEntry) -> AuditCase:
    return replace(case, encounter=replace(case.encounter, ledger=entries))


WELL = case_of("TE 20 min: bike 6 min, squats. Rested 5 min. NMR 15 min. Total 35 min.")


def test_a_note_in_order_conserves_its_minutes():
    assert broken(WELL) == []


def test_a_lost_minute_is_found():
    assert any("not entered" in what for what in broken(with_ledger(WELL, *WELL.encounter.ledger[1:])))


def test_a_minute_entered_twice_is_found():
    assert any("does not say" in what for what in broken(with_ledger(WELL, *WELL.encounter.ledger, WELL.encounter.ledger[0])))


def test_words_billed_under_two_codes_are_found():
    first = WELL.encounter.ledger[0]
    assert "the same words count for 97110 and 97112" in broken(with_ledger(WELL, first, replace(first, code="97112"), *WELL.encounter.ledger[1:]))


def test_a_bill_of_another_sum_is_found():
    case = replace(WELL, claim=replace(WELL.claim, minutes_by_code={"97110": 21, "97112": 15}))
    assert broken(case) == ["97110 is billed with 21 minutes, and 20 are entered for it"]


@pytest.mark.parametrize(("code", "reason"), [(None, None), ("97110", "rest")])
def test_a_time_that_neither_counts_nor_has_a_reason_or_both_is_found(code, reason):
    first, *others = WELL.encounter.ledger
    assert any("reason" in what for what in broken(with_ledger(WELL, replace(first, code=code, reason=reason), *others)))


TIMES = st.lists(
    st.tuples(st.integers(1, 90), st.sampled_from(CODES), st.sampled_from(["code", "dosage", "start_stop", "visit_total", "timed_total"]), st.booleans())
)
ASIDE = st.lists(st.tuples(st.integers(1, 90), st.sampled_from(REASONS)))


@given(TIMES, ASIDE, st.lists(st.sampled_from(["97110", "97112", "none"]), max_size=3))
def test_no_minute_is_used_twice_and_none_vanishes_whatever_is_read(times, aside, supported):
    said = tuple(
        MinuteStatement(Span(at * 10, at * 10 + 6, "15 min"), minutes, kind, code, restated=again, owner=at % 4 if code is None else None)
        for at, (minutes, code, kind, again) in enumerate(times)
    )
    others = tuple(SetAside(Span(at * 10 + 7, at * 10 + 9, "9'"), minutes, reason) for at, (minutes, reason) in enumerate(aside))
    span = Span(0, 2, "TE")
    done = tuple(Intervention(span, "performed", 1.0) for _ in supported)
    facts = Facts(Note("n1", ""), interventions=done, time=TimeFacts(said, set_aside=others))
    assert broken(audited(facts, tuple(Suggestion(code, 1.0, None, False, "") for code in supported))) == []


PIECES = [
    "TE 20 min", "NMR 12'", "97140 x 15 min", "manual ten minutes", "bike 6 min", "rested 3 min", "total 45 min", "9:05-9:20", "time in 0900 time out 0945",
    "14/8/8 min", "PTA 8 min", "no, make that eight minutes", "HEP 10 min", "Plan: TE 30 min", "97110 (20 min)", "two times 4 min hold", "1 hr",
    "\n", ". ", "; ", ", ", " | ", "Fifteen and ten.", "bike and squats ten minutes", "97110, 97112: 20, 15.",
]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=25).map(" ".join))
@settings(max_examples=300)
def test_whatever_stands_in_a_note_its_minutes_are_conserved(text):
    done = tuple((at, at + 4, "97110") for at in range(len(text)) if text.startswith("bike", at))
    assert broken(case_of(text, done)) == []


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_a_sample_note_conserves_its_minutes(path):
    assert broken(case_of(path.read_text("utf-8"))) == []


def test_every_training_note_conserves_its_minutes():
    wrong = []
    for note in read_notes():
        done = tuple((each.start, each.end, each.code) for each in sorted(note.interventions, key=lambda each: each.start) if each.status == "performed")
        if broken(case_of(note.text, done)):
            wrong.append(note.id)
    assert wrong == []
