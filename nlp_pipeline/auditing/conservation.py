"""Prove that each documented minute was used once or not at all: what the note says, the ledger and the bill are added up against each other.

Nothing here trusts the arithmetic that it checks: it knows the statements as they were read and the claim as it was made, and no step between.
"""

import re
from collections import Counter
from collections.abc import Iterator

from nlp_pipeline.auditing.case import AuditCase, Check, Hit
from nlp_pipeline.records.encounter import LedgerEntry
from nlp_pipeline.records.note import Span

_EACH = re.compile(r"[ )\xa0]*(?:each|apiece)\b", re.I)
_SLACK = 1e-6  # part minutes are sums of thirds


def minutes_not_conserved(case: AuditCase) -> Iterator[Hit]:
    """Find documented times that were used twice, lost, made up, or billed as another sum."""
    ledger = case.encounter.ledger
    if not ledger and not case.facts.time.minutes and not case.facts.time.set_aside:
        return
    for what, evidence in (*_unentered(case), *_undecided(ledger), *_used_twice(case), *_sums(case)):
        yield Hit(evidence, {"what": what})


def _unentered(case: AuditCase) -> Iterator[tuple[str, tuple[Span, ...]]]:
    """Compare the times of the note with those of the ledger: each is entered once, with its own length."""
    time = case.facts.time
    said = [(each.span, each.minutes) for each in time.minutes]
    said += [(each.span, each.minutes) for each in time.set_aside]
    told = [(each.span, each.minutes) for each in case.encounter.ledger]
    if len(said) == len(told) and sorted(map(_place, said)) == sorted(map(_place, told)):
        return
    read, entered = Counter(said), Counter(told)
    for span, minutes in read - entered:
        yield f"{minutes:g} minutes of the note are not entered", (span,)
    for span, minutes in entered - read:
        yield f"{minutes:g} minutes are entered that the note does not say", (span,)


def _place(time: tuple[Span, float]) -> tuple[int, int, float]:
    return time[0].start, time[0].end, time[1]


def _undecided(ledger: tuple[LedgerEntry, ...]) -> Iterator[tuple[str, tuple[Span, ...]]]:
    """Find entries that have both a code and a reason against it, or neither."""
    for each in ledger:
        if (each.code is None) == (each.reason is None):
            yield f"{each.minutes:g} minutes have {'neither a code nor a reason' if each.code is None else 'a code and a reason against it'}", (each.span,)


def _used_twice(case: AuditCase) -> Iterator[tuple[str, tuple[Span, ...]]]:
    """Find the same words of the note billed twice, where they do not themselves say that they hold for each of several services."""
    last: LedgerEntry | None = None
    for each in case.encounter.ledger:
        if each.code is None:
            continue
        if last is not None and each.span.start < last.span.end and not (each.span == last.span and _EACH.match(case.facts.note.text, each.span.end)):
            yield f"the same words count for {last.code} and {each.code}", (last.span, each.span)
        if last is None or each.span.end > last.span.end:
            last = each


def _sums(case: AuditCase) -> Iterator[tuple[str, tuple[Span, ...]]]:
    """Add the ledger up by code, and compare with the minutes of the claim."""
    spent: dict[str, float] = {}
    for each in case.encounter.ledger:
        if each.code is not None:
            spent[each.code] = spent.get(each.code, 0) + each.minutes
    billed = {code: minutes for code, minutes in (case.claim.minutes_by_code or {}).items() if minutes}
    if spent == billed:
        return
    for code in sorted(spent.keys() | billed.keys()):
        counted, claimed = spent.get(code, 0), billed.get(code, 0)
        if abs(counted - claimed) > _SLACK:
            evidence = tuple(each.span for each in case.encounter.ledger if each.code == code)
            yield f"{code} is billed with {claimed:g} minutes, and {counted:g} are entered for it", evidence


CHECKS: dict[str, Check] = {"minutes-not-conserved": minutes_not_conserved}
