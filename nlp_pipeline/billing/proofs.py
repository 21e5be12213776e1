"""What the modifiers of discipline and assistant rest on, line by line, as trees whose leaves are facts or open questions."""

from collections.abc import Iterator, Sequence
from functools import partial

from nlp_pipeline.billing.drafts import ON_THE_LIST, assisted_minutes
from nlp_pipeline.records.claim import ClaimLine, Proof
from nlp_pipeline.records.claim_rules import ClaimRules
from nlp_pipeline.records.encounter import Encounter
from nlp_pipeline.records.rules import Rules


def prove_lines(lines: Sequence[ClaimLine], encounter: Encounter, rules: Rules) -> Iterator[Proof]:
    """Prove the modifier of each line's plan of care, and that of assistants for each code they furnished."""
    claim = rules.claim
    if claim is None:
        return
    if claim.terms.discipline_modifiers:
        seen = set()
        for line in lines:
            if line.code not in seen:
                seen.add(line.code)
                yield claim.remembered(("plan of care", line.code, line.discipline), partial(_discipline, line, rules, claim))
    assisted = assisted_minutes(encounter, claim)
    for code in dict.fromkeys(line.code for line in lines if line.code in assisted):
        proof = _assistant(code, assisted[code], lines, claim)
        if proof:
            yield proof


def _discipline(line: ClaimLine, rules: Rules, claim: ClaimRules) -> Proof:
    rule, modifier = rules.codes[line.code], claim.discipline_modifier(line.discipline)
    on_list = rule.listed in ON_THE_LIST
    listed = Proof(f"{line.code} is on Medicare's list of therapy codes", "yes" if on_list else "no", f"{rule.listed} therapy")
    if modifier is None:
        asked = Proof("the plan of care is known", "open", question="Whose plan of care was this service furnished under: PT, OT or SLP?")
        return Proof(f"{line.code} carries the modifier of its plan of care", "open" if on_list else "no", parts=(asked, listed))
    plan = Proof(f"the plan of care is {line.discipline}", "yes", claim.modifiers[modifier].source)
    return Proof(f"{modifier} on {line.code}", "yes" if on_list else "no", parts=(plan, listed))


def _assistant(code: str, spent: float, lines: Sequence[ClaimLine], claim: ClaimRules) -> Proof | None:
    of_code = [line for line in lines if line.code == code]
    modifier = claim.assistant_modifier(of_code[0].discipline)
    if modifier is None or claim.assistants is None:
        return None
    marked = sum(line.units for line in of_code if modifier in line.modifiers)
    fact = Proof(f"an assistant alone furnished {spent:g} min of {code}", "yes", "as told with the service")
    earned = Proof(
        f"by units, {marked} of {sum(line.units for line in of_code)} are the assistant's", "yes" if marked else "no", claim.assistants.minimum_share.source
    )
    return Proof(f"{modifier} on {code}", "yes" if marked else "no", parts=(fact, earned))
