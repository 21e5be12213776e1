"""How far two reviewers agree on what stands behind an amount."""

import pytest

from nlp_pipeline.auditing.reviewers import both_counted, counted_of, two_reviewers
from nlp_pipeline.records.sample import Counted, UnitJudgement


def counted(**minutes):
    """Give codes with their minutes, and a unit for each quarter of an hour begun."""
    told = {name.removeprefix("c"): spent for name, spent in minutes.items()}
    return Counted({code: -(-spent // 15) for code, spent in told.items()}, told)


def test_units_and_minutes_are_compared_over_the_codes_that_both_gave():
    found = two_reviewers([(counted(c97110=23, c97530=8), counted(c97110=15)), (counted(c97110=30), counted(c97110=30))])
    assert (found.codes.value, found.codes.count) == (0.5, 2)
    assert (found.units.share.value, found.units.share.count) == (0.5, 2)
    assert (found.minutes.value, found.minutes.count, found.minutes_apart) == (0.5, 2, 8)


def test_activities_are_compared_by_their_numbers():
    one, other = counted_of("", "", "1 97110; 2 97112; 4 not performed"), counted_of("", "", "1 97110; 2 97530; 3 97110")
    found = two_reviewers([(one, other)])
    assert (found.activities.share.value, found.activities.share.count) == (0.5, 2)


def test_units_above_chance_have_kappa_with_an_interval():
    pairs = [(counted(c97110=15 * units), counted(c97110=15 * (units if place else 3))) for place, units in enumerate([1, 1, 2, 2, 1, 3, 1, 2])]
    kappa = two_reviewers(pairs).units.kappa
    assert -1 <= kappa.low < kappa.value < kappa.high <= 1
    assert kappa.value == pytest.approx(0.805, abs=0.001)  # observed 7/8; by chance (4 x 3 + 3 x 3 + 1 x 2) / 64


def test_minutes_that_one_of_them_holds_not_to_be_known_are_not_the_same():
    found = two_reviewers([(Counted({"97110": 1}, {"97110": 15}), Counted({"97110": 1}, {}))])
    assert (found.minutes.value, found.minutes_apart) == (0.0, None)


def test_codes_without_minutes_are_not_counted_among_minutes():
    found = two_reviewers([(Counted({"97161": 1}, {}), Counted({"97161": 1}, {}))])
    assert found.minutes.value is None
    assert found.units.share.value == 1.0


def test_without_two_reviewers_there_is_nothing_to_tell():
    assert two_reviewers([]) is None
    assert both_counted(UnitJudgement("a", None, decided="97110 x 1")) is None


def test_who_supports_nothing_has_counted_nothing():
    said = UnitJudgement("a", None, decided_at="2026-11-24T02:00:00+00:00", second_decided="97110 x 1")
    assert both_counted(said) == (Counted({}, {}), Counted({"97110": 1}, {}))


@pytest.mark.parametrize("written", ["", "two units", "97110", "97110 x two; about 97530"])
def test_what_is_written_otherwise_is_not_read(written):
    assert counted_of(written, written) == Counted({}, {})
