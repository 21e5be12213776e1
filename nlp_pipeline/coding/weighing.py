"""Weights times features: a score for each code, and what each stretch of the note adds to it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from nlp_pipeline.coding.observer import KNOWN, Features, Observed
from nlp_pipeline.coding.words import Places

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

SHOWN = 8  # contributions named one by one; the others are added up in one
_NARROWEST = 16  # words side by side


@dataclass(frozen=True, slots=True)
class Weighed:
    """What adds to the best code of each intervention over its second, the strongest first and then the rest in one.

    A row an intervention; `named` counts the entries that it has. `starts` and `ends` are offsets into the row's texts.
    """

    named: Places
    starts: Places
    ends: Places
    weights: Doubles


class Scales:
    """The weights of a coder: a row a column of the features, a column a code. Letter runs are added up once for each word."""

    def __init__(self, weights: Floats) -> None:
        self._size = len(weights)
        self._weights = np.concatenate([weights, np.zeros((1024, weights.shape[1]), np.float32)])

    def scores(self, observed: Observed, bias: Floats) -> Floats:
        """Score the interventions that were looked at: (interventions, codes)."""
        self._add_letters(observed)
        count = len(observed.look.owners)
        total = np.repeat(bias[None], count, axis=0)
        for part, above in ((observed.features, 0), (observed.runs, self._size)):
            table = sparse.coo_array((part.values.astype(np.float32), (part.owners, part.columns + above)), shape=(count, len(self._weights)))
            total += table @ self._weights
        return total

    def _add_letters(self, observed: Observed) -> None:
        """Put a row for the letter runs of each word behind the others."""
        sizes = [len(each) for each in observed.letters]
        if self._size + len(sizes) > len(self._weights):
            self._weights = np.concatenate([self._weights[: self._size], np.zeros((2 * len(sizes), self._weights.shape[1]), np.float32)])
        columns = np.array([column for each in observed.letters for column in each], np.int64)
        table = sparse.coo_array((np.ones(len(columns), np.float32), (np.repeat(np.arange(len(sizes)), sizes), columns)), shape=(len(sizes), self._size))
        self._weights[self._size : self._size + len(sizes)] = table @ self._weights[: self._size]

    def differences(self, observed: Observed, best: Places, second: Places) -> Weighed:
        """Say what adds to the best code of each intervention that was looked at over its second."""
        parts = []
        for part, above in ((observed.features, 0), (observed.runs, self._size)):
            columns = part.columns + above
            one, other = self._weights[columns, best[part.owners]], self._weights[columns, second[part.owners]]
            parts.append(Features(part.owners, part.columns, (one.astype(np.float64) - other) * part.values, part.places))
        return _Table(observed).weigh(Features.joined(parts))


class _Table:
    """A row of cells for each intervention: the words around it in their order, then the known phrase, then the header."""

    def __init__(self, observed: Observed) -> None:
        seen, self.row = observed.look, observed.row
        label, label_end = seen.ranges["label"]
        low = seen.ranges["sentence"][0]
        self.low = np.where(label < label_end, np.minimum(label, low), low)
        self.words = np.maximum(seen.ranges["next"][1], seen.ends) - self.low
        count = len(seen.owners)
        self.known, self.header = (
            np.array([spans.get(k, (0, 0)) for k in range(count)], np.int64).reshape(count, 2) for spans in (observed.known, observed.headers)
        )
        self.widths = np.maximum(_NARROWEST, 1 << np.ceil(np.log2(self.words + 2)).astype(np.int64))
        order = np.argsort(self.widths, kind="stable")
        self.begins = np.zeros(count, np.int64)
        self.begins[order] = np.cumsum(self.widths[order]) - self.widths[order]

    def weigh(self, parts: Features) -> Weighed:
        """Add up what stands on one place, and rank the places."""
        owners = parts.owners
        away = parts.places - self.low[owners]
        known, outside = parts.places == KNOWN, (away < 0) | (away >= self.words[owners])  # a header's own word may be far away
        cells = self.begins[owners] + np.where(known, self.words[owners], np.where(outside, self.words[owners] + 1, away))
        size = int(self.widths.sum())
        weights: Doubles = np.bincount(cells, parts.values, size).astype(np.float64, copy=False)
        held = np.bincount(cells, minlength=size) > 0
        count = len(self.begins)
        spans = np.zeros((2, count, SHOWN + 1), np.int64)
        told = Weighed(np.zeros(count, np.int64), spans[0], spans[1], np.zeros((count, SHOWN + 1)))
        for width in np.unique(self.widths).tolist():
            rows = np.flatnonzero(self.widths == width)
            first = int(self.begins[rows].min())
            block = slice(first, first + width * len(rows))
            self._rank(rows, weights[block].reshape(-1, width), held[block].reshape(-1, width), told)
        return told

    def _rank(self, rows: Places, weights: Doubles, held: NDArray[np.bool_], told: Weighed) -> None:
        each = np.arange(len(rows))
        strength = np.where(held, np.abs(weights), -1.0)
        for place in range(SHOWN):
            cell = strength.argmax(axis=1)  # the first of equals
            there = strength[each, cell] >= 0
            told.named[rows] += there
            told.starts[rows, place], told.ends[rows, place] = self._spans(rows, cell)
            told.weights[rows, place] = np.where(there, weights[each, cell], 0)
            strength[each, cell] = -1
        left = strength >= 0
        more = left.any(axis=1)
        told.named[rows] += more
        told.weights[rows, SHOWN] = np.where(left, weights, 0).sum(axis=1)
        told.starts[rows, SHOWN], told.ends[rows, SHOWN] = self._reach(rows, left)

    def _spans(self, rows: Places, cell: Places) -> tuple[Places, Places]:
        """Give the span of one cell of each row."""
        words = self.words[rows]
        own = np.where((cell == words)[:, None], self.known[rows], self.header[rows])
        word = np.minimum(self.low[rows] + cell, len(self.row.types) - 1)
        single = cell < words
        return np.where(single, self.row.starts[word], own[:, 0]), np.where(single, self.row.ends[word], own[:, 1])

    def _reach(self, rows: Places, left: NDArray[np.bool_]) -> tuple[Places, Places]:
        """Give the span from the first to the last of the cells that are left."""
        words, each = self.words[rows], np.arange(len(rows))
        kept = left.copy()
        kept[each, words] = kept[each, words + 1] = False
        first, last = kept.argmax(axis=1), left.shape[1] - 1 - kept[:, ::-1].argmax(axis=1)
        any_word = kept.any(axis=1)
        begin = np.where(any_word, self.row.starts[np.minimum(self.low[rows] + first, len(self.row.types) - 1)], np.iinfo(np.int64).max)
        end = np.where(any_word, self.row.ends[np.minimum(self.low[rows] + last, len(self.row.types) - 1)], 0)
        for spans, cell in ((self.known, words), (self.header, words + 1)):
            also = left[each, cell]
            begin = np.where(also, np.minimum(begin, spans[rows, 0]), begin)
            end = np.where(also, np.maximum(end, spans[rows, 1]), end)
        return begin, end
