"""The tagger's network: word types in a window, widened three times, and what their sentence says as a whole.

The first layer depends on spellings alone, so it is a table with a row for each spelling; only the narrow layers are computed for each token.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from nlp_pipeline.reading.batch import TokenBatch
from nlp_pipeline.reading.words import AFFIXES, Floats, Ints, WordVectors, affixes_of, normal, shape_of
from nlp_pipeline.records.facts import ELEMENTS, STATUSES

WINDOW = 2  # words to either side that the first layer sees
OFFSETS = 2 * WINDOW + 1
DILATIONS = (1, 2, 4)  # how far apart the three words are that each further layer sees
SPAN_LABELS = 3  # outside, begins, goes on
EVIDENCE_LABELS = 1 + 2 * len(ELEMENTS)
OUTPUTS = SPAN_LABELS + len(STATUSES) + EVIDENCE_LABELS
SPANS = slice(0, SPAN_LABELS)
STATES = slice(SPAN_LABELS, SPAN_LABELS + len(STATUSES))
EVIDENCE = slice(SPAN_LABELS + len(STATUSES), OUTPUTS)
_LITTLE = np.float32(1e-6)
_STRETCH = 2048  # tokens that go through the network together

Weights = Mapping[str, Floats]


def scaled(hidden: Floats) -> tuple[Floats, Floats]:
    """Bring each token's vector to unit mean square; gives the vectors and the factor of each."""
    factor: Floats = 1 / np.sqrt(np.einsum("ij,ij->i", hidden, hidden) / hidden.shape[1] + _LITTLE)
    return hidden * factor[:, None], factor


def pooled(hidden: Floats, sentences: Ints) -> tuple[Floats, Ints]:
    """Give each sentence's mean and largest values side by side, and the place where each sentence begins."""
    begins = np.flatnonzero(np.diff(sentences, prepend=-1))
    counts = np.diff(np.append(begins, len(hidden))).astype(np.float32)
    mean = np.add.reduceat(hidden, begins, axis=0) / counts[:, None]
    return np.concatenate([mean, np.maximum.reduceat(hidden, begins, axis=0)], axis=1), begins.astype(np.int32)


def log_shares(values: Floats) -> Floats:
    """Turn scores into log-probabilities along the last axis."""
    shifted = values - values.max(axis=-1, keepdims=True)
    shares: Floats = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return shares


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words with a vector of their own, and the pieces that give every other word one."""

    words: Mapping[str, int]
    vectors: WordVectors

    def features(self, spellings: Sequence[str]) -> tuple[Ints, Ints, Ints, Floats]:
        """Give for each spelling: word number (0 unknown), affix buckets, shape, meaning."""
        normals = [normal(each) for each in spellings]
        words = np.array([self.words.get(each, 0) for each in normals], np.int32)
        affixes = np.array([affixes_of(each) for each in normals], np.int32).reshape(len(normals), AFFIXES)
        shapes = np.array([shape_of(each) for each in spellings], np.int32)
        meanings = np.array([self.vectors.of(each) for each in normals], np.float32).reshape(len(normals), self.vectors.vectors.shape[1])
        return words, affixes, shapes, meanings


class Network:
    """Trained weights, run with numpy. Gives log-probabilities, one row a token: spans, states, evidence (see the slices above)."""

    def __init__(self, weights: Weights, vocabulary: Vocabulary) -> None:
        self.weights, self.vocabulary = weights, vocabulary
        self.width = weights["first"].shape[-1]

    def first_layer(self, spellings: Sequence[str]) -> Floats:
        """Work out the first layer's share of each spelling at every offset of the window: (n, offsets, width)."""
        words, affixes, shapes, meanings = self.vocabulary.features(spellings)
        weights = self.weights
        known = np.concatenate(
            [weights["word"][words], *(weights["affix"][k][affixes[:, k]] for k in range(AFFIXES)), weights["shape"][shapes], meanings], axis=1
        )
        table: Floats = np.einsum("nd,odh->noh", known, weights["first"], optimize=True)
        return table

    def run(self, batch: TokenBatch, rows: Floats) -> Floats:
        """Tag a batch; the first columns of `rows`, one row a word type, are the first layer (offset by offset).

        Notes go through in stretches small enough to stay in the processor's cache.
        """
        size = len(batch.types)
        shares = np.empty((size, OUTPUTS), np.float32)
        for begin, end in _stretches(batch, size):
            shares[begin:end] = self._run(batch, slice(begin, end), rows)
        return shares

    def _run(self, batch: TokenBatch, part: slice, rows: Floats) -> Floats:
        weights, real = self.weights, batch.real[part, None].astype(np.float32)
        hidden = self._first(batch, part, rows, real)
        for layer, apart in enumerate(DILATIONS):
            kernel = weights["wide"][layer]
            sums = hidden @ kernel[1]
            sums += weights["wide_bias"][layer]
            sums[apart:] += hidden[:-apart] @ kernel[0]
            sums[:-apart] += hidden[apart:] @ kernel[2]
            hidden += np.maximum(sums, 0, out=sums)
            _scale(hidden, real)
        sentence, begins = pooled(hidden, batch.sentence[part])
        said = sentence @ weights["pool"]
        said += weights["pool_bias"]
        hidden += np.repeat(np.maximum(said, 0), np.diff(np.append(begins, len(hidden))), axis=0)
        scores = hidden @ weights["out"]
        scores += weights["out_bias"]
        for columns in (SPANS, STATES, EVIDENCE):
            scores[:, columns] = log_shares(scores[:, columns])
        return scores

    def _first(self, batch: TokenBatch, part: slice, rows: Floats, real: Floats) -> Floats:
        """Add up what each word of the window brings, then the known phrases and the section."""
        weights, width = self.weights, self.width
        seen = rows[batch.types[part], : OFFSETS * width]
        seen *= real
        marks = weights["gazetteer"][:, batch.gazetteer[part]]
        marks *= real
        hidden = weights["section"][batch.section[part]]
        hidden += weights["first_bias"]
        for place in range(OFFSETS):
            shift = place - WINDOW
            into, source = _shifted(len(hidden), shift)
            hidden[into] += seen[source, place * width : (place + 1) * width]
            if abs(shift) <= 1:
                hidden[into] += marks[shift + 1, source]
        np.maximum(hidden, 0, out=hidden)
        _scale(hidden, real)
        return hidden


def _scale(hidden: Floats, real: Floats) -> None:
    """Do in place what `scaled` does, and clear the padding."""
    factor = np.einsum("ij,ij->i", hidden, hidden)
    factor /= hidden.shape[1]
    factor += _LITTLE
    hidden *= real / np.sqrt(factor)[:, None]


def _stretches(batch: TokenBatch, size: int) -> Iterator[tuple[int, int]]:
    """Cut the row between notes into stretches of about _STRETCH tokens."""
    begin = 0
    for edge in [*batch.first[1:].tolist(), size]:
        if edge - begin >= _STRETCH or edge == size:
            yield begin, edge
            begin = edge


def _shifted(size: int, shift: int) -> tuple[slice, slice]:
    """Give the rows that receive and the rows that are seen when looking `shift` words on."""
    return slice(max(0, -shift), size - max(0, shift)), slice(max(0, shift), size - max(0, -shift))
