"""What the rule layer makes of a visit under correction: its claim, the claim under every other payer, and what is found on the lines."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from nlp_pipeline.apps.coder_tool.draft import Draft, drafted, encounter_json
from nlp_pipeline.apps.coder_tool.worksheet import Worksheet
from nlp_pipeline.errors import RuleNotInForce
from nlp_pipeline.records.claim import AuditedClaim, View
from nlp_pipeline.records.claim_schema import claim_to_json, encounter_from_json
from nlp_pipeline.records.encounter import Encounter
from nlp_pipeline.rule_layer import RuleLayer

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Figures:
    """The claim of a visit as JSON, the same visit elsewhere, the findings that stand, and each code in plain words.

    `claim` is None where no rule was in force on the visit's day; `notice` then says so.
    """

    claim: Json | None
    elsewhere: tuple[Json, ...]
    findings: tuple[Json, ...]
    words: Mapping[str, str]
    notice: str = ""


def figures_of(worksheet: Worksheet, draft: Draft, layer: RuleLayer) -> Figures:
    """Count a visit anew after its corrections."""
    encounter = encounter_of(worksheet, draft)
    try:
        rules = layer.rulebook.on(encounter.date_of_service, encounter.payer)
        audited = layer.by_rules(encounter, rules)
        elsewhere = tuple(map(_seen, layer.side_by_side(encounter)))
        findings = _findings(worksheet, audited, layer)
    except RuleNotInForce as missing:
        return Figures(None, (), tuple(worksheet["coded"]["findings"]), {}, str(missing))
    unpriced = {"explanation": list(layer.biller.bill(encounter, rules).explanation)}  # a coder's screen tells no money
    return Figures({**claim_to_json(audited), **unpriced}, elsewhere, findings, {code: rule.words for code, rule in rules.codes.items()})


def lines_of(worksheet: Worksheet, draft: Draft, layer: RuleLayer) -> Sequence[Json]:
    """Give the claim lines of a visit after its corrections, and nothing else."""
    encounter = encounter_of(worksheet, draft)
    try:
        audited = layer.by_rules(encounter, layer.rulebook.on(encounter.date_of_service, encounter.payer))
    except RuleNotInForce:
        return ()
    lines: Sequence[Json] = claim_to_json(audited)["lines"]
    return lines


def units_of(encounter: Encounter, layer: RuleLayer) -> dict[str, int]:
    """Count the units of each code by the rules of the visit's day; none where no rule was in force."""
    units: dict[str, int] = {}
    try:
        lines = layer.by_rules(encounter, layer.rulebook.on(encounter.date_of_service, encounter.payer)).claim.lines
    except RuleNotInForce:
        lines = ()
    for line in lines:
        units[line.code] = units.get(line.code, 0) + line.units
    return units


def encounter_of(worksheet: Worksheet, draft: Draft) -> Encounter:
    """Give a visit after its corrections as an encounter that the rule layer takes."""
    encounter = encounter_from_json(encounter_json(worksheet, draft))
    return replace(encounter, grounds={(one, other): words for one, other, words in worksheet["encounter"]["grounds"]})


def _seen(view: View) -> Json:
    claim = view.audited.claim
    units: dict[str, int] = {}
    for line in claim.lines:
        units[line.code] = units.get(line.code, 0) + line.units
    asks = dict.fromkeys(each.code for each in view.audited.findings if each.severity == "error" or each.code == "units-over-cap")
    marks = [[line.code, *line.modifiers] for line in claim.lines]
    return {"name": view.name, "is_payer": view.is_payer, "method": claim.method, "units": units, "marks": marks, "differs": view.differs, "asks": [*asks]}


def _findings(worksheet: Worksheet, audited: AuditedClaim, layer: RuleLayer) -> tuple[Json, ...]:
    """Bring the findings of the note up to date with the lines as they now are.

    What is found on the lines comes and goes with them; what was found in the note's own words stands.
    """
    noted: list[Json] = list(worksheet["coded"]["findings"])
    suggested = encounter_of(worksheet, drafted(worksheet, ()))
    before = {each.code for each in layer.by_rules(suggested, layer.rulebook.on(suggested.date_of_service, suggested.payer)).findings}
    now: dict[str, Json] = {each["code"]: each for each in claim_to_json(audited)["findings"]}
    told = {each["code"] for each in noted}
    standing = [each for each in noted if each["code"] not in before or each["code"] in now]
    return (*standing, *(each for code, each in now.items() if code not in before and code not in told))
