"""Every two-service visit up to two hours each, and every three-service visit up to forty minutes, against brute force through whole claims."""

from itertools import combinations, product

from nlp_pipeline.billing.choices import lawful_shares
from nlp_pipeline.billing.units import share_units
from nlp_pipeline.records.rules import UnitRules

MEDICARE = UnitRules(unit_minutes=15, minimum_minutes=8)
CODES = ("97110", "97112", "97140")


def brute_force(spent: tuple[int, ...]) -> set[tuple[int, ...]]:
    """Try every share of the day's units, and keep those that give the spare ones to the longest remainders."""
    earned = sum(1 for first in range(8, sum(spent) + 1, 15))
    whole = [each // 15 for each in spent]
    spare = earned - sum(whole)
    best: dict[int, set[tuple[int, ...]]] = {}
    for chosen in combinations(range(len(spent)), spare):
        rests = sum(spent[place] % 15 for place in chosen)
        best.setdefault(rests, set()).add(tuple(units + (place in chosen) for place, units in enumerate(whole)))
    return best[max(best)]


def ours(spent: tuple[int, ...]) -> set[tuple[int, ...]]:
    minutes = dict(zip(CODES, spent, strict=False))
    return {tuple(way[code] for code in minutes) for way in lawful_shares(share_units(minutes, MEDICARE), minutes, 15)}


def test_every_visit_of_two_services_up_to_two_hours_each():
    wrong = [spent for spent in product(range(121), repeat=2) if ours(spent) != brute_force(spent)]
    assert wrong == []


def test_every_visit_of_three_services_up_to_forty_minutes_each():
    wrong = [spent for spent in product(range(41), repeat=3) if ours(spent) != brute_force(spent)]
    assert wrong == []
