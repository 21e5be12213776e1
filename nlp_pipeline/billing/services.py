"""Gather the services of a visit from what its note says: whose the minutes are, counted once."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from nlp_pipeline.billing.ledger import enter
from nlp_pipeline.billing.separation import separations
from nlp_pipeline.records.encounter import Encounter, Service
from nlp_pipeline.records.facts import Facts, MinuteStatement
from nlp_pipeline.records.rules import Rules
from nlp_pipeline.records.suggestion import Suggestion

_NO_CODE = "none"
_LEAST_UNSURE = 8  # minutes; what is shorter and stands beside no service is an exercise's
_TIME_OF_SERVICE = ("code", "start_stop")


def gather(facts: Facts, suggestions: Sequence[Suggestion], rules: Rules) -> Encounter:
    """Gather a visit's services with their minutes, its totals and the units that the note itself states."""
    minutes = tuple(_settled(facts, suggestions))
    ledger = enter(minutes, facts.time.set_aside)
    by_code: dict[str, float] = {}
    for entry in ledger:
        if entry.code:
            by_code[entry.code] = by_code.get(entry.code, 0) + entry.minutes
    assisted = _assisted(minutes)
    codes = dict.fromkeys([*by_code, *_without_minutes(facts, suggestions, by_code)])
    grounds = separations(facts, suggestions, tuple(codes), rules)
    return Encounter(
        id=facts.note.id,
        date_of_service=facts.note.date_of_service,
        payer=facts.note.payer,
        discipline=facts.note.discipline,
        services=tuple(Service(code, by_code.get(code), assisted.get(code, 0)) for code in codes),
        timed_total=_stated(minutes, "timed_total"),
        visit_total=_visit_total(minutes),
        stated_units=_stated_units(facts, rules),
        minutes=minutes,
        ledger=ledger,
        distinct=tuple(grounds),
        grounds=grounds,
    )


def _settled(facts: Facts, suggestions: Sequence[Suggestion]) -> Iterator[MinuteStatement]:
    """Settle the owner of each statement: the stated service, else the code that the owning interventions support.

    Minutes of interventions of several services belong to none of them. Minutes of an intervention whose service has minutes of its own are part of its dosage.
    """
    minutes = facts.time.minutes
    if all(each.owner is None and each.turn is None for each in minutes):
        yield from minutes
        return
    minutes = _in_turn(facts, suggestions)
    stated = {each.code for each in minutes if each.code and each.kind in _TIME_OF_SERVICE}
    unsure = _confirmed([each for each in minutes if not each.firm and each.minutes >= _LEAST_UNSURE and _code_of(each, suggestions) not in stated], minutes)
    for each in minutes:
        if each.owner is None or each.code:
            yield each
            continue
        code = _code_of(each, suggestions)
        if each.kind not in _TIME_OF_SERVICE:
            yield each
        elif (
            code == _NO_CODE
            or any(_code(index, suggestions) != code for index in each.others)
            or code in stated
            or not (each.firm or (unsure and each.minutes >= _LEAST_UNSURE))
        ):
            yield replace(each, kind="dosage")
        else:
            yield replace(each, code=code)


def _in_turn(facts: Facts, suggestions: Sequence[Suggestion]) -> tuple[MinuteStatement, ...]:
    """Give minutes that stand in the order of the services to the services without minutes, if there are just as many; else they are nobody's."""
    minutes = facts.time.minutes
    if all(each.turn is None for each in minutes):
        return minutes
    named = {each.code for each in minutes if each.code and each.kind in _TIME_OF_SERVICE}
    given = [each.stated_code or one.code for each, one in zip(facts.interventions, suggestions, strict=False) if each.status == "performed"]
    given = [code for code in given if code not in named and code != _NO_CODE]
    orders = {len(order): order for order in (given, [code for at, code in enumerate(given) if given[at - 1 : at] != [code]], list(dict.fromkeys(given)))}
    return tuple(
        each if each.turn is None else replace(each, code=orders[each.turn[1]][each.turn[0]]) if each.turn[1] in orders else replace(each, kind="dosage")
        for each in minutes
    )


