"""The yearly thresholds: the allowed amounts of a pool in order of receipt (Medicare Claims Processing Manual, chapter 5, section 10.3.3)."""

from collections.abc import Sequence
from decimal import Decimal

from nlp_pipeline.billing.drafts import in_order
from nlp_pipeline.records.claim import ClaimLine, Proof, ThresholdUse
from nlp_pipeline.records.claim_rules import ClaimRules, YearlyThreshold
from nlp_pipeline.records.encounter import Encounter


def attest(lines: Sequence[ClaimLine], claim: ClaimRules, encounter: Encounter, discipline: str | None) -> tuple[tuple[ClaimLine, ...], ThresholdUse | None]:
    """Mark each line that takes the pool's allowed amount past its threshold; a line that stays below is left as it is."""
    rule = claim.threshold_of(discipline)
    if rule is None or encounter.allowed_to_date is None:
        return tuple(lines), None
    modifier = claim.threshold_modifier()
    running = encounter.allowed_to_date
    marked: list[ClaimLine] = []
    for line in lines:
        counts = line.discipline in (None, *rule.disciplines)
        before, running = running, running + (line.allowed or 0 if counts else 0)
        unpriced = line.allowed is None and before >= rule.amount.value  # whatever it is allowed, it passes
        if modifier and counts and (unpriced or running > rule.amount.value):
            names = in_order((*line.modifiers, modifier), claim)
            line = ClaimLine(line.code, line.units, names, line.allowed, line.payment, line.discipline)
        marked.append(line)
    any_marked = any(modifier in line.modifiers for line in marked) if modifier else False
    return tuple(marked), ThresholdUse(rule.pool, rule.amount.value, rule.review.value, encounter.allowed_to_date, running, any_marked)


def tell(use: ThresholdUse, lines: Sequence[ClaimLine], claim: ClaimRules) -> str:
    """Tell where the year stands, and which lines could not be counted."""
    modifier = claim.threshold_modifier() or ""
    year = f"{use.pool}: ${use.before} allowed this year, ${use.after} with this claim, threshold ${use.amount}"
    silent = ", ".join(line.code for line in lines if line.allowed is None)
    unknown = f" What {silent} adds is not known, for no price is held." if silent else ""
    return f"{year}: {modifier} on the lines that pass it.{unknown}" if use.marked else f"{year}: no {modifier}.{unknown}"


def prove(use: ThresholdUse, rule: YearlyThreshold, claim: ClaimRules) -> Proof:
    """Say what the threshold's modifier rests on; that the services are necessary is for the record to show."""
    modifier, sums = claim.threshold_modifier(), f"${use.before} + this claim = ${use.after}; {rule.amount.source}"
    reached = f"the year's allowed amount of {use.pool} passes ${use.amount}"
    if not use.marked:
        return Proof(f"{modifier} is called for", "no", parts=(Proof(reached, "no", sums),))
    question = "Where does the record show why treatment goes on past the threshold?"
    needed = Proof("the record shows that these services are medically necessary", "open", question=question)
    return Proof(f"{modifier} attests medical necessity past the threshold", "open", parts=(Proof(reached, "yes", sums), needed))


def left_before(use: ThresholdUse) -> Decimal:
    """Say how much the pool may still take before its threshold."""
    return max(use.amount - use.after, Decimal(0))
