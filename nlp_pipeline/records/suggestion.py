"""One code for one intervention, and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from nlp_pipeline.records.note import Span

ReviewReason = Literal[
    "purpose-not-stated", "header-contradicts", "minutes-missing", "minutes-contradict", "only-planned", "out-of-scope", "not-a-therapy-note"
]
ContributionKind = Literal["activity", "purpose", "header", "context", "heard", "rest"]

REVIEW_REASONS: tuple[ReviewReason, ...] = get_args(ReviewReason)
DOUBTS: frozenset[ReviewReason] = frozenset({"purpose-not-stated", "out-of-scope"})  # that the code itself is unsure
STRONGEST_FOR = 3
STRONGEST_AGAINST = 2


@dataclass(frozen=True, slots=True)
class Contribution:
    """What a stretch of the note adds, in log-odds, toward a code.

    `kind` says where it stands: in the activity's own words, in its stated purpose, in the header above it, in the words around it; "heard" is
    what the careful reader hears in a whole stretch, an empty one standing for the note; "rest" is the sum of all that is too small, or too little
    of a word, to be named alone.
    """

    span: Span
    toward: str
    weight: float
    kind: ContributionKind = "context"


@dataclass(frozen=True, slots=True)
class Counterfactual:
    """One documented fact that would change the code, asked about; `code` is what the suggester gives without `without` and, if named, for `purpose`.

    `question` asks what happened at the visit. `purpose` is a name in coding/counterfactuals.toml; the words that were tried are there and nowhere else.
    """

    question: str
    code: str
    without: tuple[Span, ...] = ()
    purpose: str | None = None


@dataclass(frozen=True, slots=True)
class Suggestion:
    """The code that the documentation of one intervention supports.

    `probabilities` are over the three target codes and sum to 1; None where a neighbouring code was found.
    All contributions add up, with `intercept`, to `margin`: the log-odds of `code` against `runner_up`, the next best, before calibration. A weight
    below zero speaks against `code`, for the code that its contribution names.
    `needs_review` is true exactly where `review_reasons` names at least one reason.
    `prediction_set` holds the code that is right in a `coverage` share of activities by authors never seen; None where the model was made without it.
    """

    code: str
    confidence: float
    probabilities: Mapping[str, float] | None
    needs_review: bool
    reason: str
    contributions: tuple[Contribution, ...] = ()
    intercept: float = 0.0
    margin: float = 0.0
    counterfactual: Counterfactual | None = None
    runner_up: str | None = None
    review_reasons: tuple[ReviewReason, ...] = ()
    prediction_set: tuple[str, ...] | None = None
    coverage: float | None = None

    @property
    def unsure(self) -> bool:
        """Say whether the code itself is in doubt, whatever else a person should look at."""
        return not DOUBTS.isdisjoint(self.review_reasons)


def strongest(contributions: Sequence[Contribution]) -> tuple[list[Contribution], list[Contribution]]:
    """Pick the weightiest words for the code, and those against it; what many small weights add up to is not named."""
    named = sorted((each for each in contributions if each.kind not in ("heard", "rest")), key=lambda each: -abs(each.weight))
    toward = [each for each in named if each.weight > 0]
    against = [each for each in named if each.weight < 0]
    return toward[:STRONGEST_FOR], against[:STRONGEST_AGAINST]
