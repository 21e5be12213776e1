"""The figures of an audit, added up visit by visit."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from nlp_pipeline.records.audit_case import AuditedVisit, Unmatched

ZERO = Decimal("0.00")
MATERIAL = "material"


@dataclass(slots=True)
class CategoryCount:
    """What one category came to: how often, in how many visits it changes the payment, and the amounts both ways."""

    count: int = 0
    material: int = 0
    over: Decimal = ZERO
    under: Decimal = ZERO
    at_risk: Decimal = ZERO


@dataclass(slots=True)
class AuditTally:
    """Counts of a run."""

    model: str = ""
    digests: dict[str, str] = field(default_factory=dict)
    taken_in: dict[str, int] = field(default_factory=dict)
    rules: set[str] = field(default_factory=set)
    outcomes: Counter[str] = field(default_factory=Counter)
    decisions: Counter[str] = field(default_factory=Counter)
    unmatched: Counter[str] = field(default_factory=Counter)
    rejected: Counter[str] = field(default_factory=Counter)
    first_steps: Counter[str] = field(default_factory=Counter)
    categories: dict[str, CategoryCount] = field(default_factory=dict)
    submitted: Decimal = ZERO
    supported: Decimal = ZERO
    over: Decimal = ZERO
    under: Decimal = ZERO
    unmatched_amount: Decimal = ZERO
    unpriced: int = 0

    def add(self, visit: AuditedVisit) -> None:
        """Add a visit."""
        self.outcomes[visit.outcome] += 1
        self.decisions[visit.contractor.decision] += 1
        self.rules.add(visit.supported.claim.rules_dated)
        if visit.difference is None:
            self.unpriced += 1
        else:
            self.submitted += visit.submitted_amount or ZERO
            self.supported += visit.supported_amount or ZERO
            self.over += max(visit.difference, ZERO)
            self.under += max(-visit.difference, ZERO)
        for each in visit.discrepancies:
            count = self.categories.setdefault(each.category, CategoryCount())
            count.count += 1
            count.material += each.material
            count.over += max(each.amount or ZERO, ZERO)
            count.under += max(-(each.amount or ZERO), ZERO)
            count.at_risk += each.at_risk or ZERO
            if each.divergence and each.material:
                self.first_steps[each.divergence.step] += 1

    def leave(self, row: Unmatched) -> None:
        """Add what has no partner."""
        self.unmatched[row.side] += 1
        self.unmatched_amount += row.amount or ZERO

    def asks_to_fail(self, named: Sequence[str]) -> bool:
        """Tell whether the run has a discrepancy of a category that was named, or a material one where that was asked."""
        return any(name in self.categories or (name == MATERIAL and any(each.material for each in self.categories.values())) for name in named)

    def to_json(self) -> dict[str, Any]:
        """Lay the figures out."""
        return {
            "schema_version": 1,
            "taken_in": self.taken_in,
            "visits": sum(self.outcomes.values()),
            "outcomes": {name: self.outcomes[name] for name in ("supported", "not supported", "cannot tell")},
            "contractor": dict(sorted(self.decisions.items())),
            "unmatched": {"billed without a note": self.unmatched["billed"], "documented without a bill": self.unmatched["note"]},
            "unmatched_amount": f"{self.unmatched_amount:.2f}",
            "rejected": dict(sorted(self.rejected.items())),
            "amounts": {
                "submitted": f"{self.submitted:.2f}",
                "supported": f"{self.supported:.2f}",
                "billed_beyond_the_notes": f"{self.over:.2f}",
                "documented_beyond_the_bills": f"{self.under:.2f}",
                "net": f"{self.over - self.under:.2f}",
                "visits_without_a_price": self.unpriced,
            },
            "categories": {name: self._category(count) for name, count in sorted(self.categories.items())},
            "entered_at": dict(sorted(self.first_steps.items())),
            "model": self.model,
            "digests": self.digests,
            "rules": sorted(self.rules),
        }

    def _category(self, count: CategoryCount) -> dict[str, Any]:
        amounts = {"over": f"{count.over:.2f}", "under": f"{count.under:.2f}", "at_risk": f"{count.at_risk:.2f}"}
        return {"count": count.count, "material": count.material, **amounts}
