"""What the coder weighs about an intervention: its own words, the words around it, the purpose, the header, the known phrases.

Every feature rests on characters of the note, so that its weight can be shown where it stands. A feature that changes its
meaning needs a new FEATURES name: training takes features from here, and a pack with another name is refused.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from nlp_pipeline.coding.words import COLON, LINE, PURPOSE, Places, WordRow
from nlp_pipeline.records.facts import Intervention

FEATURES = "facts.v1"

AFTER_WORDS = 14  # of the same sentence, up to the next intervention
BEFORE_WORDS = 6
PURPOSE_WORDS = 8  # that follow "to improve", "for", "in order to" …
LABEL_REACH = 60  # words back that the start of a line is looked for
LABEL_WORDS = 8  # from the start of a line to the colon of its label
LETTERS = (3, 4, 5)  # lengths of the letter runs that make unknown words comparable

ROLES: Mapping[str, float] = {
    "inside": 1.0, "pair": 1.0, "letters": 0.3, "first": 1.0, "last": 1.0, "after": 0.7, "after pair": 0.5, "purpose": 1.0, "before": 0.5,
    "just before": 1.0, "sentence": 0.3, "next": 0.15, "label": 0.7, "header": 1.0, "header word": 0.5, "known": 1.0, "settled": 1.0,
}  # fmt: skip
SETTLED = "settled"  # the role of headers that decide by house policy
WHOLE = 1.5  # a known phrase that is all of the intervention counts more than one that is a part

WORD_ROLES = ("inside", "first", "last", "after", "purpose", "before", "just before", "sentence", "next", "label")  # features of single words
PAIR_ROLES = ("pair", "after pair")  # features of a word and the one before it
ONCE_ROLES = ("sentence", "next")  # a word counts once, where it first stands
HEADER_ROLES = ("header", SETTLED)

Columns = Mapping[str, Mapping[str, int]]  # role -> what was observed -> column of the weights
Range = tuple[Places, Places]  # first position and the one after the last, for each intervention


def letter_runs(word: str) -> list[str]:
    """List the letter runs of a word, its edges marked; only longer words made of letters have any.

    >>> letter_runs("tug"), letter_runs("gait")[:3]
    ([], ['^ga', 'gai', 'ait'])
    """
    if len(word) <= LETTERS[0] or not word.isalpha():
        return []
    edged = f"^{word}$"
    return [edged[at : at + length] for length in LETTERS for at in range(len(edged) - length + 1)]


@dataclass(frozen=True, slots=True)
class Look:
    """Where in a row of words each role of each intervention looks; `owners` are the interventions' numbers in the order asked for."""

    owners: Places
    begins: Places
    ends: Places
    ranges: Mapping[str, Range]


def look(row: WordRow, interventions: Sequence[Sequence[Intervention]]) -> Look:
    """Find the words that each role looks at, for the interventions of each text of the row."""
    sizes = [len(each) for each in interventions]
    texts = np.repeat(np.arange(len(sizes)), sizes)
    spans = np.array([(one.span.start, one.span.end) for each in interventions for one in each], np.int64).reshape(len(texts), 2)
    owners = np.flatnonzero(row.firsts[texts + 1] > row.firsts[texts])  # a text without words has nothing to look at
    texts, spans = texts[owners], spans[owners] + row.bases[texts[owners], None]
    begins = np.maximum(row.firsts[texts], np.searchsorted(row.starts, spans[:, 0], "right") - 1)
    ends = np.maximum(begins + 1, np.searchsorted(row.starts, spans[:, 1]))
    limits = np.maximum(ends, _next_begins(row, texts, spans[:, 0]))
    return Look(owners, begins, ends, {**_own(begins, ends), **_around(row, begins, ends, limits, row.firsts[texts + 1]), "label": _label(row, begins, texts)})


def _next_begins(row: WordRow, texts: Places, starts: Places) -> Places:
    """Give the first word of the intervention that comes next in the text, or the text's end."""
    order = np.argsort(starts, kind="stable")
    following = row.firsts[texts + 1]
    same = texts[order[:-1]] == texts[order[1:]]
    following[order[:-1][same]] = np.searchsorted(row.starts, starts[order[1:][same]])
    return following


def _own(begins: Places, ends: Places) -> dict[str, Range]:
    return {
        "inside": (begins, ends),
        "pair": (begins + 1, ends),
        "first": (begins, begins + 1),
        "last": (ends - 1, ends),
        "header word": (begins, ends),
    }


def _around(row: WordRow, begins: Places, ends: Places, limits: Places, text_ends: Places) -> dict[str, Range]:
    low, high = row.low[begins], row.high[begins]
    stop = np.maximum(ends, np.minimum(np.minimum(limits, high), ends + AFTER_WORDS))
    cue = np.minimum(stop, _next_marked(row, PURPOSE, ends))
    beyond = np.where(high < text_ends, row.high[np.minimum(high, len(row.types) - 1)], high)
    return {
        "after": (ends, stop),
        "after pair": (ends + 1, stop),
        "purpose": (cue + 1, np.minimum(stop, cue + 1 + PURPOSE_WORDS)),
        "before": (np.maximum(low, begins - BEFORE_WORDS), begins),
        "just before": (np.maximum(low, begins - 1), begins),
        "sentence": (low, high),
        "next": (high, beyond),
    }


def _label(row: WordRow, begins: Places, texts: Places) -> Range:
    """Look at the words before the first colon of the line ("Tactile: finger paint")."""
    breaks = np.append(-LABEL_REACH, row.marked(LINE))
    line = breaks[np.searchsorted(breaks, begins) - 1]
    above = row.firsts[texts] - 1
    line = np.where(line > np.maximum(above, begins - LABEL_REACH), line, above)
    colon = _next_marked(row, COLON, line + 1)
    return line + 1, np.where(colon < np.minimum(begins, line + LABEL_WORDS), colon, line + 1)


def _next_marked(row: WordRow, mark: int, places: Places) -> Places:
    """Give the first position from each place on that bears a mark, or the end of the row."""
    marked = np.append(row.marked(mark), len(row.types))
    return marked[np.searchsorted(marked, places)]
