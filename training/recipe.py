"""The whole training run: from the corpus to the parts of a model pack."""

import tomllib
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from nlp_pipeline.coding.hearing import places_of
from nlp_pipeline.reading.batch import token_batch
from nlp_pipeline.reading.candidates import Cut, Surroundings, find_candidates
from nlp_pipeline.reading.network import OFFSETS, Network, Vocabulary
from nlp_pipeline.reading.words import Floats, WordTypes, WordVectors
from training.coder import TARGETS, Coder, CoderRecipe, Examples, examples, fit_coder, phrase_words
from training.conformal import Calibration, LeftOutScores, calibrate, surprise
from training.corpus import MarkedNote, Phrase
from training.encoder_recipe import EncoderRecipe
from training.lessons import Classroom, Pieces, shares_by_code, vocabulary
from training.second_look import Exercise, JudgeRecipe, exercise, fit_judge
from training.tagger import Lesson, fit_tagger
from training.variation import VariationRecipe, varied
from training.weights import Arrays, TaggerRecipe

RECIPES = Path(__file__).parent / "recipes"
_SHARES = tuple(k / 20 for k in range(25))  # of what an encoder hears, tried one after the other
LOOKED_AT = 128  # notes to one batch when candidates are collected


@dataclass(frozen=True, slots=True)
class Recipe:
    """All that is chosen before training; read from recipes/<name>.toml."""

    name: str
    folds: int
    least_words: int
    leaning: float
    evidence_leaning: float
    cut: Cut
    careful_leaning: float = 0.0
    careful_cut: Cut = field(default_factory=lambda: Cut(core=1, reach=5, parting=2, edge=3))
    encoder: EncoderRecipe = field(default_factory=EncoderRecipe)
    tagger: TaggerRecipe = field(default_factory=TaggerRecipe)
    judge: JudgeRecipe = field(default_factory=JudgeRecipe)
    coder: CoderRecipe = field(default_factory=CoderRecipe)
    variation: VariationRecipe = field(default_factory=VariationRecipe)

    @classmethod
    def read(cls, path: Path = RECIPES / "unitwise.toml") -> "Recipe":
        """Read a recipe; an unknown key is an error, a missing one has the default that the code documents."""
        told = tomllib.loads(path.read_text("utf-8"))
        parts: dict[str, Callable[..., Any]] = {
            "cut": Cut, "careful_cut": Cut, "encoder": EncoderRecipe, "tagger": TaggerRecipe, "judge": JudgeRecipe, "coder": CoderRecipe,
            "variation": VariationRecipe,
        }  # fmt: skip
        return cls(**{key: parts[key](**value) if key in parts else value for key, value in told.items()})


@dataclass(frozen=True, slots=True)
class Tagger:
    """A fitted network with the vocabulary that it was fitted with."""

    words: tuple[str, ...]
    weights: Arrays


def train_tagger(notes: Sequence[MarkedNote], phrases: Sequence[Phrase], recipe: Recipe) -> Tagger:
    """Fit the network to notes and their variations."""
    lessons = lessons_with_copies(notes, phrases, recipe.variation)
    known = vocabulary(lessons[: len(notes)], Pieces().word_vectors(), recipe.least_words)
    weights = fit_tagger(lessons, known, recipe.tagger)
    return Tagger(tuple(sorted(known.words, key=lambda word: known.words[word])), {name: halved(each) for name, each in weights.items()})


def lessons_with_copies(notes: Sequence[MarkedNote], phrases: Sequence[Phrase], variation: VariationRecipe) -> list[Lesson]:
    """Prepare notes, then their variations; an author's own phrases, and a lender's, never help to read a note."""
    room, authors = Classroom(phrases), {note.author for note in notes}
    copies = varied(notes, [phrase for phrase in phrases if phrase.author in authors], variation)
    docs = room.nlp.pipe(each.note.text for each in copies)
    return room.lessons(notes) + [Lesson(each.note, doc, room.gazetteer(each.lender)) for each, doc in zip(copies, docs, strict=True)]


def halved(weights: Floats) -> Floats:
    """Round weights to half precision, as a pack stores them, so that what is measured is what is served."""
    return weights.astype(np.float16).astype(np.float32)


def network_of(tagger: Tagger, vectors: WordVectors) -> Network:
    """Set a fitted network up as the reader does."""
    return Network(tagger.weights, Vocabulary({word: k for k, word in enumerate(tagger.words, 1)}, vectors))


