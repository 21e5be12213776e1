"""Minutes into units: the published examples, the cases, and what must hold for every visit."""

import tomllib
from itertools import combinations, product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp_pipeline.billing.units import UNIT_METHODS, held_to, share_units, units_alone, units_by_midpoint, units_earned, whole_units
from nlp_pipeline.records.claim import UnitShare
from nlp_pipeline.records.rules import CodeRule, UnitRules

CASES = tomllib.loads((Path(__file__).parents[1] / "cases" / "units.toml").read_text("utf-8"))["case"]
MEDICARE = UnitRules(unit_minutes=15, minimum_minutes=8)
CODES = ["97110", "97112", "97116", "97140", "97530", "97535"]
VISITS = st.dictionaries(st.sampled_from(CODES), st.integers(0, 130), min_size=1)


def earned_by_the_chart(total: int) -> int:
    """Count the lines of the published chart that a total has reached: 8, 23, 38, 53 and so on."""
    return sum(1 for first in range(8, total + 1, 15))


def lawful_shares(minutes: dict[str, int]) -> list[dict[str, int]]:
    """List every share that the manual allows, by trying all of them."""
    whole = {code: spent // 15 for code, spent in minutes.items()}
    spare = earned_by_the_chart(sum(minutes.values())) - sum(whole.values())
    chosen = list(combinations(sorted(minutes), spare))
    longest = max(sum(minutes[code] % 15 for code in codes) for codes in chosen)
    return [{code: whole[code] + (code in codes) for code in minutes} for codes in chosen if sum(minutes[code] % 15 for code in codes) == longest]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_units_follow_the_rule(case):
    share = UNIT_METHODS[case["method"]](case["minutes"], MEDICARE)
    assert share == UnitShare(case["units"], frozenset(case.get("tied", ())))


def test_every_visit_of_two_services_is_shared_lawfully():
    for one, other in product(range(91), repeat=2):
        minutes = {"97110": one, "97112": other}
        assert share_units(minutes, MEDICARE).units in lawful_shares(minutes), minutes


def test_every_small_visit_of_three_services_is_shared_lawfully():
    for spent in product(range(23), repeat=3):
        minutes = dict(zip(CODES[:3], spent, strict=True))
        assert share_units(minutes, MEDICARE).units in lawful_shares(minutes), minutes


@given(VISITS)
def test_the_tied_services_are_those_that_lawful_shares_disagree_on(minutes):
    lawful = lawful_shares(minutes)
    open_choice = {code for code in minutes if len({share[code] for share in lawful}) > 1}
    assert share_units(minutes, MEDICARE).tied == open_choice


@given(VISITS)
def test_the_units_of_a_day_are_those_its_total_earns(minutes):
    assert sum(share_units(minutes, MEDICARE).units.values()) == earned_by_the_chart(sum(minutes.values()))


@given(VISITS)
def test_every_whole_quarter_of_an_hour_has_its_unit(minutes):
    units = share_units(minutes, MEDICARE).units
    assert all(spent // 15 <= units[code] <= spent // 15 + 1 for code, spent in minutes.items())


@pytest.mark.parametrize("method", sorted(UNIT_METHODS))
@given(minutes=VISITS, more=st.integers(1, 40))
def test_more_minutes_of_a_service_never_cost_it_a_unit(method, minutes, more):
    code = min(minutes)
    before = UNIT_METHODS[method](minutes, MEDICARE).units
    after = UNIT_METHODS[method]({**minutes, code: minutes[code] + more}, MEDICARE).units
    assert after[code] >= before[code]


@pytest.mark.parametrize("method", sorted(UNIT_METHODS))
@given(minutes=VISITS, more=st.integers(1, 40))
def test_more_minutes_never_cost_the_day_a_unit(method, minutes, more):
    code = min(minutes)
    before = UNIT_METHODS[method](minutes, MEDICARE).units
    after = UNIT_METHODS[method]({**minutes, code: minutes[code] + more}, MEDICARE).units
    assert sum(after.values()) >= sum(before.values())


@pytest.mark.parametrize("method", sorted(UNIT_METHODS))
@given(minutes=VISITS, order=st.randoms(use_true_random=False))
def test_the_order_of_services_changes_nothing(method, minutes, order):
    shuffled = list(minutes.items())
    order.shuffle(shuffled)
    assert UNIT_METHODS[method](dict(shuffled), MEDICARE) == UNIT_METHODS[method](minutes, MEDICARE)


@given(st.integers(0, 300))
def test_one_service_alone_is_the_same_pooled_and_past_the_midpoint(spent):
    assert share_units({"97110": spent}, MEDICARE) == units_by_midpoint({"97110": spent}, MEDICARE)


@given(VISITS)
def test_whole_units_are_never_more_than_the_others(minutes):
    least = whole_units(minutes, MEDICARE).units
    assert all(least[code] <= share.units[code] for share in (share_units(minutes, MEDICARE), units_by_midpoint(minutes, MEDICARE)) for code in minutes)


@given(VISITS, st.integers(0, 12))
def test_held_units_are_the_limit_or_fewer(minutes, limit):
    share = share_units(minutes, MEDICARE)
    held = held_to(limit, share, minutes, MEDICARE)
    assert sum(held.units.values()) == min(limit, sum(share.units.values()))


def test_the_unit_that_rests_on_the_fewest_minutes_is_taken_back_first():
    minutes = {"97110": 30, "97112": 23}
    assert held_to(3, share_units(minutes, MEDICARE), minutes, MEDICARE).units == {"97110": 2, "97112": 1}


def test_an_equal_claim_to_the_last_unit_is_named_when_units_are_taken_back():
    minutes = {"97110": 15, "97112": 15}
    assert held_to(1, share_units(minutes, MEDICARE), minutes, MEDICARE) == UnitShare({"97110": 1, "97112": 0}, frozenset(minutes))


@pytest.mark.parametrize(("spent", "units"), [(60, 0), (61, 1), (120, 1), (181, 2)])
def test_a_long_unit_is_earned_past_its_own_midpoint(spent, units):
    assert units_alone(spent, CodeRule("97545", "work hardening", "timed", 120, False, ("PT",)), "cms") == units


@pytest.mark.parametrize(("spent", "units"), [(19, 0), (20, 1)])
def test_a_code_with_its_own_minimum_needs_all_of_it(spent, units):
    assert units_alone(spent, CodeRule("98980", "management", "timed", 20, False, ("PT",), minimum_minutes=20), "cms") == units


def test_an_hour_is_four_units():
    assert units_earned(60, MEDICARE) == 4
