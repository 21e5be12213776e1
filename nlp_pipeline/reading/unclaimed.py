"""Settle the times that no service label claims: a block's own minutes, an intervention's, the visit's, or a dosage."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from nlp_pipeline.reading.antecedents import Antecedents
from nlp_pipeline.reading.circumstances import elsewhere, idle_row
from nlp_pipeline.reading.clock import Interval
from nlp_pipeline.reading.services import Reaches, is_one_activity
from nlp_pipeline.reading.times import Expression
from nlp_pipeline.records.facts import Block, Intervention, MinuteStatement, Reason, Status
from nlp_pipeline.records.note import Span

_CLOSES = re.compile(
    r"(?:[ ]?\([^()\n]{0,16}\))?[ )\]\"]*(?:(?:in all|altogether|total|each|together|1:1|one[ -]on[ -]one)[ ]*)?(?:[.;:\n|)/]|\Z|,[ ]|of[ ]|"
    r"because|since|with|at the end|in[ ])"
)
_ENDS = re.compile(r"[ )\]\"]*(?:(?:in all|altogether|total|together|1:1|one[ -]to[ -]one|one[ -]on[ -]one)[ ]*)?(?:[.;\n|)]|\Z)")
_APART = re.compile(r"(?:[,;:.(=\-|]|\b(?:for|total|together|in all|was|took|x|subtotal|came to|of))[ ]*\Z|\n[ >*\-]*\Z")
_ALONE = re.compile(r"(?:\A|\n|[.!?;|][ ]|[)\]][ ]?)[ >*\-~:(\"]*\Z")
_ITEMS = re.compile(r"[,;\n]|[.][ ]")
_SENTENCE = re.compile(r"\n|[.;](?=[ ])")
_ENTRY = re.compile(r"(?:in|out|start|stop|seen|time|from|visit|session|treatment|tx|began|arriv\w*)\b[^\n.;]{0,14}\Z")
_ROW_START = re.compile(r"(?:\A|\n|[.][ ]from[ ])[ >*\-~#(\[|]*(?:(?:am|pm)[ :]*)?\Z")
_CELL = re.compile(r"(?:[|]|[ ]{2,}|[(:-])[ ]*\Z")
_OF_STATUS: dict[Status, Reason] = {"planned": "plan", "home": "home", "past": "history", "negated": "not_furnished", "other": "history"}
_WORD = re.compile(r"[a-z]{3}")
_MOMENT = re.compile(r"\b(?:at|by)[ ](?:about[ ]|around[ ]|the[ ]|just[ ])?(?:\d+[ ]?(?:s|m)[a-z]*(?:,|,?[ ]and|/)[ ]?)*\Z")
_METRES = re.compile(r"\d+[ ]m[ ](?:off|away|apart|ahead|behind|high|wide|long|walk|line|distance|course|path|hall|carry|sprint|run|shuttle|x)\b")
_NAMES = re.compile(r"'[ ][a-z]|(?<=-minute)[ ][a-z]|(?<=-min)[ ][a-z]")  # "ten minutes' pencil lines", "ten-minute walk"
_COMMA = re.compile(r",[ ](?:total[ ]|for[ ]|x[ ]?)?\Z")
_MOST_OF = 0.6
_SHORTEST, _SHORTEST_VISIT, _NEAR, _TRAIL = 3, 8, 40, 4
_LONGEST = 90  # of one activity; more than this beside one is wear, tolerance, sleep


class Setting(NamedTuple):
    """What the unclaimed times of a note stand among."""

    level: str
    blocks: Sequence[Block]
    reaches: Reaches
    interventions: Sequence[Intervention]
    claimed: Sequence[MinuteStatement]
    tallied: bool


def settle_unclaimed(rest: Sequence[Expression | Interval], setting: Setting, reasons: dict[int, Reason]) -> list[MinuteStatement]:
    """Settle each remaining time; what stands beside words of rest, home, history or a test is passed over, its reason kept by where it starts."""
    if not rest:
        return []
    coded = {each.code for each in setting.claimed if each.code}
    by_block: dict[str, list[Expression]] = {}
    free: list[Expression] = []
    closed: dict[str, int] = {}
    settled = list(_clocks([each for each in rest if isinstance(each, Interval)], setting))
    for each in rest:
        if isinstance(each, Interval):
            continue
        if reason := _passed_over(setting, each):
            reasons[each.start] = reason
            continue
        block = setting.reaches.at(each.start)
        if block and block.stated_code not in coded and each.start >= closed.get(block.id, each.end):
            block = None  # the block's own minutes stood as a sentence before
        (by_block.setdefault(block.id, []) if block else free).append(each)
        if block and each.unit != "second" and each.minutes >= _SHORTEST and _is_sentence(setting.level, each):
            closed.setdefault(block.id, each.end)
    closing = _all_close(setting.level, [(block, by_block[block.id]) for block in setting.blocks if block.id in by_block])
    for block in setting.blocks:
        if block.id in by_block:
            settled += _of_block(setting, block, by_block[block.id], block.stated_code in coded, closing)
    settled += _of_interventions(setting, free, closed)
    if not any(each.kind in ("visit_total", "timed_total") for each in setting.claimed):
        settled += _of_visit(setting.level, free, settled)
    return settled


def _passed_over(setting: Setting, time: Expression) -> Reason | None:
    """Say why a time is no treatment's; right after an intervention that was performed only the words between them and behind count."""
    at = bisect_right(setting.interventions, time.start, key=_start) - 1
    before = setting.interventions[at] if at >= 0 else None
    if before is None or not -_NEAR < before.span.end - time.start <= 0 or _SENTENCE.search(setting.level, before.span.end, time.start):
        return "restated" if setting.level.endswith("same ", 0, time.start) else elsewhere(setting.level, time.start, time.end)
    return _OF_STATUS.get(before.status) or elsewhere(setting.level, time.start, time.end, before.span.end)


