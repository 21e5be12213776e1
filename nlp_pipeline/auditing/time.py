"""What a reviewer would ask about the minutes and units of a visit: the twelve findings about time.

Units come from the claim, by the payer-independent methods "cms" (the day's pooled total) and "ama" (each service alone).
"""

from collections.abc import Iterator, Mapping
from itertools import combinations

from nlp_pipeline.auditing.case import AuditCase, Check, Hit
from nlp_pipeline.records.encounter import overlap
from nlp_pipeline.records.facts import MinuteStatement
from nlp_pipeline.records.note import Span

_BUNDLED_TIMING = "untimed"


def time_total_mismatch(case: AuditCase) -> Iterator[Hit]:
    """Find totals that the services do not add up to, and services with two different times."""
    timed, stated = _timed_sum(case), case.encounter.timed_total
    if timed is not None and stated is not None and timed != stated:
        yield Hit(_spans(case, "timed_total"), {"counted": _minutes(timed), "stated": f"a stated timed total of {_minutes(stated)}"})
    every, visit = _sum(case, timed_only=False), case.encounter.visit_total
    if visit is not None and timed is not None and timed <= visit < every:
        yield Hit(_spans(case, "visit_total"), {"counted": _minutes(every), "stated": f"a visit of {_minutes(visit)}"})
    for code, said, counted, evidence in _contradicted(case):
        yield Hit(evidence, {"counted": f"{_minutes(counted)} for {code}", "stated": f"{_minutes(said)} said elsewhere"})


def timed_exceeds_visit(case: AuditCase) -> Iterator[Hit]:
    """Find timed minutes that the visit cannot hold."""
    lengths = [each for each in (case.encounter.visit_total, _clock_length(case)) if each is not None]
    timed = [each for each in (_timed_sum(case), case.encounter.timed_total) if each is not None]
    if lengths and timed and max(timed) > min(lengths):
        yield Hit((*_spans(case, "visit_total"), *_spans(case, "timed_total")), {"timed": _number(max(timed)), "visit": _number(min(lengths))})


def overlapping_intervals(case: AuditCase) -> Iterator[Hit]:
    """Find clock intervals of two services that overlap under one clinician."""
    for one, other in _interval_pairs(case):
        if one.clock and other.clock and max(one.clock[0], other.clock[0]) < min(one.clock[1], other.clock[1]):
            yield Hit((one.span, other.span), {"code": one.code, "other": other.code})
    told = [each for each in case.encounter.services if each.times]
    for mine, theirs in combinations(told, 2):
        if mine.code != theirs.code and not _may_run_beside(case, mine.code, theirs.code) and overlap(mine.times, theirs.times):
            yield Hit(values={"code": mine.code, "other": theirs.code})


def duplicate_minutes(case: AuditCase) -> Iterator[Hit]:
    """Find words that say the same minutes stand under two services, and one clock interval given to two."""
    same = [span for one, other in _interval_pairs(case) if one.clock == other.clock for span in (one.span, other.span)]
    if evidence := (*case.facts.time.duplicates, *same):
        yield Hit(tuple(dict.fromkeys(evidence)))


def under_8_minutes(case: AuditCase) -> Iterator[Hit]:
    """Find timed services too short for a unit, which no pooling gives one either."""
    share, rules = case.claim.units.get("cms"), case.rules.units
    if share is None or rules is None:
        return
    least = rules.minimum_minutes
    for code, spent in _by_code(case).items():
        if spent < least and _timed(case, code) and spent > 0 and not share.units.get(code):
            yield Hit(_evidence(case, code), {"code": code, "minutes": _number(spent)})


def units_exceed_minutes(case: AuditCase) -> Iterator[Hit]:
    """Find more stated units than the minutes earn, in all or for one service by any rule."""
    stated, earned = _stated_timed(case), _earned(case)
    if earned is None or not stated:
        return
    total = sum(stated.values())
    if total > earned or any(count > _most(case, code) for code, count in stated.items() if code != "total"):
        yield Hit(_charge_spans(case), {"stated": total, "earned": earned})


def units_below_minutes(case: AuditCase) -> Iterator[Hit]:
    """Find fewer stated units than the pooled minutes earn."""
    stated, earned = _stated_timed(case), _earned(case)
    if earned is not None and stated and sum(stated.values()) < earned:
        yield Hit(_charge_spans(case), {"stated": sum(stated.values()), "earned": earned})


