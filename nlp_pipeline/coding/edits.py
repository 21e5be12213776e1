"""Try a note without some of its words, or with a purpose that it does not state: the text is edited, and what reading found moves with it."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise

from nlp_pipeline.records.facts import Block, Facts, Intervention
from nlp_pipeline.records.note import Span


@dataclass(frozen=True, slots=True)
class Edit:
    """Stretches to leave out, in the order of the text and apart from one another, and words to set in at a place."""

    without: tuple[tuple[int, int], ...]
    at: int = 0
    words: str = ""


class _Moved:
    """Where each place of a text lies after an edit."""

    def __init__(self, edit: Edit) -> None:
        self._starts = [start for start, _ in edit.without]
        self._stretches = edit.without
        self._gone = [0, *accumulate(end - start for start, end in edit.without)]
        self._at, self._size = edit.at, len(edit.words)

    def place(self, old: int) -> int:
        """Give the new place of an old one; one that is gone lies where its stretch was. Words are set in after what ends at their place."""
        before = bisect_right(self._starts, old)
        gone = self._gone[before]
        if before and old < self._stretches[before - 1][1]:
            gone -= self._stretches[before - 1][1] - old
        return old - gone + (self._size if old > self._at else 0)


def edited(facts: Facts, edit: Edit) -> Facts:
    """Give the facts of the edited note, as far as a coder looks at them: interventions and blocks. A header that is left out heads nothing."""
    text, moved = facts.note.text, _Moved(edit)
    marks = sorted({0, len(text), edit.at, *(place for stretch in edit.without for place in stretch)})
    gone = set(edit.without)
    kept = [("" if (start, end) in gone else text[start:end], end) for start, end in pairwise(marks)]
    told = "".join(piece + (edit.words if end == edit.at else "") for piece, end in kept)
    note = replace(facts.note, text=told)

    def span(old: Span) -> Span:
        return note.span(moved.place(old.start), moved.place(old.end))

    lost = {block.id for block in facts.blocks if (block.header.start, block.header.end) in gone}
    heirs = _heirs(facts.blocks, lost)
    blocks = tuple(_block(block, span(block.header), moved) for block in facts.blocks if block.id not in lost)
    found = tuple(_filed(replace(each, span=span(each.span)), heirs) for each in facts.interventions)
    return replace(facts, note=note, blocks=blocks, interventions=found)


def _block(block: Block, header: Span, moved: _Moved) -> Block:
    return replace(block, header=header, end=moved.place(block.end), start=None if block.start is None else moved.place(block.start))


def _heirs(blocks: Sequence[Block], lost: set[str]) -> dict[str, Block | None]:
    """Say under which header an activity falls when its own is left out: the one whose reach that header ended."""
    heirs: dict[str, Block | None] = {}
    for block in blocks:
        if block.id in lost:
            before = next((each for each in blocks if each.end == block.header.start and each.id not in lost), None)
            heirs[block.id] = before
    return heirs


def _filed(intervention: Intervention, heirs: dict[str, Block | None]) -> Intervention:
    if intervention.block not in heirs:
        return intervention
    heir = heirs[intervention.block]
    stated = heir.stated_code if heir else None
    return replace(intervention, stated_code=stated, block=heir.id if heir and stated else None)
