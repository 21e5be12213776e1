"""`unitwise train` and `unitwise evaluate`: make the model from the corpus, and score it against gold notes."""

import json
import os
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class TrainOrder:
    """What `unitwise train` was asked for."""

    workers: int
    cross_validate: bool
    encoder: bool
    models: Path | None
    recipe: Path | None


def train(order: TrainOrder) -> int:
    """Train, publish, and say where the pack is; with `cross_validate` the figures of authors left out are measured too.

    The careful reader's encoder is fitted anew with `encoder`; else the one in use is carried over if it was made from the same corpus.
    """
    from training import careful, evaluation, publishing, recipe
    from training.corpus import read_notes, read_phrases

    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # workers share the cores; they are started after this line
    chosen = recipe.Recipe.read(order.recipe) if order.recipe else recipe.Recipe.read()
    notes, phrases = read_notes(), read_phrases()
    made_from = publishing.digests(chosen)
    _tell(f"{len(notes)} notes, {len(phrases)} phrases")
    models = order.models or publishing.MODELS
    course = evaluation.Course(notes, phrases, chosen)
    made = careful.train_careful(course, order.workers, _tell) if order.encoder else careful.carried_over(models, course)
    fitted = careful.fitted_networks(course) if order.encoder else None
    if made is None:
        _tell("no encoder in use was made from this corpus and recipe: the pack has the fast reader alone (fit one with --encoder)")
    parts = recipe.train(notes, phrases, chosen, recipe.Order(order.workers, _tell, careful.heard_left_out(made), fitted))
    if order.cross_validate:
        course = replace(course, calibrations=recipe.calibrations_in(parts["coder"]))
        figures = {"fast": evaluation.leave_authors_out(course, order.workers, _tell, fitted)}
        if order.encoder:
            figures["careful"] = careful.cross_validated(course, _tell)
        evaluation.keep(figures, made_from)
    if made is not None:
        parts["careful"] = careful.careful_part(made, chosen)
    card = publishing.card_of(notes, phrases, chosen, parts, evaluation.kept_for(made_from))
    pack = publishing.publish(parts, card, f"{date.today():%Y.%m}", models)
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