def minutes_missing(case: AuditCase) -> Iterator[Hit]:
    """Find timed services in a note without any treatment time."""
    silent = _unmeasured(case)
    if silent and not _by_code(case) and not _any_total(case):
        yield Hit(tuple(span for code in silent for span in _mentions(case, code)))


def per_code_minutes_missing(case: AuditCase) -> Iterator[Hit]:
    """Find timed services without minutes of their own in a note that states other times."""
    silent = _unmeasured(case)
    if silent and (_by_code(case) or _any_total(case)):
        yield Hit(tuple(span for code in silent for span in _mentions(case, code)), {"codes": ", ".join(silent)})


def performed_not_billed(case: AuditCase) -> Iterator[Hit]:
    """Find services performed with minutes that the note's own charges leave out."""
    charged = {charge.code for charge in case.facts.time.charges} - {"total"}
    if not charged:
        return
    share, rules = case.claim.units.get("cms"), case.rules.units
    for code, spent in _by_code(case).items():
        earns = (share is not None and share.units.get(code)) or (rules is not None and spent >= rules.minimum_minutes)
        if earns and code not in charged and code in case.rules.codes and not _bundled(case, code):
            yield Hit(_evidence(case, code), {"code": code})


def billed_not_performed(case: AuditCase) -> Iterator[Hit]:
    """Find charges for services that the note plans, refuses or does not document."""
    spent = _by_code(case)
    denied = {each.code for each in case.facts.time.services if not each.performed}
    documented = {each.code for each in case.facts.time.services if each.performed} | set(_supported(case))
    for code in dict.fromkeys(charge.code for charge in case.facts.time.charges):
        if code == "total" or code in spent or code in documented or code not in case.rules.codes or case.rules.codes[code].needs in spent:
            continue
        if code in denied or (spent and not _bundled(case, code)):
            yield Hit(tuple(charge.span for charge in case.facts.time.charges if charge.code == code), {"code": code})


def assistant_minutes(case: AuditCase) -> Iterator[Hit]:
    """Find treatment minutes that an assistant furnished."""
    split = tuple(each.span for each in case.encounter.minutes if each.by == "assistant" and each.performed)
    if evidence := split or case.facts.time.assistants:
        yield Hit(evidence)


CHECKS: dict[str, Check] = {
    "time-total-mismatch": time_total_mismatch,
    "timed-exceeds-visit": timed_exceeds_visit,
    "overlapping-intervals": overlapping_intervals,
    "duplicate-minutes": duplicate_minutes,
    "under-8-minutes": under_8_minutes,
    "units-exceed-minutes": units_exceed_minutes,
    "units-below-minutes": units_below_minutes,
    "minutes-missing": minutes_missing,
    "per-code-minutes-missing": per_code_minutes_missing,
    "performed-not-billed": performed_not_billed,
    "billed-not-performed": billed_not_performed,
    "assistant-minutes": assistant_minutes,
}


OF_STATEMENTS = ("time-total-mismatch", "timed-exceeds-visit", "units-exceed-minutes", "units-below-minutes")  # need a total or units as stated
WITHOUT_WORDS = (*OF_STATEMENTS, "overlapping-intervals", "under-8-minutes", "minutes-missing", "per-code-minutes-missing")


def _number(minutes: float) -> float:
    return int(minutes) if minutes == int(minutes) else minutes


def _minutes(minutes: float) -> str:
    return f"{_number(minutes)} minutes"


def _timed(case: AuditCase, code: str) -> bool:
    rule = case.rules.codes.get(code)
    return rule is not None and rule.timing == "timed"


def _bundled(case: AuditCase, code: str) -> bool:
    """Say whether a service is a supply of the visit that is often left off a claim: an untimed modality."""
    rule = case.rules.codes.get(code)
    return rule is not None and rule.timing == _BUNDLED_TIMING and not rule.expects


def _by_code(case: AuditCase) -> dict[str, float]:
    spent: dict[str, float] = {}
    for service in case.encounter.services:
        if service.minutes:
            spent[service.code] = spent.get(service.code, 0) + service.minutes
    return spent


def _unmeasured(case: AuditCase) -> list[str]:
    return [each.code for each in case.encounter.services if each.minutes is None and _timed(case, each.code)]


def _sum(case: AuditCase, timed_only: bool) -> float:
    return sum(spent for code, spent in _by_code(case).items() if not timed_only or _timed(case, code))


