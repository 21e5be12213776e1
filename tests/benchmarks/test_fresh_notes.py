"""Notes for the benchmarks: real lines, each at most once in a round."""

from collections import Counter
from itertools import islice
from types import SimpleNamespace

import pytest

from benchmarks import fresh_notes as module
from benchmarks.fresh_notes import endless_notes, fresh_notes


@pytest.fixture
def corpus(monkeypatch):
    """Twelve notes by two authors, five and seven, each of three lines that stand nowhere else and that variation leaves alone."""
    notes = [SimpleNamespace(author="one" if number < 5 else "two", text="\n".join(f"{chr(97 + number)} {at}" for at in "xyz")) for number in range(12)]
    monkeypatch.setattr(module, "read_notes", lambda: iter(notes))
    return notes


def test_no_line_of_the_corpus_comes_twice_in_a_round(corpus):
    lines = Counter(line for note in fresh_notes(1) for line in note.splitlines())
    assert set(lines.values()) == {1}


def test_every_note_of_an_author_is_in_a_pair(corpus):
    assert len(fresh_notes(1)) == 2 + 3


def test_a_pair_is_by_one_author(corpus):
    author = {line: note.author for note in corpus for line in note.text.splitlines()}
    assert all(len({author[line] for line in note.splitlines()}) == 1 for note in fresh_notes(1))


def test_a_seed_repeats_its_round(corpus):
    assert fresh_notes(1) == fresh_notes(1)


def test_one_round_follows_the_other(corpus):
    assert [*islice(endless_notes(1), 10)] == fresh_notes(1) + fresh_notes(2)
