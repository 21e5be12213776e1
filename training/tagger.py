"""Fit the reader's network to marked notes: the forward pass of serving with its gradients, and Adam."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from spacy.tokens import Doc

from nlp_pipeline.reading.batch import PADDING, SECTIONS, TokenBatch, token_batch
from nlp_pipeline.reading.gazetteer import MARKS, Gazetteer
from nlp_pipeline.reading.network import (
    DILATIONS, EVIDENCE, EVIDENCE_LABELS, OFFSETS, OUTPUTS, SPAN_LABELS, SPANS, STATES, WINDOW, Vocabulary, log_shares, pooled, scaled,
)  # fmt: skip
from nlp_pipeline.reading.words import AFFIX_BUCKETS, AFFIXES, SHAPES, Floats, Ints, WordTypes
from nlp_pipeline.records.facts import ELEMENTS, STATUSES
from training.corpus import MarkedNote

Arrays = dict[str, Floats]


@dataclass(frozen=True, slots=True)
class TaggerRecipe:
    """What is chosen, not learned."""

    width: int = 96
    word_width: int = 32
    affix_width: int = 16
    shape_width: int = 8
    epochs: int = 14
    notes_a_step: int = 16
    rate: float = 2e-3
    decay: float = 0.01
    words_hidden: float = 0.25
    inputs_hidden: float = 0.2
    units_hidden: float = 0.3
    warm_up: float = 0.15
    state_weight: float = 0.3
    evidence_weight: float = 0.5
    largest_gradient: float = 5.0
    seed: int = 11


@dataclass(frozen=True, slots=True)
class Lesson:
    """One marked note, tokenized; its gazetteer leaves out the phrases that its own author listed."""

    note: MarkedNote
    doc: Doc
    gazetteer: Gazetteer


@dataclass(frozen=True, slots=True)
class Targets:
    """What each token should be labelled; states are -1 outside interventions."""

    spans: Ints
    states: Ints
    evidence: Ints


class _Known:
    """The features of every word type, worked out once."""

    def __init__(self, lessons: Sequence[Lesson], vocabulary: Vocabulary) -> None:
        spellings: list[str] = []

        def note_down(fresh: Sequence[str]) -> Floats:
            spellings.extend(fresh)
            return np.zeros((len(fresh), 0), np.float32)

        self.types = WordTypes(note_down)
        token_batch([each.doc for each in lessons], self.types, [each.gazetteer for each in lessons])
        self.words, self.affixes, self.shapes, self.meanings = vocabulary.features(spellings)


def new_weights(recipe: TaggerRecipe, words: int, meaning: int) -> Arrays:
    """Draw the first weights; `words` counts the vocabulary without the unknown word."""
    draw = np.random.default_rng(recipe.seed)
    known = recipe.word_width + AFFIXES * recipe.affix_width + recipe.shape_width + meaning
    width = recipe.width

    def even(*shape: int, fan: int) -> Floats:
        reach = fan**-0.5
        return draw.uniform(-reach, reach, shape).astype(np.float32)

    def normal(*shape: int) -> Floats:
        return draw.normal(0, 0.1, shape).astype(np.float32)

    return {
        "word": normal(words + 1, recipe.word_width),
        "affix": normal(AFFIXES, AFFIX_BUCKETS, recipe.affix_width),
        "shape": normal(SHAPES, recipe.shape_width),
        "first": even(OFFSETS, known, width, fan=OFFSETS * known),
        "first_bias": np.zeros(width, np.float32),
        "gazetteer": normal(3, MARKS, width),
        "section": normal(SECTIONS, width),
        "wide": even(len(DILATIONS), 3, width, width, fan=3 * width),
        "wide_bias": np.zeros((len(DILATIONS), width), np.float32),
        "pool": even(2 * width, width, fan=2 * width),
        "pool_bias": np.zeros(width, np.float32),
        "out": even(width, OUTPUTS, fan=width),
        "out_bias": np.zeros(OUTPUTS, np.float32),
    }


def targets(lessons: Sequence[Lesson], batch: TokenBatch) -> Targets:
    """Lay the marks of notes over the tokens of their batch."""
    size = len(batch.types)
    spans, states, evidence = np.zeros(size, np.int32), np.full(size, -1, np.int32), np.zeros(size, np.int32)
    for lesson, first, last in zip(lessons, batch.first, batch.last, strict=True):
        starts, ends = batch.starts[first:last], batch.ends[first:last]
        for each in lesson.note.interventions:
            begin, end = first + np.searchsorted(ends, each.start, "right"), first + np.searchsorted(starts, each.end)
            spans[begin:end] = 2
            spans[begin : begin + 1] = 1
            states[begin:end] = STATUSES.index(each.status)
        for mark in lesson.note.elements:
            begin, end = first + np.searchsorted(ends, mark.start, "right"), first + np.searchsorted(starts, mark.end)
            evidence[begin:end] = 2 + 2 * ELEMENTS.index(mark.element)
            evidence[begin : begin + 1] -= 1
    return Targets(spans, states, evidence)


def fit_tagger(lessons: Sequence[Lesson], vocabulary: Vocabulary, recipe: TaggerRecipe) -> Arrays:
    """Fit the network. The same lessons, recipe and numpy give the same weights."""
    known = _Known(lessons, vocabulary)
    weights = new_weights(recipe, len(vocabulary.words), known.meanings.shape[1])
    chance = np.random.default_rng(recipe.seed + 1)
    steps = recipe.epochs * -(-len(lessons) // recipe.notes_a_step)
    adam = _Adam(weights, recipe, steps)
    for _ in range(recipe.epochs):
        for chosen in _steps(len(lessons), recipe.notes_a_step, chance):
            part = [lessons[k] for k in chosen]
            batch = token_batch([each.doc for each in part], known.types, [each.gazetteer for each in part])
            adam.step(_Pass(weights, known, batch, recipe, chance).gradients(targets(part, batch)))
    return weights


def _steps(count: int, size: int, chance: np.random.Generator) -> Iterator[NDArray[np.int64]]:
    order = chance.permutation(count)
    for start in range(0, count, size):
        yield order[start : start + size]


class _Pass:
    """One pass forward, with what the way back needs kept."""

    def __init__(self, weights: Mapping[str, Floats], known: _Known, batch: TokenBatch, recipe: TaggerRecipe, chance: np.random.Generator) -> None:
        self.weights, self.batch, self.recipe = weights, batch, recipe
        self.real = batch.real[:, None].astype(np.float32)
        kept = chance.random(len(batch.types)) > recipe.words_hidden
        self.words = known.words[batch.types] * kept
        self.affixes, self.shapes = known.affixes[batch.types], known.shapes[batch.types]
        inputs = np.concatenate(
            [
                weights["word"][self.words],
                *(weights["affix"][k][self.affixes[:, k]] for k in range(AFFIXES)),
                weights["shape"][self.shapes],
                known.meanings[batch.types],
            ],
            axis=1,
        )
        self.input_mask = self._mask(inputs.shape, recipe.inputs_hidden, chance) * self.real
        self.inputs = inputs * self.input_mask
        self._first()
        self.masks = [self._mask(self.hidden[0].shape, recipe.units_hidden, chance) for _ in range(len(DILATIONS) + 1)]
        for layer, apart in enumerate(DILATIONS):
            self._widen(layer, apart)
        self.sentence, self.begins = pooled(self.hidden[-1], batch.sentence)
        self.counts = np.diff(np.append(self.begins, len(batch.types)))
        self.said = np.maximum(self.sentence @ weights["pool"] + weights["pool_bias"], 0)
        self.last = (self.hidden[-1] + np.repeat(self.said, self.counts, axis=0)) * self.masks[-1]
        self.scores = self.last @ weights["out"] + weights["out_bias"]

    @staticmethod
    def _mask(shape: tuple[int, ...], share: float, chance: np.random.Generator) -> Floats:
        return (chance.random(shape, np.float32) >= share).astype(np.float32) / np.float32(1 - share)

    def _first(self) -> None:
        weights, batch = self.weights, self.batch
        sums = np.repeat(weights["first_bias"][None], len(batch.types), axis=0)
        for place in range(OFFSETS):
            shift = place - WINDOW
            sums += _look(self.inputs @ weights["first"][place], shift)
            if abs(shift) <= 1:
                sums += _look(weights["gazetteer"][shift + 1][batch.gazetteer] * self.real, shift)
        sums += weights["section"][batch.section]
        self.active = [np.maximum(sums, 0)]
        hidden, factor = scaled(self.active[0])
        self.hidden, self.factors = [hidden * self.real], [factor]

    def _widen(self, layer: int, apart: int) -> None:
        kernel = self.weights["wide"][layer]
        seen = self.hidden[-1] * self.masks[layer]
        sums = seen @ kernel[1] + self.weights["wide_bias"][layer]
        sums += _look(seen @ kernel[0], -apart) + _look(seen @ kernel[2], apart)
        self.active.append(np.maximum(sums, 0))
        hidden, factor = scaled(self.hidden[-1] + self.active[-1])
        self.hidden.append(hidden * self.real)
        self.factors.append(factor)

    def _score_slopes(self, goal: Targets) -> Floats:
        slopes = np.zeros_like(self.scores)
        real = self.batch.real
        for part, labels, among, weight in (
            (SPANS, goal.spans, real, 1.0),
            (STATES, goal.states, goal.states >= 0, self.recipe.state_weight),
            (EVIDENCE, goal.evidence, real, self.recipe.evidence_weight),
        ):
            rows = np.flatnonzero(among)
            if len(rows):
                shares = np.exp(log_shares(self.scores[rows, part]))
                shares[np.arange(len(rows)), labels[rows]] -= 1
                slopes[rows, part] = shares * (weight / len(rows))
        return slopes

    def gradients(self, goal: Targets) -> Arrays:
        """Go back from the labels to every weight."""
        weights, found = self.weights, Arrays()
        slopes = self._score_slopes(goal)
        found["out"], found["out_bias"] = self.last.T @ slopes, slopes.sum(axis=0)
        back = (slopes @ weights["out"].T) * self.masks[-1]
        said = np.add.reduceat(back, self.begins, axis=0) * (self.said > 0)
        found["pool"], found["pool_bias"] = self.sentence.T @ said, said.sum(axis=0)
        back = back + self._unpool(said @ weights["pool"].T)
        found["wide"], found["wide_bias"] = np.zeros_like(weights["wide"]), np.zeros_like(weights["wide_bias"])
        for layer in reversed(range(len(DILATIONS))):
            back = self._narrow(layer, back, found)
        self._through_first(self._unscale(0, back * self.real) * (self.active[0] > 0), found)
        return found

    def _unpool(self, slopes: Floats) -> Floats:
        width = self.recipe.width
        hidden = self.hidden[-1]
        top = hidden == np.repeat(self.sentence[:, width:], self.counts, axis=0)
        ties = np.add.reduceat(top.astype(np.float32), self.begins, axis=0)
        share = np.repeat(slopes[:, width:] / ties, self.counts, axis=0) * top
        return share + np.repeat(slopes[:, :width] / self.counts[:, None].astype(np.float32), self.counts, axis=0)

    def _unscale(self, layer: int, back: Floats) -> Floats:
        unit = self.hidden[layer]
        along = np.einsum("ij,ij->i", back, unit) / self.recipe.width
        slopes: Floats = (back - unit * along[:, None]) * self.factors[layer][:, None]
        return slopes

    def _narrow(self, layer: int, back: Floats, found: Arrays) -> Floats:
        kernel, apart = self.weights["wide"][layer], DILATIONS[layer]
        past = self._unscale(layer + 1, back * self.real)
        sums = past * (self.active[layer + 1] > 0)
        seen = self.hidden[layer] * self.masks[layer]
        before, after = _look(sums, apart), _look(sums, -apart)
        found["wide"][layer] = np.stack([seen.T @ before, seen.T @ sums, seen.T @ after])
        found["wide_bias"][layer] = sums.sum(axis=0)
        return past + (before @ kernel[0].T + sums @ kernel[1].T + after @ kernel[2].T) * self.masks[layer]

    def _through_first(self, sums: Floats, found: Arrays) -> None:
        weights, batch, recipe = self.weights, self.batch, self.recipe
        found["first_bias"] = sums.sum(axis=0)
        found["first"] = np.empty_like(weights["first"])
        found["gazetteer"] = np.zeros_like(weights["gazetteer"])
        back = np.zeros_like(self.inputs)
        for place in range(OFFSETS):
            shift = place - WINDOW
            seen = _look(sums, -shift)
            found["first"][place] = self.inputs.T @ seen
            back += seen @ weights["first"][place].T
            if abs(shift) <= 1:
                found["gazetteer"][shift + 1] = _gather(batch.gazetteer, seen * self.real, MARKS)
        found["section"] = _gather(batch.section, sums, SECTIONS)
        back *= self.input_mask
        at = recipe.word_width
        found["word"] = _gather(self.words, back[:, :at], len(weights["word"]))
        found["affix"] = np.empty_like(weights["affix"])
        for k in range(AFFIXES):
            found["affix"][k] = _gather(self.affixes[:, k], back[:, at : at + recipe.affix_width], AFFIX_BUCKETS)
            at += recipe.affix_width
        found["shape"] = _gather(self.shapes, back[:, at : at + recipe.shape_width], SHAPES)


def _look(rows: Floats, shift: int) -> Floats:
    """Give at each place what stands `shift` places on, zeros beyond the ends; no shift exceeds the padding between notes."""
    assert abs(shift) <= PADDING
    seen = np.zeros_like(rows)
    if shift > 0:
        seen[:-shift] = rows[shift:]
    elif shift < 0:
        seen[-shift:] = rows[:shift]
    else:
        seen[:] = rows
    return seen


def _gather(places: Ints, rows: Floats, count: int) -> Floats:
    """Add rows up by the place that each belongs to."""
    one = np.ones(len(places), np.float32)
    total: Floats = sparse.csr_matrix((one, (places, np.arange(len(places)))), shape=(count, len(places))) @ rows
    return total


class _Adam:
    """Adam with decoupled decay, a short warm-up and a cosine to the end."""

    def __init__(self, weights: Arrays, recipe: TaggerRecipe, steps: int) -> None:
        self.weights, self.recipe, self.steps, self.done = weights, recipe, steps, 0
        self.mean = {name: np.zeros_like(each) for name, each in weights.items()}
        self.square = {name: np.zeros_like(each) for name, each in weights.items()}

    def _rate(self) -> float:
        part = self.done / self.steps
        warm = self.recipe.warm_up
        if part < warm:
            return self.recipe.rate * (0.04 + 0.96 * part / warm)
        return float(self.recipe.rate * 0.5 * (1 + np.cos(np.pi * (part - warm) / (1 - warm))))

    def step(self, slopes: Arrays) -> None:
        """Move the weights, in place, one step against the slopes."""
        norm = float(np.sqrt(sum(float(np.vdot(each, each)) for each in slopes.values())))
        shrink = np.float32(min(1.0, self.recipe.largest_gradient / (norm + 1e-6)))
        rate = self._rate()
        self.done += 1
        for name, slope in slopes.items():
            mean, square = self.mean[name], self.square[name]
            slope = slope * shrink
            mean += np.float32(0.1) * (slope - mean)
            square += np.float32(0.001) * (slope * slope - square)
            pace = rate / (1 - 0.9**self.done)
            weight = self.weights[name]
            weight *= np.float32(1 - rate * self.recipe.decay)
            weight -= np.float32(pace) * mean / (np.sqrt(square / np.float32(1 - 0.999**self.done)) + np.float32(1e-8))
