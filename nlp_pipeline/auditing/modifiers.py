"""What is wrong with the modifiers of one line, whoever put them there."""

from collections.abc import Iterator, Sequence

from nlp_pipeline.auditing.case import Hit
from nlp_pipeline.records.claim_rules import ClaimRules, ModifierRule
from nlp_pipeline.records.rules import CodeRule, Rules

ON_THE_LIST = ("always", "sometimes")


def missing(code: str, modifiers: Sequence[str], rules: Rules) -> Iterator[Hit]:
    """Find a therapy line without the modifier of its plan of care."""
    claim, rule = rules.claim, rules.codes.get(code)
    if claim is None or rule is None or not claim.terms.discipline_modifiers or rule.listed not in ON_THE_LIST:
        return
    if not any(each.kind == "discipline" for each in _known(modifiers, claim)):
        of_its_own = [name for each in rule.disciplines if (name := claim.discipline_modifier(each))]
        held = claim.terms.sources.get("discipline_modifiers")
        what = f"the modifier of its plan of care is missing ({' or '.join(of_its_own)})"
        yield Hit(values={"code": code, "what": what}, source=held.source if held else "", mark=held.mark if held else "")


def invalid(code: str, modifiers: Sequence[str], rules: Rules) -> Iterator[Hit]:
    """Find modifiers that are unknown, contradict each other, stand alone, or belong to another discipline."""
    claim, rule = rules.claim, rules.codes.get(code)
    if claim is None:
        return
    for what, about in _faults(modifiers, rule, claim):
        yield Hit(values={"code": code, "what": what}, source=about.source if about else "", mark=about.mark if about else "")
    if rule is None:
        yield Hit(values={"code": code, "what": "the code is not among the service codes of the day"})


def _known(modifiers: Sequence[str], claim: ClaimRules) -> list[ModifierRule]:
    return [claim.modifiers[name] for name in modifiers if name in claim.modifiers]


def _faults(modifiers: Sequence[str], rule: CodeRule | None, claim: ClaimRules) -> Iterator[tuple[str, ModifierRule | None]]:
    for name in dict.fromkeys(modifiers):
        if modifiers.count(name) > 1:
            yield f"{name} stands twice", claim.modifiers.get(name)
        if name not in claim.modifiers:
            yield f"{name} is no modifier that was in force for therapy on the day", None
    known = _known(tuple(dict.fromkeys(modifiers)), claim)
    names = {each.name for each in known}
    for kind in ("discipline", "assistant"):
        of_kind = [each for each in known if each.kind == kind]
        if len(of_kind) > 1:
            yield f"{' and '.join(each.name for each in of_kind)} exclude each other: one {kind} a line", of_kind[0]
    for each in known:
        yield from _of_one(each, names, rule)


def _of_one(each: ModifierRule, names: set[str], rule: CodeRule | None) -> Iterator[tuple[str, ModifierRule | None]]:
    if each.needs and each.needs not in names:
        yield f"{each.name} stands only with {each.needs}", each
    for other in each.excludes:
        if other in names and each.name < other:
            yield f"{each.name} and {other} exclude each other", each
    if each.kind == "discipline" and rule and each.discipline not in rule.disciplines:
        yield f"{each.name} does not belong on this code, which is furnished by {' or '.join(rule.disciplines) or 'no therapist'}", each
