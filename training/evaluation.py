"""Judge a model on notes written by others: gold notes, and each author in turn left out."""

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
from training.conformal import Calibration
from training.corpus import MarkedNote, Phrase
from training.recipe import Recipe, Tagger, collect, one_thread, reader_part, train_coder, train_tagger
from training.scoring import Scores, answer_of, read_answers, score
from training.second_look import Exercise, fit_judge

MEASURED = Path(__file__).parent / "measured" / "leave_one_author_out.json"


def evaluate(gold: Sequence[Path], model: Path | None = None) -> dict[str, Any]:
    """Score a model pack against gold notes."""
    answers = read_answers(gold)
    pipeline = Pipeline.load(model)
    scores = score(answers, pipeline.code(answer.note for answer in answers))
    return {"model": pipeline.model, "notes": len(answers), **scores.figures()}


@dataclass(frozen=True, slots=True)
class Course:
    """What every author's turn is made from. `calibration` is all that the turns share: the coder's temperature and its thresholds."""

    notes: Sequence[MarkedNote]
    phrases: Sequence[Phrase]
    recipe: Recipe
    calibration: Calibration | None = None

    def without(self, author: str) -> "Course":
        """Leave one author's notes and phrases out."""
        others = [phrase for phrase in self.phrases if phrase.author != author]
        return replace(self, notes=[note for note in self.notes if note.author != author], phrases=others)

    def of(self, author: str) -> list[MarkedNote]:
        """Give one author's notes."""
        return [note for note in self.notes if note.author == author]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A network that has not seen one author, and what the second look would be shown of that author's notes."""

    tagger: Tagger
    exercises: list[Exercise]


def leave_one_author_out(course: Course, workers: int, tell: Callable[[str], None]) -> dict[str, Any]:
    """Train on all authors but one, read that one's notes, for every author.

    The second look for an author learns from the candidates that the other authors' left-out networks found; none of its
    examples, and no phrase, is the author's own.
    """
    authors = sorted({note.author for note in course.notes})
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=one_thread) as pool:
        found: dict[str, LeftOut] = {}
        for author, result in zip(authors, pool.map(partial(fit_without, course), authors), strict=True):
            found[author] = result
            tell(f"network without {author} done")
        whole = train_coder(course.notes, course.phrases, course.recipe)
        course = replace(course, calibration=Calibration(whole["temperature"], whole["sets"]))
        jobs = {author: pool.submit(read_author, course, author, found[author].tagger, exercises_of_others(found, author)) for author in authors}
        by_author: dict[str, Scores] = {}
        for author, job in jobs.items():
            by_author[author] = job.result()
            tell(f"{author}: {by_author[author].figures()['end_to_end_f1']}")
    return figures_of(by_author)


def fit_without(course: Course, author: str) -> LeftOut:
    """Fit the network without one author, and collect its candidates in that author's notes."""
    others = course.without(author)
    tagger = train_tagger(others.notes, course.phrases, course.recipe)
    return LeftOut(tagger, collect(tagger, course.of(author), course.phrases, course.recipe.cut))


def exercises_of_others(found: Mapping[str, LeftOut], author: str) -> list[Exercise]:
    """List the exercises of all authors but one."""
    return [each for name, other in found.items() if name != author for each in other.exercises]


def read_author(course: Course, author: str, tagger: Tagger, exercises: Sequence[Exercise]) -> Scores:
    """Read one author's notes with parts that have seen none of them, and score the answers."""
    others = course.without(author)
    judge = fit_judge(exercises, course.recipe.judge)
    coder = CoderPart(**train_coder(others.notes, others.phrases, course.recipe, course.calibration))
    pipeline = Pipeline.from_pack(ModelPack(f"without-{author}", {}, reader_part(tagger, judge, others.phrases, course.recipe), coder))
    answers = [answer_of(note) for note in course.of(author)]
    return score(answers, pipeline.code(answer.note for answer in answers))


def figures_of(by_author: Mapping[str, Scores]) -> dict[str, Any]:
    """Give the figures of all authors together, then of each."""
    return {"all": _together(by_author.values()).figures(), "by_author": {author: scores.figures() for author, scores in by_author.items()}}


def _together(parts: Any) -> Scores:
    total = Scores()
    for each in parts:
        total.count.update(each.count)
        for mine, its in zip(total.bins, each.bins, strict=True):
            mine[:] = [a + b for a, b in zip(mine, its, strict=True)]
    return total


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
