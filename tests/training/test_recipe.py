"""The whole recipe in miniature: a dozen notes make a pack that codes a note, and make the same one again."""

from dataclasses import asdict, replace
from datetime import date

import pytest

from nlp_pipeline.coding.model_pack import CAREFUL_FILE, CURRENT_FILE, open_pack
from nlp_pipeline.pipeline import Pipeline
from nlp_pipeline.records.note import Note
from training.corpus import MarkedNote
from training.publishing import card_of, digests, publish
from training.recipe import Order, Recipe, author_folds, train

AUTHORS = ("clinic", "neuro", "soap", "skilled")
NOTE = "NMR 97112 x 15 min: tandem stance on foam 3x30s with min A.\nTE 97110 x 10 min: leg press 3x10\nPlan: add lunges."


@pytest.fixture(scope="module")
def recipe() -> Recipe:
    shipped = Recipe.read()
    small = replace(shipped.tagger, width=16, epochs=2)
    return replace(shipped, folds=2, least_words=1, tagger=small, variation=replace(shipped.variation, copies=1))


@pytest.fixture(scope="module")
def few(corpus) -> list[MarkedNote]:
    """Three full notes of each of four authors."""
    return [note for author in AUTHORS for note in [each for each in corpus if each.author == author and len(each.interventions) > 3][:3]]


@pytest.fixture(scope="module")
def packs(few, phrases, recipe, tmp_path_factory):
    """Two packs, each trained and published on its own; the second with another number of workers."""
    listed = [phrase for phrase in phrases if phrase.author in AUTHORS]
    made = []
    for workers in (1, 2):
        parts = train(few, listed, recipe, Order(workers, lambda line: None))
        card = card_of(few, listed, recipe, parts, None)
        made.append(publish(parts, card, "2026.03", tmp_path_factory.mktemp("models")))
    return made


def test_the_same_notes_make_the_same_pack_whatever_the_workers(packs):
    first, second = (open_pack(pack) for pack in packs)
    assert first.card["sha256"] == second.card["sha256"]


def test_a_pack_is_named_after_its_month_and_content(packs):
    pack = open_pack(packs[0])
    assert pack.name == f"unitwise-2026.03-{pack.card['sha256'][:6]}"


def test_publishing_makes_the_pack_the_current_one(packs):
    assert (packs[0].parent / CURRENT_FILE).read_text("utf-8").strip() == packs[0].name


def test_publishing_leaves_nothing_else_behind(packs):
    assert {path.name for path in packs[0].parent.iterdir()} == {CURRENT_FILE, packs[0].name}


def test_a_small_pack_codes_a_note(packs):
    [coded] = Pipeline.load(packs[0]).code([Note("n", NOTE, date(2026, 3, 2))])
    assert {line.code for line in coded.claim.lines} == {"97110", "97112"}
    assert coded.model == packs[0].name


def test_the_card_says_first_that_nothing_was_measured(packs):
    card = open_pack(packs[0]).card
    assert list(card)[:2] == ["name", "authors_left_out"]
    assert card["authors_left_out"]["end_to_end_f1"] is None


def test_the_card_counts_what_it_was_trained_on(packs, few):
    told = open_pack(packs[0]).card["trained_on"]
    assert told["notes"] == len(few) == 12
    assert told["authors"] == dict.fromkeys(sorted(AUTHORS), 3)
    assert sum(told["interventions"].values()) == sum(len(note.interventions) for note in few)


def test_a_changed_recipe_has_another_digest(recipe):
    changed = replace(recipe, least_words=recipe.least_words + 1)
    assert digests(recipe)["recipe"] != digests(changed)["recipe"]
    assert digests(recipe)["corpus"] == digests(changed)["corpus"]


def test_the_shipped_recipe_is_read_whole():
    recipe = Recipe.read()
    assert recipe.name == "unitwise"
    assert asdict(recipe)["tagger"]["width"] == recipe.tagger.width > 0


def test_an_unknown_key_of_a_recipe_is_an_error(tmp_path):
    (tmp_path / "odd.toml").write_text("[tagger]\nwidht = 3\n", "utf-8")
    with pytest.raises(TypeError, match="widht"):
        Recipe.read(tmp_path / "odd.toml")


@pytest.mark.parametrize("folds", [2, 3, 5])
def test_every_author_is_left_out_once(corpus, folds):
    dealt = author_folds(corpus, folds)
    assert sorted(author for fold in dealt for author in fold) == sorted({note.author for note in corpus})
    assert len(dealt) == folds


def test_folds_are_of_like_size(corpus):
    sizes = [sum(len(note.interventions) for note in corpus if note.author in fold) for fold in author_folds(corpus, 3)]
    assert max(sizes) < 1.2 * min(sizes)


def test_fewer_authors_than_folds_make_fewer_folds(few):
    assert len(author_folds(few, 10)) == len(AUTHORS)


CAREFUL = {"encoder": {"layers": b"layers"}, "judge": {}, "cut": {"core": 1}, "leaning": 0.3, "evidence_leaning": 1.0, "made_from": "these notes"}


def published(models, **changes):
    """Publish a pack with a careful reader."""
    return publish({"reader": {}, "coder": {}, "careful": CAREFUL | changes}, {"model": "small"}, "2026.11", models)


def test_a_careful_reader_made_from_the_same_is_carried_over_byte_for_byte(tmp_path):
    first = published(tmp_path)
    held = (first / CAREFUL_FILE).read_bytes()
    assert published(tmp_path, note="opened and laid out anew") == first
    assert (first / CAREFUL_FILE).read_bytes() == held


@pytest.mark.parametrize("change", [{"leaning": 0.5}, {"made_from": "other notes"}, {"encoder": {"layers": b"others"}}])
def test_a_careful_reader_that_differs_makes_another_pack(tmp_path, change):
    assert published(tmp_path) != published(tmp_path, **change)


def test_everyone_may_read_a_pack(tmp_path):
    assert all(each.stat().st_mode & 0o044 for each in published(tmp_path).iterdir())
