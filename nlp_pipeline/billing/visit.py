"""A visit's services, sorted by the way in which their units are counted."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from nlp_pipeline.billing.units import UNIT_METHODS, countable, units_alone
from nlp_pipeline.records.claim import UnitShare
from nlp_pipeline.records.encounter import Service
from nlp_pipeline.records.rules import CodeRule, Rules, UnitMethod


@dataclass(slots=True)
class Visit:
    """The services of a visit by code, entries of one code added up; minutes that count are whole.

    `minutes` holds them as they were said. `pooled` share the day's units, `apart` are timed by a unit of their own,
    `untimed` have one unit each, `unmeasured` are timed and without minutes, `unlisted` are in no registry on that day.
    `going_on` names the add-on that a first code's minutes go on to, and how many of them do.
    """

    minutes: dict[str, float | None]
    pooled: dict[str, int]
    apart: dict[str, int]
    untimed: list[str]
    unmeasured: list[str]
    unlisted: list[str]
    partly_measured: list[str]
    going_on: dict[str, tuple[str, int]]

    def has_timed(self) -> bool:
        """Say whether any service of the visit is timed."""
        return bool(self.pooled or self.apart or self.unmeasured)

    def timed_minutes(self) -> float | None:
        """Add up the timed services as they were said; None without any, or where one is unmeasured."""
        if self.unmeasured or not (self.pooled or self.apart):
            return None
        return whole(sum([self.minutes.get(code) or 0 for code in (*self.pooled, *self.apart)]))

    def codes(self) -> Iterator[str]:
        """Name the codes of the visit in order, an add-on after the code that went on to it."""
        told = set()
        for code in self.minutes:
            add_on = self.going_on.get(code, (code, 0))[0]
            for each in (code, add_on):
                if each not in told:
                    told.add(each)
                    yield each

    def units(self, method: UnitMethod, rules: Rules) -> UnitShare | None:
        """Count units by one method; None where a timed service has no minutes, or no unit rule was in force."""
        if self.unmeasured or (rules.units is None and self.has_timed()):
            return None
        share = UNIT_METHODS[method](self.pooled, rules.units) if rules.units and self.pooled else UnitShare({})
        if not self.apart and not self.untimed:
            return share
        alone = {code: units_alone(spent, rules.codes[code], method) for code, spent in self.apart.items()}
        return UnitShare({**share.units, **alone, **dict.fromkeys(self.untimed, 1)}, share.tied)


def whole(minutes: float) -> float:
    """Write whole minutes as a whole number."""
    return int(minutes) if isinstance(minutes, float) and minutes.is_integer() else minutes


def add_up(services: Iterable[Service]) -> tuple[dict[str, float | None], list[str]]:
    """Add up the minutes of each code, and name the codes of which some entry has none.

    Minutes that were said count even where another entry of the code has none; zero minutes are no service.
    """
    minutes: dict[str, float | None] = {}
    silent: set[str] = set()
    for service in services:
        code, spent = service.code, service.minutes
        if spent is None:
            silent.add(code)
            minutes.setdefault(code, None)
        elif spent > 0:
            minutes[code] = whole(spent + (minutes.get(code) or 0))
    return minutes, [code for code in minutes if code in silent and minutes[code] is not None] if silent else []


def sort_services(services: Iterable[Service], rules: Rules) -> Visit:
    """Put each service with those that are counted as it is."""
    minutes, partly_measured = add_up(services)
    visit = Visit(minutes, {}, {}, [], [], [], partly_measured, {})
    firsts: list[CodeRule] = []
    codes = rules.codes
    for code, said in minutes.items():
        rule = codes.get(code)
        if rule is None:
            visit.unlisted.append(code)
        elif rule.timing != "timed":
            visit.untimed.append(code)
        elif said is None:
            visit.unmeasured.append(code)
        elif rule.pooled:
            visit.pooled[code] = countable(said)
        else:
            visit.apart[code] = countable(said)
        if rule and rule.add_on and said:
            firsts.append(rule)
    for rule in firsts:
        _go_on(visit, rule, rules)
    return visit


def _go_on(visit: Visit, rule: CodeRule, rules: Rules) -> None:
    """Give what a first code has past its own unit to its add-on."""
    counted, own = visit.pooled if rule.pooled else visit.apart, rule.unit_minutes or 0
    more = counted.get(rule.code, 0) - own
    if more > 0 and rule.add_on in rules.codes and rule.add_on not in visit.unmeasured:
        counted[rule.code] = own
        counted[rule.add_on] = counted.get(rule.add_on, 0) + more
        visit.going_on[rule.code] = (rule.add_on, more)
