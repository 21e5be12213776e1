"""The rule layer alone: encounters go in, audited claims come out; no note is read and no model is opened."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Self, get_args

from nlp_pipeline.auditing.auditor import Auditor
from nlp_pipeline.auditing.laid_out import LaidOut, payable_lines, units_of
from nlp_pipeline.auditing.support import supported_encounter
from nlp_pipeline.billing.biller import Biller
from nlp_pipeline.billing.simulator import difference
from nlp_pipeline.errors import RuleFileRefused
from nlp_pipeline.records.audit_case import Unmatched
from nlp_pipeline.records.billed_claim import BilledVisit
from nlp_pipeline.records.claim import AuditedClaim, Claim, ClaimLine, View
from nlp_pipeline.records.claim_schema import encounter_from_json
from nlp_pipeline.records.coded_note import CodedNote
from nlp_pipeline.records.encounter import Encounter, Service
from nlp_pipeline.records.finding import Finding
from nlp_pipeline.records.rules import Rules, UnitMethod
from nlp_pipeline.rulebook.payers import PayerProfile
from nlp_pipeline.rulebook.rulebook import Rulebook


@dataclass(frozen=True, slots=True)
class PatientYears:
    """What each patient's year has allowed so far, pool by pool, in order of receipt."""

    held: dict[tuple[str, int, str], Decimal] = field(default_factory=dict)

    def opened(self, encounter: Encounter, rules: Rules) -> Encounter:
        """Give an encounter the amount of its patient's year; one that brings an amount of its own keeps it."""
        if encounter.patient is None or encounter.date_of_service is None or encounter.allowed_to_date is not None or rules.claim is None:
            return encounter
        patient, year = encounter.patient, encounter.date_of_service.year
        return replace(encounter, allowed_by_pool={rule.pool: self.held.get((patient, year, rule.pool), Decimal("0.00")) for rule in rules.claim.thresholds})

    def enter(self, audited: AuditedClaim) -> None:
        """Add a claim to its patient's year."""
        encounter = audited.encounter
        if encounter.patient is not None and encounter.date_of_service is not None:
            for use in audited.claim.thresholds:
                self.held[encounter.patient, encounter.date_of_service.year, use.pool] = use.after


