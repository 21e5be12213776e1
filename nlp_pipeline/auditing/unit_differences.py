"""Codes and units: what was billed against what the note supports, both directions."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from nlp_pipeline.auditing.categories import categories
from nlp_pipeline.auditing.laid_out import Difference, LaidOut, Look, units_of
from nlp_pipeline.auditing.support import performed_spans, unsure_codes
from nlp_pipeline.records.billed_claim import BilledLine
from nlp_pipeline.records.claim import ClaimLine
from nlp_pipeline.records.discrepancy import Direction

NOT_ONE_TO_ONE = "not_one_to_one"
EVALUATION = "evaluation"


@dataclass(slots=True)
class Balance:
    """Units still to be explained: billed beyond the note, and documented beyond the bill."""

    extra: dict[str, int]
    lacking: dict[str, int]

    @classmethod
    def of(cls, case: LaidOut) -> "Balance":
        """Take the difference of both sides."""
        billed, supported = case.units_billed, case.units_supported
        codes = sorted(billed.keys() | supported.keys())
        extra = {code: count for code in codes if (count := billed.get(code, 0) - supported.get(code, 0)) > 0}
        lacking = {code: count for code in codes if (count := supported.get(code, 0) - billed.get(code, 0)) > 0}
        return cls(extra, lacking)


def differences(case: LaidOut) -> Iterator[Difference]:
    """Explain each unit that stands on one side only."""
    balance = Balance.of(case)
    _same_evaluation(case, balance)
    if not case.described():
        return  # nothing was read as a service: a person has to look
    if _follows_the_total(case):
        balance.extra, balance.lacking = _of_other_codes(case, balance)
    yield from _without_minutes(case, case.unmeasured(), balance)
    yield from _groups(case, balance)
    yield from _other_codes(case, balance)
    yield from _left(case, balance)


def _same_evaluation(case: LaidOut, balance: Balance) -> None:
    """Take a billed evaluation and a documented one for the same: a note's words alone do not tell its level."""
    kinds = {code: rule.words for code, rule in case.rules.codes.items()}
    for code in [code for code in balance.extra if EVALUATION in kinds.get(code, "")]:
        other = next((each for each in balance.lacking if EVALUATION in kinds.get(each, "")), None)
        if other is not None:
            del balance.extra[code], balance.lacking[other]


def _follows_the_total(case: LaidOut) -> bool:
    """Say whether the bill has the units of the stated timed total, where the services read do not add up to it: the note's own conflict, told as such."""
    rules, total = case.rules.units, case.supported.encounter.timed_total
    spent = sum(each.minutes or 0 for each in case.supported.encounter.services if case.timed(each.code))
    if rules is None or total is None or spent == total:
        return False
    billed = sum(count for code, count in case.units_billed.items() if case.timed(code))
    return billed == (int(total) + rules.unit_minutes - rules.minimum_minutes) // rules.unit_minutes


def _of_other_codes(case: LaidOut, balance: Balance) -> tuple[dict[str, int], dict[str, int]]:
    """Keep only what is of a code that the other side does not have."""
    extra = {code: count for code, count in balance.extra.items() if code not in case.described()}
    return extra, {code: count for code, count in balance.lacking.items() if code not in case.units_billed and extra}


def _without_minutes(case: LaidOut, silent: Sequence[str], balance: Balance) -> Iterator[Difference]:
    """Judge timed services whose minutes the note does not say: by its timed total where it has one; without any time, they are unsupported.

    Where the note tells times that no service could be given, nothing is said: a person may see what was not read.
    """
    open_codes = [code for code in balance.extra if code in silent or (case.timed(code) and code in case.described() and not case.has_minutes(code))]
    total, rules = case.supported.encounter.timed_total, case.rules.units
    if not open_codes:
        return
    if not case.tells_time():
        rest = tuple(line for line in case.submitted.claim.lines if line.code not in open_codes)
        values, evidence = {"billed": ", ".join(open_codes)}, performed_spans(case.coded, *open_codes)
        yield Difference(
            "minutes-missing", "over", values, tuple(open_codes), case.changed_by(rest), None, evidence, _presence(open_codes), False, finding="minutes-missing"
        )
    elif total is not None and rules is not None:
        timed = {code: count for code, count in case.units_billed.items() if case.timed(code)}
        earned = (int(total) + rules.unit_minutes - rules.minimum_minutes) // rules.unit_minutes
        yield from _by_the_total(case, timed, earned, total)
        balance.lacking.clear()
    for code in open_codes:
        del balance.extra[code]
        if case.tells_time() and (other := next((each for each in balance.lacking if _interchangeable(case, code, each)), None)):
            del balance.lacking[other]  # the time of a billed service without minutes may be what was read as another's


def _by_the_total(case: LaidOut, timed: Mapping[str, int], earned: int, total: float) -> Iterator[Difference]:
    """Hold all timed units to what the note's total earns, where the split is not documented."""
    over = sum(timed.values()) - earned
    if not over:
        return
    code = max(timed, key=lambda each: (timed[each], each))
    direction: Direction = "over" if over > 0 else "under"
    evidence = tuple(each.span for each in case.coded.encounter.minutes if each.kind == "timed_total")
    values = {"billed": " and ".join(sorted(timed)), "units": _units(sum(timed.values())), "supported": f"{earned} by the stated total of {total:g} minutes"}
    amount = case.changed_by(case.with_units(code, max(timed[code] - over, 0)))
    yield Difference(f"units-{direction}", direction, values, tuple(timed), amount, None, evidence, _timed_units(tuple(timed)), earned)


