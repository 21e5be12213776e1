"""Gather the services of a visit from what its note says: whose the minutes are, counted once."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from nlp_pipeline.billing.ledger import enter
from nlp_pipeline.records.encounter import Encounter, Service
from nlp_pipeline.records.facts import Facts, MinuteStatement
from nlp_pipeline.records.rules import Rules
from nlp_pipeline.records.suggestion import Suggestion

_NO_CODE = "none"


def gather(facts: Facts, suggestions: Sequence[Suggestion], rules: Rules) -> Encounter:
    """Gather a visit's services with their minutes, its totals and the units that the note itself states."""
    minutes = tuple(_settled(facts.time.minutes, suggestions))
    ledger = enter(minutes, facts.time.set_aside)
    by_code: dict[str, float] = {}
    for entry in ledger:
        if entry.code:
            by_code[entry.code] = by_code.get(entry.code, 0) + entry.minutes
    assisted = _assisted(minutes)
    codes = dict.fromkeys([*by_code, *_without_minutes(facts, suggestions, by_code)])
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
    )


def _settled(minutes: Sequence[MinuteStatement], suggestions: Sequence[Suggestion]) -> Iterator[MinuteStatement]:
    """Settle the owner of each statement: the stated service, else the code that the owning intervention supports.

    Minutes of an intervention whose service has minutes of its own are part of its dosage.
    """
    stated = {each.code for each in minutes if each.code and each.kind in ("code", "start_stop")}
    for each in minutes:
        if each.owner is None or each.code or each.kind not in ("code", "start_stop"):
            yield each
            continue
        code = suggestions[each.owner].code if each.owner < len(suggestions) else _NO_CODE
        if code == _NO_CODE or code in stated:
            yield replace(each, kind="dosage")
        else:
            yield replace(each, code=code)


def _assisted(minutes: Sequence[MinuteStatement]) -> dict[str, float]:
    spent: dict[str, float] = {}
    for each in minutes:
        if each.code and each.performed and each.by == "assistant":
            spent[each.code] = spent.get(each.code, 0) + each.minutes
    return spent


def _without_minutes(facts: Facts, suggestions: Sequence[Suggestion], by_code: Mapping[str, float]) -> Iterator[str]:
    """Name the services performed whose minutes the note does not say.

    Where it gives minutes by service, only services that head a block of it are meant;
    else also those that it mentions, and what its interventions support.
    """
    denied = {each.code for each in facts.time.services if not each.performed}
    named = {block.id: block.stated_code for block in facts.blocks if block.stated_code}
    heads = {block.header.start for block in facts.blocks if block.stated_code}
    for each in facts.time.services:
        if each.performed and each.code not in by_code and each.code not in denied and (each.span.start in heads or not by_code):
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
