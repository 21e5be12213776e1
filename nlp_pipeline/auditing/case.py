"""What a check is given, and what it gives back."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from nlp_pipeline.records.claim import Claim
from nlp_pipeline.records.encounter import Encounter
from nlp_pipeline.records.facts import Facts
from nlp_pipeline.records.note import Span
from nlp_pipeline.records.rules import Rules
from nlp_pipeline.records.suggestion import Suggestion


@dataclass(frozen=True, slots=True)
class AuditCase:
    """One coded visit, laid before the checks."""

    facts: Facts
    suggestions: tuple[Suggestion, ...]
    encounter: Encounter
    claim: Claim
    rules: Rules


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing a check found: where, and the values that fill the wording of findings.toml.

    `source` and `mark` are told where they are those of a dated rule or table, and not of the wording.
    """

    evidence: tuple[Span, ...] = ()
    values: Mapping[str, object] = field(default_factory=dict)
    source: str = ""
    mark: str = ""


Check = Callable[[AuditCase], Iterator[Hit]]
