"""Modifiers, edited pairs, limits and the yearly threshold: what was billed against what rules and note bear out."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

from nlp_pipeline.auditing.laid_out import Difference, LaidOut, Look
from nlp_pipeline.auditing.support import performed_spans
from nlp_pipeline.records.billed_claim import BilledLine
from nlp_pipeline.records.claim import ClaimLine
from nlp_pipeline.records.claim_rules import ClaimRules, ModifierKind
from nlp_pipeline.records.encounter import Encounter
from nlp_pipeline.records.official_tables import EditInForce

ON_THE_LIST = ("always", "sometimes")


def differences(case: LaidOut) -> Iterator[Difference]:
    """Judge the modifiers of every billed line, pairs among the lines, and the year."""
    claim = case.rules.claim
    if claim is None:
        return
    for code in dict.fromkeys(line.code for line in case.submitted.claim.lines):
        yield from _plan_of_care(case, claim, code)
        yield from _assistant(case, claim, code)
    yield from _separation(case, claim)
    yield from _threshold(case, claim)


def _plan_of_care(case: LaidOut, claim: ClaimRules, code: str) -> Iterator[Difference]:
    """Find lines without the modifier of their plan of care, and lines with another discipline's."""
    rule = case.rules.codes.get(code)
    if rule is None or rule.listed not in ON_THE_LIST or not claim.terms.discipline_modifiers:
        return
    discipline = case.supported.encounter.discipline or _one_discipline(rule.disciplines)
    expected = claim.discipline_modifier(discipline)
    lines = [line for line in case.submitted.claim.lines if line.code == code]
    for line in lines:
        held = _of_kind(line.modifiers, "discipline", claim)
        risk = line.allowed
        if not held:
            name = expected or " or ".join(each for one in rule.disciplines if (each := claim.discipline_modifier(one)))
            values = {"billed": code, "modifier": name, "what": "A therapy line without the modifier of its plan of care is returned."}
            yield Difference("modifier-missing", "over", values, (code,), None, risk, look=_bears_kind(code, "discipline", claim), right=True)
        elif expected and expected not in held:
            values = {"billed": code, "modifier": held[0], "what": f"The note is of a plan of care that takes {expected}."}
            yield Difference("modifier-wrong", "over", values, (code,), None, risk, look=_bears(code, held[0]), right=False)
        elif len(held) > 1:
            values = {"billed": code, "modifier": " and ".join(held), "what": "One plan of care a line."}
            yield Difference("modifier-wrong", "over", values, (code,), None, risk, look=_bears(code, held[1]), right=False)
        else:
            continue
        return


def _assistant(case: LaidOut, claim: ClaimRules, code: str) -> Iterator[Difference]:
    """Compare the units that bear the assistant's modifier with those that the note's minutes give an assistant."""
    lines = [line for line in case.submitted.claim.lines if line.code == code]
    billed = sum(line.units for line in lines if _of_kind(line.modifiers, "assistant", claim))
    ours = [line for line in case.supported.claim.lines if line.code == code]
    supported = sum(line.units for line in ours if _of_kind(line.modifiers, "assistant", claim))
    wrong = [
        name
        for line in lines
        for name in _of_kind(line.modifiers, "assistant", claim)
        if (needs := claim.modifiers[name].needs) and needs not in line.modifiers
    ]
    discipline = case.supported.encounter.discipline
    name = claim.assistant_modifier(discipline) or "the assistant's modifier"
    evidence = tuple(each.span for each in case.coded.encounter.minutes if each.by == "assistant" and each.performed) or case.coded.facts.time.assistants
    look = _bears_kind(code, "assistant", claim)
    if wrong:
        values = {"billed": code, "modifier": wrong[0], "what": f"{wrong[0]} stands only with {claim.modifiers[wrong[0]].needs}."}
        yield Difference("modifier-wrong", "neither", values, (code,), None, lines[0].allowed, evidence, _bears(code, wrong[0]), False)
    elif not ours or code in case.supported.claim.unsure or not claim.terms.assistant_modifiers:
        return
    elif billed < min(supported, sum(line.units for line in lines)):
        amount = case.changed_by(_marked(case.submitted.claim.lines, code, name, supported - billed))
        values = {"billed": code, "modifier": name, "what": f"The note gives an assistant {supported} of its units; the bill marks {billed}."}
        yield Difference("modifier-missing", "over", values, (code,), amount, None, evidence, look, True)
    elif billed > supported:
        bare = tuple(
            replace(line, modifiers=tuple(each for each in line.modifiers if each != name)) if line.code == code else line
            for line in case.submitted.claim.lines
        )
        held = next(each for line in lines for each in _of_kind(line.modifiers, "assistant", claim))
        values = {"billed": code, "modifier": held, "what": f"The note gives an assistant {supported} of its units; the bill marks {billed}."}
        yield Difference("modifier-unsupported", "under", values, (code,), case.changed_by(bare), None, evidence, look, False)


