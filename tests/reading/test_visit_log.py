"""Notes that list several visits."""

from datetime import date

import pytest

from nlp_pipeline.reading.visit_log import VisitLog

LOG = "Course so far\n2/3/26 SLR, bridges\n2/5/26 step-ups\n2/10/26 lunges\nGoals: stairs"


@pytest.mark.parametrize(("word", "status"), [("SLR", "past"), ("step-ups", "past"), ("lunges", "performed"), ("Course", "performed")])
def test_only_the_latest_day_of_a_log_is_todays(word, status):
    assert VisitLog(LOG).settled(LOG.index(word), "performed") == status


def test_the_day_of_the_visit_is_todays_wherever_it_stands():
    log = VisitLog(LOG, date(2026, 2, 5))
    assert [log.settled(LOG.index(word), "performed") for word in ("SLR", "step-ups", "lunges")] == ["past", "performed", "past"]


@pytest.mark.parametrize("text", ["2/3/26 SLR\n2/5/26 step-ups", "2/3/26 SLR\n2/3/26 step-ups\n2/3/26 lunges", "45/99/2026 SLR\n1/2 of a band\n10/10/10 reps"])
def test_fewer_than_three_days_are_no_log(text):
    assert VisitLog(text).settled(0, "performed") == "performed"


def test_what_was_planned_in_an_earlier_entry_stays_planned():
    assert VisitLog(LOG).settled(LOG.index("SLR"), "planned") == "planned"
