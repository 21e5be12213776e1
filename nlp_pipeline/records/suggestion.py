"""One code for one intervention, and why."""

from collections.abc import Mapping
from dataclasses import dataclass

from nlp_pipeline.records.note import Span


@dataclass(frozen=True, slots=True)
class Contribution:
    """What a stretch of the note adds, in log-odds, toward a code."""

    span: Span
    toward: str
    weight: float


@dataclass(frozen=True, slots=True)
class Suggestion:
    """The code that the documentation of one intervention supports.

    `probabilities` are over the three target codes and sum to 1; None where a neighbouring code was found.
    All contributions add up, with `intercept`, to `margin`: the log-odds of `code` against the next best, before calibration. A weight
    below zero speaks against `code`, for the code that its contribution names.
    `counterfactual` says in words which one documented fact would change the code.
    """

    code: str
    confidence: float
    probabilities: Mapping[str, float] | None
    needs_review: bool
    reason: str
    contributions: tuple[Contribution, ...] = ()
    intercept: float = 0.0
    margin: float = 0.0
    counterfactual: str | None = None
