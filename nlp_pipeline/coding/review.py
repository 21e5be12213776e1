"""Why a person should look: at one intervention, or at the note as a whole."""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib import resources

from nlp_pipeline.records.encounter import Encounter
from nlp_pipeline.records.facts import Facts, Intervention
from nlp_pipeline.records.finding import Finding
from nlp_pipeline.records.suggestion import REVIEW_REASONS, ReviewReason

NO_SERVICE = "none"  # the code of what no service describes


def intervention_reasons(intervention: Intervention, code: str, *, unsure: bool, target: bool) -> tuple[ReviewReason, ...]:
    """Name why a person should look at one intervention; what was not done today is billed by nobody, and waits for nobody."""
    if intervention.status != "performed":
        return ()
    reasons: list[ReviewReason] = []
    if unsure or code == NO_SERVICE:
        reasons.append("purpose-not-stated" if target else "out-of-scope")
    if intervention.stated_code not in (None, code):
        reasons.append("header-contradicts")
    return tuple(reasons)


def note_reasons(facts: Facts, encounter: Encounter, findings: Iterable[Finding]) -> tuple[ReviewReason, ...]:
    """Name why a person should look at the note as a whole: its times, or that nothing in it can be billed."""
    found = {finding.code for finding in findings}
    reasons = {reason for reason, codes in _findings().items() if not found.isdisjoint(codes)}
    if not encounter.services and all(each.status != "performed" for each in facts.interventions):
        reasons.add(_without_treatment(facts))
    return tuple(reason for reason in REVIEW_REASONS if reason in reasons)


def _without_treatment(facts: Facts) -> ReviewReason:
    """Say what a note is that documents no treatment: a plan, therapy of which nothing was furnished, or none at all; goals and daily life are none."""
    statuses = {each.status for each in facts.interventions}
    if statuses & {"planned", "home"}:
        return "only-planned"
    named = statuses & {"past", "negated"} or facts.time.services or facts.time.charges or any(block.stated_code for block in facts.blocks)
    return "out-of-scope" if named else "not-a-therapy-note"


@cache
def _findings() -> Mapping[ReviewReason, Sequence[str]]:
    told: Mapping[ReviewReason, Sequence[str]] = tomllib.loads(resources.files("nlp_pipeline.coding").joinpath("review.toml").read_text("utf-8"))  # type: ignore[assignment]
    return told
