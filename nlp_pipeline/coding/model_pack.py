"""Open a model pack: its card is checked before a byte is unpickled."""

import hashlib
import hmac
import io
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import joblib

from nlp_pipeline.coding.features import FEATURES
from nlp_pipeline.coding.suggester import CoderPart
from nlp_pipeline.errors import ModelPackMissing, ModelPackRefused
from nlp_pipeline.records.own_folder import own_folder

ENVIRONMENT = "UNITWISE_MODEL"
KEY_ENVIRONMENT = "UNITWISE_MODEL_KEY"  # a file; with it, a pack of the user's own folder must be sealed by it
SEAL_FILE = "card.seal"
MODEL_FILE, CAREFUL_FILE, CARD_FILE, CURRENT_FILE = "model.joblib", "careful.joblib", "card.json", "CURRENT"

_PACKAGE = Path(__file__).resolve().parents[1]
_PLACES = (_PACKAGE / "models", _PACKAGE.parent / "models")  # inside an installed package; beside it in a checkout


@dataclass(frozen=True, slots=True)
class ModelPack:
    """An opened pack: its name, its card, and the part that each room takes; `careful` is there when an encoder shall read."""

    name: str
    card: Mapping[str, Any]
    reader: Mapping[str, Any]
    coder: CoderPart
    careful: Mapping[str, Any] | None = None

    def digests(self) -> dict[str, str]:
        """Give the SHA-256 of each file that was opened, as the card promised and the file kept; nothing for parts that were never published."""
        parts = {MODEL_FILE: self.card, CAREFUL_FILE: self.card.get("careful", {}) if self.careful else {}}
        return {name: part["sha256"] for name, part in parts.items() if part}


def open_pack(given: Path | None = None, *, careful: bool = True) -> ModelPack:
    """Open the pack that was given, else the one UNITWISE_MODEL names, else one that learned from local decisions, else the one shipped with the package.

    With `careful` the careful reader's part is opened too, where the pack has one.
    Raises ModelPackMissing where there is none, and ModelPackRefused where a digest on the card or the feature set does not match.
    A digest beside the file guards against damage and mix-ups, not against someone who can write both.
    """
    pack = given or (Path(os.environ[ENVIRONMENT]) if os.environ.get(ENVIRONMENT) else own_pack() or shipped_pack())
    if not (pack / CARD_FILE).is_file() or not (pack / MODEL_FILE).is_file():
        raise ModelPackMissing(pack)
    _keep_seal(pack)
    card = json.loads((pack / CARD_FILE).read_text("utf-8"))
    _keep_promise(pack.name, "features", card.get("features"), FEATURES)
    parts = _opened(pack, MODEL_FILE, card.get("sha256"))
    found = _opened(pack, CAREFUL_FILE, card.get("careful", {}).get("sha256")) if careful and (pack / CAREFUL_FILE).is_file() else None
    return ModelPack(pack.name, card, parts["reader"], CoderPart(**parts["coder"]), found)


def _opened(pack: Path, name: str, promised: object) -> Any:
    """Unpickle a file of a pack once its digest is what the card promises."""
    whole = (pack / name).read_bytes()
    _keep_promise(pack.name, "sha256", promised, hashlib.sha256(whole).hexdigest())
    return joblib.load(io.BytesIO(whole))


def _keep_promise(name: str, promise: str, expected: object, actual: str) -> None:
    if expected != actual:
        raise ModelPackRefused(name, promise, str(expected), actual)


def seal_of(pack: Path, key: bytes) -> str:
    """Seal a pack's card, and with it the digests of the pack's files, with a key."""
    return hmac.new(key, (pack / CARD_FILE).read_bytes(), "sha256").hexdigest()


def _keep_seal(pack: Path) -> None:
    """Where a key is named, refuse a pack of the user's own folder that was not sealed with it."""
    named = os.environ.get(KEY_ENVIRONMENT)
    if named and pack.parent == own_models():
        expected = seal_of(pack, Path(named).read_bytes())
        found = (pack / SEAL_FILE).read_text("utf-8").strip() if (pack / SEAL_FILE).is_file() else "none"
        if not hmac.compare_digest(expected.encode(), found.encode()):
            raise ModelPackRefused(pack.name, "seal", "of the key that UNITWISE_MODEL_KEY names", "another, or none")


def own_models() -> Path:
    """Name the place of the packs that learned from local decisions."""
    return own_folder() / "models"


def own_pack() -> Path | None:
    """Find the pack that was last taken into use after learning from local decisions, if there is one."""
    named = own_models() / CURRENT_FILE
    return own_models() / named.read_text("utf-8").strip() if named.is_file() else None


def shipped_pack() -> Path:
    """Find the pack that CURRENT names, in the package or beside it; the working directory is never looked at."""
    for place in _PLACES:
        if (place / CURRENT_FILE).is_file():
            return place / (place / CURRENT_FILE).read_text("utf-8").strip()
    raise ModelPackMissing(_PLACES[-1])
