"""Judge a model on notes written by others: gold notes, and authors left out fold by fold."""

import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from nlp_pipeline.coding.model_pack import ModelPack
from nlp_pipeline.coding.suggester import CoderPart
from nlp_pipeline.pipeline import Pipeline
from training.corpus import MarkedNote, Phrase
from training.groups import Scored, figures_of, score_groups
from training.recipe import Calibrations, Fit, Recipe, Tagger, author_folds, collect, one_thread, reader_part, train_coder, train_without
from training.scoring import read_answers, score
from training.second_look import Exercise, fit_judge

MEASURED = Path(__file__).parent / "measured" / "authors_left_out.json"


def evaluate(gold: Sequence[Path], model: Path | None = None) -> dict[str, Any]:
    """Score a model pack against gold notes."""
    answers = read_answers(gold)
    pipeline = Pipeline.load(model)
    scores = score(answers, pipeline.code(answer.note for answer in answers))
    return {"model": pipeline.model, "notes": len(answers), **scores.figures()}


Out = frozenset[str]  # authors that are left out together


@dataclass(frozen=True, slots=True)
class Course:
    """What every turn is made from. `calibrations` are all that the turns share: the coder's temperature and its thresholds."""

    notes: Sequence[MarkedNote]
    phrases: Sequence[Phrase]
    recipe: Recipe
    calibrations: Calibrations | None = None

    def without(self, out: Out) -> "Course":
        """Leave some authors' notes and phrases out."""
        others = [phrase for phrase in self.phrases if phrase.author not in out]
        return replace(self, notes=[note for note in self.notes if note.author not in out], phrases=others)

    def of(self, out: Out) -> list[MarkedNote]:
        """Give the notes of some authors."""
        return [note for note in self.notes if note.author in out]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A network that has not seen some authors, and what the second look would be shown of those authors' notes."""

    tagger: Tagger
    exercises: list[Exercise]


def leave_authors_out(course: Course, workers: int, tell: Callable[[str], None], fitted: Fit | None = None) -> dict[str, Any]:
    """Train without a fold of authors, read their notes, for every fold: the figures of the fast reader.

    The second look for a fold learns from the candidates that the other folds' networks found; none of its examples, and no
    phrase, is by an author of the fold. `fitted` gives networks that are fitted already.
    """
    fit = fitted or partial(train_without, course.notes, course.phrases, course.recipe)
    folds = author_folds(course.notes, course.recipe.folds)
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=one_thread) as pool:
        found: dict[Out, LeftOut] = {}
        for out, result in zip(folds, pool.map(partial(_left_out, course, fit), folds), strict=True):
            found[out] = result
            tell(f"network without {', '.join(sorted(out))} done")
        jobs = [pool.submit(read_authors, course, out, found[out].tagger, exercises_of_others(found, out)) for out in folds]
        return figures_of(job.result() for job in jobs)


def _left_out(course: Course, fit: Fit, out: Out) -> LeftOut:
    """Fit the network without some authors, and collect its candidates in their notes."""
    tagger = fit(out)
    return LeftOut(tagger, collect(tagger, course.of(out), course.phrases, course.recipe.cut))


def exercises_of_others(found: Mapping[Out, LeftOut], out: Out) -> list[Exercise]:
    """List the exercises of all folds but one."""
    return [each for name, other in found.items() if name != out for each in other.exercises]


def read_authors(course: Course, out: Out, tagger: Tagger, exercises: Sequence[Exercise]) -> Scored:
    """Read some authors' notes with parts that have seen none of them, and score the answers by group."""
    others = course.without(out)
    judge = fit_judge(exercises, course.recipe.judge)
    coder = CoderPart(**train_coder(others.notes, others.phrases, course.recipe, calibrations=course.calibrations))
    pipeline = Pipeline.from_pack(ModelPack("left-out", {}, reader_part(tagger, judge, others.phrases, course.recipe), coder))
    return score_groups(course.of(out), pipeline)


def keep(measured: Mapping[str, Any], made_from: Mapping[str, str], place: Path = MEASURED) -> None:
    """Write down what was measured, and the corpus and recipe it holds for."""
    place.parent.mkdir(exist_ok=True)
    place.write_text(json.dumps({"made_from": dict(made_from), **measured}, indent=1) + "\n", "utf-8")


def kept_for(made_from: Mapping[str, str], place: Path = MEASURED) -> Mapping[str, Any] | None:
    """Give what was measured for just this corpus and recipe, or None: figures of another corpus are no figures."""
    if not place.is_file():
        return None
    measured: dict[str, Any] = json.loads(place.read_text("utf-8"))
    return measured if measured.get("made_from") == dict(made_from) else None
