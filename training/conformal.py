"""Say how sure the coder may be: one temperature for its chances, and thresholds for its prediction sets, both found on authors it has not seen.

A prediction set holds every code whose chance reaches the threshold of its group. The groups are the three target codes, one each, and all
other codes together, so that the stated coverage holds for each of the three and not only on average (split-conformal, conditional on the code).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlp_pipeline.coding.prediction_set import OTHERS
from training.coder import TARGETS, temperature

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class LeftOutScores:
    """Scores by coders that have not seen the author, with what is right; only what was performed counts towards coverage."""

    scores: Floats
    codes: Sequence[str]
    right: NDArray[np.str_]
    authors: NDArray[np.str_]
    performed: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Calibration:
    """The numbers that are found on left-out authors; `sets` is laid into the pack as it is."""

    temperature: float
    sets: Mapping[str, Any]


def calibrate(left_out: LeftOutScores, coverage: float) -> Calibration:
    """Find the temperature and the thresholds, and measure the coverage author by author."""
    heat = temperature(left_out.scores, left_out.codes, left_out.right.tolist())
    done = left_out.performed
    chances = chances_of(left_out.scores[done], heat)
    told = chance_of_right(chances, left_out.codes, left_out.right[done])
    groups = groups_of(left_out.right[done])
    sets = {"coverage": coverage, "thresholds": thresholds(told, groups, coverage)}
    return Calibration(heat, {**sets, "measured": coverage_by_author(chances, left_out, coverage)})


def surprise(left_out: LeftOutScores) -> float:
    """Say how little the right codes of what was performed were expected, at the best temperature: the mean of minus the log of their chance."""
    done = left_out.performed
    scores, right = left_out.scores[done], left_out.right[done].tolist()
    chances = chances_of(scores, temperature(scores, left_out.codes, right))
    return float(-np.log(np.maximum(chance_of_right(chances, left_out.codes, left_out.right[done]), 1e-4)).mean())


def chances_of(scores: Floats, heat: float) -> Doubles:
    """Turn scores into chances over all codes, as serving does."""
    spread = np.exp((scores.astype(np.float64) - scores.max(axis=1, initial=-np.inf, keepdims=True)) / heat)
    chances: Doubles = spread / spread.sum(axis=1, keepdims=True)
    return chances


def chance_of_right(chances: Doubles, codes: Sequence[str], right: NDArray[np.str_]) -> Doubles:
    """Give the chance that each right code was given; none for a code that the coder lacks."""
    place = {code: k for k, code in enumerate(codes)}
    return np.array([row[place[code]] if code in place else 0.0 for row, code in zip(chances, right.tolist(), strict=True)])


def groups_of(right: NDArray[np.str_]) -> NDArray[np.str_]:
    """Name the group of each right code."""
    return np.array([code if code in TARGETS else OTHERS for code in right.tolist()])


def thresholds(told: Doubles, groups: NDArray[np.str_], coverage: float) -> dict[str, float]:
    """Find the chance that all but the uncovered share of each group reaches; zero where there are too few examples to promise it."""
    found = {}
    for group in (*TARGETS, OTHERS):
        ranked = np.sort(told[groups == group])
        beyond = int((len(ranked) + 1) * (1 - coverage) + 1e-9)  # examples that may be missed; the finite number is allowed for
        found[group] = float(ranked[beyond - 1]) if beyond else 0.0
    return found


def coverage_by_author(chances: Doubles, left_out: LeftOutScores, coverage: float) -> dict[str, Any]:
    """Measure sets on each author with thresholds from all other authors: the share that holds the right code, and how many codes a set has."""
    right, authors = left_out.right[left_out.performed], left_out.authors[left_out.performed]
    groups, told = groups_of(right), chance_of_right(chances, left_out.codes, right)
    names = groups_of(np.array(left_out.codes))
    inside, sizes = np.zeros(len(right), bool), np.zeros(len(right))
    for author in sorted(set(authors.tolist())):
        own = authors == author
        least = thresholds(told[~own], groups[~own], coverage)
        best = chances[own].max(axis=1, initial=0.0)
        floor = np.array([least[name] for name in names.tolist()])
        sizes[own] = ((chances[own] >= floor) | (chances[own] >= best[:, None])).sum(axis=1)
        inside[own] = (told[own] >= np.array([least[group] for group in groups[own].tolist()])) | (told[own] >= best)
    return {
        "all": _share(inside),
        "by_code": {group: _share(inside[groups == group]) for group in (*TARGETS, OTHERS)},
        "by_author": {author: _share(inside[authors == author]) for author in sorted(set(authors.tolist()))},
        "one_code": _share(sizes == 1),
        "codes_in_a_set": round(float(sizes.mean()), 3) if len(sizes) else None,
        "activities": len(right),
    }


def _share(which: NDArray[np.bool_]) -> float | None:
    return round(float(which.mean()), 4) if len(which) else None
