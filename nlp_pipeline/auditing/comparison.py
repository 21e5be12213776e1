"""One visit compared: every difference between the bill and the note in words, where it entered, and what the visit comes to."""

from collections.abc import Iterable, Iterator
from decimal import Decimal

from nlp_pipeline.auditing import modifier_differences, record_differences, unit_differences
from nlp_pipeline.auditing.categories import categories
from nlp_pipeline.auditing.laid_out import Difference, LaidOut
from nlp_pipeline.auditing.reviewer_eye import contractor_view
from nlp_pipeline.records.audit_case import AuditedVisit, Outcome
from nlp_pipeline.records.billed_claim import STEP_NAMES, STEPS, Step
from nlp_pipeline.records.discrepancy import Discrepancy, Divergence
from nlp_pipeline.records.finding import Finding

NOT_A_NOTE = frozenset({"not-a-therapy-note", "out-of-scope"})
BY_AMOUNT, BY_UNITS, YES = "by-amount", "by-units", "yes"


def compare(case: LaidOut) -> AuditedVisit:
    """Compare a visit's bill with what its note supports."""
    found = [*unit_differences.differences(case), *modifier_differences.differences(case), *record_differences.differences(case)]
    discrepancies = tuple(_told(each, case) for each in found)
    return _audited(case, discrepancies)


def with_findings(case: LaidOut, audited: AuditedVisit, findings: Iterable[Finding]) -> AuditedVisit:
    """Add what the notes of other visits show about this one."""
    more = tuple(_told(each, case) for each in record_differences.of_findings(case, findings))
    return _audited(case, (*audited.discrepancies, *more)) if more else audited


def _audited(case: LaidOut, discrepancies: tuple[Discrepancy, ...]) -> AuditedVisit:
    outcome = _outcome(case, discrepancies)
    return AuditedVisit(
        id=case.coded.facts.note.id,
        coded=case.coded,
        billed=case.billed,
        submitted=case.submitted.claim.lines,
        supported=case.supported,
        discrepancies=discrepancies,
        outcome=outcome,
        submitted_amount=case.worth(),
        supported_amount=None if outcome == "cannot tell" else case.supported_worth(),
        paid=_paid(case),
        contractor=contractor_view(discrepancies),
        notices=tuple(dict.fromkeys((*case.billed.notices, *case.supported.notices))),
    )


def _outcome(case: LaidOut, discrepancies: Iterable[Discrepancy]) -> Outcome:
    if any(each.material for each in discrepancies):
        return "not supported"
    if not NOT_A_NOTE.isdisjoint(case.coded.review_reasons) or (case.unmeasured() and case.supported.encounter.timed_total is None):
        return "cannot tell"
    return "supported"


def _paid(case: LaidOut) -> Decimal | None:
    amounts = [line.paid for line in case.billed.steps.get("remitted", ()) if line.paid is not None]
    return sum(amounts, Decimal("0.00")) if amounts else None


def _told(difference: Difference, case: LaidOut) -> Discrepancy:
    """Put a difference into the words of its category."""
    category = categories().named[difference.category]
    message = category.message.format_map(difference.values)
    return Discrepancy(
        category=difference.category,
        kind=category.kind,
        direction=difference.direction,
        material=_is_material(difference, category.material),
        message=message[0].upper() + message[1:],
        code=difference.codes[0] if len(difference.codes) == 1 else None,
        amount=difference.amount,
        at_risk=difference.at_risk,
        evidence=difference.evidence,
        billed_at=tuple(dict.fromkeys(line.where for line in case.billed.lines if line.code in difference.codes and line.where)),
        divergence=_divergence(difference, category.divergence, case),
        finding=difference.finding,
        source=difference.source or category.source,
        mark=difference.mark or category.mark,
        remedy=category.remedy,
        rules=case.rules.dated.isoformat(),
    )


def _is_material(difference: Difference, rule: str) -> bool:
    if difference.material is not None:
        return difference.material
    if rule == BY_AMOUNT:
        return difference.amount is None or difference.amount != 0
    return rule in (YES, BY_UNITS)


def _divergence(difference: Difference, wording: str, case: LaidOut) -> Divergence | None:
    """Name the first step whose value is not the one that the note supports."""
    if difference.category == "paid-otherwise":
        return Divergence(STEP_NAMES["remitted"], wording.format_map(difference.values))
    if not wording or (difference.look is None and not difference.values):
        return None
    step = next(_parted(difference, case), case.billed.step)
    return Divergence(STEP_NAMES[step], wording.format_map({"what_step": "", **difference.values, "step": STEP_NAMES[step]}))


def _parted(difference: Difference, case: LaidOut) -> Iterator[Step]:
    if difference.look is None:
        return
    for step in STEPS:
        if step in case.billed.steps and difference.look(case.billed.steps[step]) != difference.right:
            yield step
