"""Where what was billed and what the note supports part, and what that changes."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, get_args

from nlp_pipeline.records.billed_claim import Where
from nlp_pipeline.records.note import Span

Direction = Literal["over", "under", "neither"]
Kind = Literal["arithmetic", "code", "documentation", "record", "on-the-way"]

DIRECTIONS: tuple[Direction, ...] = get_args(Direction)


@dataclass(frozen=True, slots=True)
class Divergence:
    """The first step at which the value changed, and both values in words: "the claim adds 59, the note gives no second block"."""

    step: str
    told: str


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """One difference between the bill and the record, under a stable category.

    `material` says that the payment changes or would be denied. `amount` is what was billed too much (above zero) or too little (below), at the prices
    of the day, where this alone decides it; `at_risk` what the lines concerned are allowed, where a denial would take them whole.
    `rules` dates the rules that were in force on the day of service; `mark` tells how firm the source is.
    """

    category: str
    kind: Kind
    direction: Direction
    material: bool
    message: str
    code: str | None = None
    amount: Decimal | None = None
    at_risk: Decimal | None = None
    evidence: tuple[Span, ...] = ()
    billed_at: tuple[Where, ...] = ()
    divergence: Divergence | None = None
    finding: str | None = None
    source: str = ""
    mark: str = ""
    remedy: str = ""
    rules: str = ""
