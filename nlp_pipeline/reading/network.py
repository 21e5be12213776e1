"""The tagger's network: word types in a window, widened three times, and what their sentence says as a whole.

The first layer depends on spellings alone, so it is a table with a row for each spelling; only the narrow layers are computed for each token.
"""

from collections.abc import Mapping, Sequence
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

Weights = Mapping[str, Floats]


def scaled(hidden: Floats) -> tuple[Floats, Floats]:
    """Bring each token's vector to unit mean square; gives the vectors and the factor of each."""
    factor: Floats = 1 / np.sqrt(np.einsum("ij,ij->i", hidden, hidden) / hidden.shape[1] + _LITTLE)
    return hidden * factor[:, None], factor


def pooled(hidden: Floats, batch: TokenBatch) -> tuple[Floats, Ints]:
    """Give each sentence's mean and largest values side by side, and the place where each sentence begins."""
    begins = np.flatnonzero(np.diff(batch.sentence, prepend=-1))
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

    def run(self, batch: TokenBatch, table: Floats) -> Floats:
        """Tag a batch; `table` holds the first layer of every word type."""
        weights, real = self.weights, batch.real[:, None]
        size = len(batch.types)
        hidden = np.repeat(weights["first_bias"][None], size, axis=0)
        context = weights["gazetteer"][:, batch.gazetteer] * real
        words = np.where(batch.real, batch.types, -1)
        for place in range(OFFSETS):
            shift = place - WINDOW
            into, source = _shifted(size, shift)
            seen = words[source]
            hidden[into] += np.where((seen >= 0)[:, None], table[seen, place], 0)
            if abs(shift) <= 1:
                hidden[into] += context[shift + 1][source]
        hidden += weights["section"][batch.section]
        hidden = scaled(np.maximum(hidden, 0))[0] * real
        for layer, apart in enumerate(DILATIONS):
            kernel = weights["wide"][layer]
            sums = hidden @ kernel[1] + weights["wide_bias"][layer]
            sums[apart:] += hidden[:-apart] @ kernel[0]
            sums[:-apart] += hidden[apart:] @ kernel[2]
            hidden = scaled(hidden + np.maximum(sums, 0))[0] * real
        sentence, begins = pooled(hidden, batch)
        said = np.maximum(sentence @ weights["pool"] + weights["pool_bias"], 0)
        hidden = hidden + np.repeat(said, np.diff(np.append(begins, size)), axis=0)
        scores = hidden @ weights["out"] + weights["out_bias"]
        return np.concatenate([log_shares(scores[:, part]) for part in (SPANS, STATES, EVIDENCE)], axis=1)


def _shifted(size: int, shift: int) -> tuple[slice, slice]:
    """Give the rows that receive and the rows that are seen when looking `shift` words on."""
    return slice(max(0, -shift), size - max(0, shift)), slice(max(0, shift), size - max(0, -shift))
