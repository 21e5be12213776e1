"""`unitwise models` and `unitwise train --with decisions` as they end for a user: one clear line, and nothing half done."""

import json
import shutil

import joblib
import pytest

from nlp_pipeline.apps import learning
from nlp_pipeline.apps.cli import parser
from nlp_pipeline.coding.model_pack import open_pack
from nlp_pipeline.errors import LearningRefused, NlpPipelineError
from training.local_packs import LocalPacks, shipped_pack


@pytest.fixture
def own(tmp_path, monkeypatch):
    """A user's own folder, empty."""
    monkeypatch.setenv("UNITWISE_DATA", str(tmp_path))
    monkeypatch.delenv("UNITWISE_MODEL", raising=False)
    return tmp_path


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder of packs with one that was taught: the shipped one with one weight changed."""
    place = shipped_pack()
    part = dict(joblib.load(place / "model.joblib")["coder"])
    part["weights"] = part["weights"].copy()
    part["weights"][0, 0] += 1
    told = {"visits": 12, "activities": 40, "verdict": {"old": 0.8, "new": 0.9}}
    return LocalPacks(tmp_path_factory.mktemp("packs")).publish(open_pack(place, careful=False), place, part, told)


@pytest.fixture
def taught(own, made):
    """The taught pack in use, in the user's own folder."""
    shutil.copytree(made.parent, own / "models")
    return own / "models" / made.name


def run(*arguments):
    order = parser().parse_args(list(arguments))
    return order.run(order)


def test_the_taught_pack_reads_until_it_is_taken_back(own, taught):
    assert open_pack(careful=False).name == taught.name
    assert run("models", "rollback") == 0
    assert open_pack(careful=False).name != taught.name


def test_the_list_says_which_pack_is_in_use_and_what_it_was_judged_by(own, taught, capsys):
    assert run("models", "list") == 0
    shipped, local = capsys.readouterr().out.splitlines()
    assert shipped.startswith("  unitwise-")
    assert local.startswith(f"* {taught.name}")
    assert "12 visits; locked set 80.0% before, 90.0% after" in local


def test_the_list_as_json_holds_the_history(own, taught, capsys):
    run("models", "list", "--json")
    told = json.loads(capsys.readouterr().out)
    assert [line["event"] for line in told["history"]] == ["accepted"]
    assert [row["in_use"] for row in told["models"]] == [False, True]


def test_verify_ends_with_one_where_a_card_was_changed(own, taught, capsys):
    assert run("models", "verify") == 0
    (taught / "card.json").write_text((taught / "card.json").read_text("utf-8").replace('"visits": 12', '"visits": 1200'), "utf-8")
    assert run("models", "verify") == 1
    assert "its card was changed" in capsys.readouterr().err


def test_a_delta_names_one_change_and_no_word(own, taught, tmp_path, capsys):
    assert run("models", "delta", "-o", str(tmp_path / "delta.json")) == 0
    told = json.loads((tmp_path / "delta.json").read_text("utf-8"))
    assert len(told["weights"]) == 1
    assert "no word of a note" in capsys.readouterr().out


def test_without_a_taught_pack_there_is_nothing_to_take_back(own):
    with pytest.raises(LearningRefused, match="nothing to take back"):
        run("models", "rollback")


def test_a_key_file_that_is_not_there_is_named(own, tmp_path):
    with pytest.raises(LearningRefused, match="There is no key file"):
        run("models", "verify", "--key", str(tmp_path / "none"))


def test_learning_without_a_database_says_so(own):
    with pytest.raises(NlpPipelineError, match="database"):
        run("train", "--with", "decisions")


def test_too_few_decisions_are_refused_with_the_way_out(own, monkeypatch):
    monkeypatch.setattr(learning, "decided", lambda database: [])
    with pytest.raises(LearningRefused, match="Decide more visits first"):
        run("train", "--with", "decisions")