def _groups(case: LaidOut, balance: Balance) -> Iterator[Difference]:
    """Find one-to-one units billed where the note shows a group."""
    group = next((code for code in balance.lacking if code in categories().group), None)
    aside = [each for each in case.coded.facts.time.set_aside if each.reason == NOT_ONE_TO_ONE]
    if group is None and not aside:
        return
    evidence = performed_spans(case.coded, group) if group else tuple(each.span for each in aside)
    for code in [code for code in balance.extra if _pooled(case, code) and code not in categories().group]:
        units = balance.extra.pop(code)
        kept = case.with_units(code, case.units_billed[code] - units)
        corrected = (*kept, ClaimLine(group, balance.lacking.pop(group))) if group and group in balance.lacking else kept
        values = {"billed": code, "units": _units(units)}
        right = case.units_supported.get(code, 0)
        yield Difference("group-as-one-to-one", "over", values, (code,), case.changed_by(corrected), None, evidence, _count(code), right)


def _other_codes(case: LaidOut, balance: Balance) -> Iterator[Difference]:
    """Pair codes billed beyond the note with codes documented beyond the bill: the same time under another code."""
    doubt = unsure_codes(case.coded)
    for billed in list(balance.extra):
        for supported in sorted(balance.lacking, key=lambda code: (balance.lacking[code] != balance.extra[billed], code)):
            if not _interchangeable(case, billed, supported):
                continue
            units = min(balance.extra[billed], balance.lacking[supported])
            balance.extra[billed] -= units
            balance.lacking[supported] -= units
            if balance.lacking[supported] == 0:
                del balance.lacking[supported]
            if billed not in doubt.get(supported, ()):  # where the note leaves both codes open, the bill is not called wrong
                yield _recoded(case, billed, supported, units)
            if balance.extra[billed] == 0:
                break
        if balance.extra[billed] == 0:
            del balance.extra[billed]


def _recoded(case: LaidOut, billed: str, supported: str, units: int) -> Difference:
    lines: list[ClaimLine] = []
    left = units
    for line in case.submitted.claim.lines:
        if line.code == billed and left:
            taken = min(left, line.units)
            left -= taken
            lines += [replace(line, code=supported, units=taken), *([replace(line, units=line.units - taken)] if line.units > taken else [])]
        else:
            lines.append(line)
    amount = case.changed_by(lines)
    direction: Direction = "neither" if not amount else "over" if amount > 0 else "under"
    name = "code-lateral" if frozenset((billed, supported)) in categories().lateral or direction == "neither" else f"code-{direction}"
    values = {"billed": billed, "supported": supported, "units": _units(units)}
    evidence = performed_spans(case.coded, supported)
    right = case.units_supported.get(billed, 0)
    return Difference(name, direction, values, (billed,), amount, None, evidence, _count(billed), right, finding="code-mismatch")


def _left(case: LaidOut, balance: Balance) -> Iterator[Difference]:
    """Explain what found no partner."""
    described = case.described()
    granted = _units_of_the_time_left(case)
    for code, count in balance.extra.items():
        if code in described and count <= granted:
            granted -= count
            continue  # the note tells time that no service could be given: it may be this one's
        supported = case.units_supported.get(code, 0)
        values = {"billed": code, "units": _units(case.units_billed[code]), "supported": _units(supported)}
        amount = case.changed_by(case.with_units(code, case.units_billed[code] - count))
        documented = supported or (code in described and case.timed(code))
        name = "units-over" if documented else "not-documented"
        yield Difference(name, "over", values, (code,), amount, None, performed_spans(case.coded, code), _count(code), supported)
    for code, count in balance.lacking.items():
        billed = case.units_billed.get(code, 0)
        amount = case.changed_by(case.with_units(code, billed + count))
        evidence = performed_spans(case.coded, code)
        right = case.units_supported.get(code, 0)
        if billed:
            values = {"billed": code, "units": _units(billed), "supported": _units(right)}
            yield Difference("units-under", "under", values, (code,), amount, None, evidence, _count(code), right)
        elif case.timed(code):
            values = {"billed": code, "units": _units(count), "supported": code}
            yield Difference("not-billed", "under", values, (code,), amount, None, evidence, _count(code), right)


def _units_of_the_time_left(case: LaidOut) -> int:
    """Count how many more units the note earns if all time that no service could be given were treatment."""
    rules, left = case.rules.units, case.time_left()
    if rules is None or not left:
        return 0
    read = sum(each.minutes or 0 for each in case.supported.encounter.services if case.timed(each.code))
    earned = [(int(minutes) + rules.unit_minutes - rules.minimum_minutes) // rules.unit_minutes for minutes in (read, read + left)]
    return earned[1] - earned[0]


def _interchangeable(case: LaidOut, one: str, other: str) -> bool:
    first, second = case.rules.codes.get(one), case.rules.codes.get(other)
    return first is not None and second is not None and first.timing == second.timing and first.pooled == second.pooled and first.timing == "timed"


def _pooled(case: LaidOut, code: str) -> bool:
    rule = case.rules.codes.get(code)
    return rule is not None and rule.pooled


def _count(code: str) -> Look:
    return lambda lines: units_of(lines).get(code, 0)


def _presence(codes: Sequence[str]) -> Look:
    return lambda lines: any(line.code in codes for line in lines)


def _timed_units(codes: Sequence[str]) -> Look:
    def look(lines: Sequence[BilledLine]) -> object:
        return sum(count for code, count in units_of(lines).items() if code in codes)

    return look


def _units(count: int) -> str:
    return f"{count} unit{'' if count == 1 else 's'}"
