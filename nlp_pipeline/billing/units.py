"""Turn minutes into units, four ways (Medicare Claims Processing Manual, chapter 5, section 20.2, and what other payers do).

Minutes are whole here: a part minute never counts, so each service's minutes are rounded down after they have been added up.
"""

from collections.abc import Callable, Mapping
from math import inf

from nlp_pipeline.records.claim import UnitShare
from nlp_pipeline.records.rules import CodeRule, UnitMethod, UnitRules


def units_earned(minutes: int, rules: UnitRules) -> int:
    """Count the units that a stretch of one-on-one time earns.

    >>> medicare = UnitRules(unit_minutes=15, minimum_minutes=8)
    >>> [units_earned(minutes, medicare) for minutes in (7, 8, 22, 23)]
    [0, 1, 1, 2]
    """
    return (minutes + rules.unit_minutes - rules.minimum_minutes) // rules.unit_minutes


def countable(minutes: float) -> int:
    """Round minutes down to whole ones; time below zero or without end counts nothing.

    >>> countable(22.9), countable(-5), countable(float("nan"))
    (22, 0, 0)
    """
    return int(minutes) if 0 < minutes < inf else 0


def ranked_by_remainder(minutes: Mapping[str, int], rules: UnitRules) -> list[str]:
    """Order services for a spare unit: the longest remainder first, then the most minutes, then the lower code.

    The manual decides by the remainder alone; what follows is the house default for a tie.
    """
    unit = rules.unit_minutes
    return [code for _, _, code in sorted([(-(spent % unit), -spent, code) for code, spent in minutes.items()])]


def share_units(minutes: Mapping[str, int], rules: UnitRules) -> UnitShare:
    """Give each service its whole units, then the spare ones of the day's total to the longest remainders.

    Services that tie for the last spare unit are named, so that a person can choose.

    >>> share_units({"a": 33, "b": 7}, UnitRules(unit_minutes=15, minimum_minutes=8)).units
    {'a': 2, 'b': 1}
    """
    unit = rules.unit_minutes
    units = {code: spent // unit for code, spent in minutes.items()}
    spare = units_earned(sum(minutes.values()), rules) - sum(units.values())
    if not spare:
        return UnitShare(units)
    ranked = ranked_by_remainder(minutes, rules)
    for code in ranked[:spare]:
        units[code] += 1
    if not 0 < spare < len(ranked):
        return UnitShare(units)
    last = minutes[ranked[spare - 1]] % unit
    if minutes[ranked[spare]] % unit != last:
        return UnitShare(units)
    return UnitShare(units, frozenset([code for code in ranked if minutes[code] % unit == last]))


def units_by_midpoint(minutes: Mapping[str, int], rules: UnitRules) -> UnitShare:
    """Count each service alone: one more unit once its midpoint is past.

    >>> units_by_midpoint({"a": 33, "b": 7}, UnitRules(unit_minutes=15, minimum_minutes=8)).units
    {'a': 2, 'b': 0}
    """
    unit = rules.unit_minutes
    late = unit - rules.minimum_minutes
    return UnitShare({code: (spent + late) // unit for code, spent in minutes.items()})


def whole_units(minutes: Mapping[str, int], rules: UnitRules) -> UnitShare:
    """Count each service alone, and only its whole units.

    >>> whole_units({"a": 33, "b": 7}, UnitRules(unit_minutes=15, minimum_minutes=8)).units
    {'a': 2, 'b': 0}
    """
    unit = rules.unit_minutes
    return UnitShare({code: spent // unit for code, spent in minutes.items()})


def nearest_quarters(minutes: Mapping[str, int], rules: UnitRules) -> UnitShare:
    """Count each service alone, rounded to the nearest unit; half a unit goes up.

    >>> nearest_quarters({"a": 33, "b": 7}, UnitRules(unit_minutes=15, minimum_minutes=8)).units
    {'a': 2, 'b': 0}
    """
    return UnitShare({code: (2 * spent + rules.unit_minutes) // (2 * rules.unit_minutes) for code, spent in minutes.items()})


UNIT_METHODS: Mapping[UnitMethod, Callable[[Mapping[str, int], UnitRules], UnitShare]] = {
    "cms": share_units,
    "ama": units_by_midpoint,
    "per15": whole_units,
    "nearest_quarter": nearest_quarters,
}
ALWAYS_COUNTED: tuple[UnitMethod, ...] = ("cms", "ama", "per15")  # shown side by side whatever the payer's own method is
POOLING_METHODS: frozenset[UnitMethod] = frozenset({"cms"})  # those that count the day's total


def units_alone(minutes: int, rule: CodeRule, method: UnitMethod) -> int:
    """Count the units of a service that stands outside the day's pool, by its own unit.

    A unit is earned just past its midpoint, or from `minimum_minutes` on where the code has its own; the method of whole units wants all of it.
    """
    unit = rule.unit_minutes or 1
    least = unit if method == "per15" else rule.minimum_minutes or unit // 2 + 1
    return units_earned(minutes, UnitRules(unit, least))


def held_to(limit: int, share: UnitShare, minutes: Mapping[str, int], rules: UnitRules) -> UnitShare:
    """Take units back until no more than `limit` are left; the unit that rests on the fewest minutes goes first.

    Where several rest on equally few, they are named as tied, and the higher code loses its unit.
    """
    units = dict(share.units)
    tied: set[str] = set()
    for _ in range(sum(units.values()) - limit):
        rests_on = {code: minutes[code] - rules.unit_minutes * (count - 1) for code, count in units.items() if count}
        fewest = min(rests_on.values())
        weakest = [code for code, spent in rests_on.items() if spent == fewest]
        tied = set(weakest) if len(weakest) > 1 else set()
        units[max(weakest)] -= 1
    return UnitShare(units, frozenset(tied)) if units != share.units else share
