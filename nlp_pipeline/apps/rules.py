"""`unitwise rules`: what is held, how old it is, how firm, and single questions to it."""

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from nlp_pipeline.errors import UnreadableInput
from nlp_pipeline.records.claim import Claim, ClaimLine
from nlp_pipeline.records.claim_rules import ClaimRules
from nlp_pipeline.records.claim_schema import UNCONFIRMED, finding_to_json
from nlp_pipeline.records.encounter import Encounter, Service
from nlp_pipeline.records.official_tables import TableDate
from nlp_pipeline.rule_layer import RuleLayer
from nlp_pipeline.rulebook.listing import Held, held_rules

MEDICARE = "medicare"
SAID = {"True": "yes", "False": "no", "None": "–"}  # to a person; a program gets JSON


@dataclass(frozen=True, slots=True)
class CheckOrder:
    """A line whose modifiers are asked about."""

    code: str
    modifiers: list[str]
    day: date | None
    payer: str


def ask_pair(one: str, other: str, day: date | None, as_json: bool) -> int:
    """Say whether two codes are an edited pair on a day."""
    law = _law(RuleLayer.load(), day)
    one, other = one.strip().upper(), other.strip().upper()
    edit = law.pairs.between(one, other, day) if law.pairs else None
    answer: dict[str, Any] = {
        "edit": edit is not None,
        "column1": edit.column1 if edit else None,
        "column2": edit.column2 if edit else None,
        "indicator": edit.indicator if edit else None,
        **_table(law.pairs.dated if law.pairs else None, day),
    }
    return _answer(answer, as_json)


def ask_limit(code: str, day: date | None, as_json: bool) -> int:
    """Say how many units of a code are believed on a day."""
    law = _law(RuleLayer.load(), day)
    limit = law.limits.limits.get(code.strip().upper()) if law.limits else None
    answer = {"mue": limit.limit if limit else None, "mai": limit.kind if limit else None, **_table(law.limits.dated if law.limits else None, day)}
    return _answer(answer | _left_out(law), as_json)


def ask_price(code: str, day: date | None, locality: str | None, as_json: bool) -> int:
    """Say what Medicare allows for the first unit of a code on a day."""
    layer = RuleLayer.load()
    law, code = _law(layer, day), code.strip().upper()
    if law.payment and (locality or "national").strip().lower() not in law.payment.localities:
        held = ", ".join(sorted({place.name for place in law.payment.localities.values()}))
        raise UnreadableInput(str(locality), "no such locality is held", f"Held are: {held}.")
    encounter = Encounter(code, day, MEDICARE, services=(Service(code),), locality=locality)
    claim = layer.biller.price(Claim("cms", None, None, None, {}, {}, (ClaimLine(code, 1),), (), ""), encounter, layer.rulebook.on(day, MEDICARE))
    by_model = layer.biller.price(claim, replace(encounter, qualifying=True), layer.rulebook.on(day, MEDICARE)).lines[0].allowed
    [line], value = claim.lines, law.payment.value_of(code, day) if law.payment else None
    answer = {
        "allowed": None if line.allowed is None else float(line.allowed),
        "allowed_qualifying": None if by_model is None else float(by_model),
        "code": code,
        "locality": locality or "national",
        "status": value.status if value else None,
        "factor": float(law.payment.factor.value) if law.payment else None,
        "explanation": list(claim.explanation) if line.allowed is not None else [f"{code}: the fee schedule that is held has no price for it."],
        **_table(law.payment.table if law.payment else None, day),
    }
    return _answer(answer | _left_out(law), as_json)


def check_line(order: CheckOrder, as_json: bool) -> int:
    """Say whether the modifiers of a line are in order."""
    layer = RuleLayer.load()
    findings = layer.check(order.code.strip().upper(), order.modifiers, layer.rulebook.on(order.day, order.payer))
    return _answer({"valid": not findings, "findings": [finding_to_json(finding) for finding in findings]}, as_json)