def _separation(case: LaidOut, claim: ClaimRules) -> Iterator[Difference]:
    """Judge edited pairs among the billed codes, and modifiers that set apart what nothing edits."""
    lines = case.submitted.claim.lines
    edits = claim.edits_among((line.code for line in lines), case.supported.encounter.date_of_service)
    bearing = {line.code: _of_kind(line.modifiers, "distinct", claim) for line in lines if _of_kind(line.modifiers, "distinct", claim)}
    edited = {code for each in edits for code in (each.edit.column1, each.edit.column2)}
    shown = _shown_apart(case.supported.encounter)
    for found in edits:
        yield from _pair(case, found, bearing, shown)
    for code in bearing.keys() - edited:
        values = {"billed": code, "modifier": bearing[code][0], "what": "No edit between the billed codes is in force on the day for this payer."}
        look = _bears_kind(code, "distinct", claim)
        yield Difference("modifier-unsupported", "neither", values, (code,), Decimal("0.00"), look=look, right=False, material=False)


def _pair(case: LaidOut, found: EditInForce, bearing: dict[str, list[str]], shown: frozenset[frozenset[str]]) -> Iterator[Difference]:
    edit = found.edit
    pair = (edit.column1, edit.column2)
    marked = next((code for code in reversed(pair) if code in bearing), None)
    only_first = tuple(line for line in case.submitted.claim.lines if line.code != edit.column2)
    amount, evidence = case.changed_by(only_first), performed_spans(case.coded, *pair)
    period = "" if found.covers is not False else ", not the period of the date of service"
    table = f"Table {found.table}{period}."
    if edit.indicator == 1 and marked and frozenset(pair) in shown:
        return
    if edit.indicator == 1 and marked:
        values = {
            "billed": marked,
            "modifier": bearing[marked][0],
            "what": f"The note gives no second block with a purpose of its own beside {edit.column1}. {table}",
        }
        look = _has_any(marked, bearing[marked])
        yield Difference("modifier-unsupported", "over", values, (marked,), amount, None, evidence, look, False, source=found.source, mark=found.mark)
        return
    lifted = (
        "a modifier lifts it where the record shows separate time and purpose, and none stands on the bill." if edit.indicator == 1 else "no modifier lifts it."
    )
    values = {"billed": edit.column2, "supported": edit.column1, "what": f"{lifted} {table}"}
    yield Difference("ncci", "over", values, (edit.column2,), amount, None, evidence, _both(pair), False, source=found.source, mark=found.mark)


def _threshold(case: LaidOut, claim: ClaimRules) -> Iterator[Difference]:
    """Judge the attestation past the yearly threshold: missing where the bills given already pass it, needless where they are the whole year and do not."""
    name = claim.threshold_modifier()
    uses = case.submitted.claim.thresholds
    if name is None or not uses:
        return
    bearing = [line.code for line in case.submitted.claim.lines if name in line.modifiers]
    past = next((use for use in uses if use.marked), None)
    codes = tuple(dict.fromkeys(line.code for line in case.submitted.claim.lines))
    rule = next((each.amount for each in claim.thresholds if past and each.pool == past.pool), None)
    if past and not bearing:
        what = f"With this claim the bills given reach ${past.after} of the year's allowed amount ({past.pool}), past ${past.amount}, and {name} is missing."
        values = {"what": what, "what_step": f"has no {name}"}
        risk = case.worth()
        look: Look = lambda lines: any(name in line.modifiers for line in lines)  # noqa: E731 - read at each step
        yield Difference("cap-kx", "over", values, codes, None, risk, look=look, right=True, source=rule.source if rule else "", mark=rule.mark if rule else "")
    elif bearing and not past and case.whole_year:
        use = uses[0]
        what = f"{name} is billed, and the year's allowed amount ({use.pool}) is ${use.after}, not past ${use.amount}."
        values = {"what": what, "what_step": f"appends {name}"}
        yield Difference("cap-kx", "neither", values, tuple(bearing), Decimal("0.00"), look=_has_any(bearing[0], [name]), right=False, material=False)


def _shown_apart(encounter: Encounter) -> frozenset[frozenset[str]]:
    return frozenset(frozenset(pair) for pair in (*encounter.distinct, *encounter.grounds))


def _one_discipline(disciplines: Sequence[str]) -> str | None:
    return disciplines[0] if len(disciplines) == 1 else None


def _of_kind(modifiers: Sequence[str], kind: ModifierKind, claim: ClaimRules) -> list[str]:
    return [name for name in modifiers if name in claim.modifiers and claim.modifiers[name].kind == kind]


def _marked(lines: Sequence[ClaimLine], code: str, name: str, units: int) -> tuple[ClaimLine, ...]:
    """Give the lines with an assistant's modifier on some units of a code."""
    changed: list[ClaimLine] = []
    for line in lines:
        taken = min(units, line.units) if line.code == code and name not in line.modifiers else 0
        units -= taken
        if taken:
            changed.append(replace(line, units=taken, modifiers=(*line.modifiers, name)))
        if line.units > taken:
            changed.append(replace(line, units=line.units - taken))
    return tuple(changed)


def _bears(code: str, name: str) -> Look:
    return lambda lines: any(line.code == code and name in line.modifiers for line in lines)


def _bears_kind(code: str, kind: ModifierKind, claim: ClaimRules) -> Look:
    return lambda lines: any(line.code == code and _of_kind(line.modifiers, kind, claim) for line in lines)


def _has_any(code: str, names: Sequence[str]) -> Look:
    return lambda lines: any(line.code == code and any(name in line.modifiers for name in names) for line in lines)


def _both(pair: tuple[str, str]) -> Look:
    def look(lines: Sequence[BilledLine]) -> object:
        return {line.code for line in lines}.issuperset(pair)

    return look
