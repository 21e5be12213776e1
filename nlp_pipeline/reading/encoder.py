"""The careful reader's network: a small pretrained encoder over word pieces, then a head with the same outputs as the fast network.

The encoder's layers run in ONNX Runtime with whole numbers of one byte; piece vectors, head and windows are numpy.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlp_pipeline.reading.batch import TokenBatch
from nlp_pipeline.reading.candidates import Candidates
from nlp_pipeline.reading.gazetteer import MARKS
from nlp_pipeline.reading.network import EVIDENCE, SPANS, STATES, Weights, log_shares, pooled
from nlp_pipeline.reading.words import GAP, LINE_END, Floats, Ints, WordVectors, normal, same_signs, shape_of

MOST_PIECES = 8  # of one word that are looked at
LONGEST = 206  # pieces in one window, without its two edges
BESIDE = 32  # pieces of neighbouring text that a window sees on each side
HEARD_DIGITS = 3  # of log-odds: what is told does not hang on the last place of a sum
_LITTLE = np.float32(1e-5)


def pieces_of(spelling: str, vocabulary: WordVectors) -> list[int]:
    """Cut a word into the encoder's pieces; line breaks are pieces of their own, unknown signs the piece for unknown ones."""
    if spelling.isspace():
        return [vocabulary.pieces[GAP if normal(spelling) == GAP else LINE_END]]
    return vocabulary.pieces_of(same_signs(spelling))[:MOST_PIECES] or [vocabulary.pieces["[UNK]"]]


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of one note's tokens that is read together, from `begin` to `end`; what is said of `first` to `last` counts."""

    begin: int
    end: int
    first: int
    last: int


def windows(pieces: Ints, sentences: Ints) -> Iterator[Window]:
    """Cut a note into windows, where it can be between sentences; `pieces` counts those of each token."""
    total = np.concatenate([[0], np.cumsum(pieces)])
    size = len(pieces)
    if total[-1] <= LONGEST:
        yield Window(0, size, 0, size)
        return
    first = 0
    while first < size:
        last = min(max(int(np.searchsorted(total, total[first] + LONGEST - 2 * BESIDE, "right")) - 1, first + 1), size)
        if last < size:
            edges = first + 1 + np.flatnonzero(np.diff(sentences[first : last + 1]))
            if len(edges) and edges[-1] > first + (last - first) // 2:
                last = int(edges[-1])
        begin = int(np.searchsorted(total, total[first] - BESIDE))
        end = int(np.searchsorted(total, total[last] + BESIDE, "right")) - 1
        yield Window(max(begin, 0), min(max(end, last), size), first, last)
        first = last


def shifted(rows: Floats, by: int) -> Floats:
    """Give each row the one `by` places on, zeros beyond the ends."""
    seen = np.zeros_like(rows)
    if by > 0:
        seen[:-by] = rows[by:]
    else:
        seen[-by:] = rows[:by]
    return seen