def list_rules(unconfirmed: bool, as_json: bool) -> int:
    """List every rule with its newest value, its age and its mark; or only what is not confirmed, old values included."""
    held = [each for each in held_rules(RuleLayer.load().rulebook) if (each.mark in UNCONFIRMED if unconfirmed else each.newest)]
    if as_json:
        return _answer({"rules": [_laid_out(each) for each in held]}, as_json)
    today = date.today()
    for each in held:
        print(f"{each.rule:<44} {each.value:<12} since {_since(each)}  {each.mark}{'  unconfirmed' if each.mark in UNCONFIRMED else ''}")
    newest = max(each.since for each in held)
    print(f"{len(held)} values; the newest began {newest}, {(today - newest).days} days ago. V read, K not confirmed, C sources conflict, D worked out here.")
    return 0


def show_rule(rule: str, as_json: bool) -> int:
    """Show every value of one rule."""
    held = [each for each in held_rules(RuleLayer.load().rulebook) if each.rule == rule]
    if not held:
        raise UnreadableInput(rule, "no rule has this name", "`unitwise rules list` names them all.")
    if as_json:
        return _answer({"rule": rule, "values": [_laid_out(each) for each in held]}, as_json)
    for each in held:
        print(f"since {_since(each).rstrip()}: {each.value} ({each.mark}) {each.source}")
    return 0


def list_payers(day: date | None, as_json: bool) -> int:
    """List every payer profile with its method and terms on a day; a user's own have just been run against their examples."""
    book = RuleLayer.load().rulebook
    profiles = []
    for profile in book.payers.profiles:
        rules = book.on(day, profile.name)
        terms = rules.claim.terms.sources if rules.claim else {}
        laid = {name: {"value": each.value, "since": each.since.isoformat(), "source": each.source, "mark": each.mark} for name, each in terms.items()}
        profiles.append({"payer": profile.name, "method": rules.method, "examples": len(profile.examples), "terms": laid})
    if as_json:
        return _answer({"payers": profiles}, as_json)
    for each in profiles:
        print(f"{each['payer']}: {each['method']}")
        for name, term in each["terms"].items():  # type: ignore[attr-defined]
            since = "" if term["since"] == date.min.isoformat() else f" since {term['since']}"
            print(f"  {name} = {_said(term['value'])}{since} ({term['mark']}) {term['source']}")
    return 0


def _since(each: Held) -> str:
    return "always    " if each.since == date.min else each.since.isoformat()


def _law(layer: RuleLayer, day: date | None) -> ClaimRules:
    law = layer.rulebook.on(day, MEDICARE).claim
    if law is None:
        raise UnreadableInput(MEDICARE, "the rulebook holds nothing about claim lines", "Install the package again.")
    return law


def _table(dated: TableDate | None, day: date | None) -> dict[str, Any]:
    """Tell which table was asked, and whether it is the one of the day's own period."""
    if dated is None:
        return {"table": None, "of_the_period": None, "source": None, "mark": None}
    return {"table": dated.name, "of_the_period": dated.covers(day) if day else None, "source": dated.source, "mark": dated.mark}


def _left_out(law: ClaimRules) -> dict[str, Any]:
    return {"notices": list(law.left_out)} if law.left_out else {}


def _laid_out(each: Held) -> dict[str, Any]:
    return {
        "rule": each.rule,
        "value": each.value,
        "since": each.since.isoformat(),
        "source": each.source,
        "mark": each.mark,
        "unconfirmed": each.mark in UNCONFIRMED,
    }


def _answer(answer: Mapping[str, Any], as_json: bool) -> int:
    if as_json:
        sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
    else:
        sys.stdout.write("".join(f"{line}\n" for line in _told(answer)))
    return 0


def _told(answer: Mapping[str, Any]) -> Iterator[str]:
    for name, value in answer.items():
        if isinstance(value, list):
            for each in value:
                yield f"  {each['message'] if isinstance(each, dict) else each}"
        else:
            yield f"{name.replace('_', ' ')}: {_said(value)}"


def _said(value: Any) -> str:
    return SAID.get(str(value), str(value))
