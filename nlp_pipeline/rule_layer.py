"""The rule layer alone: encounters go in, audited claims come out; no note is read and no model is opened."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Self, get_args

from nlp_pipeline.auditing.auditor import Auditor
from nlp_pipeline.billing.biller import Biller
from nlp_pipeline.billing.simulator import difference
from nlp_pipeline.errors import RuleFileRefused
from nlp_pipeline.records.claim import AuditedClaim, Claim, ClaimLine, View
from nlp_pipeline.records.claim_schema import encounter_from_json
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


_EMPTY = Claim("cms", None, None, None, {}, {}, (), (), "")
