"""A visit laid beside what was billed for it; and what was found on one side only."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from nlp_pipeline.records.billed_claim import BilledVisit, Where
from nlp_pipeline.records.claim import AuditedClaim, ClaimLine
from nlp_pipeline.records.coded_note import CodedNote
from nlp_pipeline.records.discrepancy import Discrepancy
from nlp_pipeline.records.finding import Finding

Outcome = Literal["supported", "not supported", "cannot tell"]
Side = Literal["note", "billed"]


@dataclass(frozen=True, slots=True)
class ContractorView:
    """The visit in the words of a Medicare contractor's reviewer: what is denied and on which ground; never what was medically necessary."""

    decision: str
    reasons: tuple[str, ...] = ()
    source: str = ""
    mark: str = ""


@dataclass(frozen=True, slots=True)
class AuditedVisit:
    """One matched visit. `billed` is the bill as it stood, `submitted` its lines priced by the rules of the day, `supported` the claim that the note supports.

    `submitted_amount` and `supported_amount` are what both are allowed at the same prices, None where a price is not known; `paid` what a remittance says.
    """

    id: str
    coded: CodedNote
    billed: BilledVisit
    submitted: tuple[ClaimLine, ...]
    supported: AuditedClaim
    discrepancies: tuple[Discrepancy, ...]
    outcome: Outcome
    submitted_amount: Decimal | None
    supported_amount: Decimal | None
    paid: Decimal | None
    contractor: ContractorView
    notices: tuple[str, ...] = ()

    @property
    def difference(self) -> Decimal | None:
        """Give what was billed beyond the supported claim; below zero where less was billed."""
        if self.submitted_amount is None or self.supported_amount is None:
            return None
        return self.submitted_amount - self.supported_amount

    @property
    def patient(self) -> str | None:
        """Name the patient as the note does, else as the bill does."""
        return self.coded.facts.note.patient or next(iter(self.billed.patients), None)

    @property
    def therapist(self) -> str | None:
        """Name the therapist as the note does, else as the bill does."""
        return self.coded.facts.note.therapist or next(iter(self.billed.therapists), None)

    @property
    def date_of_service(self) -> date | None:
        """Give the day."""
        return self.coded.facts.note.date_of_service or self.billed.date_of_service


@dataclass(frozen=True, slots=True)
class NearMatch:
    """What almost fits, and what differs."""

    id: str
    differs: str


@dataclass(frozen=True, slots=True)
class Unmatched:
    """A note without a bill, or a bill without a note. `amount` is what the lines are allowed, where a price is known."""

    side: Side
    id: str
    patient: str | None
    date_of_service: date | None
    therapist: str | None
    payer: str | None
    reason: str
    near: tuple[NearMatch, ...] = ()
    billed: BilledVisit | None = None
    lines: tuple[ClaimLine, ...] = ()
    amount: Decimal | None = None
    where: Where | None = None


@dataclass(frozen=True, slots=True)
class AuditTerms:
    """What is known of a whole audit. `whole_year` says that the bills are all of each patient's year, so that an attestation before the threshold can be told.

    `across` gives, for the coded notes of the run, the findings of each that only its neighbours show, by the note's id.
    """

    whole_year: bool = False
    across: Callable[[Iterable[CodedNote]], Mapping[str, Sequence[Finding]]] | None = None


DEFAULT_TERMS = AuditTerms()
