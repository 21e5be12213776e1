"""From services to a claim: the published examples, the cases, and each step in words."""

import json
import tomllib
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp_pipeline.billing.biller import Biller
from nlp_pipeline.records.claim import Claim
from nlp_pipeline.records.encounter import Encounter, Service
from nlp_pipeline.rulebook.rulebook import Rulebook

PLACE = Path(__file__).parents[1] / "cases"
CASES = tomllib.loads((PLACE / "claims.toml").read_text("utf-8"))["case"]
PUBLISHED = [json.loads(line) for line in (PLACE / "units.jsonl").read_text("utf-8").splitlines()]
RULEBOOK = Rulebook.load()
DAY = date(2026, 3, 2)
MEDICARE = RULEBOOK.on(DAY, "medicare")
TIMED = ["97110", "97112", "97116", "97140", "97530"]
UNTIMED = ["97010", "97012", "97150", "97161"]
VISITS = st.dictionaries(st.sampled_from(TIMED), st.integers(1, 90), min_size=1)


def claim_of(minutes: dict[str, float | None], payer: str = "medicare", **known: float) -> Claim:
    services = tuple(Service(code, spent) for code, spent in minutes.items())
    return Biller().bill(Encounter("e1", services=services, **known), RULEBOOK.on(DAY, payer))


def units_above_zero(units) -> dict[str, int]:
    return {code: count for code, count in units.items() if count}


def lines_of(claim: Claim) -> dict[str, int]:
    return {line.code: line.units for line in claim.lines}


@pytest.mark.parametrize("example", PUBLISHED, ids=lambda example: example["id"])
def test_a_published_example_comes_out_as_published(example):
    untimed = example.get("untimed", [])
    share = claim_of({**example["minutes"], **dict.fromkeys(untimed)}).units[example["method"]]
    right = example.get("acceptable_units") or [example["expected_units"]]
    assert {code: count for code, count in units_above_zero(share.units).items() if code not in untimed} in [units_above_zero(units) for units in right]


@pytest.mark.parametrize("example", [example for example in PUBLISHED if example["method"] == "cms"], ids=lambda example: example["id"])
def test_a_published_example_is_tied_where_the_source_leaves_the_choice_open(example):
    assert bool(claim_of(example["minutes"]).units["cms"].tied) == example.get("tie", False)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_lines_follow_the_rule(case):
    services = tuple(Service(each["code"], each.get("minutes")) for each in case["services"])
    claim = Biller().bill(Encounter("e1", services=services, timed_total=case.get("timed_total")), RULEBOOK.on(DAY, case["payer"]))
    assert lines_of(claim) == case["lines"]


@pytest.mark.parametrize("case", [case for case in CASES if "says" in case], ids=lambda case: case["name"])
def test_the_step_that_decides_is_told(case):
    services = tuple(Service(each["code"], each.get("minutes")) for each in case["services"])
    claim = Biller().bill(Encounter("e1", services=services, timed_total=case.get("timed_total")), RULEBOOK.on(DAY, case["payer"]))
    assert [words for words in case["says"] if not any(words in step for step in claim.explanation)] == []


@given(VISITS, st.sampled_from(UNTIMED), st.integers(1, 120))
def test_no_unit_comes_from_an_untimed_minute(minutes, untimed, spent):
    without, with_it = claim_of(minutes), claim_of({**minutes, untimed: spent})
    assert lines_of(with_it) == {**lines_of(without), untimed: 1}


@given(VISITS)
def test_lines_are_the_units_of_the_payers_method(minutes):
    claim = claim_of(minutes)
    assert lines_of(claim) == units_above_zero(claim.units[claim.method].units)


@given(VISITS, st.integers(1, 200))
def test_the_lines_never_exceed_what_a_stated_total_earns(minutes, stated):
    claim = claim_of(minutes, timed_total=stated)
    assert sum(line.units for line in claim.lines) <= (stated + 7) // 15


@given(VISITS, st.randoms(use_true_random=False))
def test_the_order_of_services_changes_no_unit(minutes, order):
    shuffled = list(minutes.items())
    order.shuffle(shuffled)
    assert claim_of(dict(shuffled)).units == claim_of(minutes).units


def test_the_units_of_every_method_are_given():
    claim = claim_of({"97110": 23, "97140": 8})
    assert {method: sum(share.units.values()) for method, share in claim.units.items() if share} == {"cms": 2, "ama": 3, "per15": 1}


def test_units_are_unknown_where_a_timed_service_has_no_minutes():
    assert claim_of({"97110": None, "97112": 15}).units == {"cms": None, "ama": None, "per15": None}


def test_an_untimed_service_needs_no_minutes():
    assert claim_of({"97110": 15, "97161": None}).units["cms"].units == {"97110": 1, "97161": 1}


def test_minutes_by_code_are_unknown_where_no_service_has_any():
    assert claim_of({"97110": None, "97112": None}).minutes_by_code is None


def test_a_visit_without_services_has_no_minutes_and_no_lines():
    claim = claim_of({})
    assert (claim.minutes_by_code, claim.timed_minutes, claim.lines) == ({}, None, ())


def test_the_stated_timed_total_is_the_timed_time():
    assert claim_of({"97110": 15, "97530": 15}, timed_total=40).timed_minutes == 40


def test_timed_time_is_the_sum_of_the_timed_services_where_none_is_stated():
    assert claim_of({"97110": 15, "97530": 10, "97012": 12}).timed_minutes == 25


def test_timed_time_is_unknown_where_a_timed_service_has_no_minutes():
    assert claim_of({"97110": 15, "97530": None}).timed_minutes is None


def test_units_by_method_ignore_a_stated_total():
    assert claim_of({"97110": 45}, timed_total=15).units["cms"].units == {"97110": 3}


def test_a_tie_is_told_with_the_house_default():
    assert any("therapist's choice" in step for step in claim_of({"97112": 20, "97110": 20}).explanation)


def test_a_visit_before_the_unit_rule_has_no_timed_units():
    rules = RULEBOOK.on(date(1999, 6, 1), "medicare")
    claim = Biller().bill(Encounter("e1", services=(Service("97110", 30), Service("97012"))), rules)
    assert lines_of(claim) == {"97012": 1}


def test_the_same_encounter_gives_the_same_claim_twice():
    minutes = {"97110": 18, "97140": 13, "97116": 10, "97035": 8}
    assert claim_of(minutes) == claim_of(minutes)


@pytest.mark.parametrize("spent", [float("nan"), float("inf"), -5.0])
def test_impossible_minutes_earn_nothing(spent):
    assert lines_of(claim_of({"97110": spent})) == {}
