"""Learning from local decisions in miniature: what is learned, what is not, who judges, and what leaves the house."""

import json
import random
from dataclasses import replace

import numpy as np
import pytest

from nlp_pipeline.coding.model_pack import CARD_FILE, MODEL_FILE, ModelPack, open_pack
from nlp_pipeline.coding.suggester import CoderPart
from nlp_pipeline.errors import LearningRefused, ModelPackRefused
from nlp_pipeline.records.facts import Block, Intervention
from nlp_pipeline.records.judgement import NOT_PERFORMED, DecidedVisit, Judgement
from nlp_pipeline.records.note import Note
from training.acceptance import bootstrap, judge, lock
from training.decisions import Learned, LearningRecipe, Lessons, is_locked, learn, right_of, taught
from training.local_packs import LocalPacks, delta_of, feature_digest
from training.publishing import publish
from training.recipe import Recipe, train_coder

AUTHORS = ("clinic", "neuro", "soap", "skilled")
HOUSE = "aquatic plank"  # an activity that this house codes in its own way
NAMES = ("Quillfeather", "Ravensbourne", "Thistlewood", "Marlinspike")
HOUSE_CODE = "97112"


def visit(number, words=HOUSE, code=HOUSE_CODE, name="", coder="ann"):
    text = f"{name} came today. TherEx: {words} 3x10 in chest deep water, {number} min rest."
    start = text.index(words)
    note = Note(f"n{number}", text, therapist=f"t{number % 5}", patient=f"p{number}")
    block = Block("B1", note.span(text.index("TherEx"), text.index("TherEx") + 6), None, len(text))
    each = Intervention(note.span(start, start + len(words)), "performed", 1.0)
    return DecidedVisit(note, (block,), (each,), (Judgement(f"v{number}", (start, start + len(words)), coder, code, "97110", 0.8, "97110"),))


@pytest.fixture(scope="module")
def chosen():
    return replace(LearningRecipe.read(), least_locked=5, rounds=300)


@pytest.fixture(scope="module")
def recipe():
    return replace(Recipe.read(), folds=2)


@pytest.fixture(scope="module")
def few(corpus):
    return [note for author in AUTHORS for note in [each for each in corpus if each.author == author and len(each.interventions) > 3][:12]]


@pytest.fixture(scope="module")
def parent(few, recipe, tmp_path_factory):
    """A pack whose coder knows the few notes alone."""
    part = train_coder(few, [], recipe)
    place = publish({"reader": {}, "coder": part}, {"model": "small", "features": "facts.v1"}, "2026.11", tmp_path_factory.mktemp("models"))
    return place, open_pack(place)


@pytest.fixture(scope="module")
def local():
    return [each for number in range(60) if (each := taught(visit(number, name=NAMES[number % 4] if number < 4 else "Pt")))]


@pytest.fixture(scope="module")
def learned(few, local, parent, recipe, chosen) -> Learned:
    lessons = Lessons(few, [], [each for each in local if not is_locked(each, chosen)])
    return learn(lessons, parent[1], recipe, chosen, lambda line: None)


@pytest.fixture
def packs(tmp_path):
    return LocalPacks(tmp_path / "own")


def words_in(part):
    return {word for keys in part["columns"].values() for key in keys for word in key.split()}


def test_a_visit_teaches_what_was_decided_and_not_what_was_suggested():
    [marked] = taught(visit(1)).note.interventions
    assert (marked.code, marked.ambiguous) == (HOUSE_CODE, False)


def test_what_coders_differ_about_counts_as_ambiguous():
    one, other = visit(1), visit(1, code="97530", coder="bob")
    [marked] = taught(replace(one, judgements=(*one.judgements, *other.judgements))).note.interventions
    assert marked.ambiguous


def test_what_was_not_done_teaches_nothing():
    assert taught(visit(1, code=NOT_PERFORMED)) is None


def test_visits_of_one_patient_are_locked_together(chosen):
    one, other = visit(1), visit(2)
    same = replace(other, note=replace(other.note, patient=one.note.patient))
    assert taught(one).whose == taught(same).whose


def test_the_locked_share_is_what_was_chosen(chosen):
    drawn = [is_locked(taught(visit(number)), chosen) for number in range(400)]
    assert 0.2 < sum(drawn) / 400 < 0.4


