"""An episode over time: reports, certification, drift, goals and measures; only what the notes given can show is said."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from nlp_pipeline.auditing.chart_law import NoLaw
from nlp_pipeline.auditing.chart_words import ChartWords
from nlp_pipeline.auditing.episodes import Episodes
from nlp_pipeline.records.facts import Dosage, Evidence
from nlp_pipeline.records.note import Span
from nlp_pipeline.records.visit import Activity, Visit

WORDS = ChartWords.load()
START = date(2026, 1, 5)


class OtherPayer(NoLaw):
    """A payer that asks nothing of an episode."""

    __slots__ = ()

    def follows_medicare(self, visit):
        return False


def visit(number, text="Ther ex as tolerated.", apart=2, **fields):
    """Make the visit that stands `number` visits after the first."""
    what = Activity(Span(0, 7, "Ther ex"), f"exercise {number}", "97110")
    return Visit(f"n{number}", text, START + timedelta(days=apart * number), "p", "t", discipline="PT", activities=(what,), **fields)


def followed(visits, law=None, code=None):
    """Give, visit by visit, the findings of an episode that are looked at."""
    episodes = Episodes(WORDS, law or NoLaw())
    return [[each for each in episodes.follow(visit) if each.code == code] for visit in visits]


def found_at(visits, code, law=None):
    return [number for number, found in enumerate(followed(visits, law, code)) if found]


def test_the_eleventh_treatment_day_without_a_report_is_overdue():
    assert found_at([visit(number) for number in range(13)], "progress-report-overdue") == [10, 11, 12]


@pytest.mark.parametrize("text", ["PROGRESS REPORT\nTher ex.", "Progress note: goals 2 of 3 met.", "Re-evaluation today.", "Discharge Summary"])
def test_a_report_begins_the_count_anew(text):
    visits = [visit(number, text if number == 9 else "Ther ex.") for number in range(20)]
    assert found_at(visits, "progress-report-overdue") == []


@pytest.mark.parametrize("text", ["Progress report due next visit.", "Will complete progress report.", "No progress report yet."])
def test_a_report_that_is_only_announced_is_none(text):
    assert found_at([visit(number, text) for number in range(11)], "progress-report-overdue") == [10]


def test_an_evaluation_code_stands_for_a_report():
    visits = [visit(number, stated_codes=("97164",) if number == 9 else ()) for number in range(12)]
    assert found_at(visits, "progress-report-overdue") == []


def test_two_visits_of_one_day_are_one_treatment_day():
    visits = [each for number in range(10) for each in (visit(number), replace(visit(number), id=f"again{number}"))]
    assert found_at(visits, "progress-report-overdue") == []


def test_disciplines_are_counted_apart():
    visits = [replace(visit(number), discipline="PT" if number % 2 else "OT") for number in range(20)]
    assert found_at(visits, "progress-report-overdue") == []


def test_a_payer_that_does_not_ask_is_not_held_to_medicare():
    assert found_at([visit(number) for number in range(12)], "progress-report-overdue", OtherPayer()) == []


def test_before_the_rule_began_nothing_is_asked():
    old = [replace(each, day=each.day.replace(year=2011)) for each in (visit(number) for number in range(12))]
    assert found_at(old, "progress-report-overdue") == []


def test_after_a_long_gap_a_new_episode_begins():
    later = [replace(visit(number), day=START + timedelta(days=200 + 2 * number)) for number in range(6)]
    assert found_at([*[visit(number) for number in range(6)], *later], "progress-report-overdue") == []


def test_the_certification_of_an_evaluation_lasts_ninety_days():
    visits = [visit(number, "Initial evaluation" if number == 0 else "Ther ex.", apart=30) for number in range(5)]
    assert found_at(visits, "certification-lapsed") == [4]


def test_a_new_certification_begins_anew():
    texts = {0: "Initial evaluation", 3: "Recertification: plan of care certified to 6/1."}
    assert found_at([visit(number, texts.get(number, "Ther ex."), apart=30) for number in range(6)], "certification-lapsed") == []


def test_a_certification_that_began_before_the_notes_is_not_guessed():
    assert found_at([visit(number, apart=30) for number in range(6)], "certification-lapsed") == []


def same_again(number, reps=10, cue="VC for form"):
    text = f"Bridges and clams, {cue}."
    cued = (Span(19, 19 + len(cue), cue),)
    done = tuple(Activity(Span(0, 7, words), words, "97110", dosage=Dosage(3, reps), cueing=cued) for words in ("bridges", "clams"))
    return replace(visit(number, text), activities=done)


def test_the_sixth_visit_alike_is_drift():
    assert found_at([same_again(number) for number in range(8)], "unskilled-drift") == [5, 6, 7]


@pytest.mark.parametrize("change", [{"reps": 12}, {"cue": "VC for hips"}])
def test_a_new_dose_or_a_new_cue_is_no_drift(change):
    visits = [same_again(number, **(change if number == 4 else {})) for number in range(8)]
    assert found_at(visits, "unskilled-drift") == []


def test_one_activity_alone_may_stay_as_it_is():
    visits = [replace(each, activities=each.activities[:1]) for each in map(same_again, range(8))]
    assert found_at(visits, "unskilled-drift") == []


def test_a_goal_that_is_never_restated_is_told_once():
    goal = (Evidence("functional_goal", Span(0, 4, "Ther")),)
    visits = [replace(visit(number), evidence=goal if number == 0 else ()) for number in range(15)]
    assert found_at(visits, "goal-never-restated") == [10]


def test_a_measure_that_is_never_repeated_is_told_once_by_its_name():
    visits = [visit(number, "Berg 41/56, TUG 18 s." if number == 0 else "TUG 16.2 s.") for number in range(13)]
    found = followed(visits, code="measure-never-repeated")
    assert [number for number, each in enumerate(found) if each] == [10]
    assert "Berg" in found[10][0].message
    assert "Timed" not in found[10][0].message


@pytest.mark.parametrize("text", ["Hip abduction 3x10.", "hip abduction 20 reps", "Berg next visit.", "Weak hip abduction, 3+/5.", "flexion 12x10"])
def test_an_exercise_or_a_name_alone_is_no_measurement(text):
    assert WORDS.measured(text) == {}


def test_an_episode_is_told_on_one_line_with_its_measures_over_time():
    goal = (Evidence("functional_goal", Span(0, 4, "TUG ")),)
    texts = ["Initial evaluation. TUG 20 s.", "Ther ex.", "Progress report: TUG 14.5 s, Berg 44/56."]
    episodes = Episodes(WORDS, NoLaw())
    for number, text in enumerate(texts):
        list(episodes.follow(replace(visit(number, text), evidence=goal if number == 2 else ())))
    [line] = episodes.lines("p")
    third = START + timedelta(days=4)
    assert (line.opened, line.last, line.days, line.notes) == (START, third, 3, ("n0", "n1", "n2"))
    assert (line.reports, line.goals) == ((third,), (third,))
    assert line.measures == {"Berg": ((third, 44.0),), "Timed Up and Go": ((START, 20.0), (third, 14.5))}


def test_a_new_episode_is_a_line_of_its_own():
    episodes = Episodes(WORDS, NoLaw())
    for number in (0, 1, 100, 101):
        list(episodes.follow(visit(number)))
    assert [line.notes for line in episodes.lines("p")] == [("n0", "n1"), ("n100", "n101")]


def test_a_visit_without_a_day_or_without_treatment_is_passed_over():
    assert followed([replace(visit(0), day=None), Visit("x", "Patient cancelled.", START, "p")]) == [[], []]
