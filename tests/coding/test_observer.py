"""What serving observes of a batch is what training observes of each note alone."""

import numpy as np
import pytest
from scipy import sparse

from nlp_pipeline.coding.observer import Observer
from nlp_pipeline.coding.words import PhraseTree
from nlp_pipeline.records.facts import Facts
from nlp_pipeline.records.note import Note
from training.coder import CoderRecipe, Examples, examples, records_of
from training.corpus import MarkedNote, read_notes

NOTES = 40


@pytest.fixture(scope="module")
def notes() -> list[MarkedNote]:
    """Give some notes of the corpus, of several authors."""
    every = list(read_notes())
    return every[:: len(every) // NOTES][:NOTES]


@pytest.fixture(scope="module")
def shown(notes: list[MarkedNote]) -> Examples:
    """Give what training observes of them; no phrases, for those are left out author by author."""
    return examples(notes, [], CoderRecipe(least_features=1))


def served(notes: list[MarkedNote], shown: Examples) -> sparse.csr_array:
    """Give what serving observes of them, all in one batch, in the same columns."""
    facts = []
    for note in notes:
        interventions, blocks = records_of(note)
        facts.append(Facts(Note(note.id, note.text), tuple(blocks), tuple(interventions)))
    seen = Observer(shown.columns, PhraseTree([])).observe(facts)
    size = shown.table.shape
    whole = sparse.coo_array((seen.features.values, (seen.features.owners, seen.features.columns)), shape=size).tocsr()
    sizes = [len(seen.letters[word]) for word in seen.runs.columns.tolist()]
    letters = [column for word in seen.runs.columns.tolist() for column in seen.letters[word]]
    return whole + sparse.coo_array((np.repeat(seen.runs.values, sizes), (np.repeat(seen.runs.owners, sizes), letters)), shape=size).tocsr()


def test_serving_and_training_observe_the_same(notes: list[MarkedNote], shown: Examples):
    apart = abs(served(notes, shown) - sparse.csr_array(shown.table))
    assert apart.max() < 1e-5


def test_every_intervention_is_observed(notes: list[MarkedNote], shown: Examples):
    assert (np.diff(served(notes, shown).indptr) > 0).all()
