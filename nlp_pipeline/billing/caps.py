"""The yearly thresholds: the allowed amounts of a pool in order of receipt (Medicare Claims Processing Manual, chapter 5, section 10.3.3)."""

from collections.abc import Sequence
from decimal import Decimal

from nlp_pipeline.records.claim import ClaimLine, Proof, ThresholdUse
from nlp_pipeline.records.claim_rules import ClaimRules, YearlyThreshold
from nlp_pipeline.records.encounter import Encounter


def attest(
    lines: Sequence[ClaimLine], amounts: Sequence[Decimal | None], claim: ClaimRules, encounter: Encounter, discipline: str | None
) -> tuple[list[int], list[ThresholdUse]]:
    """Name each line, by its place, that takes its pool's allowed amount past the threshold; a line that stays below is left as it is.

    On an institutional claim one line past it takes all lines of its pool along. A pool whose amount so far is not known is left out.
    Lines without a discipline belong to the visit's.
    """
    marked: list[int] = []
    uses: list[ThresholdUse] = []
    own = claim.threshold_of(discipline)
    for rule in claim.thresholds:
        spent = encounter.allowed_by_pool.get(rule.pool, encounter.allowed_to_date if rule is own else None)
        if spent is None:
            continue
        mine = [place for place, line in enumerate(lines) if (line.discipline or discipline) in rule.disciplines]
        if rule is not own and not mine:
            continue
        passed, running = _passed(mine, amounts, spent, rule.amount.value)
        if passed and encounter.institutional:
            passed = mine
        marked += passed if claim.threshold_modifier() else []
        use = ThresholdUse(rule.pool, rule.amount.value, rule.review.value, spent, running, bool(passed))
        uses.insert(0 if rule is own else len(uses), use)
    return marked, uses


def _passed(places: Sequence[int], amounts: Sequence[Decimal | None], spent: Decimal, limit: Decimal) -> tuple[list[int], Decimal]:
    """Name the lines past the limit, and give the amount after them; once it is reached a line passes whatever it is allowed."""
    passed = []
    for place in places:
        allowed = amounts[place]
        unpriced = allowed is None and spent >= limit
        spent += allowed or 0
        if unpriced or spent > limit:
            passed.append(place)
    return passed, spent


def tell(use: ThresholdUse, lines: Sequence[ClaimLine], claim: ClaimRules) -> str:
    """Tell where the year stands, and which lines could not be counted."""
    modifier = claim.threshold_modifier() or ""
    rule = next((each for each in claim.thresholds if each.pool == use.pool), None)
    source = f" Source: {rule.amount.source}." if rule else ""
    year = f"{use.pool}: ${use.before} allowed this year, ${use.after} with this claim, threshold ${use.amount}"
    disciplines = rule.disciplines if rule else ()
    silent = ", ".join(line.code for line in lines if line.allowed is None and line.discipline in (None, *disciplines))
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
