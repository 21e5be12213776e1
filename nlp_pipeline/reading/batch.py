"""A batch of notes as arrays: one long row of tokens, notes apart by padding, so that a window never reaches into a neighbour."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, groupby
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from nlp_pipeline.reading.gazetteer import Gazetteer
from nlp_pipeline.reading.sections import KINDS, find_sections
from nlp_pipeline.reading.words import BLANK, BREAK, CAPITAL, STOP, Ints, WordTypes, cut

if TYPE_CHECKING:
    from spacy.tokens import Doc

PADDING = 4  # tokens between two notes; no window or dilation reaches further
TEXT = "text"  # where a doc keeps the text it was made from: spaCy would put it together again token by token
SECTIONS = 2 * len(KINDS)  # a section's body, and its heading itself
_NUMBERS = {kind: number for number, kind in enumerate(KINDS)}


@dataclass(frozen=True, slots=True)
class TokenBatch:
    """Tokens of many notes in one row. `real` is false on padding; `sentence` numbers sentences through the whole row.

    `places` are positions among the tokens of the doc itself.
    `first` and `last` give each note's stretch of the row; `starts` and `ends` are character offsets into its own text.
    """

    types: Ints
    starts: Ints
    ends: Ints
    real: NDArray[np.bool_]
    sentence: Ints
    gazetteer: Ints
    section: Ints
    first: Ints
    last: Ints
    normals: Sequence[str]
    places: Ints


def token_batch(docs: "Sequence[Doc]", types: WordTypes, gazetteers: Sequence[Gazetteer]) -> TokenBatch:
    """Lay docs end to end; a gazetteer is given for each doc (training leaves out the phrases of a note's own author)."""
    return text_batch([doc.user_data.get(TEXT) or doc.text for doc in docs], types, gazetteers)


def text_batch(texts: Sequence[str], types: WordTypes, gazetteers: Sequence[Gazetteer]) -> TokenBatch:
    """Lay texts end to end, cut as our docs are."""
    parts = [*map(cut, texts)]
    pieces = types.number([*chain.from_iterable(parts)])
    counts = np.array([*map(len, parts)], np.int64)
    owners, places = np.repeat(np.arange(len(texts)), counts), np.arange(len(pieces))
    bases = _before([*map(len, texts)])
    starts = np.cumsum(pieces[:, 2]) - pieces[:, 2] - bases[owners]
    kept = np.flatnonzero((types.marks[pieces[:, 0]] & BLANK) == 0)
    sizes = np.bincount(owners[kept], minlength=len(texts))
    first = PADDING + _before(sizes + PADDING)
    at = np.arange(len(kept)) + PADDING * (owners[kept] + 1)
    columns = np.zeros((6, len(kept) + PADDING * (len(texts) + 1)), np.int32)
    columns[0, at], columns[1, at] = pieces[kept, 0], starts[kept]
    columns[2, at] = starts[kept] + pieces[kept, 1]
    columns[5, at] = places[kept] - _before(counts)[owners[kept]]
    real = np.zeros(columns.shape[1], bool)
    real[at] = True
    columns[4, at] = _sections(texts, bases, (starts + bases[owners])[kept])
    normals = np.array([*types.normals, ""], object)[np.where(real, columns[0], len(types.normals))].tolist()
    for gazetteer, run in groupby(range(len(texts)), key=gazetteers.__getitem__):
        notes = [*run]
        stretch = slice(int(first[notes[0]]), int(first[notes[-1]] + sizes[notes[-1]]))
        opens = types.among(gazetteer.openings)[columns[0, stretch]] & real[stretch]
        columns[3, stretch] = gazetteer.tag(normals[stretch], np.flatnonzero(opens).tolist())
    sentence = _sentences(columns, types.marks, real)
    return TokenBatch(columns[0], columns[1], columns[2], real, sentence, columns[3], columns[4], _int(first), _int(first + sizes), normals, columns[5])


def _int(numbers: NDArray[np.int64]) -> Ints:
    return numbers.astype(np.int32)


def _before(sizes: Sequence[int] | NDArray[np.int64]) -> NDArray[np.int64]:
    """Say of each part how much lies before it."""
    return np.cumsum(sizes, dtype=np.int64) - np.asarray(sizes, np.int64)


def _sentences(columns: Ints, marks: NDArray[np.uint8], real: NDArray[np.bool_]) -> Ints:
    """Give each token the number of its sentence: one ends after a line break, after a full stop that a capital follows, and where a note ends."""
    mark = np.where(real, marks[columns[0]], 0)
    apart = columns[1][1:] > columns[2][:-1]
    ends = ((mark[:-1] & BREAK) > 0) | (((mark[:-1] & STOP) > 0) & ((mark[1:] & CAPITAL) > 0) & apart) | (real[1:] != real[:-1])
    return np.concatenate([[0], np.cumsum(ends)]).astype(np.int32)


def _sections(texts: Sequence[str], bases: NDArray[np.int64], starts: NDArray[np.int64]) -> Ints:
    """Give each token the number of the section it stands in; a heading's own tokens have the second half of the numbers.

    `bases` and `starts` say where texts and tokens begin in all texts laid end to end.
    """
    edges, marks = [0], [0]
    for text, base in zip(texts, bases.tolist(), strict=True):
        edges.append(base)
        marks.append(0)
        for section in find_sections(text):
            kind = _NUMBERS[section.kind]
            edges[-1] = min(edges[-1], base + section.start)  # a heading may stand within another
            edges += base + section.start, base + section.end
            marks += kind + len(KINDS), kind
    return np.repeat(np.array(marks, np.int32), np.diff(np.searchsorted(starts, edges), append=len(starts)))
