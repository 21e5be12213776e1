"""The careful reader: how a note is cut for the encoder, and that what it says does not depend on its company."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp_pipeline.pipeline import Pipeline
from nlp_pipeline.reading.encoder import BESIDE, LONGEST, MOST_PIECES, windows
from nlp_pipeline.records.note import Note

LONG = "\n".join(f"Set {k}: SLS on foam 3x30 s, step-ups and bridges to improve balance for stairs, CGA." for k in range(60))


@pytest.fixture(scope="module")
def fast() -> Pipeline:
    return Pipeline.load(reader="fast")


@given(st.lists(st.integers(1, MOST_PIECES), max_size=900), st.integers(1, 60))
def test_windows_tell_of_every_word_once_and_never_grow_too_long(counts, sentence_length):
    pieces = np.array(counts, np.int32)
    sentences = (np.arange(len(counts)) // sentence_length).astype(np.int32)
    cut = [*windows(pieces, sentences)]
    assert [word for each in cut for word in range(each.first, each.last)] == [*range(len(counts))]
    assert all(each.begin <= each.first and each.last <= each.end for each in cut)
    assert all(pieces[each.begin : each.end].sum() <= LONGEST + MOST_PIECES for each in cut)


def test_a_long_note_is_cut_between_sentences_with_text_beside():
    pieces, sentences = np.full(400, 1, np.int32), (np.arange(400) // 20).astype(np.int32)
    first, second, *_ = windows(pieces, sentences)
    assert first.last % 20 == 0
    assert second.first - second.begin == BESIDE


def read(pipeline, *texts):
    return [[(each.span.start, each.span.end, each.status) for each in coded.facts.interventions] for coded in pipeline.code(map(Note, "abcdef", texts))]


def test_a_note_is_read_alike_alone_and_in_company(pipeline):
    note = "Ther ex: squats 3x10. NMR 15 min: SLS on foam to improve balance. HEP: bridges."
    assert read(pipeline, LONG, note, "Pt cancelled.")[1] == read(pipeline, note)[0]


def test_a_long_note_is_read_to_its_end(pipeline):
    coded = next(pipeline.code([Note("a", LONG)]))
    assert coded.facts.interventions[-1].span.start > LONG.rindex("\n")


def test_every_answer_names_its_reader(pipeline, fast):
    assert [next(each.code([Note("a", "Squats 3x10.")])).reader for each in (pipeline, fast)] == ["careful", "fast"]


def test_the_fast_reader_hears_nothing(fast):
    assert all(each.heard == () for each in next(fast.code([Note("a", LONG)])).facts.interventions)


def test_what_is_heard_rests_on_the_activity_its_sentence_and_the_note(pipeline):
    text = "Pain 3/10. Squats on foam to improve balance. Left happy."
    [found] = next(pipeline.code([Note("a", text)])).facts.interventions
    own, sentence, note = found.heard
    assert own.span == found.span
    assert sentence.span.text.strip() == "Squats on foam to improve balance."
    assert (note.span.start, note.span.end) == (0, 0)


def test_listening_again_to_the_same_words_hears_the_same(pipeline):
    facts = next(pipeline.code([Note("a", LONG[:600])])).facts
    [again] = pipeline.reader.listen([facts])
    for one, other in zip(facts.interventions, again.interventions, strict=True):
        assert np.allclose([each.weights for each in one.heard], [each.weights for each in other.heard], atol=1e-3)


@pytest.mark.parametrize("text", ["", " \n\n ", "\u200b\u2028", "漢字 " * 300, "a" * 3000, "12 " * 2000])
def test_odd_texts_are_read_without_harm(pipeline, text):
    coded = next(pipeline.code([Note("a", text)]))
    assert coded.facts.note.text == text