def test_learning_makes_the_house_code_right_where_nobody_taught_it(parent, learned, local, chosen):
    judging = [each.note for each in local if is_locked(each, chosen)]
    assert not right_of(parent[1].coder, parent[1], judging).any()
    assert right_of(CoderPart(**learned.part), parent[1], judging).all()


def test_a_better_model_is_accepted_with_its_reasons_counted(parent, learned, local, chosen):
    judging = [each for each in local if is_locked(each, chosen)]
    notes, whose = [each.note for each in judging], [each.whose for each in judging]
    old, new = (right_of(part, parent[1], notes) for part in (parent[1].coder, CoderPart(**learned.part)))
    verdict = judge(old, new, whose, learned, replace(chosen, largest_loss=0.05))
    assert verdict.accepted, verdict.because
    assert (verdict.gained, verdict.lost) == (len(judging), 0)
    assert verdict.told()["accepted"] is True


TIE = Learned({}, np.ones(100, bool), np.ones(100, bool))


@pytest.mark.parametrize(
    ("old", "new", "whose", "because"),
    [
        ([True] * 50, [True] * 50, "ab", "chance explains"),
        ([False] * 3 + [True] * 47, [True] * 50, "ab", "chance explains"),
        ([False] * 9 + [True] * 50, [True] * 59, "a", "too few patients"),
        ([False] * 9 + [True] * 50, [True] * 59, "abcdefghijkl", ""),
        ([True] * 20 + [False] * 8, [False] * 8 + [True] * 20, "ab", "chance explains"),
    ],
)
def test_a_model_that_chance_could_explain_is_refused(old, new, whose, because, chosen):
    patients = [whose[k % len(whose)] for k in range(len(old))]
    verdict = judge(np.array(old), np.array(new), patients, TIE, chosen)
    assert because in " ".join(verdict.because)
    assert verdict.accepted is (because == "")


def test_gains_of_one_patient_alone_are_not_enough(chosen):
    old = np.array([False] * 12 + [True] * 40)
    patients = ["loud"] * 12 + [f"p{k}" for k in range(40)]
    verdict = judge(old, np.ones(52, bool), patients, TIE, chosen)
    assert "too few patients" in verdict.because[0]


def test_a_model_that_is_no_better_is_seldom_accepted_even_where_whole_patients_flip_together(chosen):
    draws, accepted = np.random.default_rng(1), 0
    for _ in range(200):
        old = draws.random((40, 6)) < 0.85
        new = old.copy()
        for patient in np.flatnonzero(draws.random(40) < 0.25):
            gains = draws.random() < 0.5
            old[patient], new[patient] = not gains, gains
        accepted += judge(old.ravel(), new.ravel(), [f"p{k // 6}" for k in range(240)], TIE, chosen).accepted
    assert accepted <= 10  # one in twenty


def test_a_model_that_loses_on_the_corpus_is_refused(chosen):
    worse = Learned({}, np.array([True] * 97 + [False] * 3), np.ones(100, bool))
    verdict = judge(np.zeros(40, bool), np.ones(40, bool), [f"p{k}" for k in range(40)], worse, chosen)
    assert verdict.because == ("on the corpus' authors left out it falls from 100.00% to 97.00%",)


def test_the_bootstrap_is_the_same_each_time():
    draws = random.Random(1)
    differences, whose = np.array([draws.random() - 0.3 for _ in range(60)]), [f"p{k % 20}" for k in range(60)]
    assert bootstrap(differences, whose, 500) == bootstrap(differences, whose, 500)


def test_a_name_that_stands_in_few_notes_is_no_feature(learned):
    words = words_in(learned.part)
    assert not words & {name.casefold() for name in NAMES}
    assert "aquatic" in words  # the same word in many patients' notes is learned


def test_a_locked_visit_that_is_decided_otherwise_judges_no_more(local, tmp_path):
    place = tmp_path / "locked.json"
    first, standing = lock(local[:10], place)
    assert (len(standing), first.changed) == (10, 0)
    altered = replace(local[0], note=replace(local[0].note, interventions=(replace(local[0].note.interventions[0], code="97530"),)))
    again, standing = lock([altered, *local[1:10]], place)
    assert (len(standing), again.changed, again.missing) == (9, 1, 0)
    assert again.digest == first.digest


def test_the_locked_set_holds_digests_and_no_word(local, tmp_path):
    lock(local, tmp_path / "locked.json")
    written = (tmp_path / "locked.json").read_text("utf-8")
    assert not any(word in written for word in ("plank", "97112", "v1", *NAMES))