def _clocks(clocks: Sequence[Interval], setting: Setting) -> Iterator[MinuteStatement]:
    """Give a clock interval in a row to the intervention in that row, where the note has several such rows; else it is the visit's."""
    rows = [each for each in clocks if _ROW_START.search(setting.level, max(0, each.start - 12), each.start)]
    owners = {each.start: _next_in_line(setting, each.end) for each in rows} if len(rows) > 1 else {}
    if len(rows) < len(clocks) > 1:
        inside = {each.start: _before_in_line(setting, each) for each in clocks if each not in rows}
        known = sum(each.kind == "start_stop" for each in setting.claimed) + sum(owner is not None for owner in inside.values())
        owners |= inside if known > 1 else {}
    for each in clocks:
        span, ends = Span(each.start, each.end, ""), (each.opens, each.closes)
        owner = owners.get(each.start)
        if owner is not None:
            yield MinuteStatement(span, each.minutes, "start_stop", owner=owner, clock=ends)
        elif len(clocks) > 1 and idle_row(setting.level, each.start):
            continue
        elif _ENTRY.search(setting.level, max(0, each.start - 30), each.start) or not (each.loose or elsewhere(setting.level, each.start, each.end)):
            yield MinuteStatement(span, each.minutes, "start_stop", clock=ends)


def _next_in_line(setting: Setting, at: int) -> int | None:
    line = setting.level.find("\n", at)
    line = len(setting.level) if line < 0 else line
    low, high = (bisect_left(setting.interventions, place, key=_start) for place in (at, line))
    return next((index for index in range(low, high) if setting.interventions[index].status == "performed"), None)


def _before_in_line(setting: Setting, clock: Interval) -> int | None:
    """Find the last intervention before a clock interval in the row of a table."""
    line = setting.level.rfind("\n", 0, clock.start) + 1
    if not _CELL.search(setting.level, line, clock.start):
        return None
    low, high = (bisect_left(setting.interventions, place, key=_start) for place in (line, clock.start))
    return next((index for index in reversed(range(low, high)) if setting.interventions[index].status == "performed"), None)


def _start(each: Intervention) -> int:
    return each.span.start


def _of_block(setting: Setting, block: Block, times: Sequence[Expression], has_own: bool, closing: bool) -> Iterator[MinuteStatement]:
    """Find a block's own minutes at its end, or each exercise's where most carry their own; the others are dosage."""
    long = [each for each in times if each.unit != "second" and not each.vague and not _is_point(setting.level, each)]
    own = {each.start for each in ([] if has_own or not long else long if closing else _own(setting, block, long))}
    for each in times:
        counts = each.start in own
        yield MinuteStatement(Span(each.start, each.end, ""), each.minutes, "code" if counts else "dosage", block.stated_code if counts else None)


def _all_close(level: str, groups: Sequence[tuple[Block, Sequence[Expression]]]) -> bool:
    """Say whether every block with a time has just one, at its very end: the note writes its minutes behind each block."""
    return len(groups) > 1 and all(
        len(times) == 1 and times[0].minutes >= _SHORTEST and _ENDS.match(level, times[0].end) and block.end - times[0].end <= _TRAIL for block, times in groups
    )


