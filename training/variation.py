"""Vary marked notes without changing what is right: other words for the activities, more lines, other case, other signs.

An activity that is swapped for one from another hand keeps its place, its status and the marks around it, so that the network
learns to read the surroundings and not a list of names.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from training.corpus import UNSAID, MarkedNote, Phrase
from training.framing import FramingRecipe, Lent, framed

_SIGNS = re.compile(r"(?<=[A-Za-z)]), (?=[A-Za-z])")


@dataclass(frozen=True, slots=True)
class VariationRecipe:
    """How many varied copies of the corpus are made, and how often each change is made."""

    copies: int = 2
    swap: float = 0.5
    lower: float = 0.12
    upper: float = 0.04
    signs: float = 0.15
    seed: int = 5
    framing: FramingRecipe = field(default_factory=FramingRecipe)


@dataclass(frozen=True, slots=True)
class Varied:
    """A varied note, and the author whose phrases it borrowed: that author's phrase list must not help to read it."""

    note: MarkedNote
    lender: str


def varied(notes: Sequence[MarkedNote], phrases: Sequence[Phrase], recipe: VariationRecipe) -> list[Varied]:
    """Make the copies; the same notes, phrases and recipe give the same copies."""
    chance = np.random.default_rng(recipe.seed)
    lists: dict[str, list[Lent]] = {}
    for phrase in phrases:
        if phrase.code != "none":
            lists.setdefault(phrase.author, []).append(Lent(phrase.words, phrase.code))
    for note in notes:
        lists.setdefault(note.author, []).extend(Lent(note.text[each.start : each.end], each.code) for each in note.interventions)
    lenders = sorted(lists)
    made = []
    for _ in range(recipe.copies):
        for note in notes:
            lender = lenders[int(chance.integers(len(lenders)))]
            longer = framed(_swapped(note, lists[lender], recipe.swap, chance), lists[lender], recipe.framing, chance)
            made.append(Varied(_restyled(longer, recipe, chance), lender))
    return made


def _swapped(note: MarkedNote, others: Sequence[Lent], share: float, chance: np.random.Generator) -> MarkedNote:
    """Put other activities in the place of some of a note's own; what code they would have there nobody has said."""
    chosen = {}
    for each in note.interventions:
        if chance.random() < share:
            words = others[int(chance.integers(len(others)))].words
            title = note.text[each.start].isupper() and not note.text[each.start : each.start + 2].isupper()
            chosen[each.start] = (each.end, words[:1].upper() + words[1:] if title else words)
    swapped = rewritten(note, chosen)
    pairs = zip(note.interventions, swapped.interventions, strict=True)
    return replace(swapped, interventions=tuple(replace(after, code=UNSAID) if before.start in chosen else after for before, after in pairs))


def rewritten(note: MarkedNote, changes: dict[int, tuple[int, str]]) -> MarkedNote:
    """Replace stretches (start -> (end, words)) and move every mark along; a mark must hold a stretch whole or not at all."""
    pieces, at, moves = [], 0, [(0, 0)]
    for start, (end, words) in sorted(changes.items()):
        pieces += [note.text[at:start], words]
        moves.append((end, moves[-1][1] + len(words) - (end - start)))
        at = end
    text = "".join([*pieces, note.text[at:]])

    def moved(offset: int) -> int:
        return offset + next(shift for place, shift in reversed(moves) if place <= offset)

    return replace(
        note,
        text=text,
        headers=tuple(replace(each, start=moved(each.start), end=moved(each.end)) for each in note.headers),
        interventions=tuple(replace(each, start=moved(each.start), end=moved(each.end)) for each in note.interventions),
        minutes=tuple(replace(each, start=moved(each.start), end=moved(each.end)) for each in note.minutes),
        elements=tuple(replace(each, start=moved(each.start), end=moved(each.end)) for each in note.elements),
    )


def _restyled(note: MarkedNote, recipe: VariationRecipe, chance: np.random.Generator) -> MarkedNote:
    """Change case, or the signs between listed things; no offset moves."""
    style: Callable[[str], str] | None = None
    draw = chance.random()
    if draw < recipe.lower:
        style = str.lower
    elif draw < recipe.lower + recipe.upper:
        style = str.upper
    elif draw < recipe.lower + recipe.upper + recipe.signs:
        sign = ("; ", "/ ", "+ ")[int(chance.integers(3))]
        style = lambda text: _SIGNS.sub(sign, text)  # noqa: E731
    if style is None:
        return note
    text = style(note.text)
    return replace(note, text=text) if len(text) == len(note.text) else note
