"""The whole lesson: decided visits in, a verdict out, and a pack in use if the verdict allows it."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nlp_pipeline.coding.model_pack import ENVIRONMENT, ModelPack, open_pack, own_pack, shipped_pack
from nlp_pipeline.coding.suggester import CoderPart
from nlp_pipeline.errors import LearningRefused
from nlp_pipeline.records.judgement import DecidedVisit
from training.acceptance import LOCKED_FILE, LockedSet, Verdict, judge, lock
from training.corpus import read_notes, read_phrases
from training.decisions import Learned, LearningRecipe, Lessons, Taught, is_locked, learn, right_of, taught
from training.local_packs import REFUSED, LocalPacks
from training.recipe import Recipe


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a lesson: the verdict over so many locked visits, the pack that was in use, and the one that is now, if the new one was accepted."""

    verdict: Verdict
    judges: int
    before: str
    pack: Path | None


def teach(visits: Sequence[DecidedVisit], kept: LocalPacks, model: Path | None, tell: Callable[[str], None]) -> Outcome:
    """Fit the coder to corpus and decisions, judge it on the locked set, and take it into use only if it is better than the one in use."""
    chosen, corpus = LearningRecipe.read(), read_notes()
    if not corpus:
        raise LearningRefused("The corpus that the shipped model was made from is not installed here", "Learn in a checkout of the project.")
    known = [each for visit in visits if (each := taught(visit))]
    locked, judging = lock([each for each in known if is_locked(each, chosen)], kept.folder / LOCKED_FILE)
    _tell_of(locked, judging, len(known), tell)
    if (activities := _activities(judging)) < chosen.least_locked:
        raise LearningRefused(
            f"The locked set holds {activities} activities, and below {chosen.least_locked} nothing can be said of a new model", "Decide more visits first."
        )
    place = model or (Path(os.environ[ENVIRONMENT]) if os.environ.get(ENVIRONMENT) else own_pack() or shipped_pack())
    parent = open_pack(place)
    lessons = Lessons(corpus, read_phrases(), [each for each in known if not is_locked(each, chosen)])
    if not lessons.local:
        raise LearningRefused("There is no decided visit to learn from beside the locked set", "Decide more visits first.")
    learned = learn(lessons, parent, Recipe.read(), chosen, tell)
    verdict = _verdict(learned, parent, judging, chosen)
    if not verdict.accepted:
        kept.note(REFUSED, None, because=list(verdict.because))
        return Outcome(verdict, len(judging), place.name, None)
    return Outcome(verdict, len(judging), place.name, kept.publish(parent, place, learned.part, _told(lessons, locked, judging, verdict)))


def _verdict(learned: Learned, parent: ModelPack, judging: Sequence[Taught], chosen: LearningRecipe) -> Verdict:
    notes = [each.note for each in judging]
    whose = [each.whose for each in judging for _ in each.note.interventions]
    old, new = (right_of(part, parent, notes) for part in (parent.coder, CoderPart(**learned.part)))
    return judge(old, new, whose, learned, chosen)


def _told(lessons: Lessons, locked: LockedSet, judging: Sequence[Taught], verdict: Verdict) -> dict[str, Any]:
    """Lay out for the card what was learned from and who judged."""
    held = {"visits": len(judging), "activities": _activities(judging), "digest": locked.digest, "changed": locked.changed, "missing": locked.missing}
    return {"visits": len(lessons.local), "activities": _activities(lessons.local), "locked_set": held, "verdict": verdict.told()}


def _activities(some: Sequence[Taught]) -> int:
    return sum(len(each.note.interventions) for each in some)


def _tell_of(locked: LockedSet, judging: Sequence[Taught], visits: int, tell: Callable[[str], None]) -> None:
    tell(f"{visits} decided visits; {len(judging)} of them with {_activities(judging)} activities are locked away to judge ({locked.digest[:12]})")
    if locked.changed:
        tell(f"{locked.changed} locked visits were decided otherwise since they were locked; they judge no more")
    if locked.missing:
        tell(f"{locked.missing} locked visits are not in this database")