class Encoder:
    """Trained weights of encoder and head. `rows` tells of each spelling what `run` needs: shape, count of pieces, the pieces."""

    def __init__(self, parts: Mapping[str, Any]) -> None:
        self._vocabulary = WordVectors({piece: k for k, piece in enumerate(parts["pieces"].split("\n"))}, np.zeros((0, 0), np.float32))
        self._vectors: NDArray[np.int8] = parts["vectors"]
        self._scales = parts["scales"].astype(np.float32)
        self._places = parts["places"].astype(np.float32)
        self._edges = np.array([self._vocabulary.pieces[name] for name in ("[CLS]", "[SEP]")], np.int32)
        self.head: Weights = {name: each.astype(np.float32) for name, each in parts["head"].items()}
        self._layers = _session(parts["layers"])

    def rows(self, spellings: Sequence[str]) -> Floats:
        """Give each spelling's shape, its number of pieces, and the pieces: (n, 2 + MOST_PIECES)."""
        table = np.zeros((len(spellings), 2 + MOST_PIECES), np.float32)
        for row, spelling in enumerate(spellings):
            pieces = pieces_of(spelling, self._vocabulary)
            table[row, : 2 + len(pieces)] = [shape_of(spelling), len(pieces), *pieces]
        return table

    def run(self, batch: TokenBatch, rows: Floats) -> Floats:
        """Tag a batch: log-probabilities of spans, states and evidence, one row a token."""
        return self.read(batch, rows)[0]

    def read(self, batch: TokenBatch, rows: Floats) -> tuple[Floats, Floats]:
        """Tag a batch, and give the vectors that codes are heard from: (tokens, outputs) and (tokens, width)."""
        told = rows[batch.types].astype(np.int32)
        vectors = np.zeros((len(batch.types), self.head["input"].shape[0]), np.float32)
        for places, found in self._encoded(batch, told[:, 1:]):
            vectors[places] = found
        hidden = self._headed(batch, vectors, told[:, 0])
        scores = self._scores(batch, hidden)
        for columns in (SPANS, STATES, EVIDENCE):
            scores[:, columns] = log_shares(scores[:, columns])
        return scores, hidden

    def heard(self, batch: TokenBatch, hidden: Floats, found: Candidates) -> Floats:
        """Say what speaks for each code: the activity's own words, its sentence, its note: (3, candidates, codes); they add up with the bias in the last."""
        begins, sentences, notes = found.begins, batch.sentence[found.begins], found.notes
        means = [_means(hidden, begins, found.ends)]
        edges = np.flatnonzero(np.diff(batch.sentence, prepend=-1))
        bounds = np.append(edges, len(hidden))
        means += [_means(hidden, bounds[sentences], bounds[sentences + 1]), _means(hidden, batch.first[notes], batch.last[notes])]
        shares = np.stack([each @ weights for each, weights in zip(means, np.split(self.head["code"], 3), strict=True)])
        shares[2] += self.head["code_bias"]
        told: Floats = np.round(shares, HEARD_DIGITS).astype(np.float32)
        return told

    def _encoded(self, batch: TokenBatch, pieces: Ints) -> Iterator[tuple[slice, Floats]]:
        """Read every note window by window: (tokens, their vectors).

        Each window goes through alone: the layers' whole numbers are scaled by what is read together, and a note must be read alike in any company.
        """
        counts, names = pieces[:, 0], pieces[:, 1:]
        flat = names[np.arange(MOST_PIECES) < counts[:, None]]
        ends = np.cumsum(counts)
        for first, last in zip(batch.first.tolist(), batch.last.tolist(), strict=True):
            if last > first:
                for each in windows(counts[first:last], batch.sentence[first:last]):
                    begin, end = first + each.begin, first + each.end
                    told = slice(first + each.first, first + each.last)
                    skipped = int(ends[begin] - counts[begin])
                    vectors = self._read(flat[skipped : int(ends[end - 1])])
                    yield told, vectors[1 + ends[told] - counts[told] - skipped]

    def _read(self, pieces: Ints) -> Floats:
        """Read one window; the vectors of its first edge, its pieces and its last edge."""
        found = np.concatenate([self._edges[:1], pieces, self._edges[1:]])
        inputs = self._vectors[found] * self._scales[found][:, None] + self._places[: len(found)]
        [vectors] = self._layers.run(None, {"inputs": inputs[None], "hidden": np.zeros((1, len(found)), np.float32)})
        told: Floats = vectors[0]
        return told

    def _headed(self, batch: TokenBatch, vectors: Floats, shapes: Ints) -> Floats:
        """Add what is known of phrases, sections and shapes, and look at the neighbours."""
        head, real = self.head, batch.real[:, None]
        marks = np.where(batch.real, batch.gazetteer, MARKS)
        sums = vectors @ head["input"] + head["input_bias"] + head["section"][batch.section] + head["shape"][shapes]
        sums += head["gazetteer"][0][_beside(marks, -1)] + head["gazetteer"][1][marks] + head["gazetteer"][2][_beside(marks, 1)]
        hidden = _normal(np.maximum(sums, 0), head["first_scale"], head["first_shift"]) * real
        before, here, after = head["wide"]
        around = hidden @ here + shifted(hidden, -1) @ before + shifted(hidden, 1) @ after + head["wide_bias"]
        told: Floats = _normal(hidden + np.maximum(around, 0), head["second_scale"], head["second_shift"]) * real
        return told

    def _scores(self, batch: TokenBatch, hidden: Floats) -> Floats:
        """Score each word by its vector and by what its sentence says."""
        head = self.head
        sentence, begins = pooled(hidden, batch.sentence)
        said = np.maximum(sentence @ head["pool"] + head["pool_bias"], 0)
        spread = np.repeat(said, np.diff(np.append(begins, len(hidden))), axis=0)
        scores: Floats = (hidden + spread) @ head["out"] + head["out_bias"]
        return scores


def _means(rows: Floats, begins: NDArray[Any], ends: NDArray[Any]) -> Floats:
    """Take the mean of the rows from each begin to each end; summed up exactly enough for thousands of rows."""
    total = np.zeros((len(rows) + 1, rows.shape[1]), np.float64)
    np.cumsum(rows, axis=0, dtype=np.float64, out=total[1:])
    means: Floats = ((total[ends] - total[begins]) / np.maximum(ends - begins, 1)[:, None]).astype(np.float32)
    return means


def _beside(marks: Ints, by: int) -> Ints:
    seen = np.full_like(marks, MARKS)
    if by > 0:
        seen[:-by] = marks[by:]
    else:
        seen[-by:] = marks[:by]
    return seen


def _normal(rows: Floats, scale: Floats, shift: Floats) -> Floats:
    """Bring each row to mean zero and unit spread, then to the trained scale."""
    apart = rows - rows.mean(axis=1, keepdims=True)
    spread = np.sqrt(np.einsum("ij,ij->i", apart, apart) / rows.shape[1] + _LITTLE)
    normed: Floats = apart / spread[:, None] * scale + shift
    return normed


def _session(layers: bytes) -> Any:
    """Open the layers on one thread: notes are shared out between processes."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(layers, options, providers=["CPUExecutionProvider"])
