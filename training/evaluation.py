"""Judge a model on notes written by others: gold notes, and each author in turn left out."""

import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from nlp_pipeline.auditing.auditor import Auditor
from nlp_pipeline.billing.biller import Biller
from nlp_pipeline.coding.suggester import CoderPart, CodeSuggester
from nlp_pipeline.pipeline import Pipeline
from nlp_pipeline.reading.reader import NoteReader
from nlp_pipeline.rulebook.rulebook import Rulebook
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
class _LeftOut:
    """A network that has not seen one author, and what the second look would be shown of that author's notes."""

    tagger: Tagger
    exercises: list[Exercise]


def leave_one_author_out(notes: Sequence[MarkedNote], phrases: Sequence[Phrase], recipe: Recipe, workers: int, tell: Callable[[str], None]) -> dict[str, Any]:
    """Train on all authors but one, read that one's notes, for every author.

    The second look for an author learns from the candidates that the other authors' left-out networks found; none of its
    examples, and no phrase, is the author's own.
    """
    authors = sorted({note.author for note in notes})
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=one_thread) as pool:
        found: dict[str, _LeftOut] = {}
        for author, result in zip(authors, pool.map(partial(_without, notes, phrases, recipe), authors), strict=True):
            found[author] = result
            tell(f"network without {author} done")
        jobs = {author: pool.submit(_read_author, notes, phrases, recipe, author, found) for author in authors}
        by_author: dict[str, Scores] = {}
        for author, job in jobs.items():
            by_author[author] = job.result()
            tell(f"{author}: {by_author[author].figures()['end_to_end_f1']}")
    return {"all": _together(by_author.values()).figures(), "by_author": {author: scores.figures() for author, scores in by_author.items()}}


def _without(notes: Sequence[MarkedNote], phrases: Sequence[Phrase], recipe: Recipe, author: str) -> _LeftOut:
    tagger = train_tagger([note for note in notes if note.author != author], phrases, recipe)
    return _LeftOut(tagger, collect(tagger, [note for note in notes if note.author == author], phrases, recipe.cut))


def _read_author(notes: Sequence[MarkedNote], phrases: Sequence[Phrase], recipe: Recipe, author: str, found: Mapping[str, _LeftOut]) -> Scores:
    kept, listed = [note for note in notes if note.author != author], [phrase for phrase in phrases if phrase.author != author]
    judge = fit_judge([each for name, other in found.items() if name != author for each in other.exercises], recipe.judge)
    pipeline = Pipeline(
        NoteReader(reader_part(found[author].tagger, judge, listed, recipe)),
        CodeSuggester(CoderPart(**train_coder(kept, listed, recipe))),
        Rulebook.load(), Biller(), Auditor(), f"without-{author}",
    )  # fmt: skip
    answers = [answer_of(note) for note in notes if note.author == author]
    return score(answers, pipeline.code(answer.note for answer in answers))


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
