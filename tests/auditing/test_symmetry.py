"""Claimed beside supported, in both directions."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from nlp_pipeline.auditing.chart_law import NoLaw
from nlp_pipeline.auditing.symmetry import Symmetry, supported_units, weigh
from nlp_pipeline.records.finding import Finding
from nlp_pipeline.records.note import Span
from nlp_pipeline.records.visit import Activity, Visit, VisitLine


class Priced(NoLaw):
    """Thirty dollars for one code, forty for another, no price for the rest."""

    __slots__ = ()

    def price(self, code, visit):
        return {"97110": Decimal("30.00"), "97530": Decimal("40.00")}.get(code)


def visit(claimed, supported, therapist="t", **fields):
    lines = tuple(VisitLine(code, units) for code, units in supported.items())
    minutes = {code: 15.0 * units for code, units in supported.items()}
    return Visit("n", "text", date(2026, 3, 2), "p", therapist, "c", "medicare", "PT", lines, claimed, tuple(claimed), minutes, **fields)


def balance(*visits, grouping="all", name=""):
    symmetry = Symmetry()
    for each in visits:
        symmetry.add(each, tuple(weigh(each, Priced())))
    return next(each for each in symmetry.balances() if (each.grouping, each.name) == (grouping, name))


def test_units_beyond_the_note_are_up_and_units_left_out_are_down():
    told = balance(visit({"97110": 3}, {"97110": 2}), visit({"97530": 1}, {"97530": 3}))
    assert (told.units_up, told.units_down, told.visits_up, told.visits_down) == (1, 2, 1, 1)
    assert (told.dollars_up, told.dollars_down) == (Decimal("30.00"), Decimal("80.00"))


def test_a_claim_that_agrees_moves_nothing():
    told = balance(visit({"97110": 2}, {"97110": 2}))
    assert (told.compared, told.units_up, told.units_down, told.dollars_up) == (1, 0, 0, Decimal(0))


def test_one_code_in_place_of_another_moves_both_ways():
    told = balance(visit({"97530": 1}, {"97110": 1}))
    assert (told.units_up, told.units_down, told.dollars_up, told.dollars_down) == (1, 1, Decimal("40.00"), Decimal("30.00"))


def test_a_code_under_which_everything_is_described_as_another_counts_as_that_one():
    activity = Activity(Span(0, 4, "text"), "text", "97110", "97530")
    told = Finding("code-mismatch", "warning", "", (activity.span,), "")
    mixed = visit({"97530": 2}, {"97530": 2}, activities=(activity,), findings=(told,))
    assert supported_units(mixed) == {"97110": 2}
    doubted = replace(mixed, activities=(replace(activity, review_reasons=("purpose-not-stated",)),))
    assert supported_units(doubted) == {"97530": 2}


def test_a_note_that_states_no_units_or_no_minutes_is_counted_and_not_compared():
    silent = replace(visit({"97110": 2}, {}), minutes_by_code=None)
    told = balance(visit({}, {"97110": 2}), silent)
    assert (told.visits, told.compared, told.units_up, told.dollars_up) == (2, 0, 0, Decimal(0))


def test_a_difference_without_a_price_is_counted_in_units_alone():
    told = balance(visit({"97140": 2}, {"97140": 1}))
    assert (told.units_up, told.differing, told.priced, told.dollars_up) == (1, 1, 0, None)


def test_every_therapist_payer_clinic_and_code_has_its_own_balance():
    visits = [visit({"97110": 2}, {"97110": 1}), visit({"97110": 1}, {"97110": 2}, therapist="u")]
    for grouping, name, up, down in (
        ("therapist", "t", 1, 0),
        ("therapist", "u", 0, 1),
        ("payer", "medicare", 1, 1),
        ("clinic", "c", 1, 1),
        ("code", "97110", 1, 1),
    ):
        told = balance(*visits, grouping=grouping, name=name)
        assert (told.units_up, told.units_down) == (up, down)
