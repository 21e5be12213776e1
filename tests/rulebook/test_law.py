"""What the rulebook holds about claim lines: pairs, limits, prices, modifiers, and two clocks."""

import tomllib
from datetime import date
from decimal import Decimal
from itertools import permutations
from pathlib import Path

import pytest

from nlp_pipeline.rulebook.listing import held_rules
from nlp_pipeline.rulebook.rulebook import Rulebook
from nlp_pipeline.rulebook.tables import limit_table, localities, pair_table, value_table

CASES = tomllib.loads((Path(__file__).parents[1] / "cases" / "edits.toml").read_text("utf-8"))["case"]
PAIRS = [(case["column1"], other, case.get("indicator"), case.get("day", date(2024, 5, 1))) for case in CASES for other in case["column2"]]
RULEBOOK = Rulebook.load()
LAW = RULEBOOK.on(date(2026, 3, 2), "medicare").claim
TABLES = {kind: history.values[-1].value for kind, history in RULEBOOK.law.tables.kinds.items()}


@pytest.mark.parametrize(("one", "other", "indicator", "day"), PAIRS, ids=lambda value: str(value))
def test_a_pair_is_as_the_table_has_it_in_either_order(one, other, indicator, day):
    for codes in permutations((one, other)):
        edit = RULEBOOK.on(day, "medicare").claim.pairs.between(*codes, day)
        assert (edit and (edit.column1, edit.column2, edit.indicator)) == ((one, other, indicator) if indicator is not None else None)


def test_no_pair_that_was_deleted_on_its_first_day_is_ever_in_force():
    never = [edit for edits in LAW.pairs.pairs.values() for edit in edits if edit.indicator == 9]
    assert never
    assert not any(edit.in_force(edit.deleted) for edit in never)


def test_no_two_lines_of_a_pair_hold_on_one_day():
    days = [date(2018, 1, 1), date(2020, 6, 1), date(2024, 5, 1)]
    double = [key for key, edits in LAW.pairs.pairs.items() for day in days if len({edit.column1 for edit in edits if edit.in_force(day)}) > 1]
    assert double == []


@pytest.mark.parametrize(
    ("code", "limit", "kind"),
    [("97110", 6, 3), ("97112", 4, 3), ("97530", 6, 3), ("97140", 6, 3), ("97035", 2, 3), ("97129", 1, 2), ("97161", 1, 2), ("97010", 0, 3), ("97542", 8, 3)],
)
def test_a_limit_is_as_the_table_has_it(code, limit, kind):
    found = LAW.limits.limits[code]
    assert (found.limit, found.kind) == (limit, kind)


def test_every_shipped_table_is_of_one_period_and_has_rows():
    sizes = {"ncci": len(pair_table(TABLES["ncci"]).pairs), "mue": len(limit_table(TABLES["mue"]).limits)}
    sizes |= {"mpfs": len(value_table(TABLES["mpfs"])), "gpci": len(localities(TABLES["gpci"]))}
    assert all(size > 20 for size in sizes.values()), sizes


def test_the_parts_of_a_relative_value_are_not_below_nought():
    figures = [figure for lines in value_table(TABLES["mpfs"]).values() for line in lines for figure in (line.work, line.expense, line.malpractice)]
    assert all(figure is None or figure >= 0 for figure in figures)


def test_a_locality_is_found_with_and_without_its_number():
    places = localities(TABLES["gpci"])
    assert places["ca san francisco"] is places["ca san francisco (05)"]


@pytest.mark.parametrize(("day", "amount"), [(date(2024, 12, 31), "2330.00"), (date(2025, 1, 1), "2410.00"), (date(2026, 1, 1), "2480.00")])
def test_the_threshold_is_that_of_the_year(day, amount):
    assert {each.amount.value for each in RULEBOOK.on(day, "medicare").claim.thresholds} == {Decimal(amount)}


def test_two_disciplines_share_a_pool_and_the_third_has_its_own():
    pools = {discipline: LAW.threshold_of(discipline).pool for discipline in ("PT", "SLP", "OT")}
    assert pools == {"PT": "PT+SLP", "SLP": "PT+SLP", "OT": "OT"}


def test_what_was_published_later_is_not_known_yet():
    then = RULEBOOK.on(date(2026, 3, 2), "medicare", known_on=date(2025, 12, 31)).claim
    assert {each.amount.value for each in then.thresholds} == {Decimal("2410.00")}
    assert then.payment is None


def test_what_had_not_begun_is_left_out_and_told():
    early = RULEBOOK.on(date(2023, 5, 1), "medicare").claim
    assert early.limits is None
    assert any("mue" in told for told in early.left_out)


@pytest.mark.parametrize("written", ["PT", "pt", "Ann Smith, PT, DPT", "physical therapist"])
def test_who_signs_is_known_however_it_is_written(written):
    assert LAW.signer(written).name == "PT"


@pytest.mark.parametrize("written", ["", None, "Ann Smith", "xyz"])
def test_who_is_not_known_is_nobody(written):
    assert LAW.signer(written) is None


def test_every_value_that_is_held_has_a_source_and_a_mark():
    assert all(each.source.strip() and each.mark in {"V", "K", "C", "D"} for each in held_rules(RULEBOOK))