def _code_of(each: MinuteStatement, suggestions: Sequence[Suggestion]) -> str:
    return _code(each.owner, suggestions)


def _code(index: int | None, suggestions: Sequence[Suggestion]) -> str:
    return suggestions[index].code if index is not None and index < len(suggestions) else _NO_CODE


def _confirmed(unsure: Sequence[MinuteStatement], minutes: Sequence[MinuteStatement]) -> bool:
    """Say whether minutes that may be dosage count: where the note states a total, together they must not exceed it, and what is sure must fall short of it."""
    if not unsure or not any(each.code and each.firm for each in minutes):
        return False
    totals = [each.minutes for each in minutes if each.kind in ("timed_total", "visit_total")]
    sure = sum(each.minutes for each in minutes if each.kind == "code" and each.firm and not each.restated)
    return not totals or (sure not in totals and sure + sum(each.minutes for each in unsure) <= max(totals))


def _assisted(minutes: Sequence[MinuteStatement]) -> dict[str, float]:
    spent: dict[str, float] = {}
    for each in minutes:
        if each.code and each.performed and each.by == "assistant":
            spent[each.code] = spent.get(each.code, 0) + each.minutes
    return spent


def _without_minutes(facts: Facts, suggestions: Sequence[Suggestion], by_code: Mapping[str, float]) -> Iterator[str]:
    """Name the services performed whose minutes the note does not say.

    Where it gives minutes by service, only services that head a block of it are meant;
    else also those that it mentions, and what its interventions support. A header under which nothing that is listed was done is a template's, not a service.
    """
    idle = _idle_headers(facts)
    denied = {each.code for each in facts.time.services if not each.performed}
    named = {block.id: block.stated_code for block in facts.blocks if block.stated_code}
    heads = {block.header.start for block in facts.blocks if block.stated_code}
    for each in facts.time.services:
        if each.span.start in idle or not each.performed:
            continue
        if each.code not in by_code and each.code not in denied and (each.span.start in heads or not by_code):
            yield each.code
    if not by_code and not any(each.performed for each in facts.time.services):
        yield from (charge.code for charge in facts.time.charges if charge.code != "total" and charge.code not in denied)
    for intervention, suggestion in zip(facts.interventions, suggestions, strict=False):
        if intervention.status != "performed":
            continue
        stated = intervention.stated_code or named.get(intervention.block or "")
        code = stated or suggestion.code
        if code != _NO_CODE and code not in by_code and (stated or not by_code):
            yield code


def _idle_headers(facts: Facts) -> set[int]:
    """Say where the headers begin that list activities of which none was performed."""
    listed = {each.block for each in facts.interventions}
    done = {each.block for each in facts.interventions if each.status == "performed"}
    return {block.header.start for block in facts.blocks if block.id in listed - done}


def _stated(minutes: Sequence[MinuteStatement], kind: str) -> float | None:
    return next((each.minutes for each in minutes if each.kind == kind), None)


def _visit_total(minutes: Sequence[MinuteStatement]) -> float | None:
    """Take the stated visit total, else the length of the visit's clock intervals."""
    stated = _stated(minutes, "visit_total")
    clocks = {each.clock: each.minutes for each in minutes if each.kind == "start_stop" and each.code is None and each.owner is None}
    return stated if stated is not None else sum(clocks.values()) if clocks else None


def _stated_units(facts: Facts, rules: Rules) -> dict[str, int]:
    """Add up the units that the note claims for each service; a repeat of the same claim counts once."""
    units: dict[str, int] = {}
    for charge in facts.time.charges:
        if charge.units is not None and (charge.code in rules.codes or charge.code == "total"):
            units[charge.code] = max(units.get(charge.code, 0), charge.units)
    if len(units) > 1:
        units.pop("total", None)
    return units
