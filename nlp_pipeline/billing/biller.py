"""From an encounter and the rules of its day to a claim."""

from collections.abc import Mapping
from dataclasses import dataclass

from nlp_pipeline.billing.explanation import counted, explain, tell_unbilled
from nlp_pipeline.billing.services import gather
from nlp_pipeline.billing.units import POOLING_METHODS, UNIT_METHODS, countable, held_to, units_earned
from nlp_pipeline.billing.visit import Visit, sort_services, whole
from nlp_pipeline.records.claim import Claim, ClaimLine, UnitShare
from nlp_pipeline.records.encounter import Encounter
from nlp_pipeline.records.facts import Facts
from nlp_pipeline.records.rules import Rules
from nlp_pipeline.records.suggestion import Suggestion


@dataclass(frozen=True, slots=True)
class Biller:
    """Counts what the rules make of a visit, and shows each step."""

    def gather(self, facts: Facts, suggestions: tuple[Suggestion, ...], rules: Rules) -> Encounter:
        """Gather the services of a note, with their minutes."""
        return gather(facts, suggestions, rules)

    def bill(self, encounter: Encounter, rules: Rules) -> Claim:
        """Count units by every method, and make claim lines by the payer's.

        The lines follow the minutes of the services, and are held to the note's own timed total where that is smaller.
        """
        visit = sort_services(encounter.services, rules)
        units = {method: visit.units(method, rules) for method in UNIT_METHODS}
        steps = list(explain(visit, units, rules))
        share, remarks = _billable(visit, units[rules.method], encounter.timed_total, rules)
        billed: Mapping[str, int] = share.units if share else dict.fromkeys(visit.untimed, 1)
        known = not visit.minutes or any(spent is not None for spent in visit.minutes.values())
        stated = encounter.timed_total
        return Claim(
            method=rules.method,
            minutes_by_code=visit.minutes if known else None,
            timed_minutes=visit.timed_minutes() if stated is None else whole(stated),
            total_minutes=None if encounter.visit_total is None else whole(encounter.visit_total),
            units=units,
            stated_units=encounter.stated_units,
            lines=tuple(ClaimLine(code, billed[code]) for code in visit.minutes if billed.get(code)),
            explanation=(*steps, *remarks, *tell_unbilled(encounter.ledger)),
            rules_dated=rules.dated.isoformat(),
        )


def _billable(visit: Visit, share: UnitShare | None, stated: float | None, rules: Rules) -> tuple[UnitShare | None, tuple[str, ...]]:
    """Hold the units of a pooling method to the stated timed total, and say so where that changes anything."""
    if stated is None or rules.units is None or rules.method not in POOLING_METHODS:
        return share, ()
    limit = units_earned(countable(stated), rules.units)
    if share is None:
        return None, (f"The stated timed total of {whole(stated)} minutes earns {counted(limit, 'unit')}; their split over the services is not documented.",)
    pooled = UnitShare({code: share.units[code] for code in visit.pooled}, share.tied)
    held = held_to(limit, pooled, visit.pooled, rules.units)
    if held is pooled:
        return share, ()
    open_choice = f" {', '.join(sorted(held.tied))} rest on equally few minutes; the higher code gives way." if held.tied else ""
    remark = (
        f"The note states a timed total of {whole(stated)} minutes, less than its services add up to: "
        f"the lines are held to {counted(limit, 'unit')} until the two agree.{open_choice}"
    )
    return UnitShare({**share.units, **held.units}, held.tied), (remark,)
