"""What was billed for a visit, as it stood at each step on its way: in the charge, on the claim that went out, on the remittance that came back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal, get_args

Step = Literal["charge", "submitted", "remitted"]
Frequency = Literal["original", "replacement", "void"]

STEPS: tuple[Step, ...] = get_args(Step)
STEP_NAMES: Mapping[Step, str] = {"charge": "charge", "submitted": "claim", "remitted": "remittance"}


@dataclass(frozen=True, slots=True)
class Where:
    """Where something was read: the input, its row or segment counted from 1, and the part or loop that it stands in."""

    source: str
    row: int | None = None
    part: str | None = None

    def __str__(self) -> str:
        """Name the place as a person would look it up."""
        parts = [self.source, self.part or "", "" if self.row is None else f"{'segment' if self.part else 'row'} {self.row}"]
        return ", ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class Adjustment:
    """Why a payer paid less than was charged: the group (who bears it), the reason's number, the amount."""

    group: str
    reason: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class BilledLine:
    """One line as billed or as paid. `billed_as` is the code that went out where a remittance was decided on another one."""

    code: str
    units: float
    modifiers: tuple[str, ...] = ()
    date_of_service: date | None = None
    charged: Decimal | None = None
    allowed: Decimal | None = None
    paid: Decimal | None = None
    control: str | None = None
    billed_as: str | None = None
    adjustments: tuple[Adjustment, ...] = ()
    where: Where | None = None


@dataclass(frozen=True, slots=True)
class BilledClaim:
    """A claim, a charge or a remittance. `patients` and `therapists` are the numbers and names that it gives them, the best one first.

    `replaces` names what a replacement or a void takes the place of; `payer_number` is the number that the payer gave the claim.
    """

    id: str
    step: Step
    patients: tuple[str, ...]
    lines: tuple[BilledLine, ...]
    therapists: tuple[str, ...] = ()
    payer: str | None = None
    frequency: Frequency = "original"
    replaces: str | None = None
    payer_number: str | None = None
    where: Where | None = None
    notices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BilledVisit:
    """All that was billed for one patient, day and therapist; `steps` holds the lines at each step that was given, in the order of the steps."""

    id: str
    patients: tuple[str, ...]
    date_of_service: date | None
    therapists: tuple[str, ...]
    payer: str | None
    steps: Mapping[Step, tuple[BilledLine, ...]]
    claims: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    superseded: tuple[str, ...] = ()

    @property
    def step(self) -> Step:
        """Tell which step is audited: the claim that went out, else the charge, else the remittance."""
        return next(step for step in ("submitted", "charge", "remitted") if step in self.steps)

    @property
    def lines(self) -> tuple[BilledLine, ...]:
        """Give the lines that are audited."""
        return self.steps[self.step]