def published(packs, parent, learned):
    place, pack = parent
    return packs.publish(pack, place, learned.part, {"visits": 3, "activities": 4, "verdict": {"old": 0.1, "new": 0.9}})


def test_a_taught_pack_is_listed_current_and_sound(packs, parent, learned):
    made = published(packs, parent, learned)
    assert packs.current() == made.name
    assert packs.packs() == [made]
    assert packs.verify() == []
    assert open_pack(made).card["decisions"]["visits"] == 3


def test_the_card_does_not_bear_figures_of_another_model(packs, parent, learned):
    assert open_pack(published(packs, parent, learned)).card["authors_left_out"]["end_to_end_f1"] is None


def test_one_command_takes_a_pack_back_to_the_one_before(packs, parent, learned):
    first = published(packs, parent, learned)
    changed = replace(learned, part={**learned.part, "temperature": 1.25})
    second = packs.publish(parent[1], parent[0], changed.part, {})
    assert packs.current() == second.name
    assert packs.roll_back() == first.name
    assert packs.current() == first.name
    assert packs.roll_back() is None
    assert packs.current() is None
    with pytest.raises(LearningRefused, match="No locally taught pack"):
        packs.roll_back()
    assert packs.verify() == []


@pytest.mark.parametrize("name", [CARD_FILE, MODEL_FILE])
def test_a_changed_file_of_a_pack_is_found(packs, parent, learned, name):
    made = published(packs, parent, learned)
    (made / name).write_bytes((made / name).read_bytes().replace(b"97112", b"97113") + b" ")
    assert any(made.name in wrong for wrong in packs.verify())


@pytest.mark.parametrize("change", [lambda lines: lines[1:], lambda lines: [lines[0].replace('"accepted"', '"refused"'), *lines[1:]]])
def test_a_changed_history_is_found(packs, parent, learned, change):
    published(packs, parent, learned)
    packs.roll_back()
    place = packs.folder / "history.jsonl"
    place.write_text("\n".join(change(place.read_text("utf-8").splitlines())) + "\n", "utf-8")
    assert any("history" in wrong for wrong in packs.verify())


def test_with_a_key_nobody_else_can_seal(packs, parent, learned, tmp_path, monkeypatch):
    made = published(packs, parent, learned)
    keyed = LocalPacks(packs.folder, b"secret of the house")
    assert any("not sealed" in wrong for wrong in keyed.verify())
    (tmp_path / "key").write_bytes(b"secret of the house")
    monkeypatch.setenv("UNITWISE_MODEL_KEY", str(tmp_path / "key"))
    monkeypatch.setattr("nlp_pipeline.coding.model_pack.own_models", lambda: packs.folder)
    with pytest.raises(ModelPackRefused, match="seal"):
        open_pack(made)


def test_a_pack_sealed_with_the_key_is_opened(tmp_path, parent, learned, monkeypatch):
    (tmp_path / "key").write_bytes(b"secret of the house")
    keyed = LocalPacks(tmp_path / "own", b"secret of the house")
    made = published(keyed, parent, learned)
    monkeypatch.setenv("UNITWISE_MODEL_KEY", str(tmp_path / "key"))
    monkeypatch.setattr("nlp_pipeline.coding.model_pack.own_models", lambda: keyed.folder)
    assert keyed.verify() == []
    assert open_pack(made).name == made.name


def test_a_delta_holds_changes_and_no_word_of_any_note(packs, parent, learned, local):
    made = published(packs, parent, learned)
    written = json.dumps(delta_of(made, parent[0]))
    told = json.loads(written)
    assert told["weights"]
    words = {
        word
        for each in local
        for word in each.note.text.casefold().replace(".", " ").replace(",", " ").replace(":", " ").split()
        if word.isalpha() and len(word) > 3
    }
    assert not [word for word in words if word in written.casefold()]


def test_what_stands_in_local_notes_alone_does_not_leave_even_as_a_digest(packs, parent, learned):
    made = published(packs, parent, learned)
    told = delta_of(made, parent[0])
    shipped = {feature_digest(role, key) for role, keys in parent[1].coder.columns.items() for key in keys}
    assert told["weights"].keys() <= shipped
    assert feature_digest("inside", "aquatic") not in told["weights"]
    assert isinstance(parent[1], ModelPack)