def _own(setting: Setting, block: Block, long: Sequence[Expression]) -> Sequence[Expression]:
    level, last = setting.level, long[-1]
    low, high = (bisect_left(setting.interventions, place, key=_start) for place in (block.header.end, block.end))
    items = sum(setting.interventions[index].status == "performed" for index in range(low, high)) or 1 + len(_ITEMS.findall(level, block.header.end, last.end))
    ends = _ENDS.match(level, last.end) is not None
    if len(long) > 2 and last.minutes == sum(each.minutes for each in long[:-1]):  # "bike 10 min, stretches 5 min = 15 min"
        return [last]
    apart = _APART.search(level, max(0, last.start - 16), last.start) is not None
    if ends and apart and len(long) > 1 and last.minutes >= _SHORTEST and _is_of_all(setting, low, high, long):
        return [last]
    if len(long) >= max(2, _MOST_OF * items) and not _ALONE.search(level, max(0, last.start - 16), last.start):
        return long
    if ends and last.minutes >= _SHORTEST and (apart or items == 1 or is_one_activity(block.stated_code)):
        return [last]
    return []


def _is_of_all(setting: Setting, low: int, high: int, long: Sequence[Expression]) -> bool:
    """Say whether the last time of a block is not its last activity's: that one has its own, or the times before stand inside the words of activities."""
    level, before, last = setting.level, long[-2], long[-1]
    begun = [each.span.start for each in setting.interventions[low:high] if each.status == "performed"]
    if not _WORD.search(level, before.end, last.start):  # "12 min, 12 min"
        return False
    if begun and not any(before.end <= start < last.start for start in begun):
        return True
    told_apart = [_COMMA.search(level, max(0, each.start - 8), each.start) is not None and not _NAMES.match(level, each.end) for each in long]
    return told_apart[-1] and not any(told_apart[:-1])  # "arm bike 5 min forward, 5 back, quad sets, 21 min"


def _is_point(level: str, time: Expression) -> bool:
    """Say whether a time is a moment ("stopped at six minutes"), a difference ("down by an hour"), or metres."""
    return _MOMENT.search(level, max(0, time.start - _NEAR), time.start) is not None or _METRES.match(level, time.start) is not None


def _of_interventions(setting: Setting, times: Sequence[Expression], closed: Mapping[str, int]) -> Iterator[MinuteStatement]:
    """Give the times outside every block to the interventions that they speak of, if most interventions there have one; else codes and totals must tell."""
    if not times:
        return
    outside = [index for index, each in enumerate(setting.interventions) if each.status == "performed" and _is_outside(setting, each, closed)]
    level = setting.level
    antecedents = Antecedents(level, setting.interventions, outside)
    groups: list[tuple[Expression, Sequence[int], bool]] = []
    covered: set[int] = set()
    floor = 0
    said = [(each.span.start, each.span.end, None) for each in setting.claimed if each.kind == "code"]
    for start, end, time in sorted([*said, *((each.start, each.end, each) for each in times)], key=lambda each: each[0]):
        group, closes = antecedents.of(start, end, floor)
        if time is None or _counts(level, time):
            floor = end
            covered.update(group)
        if time and group:
            groups.append((time, group, closes))
    most = not setting.tallied and outside and len(covered) >= _MOST_OF * len(outside)
    alone = len([time for time, *_ in groups if _counts(level, time)]) == 1 and not any(each.kind == "code" for each in setting.claimed)
    for time, group, closes in groups:
        span, owner, others = Span(time.start, time.end, ""), group[-1], tuple(group[:-1])
        if not _counts(level, time) or (closes and not _CLOSES.match(setting.level, time.end)):
            yield MinuteStatement(span, time.minutes, "dosage")
        elif alone and others and _is_sentence(setting.level, time):
            yield MinuteStatement(span, time.minutes, "visit_total")
        else:
            yield MinuteStatement(span, time.minutes, "code", owner=owner, others=others, firm=bool(most))


def _is_outside(setting: Setting, each: Intervention, closed: Mapping[str, int]) -> bool:
    """Say whether an intervention stands in no block, or behind the sentence that closed its block."""
    block = setting.reaches.at(each.span.start)
    return block is None or each.span.start >= closed.get(block.id, len(setting.level))


def _is_sentence(level: str, time: Expression) -> bool:
    return _ALONE.search(level, max(0, time.start - 16), time.start) is not None and _ENDS.match(level, time.end) is not None


def _counts(level: str, time: Expression) -> bool:
    return not _is_point(level, time) and time.unit != "second" and not time.vague and _SHORTEST <= time.minutes <= _LONGEST


def _of_visit(level: str, times: Sequence[Expression], settled: Sequence[MinuteStatement]) -> Iterator[MinuteStatement]:
    """Take a time that is a sentence of its own for the length of the visit."""
    used = {each.span.start for each in settled if each.kind == "code"}
    for each in times:
        if _is_sentence(level, each) and each.start not in used and each.unit != "second" and each.minutes >= _SHORTEST_VISIT:
            yield MinuteStatement(Span(each.start, each.end, ""), each.minutes, "visit_total")
            return
