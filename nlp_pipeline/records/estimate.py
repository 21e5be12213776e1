"""What a reviewed sample says about all claims: points, limits, rates, and whether they may be carried over."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from nlp_pipeline.records.judgement import Agreement, Figure

Verdict = Literal["justified", "with care", "not justified"]
Quantile = Literal["t", "z"]


@dataclass(frozen=True, slots=True)
class Limits:
    """The two ends of an interval."""

    lower: Decimal
    upper: Decimal


@dataclass(frozen=True, slots=True)
class Estimate:
    """A total carried over from a sample to the frame.

    `two_sided` holds the truth in 90 of 100 samples; `one_sided_lower` lies below it in 90 of 100. `precision` is half the two-sided
    interval over the point, None where the point is nothing. `freedom` is None where the normal distribution was used.
    """

    method: str
    frame: int
    sample: int
    point: Decimal
    standard_error: Decimal
    two_sided: Limits
    one_sided_lower: Decimal
    precision: float | None
    level: float
    quantile: float
    freedom: float | None


@dataclass(frozen=True, slots=True)
class StratumEstimate:
    """One stratum's part in an estimate."""

    name: str
    frame: int
    sample: int
    mean: Decimal
    deviation: Decimal
    point: Decimal


@dataclass(frozen=True, slots=True)
class ErrorRate:
    """A share of units, with limits that hold for any sample size; `frame_lower` and `frame_upper` count units of the frame, where they can be counted."""

    errors: int
    reviewed: int
    rate: float
    lower: float
    upper: float
    method: str
    frame_lower: int | None = None
    frame_upper: int | None = None


@dataclass(frozen=True, slots=True)
class FinancialRate:
    """Net overpayment over what was paid, with the limits of a ratio."""

    rate: float
    lower: float
    upper: float


@dataclass(frozen=True, slots=True)
class Powered:
    """The sample and the engine's results on every unit, combined.

    `weight` is how far the engine is believed; `narrower` how much shorter the interval is than by the sample alone (below nothing: longer).
    """

    estimate: Estimate
    weight: float
    engine_total: Decimal
    correlation: float
    narrower: float


@dataclass(frozen=True, slots=True)
class Ground:
    """One ground for or against carrying an estimate over, with the figure it was held against and where that comes from."""

    name: str
    holds: bool
    told: str
    source: str
    mark: str


@dataclass(frozen=True, slots=True)
class Extrapolation:
    """Whether the estimate may be carried over, in one sentence, and every ground."""

    verdict: Verdict
    sentence: str
    grounds: tuple[Ground, ...]


@dataclass(frozen=True, slots=True)
class IfOverturned:
    """The estimate if so many of the findings with the highest amounts were given up."""

    overturned: int
    point: Decimal
    one_sided_lower: Decimal
    two_sided: Limits


@dataclass(frozen=True, slots=True)
class TwoReviewers:
    """How far two reviewers of the same claims agree on what stands behind the amount.

    `activities` compares the code of each activity, `codes` is the share of claims on which both name the same codes. Of the codes that both name,
    `units` compares how many, and `minutes` is the share with the same minutes; `minutes_apart` is how far the others lie apart on average.
    """

    activities: Agreement
    codes: Figure
    units: Agreement
    minutes: Figure
    minutes_apart: float | None = None


@dataclass(frozen=True, slots=True)
class AuditEstimate:
    """All that the sample says; `agreement` compares whether two reviewers hold a claim to be in error, `behind` what each counted."""

    net: Estimate
    by_normal: Estimate
    over: Estimate
    under: Estimate
    strata: tuple[StratumEstimate, ...]
    sample_over: Decimal
    sample_under: Decimal
    sample_paid: Decimal
    error_rate: ErrorRate
    over_rate: ErrorRate
    financial: FinancialRate
    powered: Powered | None
    extrapolation: Extrapolation
    if_overturned: tuple[IfOverturned, ...]
    to_nothing: int | None
    agreement: Agreement | None
    before_rebuttals: Estimate | None
    replaced: int
    behind: TwoReviewers | None = None


@dataclass(frozen=True, slots=True)
class SizeFor:
    """How many units a precision asks for, by the spread of the overpayment and, beside it, by that of the amounts paid."""

    level: float
    precision: float
    units: int
    by_paid: int


@dataclass(frozen=True, slots=True)
class Sizing:
    """What a probe says about the sample it needs."""

    probe: int
    frame: int
    mean: Decimal
    deviation: Decimal
    paid_deviation: Decimal
    sizes: tuple[SizeFor, ...]
    advised: int
    why: tuple[str, ...]
