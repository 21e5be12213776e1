"""Stretches of a note that may be interventions, and all that a judge should weigh about each."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nlp_pipeline.reading.batch import SECTIONS, TokenBatch
from nlp_pipeline.reading.gazetteer import MARKS
from nlp_pipeline.reading.lexicon import read_lexicon
from nlp_pipeline.reading.network import EVIDENCE, SPANS, STATES
from nlp_pipeline.reading.words import BREAK, NUMBER, Floats, WordTypes

# Where a word stands as seen from a candidate; the judge has weights of its own for each place.
PLACES = ("inside", "first", "last", "before 1", "before 2", "before 3", "after 1", "after 2", "after 3", "near before", "near after", "earlier", "opening")
REGIONS = ("inside", "near before", "near after", "sentence")  # stretches whose mean meaning counts
NEAR = 5  # words of the same sentence that count as near
_WORDS = read_lexicon("edges")
_BETWEEN, _MEASURES, _EDGES = (frozenset(_WORDS[name]) for name in ("between", "measures", "signs"))
_SECTIONS = np.eye(SECTIONS, dtype=np.float32)
_LOOSE = _MEASURES | _EDGES  # what may have to be taken off an edge, as may a number


@dataclass(frozen=True, slots=True)
class Stretch:
    """Token positions, and for each the candidate that it belongs to."""

    owners: NDArray[np.intp]
    tokens: NDArray[np.intp]

    def sums(self, values: Floats, count: int) -> Floats:
        """Add `values` (a row for each position of this stretch) up by candidate: (count, columns)."""
        total = np.zeros((count, values.shape[1]), np.float32)
        if len(self.owners):
            begins = np.flatnonzero(np.diff(self.owners, prepend=-1))
            total[self.owners[begins]] = np.add.reduceat(values, begins, axis=0)
        return total

    def counts(self, count: int) -> Floats:
        """Count positions by candidate, at least one, so that a mean can be taken."""
        return np.maximum(np.bincount(self.owners, minlength=count), 1).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Candidates:
    """Candidates of a batch in order: first and last-but-one token of each, and its note's number in the batch."""

    begins: NDArray[np.intp]
    ends: NDArray[np.intp]
    notes: NDArray[np.intp]

    def __len__(self) -> int:
        return len(self.begins)


@dataclass(frozen=True, slots=True)
class Cut:
    """How the row is cut, in log-odds of being inside.

    A stretch holds on while its tokens are above -`reach` and counts if one is above -`core`. It parts before a likely token that
    begins one more surely than it goes on: by any margin after a comma, a slash or "and", by `parting` elsewhere. Its first and last
    tokens are above -`edge`.
    """

    core: float
    reach: float
    parting: float
    edge: float


def find_candidates(batch: TokenBatch, shares: Floats, types: WordTypes, cut: Cut) -> Candidates:
    """Cut the row into candidates: long stretches of likely tokens, each with at least one that is likelier still."""
    spans = shares[:, SPANS]
    inside = np.logaddexp(spans[:, 1], spans[:, 2]) - spans[:, 0]
    inside[~batch.real | ((types.marks[batch.types] & BREAK) > 0)] = -np.inf
    held, core = inside > -cut.reach, inside > -cut.core
    listed = types.among(_BETWEEN)[batch.types] & batch.real
    margin = np.where(np.concatenate([[False], listed[:-1]]), 0, cut.parting)
    opens = held & ((core & (spans[:, 1] > spans[:, 2] + margin)) | ~np.concatenate([[False], held[:-1]]))
    begins = np.flatnonzero(opens)
    closing = np.flatnonzero(~np.append(held, False) | np.append(opens, True))
    ends = closing[np.searchsorted(closing, begins, "right")] if len(begins) else begins
    cores = np.concatenate([[0], np.cumsum(core)])
    firm = inside >= -cut.edge
    loose = ~firm | types.among(_LOOSE)[batch.types] | ((types.marks[batch.types] & NUMBER) > 0)
    edges = np.stack([begins, ends], axis=1)
    for place in np.flatnonzero(loose[begins] | loose[ends - 1]).tolist():
        edges[place] = _trimmed(batch, firm, *edges[place].tolist())
    kept = edges[(edges[:, 1] > edges[:, 0]) & (cores[edges[:, 1]] > cores[edges[:, 0]])]
    return Candidates(kept[:, 0], kept[:, 1], np.searchsorted(batch.first, kept[:, 0], "right") - 1)


def _trimmed(batch: TokenBatch, firm: NDArray[np.bool_], begin: int, end: int) -> tuple[int, int]:
    """Take unlikely tokens and signs off both edges, and a dosage off the end."""
    words = batch.normals
    while begin < end and (not firm[begin] or words[begin] in _EDGES):
        begin += 1
    while end > begin and not firm[end - 1]:
        end -= 1
    end = _without_signs(words, begin, end)
    last, counted = end, False
    while last > begin + 1 and (_is_number(words[last - 1]) or words[last - 1] in _MEASURES or words[last - 1] in _EDGES):
        last -= 1
        counted = counted or _is_number(words[last])
    return begin, _without_signs(words, begin, last) if counted else end


def _is_number(word: str) -> bool:
    return word[:1].isdecimal() or word.endswith("digits>")


