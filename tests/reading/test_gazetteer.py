"""Known phrases among the words of a note."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp_pipeline.reading.gazetteer import Gazetteer

PHRASES = [("heel raises", 0), ("heel raises on foam", 1), ("tandem stance", 1), ("lift", 2), ("e", 3), ("heel", 4)]
GAZETTEER = Gazetteer((phrase.split(), kind) for phrase, kind in PHRASES)


def marks(words: str) -> list[int]:
    return GAZETTEER.tag(words.split()).tolist()


def test_the_longest_phrase_wins():
    assert marks("did heel raises on foam") == [0, 3, 4, 4, 4]


def test_a_phrase_that_breaks_off_is_marked_as_far_as_it_was_known():
    assert marks("heel raises on mat") == [1, 2, 0, 0]


def test_two_phrases_side_by_side_each_begin():
    assert marks("heel raises tandem stance") == [1, 2, 3, 4]


def test_a_phrase_at_the_end_of_the_words_is_whole():
    assert marks("then lift") == [0, 5]


def test_a_single_letter_is_no_phrase():
    assert marks("e") == [0]


def test_the_first_class_given_to_a_phrase_holds():
    assert Gazetteer([(["lift"], 2), (["lift"], 5)]).tag(["lift"]).tolist() == [5]


@pytest.mark.parametrize("words", ["", "tandem", "tandem walk", "lifting"])
def test_what_is_not_listed_is_not_marked(words):
    assert set(marks(words)) <= {0}


@given(st.lists(st.sampled_from(["did", "heel", "raises", "on", "foam", "tandem", "stance", "lift", "e"])))
def test_a_word_goes_on_only_where_one_of_its_class_stands_before_it(words):
    row = [0, *GAZETTEER.tag(words).tolist()]
    assert all(before in {mark - 1, mark} for before, mark in pairwise(row) if mark and mark % 2 == 0)
