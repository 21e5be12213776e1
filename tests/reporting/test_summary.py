import io
import json

from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from nlp_pipeline.records.chart import ChartResult, CloneRate, Cloning, DayCounts, Pattern
from nlp_pipeline.records.finding import Finding
from nlp_pipeline.records.note import Note
from nlp_pipeline.records.visit import visit_of
from nlp_pipeline.reporting.summary import Run, Tally, summary_json, summary_sheet, summary_table
from nlp_pipeline.reporting.summary import tally_of as tally_in
from tests.apps.fake_pipeline import code_note

TEXTS = ["NMR 15 min: SLS on foam, step-ups", "TherEx 20 min: squats", "Did not attend.", "squats next visit"]
PATTERN = Pattern("no-deficit", "Three therapists bill it with no deficit named: 212 visits.", "warning", 212, 3, ("n1",), "up", ("missing-deficit",))
RATE = CloneRate("all", 5, 500, 100, 20, 1)
ACROSS = ChartResult(5, 2, 3, (PATTERN,), (), Cloning(RATE, (0,) * 10, ()), (), (), DayCounts())
RUN = Run(taken_in=5, result="out/coded.jsonl", across=ACROSS, seconds=20.0)


def tally_of(texts):
    tally = Tally()
    for number, text in enumerate(texts):
        tally.add(code_note(Note(str(number), text)))
    return tally


def told(tally):
    page = io.StringIO()
    Console(file=page, width=120).print(summary_table(tally, RUN))
    return page.getvalue()


@given(st.lists(st.sampled_from(TEXTS)), st.integers(0, 10))
def test_tallies_of_parts_add_up_to_the_tally_of_the_whole(texts, cut):
    parts = tally_of(texts[:cut])
    parts.merge(tally_of(texts[cut:]))
    assert parts.to_json() == tally_of(texts).to_json()


@given(st.lists(st.sampled_from(TEXTS)))
def test_a_tally_survives_being_written_down(texts):
    tally = tally_of(texts)
    assert Tally.from_json(json.loads(json.dumps(tally.to_json()))).to_json() == tally.to_json()


def test_claim_units_are_counted_by_code():
    assert tally_of(TEXTS).of("claim_units") == {"97112": 1, "97110": 1}


def test_only_performed_interventions_are_suggestions():
    assert tally_of(TEXTS).of("suggestions").total() == 3


def test_the_review_share_is_of_performed_suggestions():
    assert summary_json(tally_of(TEXTS), RUN)["review_share"] == 0.3333


def test_minutes_are_complete_when_every_service_has_them():
    assert tally_of(TEXTS).of("minutes") == {"complete": 2, "no_service": 2}


def test_documentation_share_is_of_all_coded_notes():
    assert summary_json(tally_of(TEXTS), RUN)["documentation_share"]["minutes"] == 0.5


def test_a_run_without_notes_has_no_shares():
    assert summary_json(Tally(), RUN)["review_share"] is None


def test_a_newcomer_is_told_how_many_notes_were_coded():
    assert "4 coded in 20 s" in told(tally_of(TEXTS))


def test_a_newcomer_is_told_where_the_rejected_rows_are():
    tally = tally_of(TEXTS)
    tally.count("rejected", "empty-note")
    assert "1 rejected, each with its reason in out/rejected.jsonl" in told(tally)


def test_a_newcomer_is_told_how_unclear_dates_were_read():
    tally = tally_of(TEXTS)
    tally.count("intake_notices", "date-read-month-first", 2)
    assert "could be read two ways and were read month first (3/2 as March 2): 2" in " ".join(told(tally).split())


def test_a_newcomer_is_told_the_patterns_in_sentences():
    assert "Three therapists bill it with no deficit named: 212 visits." in told(tally_of(TEXTS))


def test_a_tally_can_be_taken_out_of_a_summary_again():
    tally = tally_of(TEXTS)
    assert tally_in(json.loads(json.dumps(summary_json(tally, RUN)))).of("findings") == tally.of("findings")


def test_a_finding_that_only_other_notes_show_is_counted_once_with_the_note():
    [note, tally] = [visit_of(code_note(Note("n", "Did not attend."))), Tally()]
    clone = Finding("cloned-note", "error", "It stands again.", (), "MBPM")
    tally.add_across(note, (clone, clone))
    assert (tally.of("findings"), tally.of("severities"), tally.of("notes")) == ({"cloned-note": 1}, {"error": 1}, {"with_findings": 1})


def test_the_sheet_of_the_summary_says_every_count():
    rows = summary_sheet(tally_of(TEXTS), RUN)
    assert ["coded", 4] in rows
    assert ["no-deficit", "Three therapists bill it with no deficit named: 212 visits.", 212] in rows


def test_equally_frequent_findings_stand_in_order_of_name():
    tally = Tally()
    for name in ("b", "c", "a", "c"):
        tally.count("findings", name)
    assert tally.most_frequent("findings", 2) == [("c", 2), ("a", 1)]


def test_what_was_assumed_once_is_told_so():
    tally = tally_of(TEXTS)
    tally.count("notices", "No profile for payer 'Acme'.")
    assert "once: No profile for payer 'Acme'." in told(tally)


def test_a_newcomer_is_told_what_the_rules_had_to_assume():
    assert "4 times: The visit has no date; the newest rules are used." in told(tally_of(TEXTS))