@dataclass(frozen=True, slots=True)
class RuleLayer:
    """Rulebook, biller and auditor, and what they say of an encounter."""

    rulebook: Rulebook
    biller: Biller = field(default_factory=Biller)
    auditor: Auditor = field(default_factory=Auditor)

    @classmethod
    def load(cls) -> Self:
        """Open the shipped rulebook and whatever the user added to it; a profile of theirs whose examples do not come out is refused."""
        layer = cls(Rulebook.open())
        for profile in layer.rulebook.payers.profiles:
            for example in profile.examples:
                layer.run_example(profile, example)
        return layer

    def run_example(self, profile: PayerProfile, example: Mapping[str, Any]) -> None:
        """Run one example of a payer profile; refuse the profile where other lines come out than it says."""
        row = {"id": example["name"], "payer": profile.name, **{key: example[key] for key in ("services", "discipline", "distinct") if key in example}}
        encounter = replace(encounter_from_json(row), date_of_service=example.get("day"))
        [audited] = self.claim([encounter])
        found = [[line.code, line.units, *line.modifiers] for line in audited.claim.lines]
        if found != [list(line) for line in example["lines"]]:
            raise RuleFileRefused(Path(profile.name), f"example {example['name']!r} gives {found} and not {list(example['lines'])}")

    def claim(self, encounters: Iterable[Encounter], known_on: date | None = None, years: PatientYears | None = None) -> Iterator[AuditedClaim]:
        """Make a claim of each encounter by the rules of its own day, as they were known on another day where that is named.

        Encounters that name their patient are added up year by year, in the order in which they come.
        """
        years = PatientYears() if years is None else years
        for encounter in encounters:
            rules = self.rulebook.on(encounter.date_of_service, encounter.payer, known_on)
            if encounter.patient is None:
                yield self.by_rules(encounter, rules)
                continue
            audited = self.by_rules(years.opened(encounter, rules), rules)
            years.enter(audited)
            yield audited

    def by_rules(self, encounter: Encounter, rules: Rules) -> AuditedClaim:
        """Make a claim of an encounter by given rules."""
        claim = self.biller.bill_and_price(encounter, rules)
        findings = self.auditor.audit_claim(encounter, claim, rules)
        left_out = rules.claim.left_out if rules.claim else ()
        return AuditedClaim(encounter, claim, findings, (*rules.notices, *left_out), rules.payer)

    def side_by_side(self, encounter: Encounter, known_on: date | None = None) -> Iterator[View]:
        """Show a visit by every method under Medicare's other rules, then by every payer profile; what differs from the first is told."""
        day, payers = encounter.date_of_service, self.rulebook.payers
        medicare = self.rulebook.on(day, payers.unnamed.name, known_on)
        plain = replace(encounter, method=None)
        first: AuditedClaim | None = None
        methods = [(f"method {name}", replace(medicare, method=name), False) for name in get_args(UnitMethod)]
        profiles = [(profile.name, self.rulebook.on(day, profile.name, known_on), True) for profile in payers.profiles]
        for name, rules, is_payer in (*methods, *profiles):
            audited = self.by_rules(plain, rules)
            first = first or audited
            yield View(name, audited, difference(audited.claim, first.claim), is_payer)

    def check(self, code: str, modifiers: Sequence[str], rules: Rules) -> tuple[Finding, ...]:
        """Say what is wrong with the modifiers of one line."""
        encounter = Encounter(code, rules.day, rules.payer, services=(Service(code, modifiers=tuple(modifiers)),))
        claim = replace(_EMPTY, lines=(ClaimLine(code, 1, tuple(modifiers)),))
        told = ("missing-modifier", "invalid-modifier")
        return tuple(finding for finding in self.auditor.audit_claim(encounter, claim, rules) if finding.code in told)

    def lay_out(self, coded: CodedNote, billed: BilledVisit, years: PatientYears) -> LaidOut:
        """Lay a coded visit beside its bill, both priced by the rules of the day of service; the bill counts toward the patient's year."""
        note = coded.facts.note
        rules = self.rulebook.on(note.date_of_service or billed.date_of_service, note.payer or billed.payer)
        encounter = replace(supported_encounter(coded, rules), payer=rules.payer)
        services = tuple(Service(line.code, modifiers=line.modifiers) for line in billed.lines)
        bare = replace(encounter, services=services, timed_total=None, visit_total=None, minutes=(), ledger=(), distinct=(), grounds={}, stated_units={})
        patient = note.patient or next(iter(billed.patients), None)
        as_billed = years.opened(replace(bare, patient=patient), rules)
        lines = tuple(ClaimLine(line.code, int(line.units), line.modifiers, discipline=encounter.discipline) for line in billed.lines)
        submitted = self._as_billed(lines, as_billed, rules)
        years.enter(submitted)
        supported = self.by_rules(encounter, rules)
        return LaidOut(coded, billed, submitted, supported, rules, lambda some: self.worth(some, bare, rules))

    def decided_worth(self, encounter: Encounter, billed: Sequence[ClaimLine]) -> tuple[tuple[ClaimLine, ...], Decimal | None]:
        """Give the lines that a visit supports as a person decided it, nearest to the bill where the rule leaves a choice, and their worth."""
        rules = self.rulebook.on(encounter.date_of_service, encounter.payer)
        lines = payable_lines(self.by_rules(encounter, rules), units_of(billed), rules)
        services = tuple(Service(line.code, modifiers=line.modifiers) for line in billed)
        bare = replace(encounter, payer=rules.payer, services=services, timed_total=None, visit_total=None, distinct=(), grounds={}, stated_units={})
        return lines, self.worth(lines, bare, rules)

    def _as_billed(self, lines: tuple[ClaimLine, ...], encounter: Encounter, rules: Rules) -> AuditedClaim:
        """Price lines as they were billed, their modifiers as they stand, and audit them."""
        edits = rules.claim.edits_among((line.code for line in lines), encounter.date_of_service) if rules.claim else ()
        claim = replace(self.biller.price(replace(_EMPTY, lines=lines), encounter, rules), edits=edits)
        priced = tuple(replace(line, modifiers=own.modifiers) for line, own in zip(claim.lines, lines, strict=True))
        claim = replace(claim, lines=priced)
        return AuditedClaim(encounter, claim, self.auditor.audit_claim(encounter, claim, rules), (), rules.payer)

    def price_alone(self, row: Unmatched) -> Unmatched:
        """Price a bill that has no note."""
        if row.billed is None:
            return row
        rules = self.rulebook.on(row.date_of_service, row.payer)
        lines = tuple(ClaimLine(line.code, int(line.units), line.modifiers) for line in row.billed.lines)
        encounter = Encounter(row.id, row.date_of_service, rules.payer)
        return replace(row, lines=self.biller.price(replace(_EMPTY, lines=lines), encounter, rules).lines, amount=self.worth(lines, encounter, rules))

    def worth(self, lines: Sequence[ClaimLine], encounter: Encounter, rules: Rules) -> Decimal | None:
        """Say what some lines are worth together: what they are allowed, less the reduction for an assistant; None where a price is not known."""
        priced = self.biller.price(replace(_EMPTY, lines=tuple(lines)), replace(encounter, allowed_by_pool={}, allowed_to_date=None), rules).lines
        if any(line.allowed is None for line in priced):
            return None
        return sum(((line.allowed or _NOTHING) - (line.payment.assistant_reduction if line.payment else _NOTHING) for line in priced), _NOTHING)


_NOTHING = Decimal("0.00")
_EMPTY = Claim("cms", None, None, None, {}, {}, (), (), "")
