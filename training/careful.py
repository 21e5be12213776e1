"""Make the careful reader's part of a pack: an encoder fitted to all notes, and what encoders fitted without an author said of that author's notes.

Fitting needs the extra `encoder` and the better part of an hour; each encoder that is done is kept in a working folder, so that a run can go on.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import joblib
import numpy as np

from nlp_pipeline.coding.model_pack import CAREFUL_FILE, CURRENT_FILE, ModelPack, open_pack
from nlp_pipeline.coding.suggester import CoderPart
from nlp_pipeline.pipeline import Pipeline
from nlp_pipeline.reading.batch import token_batch
from nlp_pipeline.reading.candidates import Surroundings, find_candidates
from nlp_pipeline.reading.encoder import Encoder
from nlp_pipeline.reading.interventions import placed
from nlp_pipeline.reading.tagging import Tagging
from nlp_pipeline.reading.words import Floats, WordTypes
from training.corpus import MarkedNote, Phrase
from training.evaluation import Course, Out
from training.framing import read_frames
from training.groups import Scored, figures_of, score_groups
from training.lessons import Classroom, Pieces
from training.recipe import (
    LOOKED_AT,
    Fit,
    HeardLeftOut,
    Recipe,
    Tagger,
    author_folds,
    lessons_with_copies,
    network_of,
    one_thread,
    reader_part,
    train_coder,
    train_without,
)
from training.second_look import Exercise, exercise, fit_judge

WORK = Path("out") / "encoder"
_REST = "other"  # the encoder's name for all codes that are too rare to be heard


@dataclass(frozen=True, slots=True)
class LeftOutNotes:
    """What an encoder that has not seen these notes makes of them: candidates for the judge, and log-odds of codes of the marked activities."""

    exercises: list[Exercise]
    heard: Floats


def heard_codes(notes: Sequence[MarkedNote], least: int) -> list[str]:
    """List the codes that an encoder learns to hear, the rest under one name at the end."""
    count = Counter(each.code for note in notes for each in note.interventions)
    return [*sorted(code for code, times in count.items() if times >= least and code != "none"), _REST]


def fit_part(notes: Sequence[MarkedNote], phrases: Sequence[Phrase], codes: Sequence[str], recipe: Recipe) -> dict[str, Any]:
    """Fit one encoder to notes, and lay it out as a pack holds it."""
    import torch

    from training.encoder_fit import fit_encoder
    from training.encoder_net import exported

    torch.set_num_threads(1)
    variation = replace(recipe.variation, copies=recipe.encoder.copies, swap=recipe.encoder.swap)
    net, names = fit_encoder(lessons_with_copies(notes, phrases, variation), codes, recipe.encoder)
    return {**exported(net, names), "codes": tuple(codes)}


@dataclass(frozen=True, slots=True)
class Readers:
    """An encoder as a pack holds it, and a network, both fitted to the same notes."""

    encoder: Mapping[str, Any]
    tagger: Tagger


def fitted_encoder(course: Course, work: Path, out: Out) -> Any:
    """Give the encoder fitted without some authors from the working folder, or fit it and keep it there."""
    codes = heard_codes(course.notes, course.recipe.coder.least_codes * 3)
    known = [note for note in course.notes if note.author not in out]
    return _kept(work / _name("without", out), lambda: fit_part(known, course.phrases, codes, course.recipe))


def fitted_tagger(course: Course, work: Path, out: Out) -> Any:
    """Give the network fitted without some authors, likewise."""
    return _kept(work / _name("network", out), lambda: train_without(course.notes, course.phrases, course.recipe, out))


def fitted_networks(course: Course) -> Fit:
    """Give the networks of the working folder by the authors that they were fitted without."""
    return partial(fitted_tagger, course, WORK / work_name(course))


def _name(kind: str, out: Out) -> str:
    return f"{kind}-{'-'.join(sorted(out)) or 'none'}"[:80]


def _kept(place: Path, fit: Callable[[], Any]) -> Any:
    if not place.is_file():
        draft = place.with_suffix(".draft")
        joblib.dump(fit(), draft)
        draft.replace(place)
    return joblib.load(place)


def readers_of(course: Course, work: Path, out: Out) -> Readers:
    """Give both networks that were fitted without some authors."""
    return Readers(fitted_encoder(course, work, out), fitted_tagger(course, work, out))


def collect(readers: Readers, notes: Sequence[MarkedNote], phrases: Sequence[Phrase], recipe: Recipe) -> LeftOutNotes:
    """Show notes to an encoder and a network that have not seen them."""
    encoder, vectors = Encoder(readers.encoder), Pieces().word_vectors()
    tagging = Tagging(network_of(readers.tagger, vectors), encoder)
    types = WordTypes(*tagging.derives())
    lessons, exercises, heard = Classroom(phrases).lessons(notes), [], []
    for start in range(0, len(lessons), LOOKED_AT):
        chosen = lessons[start : start + LOOKED_AT]
        batch = token_batch([each.doc for each in chosen], types, [each.gazetteer for each in chosen])
        shares, hidden = tagging.read(batch, types.tables)
        assert hidden is not None
        seen = Surroundings(batch, shares, find_candidates(batch, shares, types, recipe.careful_cut))
        exercises.append(exercise(seen, [each.note for each in chosen], types.normals, vectors))
        heard.append(encoder.heard(batch, hidden, placed(batch, [[(one.start, one.end) for one in each.note.interventions] for each in chosen])).sum(axis=0))
    return LeftOutNotes(exercises, np.concatenate(heard))


def train_careful(course: Course, workers: int, tell: Callable[[str], None]) -> dict[str, Any]:
    """Make the careful reader's part: encoder, judge, and what was heard of every marked activity by an encoder that had not seen its author."""
    work = WORK / work_name(course)
    work.mkdir(parents=True, exist_ok=True)
    folds = author_folds(course.notes, course.recipe.folds)
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=one_thread) as pool:
        jobs = [pool.submit(partial(fit, course, work, out)) for fit in (fitted_encoder, fitted_tagger) for out in (frozenset[str](), *folds)]
        for number, job in enumerate(jobs):
            job.result()
            tell(f"network {number + 1} of {len(jobs)} done")
    by_fold = {out: collect(readers_of(course, work, out), course.of(out), course.phrases, course.recipe) for out in folds}
    judge = fit_judge([each for fold in by_fold.values() for each in fold.exercises], course.recipe.judge)
    tell("second look of the careful reader fitted")
    heard = in_order(course.notes, {out: fold.heard for out, fold in by_fold.items()})
    return {"encoder": fitted_encoder(course, work, frozenset()), "judge": judge, "heard": heard.astype(np.float16), "made_from": work.name}


