"""The yearly thresholds: the allowed amounts of a pool in order of receipt (Medicare Claims Processing Manual, chapter 5, section 10.3.3)."""

from collections.abc import Collection, Sequence
from decimal import Decimal

from nlp_pipeline.records.claim import ClaimLine, Proof, ThresholdUse
from nlp_pipeline.records.claim_rules import ClaimRules, YearlyThreshold
from nlp_pipeline.records.encounter import Encounter


def attest(
    lines: Sequence[ClaimLine], amounts: Sequence[Decimal | None], claim: ClaimRules, encounter: Encounter, discipline: str | None
) -> tuple[Collection[int], ThresholdUse | None]:
    """Name each line, by its place, that takes the pool's allowed amount past its threshold; a line that stays below is left as it is."""
    spent = encounter.allowed_to_date
    rule = claim.threshold_of(discipline) if spent is not None else None
    if rule is None or spent is None:
        return (), None
    limit, running = rule.amount.value, spent
    has_modifier = claim.threshold_modifier() is not None
    marked = []
    for place, (line, allowed) in enumerate(zip(lines, amounts, strict=True)):
        if line.discipline not in rule.disciplines and line.discipline is not None:
            continue
        unpriced = allowed is None and running >= limit  # whatever it is allowed, it passes
        running += allowed or 0
        if has_modifier and (unpriced or running > limit):
            marked.append(place)
    return marked, ThresholdUse(rule.pool, limit, rule.review.value, spent, running, bool(marked))


def tell(use: ThresholdUse, lines: Sequence[ClaimLine], claim: ClaimRules) -> str:
    """Tell where the year stands, and which lines could not be counted."""
    modifier = claim.threshold_modifier() or ""
    rule = next((each for each in claim.thresholds if each.pool == use.pool), None)
    source = f" Source: {rule.amount.source}." if rule else ""
    year = f"{use.pool}: ${use.before} allowed this year, ${use.after} with this claim, threshold ${use.amount}"
    silent = ", ".join(line.code for line in lines if line.allowed is None)
    unknown = f" What {silent} adds is not known, for no price is held." if silent else ""
    return f"{year}: {modifier} on the lines that pass it.{unknown}{source}" if use.marked else f"{year}: no {modifier}.{unknown}{source}"


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
