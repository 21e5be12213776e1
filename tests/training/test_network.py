"""The network in training: its slopes are right, and what is trained is what is served."""

from collections.abc import Sequence

import numpy as np
import pytest

from nlp_pipeline.reading.batch import TokenBatch, token_batch
from nlp_pipeline.reading.network import EVIDENCE, OFFSETS, SPANS, STATES, Network, log_shares
from nlp_pipeline.reading.words import WordTypes, WordVectors
from training.corpus import Phrase
from training.lessons import Classroom, vocabulary
from training.passes import KnownTypes, Pass, Targets
from training.tagger import Lesson, fit_tagger, targets
from training.weights import Arrays, TaggerRecipe, new_weights

TINY = TaggerRecipe(width=4, word_width=3, affix_width=2, shape_width=2, words_hidden=0, inputs_hidden=0, units_hidden=0, epochs=30, notes_a_step=2)
STEP = 1e-5
CHECKED = 12  # places of each weight, the steepest


@pytest.fixture(scope="module")
def vectors():
    pieces = ["tan", "##dem", "stance", "foam", "did", "held", "sl", "##s"]
    return WordVectors({piece: number for number, piece in enumerate(pieces)}, np.random.default_rng(1).normal(0, 0.5, (8, 5)).astype(np.float32))


@pytest.fixture
def lessons(read) -> list[Lesson]:
    notes = [
        read("did [[97112|performed|tandem stance]] on foam, held [[97110|negated|SLR]].\nPlan: [[97112|planned|SLS]]", head="=== id: a"),
        read("[[D:skilled_cueing|min A]] for [[97112|performed|SLS]]. Held 15 min", head="=== id: b"),
    ]
    return Classroom([Phrase("tandem stance", "97112", False, "other")]).lessons(notes)


def shown(lessons: Sequence[Lesson], vectors: WordVectors) -> tuple[KnownTypes, TokenBatch, Targets]:
    """Lay lessons out as fitting does."""
    docs, gazetteers = [each.doc for each in lessons], [each.gazetteer for each in lessons]
    known = KnownTypes(docs, gazetteers, vocabulary(lessons, vectors, 1))
    batch = token_batch(docs, known.types, gazetteers)
    return known, batch, targets(lessons, batch)


def loss_of(scores: np.ndarray, goal: Targets, batch: TokenBatch, recipe: TaggerRecipe) -> float:
    """Say how wrong scores are: what the slopes should be the slopes of."""
    total = 0.0
    for part, labels, among, weight in (
        (SPANS, goal.spans, batch.real, 1.0),
        (STATES, goal.states, goal.states >= 0, recipe.state_weight),
        (EVIDENCE, goal.evidence, batch.real, recipe.evidence_weight),
    ):
        rows = np.flatnonzero(among)
        total -= weight * log_shares(scores[rows, part])[np.arange(len(rows)), labels[rows]].mean()
    return float(total)


def exact(recipe: TaggerRecipe, known: KnownTypes, vectors: WordVectors) -> Arrays:
    """Draw weights in double precision, away from zero, so that no unit sits on its kink."""
    chance = np.random.default_rng(3)
    drawn = new_weights(recipe, int(known.words.max()), vectors.vectors.shape[1])
    return {name: each.astype(np.float64) + chance.normal(0, 0.1, each.shape) for name, each in drawn.items()}


@pytest.mark.parametrize(
    "name", ["word", "affix", "shape", "first", "first_bias", "gazetteer", "section", "wide", "wide_bias", "pool", "pool_bias", "out", "out_bias"]
)
def test_a_slope_is_what_a_small_step_shows(lessons, vectors, name):
    known, batch, goal = shown(lessons, vectors)
    weights = exact(TINY, known, vectors)

    def loss() -> float:
        return loss_of(Pass(weights, known, batch, TINY, np.random.default_rng(0)).scores, goal, batch, TINY)

    slopes = Pass(weights, known, batch, TINY, np.random.default_rng(0)).gradients(goal)[name]
    flat, told = weights[name].reshape(-1), slopes.reshape(-1)
    places = np.argsort(-np.abs(told))[:CHECKED]
    measured = []
    for place in places:
        kept = flat[place]
        flat[place] = kept + STEP
        above = loss()
        flat[place] = kept - STEP
        below = loss()
        flat[place] = kept
        measured.append((above - below) / (2 * STEP))
    assert np.abs(told).max() > 1e-4
    np.testing.assert_allclose(told[places], measured, rtol=1e-3, atol=1e-6)


def test_what_is_served_is_what_was_trained(lessons, vectors):
    known, batch, _ = shown(lessons, vectors)
    words = vocabulary(lessons, vectors, 1)
    weights = new_weights(TINY, len(words.words), vectors.vectors.shape[1])
    trained = Pass(weights, known, batch, TINY, np.random.default_rng(0)).scores
    network = Network(weights, words)
    types = WordTypes(lambda spellings: network.first_layer(spellings).reshape(len(spellings), OFFSETS * network.width))
    again = token_batch([each.doc for each in lessons], types, [each.gazetteer for each in lessons])
    served = network.run(again, types.rows)
    for part in (SPANS, STATES, EVIDENCE):
        np.testing.assert_allclose(served[again.real, part], log_shares(trained[batch.real, part]), atol=1e-4)


def test_marks_become_labels_of_tokens(lessons, vectors):
    _, batch, goal = shown(lessons, vectors)
    assert [batch.normals[at] for at in np.flatnonzero(goal.spans)] == ["tandem", "stance", "slr", "sls", "sls"]
    assert goal.spans[goal.spans > 0].tolist() == [1, 2, 1, 1, 1]
    assert [batch.normals[at] for at in np.flatnonzero(goal.evidence)] == ["min", "a"]


def test_the_same_lessons_give_the_same_weights(lessons, vectors):
    words = vocabulary(lessons, vectors, 1)
    first, second = (fit_tagger(lessons, words, TINY) for _ in range(2))
    assert all((first[name] == second[name]).all() for name in first)


def test_fitting_learns_the_lessons(lessons, vectors):
    known, batch, goal = shown(lessons, vectors)
    words = vocabulary(lessons, vectors, 1)
    before = loss_of(Pass(new_weights(TINY, len(words.words), 5), known, batch, TINY, np.random.default_rng(0)).scores, goal, batch, TINY)
    after = loss_of(Pass(fit_tagger(lessons, words, TINY), known, batch, TINY, np.random.default_rng(0)).scores, goal, batch, TINY)
    assert after < before - 0.3
