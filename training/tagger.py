"""Fit the reader's network to marked notes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from spacy.tokens import Doc

from nlp_pipeline.reading.batch import TokenBatch, token_batch
from nlp_pipeline.reading.gazetteer import Gazetteer
from nlp_pipeline.reading.network import Vocabulary
from nlp_pipeline.records.facts import ELEMENTS, STATUSES
from training.adam import Adam
from training.corpus import MarkedNote
from training.passes import KnownTypes, Pass, Targets
from training.weights import Arrays, TaggerRecipe, new_weights


@dataclass(frozen=True, slots=True)
class Lesson:
    """One marked note, tokenized; its gazetteer leaves out the phrases that its own author listed."""

    note: MarkedNote
    doc: Doc
    gazetteer: Gazetteer


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
    known = KnownTypes([each.doc for each in lessons], [each.gazetteer for each in lessons], vocabulary)
    weights = new_weights(recipe, len(vocabulary.words), known.meanings.shape[1])
    chance = np.random.default_rng(recipe.seed + 1)
    steps = recipe.epochs * -(-len(lessons) // recipe.notes_a_step)
    adam = Adam(weights, recipe, steps)
    for _ in range(recipe.epochs):
        for chosen in _steps(len(lessons), recipe.notes_a_step, chance):
            part = [lessons[k] for k in chosen]
            batch = token_batch([each.doc for each in part], known.types, [each.gazetteer for each in part])
            adam.step(Pass(weights, known, batch, recipe, chance).gradients(targets(part, batch)))
    return weights


def _steps(count: int, size: int, chance: np.random.Generator) -> Iterator[NDArray[np.int64]]:
    order = chance.permutation(count)
    for start in range(0, count, size):
        yield order[start : start + size]
