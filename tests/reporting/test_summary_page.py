"""The page of a run: its counts add up, it shows no more of a note than its evidence, and nothing in a note can run in it."""

import json
import re
from dataclasses import replace
from html import unescape

import pytest

from nlp_pipeline.records.facts import Evidence
from nlp_pipeline.records.finding import Finding
from nlp_pipeline.records.note import Span
from nlp_pipeline.records.verdict import verdict_of
from nlp_pipeline.reporting.page_template import page_html
from nlp_pipeline.reporting.passages import passages_of
from nlp_pipeline.reporting.summary_page import ChartPage, write_page
from tests.reporting.quarter import charts_of, run_of, summary_of_a_quarter, visits_of_a_quarter

VISITS = 400


@pytest.fixture(scope="module")
def visits():
    return list(visits_of_a_quarter(VISITS))


@pytest.fixture(scope="module")
def page():
    return page_html(summary_of_a_quarter(VISITS))


def told(visits, charts=None, **options):
    page = ChartPage(charts or charts_of(visits), **options)
    for visit in visits:
        page.add(visit)
    return page.finish(run_of(len(visits)))


def text_of(page):
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", re.sub(r"<(style|script).*?</\1>", " ", page, flags=re.DOTALL))).split())


def covered(visit):
    return [each for each in passages_of(visit, visit.findings) if each.kind == "hidden"]


def test_the_four_numbers_add_up_to_the_visits_coded(visits):
    assert sum(told(visits).verdicts.values()) == VISITS


def test_the_parts_that_filters_add_up_hold_every_visit_once(visits):
    assert sum(sum(part.verdicts) for part in told(visits).slices) == VISITS


def test_supported_visits_with_a_question_are_counted_among_the_supported(visits):
    summary = told(visits)
    assert 0 < summary.asked < summary.verdicts["supported"]
    assert sum(part.asked for part in summary.slices) == sum(row.asked for row in summary.therapists) == summary.asked


@pytest.mark.parametrize("rows", ["therapists", "clinics", "payers"])
def test_every_visit_stands_in_one_group(visits, rows):
    assert sum(row.visits for row in getattr(told(visits), rows)) == VISITS


def test_the_order_of_the_visits_changes_nothing(visits):
    assert page_html(told(visits[::-1], charts_of(visits))) == page_html(told(visits))


def test_a_finding_that_only_neighbours_show_counts(visits):
    cloned = Finding("cloned-note", "error", "Copied.", (), "a source")
    [sound] = [visit for visit in visits if verdict_of(visit) == "supported"][:1]
    page = ChartPage(charts_of(visits))
    page.add(sound, [cloned])
    summary = page.finish(run_of(1))
    assert summary.verdicts == {"not_supported": 1}
    assert "cloned-note" in {row.code for row in summary.findings}


def test_examples_of_a_finding_have_it(visits):
    assert all(row.code in {each.code for each in example.findings} for row in told(visits).findings for example in row.examples)


def test_a_pattern_shows_the_visits_it_names(visits):
    shown = told(visits).patterns[0]
    assert [example.id for example in shown.examples] == list(charts_of(visits).patterns[0].examples[:3])


def test_only_evidence_is_in_a_masked_note(visits):
    for visit in visits[:40]:
        spans = [(each.span.start, each.span.end) for each in (*visit.activities, *visit.evidence)] + [(each.start, each.end) for each in visit.minute_spans]
        spans += [(span.start, span.end) for finding in visit.findings for span in finding.evidence]
        outside = "".join("\0" if any(start <= place < end for start, end in spans) else letter for place, letter in enumerate(visit.text))
        words = set(re.findall(r"\w{4,}", outside)) - set(re.findall(r"\w{4,}", "".join(visit.text[start:end] + " " for start, end in spans)))
        shown = " ".join(each.text for each in passages_of(visit, visit.findings))
        assert not [word for word in words if re.search(rf"\b{word}\b", shown)]


def test_there_is_something_to_cover(visits):
    assert all(covered(visit) for visit in visits[:40])


def test_the_whole_text_is_shown_where_it_is_asked_for(visits):
    visit = visits[0]
    assert "".join(each.text for each in passages_of(visit, visit.findings, with_text=True)) == visit.text