def carried_over(models: Path, course: Course) -> dict[str, Any] | None:
    """Give the careful reader in use if it was made from the same notes, phrases and recipe, else None."""
    current = models / CURRENT_FILE
    if not current.is_file():
        return None
    place = models / current.read_text("utf-8").strip()
    careful = open_pack(place).careful if (place / CAREFUL_FILE).is_file() else None
    return dict(careful) if careful and careful.get("made_from") == work_name(course) else None


def heard_left_out(made: Mapping[str, Any] | None) -> HeardLeftOut | None:
    """Give what was heard of every marked activity by an encoder that had not seen its author."""
    return HeardLeftOut(made["heard"].astype(np.float32), made["encoder"]["codes"]) if made else None


def in_order(notes: Sequence[MarkedNote], heard: Mapping[frozenset[str], Floats]) -> Floats:
    """Put what the folds heard in the order of all marked activities."""
    authors = np.array([note.author for note in notes for _ in note.interventions])
    first = next(iter(heard.values()))
    whole = np.zeros((len(authors), first.shape[1]), np.float32)
    for out, part in heard.items():
        whole[np.isin(authors, sorted(out))] = part
    return whole


def work_name(course: Course) -> str:
    """Name the working folder after everything that the encoders are made from."""
    told = hashlib.sha256(json.dumps([asdict(course.recipe.encoder), asdict(course.recipe.variation), course.recipe.folds]).encode())
    told.update(repr(read_frames()).encode())
    for each in (*course.notes, *course.phrases):
        told.update(repr(each).encode())
    return told.hexdigest()[:12]


def careful_part(made: Mapping[str, Any], recipe: Recipe) -> dict[str, Any]:
    """Lay out what a pack holds for the careful reader, beside what it shares with the fast one."""
    judge = {name: each.astype(np.float16 if name == "places" else np.float32) for name, each in made["judge"].items()}
    held = {"cut": asdict(recipe.careful_cut), "leaning": recipe.careful_leaning, "evidence_leaning": recipe.evidence_leaning}
    return {"encoder": made["encoder"], "judge": judge, **held, **{name: made[name] for name in ("heard", "made_from") if name in made}}


def cross_validated(course: Course, tell: Callable[[str], None]) -> dict[str, Any]:
    """Score the careful reader on every author by parts that have not seen the author: encoder, second look and coder are those of the author's fold.

    What all folds share are the coder's calibrations, which `course` brings.
    """
    work = WORK / work_name(course)
    folds = author_folds(course.notes, course.recipe.folds)
    readers = {out: readers_of(course, work, out) for out in folds}
    shown = {out: collect(readers[out], course.of(out), course.phrases, course.recipe).exercises for out in folds}
    parts: list[Scored] = []
    for out in folds:
        others = [each for fold in folds if fold != out for each in shown[fold]]
        parts.append(_read_fold(course, out, readers[out], fit_judge(others, course.recipe.judge)))
        tell(f"authors {', '.join(sorted(out))} read")
    return figures_of(parts)


def _read_fold(course: Course, out: Out, readers: Readers, judge: Mapping[str, Floats]) -> Scored:
    """Read the notes of a fold's authors with parts that have seen none of them."""
    others, codes = course.without(out), readers.encoder["codes"]
    heard = HeardLeftOut(np.zeros((0, len(codes)), np.float32), codes)
    coder = CoderPart(**train_coder(others.notes, others.phrases, course.recipe, heard, course.calibrations))
    part = careful_part({"encoder": readers.encoder, "judge": judge}, course.recipe)
    fast = reader_part(readers.tagger, judge, others.phrases, course.recipe)
    pipeline = Pipeline.from_pack(ModelPack("left-out", {}, fast, coder, part))
    return score_groups(course.of(out), pipeline)
