"""Packs that learned from local decisions: kept in the user's own folder, listed in a history that is sealed line by line, and taken back with one command."""

import hashlib
import hmac
import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import joblib

from nlp_pipeline.coding.model_pack import CARD_FILE, CAREFUL_FILE, CURRENT_FILE, MODEL_FILE, SEAL_FILE, ModelPack, open_pack, seal_of
from nlp_pipeline.coding.model_pack import shipped_pack as shipped_pack
from nlp_pipeline.errors import LearningRefused

HISTORY_FILE = "history.jsonl"
ACCEPTED, REFUSED, TAKEN_BACK = "accepted", "refused", "taken back"
_LEAST = 0.005  # log-odds; smaller changes of a weight are rounding


@dataclass(frozen=True, slots=True)
class LocalPacks:
    """The folder of locally taught packs; with a key every line and every card is sealed by it, else by a digest alone."""

    folder: Path
    key: bytes | None = None

    def publish(self, parent: ModelPack, place: Path, part: Mapping[str, Any], told: Mapping[str, Any]) -> Path:
        """Write a pack of an old one's readers and a new coder part, note it in the history, and take it into use."""
        self.folder.mkdir(parents=True, exist_ok=True)
        draft = self.folder / f"{MODEL_FILE}.draft"
        joblib.dump({"reader": dict(parent.reader), "coder": dict(part)}, draft, compress=("zlib", 6))
        digest = _digest(draft)
        pack = self.folder / f"{parent.card['model']}-local-{datetime.now(UTC):%Y.%m}-{digest[:6]}"
        pack.mkdir(exist_ok=True)
        draft.replace(pack / MODEL_FILE)
        if (place / CAREFUL_FILE).is_file():
            shutil.copyfile(place / CAREFUL_FILE, pack / CAREFUL_FILE)
        (pack / CARD_FILE).write_text(json.dumps(_card(parent, pack.name, digest, part, told), indent=1) + "\n", "utf-8")
        if self.key:
            (pack / SEAL_FILE).write_text(seal_of(pack, self.key) + "\n", "utf-8")
        self.note(ACCEPTED, pack.name, before=self.current(), card=_digest(pack / CARD_FILE))
        (self.folder / CURRENT_FILE).write_text(pack.name + "\n", "utf-8")
        return pack

    def current(self) -> str | None:
        """Name the pack in use; None where it is the shipped one."""
        named = self.folder / CURRENT_FILE
        return named.read_text("utf-8").strip() if named.is_file() else None

    def roll_back(self) -> str | None:
        """Take the pack in use back, and give the name of the one that was in use before it; None stands for the shipped one."""
        now = self.current()
        if now is None:
            raise LearningRefused("No locally taught pack is in use", "There is nothing to take back: the shipped pack reads.")
        before = next((line["before"] for line in reversed([*self.history()]) if line["event"] == ACCEPTED and line["pack"] == now), None)
        named = self.folder / CURRENT_FILE
        if before and (self.folder / before / CARD_FILE).is_file():
            named.write_text(before + "\n", "utf-8")
        else:
            before = None
            named.unlink()
        self.note(TAKEN_BACK, now, before=before, card=None)
        return before

    def note(self, event: str, pack: str | None, **more: Any) -> None:
        """Write a line of the history, sealed together with the one before it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        lines = [*self.history()]
        row = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "event": event, "pack": pack, **more, "after": lines[-1]["seal"] if lines else ""}
        with (self.folder / HISTORY_FILE).open("a", encoding="utf-8") as file:
            file.write(json.dumps({**row, "seal": self._seal(row)}) + "\n")

    def history(self) -> Iterator[dict[str, Any]]:
        """Give every line of the history."""
        place = self.folder / HISTORY_FILE
        if place.is_file():
            yield from map(json.loads, place.read_text("utf-8").splitlines())

    def _seal(self, row: Mapping[str, Any]) -> str:
        written = json.dumps(row, sort_keys=True).encode()
        return hmac.new(self.key, written, "sha256").hexdigest() if self.key else hashlib.sha256(written).hexdigest()

    def packs(self) -> list[Path]:
        """List the packs, the oldest first."""
        named = {line["pack"]: None for line in self.history() if line["event"] == ACCEPTED}
        here = sorted(path.parent for path in self.folder.glob(f"*/{CARD_FILE}"))
        return [*(self.folder / name for name in named), *(path for path in here if path.name not in named)]

    def verify(self) -> list[str]:
        """Say what is wrong with packs and history; nothing, where every digest and every seal holds."""
        return [*self._wrong_history(), *(wrong for pack in self.packs() for wrong in self._wrong_pack(pack))]

    def _wrong_history(self) -> Iterator[str]:
        after = ""
        for number, line in enumerate(self.history(), 1):
            row = {key: value for key, value in line.items() if key != "seal"}
            if row["after"] != after or not hmac.compare_digest(self._seal(row), line["seal"]):
                yield f"line {number} of the history is not as it was written, or was written with another key"
            after = line["seal"]

    def _wrong_pack(self, pack: Path) -> Iterator[str]:
        accepted = {line["pack"]: line["card"] for line in self.history() if line["event"] == ACCEPTED}
        if not (pack / CARD_FILE).is_file():
            yield f"{pack.name}: it is in the history and not in the folder"
            return
        if pack.name not in accepted:
            yield f"{pack.name}: it is not in the history"
        elif accepted[pack.name] != _digest(pack / CARD_FILE):
            yield f"{pack.name}: its card was changed"
        card = json.loads((pack / CARD_FILE).read_text("utf-8"))
        for name, promised in ((MODEL_FILE, card.get("sha256")), (CAREFUL_FILE, card.get("careful", {}).get("sha256"))):
            if (pack / name).is_file() and _digest(pack / name) != promised:
                yield f"{pack.name}: {name} is not what its card promises"
        if self.key:
            sealed = (pack / SEAL_FILE).read_text("utf-8").strip() if (pack / SEAL_FILE).is_file() else ""
            if not hmac.compare_digest(sealed, seal_of(pack, self.key)):
                yield f"{pack.name}: it is not sealed with this key"


def _card(parent: ModelPack, name: str, digest: str, part: Mapping[str, Any], told: Mapping[str, Any]) -> dict[str, Any]:
    """Write the card: that of the old pack, with what is new of this one; figures of the old one are not this one's."""
    measured = {"end_to_end_f1": None, "note": "not measured for a locally taught pack; how its coder compares with the one before stands under decisions"}
    new = {"codes": list(part["codes"]), "temperature": part["temperature"], "prediction_sets": part["sets"], "sha256": digest, "parent": parent.name}
    return {**parent.card, "name": name, "authors_left_out": measured, **new, "shipped": shipped_pack().name, "decisions": dict(told)}


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def delta_of(pack: Path, shipped: Path | None = None) -> dict[str, Any]:
    """Give what a local pack weighs otherwise than the shipped one, with no word of any note.

    Only features that the shipped pack has are in it, each under a digest: what stands in local notes alone does not leave, not even as a digest.
    """
    base, local = (open_pack(place, careful=False) for place in (shipped or shipped_pack(), pack))
    codes = [code for code in base.coder.codes if code in local.coder.codes]
    mine, its = ([part.codes.index(code) for code in codes] for part in (local.coder, base.coder))
    weights = {}
    for role, keys in base.coder.columns.items():
        for key, column in keys.items():
            other = local.coder.columns.get(role, {}).get(key)
            if other is not None:
                change = local.coder.weights[other].astype(float)[mine] - base.coder.weights[column].astype(float)[its]
                if abs(change).max() >= _LEAST:
                    weights[feature_digest(role, key)] = [round(each, 3) for each in change.tolist()]
    bias = (local.coder.bias.astype(float)[mine] - base.coder.bias.astype(float)[its]).round(3).tolist()
    learned = {name: local.card.get("decisions", {}).get(name) for name in ("visits", "activities", "verdict")}
    return {"from": base.name, "to": local.name, "features": base.card["features"], "codes": codes, "bias": bias, "weights": weights, "learned": learned}


def feature_digest(role: str, key: str) -> str:
    """Name a feature by a digest."""
    return hashlib.sha256(f"{role}\0{key}".encode()).hexdigest()[:20]
