"""Learn from a team's decisions: the coder part alone is fitted anew, to the corpus and to what was decided here; reader and encoder stay as they are."""

import hashlib
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlp_pipeline.coding.model_pack import ModelPack
from nlp_pipeline.coding.suggester import CoderPart, CodeSuggester, Listen
from nlp_pipeline.errors import LearningRefused
from nlp_pipeline.reading.reader import NoteReader
from nlp_pipeline.reading.words import Floats
from nlp_pipeline.records.facts import Facts, Heard, Intervention
from nlp_pipeline.records.judgement import NOT_PERFORMED, DecidedVisit
from nlp_pipeline.records.note import Note, Span
from training.coder import Coder, Examples, examples, fit_coder, records_of
from training.conformal import LeftOutScores
from training.corpus import MarkedHeader, MarkedIntervention, MarkedNote, Phrase
from training.recipe import RECIPES, HeardLeftOut, Recipe, author_folds, calibrations_of, coder_part, heard_part

LOCAL = "local "  # begins the names of authors that are none of the corpus
_LOWEST = -30.0  # the score of a code that a coder does not have
_UNHEARD = (Heard(Span(0, 0, ""), ()),)  # makes the reader listen


@dataclass(frozen=True, slots=True)
class LearningRecipe:
    """What is chosen before learning; read from recipes/decisions.toml."""

    locked_share: float
    seed: str
    least_locked: int
    least_judges: int
    least_patients: int
    largest_loss: float
    rounds: int
    level: float

    @classmethod
    def read(cls, path: Path = RECIPES / "decisions.toml") -> "LearningRecipe":
        """Read the recipe."""
        return cls(**tomllib.loads(path.read_text("utf-8")))


@dataclass(frozen=True, slots=True)
class Taught:
    """A decided visit as a training note; `whose` is a digest that visits of one patient share."""

    note: MarkedNote
    whose: str


@dataclass(frozen=True, slots=True)
class Lessons:
    """What there is to learn from: the corpus, and the local visits that are not locked away."""

    notes: Sequence[MarkedNote]
    phrases: Sequence[Phrase]
    local: Sequence[Taught]


@dataclass(frozen=True, slots=True)
class Learned:
    """A coder part that learned from local decisions, and how often it and one without them are right about authors left out, activity by activity."""

    part: dict[str, Any]
    with_local: NDArray[np.bool_]
    without_local: NDArray[np.bool_]


def taught(visit: DecidedVisit) -> Taught | None:
    """Make a training note of a decided visit: activities with their decided codes; what coders differ about counts as ambiguous."""
    decided: dict[tuple[int, int], list[str]] = {}
    for judged in visit.judgements:
        if judged.decided != NOT_PERFORMED:
            decided.setdefault(judged.activity, []).append(judged.decided)
    found = [
        MarkedIntervention(*place, "performed", codes[-1], len(set(codes)) > 1, each.stated_code)
        for each in visit.interventions
        if (codes := decided.get(place := (each.span.start, each.span.end)))
    ]
    if not found:
        return None
    headers = tuple(MarkedHeader(block.header.start, block.header.end, block.stated_code) for block in visit.blocks)
    note = visit.note
    key = visit.judgements[0].visit
    author = f"{LOCAL}{digest(note.therapist or key)[0]}"  # sixteen groups of therapists: enough to leave some out
    marked = MarkedNote(key, author, note.discipline, "", note.text, headers, tuple(found), (), (), {})
    return Taught(marked, digest(f"{note.clinic}\0{note.patient}" if note.patient else key))


def digest(words: str) -> str:
    """Give the digest of some words."""
    return hashlib.sha256(words.encode()).hexdigest()


def is_locked(each: Taught, recipe: LearningRecipe) -> bool:
    """Say whether a patient's visits are locked away: drawn by a digest, so that it never changes."""
    return int(digest(recipe.seed + each.whose)[:16], 16) < recipe.locked_share * 2**64


def learn(lessons: Lessons, parent: ModelPack, recipe: Recipe, chosen: LearningRecipe, tell: Callable[[str], None]) -> Learned:
    """Fit the coder to corpus and decisions together, and, fold by fold, with and without the decisions, to judge both on authors left out."""
    notes = [*lessons.notes, *(each.note for each in lessons.local)]
    shown = _without_rare_words(examples(notes, lessons.phrases, recipe.coder), lessons, chosen.least_patients)
    of_corpus = ~np.char.startswith(shown.authors, LOCAL)
    heard = _heard(lessons, parent, tell)
    coder = fit_coder(shown, np.ones(len(shown.codes), bool), recipe.coder)
    tell("coder fitted to corpus and decisions")
    with_local = np.full((len(shown.codes), len(coder.codes)), _LOWEST, np.float32)
    without = with_local.copy()
    for number, out in enumerate(_folds(lessons, recipe), 1):
        rows = np.isin(shown.authors, sorted(out))
        for scores, taught_by in ((with_local, ~rows), (without, ~rows & of_corpus)):
            _score(scores, rows, fit_coder(shown, taught_by, recipe.coder), shown, coder.codes)
        tell(f"authors left out: fold {number} of {recipe.folds}")
    performed = np.array([each.status == "performed" for note in notes for each in note.interventions], bool)
    marked = len(performed)
    told = LeftOutScores(with_local[:marked], coder.codes, shown.codes[:marked], shown.authors[:marked], performed)
    found = calibrations_of(told, recipe.coder.coverage, heard)
    part = coder_part(coder, shown, lessons.phrases, found, recipe) | heard_part(found, heard)
    judged = np.flatnonzero(performed & of_corpus[:marked])
    names = np.array(coder.codes)
    with_right, without_right = (names[scores[judged].argmax(axis=1)] == shown.codes[judged] for scores in (with_local, without))
    return Learned(part, with_right, without_right)


