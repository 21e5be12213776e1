"""All that is known of one note, and what it was made with."""

from dataclasses import dataclass

from nlp_pipeline.records.claim import Claim
from nlp_pipeline.records.encounter import Encounter
from nlp_pipeline.records.facts import Facts
from nlp_pipeline.records.finding import Finding
from nlp_pipeline.records.suggestion import Suggestion


@dataclass(frozen=True, slots=True)
class CodedNote:
    """One note in, one coded note out, be it with no lines.

    `suggestions` stand in the order of `facts.interventions`; `notices` are those of the rules applied.
    """

    facts: Facts
    suggestions: tuple[Suggestion, ...]
    encounter: Encounter
    claim: Claim
    findings: tuple[Finding, ...]
    model: str
    rules: str
    notices: tuple[str, ...] = ()
