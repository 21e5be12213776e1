"""From what a note says to the services of its visit."""

from datetime import date

import pytest

from nlp_pipeline.billing.services import gather
from nlp_pipeline.records.encounter import Encounter
from nlp_pipeline.records.facts import Block, Charge, Facts, Intervention, MinuteStatement, ServiceMention, TimeFacts
from nlp_pipeline.records.note import Note, Span
from nlp_pipeline.records.suggestion import Suggestion
from nlp_pipeline.rulebook.rulebook import Rulebook

RULES = Rulebook.load().on(date(2026, 3, 2), "medicare")
SPAN = Span(0, 6, "15 min")


def visit(time: TimeFacts, *performed: tuple[str, str | None]) -> Encounter:
    """Gather a visit from its time facts and its performed interventions, each with the supported and the stated code."""
    interventions = tuple(Intervention(SPAN, "performed", 1.0, stated) for _, stated in performed)
    suggestions = tuple(Suggestion(code, 1.0, None, False, "") for code, _ in performed)
    return gather(Facts(Note("n1", "15 min"), interventions=interventions, time=time), suggestions, RULES)


def minutes(visited: Encounter) -> dict[str, float | None]:
    return {service.code: service.minutes for service in visited.services}


def code(spent: float, of: str | None, **more: object) -> MinuteStatement:
    return MinuteStatement(SPAN, spent, "code", of, **more)  # type: ignore[arg-type]


def test_minutes_of_one_service_in_two_places_add_up():
    assert minutes(visit(TimeFacts((code(10, "97110"), code(8, "97110"))))) == {"97110": 18}


def test_restated_minutes_count_once():
    assert minutes(visit(TimeFacts((code(10, "97110"), code(10, "97110", restated=True))))) == {"97110": 10}


def test_minutes_of_a_service_not_performed_do_not_count():
    assert minutes(visit(TimeFacts((code(10, "97110", performed=False),)))) == {}


def test_written_minutes_win_over_the_clock_of_their_service():
    clock = MinuteStatement(SPAN, 20, "start_stop", "97110", clock=(600, 620))
    assert minutes(visit(TimeFacts((clock, code(15, "97110"))))) == {"97110": 15}


def test_a_clock_interval_counts_where_no_minutes_are_written():
    assert minutes(visit(TimeFacts((MinuteStatement(SPAN, 20, "start_stop", "97110", clock=(600, 620)),)))) == {"97110": 20}


def test_minutes_without_a_service_go_to_the_code_that_their_intervention_supports():
    assert minutes(visit(TimeFacts((code(12, None, owner=0),)), ("97112", None))) == {"97112": 12}


def test_minutes_of_an_intervention_are_dosage_where_its_service_has_its_own():
    assert minutes(visit(TimeFacts((code(20, "97110"), code(6, None, owner=0))), ("97110", None))) == {"97110": 20}


def test_a_performed_service_without_minutes_is_kept_without_them():
    assert minutes(visit(TimeFacts(services=(ServiceMention(SPAN, "97110"),)))) == {"97110": None}


def test_a_service_that_was_refused_is_none_of_the_visit():
    assert minutes(visit(TimeFacts(services=(ServiceMention(SPAN, "97110", performed=False),)))) == {}


def test_interventions_name_the_services_of_a_note_without_minutes_by_service():
    assert minutes(visit(TimeFacts(), ("97112", None), ("97530", "97110"))) == {"97112": None, "97110": None}


def test_an_unfiled_intervention_adds_no_service_to_stated_minutes():
    assert minutes(visit(TimeFacts((code(20, "97110"),)), ("97530", None))) == {"97110": 20}


def test_a_block_names_the_service_of_its_interventions():
    block = Block("B1", SPAN, "97112", 6)
    facts = Facts(Note("n1", "15 min"), (block,), (Intervention(SPAN, "performed", 1.0, None, "B1"),))
    assert minutes(gather(facts, (Suggestion("97110", 1.0, None, False, ""),), RULES)) == {"97112": None}


@pytest.mark.parametrize(("stated", "length"), [(45.0, 45), (None, 53)])
def test_the_visit_lasts_as_stated_or_else_as_its_clock(stated, length):
    clock = MinuteStatement(SPAN, 53, "start_stop", clock=(540, 593))
    total = (MinuteStatement(SPAN, stated, "visit_total"),) if stated else ()
    assert visit(TimeFacts((clock, *total))).visit_total == length


def test_assistant_minutes_are_kept_apart():
    [service] = visit(TimeFacts((code(15, "97110", by="assistant"), code(8, "97110", by="therapist")))).services
    assert (service.minutes, service.assistant_minutes) == (23, 15)


def test_units_claimed_twice_are_stated_once():
    assert visit(TimeFacts(charges=(Charge(SPAN, "97110", 2), Charge(SPAN, "97110", 2)))).stated_units == {"97110": 2}


def test_a_unit_total_stands_only_where_no_service_has_units():
    assert visit(TimeFacts(charges=(Charge(SPAN, "97110", 2), Charge(SPAN, "total", 3)))).stated_units == {"97110": 2}


@pytest.mark.parametrize(("status", "gathered"), [("negated", {"97110": 15}), ("performed", {"97110": 15, "97530": None})])
def test_a_header_under_which_nothing_listed_was_done_is_no_service(status, gathered):
    header = Span(7, 13, "97530")
    facts = Facts(
        Note("n1", "15 min 97530  lifting"),
        blocks=(Block("B1", header, "97530", 21),),
        interventions=(Intervention(Span(14, 21, "lifting"), status, 1.0, "97530", "B1"),),
        time=TimeFacts((code(15, "97110"),), services=(ServiceMention(header, "97530"),)),
    )
    assert minutes(gather(facts, (Suggestion("97530", 1.0, None, False, ""),), RULES)) == gathered
