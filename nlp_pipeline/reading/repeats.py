"""Tell minutes that are said again from minutes that add up."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from nlp_pipeline.reading.circumstances import Reach
from nlp_pipeline.reading.owners import Claimed
from nlp_pipeline.records.facts import MinuteStatement

_CUE = re.compile(
    r"\b(?:billing|billed|charges?|charged|coded|codes?|cpt|sign[ -]?off|summary|totals?|sum|tally|claim|breakdown|"
    r"grid|log|recap|units?|minutes? by|time by|in (?:all|sum|short)|superbill|ledger|that is|i\.e\.|ie)\b"
)
_NAMED_AGAIN = re.compile(r"(?:billed|charged|coded|counted|logged|entered)[ ](?:as|under|to|it as)\b|\bi\.e\.|\bthat is\b|\bie\b")
_GAP, _LOOK_BACK, _ABBREVIATION = 40, 70, 3


def tallied(level: str, claims: Sequence[Claimed], reach: Reach) -> bool:
    """Say whether a note adds up its minutes by service: what else it times is dosage then."""
    beside = sum(other.time.start - one.time.end <= _GAP and one.label.code != other.label.code for one, other in pairwise(claims))
    return beside > 0 or sum(reach.kind(each.time.start) == "tally" for each in claims) > 1


def mark_repeats(level: str, statements: Sequence[MinuteStatement], claims: Mapping[int, Claimed], reach: Reach) -> list[MinuteStatement]:
    """Mark the minutes of a service that the note says a second time, as its charge grid does; what disagrees is a repeat too, to be asked about.

    An ordinary word that seemed to be a service with minutes gives way to a tally: its time was dosage.
    """
    if not statements:
        return []
    passages = _passages(level, statements, reach)
    counted: dict[str, list[int]] = {}
    tallies: dict[str, int] = {}  # the first passage in which a service's minutes are a tally's
    out = list(statements)
    for at, each in enumerate(statements):
        if each.kind != "code" or each.code is None or each.restated or not each.performed:
            continue
        passage, tally = passages[at]
        earlier = counted.setdefault(each.code, [])
        if earlier and earlier[-1] == at - 1 and out[at - 1].minutes == each.minutes and _named_again(level, out[at - 1].span.end, each.span.start):
            out[at] = replace(each, restated=True)
            continue
        again = bool(earlier) and passages[earlier[0]][0] < passage
        if not again or not (tally or tallies.get(each.code, passage) < passage):
            earlier.append(at)
            if tally:
                tallies.setdefault(each.code, passage)
            continue
        before = [other for other in earlier if passages[other][0] < passage] if tally else []
        if before and _gives_way([out[other] for other in before], each, claims):
            for other in before:
                out[other] = replace(out[other], kind="dosage", code=None)
            counted[each.code] = [at]
            tallies[each.code] = passage
        else:
            out[at] = replace(each, restated=True)
    return _by_totals(out, counted)


def _named_again(level: str, start: int, end: int) -> bool:
    """Say whether the words between two times of one service make the second the charge for the first ("15 min balance, billed as 97112 15 min")."""
    return end - start <= _GAP and _NAMED_AGAIN.search(level, start, end) is not None


def _gives_way(earlier: Sequence[MinuteStatement], tally: MinuteStatement, claims: Mapping[int, Claimed]) -> bool:
    """Say whether what seemed a service's minutes before is dosage: another sum than the tally's, and claimed by ordinary words alone."""
    return not any(_firm(claims.get(one.span.start)) for one in earlier) and sum(one.minutes for one in earlier) != tally.minutes


def _firm(claimed: Claimed | None) -> bool:
    return claimed is not None and (claimed.label.sure or claimed.label.number or claimed.label.end - claimed.label.start <= _ABBREVIATION)


def _passages(level: str, statements: Sequence[MinuteStatement], reach: Reach) -> list[tuple[int, bool]]:
    """Give each statement the number of its passage, in which services and minutes follow one another, and whether it is a tally."""
    passages: list[tuple[int, bool]] = []
    number, last = 0, None
    sizes: dict[int, set[str | None]] = {}
    cued: dict[int, bool] = {}
    for each in statements:
        if each.kind != "code" or each.code is None:
            passages.append((-1, False))
            continue
        low, high = last.span.end if last else 0, each.span.start
        if last is None or high - low > _GAP or level.count("\n", low, high) > 1 or level.find(". ", low, high) >= 0:
            number += 1
            line = max(0, level.rfind("\n", 0, each.span.start), each.span.start - _LOOK_BACK)
            cued[number] = reach.kind(each.span.start) == "tally" or _CUE.search(level, line, each.span.start) is not None
        sizes.setdefault(number, set()).add(each.code)
        passages.append((number, False))
        last = each
    return [(number, cued.get(number, False) or len(sizes.get(number, ())) > 1) for number, _ in passages]


def _by_totals(statements: list[MinuteStatement], counted: dict[str, list[int]]) -> list[MinuteStatement]:
    """Let a stated total decide whether the same minutes of one service in two places are one."""
    stated = {each.minutes for each in statements if each.kind in ("timed_total", "visit_total")}
    again = [at for at, each in enumerate(statements) if each.restated and each.kind == "code" and each.code in counted and each.by is None]
    if again and stated:
        other = [at for at in again if statements[at].minutes not in {statements[place].minutes for place in counted[statements[at].code or ""]}]
        whole = sum(statements[at].minutes for places in counted.values() for at in places)
        if other and whole not in stated and whole + sum(statements[at].minutes for at in other) in stated:
            for at in other:  # not said again: a second time of the day
                statements[at] = replace(statements[at], restated=False)
            return statements
    whole = sum(statements[at].minutes for places in counted.values() for at in places)
    twice = [at for places in counted.values() for at in places[1:] if statements[at].minutes == statements[places[0]].minutes]
    if twice and stated and whole not in stated and whole - sum(statements[at].minutes for at in twice) in stated:
        for at in twice:
            statements[at] = replace(statements[at], restated=True)
    return statements
