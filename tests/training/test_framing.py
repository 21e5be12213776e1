"""Frames put whole, rightly marked activities into notes, and leave alone what was there."""

import numpy as np
import pytest

from nlp_pipeline.errors import CorpusError
from training.framing import Frames, FramingRecipe, Lent, framed, read_frames

LENT = [Lent("wall slides", "97110"), Lent("SLS on foam", "97112"), Lent("car transfer", "97530")]
TEXT = "[[H:97110|TE]]: [[97110|performed|SLR]], [[97110|negated|bridges]].\nPt did well."


def framed_often(note, recipe=None, times=60):
    chance = np.random.default_rng(7)
    return [framed(note, LENT, recipe or FramingRecipe(), chance) for _ in range(times)]


def marked(note):
    return [note.text[each.start : each.end] for each in note.interventions]


def test_every_mark_lies_on_an_activity_that_was_there_or_was_lent(read):
    known = {"slr", "bridges", *(each.words.lower() for each in LENT)}
    assert {words.lower() for note in framed_often(read(TEXT)) for words in marked(note)} == known


def test_every_lent_activity_in_the_text_is_marked_unless_its_frame_holds_none(read):
    for note in framed_often(read(TEXT), FramingRecipe(none=0.0)):
        assert sum(note.text.lower().count(each.words.lower()) for each in LENT) == len(note.interventions) - 2


def test_marks_stand_in_order_and_never_overlap(read):
    for note in framed_often(read(TEXT)):
        edges = [edge for each in note.interventions for edge in (each.start, each.end)]
        assert edges == sorted(edges)


def test_what_was_there_keeps_its_status_and_its_words(read):
    for note in framed_often(read(TEXT)):
        assert {("SLR", "performed"), ("bridges", "negated")} <= {(note.text[each.start : each.end], each.status) for each in note.interventions}


def test_frames_of_every_status_are_used(read):
    assert {each.status for note in framed_often(read(TEXT), times=200) for each in note.interventions} == {
        "performed",
        "planned",
        "home",
        "past",
        "negated",
        "other",
    }


def test_a_lent_activity_has_the_code_that_it_was_lent_with(read):
    codes = {note.text[each.start : each.end].lower(): each.code for note in framed_often(read(TEXT)) for each in note.interventions}
    assert {words: codes[words.lower()] for words, _ in ((each.words, None) for each in LENT)} == {each.words: each.code for each in LENT}


def test_no_frames_leave_a_note_as_it_was(read):
    note = read(TEXT)
    assert framed_often(note, FramingRecipe(most=0), times=1) == [note]


@pytest.mark.parametrize("line", ["done\tDid {a}.", "performed\tDid {a} with {nobody}."])
def test_a_frame_of_an_unknown_kind_or_with_an_unknown_place_is_refused(tmp_path, line):
    path = tmp_path / "frames.tsv"
    path.write_text(line + "\n", "utf-8")
    with pytest.raises(CorpusError):
        Frames.read(path)


def test_the_corpus_has_frames_for_every_status_and_for_none():
    assert {kind: len(words) >= 7 for kind, words in read_frames().by_kind.items()} == dict.fromkeys(
        ("performed", "planned", "home", "past", "negated", "other", "none"), True
    )
