"""What one therapist can have given: never a false "impossible", and nothing less than what surely cannot fit."""

from dataclasses import replace
from datetime import date
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp_pipeline.auditing.chart_law import NoLaw
from nlp_pipeline.auditing.chart_words import ChartWords
from nlp_pipeline.auditing.one_on_one import Demand, minutes_in_excess, shared_stretches
from nlp_pipeline.auditing.timeline import DaysSeen, Timeline
from nlp_pipeline.records.chart import ChartFinding
from nlp_pipeline.records.note import Span
from nlp_pipeline.records.visit import Interval, Visit

WORDS = ChartWords.load()
DAY = date(2026, 3, 2)
SPOT = Span(0, 4, "9:00")


def visit(patient, *clocks, minutes=None, window=None, **fields):
    """Make a visit with clock times of its services, of itself, or totals alone."""
    own = [Interval(SPOT, *window)] if window else []
    told = (*[Interval(SPOT, start, end, "97110") for start, end in clocks], *own)
    return Visit(f"n-{patient}", "9:00 TE", DAY, patient, "Lee", "north", intervals=told, minutes_by_code={"97110": minutes} if minutes else None, **fields)


def findings(*visits):
    timeline = Timeline(WORDS, NoLaw(frozenset({"97014", "97150"})), DaysSeen(WORDS))
    return [each for day in timeline.days(visits) for each in timeline.look(day) if isinstance(each, ChartFinding)]


def unscheduled(demands):
    """Count, minute by minute, what the best schedule leaves out: the most urgent patient first is the best for single minutes."""
    waiting: list[int] = []
    lost = 0
    for now in range(max(each.end for each in demands) + 1):
        waiting += [each.end for each in demands if each.start == now for _ in range(each.minutes)]
        lost += sum(end <= now for end in waiting)
        waiting = sorted(end for end in waiting if end > now)
        waiting = waiting[1:]
    return lost


def wishes(chance):
    """Ask for minutes inside windows, for up to six patients."""
    starts = [(chance.randint(0, 30), chance.randint(1, 20)) for _ in range(chance.randint(1, 6))]
    return [Demand(str(number), start, start + length, chance.randint(1, length)) for number, (start, length) in enumerate(starts)]


@settings(max_examples=500, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_bound_is_what_the_best_schedule_leaves_out(chance):
    demands = wishes(chance)
    assert minutes_in_excess(demands)[0] == unscheduled(demands)


def feasible_day(chance):
    """Give minutes one patient at a time, in pieces and any order, then tell them by the clock, by a window around them, or as totals."""
    visits, now = [], 480
    given_to: dict[str, list[tuple[int, int]]] = {}
    for _ in range(chance.randint(1, 12)):
        now += chance.randint(0, 20)
        length = chance.randint(1, 40)
        given_to.setdefault(f"p{chance.randint(0, 5)}", []).append((now, now + length))
        now += length
    for patient, stretches in given_to.items():
        spent = sum(end - start for start, end in stretches)
        match chance.choice(("clock", "window", "total", "rounded up")):
            case "clock":
                visits.append(visit(patient, *stretches))
            case "window":
                visits.append(visit(patient, minutes=spent, window=(stretches[0][0] - chance.randint(0, 9), stretches[-1][1] + chance.randint(0, 9))))
            case way:
                visits.append(visit(patient, minutes=spent + (way == "rounded up")))
    return visits


@settings(max_examples=3000, deadline=None)
@given(st.integers(min_value=0))
def test_a_day_that_was_possible_is_never_called_impossible(seed):
    assert findings(*feasible_day(Random(seed))) == []


def test_two_patients_on_one_clock_are_found_whoever_pays():
    [found] = findings(replace(visit("a", (540, 570)), payer="medicare"), replace(visit("b", (555, 585)), payer="aetna"))
    assert (found.code, found.minutes, found.notes) == ("overlapping-patients", 15, ("n-a", "n-b"))
    assert "9:15-9:30" in found.message


def test_the_question_is_whether_they_were_treated_as_a_group():
    [found] = findings(visit("a", (540, 570)), visit("b", (540, 570)))
    assert "97150" in found.question


def test_totals_that_no_order_fits_into_their_windows_are_bounded():
    [found] = findings(visit("a", minutes=40, window=(540, 600)), visit("b", minutes=44, window=(540, 600)))
    assert (found.code, found.minutes) == ("minutes-cannot-fit", 22)  # 39 + 43 of 60, each total given one minute for rounding


def test_totals_alone_are_bounded_by_the_day():
    assert findings(*[visit(str(number), minutes=60) for number in range(24)]) == []
    [found] = findings(*[visit(str(number), minutes=65) for number in range(24)])
    assert found.minutes == 24 * 64 - 1440


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(replace(visit("b", (540, 570)), assistants=(SPOT,)), id="an assistant may have given it"),
        pytest.param(replace(visit("b"), intervals=(Interval(SPOT, 540, 570, "97110", "assistant"),)), id="an assistant gave it"),
        pytest.param(replace(visit("b"), intervals=(Interval(SPOT, 540, 570, "97150"),)), id="a group"),
        pytest.param(replace(visit("b"), intervals=(Interval(SPOT, 540, 570, "97014"),)), id="a supervised modality"),
        pytest.param(replace(visit("b", (540, 570)), patient="a"), id="the same patient twice"),
        pytest.param(replace(visit("b", (540, 570)), patient=None), id="nobody knows whose"),
        pytest.param(replace(visit("b", (540, 570)), clinic="south"), id="another clinic's Lee"),
        pytest.param(replace(visit("b", (540, 570)), therapist="PT"), id="another therapist"),
        pytest.param(replace(visit("b", (570, 600))), id="one after the other"),
        pytest.param(replace(visit("b", minutes=30), not_one_to_one=(SPOT,)), id="the note says it was shared"),
    ],
)
def test_what_may_run_beside_is_no_conflict(other):
    assert findings(visit("a", (540, 570)), other) == []


def test_a_therapist_who_is_a_word_is_nobody():
    assert findings(*[replace(visit(name, (540, 570)), therapist="PT") for name in "ab"]) == []


def test_an_interval_given_twice_in_one_note_counts_once():
    assert findings(visit("a", (540, 570), (540, 570))) == []


def test_stretches_shared_by_three_are_told_once():
    demands = [Demand(name, 540, 570, 30, True) for name in "abc"]
    assert shared_stretches(demands) == [(540, 570)]
    assert minutes_in_excess(demands) == (60, [(540, 570)])