def _without_signs(words: Sequence[str], begin: int, end: int) -> int:
    """Take signs off the end; a closing bracket stays where its opening one is inside."""
    while end > begin and words[end - 1] in _EDGES and not (words[end - 1] == ")" and "(" in words[begin:end]):
        end -= 1
    return end


class Surroundings:
    """Everything around the candidates of one batch that the judge weighs."""

    def __init__(self, batch: TokenBatch, shares: Floats, found: Candidates) -> None:
        self.batch, self.shares, self.found = batch, shares, found
        self.sentence_begins, self.sentence_ends = self._sentences()

    def _sentences(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        edges = np.flatnonzero(np.diff(self.batch.sentence, prepend=-1))
        own = self.batch.sentence[self.found.begins]
        bounds = np.append(edges, len(self.batch.types))
        return edges[own], bounds[own + 1]

    def places(self) -> list[Stretch]:
        """List the tokens in each of PLACES."""
        begins, ends, low, high = self.found.begins, self.found.ends, self.sentence_begins, self.sentence_ends
        one = [_single(begins), _single(ends - 1)]
        before = [_single(begins - k, begins - k >= low) for k in (1, 2, 3)]
        after = [_single(ends + k, ends + k < high) for k in (0, 1, 2)]
        near = [_between(np.maximum(low, begins - NEAR), begins), _between(ends, np.minimum(high, ends + NEAR))]
        return [_between(begins, ends), *one, *before, *after, *near, _between(low, begins), _single(low)]

    def regions(self) -> list[Stretch]:
        """List the tokens in each of REGIONS."""
        begins, ends, low, high = self.found.begins, self.found.ends, self.sentence_begins, self.sentence_ends
        near = [_between(np.maximum(low, begins - NEAR), begins), _between(ends, np.minimum(high, ends + NEAR))]
        return [_between(begins, ends), *near, _between(low, high)]

    def figures(self) -> Floats:
        """Give the plain figures of each candidate: what the network saw in and around it, where it stands, how long it is."""
        found, batch, shares, count = self.found, self.batch, self.shares, len(self.found)
        begins, ends = found.begins, found.ends
        inside = _between(begins, ends)
        size = len(shares)
        marks = np.bincount(inside.owners * MARKS + batch.gazetteer[inside.tokens], minlength=count * MARKS).reshape(count, MARKS)
        length = (ends - begins).astype(np.float32)
        parts = [
            inside.sums(shares[inside.tokens], count) / length[:, None],
            shares[begins, SPANS],
            shares[np.maximum(begins - 1, 0), SPANS],
            shares[np.minimum(ends, size - 1), SPANS],
            *self._sentence_figures(),
            marks.astype(np.float32) / length[:, None],
            _SECTIONS[batch.section[begins]],
            self._order(),
        ]
        return np.concatenate(parts, axis=1, dtype=np.float32)

    def _sentence_figures(self) -> tuple[Floats, Floats]:
        """Give the mean states and the surest evidence of each candidate's sentence; candidates in one sentence share them."""
        low, first, which = np.unique(self.sentence_begins, return_index=True, return_inverse=True)
        sentence, count = _between(low, self.sentence_ends[first]), len(low)
        means = sentence.sums(self.shares[sentence.tokens, STATES], count) / sentence.counts(count)[:, None]
        return means[which], _largest(sentence, self.shares[sentence.tokens, EVIDENCE], count)[which]

    def _order(self) -> Floats:
        begins, ends, low, high, notes = self.found.begins, self.found.ends, self.sentence_begins, self.sentence_ends, self.found.notes
        count = len(begins)
        _, first_here, in_sentence = np.unique(low, return_index=True, return_inverse=True) if count else (low, low, low)
        rank = np.arange(count) - first_here[in_sentence] if count else low
        many = np.bincount(in_sentence, minlength=1)[in_sentence] if count else low
        _, first_note, in_note = np.unique(notes, return_index=True, return_inverse=True) if count else (notes, notes, notes)
        order = np.arange(count) - first_note[in_note] if count else notes
        total = np.bincount(in_note, minlength=1)[in_note] if count else notes
        columns = [np.log(ends - begins), (begins - low) / 10, (high - ends) / 10, (high - low) / 20, rank, many, order / 10, total / 10, begins == low]
        return np.stack([np.asarray(each, np.float32) for each in columns], axis=1)


def _single(tokens: NDArray[np.intp], held: NDArray[np.bool_] | None = None) -> Stretch:
    owners = np.arange(len(tokens)) if held is None else np.flatnonzero(held)
    return Stretch(owners, tokens[owners])


def _between(begins: NDArray[np.intp], ends: NDArray[np.intp]) -> Stretch:
    lengths = np.maximum(ends - begins, 0)
    owners = np.repeat(np.arange(len(begins)), lengths)
    skipped = np.repeat(np.cumsum(lengths) - lengths, lengths)
    return Stretch(owners, np.arange(len(owners)) - skipped + np.repeat(begins, lengths))


def _largest(stretch: Stretch, values: Floats, count: int) -> Floats:
    top = np.zeros((count, values.shape[1]), np.float32)
    if len(stretch.owners):
        begins = np.flatnonzero(np.diff(stretch.owners, prepend=-1))
        top[stretch.owners[begins]] = np.maximum.reduceat(values, begins, axis=0)
    return top