def collect(tagger: Tagger, notes: Sequence[MarkedNote], phrases: Sequence[Phrase], cut: Cut) -> list[Exercise]:
    """Show notes to a network that has not seen them, and write down what its candidates are."""
    vectors = Pieces().word_vectors()
    network = network_of(tagger, vectors)
    types = WordTypes(lambda spellings: network.first_layer(spellings).reshape(len(spellings), OFFSETS * network.width))
    lessons = Classroom(phrases).lessons(notes)
    made = []
    for start in range(0, len(lessons), LOOKED_AT):
        part = lessons[start : start + LOOKED_AT]
        batch = token_batch([each.doc for each in part], types, [each.gazetteer for each in part])
        shares = network.run(batch, types.rows)
        seen = Surroundings(batch, shares, find_candidates(batch, shares, types, cut))
        made.append(exercise(seen, [each.note for each in part], types.normals, vectors))
    return made


def author_folds(notes: Sequence[MarkedNote], folds: int) -> list[frozenset[str]]:
    """Deal authors out to folds, the most prolific first, so that folds are of like size."""
    sizes: dict[str, int] = {}
    for note in notes:
        sizes[note.author] = sizes.get(note.author, 0) + len(note.interventions)
    dealt: list[list[str]] = [[] for _ in range(folds)]
    for author in sorted(sizes, key=lambda name: (-sizes[name], name)):
        min(dealt, key=lambda fold: sum(sizes[name] for name in fold)).append(author)
    return [frozenset(fold) for fold in dealt if fold]


Fit = Callable[[frozenset[str]], "Tagger"]  # gives the network fitted without some authors


def train_without(notes: Sequence[MarkedNote], phrases: Sequence[Phrase], recipe: Recipe, out: frozenset[str]) -> Tagger:
    """Fit the network without some authors' notes."""
    return train_tagger([note for note in notes if note.author not in out], phrases, recipe)


def _fold(fit: Fit, notes: Sequence[MarkedNote], phrases: Sequence[Phrase], recipe: Recipe, out: frozenset[str]) -> list[Exercise]:
    return collect(fit(out), [note for note in notes if note.author in out], phrases, recipe.cut)


@dataclass(frozen=True, slots=True)
class HeardLeftOut:
    """What encoders that had not seen an author heard of the author's marked activities: a row an activity, a column a code."""

    weights: Floats
    codes: Sequence[str]


@dataclass(frozen=True, slots=True)
class Calibrations:
    """The coder's calibration on its own, and the share of what an encoder hears with the calibration that holds for both together."""

    alone: Calibration
    share: float = 0.0
    together: Calibration | None = None


def train_coder(
    notes: Sequence[MarkedNote], phrases: Sequence[Phrase], recipe: Recipe, heard: HeardLeftOut | None = None, calibrations: Calibrations | None = None
) -> Mapping[str, Any]:
    """Fit the coder to all notes, with the calibrations given, else ones found on authors that fold by fold were left out."""
    shown = examples(notes, phrases, recipe.coder)
    coder = fit_coder(shown, np.ones(len(shown.codes), bool), recipe.coder)
    found = calibrations or calibrations_of(left_out_of(shown, notes, recipe, coder.codes), recipe.coder.coverage, heard)
    return coder_part(coder, shown, phrases, found, recipe) | heard_part(found, heard)


def calibrations_of(told: LeftOutScores, coverage: float, heard: HeardLeftOut | None) -> Calibrations:
    """Calibrate on authors left out; the share is the one that makes the right codes least surprising."""
    alone = calibrate(told, coverage)
    if heard is None:
        return Calibrations(alone)
    added = heard.weights[:, places_of(heard.codes, told.codes)]
    share = min(_SHARES, key=lambda each: surprise(replace(told, scores=told.scores + np.float32(each) * added)))
    return Calibrations(alone, share, calibrate(replace(told, scores=told.scores + np.float32(share) * added), coverage))


def calibrations_in(part: Mapping[str, Any]) -> Calibrations:
    """Give the calibrations that a pack's coding part was made with."""
    alone, heard = Calibration(part["temperature"], part["sets"]), part.get("heard")
    return Calibrations(alone, heard["share"], Calibration(heard["temperature"], heard["sets"])) if heard else Calibrations(alone)


def heard_part(found: Calibrations, heard: HeardLeftOut | None) -> dict[str, Any]:
    """Lay out what a pack holds for coding with what an encoder hears."""
    if heard is None or found.together is None:
        return {}
    return {"heard": {"codes": tuple(heard.codes), "share": found.share, "temperature": found.together.temperature, "sets": found.together.sets}}


