"""Write a model pack with its card, and make it the current one."""

import hashlib
import json
import platform
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import joblib

from nlp_pipeline.coding.features import FEATURES
from nlp_pipeline.coding.model_pack import CARD_FILE, CAREFUL_FILE, CURRENT_FILE, MODEL_FILE
from training.corpus import CORPUS, MarkedNote, Phrase
from training.recipe import Recipe

MODELS = Path(__file__).resolve().parents[1] / "models"
_LIBRARIES = ("joblib", "numpy", "scikit-learn", "scipy", "spacy")
_VECTORS = CORPUS.parent / "vectors"


def digests(recipe: Recipe) -> dict[str, str]:
    """Give the digests of everything a model is made from: corpus, word vectors, recipe."""
    chosen = json.dumps(asdict(recipe), sort_keys=True).encode()
    return {"corpus": _digest_of(CORPUS), "vectors": _digest_of(_VECTORS), "recipe": hashlib.sha256(chosen).hexdigest()}


def _digest_of(folder: Path) -> str:
    total = hashlib.sha256()
    for path in sorted(each for each in folder.rglob("*") if each.suffix in {".note", ".tsv", ".npz"}):
        total.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return total.hexdigest()


def publish(parts: Mapping[str, Any], card: Mapping[str, Any], month: str, models: Path = MODELS) -> Path:
    """Write `<name>-<yyyy.mm>-<hash6>/` with model and card, and let CURRENT name it. Gives the pack's folder.

    The name's last six signs are those of the model file's digest, or of both files' where there is a careful reader.
    """
    models.mkdir(parents=True, exist_ok=True)
    drafts = {MODEL_FILE: _draft(models, {name: parts[name] for name in ("reader", "coder")})}
    if parts.get("careful"):
        drafts[CAREFUL_FILE] = _carried(models, parts["careful"]) or _draft(models, parts["careful"])
    digests_of = {name: hashlib.sha256(each.read_bytes()).hexdigest() for name, each in drafts.items()}
    whole = hashlib.sha256("".join(digests_of.values()).encode()).hexdigest() if len(drafts) > 1 else digests_of[MODEL_FILE]
    pack = models / f"{card['model']}-{month}-{whole[:6]}"
    pack.mkdir(exist_ok=True)
    for name, draft in drafts.items():
        draft.replace(pack / name)
    current = models / CURRENT_FILE
    parent = current.read_text("utf-8").strip() if current.is_file() else None
    full = {"name": pack.name, **card, "sha256": digests_of[MODEL_FILE], "parent": parent if parent != pack.name else _parent_of(pack)}
    if CAREFUL_FILE in digests_of:
        full["careful"] = {**card.get("careful", {}), "sha256": digests_of[CAREFUL_FILE]}
    (pack / CARD_FILE).write_text(json.dumps(full, indent=1) + "\n", "utf-8")
    current.write_text(pack.name + "\n", "utf-8")
    return pack


def _carried(models: Path, careful: Mapping[str, Any]) -> Path | None:
    """Take the careful reader's file of the pack in use, byte for byte, where its settings and what it was made from are the same."""
    current = models / CURRENT_FILE
    place = models / current.read_text("utf-8").strip() / CAREFUL_FILE if current.is_file() else None
    if place is None or not place.is_file():
        return None
    held = joblib.load(place)
    told = ("made_from", "cut", "leaning", "evidence_leaning")
    if any(held.get(name) != careful.get(name) for name in told) or held["encoder"]["layers"] != careful["encoder"]["layers"]:
        return None
    with NamedTemporaryFile(dir=models, suffix=".draft", delete=False) as draft:
        draft.write(place.read_bytes())
    return _for_all(draft.name)


def _draft(models: Path, parts: Mapping[str, Any]) -> Path:
    with NamedTemporaryFile(dir=models, suffix=".draft", delete=False) as draft:
        joblib.dump(dict(parts), draft, compress=("zlib", 6))
    return _for_all(draft.name)


def _for_all(name: str) -> Path:
    """Let everyone read a file that was made for its maker alone."""
    path = Path(name)
    path.chmod(0o644)
    return path


def _parent_of(pack: Path) -> str | None:
    """Keep the parent that an equal pack already names."""
    card = pack / CARD_FILE
    return json.loads(card.read_text("utf-8")).get("parent") if card.is_file() else None


def card_of(
    notes: Sequence[MarkedNote], phrases: Sequence[Phrase], recipe: Recipe, parts: Mapping[str, Any], measured: Mapping[str, Any] | None
) -> dict[str, Any]:
    """Write the card: first how well the model reads authors it has never seen, then what it is made of."""
    return {
        "authors_left_out": {"end_to_end_f1": None, "note": "not measured for this corpus and recipe; run `unitwise train --encoder --cross-validate`"}
        if measured is None
        else {"folds": recipe.folds, **{reader: measured[reader] for reader in ("careful", "fast") if reader in measured}},
        "model": recipe.name,
        "features": FEATURES,
        "codes": list(parts["coder"]["codes"]),
        "review_below": recipe.coder.review_below,
        "temperature": parts["coder"]["temperature"],
        "prediction_sets": parts["coder"]["sets"],
        "trained_on": {
            "what": "notes written for this project, not patients' records",
            "notes": len(notes),
            "phrases": len(phrases),
            "interventions": dict(Counter(each.status for note in notes for each in note.interventions).most_common()),
            "authors": dict(sorted(Counter(note.author for note in notes).items())),
            "disciplines": {str(key): count for key, count in Counter(note.discipline for note in notes).most_common()},
        },
        "made_from": digests(recipe),
        "recipe": asdict(recipe),
        "libraries": {name: version(name) for name in _LIBRARIES} | {"python": platform.python_version()},
        "repeatable": "bit for bit with the same libraries on processors of one kind; elsewhere sums may differ in the last place and with them the digest",
    }
