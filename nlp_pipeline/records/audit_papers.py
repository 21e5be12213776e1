"""All that lies in the folder of an audit, as a report is made from it."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from nlp_pipeline.records.estimate import AuditEstimate
from nlp_pipeline.records.sample import Sample, UnitJudgement, Universe


@dataclass(frozen=True, slots=True)
class About:
    """What whoever ordered the audit says of it (about.json); all of it may be left out."""

    title: str = ""
    organisation: str = ""
    purpose: str = ""
    scope: str = ""
    auditor: str = ""
    prepared: date | None = None
    counsel: bool = False


@dataclass(frozen=True, slots=True)
class Action:
    """A corrective action: the category it answers, what is done, by whom, by when."""

    category: str
    action: str
    owner: str = ""
    due: str = ""


@dataclass(frozen=True, slots=True)
class Parting:
    """The first step at which a claim parts from the note."""

    step: str
    told: str


@dataclass(frozen=True, slots=True)
class DiscrepancyRow:
    """One difference between the bill and the note, as it lies in the results."""

    category: str
    direction: str
    material: bool
    message: str
    kind: str = ""
    code: str | None = None
    amount: Decimal | None = None
    at_risk: Decimal | None = None
    divergence: Parting | None = None
    source: str = ""
    mark: str = ""
    remedy: str = ""
    rules: str | None = None


@dataclass(frozen=True, slots=True)
class VisitRow:
    """One audited visit, as it lies in the results."""

    id: str
    outcome: str
    date_of_service: date | None = None
    patient: str | None = None
    therapist: str | None = None
    payer: str | None = None
    submitted_amount: Decimal | None = None
    supported_amount: Decimal | None = None
    difference: Decimal | None = None
    discrepancies: tuple[DiscrepancyRow, ...] = ()


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file that went in."""

    role: str
    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What the run says of itself (summary.json), as far as a report needs it."""

    visits: int = 0
    taken_in: dict[str, int] = field(default_factory=dict)
    outcomes: dict[str, int] = field(default_factory=dict)
    unmatched: dict[str, int] = field(default_factory=dict)
    rejected: dict[str, int] = field(default_factory=dict)
    entered_at: dict[str, int] = field(default_factory=dict)
    inputs: tuple[InputFile, ...] = ()
    model: str = ""
    rules: tuple[str, ...] = ()
    unitwise: str = ""


@dataclass(frozen=True, slots=True)
class RuledPolicy:
    """A house policy that was made of a ruling: what was ruled of an activity of which claim by whom, and the policy as it stood when this was told.

    `sha256` is that of the whole policy as JSON with sorted keys, by which it can be found again.
    """

    unit: str
    ruled: str
    adjudicator: str
    ruled_at: str
    policy: str
    version: int
    title: str
    since: date
    citation: str
    outcome: str
    state: str
    sha256: str
    until: date | None = None

    @property
    def made(self) -> bool:
        """Say whether it was ever taken into force."""
        return self.state != "draft"


@dataclass(frozen=True, slots=True)
class Rulings:
    """What of an audit's rulings became house policy, as it lies in the audit's folder."""

    policies: tuple[RuledPolicy, ...] = ()


@dataclass(frozen=True, slots=True)
class AuditPapers:
    """Everything of an audit; what has not been done yet is None."""

    about: About
    run: RunFacts
    visits: tuple[VisitRow, ...]
    universe: Universe | None = None
    sample: Sample | None = None
    judgements: tuple[UnitJudgement, ...] = ()
    estimate: AuditEstimate | None = None
    actions: tuple[Action, ...] = ()
    ruled: tuple[RuledPolicy, ...] = ()