def test_a_very_long_note_is_cut_and_says_so(visits):
    visit = replace(
        visits[0],
        text="ab\n" * 3000,
        activities=(),
        minute_spans=(),
        findings=(),
        evidence=tuple(Evidence("deficit", Span(3 * n, 3 * n + 2, "ab")) for n in range(3000)),
    )
    *shown, last = passages_of(visit, ())
    assert len(shown) < 1000
    assert last.lines == 3001 - sum(each.text.count("\n") for each in shown)


def test_words_that_a_pattern_rests_on_are_lit(visits):
    visit = next(visit for visit in visits if any(finding.code == "code-mismatch" for finding in visit.findings))
    lit = [each for each in passages_of(visit, visit.findings, {"code-mismatch"}) if each.lit]
    assert lit
    assert not [each for each in passages_of(visit, visit.findings) if each.lit]


def test_surrogates_leave_no_name(visits):
    page = page_html(told(visits, surrogate_ids=True))
    assert not [name for name in {name for visit in visits for name in (visit.therapist, visit.clinic, visit.id)} if name in page]


def test_surrogates_tell_no_patient_that_another_note_names(visits):
    copied = Finding("copied-from-another-patient", "error", "Word for word in a note of another patient, MRN-4711.", (), "a source")
    page = ChartPage(charts_of(visits), surrogate_ids=True)
    page.add(visits[0], [copied])
    shown = page_html(page.finish(run_of(1)))
    assert "MRN-4711" not in shown
    assert "Copied from another patient." in shown


def test_surrogates_keep_every_count(visits):
    named, numbered = told(visits), told(visits, surrogate_ids=True)
    assert sorted(row.visits for row in named.therapists) == sorted(row.visits for row in numbered.therapists)


def test_a_page_names_no_address(page):
    assert not re.search(r"https?:|//[a-z]|@import|url\(", page)


def test_a_page_has_no_style_or_script_but_its_own(page):
    assert not re.search(r"\s(style|on[a-z]+)=", re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL))
    assert page.count("<script") == 2
    assert page.count("<style") == 1


def test_nothing_in_a_note_can_run(visits):
    hostile = "</script><script>alert(1)</script><img src=x onerror=alert(1)>"
    bad = [
        replace(visit, id=f"{hostile}{row}", therapist=hostile, clinic=hostile, text=visit.text.replace("min", "<b>")) for row, visit in enumerate(visits[:60])
    ]
    page = page_html(told(bad, with_text=True))
    assert page.count("<script") == 2
    assert "<img" not in page
    assert "<b>" not in page


def test_the_filters_find_their_counts(page):
    parts = json.loads(re.search(r'id="parts">(.*?)</script>', page)[1])
    assert sum(sum(row[3:7]) for row in parts["rows"]) == VISITS


def test_a_page_tells_what_came_in_and_what_was_rejected(page):
    assert f"{VISITS + 43} rows came in = {VISITS} coded + 43 rejected" in text_of(page)
    assert "Have the scan read by character recognition first." in text_of(page)


def test_a_page_names_model_rules_and_notices(page):
    assert all(words in text_of(page) for words in ("unitwise-2026.11-sample", "2026-07-01", "no CPT descriptors", "Intended use"))


def test_a_run_of_nothing_has_a_page(visits):
    empty = replace(charts_of(visits), patterns=(), balances=(), elements=(), days=())
    assert "No pattern over several visits was found." in text_of(page_html(ChartPage(empty).finish(run_of(0))))


def test_a_page_is_written_whole_and_the_same_each_time(tmp_path, visits):
    for name in ("one.html", "other.html"):
        write_page(told(visits), tmp_path / name)
    assert (tmp_path / "one.html").read_bytes() == (tmp_path / "other.html").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one.html", "other.html"]


def test_a_day_too_full_by_its_totals_alone_has_no_lane_to_draw():
    summary = summary_of_a_quarter(VISITS)
    without_clock = tuple(replace(day, bars=()) for day in summary.timelines)
    assert without_clock
    assert '<div class="timeline">' not in page_html(replace(summary, timelines=without_clock))
