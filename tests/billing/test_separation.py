"""When a note shows by itself that two services of an edited pair were separate."""

from dataclasses import replace
from datetime import date

import pytest

from nlp_pipeline.billing.biller import Biller
from nlp_pipeline.records.claim import Claim
from nlp_pipeline.records.facts import Block, Evidence, Facts, Intervention, MinuteStatement, TimeFacts
from nlp_pipeline.records.note import Note
from nlp_pipeline.records.suggestion import Suggestion
from nlp_pipeline.rulebook.rulebook import Rulebook

RULES = Rulebook.load().on(date(2026, 3, 2), "medicare")
TEXT = "Pool 15 min: jogging, to climb stairs. Gym 15 min: leg press, weak quadriceps."
NOTE = Note("n1", TEXT, date(2026, 3, 2), "medicare", "PT")


def span(words):
    start = TEXT.index(words)
    return NOTE.span(start, start + len(words))


def evidence(element, words):
    return Evidence(element, span(words))


FACTS = Facts(
    NOTE,
    blocks=(Block("B1", span("Pool"), "97113", 39), Block("B2", span("Gym"), "97110", len(TEXT))),
    interventions=(Intervention(span("jogging"), "performed", 1.0, "97113", "B1"), Intervention(span("leg press"), "performed", 1.0, "97110", "B2")),
    time=TimeFacts(
        minutes=(
            MinuteStatement(span("15 min"), 15, "code", "97113", "B1", clock=(540, 555)),
            MinuteStatement(span("15 min"), 15, "code", "97110", "B2", clock=(555, 570)),
        )
    ),
    evidence=(evidence("functional_goal", "to climb stairs"), evidence("deficit", "weak quadriceps")),
)


def claim_of(facts: Facts) -> Claim:
    biller, suggestions = Biller(), (Suggestion("97113", 1.0, None, False, ""), Suggestion("97110", 1.0, None, False, ""))
    return biller.bill(biller.gather(facts, suggestions, RULES), RULES)


def test_two_blocks_with_a_purpose_each_close_the_proof():
    assert [(line.code, line.modifiers) for line in claim_of(FACTS).lines] == [("97113", ("GP",)), ("97110", ("XU", "GP"))]


def test_the_words_that_show_it_are_told_with_their_place():
    assert any("97110 for “weak quadriceps” (62–77), 97113 for “to climb stairs” (22–37)" in step for step in claim_of(FACTS).explanation)


ONE_PURPOSE = replace(FACTS, evidence=FACTS.evidence[:1])
ONE_BLOCK = replace(FACTS, blocks=(Block("B1", span("Pool"), "97113", len(TEXT)),))
SHARED_WORDS = replace(FACTS, evidence=(evidence("functional_goal", "weak quadriceps"), evidence("deficit", "weak quadriceps")))


@pytest.mark.parametrize("facts", [ONE_PURPOSE, ONE_BLOCK, SHARED_WORDS], ids=["a purpose is missing", "one block holds both", "both have the same words"])
def test_anything_less_stays_a_question(facts):
    claim = claim_of(facts)
    assert not any("XU" in line.modifiers for line in claim.lines)
    assert any("no modifier is set before this is answered" in step for step in claim.explanation)


def test_overlapping_clock_times_are_no_separate_minutes():
    [first, second] = FACTS.time.minutes
    claim = claim_of(replace(FACTS, time=TimeFacts(minutes=(first, replace(second, clock=(550, 565))))))
    assert not any("XU" in line.modifiers for line in claim.lines)
    assert any("clock times overlap" in step for step in claim.explanation)
