"""A quarter with planted faults: what is found, and that nothing honest is called a fault. Figures of larger quarters stand in docs/measurements.md."""

import json
import re
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import pytest

from nlp_pipeline.auditing.chart_words import ChartWords
from nlp_pipeline.chart_layer import ChartReview
from nlp_pipeline.records.chart import ChartFinding, EpisodeLine, NoteFinding, VisitNews
from nlp_pipeline.records.chart_schema import (
    chart_finding_from_json,
    chart_finding_to_json,
    chart_result_from_json,
    chart_result_to_json,
    episode_to_json,
    visit_news_to_json,
)
from nlp_pipeline.records.visit_schema import visit_from_json, visit_to_json
from tests.auditing.planted import FAULTS, FOLLOWS, Quarter, quarter

DOCS = Path(__file__).parents[2] / "docs"
EVERY_FAULT = (*FAULTS, "copied-from-another-patient", "overlapping-patients")


@pytest.fixture(scope="module")
def planted() -> Quarter:
    return quarter(480, seed=11, faults=0.6)


@pytest.fixture(scope="module")
def reviewed(planted):
    review = ChartReview.load()
    found = list(review.review(planted))
    return found, review.result()


def by_code(found):
    notes = defaultdict(set)
    for each in found:
        if isinstance(each, NoteFinding):
            notes[each.finding.code].add(each.note_id)
    return notes


@pytest.mark.parametrize("fault", EVERY_FAULT)
def test_every_planted_fault_is_found(planted, reviewed, fault):
    assert planted.planted[fault]
    assert planted.planted[fault] <= by_code(reviewed[0])[fault]


def test_an_honest_quarter_shows_nothing():
    review = ChartReview.load()
    honest = quarter(320, seed=5, faults=0.0)
    spoiled = {name for names in honest.planted.values() for name in names}  # a copy and an overlap are planted in any quarter
    days = {(each.therapist, each.day) for each in honest.visits if each.id in spoiled}
    known = {each.id for each in honest.visits if (each.therapist, each.day) in days}
    assert {each.note_id for each in review.review(honest) if isinstance(each, NoteFinding)} <= known


def test_what_else_is_found_follows_from_what_was_planted(planted, reviewed):
    found = by_code(reviewed[0])
    days = {(each.therapist, each.day) for each in planted.visits if each.id in planted.planted["overlapping-patients"]}
    same_day = {each.id for each in planted.visits if (each.therapist, each.day) in days}
    for code, notes in found.items():
        roots = set().union(*(planted.planted[root] for root in (*FOLLOWS.get(code, ()), code)))
        assert notes <= roots | (same_day if code in ("overlapping-patients", "minutes-cannot-fit") else set()), code


def test_the_same_quarter_gives_the_same_answers(planted, reviewed):
    again = ChartReview.load()
    lines = [visit_from_json(visit_to_json(visit).encode()) for visit in planted.visits]
    assert list(again.review(replace(planted, visits=lines))) == reviewed[0]
    assert again.result() == reviewed[1]


def test_every_visit_after_the_first_says_what_is_new(planted, reviewed):
    news = {each.note_id: each for each in reviewed[0] if isinstance(each, VisitNews)}
    assert len(news) == len(planted.visits) - len({each.patient for each in planted.visits})
    texts = {each.id: each.text for each in planted.visits}
    assert all(texts[name][span.start : span.end] == span.text for name, each in news.items() for span in (*each.new, *each.carried, *each.boilerplate))
    assert json.loads(json.dumps(visit_news_to_json(next(iter(news.values())))))["novel_share"] <= 1


def test_totals_and_findings_come_back_from_their_json(reviewed):
    found, result = reviewed
    assert chart_result_from_json(json.loads(json.dumps(chart_result_to_json(result)))) == result
    told = [each for each in found if isinstance(each, ChartFinding)]
    assert told
    assert [chart_finding_from_json(json.loads(json.dumps(chart_finding_to_json(each)))) for each in told] == told


def test_every_patients_episode_is_one_line(planted, reviewed):
    lines = [each for each in reviewed[0] if isinstance(each, EpisodeLine)]
    assert {each.patient for each in lines} == {each.patient for each in planted.visits}
    assert all(each.days == 20 and each.measures for each in lines)
    assert json.loads(json.dumps(episode_to_json(lines[0])))["kind"] == "episode"


def test_the_totals_count_what_was_given(planted, reviewed):
    result = reviewed[1]
    assert (result.visits, result.patients) == (len(planted.visits), len({each.patient for each in planted.visits}))
    assert sum(result.cloning.histogram) == result.cloning.all.visits
    assert result.day_counts.overlapping == len({each.day for each in result.days}) or result.day_counts.overlapping >= len(result.days)
    assert all(each.examples for each in result.patterns)


def test_visits_that_name_nobody_show_nothing_across_notes_and_are_counted(planted):
    nameless = [replace(each, patient=None, therapist=None) for each in planted.visits[:60]]
    review = ChartReview.load()
    assert list(review.review(Quarter(nameless))) == []
    assert review.result().left_out == {"patient": 60, "therapist": 60}


def test_a_word_that_stands_for_anybody_is_no_patient(planted):
    anybody = [replace(each, patient="Unknown", therapist="PT") for each in planted.visits[:40]]
    review = ChartReview.load()
    assert list(review.review(Quarter(anybody))) == []
    assert review.result().left_out == {"patient": 40, "therapist": 40}


def test_an_empty_run_has_totals_too():
    review = ChartReview.load()
    assert list(review.review(Quarter([]))) == []
    assert review.result().visits == 0


def test_a_year_that_passes_the_threshold_within_the_run_is_told_once(planted):
    [one, *_] = [each for each in planted.visits if len(each.lines) == 3]
    many = [replace(one, id=f"k{number}", minutes_by_code={"97110": 60.0, "97530": 60.0}, timed_minutes=120.0, intervals=()) for number in range(30)]
    review = ChartReview.load()
    assert [each.finding.code for each in review.review(Quarter(many)) if isinstance(each, NoteFinding)].count("kx-passed-within-run") == 1


def test_every_finding_across_notes_is_explained():
    explained = set(re.findall(r"^\| `([a-z0-9-]+)` \|", (DOCS / "charts.md").read_text("utf-8"), re.MULTILINE))
    assert explained == set(ChartWords.load().findings)