def _folds(lessons: Lessons, recipe: Recipe) -> list[frozenset[str]]:
    """Deal the corpus' authors as always, and the local ones to the same folds, so that nobody is judged by whom they taught."""
    others = sorted({each.note.author for each in lessons.local})
    dealt = author_folds(lessons.notes, recipe.folds)
    return [fold | frozenset(others[number :: len(dealt)]) for number, fold in enumerate(dealt)]


def _score(scores: Floats, rows: NDArray[np.bool_], fitted: Coder, shown: Examples, codes: Sequence[str]) -> None:
    """Write down how a coder scores the rows that it has not seen."""
    held = [code for code in fitted.codes if code in codes]
    places, columns = (np.array([where.index(code) for code in held], np.intp) for where in (codes, fitted.codes))
    scores[np.ix_(np.flatnonzero(rows), places)] = fitted.scores(shown.table[rows])[:, columns]


def _without_rare_words(shown: Examples, lessons: Lessons, least: int) -> Examples:
    """Leave out what stands in local notes alone, unless it stands in the notes of several patients: a name must not become a feature."""
    first = sum(len(note.interventions) for note in lessons.notes)
    whose = [each.whose for each in lessons.local for _ in each.note.interventions]
    numbers = {name: number for number, name in enumerate(dict.fromkeys(whose))}
    local = shown.table[first : first + len(whose)].tocoo()
    pairs = np.unique(np.stack([local.col.astype(np.int64), np.array([numbers[name] for name in whose], np.int64)[local.row]]), axis=1)
    patients = np.bincount(pairs[0], minlength=shown.table.shape[1])
    everywhere = np.bincount(shown.table.tocoo().col, minlength=shown.table.shape[1])
    in_local = np.bincount(local.col, minlength=shown.table.shape[1])
    kept = np.flatnonzero((everywhere > in_local) | (patients >= least))
    place = {int(column): number for number, column in enumerate(kept)}
    columns = {role: {key: place[column] for key, column in keys.items() if column in place} for role, keys in shown.columns.items()}
    return replace(shown, table=shown.table[:, kept], columns=columns)


def _heard(lessons: Lessons, parent: ModelPack, tell: Callable[[str], None]) -> HeardLeftOut | None:
    """Put what the encoder hears of local activities, which it has never seen, behind what encoders left out heard of the corpus."""
    careful = parent.careful
    if careful is None or "heard" not in careful:
        return None
    listen, codes = NoteReader(parent.reader, careful).listen, careful["encoder"]["codes"]
    rows: list[list[float]] = []
    for facts in _listened(listen, [facts_of(each.note) for each in lessons.local]):
        rows += [[sum(weights) for weights in zip(*(one.weights for one in each.heard), strict=True)] or [0.0] * len(codes) for each in facts.interventions]
    tell(f"encoder heard {len(rows)} local activities")
    local: Floats = np.array(rows, np.float32).reshape(len(rows), len(codes))
    known: Floats = careful["heard"].astype(np.float32)
    if len(known) != sum(len(note.interventions) for note in lessons.notes):
        raise LearningRefused("The pack in use was made from another corpus than the one here", "Make the pack again with `unitwise train`, then learn.")
    return HeardLeftOut(np.concatenate([known, local]), codes)


def facts_of(note: MarkedNote) -> Facts:
    """Give a training note as reading would, with its activities where they were decided about."""
    interventions, blocks = records_of(note)
    return Facts(Note(note.id, note.text, discipline=note.discipline), tuple(blocks), tuple(interventions))


def _listened(listen: Listen, batch: Sequence[Facts]) -> list[Facts]:
    asked = [replace(facts, interventions=tuple(_asked(each) for each in facts.interventions)) for facts in batch]
    return [each for start in range(0, len(asked), 32) for each in listen(asked[start : start + 32])]


def _asked(each: Intervention) -> Intervention:
    return replace(each, heard=_UNHEARD)


def right_of(part: CoderPart, parent: ModelPack, notes: Sequence[MarkedNote]) -> NDArray[np.bool_]:
    """Say of each decided activity whether a coder part, with the encoder where there is one, suggests what was decided."""
    listen = NoteReader(parent.reader, parent.careful).listen if parent.careful else None
    facts = [facts_of(note) for note in notes]
    heard = _listened(listen, facts) if listen else facts
    suggester = CodeSuggester(part, listen)
    given = [suggestion.code for _, suggestions in suggester.suggest(heard) for suggestion in suggestions]
    right: NDArray[np.bool_] = np.array(given) == np.array([each.code for note in notes for each in note.interventions])
    return right