def left_out_of(shown: Examples, notes: Sequence[MarkedNote], recipe: Recipe, codes: Sequence[str]) -> LeftOutScores:
    """Score the marked activities fold by fold; the phrases that follow the notes have nothing around them and are no measure of confidence."""
    performed = np.array([each.status == "performed" for note in notes for each in note.interventions], bool)
    marked = len(performed)
    return LeftOutScores(left_out_scores(shown, notes, recipe, codes)[:marked], codes, shown.codes[:marked], shown.authors[:marked], performed)


def left_out_scores(shown: Examples, notes: Sequence[MarkedNote], recipe: Recipe, codes: Sequence[str]) -> Floats:
    """Score every example by a coder that has not seen its author; codes that such a coder lacks score lowest."""
    scores = np.full((len(shown.codes), len(codes)), -30.0, np.float32)
    for out in author_folds(notes, recipe.folds):
        rows = np.isin(shown.authors, sorted(out))
        coder = fit_coder(shown, ~rows, recipe.coder)
        scores[np.ix_(np.flatnonzero(rows), np.array([codes.index(code) for code in coder.codes]))] = coder.scores(shown.table[rows])
    return scores


def coder_part(coder: Coder, shown: Examples, phrases: Sequence[Phrase], found: Calibrations, recipe: Recipe) -> dict[str, Any]:
    """Lay out what a pack holds for coding."""
    told = tomllib.loads((RECIPES / "reasons.toml").read_text("utf-8"))
    return {
        "columns": shown.columns,
        "weights": coder.weights.astype(np.float16),
        "bias": coder.bias,
        "codes": coder.codes,
        "targets": TARGETS,
        "phrases": shares_by_code(phrases, phrase_words(phrases)),
        "settled": tuple(told["settled"]["by_header"]),
        "reasons": {code: told[code] for code in coder.codes if code in told},
        "temperature": found.alone.temperature,
        "review_below": recipe.coder.review_below,
        "sets": found.alone.sets,
    }


def reader_part(tagger: Tagger, judge: Mapping[str, Floats], phrases: Sequence[Phrase], recipe: Recipe) -> dict[str, Any]:
    """Lay out what a pack holds for reading."""
    return {
        **shared_part(phrases),
        "words": tagger.words,
        "network": {name: each.astype(np.float16) for name, each in tagger.weights.items()},
        "judge": {name: each.astype(np.float16 if name == "places" else np.float32) for name, each in judge.items()},
        "cut": asdict(recipe.cut),
        "leaning": recipe.leaning,
        "evidence_leaning": recipe.evidence_leaning,
    }


def shared_part(phrases: Sequence[Phrase]) -> dict[str, Any]:
    """Lay out what both readers use: meanings of word pieces, and the known phrases."""
    pieces = Pieces()
    return {"pieces": pieces.names, "vectors": pieces.vectors, "scale": pieces.scale, "gazetteer": Classroom(phrases).phrase_classes()}


def one_thread() -> None:
    """Keep a worker's sums to one thread: workers share the cores, and the order of sums stays the same everywhere."""
    threadpool_limits(1)


@dataclass(frozen=True, slots=True)
class Order:
    """How to train: how many processes side by side, whom to tell, what encoders left out heard, and networks that are fitted already, if any are."""

    workers: int
    tell: Callable[[str], None]
    heard: HeardLeftOut | None = None
    fitted: Fit | None = None


def train(notes: Sequence[MarkedNote], phrases: Sequence[Phrase], recipe: Recipe, order: Order) -> dict[str, Any]:
    """Make the fast reader's and the coder's part of a pack.

    Folds and the network itself are fitted side by side; the result does not depend on how many at once.
    """
    workers, tell = order.workers, order.tell
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=one_thread) as pool:
        fit = order.fitted or partial(train_without, notes, phrases, recipe)
        whole = pool.submit(fit, frozenset[str]())
        folds = [pool.submit(_fold, fit, notes, phrases, recipe, out) for out in author_folds(notes, recipe.folds)]
        coder = pool.submit(train_coder, notes, phrases, recipe, order.heard)
        exercises: list[Exercise] = []
        for number, fold in enumerate(folds, 1):
            exercises += fold.result()
            tell(f"fold {number} of {len(folds)} done")
        judge = pool.submit(fit_judge, exercises, recipe.judge).result()
        tell("second look fitted")
        parts = {"reader": reader_part(whole.result(), judge, phrases, recipe), "coder": coder.result()}
    tell("network and coder fitted")
    return parts
