"""Whether a model that learned from local decisions is taken into use: only if it beats the old one where nobody taught it, and loses nothing elsewhere."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest

from training.decisions import Learned, LearningRecipe, Taught, digest

Truths = NDArray[np.bool_]
LOCKED_FILE = "locked_set.json"
SEED = 20261


@dataclass(frozen=True, slots=True)
class Verdict:
    """How old and new model compare, activity by activity: on the locked local set, and on the corpus' authors left out.

    `p` is McNemar's exact test, one-sided: how likely so many gains among all differences would be if the two were equally good. `low` and `high` are
    the 95 % limits of the difference of shares, from a bootstrap that draws whole patients. `because` says what speaks against the new one.
    """

    activities: int
    old: float
    new: float
    gained: int
    lost: int
    p: float
    low: float
    high: float
    corpus_old: float
    corpus_new: float
    because: tuple[str, ...]

    @property
    def accepted(self) -> bool:
        """Say whether nothing speaks against the new model."""
        return not self.because

    def told(self) -> dict[str, Any]:
        """Lay the verdict out for the card and the history."""
        return {**asdict(self), "because": list(self.because), "accepted": self.accepted}


def judge(old: Truths, new: Truths, whose: Sequence[str], learned: Learned, recipe: LearningRecipe) -> Verdict:
    """Compare both models on the locked set (`whose` is the patient of each activity) and on the corpus' authors left out."""
    gained, lost = int((new & ~old).sum()), int((old & ~new).sum())
    p = float(binomtest(gained, gained + lost, 0.5, alternative="greater").pvalue) if gained + lost else 1.0
    low, high = bootstrap(new.astype(float) - old, whose, recipe.rounds)
    corpus_old, corpus_new = float(learned.without_local.mean()), float(learned.with_local.mean())
    against = []
    if p > recipe.level:
        against.append(f"on the locked set it gains {gained} and loses {lost} activities, which chance explains (McNemar, p = {p:.3f})")
    elif low <= 0 or len(set(whose)) < recipe.least_judges:
        against.append(f"what it gains on the locked set comes from too few patients (95 % limits {low:+.1%} to {high:+.1%})")
    if corpus_old - corpus_new > recipe.largest_loss:
        against.append(f"on the corpus' authors left out it falls from {corpus_old:.2%} to {corpus_new:.2%}")
    return Verdict(len(old), float(old.mean()), float(new.mean()), gained, lost, p, low, high, corpus_old, corpus_new, tuple(against))


def bootstrap(differences: NDArray[np.float64], whose: Sequence[str], rounds: int) -> tuple[float, float]:
    """Give the 95 % limits of a mean difference over samples that draw whole patients, always by the same seed."""
    numbers = {name: number for number, name in enumerate(dict.fromkeys(whose))}
    of = np.array([numbers[name] for name in whose])
    sums, counts = np.bincount(of, differences, len(numbers)), np.bincount(of, minlength=len(numbers))
    drawn = np.random.default_rng(SEED).integers(0, len(numbers), (rounds, len(numbers)))
    means = sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1)
    low, high = np.quantile(means, (0.025, 0.975))
    return float(low), float(high)


@dataclass(frozen=True, slots=True)
class LockedSet:
    """The visits that judge, as they were first locked: digests only, no words and no names. `changed` of them were decided otherwise since."""

    visits: Mapping[str, str]
    changed: int
    missing: int

    @property
    def digest(self) -> str:
        """Name the set by everything in it."""
        return digest(json.dumps(dict(self.visits), sort_keys=True))


def lock(held: Sequence[Taught], place: Path) -> tuple[LockedSet, list[Taught]]:
    """Lock visits by the digest of what was decided, beside those that are locked already; give those that still stand as they were locked.

    A visit that was decided otherwise since is left out for good: who could change the answers could choose the judge.
    """
    kept: dict[str, str] = json.loads(place.read_text("utf-8")) if place.is_file() else {}
    now = {digest(each.note.id): _answers(each) for each in held}
    known = {**now, **kept}
    place.parent.mkdir(parents=True, exist_ok=True)
    draft = place.with_suffix(".draft")
    draft.write_text(json.dumps(known, indent=0, sort_keys=True) + "\n", "utf-8")
    draft.replace(place)
    changed = sum(name in now and now[name] != answers for name, answers in kept.items())
    standing = [each for each in held if known[digest(each.note.id)] == _answers(each)]
    return LockedSet(known, changed, sum(name not in now for name in kept)), standing


def _answers(each: Taught) -> str:
    rows = sorted([one.start, one.end, one.code, one.ambiguous] for one in each.note.interventions)
    return hashlib.sha256(json.dumps([digest(each.note.text), rows]).encode()).hexdigest()
