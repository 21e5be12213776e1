"""From a day and a payer to the rules in force."""

import tomllib
from datetime import date
from pathlib import Path

import pytest

from nlp_pipeline.rulebook.rulebook import Rulebook

CASES = tomllib.loads((Path(__file__).parents[1] / "cases" / "rules.toml").read_text("utf-8"))["case"]
RULEBOOK = Rulebook.load()
DAY = date(2026, 3, 2)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_the_right_profile_holds(case):
    rules = RULEBOOK.on(case.get("day"), case.get("payer"))
    assert (rules.payer, rules.method) == (case["profile"], case["method"])


def test_a_dated_visit_of_a_known_payer_needs_no_notice():
    assert RULEBOOK.on(DAY, "medicare").notices == ()


@pytest.mark.parametrize(
    ("day", "payer", "notice"),
    [
        (None, "medicare", "no date"),
        (DAY, None, "No payer is named"),
        (DAY, "Acme Mutual", "No profile for payer 'Acme Mutual'"),
        (date(2019, 1, 1), "uhc", "starts on 2020-01-01"),
        (date(1999, 1, 1), "commercial", "timed units of 1999-01-01 are not counted"),
    ],
)
def test_whatever_is_assumed_or_left_out_is_told(day, payer, notice):
    assert any(notice in told for told in RULEBOOK.on(day, payer).notices)


def test_a_rule_that_had_not_begun_is_left_out_and_the_rest_stands():
    rules = RULEBOOK.on(date(1999, 1, 1), "medicare")
    assert rules.units is None
    assert "97110" in rules.codes


def test_a_code_is_unknown_before_its_first_day():
    assert "97161" not in RULEBOOK.on(date(2016, 12, 31), "medicare").codes


def test_a_code_is_known_from_its_first_day():
    assert "97161" in RULEBOOK.on(date(2017, 1, 1), "medicare").codes


@pytest.mark.parametrize(("day", "dated"), [(date(2026, 3, 2), date(2026, 1, 1)), (date(2025, 12, 31), date(2025, 1, 1)), (None, date(2026, 1, 1))])
def test_rules_are_dated_by_the_newest_line_in_force(day, dated):
    assert RULEBOOK.on(day, "medicare").dated == dated


def test_the_same_question_has_the_same_answer_at_once():
    assert RULEBOOK.on(DAY, "medicare") is RULEBOOK.on(DAY, "medicare")


def test_the_unit_rule_carries_its_source():
    assert "20.2" in RULEBOOK.on(DAY, "medicare").units.source


@pytest.mark.parametrize("payer", ["", "   ", "x" * 5000, "Ünïcode \N{SNOWMAN}", "{0}", "%s"])
def test_no_payer_name_stops_a_run(payer):
    assert RULEBOOK.on(DAY, payer).units is not None


def test_days_between_two_changes_share_one_law_of_claim_lines():
    assert RULEBOOK.on(date(2026, 3, 2), "medicare").claim is RULEBOOK.on(date(2026, 9, 30), "medicare").claim


def test_the_shared_law_of_a_day_is_the_one_made_for_it_alone():
    days = [date(2019, 12, 31), date(2020, 1, 1), date(2024, 3, 31), date(2024, 4, 1), date(2026, 1, 1), date(2026, 2, 23), date(2026, 2, 24), None]
    [medicare] = [profile for profile in RULEBOOK.payers.profiles if profile.name == "medicare"]
    for day in days:
        assert RULEBOOK.on(day, "medicare").claim == RULEBOOK.law.on(day, medicare.terms_on(day))
