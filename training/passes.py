"""The network's forward pass with what the way back needs kept, and its gradients."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from spacy.tokens import Doc

from nlp_pipeline.reading.batch import PADDING, SECTIONS, TokenBatch, token_batch
from nlp_pipeline.reading.gazetteer import MARKS, Gazetteer
from nlp_pipeline.reading.network import DILATIONS, EVIDENCE, OFFSETS, SPANS, STATES, WINDOW, Vocabulary, log_shares, pooled, scaled
from nlp_pipeline.reading.words import AFFIX_BUCKETS, AFFIXES, SHAPES, Floats, Ints, WordTypes
from training.weights import Arrays, TaggerRecipe


@dataclass(frozen=True, slots=True)
class Targets:
    """What each token should be labelled; states are -1 outside interventions."""

    spans: Ints
    states: Ints
    evidence: Ints


class KnownTypes:
    """The features of every word type, worked out once."""

    def __init__(self, docs: Sequence[Doc], gazetteers: Sequence[Gazetteer], vocabulary: Vocabulary) -> None:
        spellings: list[str] = []

        def note_down(fresh: Sequence[str]) -> Floats:
            spellings.extend(fresh)
            return np.zeros((len(fresh), 0), np.float32)

        self.types = WordTypes(note_down)
        token_batch(docs, self.types, gazetteers)
        self.words, self.affixes, self.shapes, self.meanings = vocabulary.features(spellings)


class Pass:
    """One pass forward, with what the way back needs kept."""

    def __init__(self, weights: Mapping[str, Floats], known: KnownTypes, batch: TokenBatch, recipe: TaggerRecipe, chance: np.random.Generator) -> None:
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
        mask: Floats = (chance.random(shape, np.float32) >= share).astype(np.float32) / np.float32(1 - share)
        return mask

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
        slopes: Floats = np.zeros_like(self.scores)
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
        total: Floats = share + np.repeat(slopes[:, :width] / self.counts[:, None].astype(np.float32), self.counts, axis=0)
        return total

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
        total: Floats = past + (before @ kernel[0].T + sums @ kernel[1].T + after @ kernel[2].T) * self.masks[layer]
        return total

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
