"""What a payer would return or deny on the lines of a claim: modifiers, code pairs, unit limits, thresholds, and who may bill."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial

from nlp_pipeline.auditing import modifiers as line_modifiers
from nlp_pipeline.auditing.case import AuditCase, Check, Hit, MarkedLine
from nlp_pipeline.records.claim_rules import ClaimRules, PaymentRules
from nlp_pipeline.records.note import Span
from nlp_pipeline.records.official_tables import TableDate
from nlp_pipeline.records.rules import Rules

SCOPES = {1: "on one line", 2: "for the day, by policy", 3: "for the day, unless the record shows that more was needed"}
NOTHING: tuple[Hit, ...] = ()
NEVER_PAID = {"B": "bundled, not paid apart", "I": "not valid for Medicare", "N": "not covered by Medicare"}


def missing_modifier(case: AuditCase) -> Iterable[Hit]:
    """Find therapy lines without the modifier of their plan of care; a note that does not tell its discipline is no such line."""
    told = not case.facts.note.text or any(line.discipline for line in case.claim.lines)
    return _of_lines(line_modifiers.missing, [line for line in case.marked if told or line[2]], case.rules)


def invalid_modifier(case: AuditCase) -> Iterable[Hit]:
    """Find modifiers that may not stand where they do, an attestation before its threshold, and a separation that nothing asks for."""
    hits = _of_lines(line_modifiers.invalid, case.marked, case.rules)
    if case.rules.claim is None:
        return hits
    if any(each.revenue_code for each in case.encounter.services):
        hits = [*hits, *_of_another_revenue(case, case.rules.claim)]
    billed = [(code, modifiers) for code, modifiers, was_billed in case.marked if was_billed]
    return [*hits, *_billed_without_need(case, billed, case.rules.claim)] if billed else hits


def _of_another_revenue(case: AuditCase, claim: ClaimRules) -> Iterator[Hit]:
    """Find revenue codes of another plan of care than the line's modifier."""
    written = {each.code: each.revenue_code.lstrip("0") for each in case.encounter.services if each.revenue_code}
    for code, modifiers, _ in case.marked:
        for rule in (claim.modifiers[name] for name in modifiers if name in claim.modifiers):
            if rule.revenue and code in written and not written[code].startswith(rule.revenue):
                what = f"{rule.name} stands with a revenue code 0{rule.revenue}x, and not with {written[code].zfill(4)}"
                yield Hit(values={"code": code, "what": what}, source=rule.source, mark=rule.mark)


def _billed_without_need(case: AuditCase, billed: Sequence[tuple[str, Sequence[str]]], claim: ClaimRules) -> Iterator[Hit]:
    for code, modifiers in billed:
        kinds = {claim.modifiers[name].kind: name for name in modifiers if name in claim.modifiers}
        uses = case.claim.thresholds
        if uses and "threshold" in kinds and not any(use.marked for use in uses):
            yield Hit(values={"code": code, "what": f"{kinds['threshold']} before the threshold is reached is misuse"})
        if "distinct" in kinds and not any(code in (each.edit.column1, each.edit.column2) for each in case.claim.edits):
            yield Hit(values={"code": code, "what": f"{kinds['distinct']} without a code pair that asks for it"})


def ncci_pair(case: AuditCase) -> Iterable[Hit]:
    """Find two lines of an edited pair that no modifier sets apart, or that none may."""
    claim = case.rules.claim
    return _unlifted(case, claim) if claim and case.claim.edits else NOTHING


def _unlifted(case: AuditCase, claim: ClaimRules) -> Iterator[Hit]:
    apart = {code for code, modifiers, _ in case.marked if any(name in claim.modifiers and claim.modifiers[name].kind == "distinct" for name in modifiers)}
    for found in case.claim.edits:
        edit = found.edit
        if edit.indicator == 1 and apart & {edit.column1, edit.column2}:
            continue
        what = "a modifier lifts it where the record shows separate time and purpose" if edit.indicator == 1 else "no modifier lifts it"
        period = ", which is not the period of the date of service" if found.covers is False else ""
        values = {"one": edit.column1, "two": edit.column2, "what": what, "table": found.table, "period": period}
        yield Hit(_evidence(case, edit.column1, edit.column2), values, found.source, found.mark)


def mue_exceeded(case: AuditCase) -> Iterator[Hit]:
    """Find codes with more units on the day than are believed."""
    claim = case.rules.claim
    if claim is None or claim.limits is None:
        return
    limits = claim.limits.limits
    units: dict[str, int] = {}
    for line in case.claim.lines:
        units[line.code] = units.get(line.code, 0) + line.units
    for code, count in units.items():
        limit = limits.get(code)
        if limit and count > limit.limit and (limit.limit or not case.facts.note.text):  # a bundled supply is no excess in a note
            dated = claim.limits.dated
            values = {
                "code": code,
                "units": count,
                "limit": limit.limit,
                "scope": SCOPES.get(limit.kind, ""),
                "table": dated.name,
                "period": _period(dated, case),
            }
            yield Hit(_evidence(case, code), values, dated.source, dated.mark)


def units_over_cap(case: AuditCase) -> Iterator[Hit]:
    """Find more timed units of a discipline than the payer takes in a day."""
    cap = case.rules.claim.terms.units_per_discipline if case.rules.claim else None
    if cap is None:
        return
    units: dict[str | None, int] = {}
    for line in case.claim.lines:
        rule = case.rules.codes.get(line.code)
        if rule and rule.timing == "timed":
            units[line.discipline] = units.get(line.discipline, 0) + line.units
    for discipline, count in units.items():
        if count > cap.value:
            yield Hit(values={"units": count, "discipline": discipline or "the visit", "limit": cap.value}, source=cap.source, mark=cap.mark)


