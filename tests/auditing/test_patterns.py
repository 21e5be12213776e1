"""Patterns: sentences whose counts are those of the notes."""

from dataclasses import replace

import pytest

from nlp_pipeline.auditing.auditor import CHECKS
from nlp_pipeline.auditing.chart_words import ChartWords
from nlp_pipeline.auditing.patterns import Patterns
from nlp_pipeline.errors import RuleFileRefused
from nlp_pipeline.records.finding import Finding
from nlp_pipeline.records.note import Span
from nlp_pipeline.records.visit import Activity, Visit

WORDS = ChartWords.load()
SPOT = Span(0, 3, "SLS")
NO_DEFICIT = Finding("missing-deficit", "warning", "told", (SPOT,), "a source", "V", "ask")
LATE = Finding("units-exceed-minutes", "error", "told", (), "a source", "V", "ask")
LEFT_OUT = Finding("units-below-minutes", "warning", "told", (), "a source", "V", "ask")


def visit(number, therapist, code="97112"):
    return Visit(f"n{number}", "SLS", therapist=therapist, activities=(Activity(SPOT, "sls", code, code),))


def told(*pairs):
    patterns = Patterns(WORDS)
    for each, findings in pairs:
        patterns.count_visit(each)
        patterns.add(each, findings)
    return patterns.told()


def test_a_pattern_names_its_code_who_and_how_many():
    [pattern] = told(*[(visit(number, f"t{number % 3}"), (NO_DEFICIT,)) for number in range(12)])
    assert pattern.sentence == "Three therapists bill 97112 on notes with no deficit named: 12 visits."
    assert (pattern.visits, pattern.therapists, pattern.direction, pattern.findings) == (12, 3, "up", ("missing-deficit",))


def test_one_therapist_who_accounts_for_most_is_told_of():
    habit = [(visit(number, "t0"), (NO_DEFICIT,)) for number in range(26)]
    [pattern] = told(*habit, (visit(99, "t1"), (NO_DEFICIT,)))
    assert pattern.sentence == "One therapist bills 97112 on notes with no deficit named: 26 of 27 visits."


def test_codes_of_one_kind_stand_in_one_sentence_and_a_visit_counts_once():
    both = replace(visit(1, "t0"), activities=(Activity(SPOT, "sls", "97112", "97112"), Activity(SPOT, "sls", "97110", "97110")))
    [pattern] = told((both, (NO_DEFICIT,)), (visit(2, "t0"), (NO_DEFICIT,)))
    assert "97112 and 97110" in pattern.sentence
    assert pattern.visits == 2
    assert "97112 2, 97110 1" in pattern.detail


def test_examples_come_from_the_therapists_with_the_most():
    pairs = [(visit(number, "few" if number < 2 else "many"), (LATE,)) for number in range(9)]
    [pattern] = told(*pairs)
    assert pattern.examples == ("n2", "n0", "n3", "n1")


def test_without_names_the_authors_are_told_of():
    [pattern] = told(*[(visit(number, None), (LATE,)) for number in range(3)])
    assert pattern.sentence == "The authors state more timed units than the minutes earn: 3 visits."
    assert pattern.therapists == 0


def test_grave_patterns_stand_before_lighter_ones_of_the_same_size():
    patterns = told(*[(visit(number, "t"), (NO_DEFICIT, LATE)) for number in range(3)])
    assert [each.kind for each in patterns] == ["units-exceed-minutes", "missing-deficit"]


def test_what_was_left_out_is_told_as_plainly_as_what_was_claimed_too_much():
    patterns = told((visit(1, "t"), (LEFT_OUT,)), (visit(2, "t"), (LATE,)))
    assert {each.direction for each in patterns} == {"up", "down"}


def test_the_detail_says_where_it_is_most_common():
    pairs = [(visit(number, "a" if number < 20 else "b"), (LATE,) if number < 10 else ()) for number in range(40)]
    [pattern] = told(*pairs)
    assert pattern.detail == "25 % of all visits. Where it is most common: a, 50 % of 20; the others together 0 %."


def test_every_finding_across_notes_has_its_pattern_and_every_pattern_its_finding():
    assert WORDS.findings.keys() <= WORDS.patterns.keys()
    assert WORDS.patterns.keys() <= WORDS.findings.keys() | CHECKS.keys()


def test_no_sentence_speaks_of_an_opportunity():
    assert not [
        each for wording in WORDS.patterns.values() for each in (wording.many, wording.one) if "opportunit" in each.lower() or "revenue" in each.lower()
    ]


@pytest.mark.parametrize("broken", ["numbers = 3", "[findings.x]\nseverity = 'grave'", "not toml"])
def test_a_broken_file_is_refused_with_its_name(tmp_path, broken):
    path = tmp_path / "charts.toml"
    path.write_text(broken, "utf-8")
    with pytest.raises(RuleFileRefused, match=r"charts\.toml"):
        ChartWords.load(path)
