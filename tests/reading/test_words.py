"""Tokens, normal forms and word vectors."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp_pipeline.reading.words import BLANK, BREAK, CAPITAL, NUMBER, STOP, WordTypes, WordVectors, blank_english, cut, marks_of, normal, shape_of

NLP = blank_english()


def tokens(text: str) -> list[str]:
    return [token.text for token in NLP(text)]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("15min", ["15", "min"]),
        ("SLS/tandem", ["SLS", "/", "tandem"]),
        ("sit-to-stand", ["sit", "-", "to", "-", "stand"]),
        ("3x30s", ["3", "x", "30", "s"]),
        ("(supine)", ["(", "supine", ")"]),
        ("don't", ["don", "'", "t"]),
        ("_____", ["_", "_", "_", "_", "_"]),
    ],
)
def test_letters_digits_and_signs_part_where_they_meet(text, parts):
    assert tokens(text) == parts


@given(st.text(max_size=200))
def test_no_character_is_lost_or_moved(text):
    assert all(text[token.idx : token.idx + len(token)] == token.text for token in NLP(text))
    assert NLP(text).text == text


@given(st.text(max_size=200) | st.lists(st.sampled_from(["SLS", "x10", "15min", ",", " ", "  ", "\n", " \n ", "\t", "\xa0", "½", "m²", "_", "é"])).map("".join))
def test_the_pattern_and_spacy_cut_alike(text):
    assert cut(text) == [token.text_with_ws for token in NLP(text)]


def test_a_word_is_one_type_with_and_without_the_blank_behind_it():
    types, [[alone, spaced]] = numbered(["foam", "foam "])
    assert alone == spaced
    assert types.number(["foam", "foam "])[:, 1:].tolist() == [[4, 4], [4, 5]]


@pytest.mark.parametrize(
    ("token", "form"),
    [
        ("FOAM", "foam"),
        ("15", "15"),
        ("31", "31"),
        ("32", "<2 digits>"),
        ("97110", "<5 digits>"),
        ("1234567", "<5 digits>"),
        ("′", "'"),
        ("’", "'"),
        ("″", '"'),
        ("–", "-"),
        ("×", "x"),
        ("\n", "<line>"),
        ("\r\n", "<line>"),
        ("\n\n", "<gap>"),
        ("\r\n\r\n", "<gap>"),
    ],
)
def test_spellings_that_mean_the_same_have_one_form(token, form):
    assert normal(token) == form


@pytest.mark.parametrize(
    ("token", "marks"), [("\n", BREAK), ("\t", BLANK), ("\xa0", BLANK), (".", STOP), ("Pt", CAPITAL), ("3", CAPITAL | NUMBER), ("foam", 0), (",", 0)]
)
def test_a_token_is_marked_by_what_sentences_are_cut_by(token, marks):
    assert marks_of(token) == marks


def test_shapes_tell_spellings_apart():
    spellings = ["\n", "7", "15", "300", "97110", "foam", "SLS", "B", "Foam", "McKenzie", "/"]
    assert len({shape_of(each) for each in spellings}) == len(spellings)


@pytest.fixture
def vectors():
    pieces = ["tandem", "tan", "##dem", "##s", "stance"]
    return WordVectors({piece: number for number, piece in enumerate(pieces)}, np.eye(5, dtype=np.float32))


def test_a_word_is_cut_into_its_longest_known_pieces(vectors):
    assert vectors.pieces_of("tandems") == [0, 3]


def test_a_word_with_an_unknown_end_has_no_pieces(vectors):
    assert vectors.pieces_of("tandemx") == []


def test_a_word_means_the_mean_of_its_pieces(vectors):
    assert vectors.of("tandems").tolist() == [0.5, 0, 0, 0.5, 0]


@pytest.mark.parametrize("word", ["quokka", "<3 digits>", "", "💪"])
def test_an_unknown_word_means_nothing(vectors, word):
    assert not vectors.of(word).any()


def numbered(*lists: list[str]) -> tuple[WordTypes, list[list[int]]]:
    """Number lists of spellings one after the other."""
    types = WordTypes(lambda fresh: np.array([[len(word)] for word in fresh], np.float32).reshape(len(fresh), 1))
    return types, [types.number(words)[:, 0].tolist() for words in lists]


def test_a_spelling_keeps_its_number_when_others_are_learned():
    _, [first, _, again] = numbered(["foam", "SLS"], ["airex", "mat", "zzz"], ["foam", "SLS"])
    assert first == again


def test_two_spellings_of_one_word_are_two_types_with_one_form():
    types, [[upper, lower]] = numbered(["SLS", "sls"])
    assert upper != lower
    assert types.normals[upper] == types.normals[lower] == "sls"


def test_what_is_derived_of_a_spelling_stands_under_its_number():
    words = [f"word{'x' * count}" for count in range(1500)]  # more than a table holds at first
    types, [first, second] = numbered(words[:700], words)
    assert types.rows[second, 0].tolist() == [len(word) for word in words]
    assert second[:700] == first
