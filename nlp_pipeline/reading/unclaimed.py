"""Settle the times that no service label claims: a block's own minutes, an intervention's, the visit's, or a dosage."""

import re
from collections.abc import Iterator, Sequence

from nlp_pipeline.reading.circumstances import elsewhere
from nlp_pipeline.reading.clock import Interval
from nlp_pipeline.reading.services import block_at
from nlp_pipeline.reading.times import Expression
from nlp_pipeline.records.facts import Block, Intervention, MinuteStatement
from nlp_pipeline.records.note import Span

_CLOSES = re.compile(r"[ )\]\"]*(?:(?:in all|altogether|total|each)[ ]*)?(?:[.;\n|)]|\Z)")
_APART = re.compile(r"(?:[,;:.(=\-|]|\b(?:for|total|together|in all|was|took|x|subtotal|came to|of))[ ]*\Z|\n[ >*\-]*\Z")
_ALONE = re.compile(r"(?:\A|\n|[.!?;|][ ]|[)\]][ ]?)[ >*\-~:(\"]*\Z")
_ITEMS = re.compile(r"[,;\n]|[.][ ]")
_ENTRY = re.compile(r"(?:in|out|start|stop|seen|time|from|visit|session|treatment|tx|began|arriv\w*)\b[^\n.;]{0,14}\Z")
_MOST_OF = 0.6
_SHORTEST = 3


def settle_unclaimed(
    level: str, rest: Sequence[Expression | Interval], claimed: Sequence[MinuteStatement], blocks: Sequence[Block], interventions: Sequence[Intervention]
) -> list[MinuteStatement]:
    """Settle each remaining time; what stands beside words of rest, home, history or a test is passed over."""
    coded = {each.code for each in claimed if each.code}
    settled: list[MinuteStatement] = []
    by_block: dict[str, list[Expression]] = {}
    free: list[Expression] = []
    for each in rest:
        if isinstance(each, Interval):
            settled += _visit_interval(level, each)
        elif not elsewhere(level, each.start, each.end):
            block = block_at(blocks, each.start)
            (by_block.setdefault(block.id, []) if block else free).append(each)
    for block in blocks:
        if block.id in by_block:
            settled += _of_block(level, block, by_block[block.id], block.stated_code in coded, interventions)
    settled += _of_interventions(level, free, interventions, bool(coded))
    if not any(each.kind == "visit_total" for each in claimed):
        settled += _of_visit(level, free, settled)
    return settled


def _visit_interval(level: str, clock: Interval) -> Iterator[MinuteStatement]:
    entered = _ENTRY.search(level, max(0, clock.start - 30), clock.start) is not None
    if entered or not (clock.loose or elsewhere(level, clock.start, clock.end)):
        yield MinuteStatement(Span(clock.start, clock.end, ""), clock.minutes, "start_stop", clock=(clock.opens, clock.closes))


def _of_block(level: str, block: Block, times: Sequence[Expression], has_own: bool, interventions: Sequence[Intervention]) -> Iterator[MinuteStatement]:
    """Find a block's own minutes at its end, or each exercise's where most carry their own; the others are dosage."""
    long = [each for each in times if each.unit != "second" and not each.vague]
    own: list[Expression] = []
    if long and not has_own:
        inside = [each for each in interventions if block.header.end <= each.span.start < block.end and each.status == "performed"]
        items = len(inside) or 1 + len(_ITEMS.findall(level, block.header.end, long[-1].end))
        last = long[-1]
        closing = _CLOSES.match(level, last.end) is not None and _APART.search(level, max(0, last.start - 16), last.start) is not None
        if len(long) >= max(2, _MOST_OF * items) and not _ALONE.search(level, max(0, last.start - 16), last.start):
            own = long
        elif closing and last.minutes >= _SHORTEST:
            own = [last]
    for each in times:
        kind = "code" if each in own else "dosage"
        yield MinuteStatement(Span(each.start, each.end, ""), each.minutes, "code" if kind == "code" else "dosage", block.stated_code if kind == "code" else None)


def _of_interventions(level: str, times: Sequence[Expression], interventions: Sequence[Intervention], has_codes: bool) -> Iterator[MinuteStatement]:
    """Give a time outside every block to the intervention that it follows; a note with minutes by service has only dosage left."""
    floor = 0
    for each in times:
        owner = _owner(level, each, interventions, floor)
        floor = each.end
        if owner is None:
            continue
        if each.unit == "second" or each.vague or each.minutes < _SHORTEST or (has_codes and not _CLOSES.match(level, each.end)):
            yield MinuteStatement(Span(each.start, each.end, ""), each.minutes, "dosage")
        elif interventions[owner].status == "performed":
            yield MinuteStatement(Span(each.start, each.end, ""), each.minutes, "code", owner=owner)


def _owner(level: str, time: Expression, interventions: Sequence[Intervention], floor: int) -> int | None:
    """Find the intervention that a time follows in its own sentence or row, with no other time between."""
    low = max(floor, level.rfind("\n", 0, time.start) + 1)
    for index in range(len(interventions) - 1, -1, -1):
        span = interventions[index].span
        if span.start < time.start and span.end > low:
            return index if ". " not in level[min(span.end, time.start) : time.start] or time.start - span.end < 4 else None
    return None


def _of_visit(level: str, times: Sequence[Expression], settled: Sequence[MinuteStatement]) -> Iterator[MinuteStatement]:
    """Take a time that is a sentence of its own for the length of the visit."""
    used = {each.span.start for each in settled}
    for each in times:
        if each.start not in used and each.unit != "second" and each.minutes >= 8 and _ALONE.search(level, max(0, each.start - 16), each.start) and _CLOSES.match(level, each.end):
            yield MinuteStatement(Span(each.start, each.end, ""), each.minutes, "visit_total")
            return
