"""The tagger's network: word types in a window, widened three times, and what their sentence says as a whole.

The first layer depends on spellings alone, so it is a table with a row for each spelling; only the narrow layers are computed for each token.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.linalg.blas import sgemm

from nlp_pipeline.reading.batch import SECTIONS, TokenBatch
from nlp_pipeline.reading.gazetteer import MARKS
from nlp_pipeline.reading.words import AFFIXES, Floats, Ints, WordVectors, affixes_of, distinct, normal, shape_of
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
_LONG = 24  # tokens of a sentence that is pooled by itself

Weights = Mapping[str, Floats]


def scaled(hidden: Floats) -> tuple[Floats, Floats]:
    """Bring each token's vector to unit mean square; gives the vectors and the factor of each."""
    factor: Floats = 1 / np.sqrt(np.einsum("ij,ij->i", hidden, hidden) / hidden.shape[1] + _LITTLE)
    return hidden * factor[:, None], factor


def pooled(hidden: Floats, sentences: Ints) -> tuple[Floats, Ints]:
    """Give each sentence's mean and largest values side by side, and the place where each sentence begins."""
    begins = np.flatnonzero(np.diff(sentences, prepend=-1))
    counts = np.diff(np.append(begins, len(hidden)))
    shares = np.repeat(1 / counts.astype(np.float32), counts)
    means = sparse.csr_array((shares, np.arange(len(hidden)), np.append(begins, len(hidden))), shape=(len(begins), len(hidden))) @ hidden
    return np.concatenate([means, _largest(hidden, begins, counts)], axis=1), begins.astype(np.int32)


def _largest(hidden: Floats, begins: NDArray[np.intp], counts: NDArray[np.intp]) -> Floats:
    """Give the largest values of each sentence: word by word for all sentences at once, the few long ones one by one."""
    order = np.argsort(-counts, kind="stable")
    top = hidden[begins[order]]
    long = int(np.searchsorted(-counts[order], -_LONG))
    for row, sentence in enumerate(order[:long].tolist()):
        hidden[begins[sentence] : begins[sentence] + counts[sentence]].max(axis=0, out=top[row])
    first, size = begins[order[long:]], counts[order[long:]]
    for place in range(1, int(size[0]) if len(size) else 0):
        held = int(np.searchsorted(-size, -place))
        np.maximum(top[long : long + held], hidden[first[:held] + place], out=top[long : long + held])
    largest = np.empty_like(top)
    largest[order] = top
    return largest


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
        forms, which = distinct(map(normal, spellings))
        words = np.array([self.words.get(each, 0) for each in forms], np.int32)
        affixes = np.array([*map(affixes_of, forms)], np.int32).reshape(len(forms), AFFIXES)
        shapes = np.array([*map(shape_of, spellings)], np.int32)
        return words[which], affixes[which], shapes, self.vectors.table(forms)[which]


class Network:
    """Trained weights, run with numpy. Gives log-probabilities, one row a token: spans, states, evidence (see the slices above)."""

    def __init__(self, weights: Weights, vocabulary: Vocabulary) -> None:
        self.weights, self.vocabulary = weights, vocabulary
        self.width = weights["first"].shape[-1]
        self._plain = _plain_rows(weights)

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
        """Tag a batch; `rows`, one row a word type, are the first layer (offset by offset).

        Notes go through in stretches small enough to stay in the processor's cache.
        """
        size = len(batch.types)
        shares = np.empty((OUTPUTS, size), np.float32)  # a label's shares lie in one piece
        for begin, end in _stretches(batch, size):
            scores = self._run(batch, slice(begin, end), rows)
            for labels in (SPANS, STATES, EVIDENCE):
                shares[labels, begin:end] = log_shares(scores[labels].T).T
        return shares.T

    def _run(self, batch: TokenBatch, part: slice, rows: Floats) -> Floats:
        """Score a stretch: (labels, tokens)."""
        weights, real = self.weights, batch.real[part].astype(np.float32)
        hidden = self._first(batch, part, rows, real)
        sums = np.empty_like(hidden)
        for layer, apart in enumerate(DILATIONS):
            before, here, after = weights["wide"][layer]
            sums[:] = weights["wide_bias"][layer]
            _add_product(hidden, here, sums)
            _add_product(hidden[:-apart], before, sums[apart:])
            _add_product(hidden[apart:], after, sums[:-apart])
            hidden += np.maximum(sums, 0, out=sums)
            _scale(hidden, real)
        sentence, begins = pooled(hidden, batch.sentence[part])
        said = sentence @ weights["pool"]
        said += weights["pool_bias"]
        hidden += np.repeat(np.maximum(said, 0), np.diff(np.append(begins, len(hidden))), axis=0)
        scores: Floats = weights["out"].T @ hidden.T
        scores += weights["out_bias"][:, None]
        return scores

    def _first(self, batch: TokenBatch, part: slice, rows: Floats, real: Floats) -> Floats:
        """Add up what each word of the window brings, then the known phrases and the section."""
        types, size = batch.types[part], len(real)
        words, weights = np.zeros((size, OFFSETS), np.int32), np.zeros((size, OFFSETS), np.float32)
        marks = np.full(size + 2, MARKS, np.int32)  # no mark at all on padding
        marks[1:-1][real > 0] = batch.gazetteer[part][real > 0]
        for place in range(OFFSETS):
            into, source = _shifted(size, place - WINDOW)
            words[into, place] = types[source] * OFFSETS + place
            weights[into, place] = real[source]
        edges = np.arange(0, OFFSETS * size + 1, OFFSETS, dtype=np.int32)
        window = sparse.csr_array((weights.ravel(), words.ravel(), edges), shape=(size, OFFSETS * len(rows)))
        hidden: Floats = np.asarray(window @ rows.reshape(-1, self.width))
        triples, sections = self._plain
        more = np.empty_like(hidden)
        for table, numbers in ((triples, (marks[:-2] * (MARKS + 1) + marks[1:-1]) * (MARKS + 1) + marks[2:]), (sections, batch.section[part])):
            hidden += np.take(table, numbers, axis=0, out=more, mode="clip")  # no number is out of bounds; to clip is quicker than to check
        np.maximum(hidden, 0, out=hidden)
        _scale(hidden, real)
        return hidden


def _plain_rows(weights: Weights) -> tuple[Floats, Floats]:
    """Add up, once, what three marks in a row bring (MARKS stands for padding), and what a section brings with the bias."""
    before, here, after = np.pad(weights["gazetteer"], ((0, 0), (0, 1), (0, 0)))
    triples: Floats = before[:, None, None] + here[None, :, None] + after[None, None, :]
    assert len(weights["section"]) == SECTIONS
    return triples.reshape(-1, triples.shape[-1]), weights["section"] + weights["first_bias"]


def _add_product(rows: Floats, kernel: Floats, into: Floats) -> None:
    """Add `rows` times `kernel` to `into`, in place: BLAS sees each array turned over, so that nothing is copied."""
    sgemm(1.0, kernel.T, rows.T, beta=1.0, c=into.T, overwrite_c=True)


def _scale(hidden: Floats, real: Floats) -> None:
    """Do in place what `scaled` does, and clear the padding."""
    factor = np.vecdot(hidden, hidden)
    factor /= hidden.shape[1]
    factor += _LITTLE
    np.divide(real, np.sqrt(factor, out=factor), out=factor)
    hidden *= factor[:, None]


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
