"""A batch of notes as one row of tokens."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp_pipeline.reading.batch import PADDING, TEXT, TokenBatch, token_batch
from nlp_pipeline.reading.gazetteer import Gazetteer
from nlp_pipeline.reading.sections import KINDS
from nlp_pipeline.reading.words import WordTypes, blank_english

NLP = blank_english()
PHRASES = Gazetteer([(["tandem", "stance"], 1)])
NOTES = st.lists(st.lists(st.sampled_from(["Pt", "did", "SLS", ".", "\n", "\n\n", " ", "\t", "15min", "Plan:", "💪"]), max_size=12).map(" ".join), max_size=5)


def batch_of(*texts: str) -> TokenBatch:
    """Lay texts end to end."""
    docs = list(NLP.pipe(texts))
    for doc, text in zip(docs, texts, strict=True):
        doc.user_data[TEXT] = text
    return token_batch(docs, WordTypes(lambda fresh: np.zeros((len(fresh), 1), np.float32)), [PHRASES] * len(docs))


def sentences(*texts: str) -> list[list[str]]:
    """List the words of each sentence of a batch, padding left out."""
    batch = batch_of(*texts)
    numbers = batch.sentence[batch.real]
    words = np.array(batch.normals, object)[batch.real]
    return [words[numbers == number].tolist() for number in np.unique(numbers)]


@given(NOTES)
def test_every_token_keeps_its_place_in_its_own_text(texts):
    batch = batch_of(*texts)
    for text, first, last in zip(texts, batch.first, batch.last, strict=True):
        cut = [text[start:end] for start, end in zip(batch.starts[first:last], batch.ends[first:last], strict=True)]
        assert "".join("".join(cut).split()) == "".join(text.split())


@given(NOTES)
def test_notes_stand_apart_by_padding(texts):
    batch = batch_of(*texts)
    edges = np.concatenate([[0], np.stack([batch.first, batch.last], axis=1).ravel(), [len(batch.real)]]) if texts else np.array([0, PADDING])
    assert (edges[1::2] - edges[:-1:2] >= PADDING).all()


@given(NOTES)
def test_only_tokens_are_real(texts):
    batch = batch_of(*texts)
    inside = np.zeros(len(batch.real), bool)
    for first, last in zip(batch.first, batch.last, strict=True):
        inside[first:last] = True
    assert (batch.real == inside).all()


@given(NOTES)
def test_a_sentence_never_spans_two_notes(texts):
    batch = batch_of(*texts)
    owners = [set(batch.sentence[first:last]) for first, last in zip(batch.first, batch.last, strict=True)]
    assert sum(map(len, owners)) == len(set().union(*owners))


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Did SLS. Held tandem.", 2),
        ("Did SLS for 15 min. 3 trials.", 2),
        ("Did SLS\nHeld tandem", 2),
        ("Did SLS for approx. ten minutes", 1),
        ("Went from 3.5 to 4 kg", 1),
        ("Did SLS? Yes", 2),
    ],
)
def test_sentences_end_at_line_breaks_and_before_capitals(text, count):
    assert len(sentences(text)) == count


def test_a_blank_is_no_word():
    assert sentences("did  \t SLS\xa0today") == [["did", "sls", "today"]]


def test_known_phrases_are_marked_where_they_stand():
    batch = batch_of("SLS", "did tandem stance")
    assert [batch.normals[at] for at in np.flatnonzero(batch.gazetteer)] == ["tandem", "stance"]


def test_a_heading_is_told_from_what_stands_under_it():
    batch = batch_of("Plan: step-ups")
    plan = KINDS.index("plan")
    assert [batch.section[batch.normals.index(word)] for word in ("plan", "step")] == [plan + len(KINDS), plan]


def test_sections_do_not_reach_into_the_next_note():
    batch = batch_of("Plan: step-ups", "did SLS")
    assert batch.section[batch.normals.index("did")] == 0


def test_a_phrase_never_spans_two_notes():
    assert not batch_of("did tandem", "stance").gazetteer.any()


def test_a_text_without_words_keeps_the_sections_of_its_neighbours_apart():
    batch = batch_of("Plan: step-ups", "", "Plan:")
    plan = KINDS.index("plan")
    assert batch.section[batch.first[2] : batch.last[2]].tolist() == [plan + len(KINDS)] * 2


def test_no_notes_make_an_empty_batch():
    batch = batch_of()
    assert not batch.real.any()
