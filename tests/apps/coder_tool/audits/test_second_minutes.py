"""The minutes of a second reading: counted as documented, typed otherwise, and compared."""

import pytest

from nlp_pipeline.apps.coder_tool import audits
from tests.apps.coder_tool.audits.conftest import judged_over

SQUATS, STEPS = "97110", "97530"
SAME = (SQUATS, SQUATS)


@pytest.fixture
def decided(judged):
    assert judged.first(*SAME).status_code == 200
    return judged


def test_minutes_and_units_are_shown_once_the_codes_are_given_and_nothing_is_kept_yet(decided):
    page = decided.second(*SAME, step="count", minutes_97110="23", counted_97110="")
    assert page.status_code == 200
    assert 'name="minutes_97110" type="number" min="0" max="1440" step="any" value="23"' in page.text
    assert '<td class="n">2</td>' in page.text
    assert decided.unit().second is None


def test_minutes_that_stay_as_they_were_counted_are_not_typed(decided):
    assert decided.second(*SAME, minutes_97110="23", counted_97110="23", counted_for=" ".join(SAME)).status_code == 303
    unit = decided.unit()
    assert unit.second.minutes == {SQUATS: None}  # the stand-in's notes document none
    assert not unit.apart


def test_typed_minutes_are_kept_and_the_reviewers_differ(decided):
    decided.second(*SAME, minutes_97110="10", counted_97110="23", counted_for=" ".join(SAME))
    unit = decided.unit()
    assert (unit.first.minutes, unit.second.minutes, unit.apart) == ({SQUATS: None}, {SQUATS: 10}, True)


def test_typed_minutes_stay_typed_when_they_are_counted_again(decided):
    counted = {"minutes_97110": "10", "counted_97110": "10", "typed_97110": "yes", "counted_for": " ".join(SAME)}
    assert "typed by you" in decided.second(*SAME, step="count", **counted).text
    decided.second(*SAME, **counted)
    assert decided.unit().second.minutes == {SQUATS: 10}


def test_codes_that_changed_since_the_count_are_counted_again_before_they_are_kept(decided):
    answer = decided.second(SQUATS, STEPS, minutes_97110="23", counted_97110="23", counted_for=" ".join(SAME))
    assert answer.status_code == 200
    assert decided.unit().second is None


def test_a_code_without_an_activity_may_have_minutes(decided):
    decided.second(*SAME, counted_for=" ".join(SAME), more_code_0="97140", more_minutes_0="8")
    assert decided.unit().second.minutes["97140"] == 8


@pytest.mark.parametrize("typed", ["some", "-1", "1441", "nan", "inf"])
def test_minutes_that_cannot_be_are_refused(decided, typed):
    assert decided.second(*SAME, minutes_97110=typed, counted_97110="23").status_code == 422
    assert decided.unit().second is None


def test_minutes_that_both_typed_are_compared(judged):
    judged.first(*SAME, minutes={SQUATS: 20})
    judged.second(*SAME, minutes_97110="23", counted_97110="")
    assert (judged.unit().first.minutes, judged.unit().second.minutes) == ({SQUATS: 20}, {SQUATS: 23})
    page = judged.bea.get("/audits").text
    assert "3.0 minutes apart on average" in page
    assert "20 min, 1 unit" in page
    assert "23 min, 2 units" in page


def test_the_first_reviewer_is_shown_nothing_of_a_count(decided):
    assert decided.ann.post(f"/second/{decided.key}", data={"code_0": SQUATS, "code_1": SQUATS, "step": "count"}).status_code == 422


def test_minutes_are_kept_on_either_database(make_tool, either_url):
    judged = judged_over(make_tool(either_url))
    judged.first(*SAME)
    judged.second(*SAME, minutes_97110="8", counted_97110="23")
    with judged.tool.store.read() as tx:
        [unit] = audits.collected(tx, "m")
    assert (unit.number, unit.second.minutes) == (7, {SQUATS: 8})
