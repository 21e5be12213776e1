"""A batch of notes as arrays: one long row of tokens, notes apart by padding, so that a window never reaches into a neighbour."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from spacy.attrs import IDX, LENGTH, ORTH
from spacy.tokens import Doc

from nlp_pipeline.reading.gazetteer import Gazetteer
from nlp_pipeline.reading.sections import KINDS, find_sections
from nlp_pipeline.reading.words import BLANK, BREAK, CAPITAL, STOP, Ints, WordTypes, spelling

PADDING = 4  # tokens between two notes; no window or dilation reaches further
TEXT = "text"  # where a doc keeps the text it was made from: spaCy would put it together again token by token
SECTIONS = 2 * len(KINDS)  # a section's body, and its heading itself


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


def token_batch(docs: Sequence[Doc], types: WordTypes, gazetteers: Sequence[Gazetteer]) -> TokenBatch:
    """Lay docs end to end; a gazetteer is given for each doc (training leaves out the phrases of a note's own author)."""
    parts = [doc.to_array([ORTH, IDX, LENGTH]) for doc in docs]
    tokens = np.concatenate(parts) if parts else np.zeros((0, 3), np.uint64)
    numbers = types.number(tokens[:, 0], spelling(docs[0])) if len(tokens) else np.zeros(0, np.int32)
    kept = (types.marks[numbers] & BLANK) == 0
    sizes = np.add.reduceat(np.append(kept, 0), np.cumsum([0, *map(len, parts)])[:-1]) if len(tokens) else np.zeros(len(parts), np.int64)
    sizes[[not len(part) for part in parts]] = 0
    first = PADDING + np.cumsum(sizes + PADDING) - sizes - PADDING
    real = np.zeros(int((sizes + PADDING).sum()) + PADDING, bool)
    columns = np.zeros((6, len(real)), np.int32)
    for start, size in zip(first.tolist(), sizes.tolist(), strict=True):
        real[start : start + size] = True
    columns[0, real] = numbers[kept]
    columns[1, real] = tokens[kept, 1]
    columns[2, real] = tokens[kept, 1] + tokens[kept, 2]
    columns[5, real] = np.concatenate([np.arange(len(part)) for part in parts])[kept] if parts else 0
    normals = np.array([*types.normals, ""], object)[np.where(real, columns[0], len(types.normals))].tolist()
    for doc, gazetteer, start, size in zip(docs, gazetteers, first.tolist(), sizes.tolist(), strict=True):
        columns[3, start : start + size] = gazetteer.tag(normals[start : start + size])
        columns[4, start : start + size] = _sections(doc.user_data.get(TEXT) or doc.text, columns[1, start : start + size])
    sentence = _sentences(columns, types.marks, real)
    return TokenBatch(columns[0], columns[1], columns[2], real, sentence, columns[3], columns[4], _int(first), _int(first + sizes), normals, columns[5])


def _int(numbers: NDArray[np.int64]) -> Ints:
    return numbers.astype(np.int32)


def _sentences(columns: Ints, marks: NDArray[np.uint8], real: NDArray[np.bool_]) -> Ints:
    """Give each token the number of its sentence: one ends after a line break, after a full stop that a capital follows, and where a note ends."""
    mark = np.where(real, marks[columns[0]] if len(marks) else 0, 0)
    apart = columns[1][1:] > columns[2][:-1]
    ends = ((mark[:-1] & BREAK) > 0) | (((mark[:-1] & STOP) > 0) & ((mark[1:] & CAPITAL) > 0) & apart) | (real[1:] != real[:-1])
    return np.concatenate([[0], np.cumsum(ends)]).astype(np.int32)


def _sections(text: str, starts: Ints) -> Ints:
    """Give each token the number of the section it stands in; a heading's own tokens have the second half of the numbers."""
    marks = np.zeros(len(starts), np.int32)
    for section in find_sections(text):
        kind = KINDS.index(section.kind)
        begin, body = np.searchsorted(starts, (section.start, section.end))
        marks[begin:body] = kind + len(KINDS)
        marks[body:] = kind
    return marks
