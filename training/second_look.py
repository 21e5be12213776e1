"""Fit the second look to candidates that the network found in notes it had not seen."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from nlp_pipeline.reading.batch import TokenBatch
from nlp_pipeline.reading.candidates import PLACES, REGIONS, Candidates, Surroundings
from nlp_pipeline.reading.judge import BUCKETS, VERDICTS, bucket_of
from nlp_pipeline.reading.words import Floats, WordVectors
from nlp_pipeline.records.facts import STATUSES
from training.corpus import MarkedNote
from training.matching import pair


@dataclass(frozen=True, slots=True)
class JudgeRecipe:
    """How strongly words, meanings and figures are held back, and how long to search."""

    words: float = 0.5
    meanings: float = 0.3
    figures: float = 0.3
    strength: float = 0.03
    rounds: int = 200


@dataclass(frozen=True, slots=True)
class Exercise:
    """What the judge is shown of one batch, and the right verdicts."""

    figures: Floats
    words: sparse.csr_matrix
    meanings: Floats
    verdicts: NDArray[np.int64]


def exercise(seen: Surroundings, notes: Sequence[MarkedNote], normals: Sequence[str], vectors: WordVectors) -> Exercise:
    """Write down what the judge would see of the candidates of `notes`."""
    batch, count = seen.batch, len(seen.found)
    buckets = np.array([bucket_of(each) for each in normals], np.int64)
    meanings = np.array([vectors.of(each) for each in normals], np.float32)
    rows, columns = [], []
    for place, stretch in enumerate(seen.places()):
        rows.append(stretch.owners)
        columns.append(place * BUCKETS + buckets[batch.types[stretch.tokens]])
    row, column = np.concatenate(rows), np.concatenate(columns)
    words = sparse.csr_matrix((np.ones(len(row), np.float32), (row, column)), shape=(count, len(PLACES) * BUCKETS))
    means = [stretch.sums(meanings[batch.types[stretch.tokens]], count) / stretch.counts(count)[:, None] for stretch in seen.regions()]
    return Exercise(seen.figures(), words, np.concatenate(means, axis=1), right_verdicts(batch, seen.found, notes))


def right_verdicts(batch: TokenBatch, found: Candidates, notes: Sequence[MarkedNote]) -> NDArray[np.int64]:
    """Match candidates with the marked interventions: 0 where there is none, else one more than the status's number."""
    verdicts = np.zeros(len(found), np.int64)
    for number, note in enumerate(notes):
        here = np.flatnonzero(found.notes == number)
        spans = [(int(batch.starts[found.begins[k]]), int(batch.ends[found.ends[k] - 1])) for k in here]
        for marked, guess in pair([(each.start, each.end) for each in note.interventions], spans):
            verdicts[here[guess]] = 1 + STATUSES.index(note.interventions[marked].status)
    return verdicts


def fit_judge(exercises: Sequence[Exercise], recipe: JudgeRecipe) -> dict[str, Floats]:
    """Fit the judge; figures are brought to unit spread for fitting and the weights brought back after."""
    figures = np.concatenate([each.figures for each in exercises])
    middle, spread = figures.mean(axis=0), figures.std(axis=0) + np.float32(1e-3)
    meanings = np.concatenate([each.meanings for each in exercises])
    words = sparse.vstack([each.words for each in exercises]).tocsr()
    used = np.flatnonzero(np.bincount(words.indices, minlength=words.shape[1]) > 1)
    table = sparse.hstack(
        [sparse.csr_matrix((figures - middle) / spread * recipe.figures), sparse.csr_matrix(meanings * recipe.meanings), words[:, used] * recipe.words]
    ).tocsr()
    verdicts = np.concatenate([each.verdicts for each in exercises])
    model = LogisticRegression(C=recipe.strength, max_iter=recipe.rounds).fit(table, verdicts)
    slopes = np.zeros((table.shape[1], VERDICTS), np.float32)
    slopes[:, model.classes_] = model.coef_.T
    bias = np.full(VERDICTS, -20.0, np.float32)
    bias[model.classes_] = model.intercept_
    first, second = figures.shape[1], figures.shape[1] + meanings.shape[1]
    places = np.zeros((len(PLACES) * BUCKETS, VERDICTS), np.float32)
    places[used] = slopes[second:] * recipe.words
    figure_slopes = slopes[:first] * recipe.figures / spread[:, None]
    return {
        "figures": figure_slopes,
        "regions": (slopes[first:second] * recipe.meanings).reshape(len(REGIONS), -1, VERDICTS),
        "places": places.reshape(len(PLACES), BUCKETS, VERDICTS),
        "bias": bias - middle @ figure_slopes,
    }
