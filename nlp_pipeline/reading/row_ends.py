"""Read minutes that end the rows of a list without a unit ("- suboccipital release ... 10", "[x] ulnar gutter splint 30")."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence

from nlp_pipeline.reading.times import Expression
from nlp_pipeline.records.facts import Intervention, MinuteStatement
from nlp_pipeline.records.note import Span

_PARTED = re.compile(r"(?:[ ]{3,}|[.]{2,}[ ]?|[ ][-=][ ]|[(:|>\[][ ]?|[ ]/[ ])\Z")
_COLUMNS = re.compile(r"[^ \n][ ]{3,}[^ \n]+[^\n]*[ ]{3,}")  # more than one gap: the last column may be anything
_ENDS = re.compile(r"[ )\].;,]*(?:\n|\Z)")
_FEWEST, _MOST_OF, _LEAST, _MOST = 2, 0.6, 3, 60


def find_row_ends(level: str, bare: Sequence[Expression], interventions: Sequence[Intervention], said: Sequence[MinuteStatement]) -> Iterator[MinuteStatement]:
    """Give the number that ends a row to the activities in it, if most rows with activities end so.

    Where only a space stands before the numbers they may be repetitions: they must add up to a total that the note states.
    """
    bare = [each for each in bare if _LEAST <= each.minutes <= _MOST and _ENDS.match(level, each.end)]
    if len(bare) < _FEWEST:
        return
    done = [(each.span.start, index) for index, each in enumerate(interventions) if each.status == "performed"]
    if len(done) < _FEWEST:
        return
    timed = [each.span.start for each in said if each.kind in ("code", "start_stop")]
    rows: dict[int, list[int]] = {}
    for start, index in done:
        rows.setdefault(level.rfind("\n", 0, start) + 1, []).append(index)
    ends: list[tuple[Expression, list[int]]] = []
    for each in bare:
        line = level.rfind("\n", 0, each.start) + 1
        if line in rows:
            inside = [index for index in rows[line] if interventions[index].span.end <= each.start]
            if inside and bisect_left(timed, line) == bisect_right(timed, each.end):
                ends.append((each, inside))
    ends = [pair for pair in ends if not _COLUMNS.search(level, level.rfind("\n", 0, pair[0].start) + 1, pair[0].start)]
    parted = [pair for pair in ends if _PARTED.search(level, max(0, pair[0].start - 4), pair[0].start)]
    totals = {each.minutes for each in said if each.kind in ("timed_total", "visit_total")}
    kept = ends if sum(each.minutes for each, _ in ends) in totals else parted
    if len(kept) >= _FEWEST and len(kept) >= _MOST_OF * len(rows):
        for each, inside in kept:
            yield MinuteStatement(Span(each.start, each.end, ""), each.minutes, "code", owner=inside[-1], others=tuple(inside[:-1]))
