"""The twelve findings about time: a visit that has each, and one that has none."""

from datetime import date
from typing import Any

import pytest

from nlp_pipeline.auditing.case import AuditCase
from nlp_pipeline.auditing.time import CHECKS
from nlp_pipeline.billing.biller import Biller
from nlp_pipeline.records.encounter import Encounter, Service
from nlp_pipeline.records.facts import Charge, Facts, MinuteStatement, ServiceMention, TimeFacts
from nlp_pipeline.records.note import Note, Span
from nlp_pipeline.rulebook.rulebook import Rulebook

RULES = Rulebook.load().on(date(2026, 3, 2), "medicare")
SPAN = Span(0, 2, "TE")
IN_ORDER = (Service("97110", 23), Service("97112", 15))


def found(services: tuple[Service, ...] = IN_ORDER, time: TimeFacts | None = None, **stated: Any) -> set[str]:
    """Name the findings of a visit."""
    time = time or TimeFacts()
    encounter = Encounter("n1", services=services, minutes=time.minutes, **stated)
    case = AuditCase(Facts(Note("n1", "TE"), time=time), (), encounter, Biller().bill(encounter, RULES), RULES)
    return {code for code, check in CHECKS.items() if any(check(case))}


def clock(code: str, opens: int, closes: int, **more: Any) -> MinuteStatement:
    return MinuteStatement(SPAN, closes - opens, "start_stop", code, clock=(opens, closes), **more)


def charged(**units: int | None) -> TimeFacts:
    return TimeFacts(charges=tuple(Charge(SPAN, code.removeprefix("c"), count) for code, count in units.items()))


def test_a_visit_in_order_has_no_finding():
    assert found(time=charged(c97110=2, c97112=1), timed_total=38, visit_total=45, stated_units={"97110": 2, "97112": 1}) == set()


def test_services_that_do_not_add_up_to_the_timed_total_are_found():
    assert found(timed_total=40) == {"time-total-mismatch"}


def test_timed_and_untimed_services_that_exceed_the_visit_are_found():
    assert found((Service("97110", 30), Service("97012", 20)), visit_total=40) == {"time-total-mismatch"}


def test_two_different_times_of_one_service_are_found():
    again = (MinuteStatement(SPAN, 15, "code", "97110"), MinuteStatement(SPAN, 20, "code", "97110", restated=True))
    assert found((Service("97110", 15),), TimeFacts(again)) == {"time-total-mismatch"}


def test_the_parts_of_a_sum_are_no_contradiction():
    split = (MinuteStatement(SPAN, 23, "code", "97110"), MinuteStatement(SPAN, 8, "code", "97110", restated=True, by="therapist"))
    assert found((Service("97110", 23),), TimeFacts(split)) == set()


@pytest.mark.parametrize("stated", [{"visit_total": 30}, {"timed_total": 38, "visit_total": 35}])
def test_timed_minutes_that_the_visit_cannot_hold_are_found(stated):
    assert "timed-exceeds-visit" in found(**stated)


def test_overlapping_clock_intervals_are_found():
    assert found(time=TimeFacts((clock("97110", 600, 623), clock("97112", 615, 630)))) == {"overlapping-intervals"}


def test_intervals_of_two_clinicians_may_overlap():
    both = (clock("97110", 600, 623, by="therapist"), clock("97112", 615, 630, by="assistant"))
    assert "overlapping-intervals" not in found(time=TimeFacts(both))


def test_intervals_that_touch_do_not_overlap():
    assert found(time=TimeFacts((clock("97110", 600, 623), clock("97112", 623, 638)))) == set()


def test_one_interval_under_two_services_is_found_as_duplicate():
    assert "duplicate-minutes" in found(time=TimeFacts((clock("97110", 600, 623), clock("97112", 600, 623))))


def test_words_that_say_the_same_minutes_are_under_two_services_are_found():
    assert found(time=TimeFacts(duplicates=(SPAN,))) == {"duplicate-minutes"}


def test_a_timed_service_too_short_for_a_unit_is_found():
    assert found((Service("97110", 30), Service("97140", 5))) == {"under-8-minutes"}


def test_a_short_service_that_pooling_gives_a_unit_is_no_finding():
    assert found((Service("97110", 33), Service("97140", 7))) == set()


@pytest.mark.parametrize("units", [{"97110": 3, "97112": 1}, {"97110": 1, "97112": 2}])
def test_more_units_than_the_minutes_allow_are_found(units):
    assert "units-exceed-minutes" in found(time=charged(c97110=1, c97112=1), stated_units=units)


def test_fewer_units_than_the_minutes_earn_are_found():
    assert found(time=charged(c97110=1, c97112=1), stated_units={"97110": 1, "97112": 1}) == {"units-below-minutes"}


def test_stated_units_are_held_to_the_stated_timed_total_where_services_have_no_minutes():
    assert "units-exceed-minutes" in found((Service("97110"),), timed_total=15, stated_units={"97110": 2})


def test_a_note_without_any_treatment_time_is_found():
    assert found((Service("97110"),)) == {"minutes-missing"}


def test_a_timed_service_without_its_own_minutes_is_found():
    assert found((Service("97110"),), visit_total=45) == {"per-code-minutes-missing"}


def test_an_untimed_service_needs_no_minutes():
    assert found((Service("97012"),)) == set()


def test_a_performed_service_left_out_of_the_charges_is_found():
    assert "performed-not-billed" in found(time=charged(c97110=2), stated_units={"97110": 2})


def test_a_charge_for_a_service_that_was_refused_is_found():
    time = TimeFacts(charges=(Charge(SPAN, "97530", None),), services=(ServiceMention(SPAN, "97530", performed=False),))
    assert "billed-not-performed" in found((Service("97530"),), time)


def test_a_charge_for_a_service_that_is_documented_is_no_finding():
    time = TimeFacts(charges=(Charge(SPAN, "97110", None), Charge(SPAN, "97112", None)))
    assert found(time=time) == set()


def test_minutes_furnished_by_an_assistant_are_found():
    assert found(time=TimeFacts((MinuteStatement(SPAN, 23, "code", "97110", by="assistant"),))) == {"assistant-minutes"}
