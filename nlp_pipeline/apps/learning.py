"""`unitwise train --with decisions` and `unitwise models`: learn from a team's decisions, list what was learned, check it, take it back."""

import json
import os
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nlp_pipeline.errors import LearningRefused
from nlp_pipeline.records.own_folder import own_folder

if TYPE_CHECKING:
    from nlp_pipeline.records.judgement import DecidedVisit
    from training.acceptance import Verdict
    from training.local_packs import LocalPacks

MODELS, DATABASE = "models", "coder_tool.db"
SOMETHING_WRONG = 1


@dataclass(frozen=True, slots=True)
class LearnOrder:
    """What `unitwise train --with decisions` was asked for."""

    database: str | None
    model: Path | None
    key: Path | None


def learn(order: LearnOrder) -> int:
    """Learn from the coder tool's decisions, say how the new model compares, and which is in use."""
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # before any library that sums
    from training.teaching import teach

    found = teach(decided(order.database), _packs(order.key), order.model, _tell)
    _print_verdict(found.verdict, found.judges)
    if found.pack is None:
        print(f"The model in use stays: {found.before}.")
        return SOMETHING_WRONG
    print(f"Taken into use: {found.pack} (take it back with `unitwise models rollback`)")
    return 0


def decided(database: str | None) -> "list[DecidedVisit]":
    """Read every decided visit of the coder tool's store."""
    try:
        from nlp_pipeline.apps.coder_tool.database import Store
        from nlp_pipeline.apps.coder_tool.judgements import decided_visits
    except ModuleNotFoundError as missing:
        raise LearningRefused(f"Decisions are kept by the coder tool, which needs {missing.name}", "Install it: pip install 'unitwise[serve]'.") from None
    folder = own_folder()
    store = Store.reach(database or f"sqlite:///{(folder / DATABASE).absolute()}", folder)
    with store.read() as tx:
        return list(decided_visits(tx))


def _print_verdict(verdict: "Verdict", visits: int) -> None:
    print(
        f"Locked set, {visits} visits with {verdict.activities} activities: {verdict.old:.1%} right before, {verdict.new:.1%} now; "
        f"{verdict.gained} gained, {verdict.lost} lost (McNemar, one-sided p = {verdict.p:.4f}; 95 % limits {verdict.low:+.1%} to {verdict.high:+.1%})."
    )
    print(f"Corpus, authors left out, the coder alone: {verdict.corpus_old:.2%} without local decisions, {verdict.corpus_new:.2%} with them.")
    for reason in verdict.because:
        print(f"Not accepted: {reason}.")


def list_models(*, as_json: bool) -> int:
    """List the shipped pack and every locally taught one, with what each was judged by."""
    from training.local_packs import shipped_pack

    kept, shipped = _packs(None), shipped_pack()
    now = kept.current()
    rows = [{"pack": shipped.name, "in_use": now is None, "taught": None, "sha256": _card(shipped).get("sha256")}]
    for pack in kept.packs():
        card = _card(pack)
        rows.append(
            {"pack": pack.name, "in_use": pack.name == now, "taught": card.get("decisions"), "sha256": card.get("sha256"), "shipped": card.get("shipped")}
        )
    if as_json:
        print(json.dumps({"models": rows, "history": list(kept.history())}))
        return 0
    for row in rows:
        print(f"{'*' if row['in_use'] else ' '} {row['pack']}  {str(row['sha256'])[:12]}  {_words(row, shipped.name)}")
    return 0


def _words(row: Mapping[str, Any], shipped: str) -> str:
    taught = row["taught"]
    if taught is None:
        return "shipped"
    verdict = taught["verdict"]
    words = f"{taught['visits']} visits; locked set {verdict['old']:.1%} before, {verdict['new']:.1%} after"
    return words if row["shipped"] == shipped else f"{words}; made beside an older shipped pack, train again"


def _card(pack: Path) -> dict[str, Any]:
    place = pack / "card.json"
    return dict(json.loads(place.read_text("utf-8"))) if place.is_file() else {}


def roll_back(key: Path | None) -> int:
    """Take the pack in use back."""
    before = _packs(key).roll_back()
    print(f"In use now: {before or 'the shipped pack'}")
    return 0


def verify_models(key: Path | None, *, as_json: bool) -> int:
    """Check every digest and seal of the locally taught packs and of their history."""
    kept = _packs(key)
    wrong = kept.verify()
    if as_json:
        print(json.dumps({"packs": [pack.name for pack in kept.packs()], "problems": wrong}))
    else:
        for each in wrong:
            print(f"unitwise models: {each}", file=sys.stderr)
        words = f"not as written: {len(wrong)}" if wrong else "every digest and every seal holds"
        print(f"{len(kept.packs())} locally taught packs: {words}")
    return SOMETHING_WRONG if wrong else 0


def export_delta(output: Path, pack: Path | None) -> int:
    """Write what a locally taught pack weighs otherwise, without a word of any note."""
    from training.local_packs import delta_of

    kept = _packs(None)
    chosen = pack or (kept.folder / now if (now := kept.current()) else None)
    if chosen is None:
        raise LearningRefused("No locally taught pack is in use", "Make one with `unitwise train --with decisions`, or name one.")
    told = delta_of(chosen)
    output.write_text(json.dumps(told) + "\n", "utf-8")
    print(f"{output}: {len(told['weights'])} weights of {told['to']} against {told['from']}; no word of a note")
    return 0


def _packs(key: Path | None) -> "LocalPacks":
    from training.local_packs import LocalPacks

    named = key or (Path(os.environ["UNITWISE_MODEL_KEY"]) if os.environ.get("UNITWISE_MODEL_KEY") else None)
    if named and not named.is_file():
        raise LearningRefused(f"There is no key file {named}", "Give the file that the packs are sealed with.")
    return LocalPacks(own_folder() / MODELS, named.read_bytes() if named else None)


_STARTED = time.monotonic()


def _tell(line: str) -> None:
    print(f"{time.monotonic() - _STARTED:6.0f} s  {line}", file=sys.stderr, flush=True)
