"""A pack is checked against its card before a byte of it is unpickled, and looked for in one fixed order."""

import hashlib
import json
import os
from contextlib import suppress
from pathlib import Path

import joblib
import pytest

from nlp_pipeline.coding.features import FEATURES
from nlp_pipeline.coding.model_pack import CARD_FILE, CURRENT_FILE, ENVIRONMENT, MODEL_FILE, open_pack, shipped_pack
from nlp_pipeline.errors import ModelPackMissing, ModelPackRefused


class Bomb:
    """Makes a file as soon as it is unpickled."""

    def __init__(self, fuse: Path) -> None:
        self.fuse = fuse

    def __reduce__(self):
        return Path.touch, (self.fuse,)


@pytest.fixture
def fuse(tmp_path):
    """The file that a bomb makes."""
    return tmp_path / "it_was_unpickled"


@pytest.fixture
def pack(tmp_path, fuse):
    """A pack whose model is a bomb, with a card that is right."""
    folder = tmp_path / "models" / "bomb"
    folder.mkdir(parents=True)
    joblib.dump(Bomb(fuse), folder / MODEL_FILE)
    write_card(folder)
    return folder


def write_card(folder: Path, **promises: str) -> None:
    """Write a card that is right but for the promises given."""
    right = {"sha256": hashlib.sha256((folder / MODEL_FILE).read_bytes()).hexdigest(), "features": FEATURES}
    (folder / CARD_FILE).write_text(json.dumps(right | promises), "utf-8")


def test_a_model_whose_digest_differs_is_refused(pack):
    write_card(pack, sha256="0" * 64)
    with pytest.raises(ModelPackRefused, match="sha256"):
        open_pack(pack)


def test_a_model_whose_digest_differs_is_never_unpickled(pack, fuse):
    write_card(pack, sha256="0" * 64)
    with suppress(ModelPackRefused):
        open_pack(pack)
    assert not fuse.exists()


def test_one_changed_byte_is_enough_to_be_refused(pack):
    model = pack / MODEL_FILE
    model.write_bytes(model.read_bytes()[:-1] + b"\x00")
    with pytest.raises(ModelPackRefused):
        open_pack(pack)


def test_a_model_made_for_other_features_is_never_unpickled(pack, fuse):
    write_card(pack, features="facts.v0")
    with pytest.raises(ModelPackRefused, match=FEATURES):
        open_pack(pack)
    assert not fuse.exists()


@pytest.mark.parametrize("promise", ["sha256", "features"])
def test_a_card_that_promises_nothing_is_refused(pack, fuse, promise):
    card = json.loads((pack / CARD_FILE).read_text("utf-8"))
    (pack / CARD_FILE).write_text(json.dumps({key: value for key, value in card.items() if key != promise}), "utf-8")
    with pytest.raises(ModelPackRefused):
        open_pack(pack)
    assert not fuse.exists()


def test_the_bomb_of_these_tests_would_go_off(pack, fuse):
    joblib.load(pack / MODEL_FILE)
    assert fuse.exists()


@pytest.mark.parametrize("file", [MODEL_FILE, CARD_FILE])
def test_half_a_pack_is_missing(pack, file):
    (pack / file).unlink()
    with pytest.raises(ModelPackMissing):
        open_pack(pack)


def test_what_is_missing_is_told_with_the_ways_out(tmp_path):
    with pytest.raises(ModelPackMissing) as missing:
        open_pack(tmp_path / "nowhere")
    assert all(words in str(missing.value) for words in (str(tmp_path / "nowhere"), "--model", ENVIRONMENT, "unitwise train"))


def test_the_environment_names_the_pack(monkeypatch, tmp_path):
    named = tmp_path / "named"
    named.symlink_to(Path(os.environ[ENVIRONMENT]) if os.environ.get(ENVIRONMENT) else shipped_pack())
    monkeypatch.setenv(ENVIRONMENT, str(named))
    assert open_pack().name == "named"


def test_an_argument_comes_before_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv(ENVIRONMENT, str(tmp_path / "from the environment"))
    with pytest.raises(ModelPackMissing, match="from the argument"):
        open_pack(tmp_path / "from the argument")


@pytest.mark.parametrize("place", [".", "models"])
def test_the_working_directory_is_never_looked_at(monkeypatch, pack, place):
    monkeypatch.delenv(ENVIRONMENT, raising=False)
    work = pack.parents[1]
    (work / place / CURRENT_FILE).write_text("bomb\n" if place == "models" else "models/bomb\n", "utf-8")
    monkeypatch.chdir(work)
    found = Path("none")
    with suppress(ModelPackMissing):
        found = shipped_pack()
    assert not found.resolve().is_relative_to(work / "models")
