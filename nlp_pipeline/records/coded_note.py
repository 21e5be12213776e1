"""All that is known of one note, and what it was made with."""

from dataclasses import dataclass
from typing import Literal, get_args

from nlp_pipeline.records.claim import Claim
from nlp_pipeline.records.encounter import Encounter
from nlp_pipeline.records.facts import Facts
from nlp_pipeline.records.finding import Finding
from nlp_pipeline.records.suggestion import ReviewReason, Suggestion

ReaderName = Literal["careful", "fast"]
READERS: tuple[ReaderName, ...] = get_args(ReaderName)


@dataclass(frozen=True, slots=True)
class CodedNote:
    """One note in, one coded note out, be it with no lines.

    `suggestions` stand in the order of `facts.interventions`; `notices` are those of the rules applied;
    `review_reasons` are about the note as a whole, those about one intervention stand with its suggestion; `reader` names who read the note.
    """

    facts: Facts
    suggestions: tuple[Suggestion, ...]
    encounter: Encounter
    claim: Claim
    findings: tuple[Finding, ...]
    model: str
    rules: str
    notices: tuple[str, ...] = ()
    review_reasons: tuple[ReviewReason, ...] = ()
    reader: ReaderName = "fast"

    @property
    def needs_review(self) -> bool:
        """Say whether a person should look at the note: for a reason of its own, or for something performed that has one."""
        done = zip(self.facts.interventions, self.suggestions, strict=True)
        return bool(self.review_reasons) or any(each.status == "performed" and suggestion.needs_review for each, suggestion in done)