def _timed_sum(case: AuditCase) -> float | None:
    """Add up the timed services; None without any, or where one is unmeasured."""
    return None if _unmeasured(case) else _sum(case, timed_only=True) or None


def _clock_length(case: AuditCase) -> float | None:
    clocks = {each.clock: each.minutes for each in case.encounter.minutes if each.kind == "start_stop" and each.code is None}
    return sum(clocks.values()) if clocks else None


def _any_total(case: AuditCase) -> bool:
    return any(each is not None for each in (case.encounter.timed_total, case.encounter.visit_total, _clock_length(case)))


def _spans(case: AuditCase, kind: str) -> tuple[Span, ...]:
    return tuple(each.span for each in case.encounter.minutes if each.kind == kind)


def _evidence(case: AuditCase, code: str) -> tuple[Span, ...]:
    return tuple(each.span for each in case.encounter.minutes if each.code == code)


def _mentions(case: AuditCase, code: str) -> tuple[Span, ...]:
    named = tuple(each.span for each in case.facts.time.services if each.code == code and each.performed)
    return named or tuple(each.header for each in case.facts.blocks if each.stated_code == code)


def _charge_spans(case: AuditCase) -> tuple[Span, ...]:
    return tuple(charge.span for charge in case.facts.time.charges if charge.units is not None)


def _interval_pairs(case: AuditCase) -> Iterator[tuple[MinuteStatement, MinuteStatement]]:
    clocks = [each for each in case.encounter.minutes if each.kind == "start_stop" and each.code and each.performed]
    for one, other in combinations(clocks, 2):
        if one.code == other.code or (one.by is not None and one.by != other.by):
            continue
        if one.code and other.code and not _may_run_beside(case, one.code, other.code):
            yield one, other


def _may_run_beside(case: AuditCase, *codes: str) -> bool:
    """Say whether one of two services is a modality that is supervised only, so that another may be furnished meanwhile."""
    return any((rule := case.rules.codes.get(code)) is not None and rule.supervised for code in codes)


def _contradicted(case: AuditCase) -> Iterator[tuple[str, float, float, tuple[Span, ...]]]:
    """Find services whose repeated minutes, or whose own clock interval, differ from the minutes that count."""
    for code, counted in _by_code(case).items():
        mine = [each for each in case.encounter.minutes if each.code == code and each.performed]
        written = [each for each in mine if each.kind == "code" and not each.restated]
        again = [each for each in mine if each.kind == "code" and each.restated and each.by is None]
        clocks = [each for each in mine if each.kind == "start_stop"]
        for others in (again, clocks if written else []):
            said = sum(each.minutes for each in others)
            if others and said != counted and not all(each.minutes in (counted, *(one.minutes for one in written)) for each in others):
                yield code, said, counted, tuple(each.span for each in (*written, *others))


def _stated_timed(case: AuditCase) -> Mapping[str, int]:
    """Take the stated units of timed services; a stated total stands for them where no service is untimed."""
    stated = {code: count for code, count in case.encounter.stated_units.items() if code == "total" or _timed(case, code)}
    if "total" in stated:
        untimed = sum(not _timed(case, each.code) for each in case.encounter.services)
        return {"total": stated["total"] - untimed} if set(stated) == {"total"} else {code: count for code, count in stated.items() if code != "total"}
    return stated


def _earned(case: AuditCase) -> int | None:
    """Count the timed units that the minutes earn by the pooled rule; from the stated timed total where a service has no minutes of its own."""
    share, rules = case.claim.units.get("cms"), case.rules.units
    if share is not None and _timed_sum(case) is not None:
        return sum(count for code, count in share.units.items() if _timed(case, code))
    if rules is None or case.encounter.timed_total is None:
        return None
    return (int(case.encounter.timed_total) + rules.unit_minutes - rules.minimum_minutes) // rules.unit_minutes


def _most(case: AuditCase, code: str) -> int:
    """Count the most units that either rule allows one service."""
    shares = [share for share in (case.claim.units.get("cms"), case.claim.units.get("ama")) if share is not None]
    if not shares:
        return case.encounter.stated_units.get(code, 0)
    return max(share.units.get(code, 0) + (code in share.tied) for share in shares)


def _supported(case: AuditCase) -> Iterator[str]:
    """Name the codes that a performed intervention is filed under or supports."""
    for intervention, suggestion in zip(case.facts.interventions, case.suggestions, strict=False):
        if intervention.status == "performed":
            yield intervention.stated_code or suggestion.code
            yield suggestion.code
