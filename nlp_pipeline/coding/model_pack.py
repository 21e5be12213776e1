"""Open a model pack: its card is checked before a byte is unpickled."""

import hashlib
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

ENVIRONMENT = "UNITWISE_MODEL"
MODEL_FILE, CARD_FILE, CURRENT_FILE = "model.joblib", "card.json", "CURRENT"

_PACKAGE = Path(__file__).resolve().parents[1]
_PLACES = (_PACKAGE / "models", _PACKAGE.parent / "models")  # inside an installed package; beside it in a checkout


@dataclass(frozen=True, slots=True)
class ModelPack:
    """An opened pack: its name, its card, and the part that each room takes."""

    name: str
    card: Mapping[str, Any]
    reader: Mapping[str, Any]
    coder: CoderPart


def open_pack(given: Path | None = None) -> ModelPack:
    """Open the pack that was given, else the one UNITWISE_MODEL names, else the one shipped with the package.

    Raises ModelPackMissing where there is none, and ModelPackRefused where the card's digest or feature set does not match.
    A digest beside the file guards against damage and mix-ups, not against someone who can write both.
    """
    pack = given or (Path(os.environ[ENVIRONMENT]) if os.environ.get(ENVIRONMENT) else shipped_pack())
    if not (pack / CARD_FILE).is_file() or not (pack / MODEL_FILE).is_file():
        raise ModelPackMissing(pack)
    card = json.loads((pack / CARD_FILE).read_text("utf-8"))
    found = hashlib.sha256((pack / MODEL_FILE).read_bytes()).hexdigest()
    for promise, expected, actual in (("sha256", str(card.get("sha256")), found), ("features", str(card.get("features")), FEATURES)):
        if expected != actual:
            raise ModelPackRefused(pack.name, promise, expected, actual)
    parts = joblib.load(pack / MODEL_FILE)
    return ModelPack(pack.name, card, parts["reader"], CoderPart(**parts["coder"]))


def shipped_pack() -> Path:
    """Find the pack that CURRENT names, in the package or beside it; the working directory is never looked at."""
    for place in _PLACES:
        if (place / CURRENT_FILE).is_file():
            return place / (place / CURRENT_FILE).read_text("utf-8").strip()
    raise ModelPackMissing(_PLACES[-1])