def kx_threshold(case: AuditCase) -> Iterator[Hit]:
    """Find a claim that takes the year past the threshold of a pool."""
    for use in case.claim.thresholds:
        if use.marked and case.rules.claim:
            name = case.rules.claim.threshold_modifier() or "the modifier"
            rule = next((each for each in case.rules.claim.thresholds if each.pool == use.pool), None)
            values = {"pool": use.pool, "after": f"${use.after}", "amount": f"${use.amount}", "modifier": name}
            yield Hit(values=values, source=rule.amount.source if rule else "", mark=rule.amount.mark if rule else "")


def kx_approaching(case: AuditCase) -> Iterator[Hit]:
    """Find a year in which one more visit like this one passes the threshold."""
    for use in case.claim.thresholds:
        if not use.marked and use.amount < use.after + (use.after - use.before):
            yield Hit(values={"pool": use.pool, "left": f"${use.amount - use.after}", "amount": f"${use.amount}"})


def kx_review_level(case: AuditCase) -> Iterator[Hit]:
    """Find a claim that takes the year past the level of targeted review."""
    for use in case.claim.thresholds:
        if use.after > use.review:
            yield Hit(values={"pool": use.pool, "after": f"${use.after}", "amount": f"${use.review}"})


def doubtful_split(case: AuditCase) -> Iterator[Hit]:
    """Find services whose units are shared with an assistant in a way that the rule leaves open, or rounds two ways."""
    if case.claim.unsure:
        yield Hit(_evidence(case, *case.claim.unsure))


def credential_not_allowed(case: AuditCase) -> Iterator[Hit]:
    """Find lines that whoever signs the visit may not furnish."""
    claim, signer = case.rules.claim, case.encounter.therapist_of_record
    held = claim.signer(signer) if claim else None
    if held is None:
        return
    for code in case.codes:
        rule = case.rules.codes.get(code)
        if held.role == "unpaid":
            why = "Their time is not paid as therapy"
        elif rule and held.discipline and held.discipline not in rule.disciplines:
            why = f"The code is furnished by {' or '.join(rule.disciplines)}"
        elif rule and held.role == "assistant" and "evaluation" in rule.words:
            why = "An evaluation stays with the therapist"
        else:
            continue
        yield Hit(values={"code": code, "who": held.words, "why": why}, source=held.source, mark=held.mark)


def add_on_without_first(case: AuditCase) -> Iterator[Hit]:
    """Find add-on codes whose first part is not on the claim."""
    registry = case.rules.codes
    for code in case.codes:
        rule = registry.get(code)
        if rule and rule.needs and rule.needs not in case.codes:
            yield Hit(_evidence(case, code), {"code": code, "needs": rule.needs})


def not_payable(case: AuditCase) -> Iterable[Hit]:
    """Find services that are in no registry of the day, and lines whose code the fee schedule never pays; of a claim, not of a note."""
    if case.facts.note.text:
        return NOTHING
    hits: list[Hit] = []
    for each in case.encounter.services:
        if each.code not in case.rules.codes:
            hit = Hit(values={"code": each.code, "what": "not among the service codes of the day"}, source="The code registry", mark="D")
            hits += [hit] if hit not in hits else []
    claim = case.rules.claim
    if claim and claim.payment:
        for code in case.codes:
            hits += claim.remembered(("never paid", code), partial(_never_paid, code, case.rules, claim.payment))
    return hits


def _never_paid(code: str, rules: Rules, payment: PaymentRules) -> tuple[Hit, ...]:
    value = payment.value_of(code, rules.day)
    if value is None or value.status not in NEVER_PAID:
        return NOTHING
    rule = rules.codes.get(code)
    note = f" ({rule.note.rstrip('.')})" if rule and rule.note else ""
    return (Hit(values={"code": code, "what": NEVER_PAID[value.status] + note}, source=payment.table.source, mark=payment.table.mark),)


CHECKS: dict[str, Check] = {
    "missing-modifier": missing_modifier,
    "invalid-modifier": invalid_modifier,
    "ncci-pair": ncci_pair,
    "mue-exceeded": mue_exceeded,
    "units-over-cap": units_over_cap,
    "kx-threshold": kx_threshold,
    "kx-approaching": kx_approaching,
    "kx-review-level": kx_review_level,
    "credential-not-allowed": credential_not_allowed,
    "add-on-without-first": add_on_without_first,
    "not-payable": not_payable,
}


def _of_lines(check: Callable[[str, Sequence[str], Rules], Iterator[Hit]], lines: Iterable[MarkedLine], rules: Rules) -> Sequence[Hit]:
    """Check each line, once for all that look like it."""
    claim = rules.claim
    if claim is None:
        return NOTHING
    hits: list[Hit] = []
    for code, modifiers, _ in lines:
        hits += claim.remembered((check, code, tuple(modifiers)), partial(_hits, check, code, modifiers, rules))
    return hits


def _hits(check: Callable[[str, Sequence[str], Rules], Iterator[Hit]], code: str, modifiers: Sequence[str], rules: Rules) -> tuple[Hit, ...]:
    return tuple(check(code, modifiers, rules))


def _evidence(case: AuditCase, *codes: str) -> tuple[Span, ...]:
    return tuple(each.span for each in case.encounter.minutes if each.code in codes)


def _period(dated: TableDate, case: AuditCase) -> str:
    return "" if dated.covers(case.encounter.date_of_service) else ", which is not the period of the date of service"
