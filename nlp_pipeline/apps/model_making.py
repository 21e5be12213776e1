"""`unitwise train` and `unitwise evaluate`: make the model from the corpus, and score it against gold notes."""

import json
import os
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class TrainOrder:
    """What `unitwise train` was asked for."""

    workers: int
    cross_validate: bool
    models: Path | None
    recipe: Path | None


def train(order: TrainOrder) -> int:
    """Train, publish, and say where the pack is; with `cross_validate` the figures of authors left out are measured first."""
    from training import evaluation, publishing, recipe
    from training.corpus import read_notes, read_phrases

    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # workers share the cores; they are started after this line
    chosen = recipe.Recipe.read(order.recipe) if order.recipe else recipe.Recipe.read()
    notes, phrases = read_notes(), read_phrases()
    made_from = publishing.digests(chosen)
    _tell(f"{len(notes)} notes, {len(phrases)} phrases")
    if order.cross_validate:
        evaluation.keep(evaluation.leave_one_author_out(evaluation.Course(notes, phrases, chosen), order.workers, _tell), made_from)
    parts = recipe.train(notes, phrases, chosen, order.workers, _tell)
    card = publishing.card_of(notes, phrases, chosen, parts, evaluation.kept_for(made_from))
    pack = publishing.publish(parts, card, f"{date.today():%Y.%m}", order.models or publishing.MODELS)
    print(f"{pack} ({sum(each.stat().st_size for each in pack.iterdir()) / 1e6:.1f} MB)")
    return 0


def evaluate(gold: list[Path], model: Path | None, as_json: bool) -> int:
    """Score a model and print the figures."""
    from training.evaluation import evaluate as score

    figures: Mapping[str, Any] = score(gold, model)
    if as_json:
        print(json.dumps(figures))
    else:
        for name, value in figures.items():
            print(f"{name.replace('_', ' '):26} {value if value is not None else '-'}")
    return 0


_STARTED = time.monotonic()


def _tell(line: str) -> None:
    print(f"{time.monotonic() - _STARTED:6.0f} s  {line}", file=sys.stderr, flush=True)
