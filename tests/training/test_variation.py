"""Varied copies keep every mark on its words."""

import re
from dataclasses import replace

import pytest

from training.corpus import UNSAID, MarkedNote, Phrase
from training.framing import FramingRecipe
from training.variation import VariationRecipe, rewritten, varied

UNFRAMED = FramingRecipe(most=0)
PHRASES = [Phrase("wall slides", "97110", False, "lender"), Phrase("taping", "none", False, "lender"), Phrase("SLS on foam", "97112", False, "hand")]


@pytest.fixture
def note(read) -> MarkedNote:
    return read(
        "[[H:97110|TE]] [[M:code:97110:15|15 min]]: [[97110|performed|SLR]], [[97110|performed|clamshells]], [[97110|negated|Bridges]]\n"
        "[[D:skilled_cueing|min A]] and [[97112|planned|tandem stance]]"
    )


def words(note: MarkedNote) -> list[str]:
    """List what stands under the marks that no variation may change."""
    return [note.text[mark.start : mark.end] for several in (note.headers, note.minutes, note.elements) for mark in several]


def test_a_replaced_activity_moves_every_mark_along(note):
    first = note.interventions[0]
    changed = rewritten(note, {first.start: (first.end, "a much longer activity")})
    assert changed.text == note.text.replace("SLR", "a much longer activity")
    assert words(changed) == words(note)
    assert [changed.text[each.start : each.end] for each in changed.interventions] == ["a much longer activity", "clamshells", "Bridges", "tandem stance"]


def test_a_swapped_activity_keeps_its_status_and_has_no_code_that_anyone_gave_it(note):
    [copy] = varied([note], PHRASES, VariationRecipe(copies=1, swap=1.0, lower=0, upper=0, signs=0, framing=UNFRAMED))
    assert [(each.status, each.stated_code) for each in copy.note.interventions] == [(each.status, each.stated_code) for each in note.interventions]
    assert {each.code for each in copy.note.interventions} == {UNSAID}


def test_a_swapped_activity_comes_from_the_lender(note):
    copies = varied([note], PHRASES, VariationRecipe(copies=20, swap=1.0, lower=0, upper=0, signs=0, framing=UNFRAMED))
    lent = {text for each in copies if each.lender == "lender" for mark in each.note.interventions for text in [each.note.text[mark.start : mark.end]]}
    assert lent == {"wall slides", "Wall slides"}  # "taping" bears no code of a service


@pytest.mark.parametrize("share", ["lower", "upper", "signs"])
def test_a_new_style_moves_no_offset(note, share):
    still = VariationRecipe(copies=1, swap=0, lower=0, upper=0, signs=0, framing=UNFRAMED)
    [copy] = varied([note], PHRASES, replace(still, **{share: 1.0}))
    assert copy.note.text != note.text
    assert plain(copy.note.text) == plain(note.text)
    assert copy.note.interventions == note.interventions


def plain(text: str) -> str:
    """Leave out what a style may change: case, and the signs between listed things."""
    return re.sub(r"[,;/+]", ",", text.lower())


def test_the_corpus_varied_keeps_every_mark_on_its_words(corpus, phrases):
    some = corpus[::10]
    copies = varied(some, phrases, VariationRecipe(copies=1))
    wrong = [each.note.id for each, note in zip(copies, some, strict=True) if not {*map(plain, words(note))} <= {*map(plain, words(each.note))}]
    assert wrong == []


def test_copies_differ_from_what_they_were_made_of(corpus, phrases):
    some = corpus[::20]
    copies = varied(some, phrases, VariationRecipe(copies=1))
    assert sum(each.note.text != note.text for each, note in zip(copies, some, strict=True)) > len(some) / 2


def test_the_same_recipe_gives_the_same_copies(note):
    assert varied([note], PHRASES, VariationRecipe()) == varied([note], PHRASES, VariationRecipe())


def test_another_seed_gives_other_copies(note):
    assert varied([note], PHRASES, VariationRecipe(copies=9, seed=1)) != varied([note], PHRASES, VariationRecipe(copies=9, seed=2))
