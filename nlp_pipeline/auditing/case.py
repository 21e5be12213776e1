"""What a check is given, and what it gives back."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from nlp_pipeline.records.claim import Claim
from nlp_pipeline.records.encounter import Encounter
from nlp_pipeline.records.facts import Facts
from nlp_pipeline.records.note import Span
from nlp_pipeline.records.rules import Rules
from nlp_pipeline.records.suggestion import Suggestion

MarkedLine = tuple[str, Sequence[str], bool]  # a code, its modifiers, and whether they are those that were billed


@dataclass(frozen=True, slots=True)
class AuditCase:
    """One coded visit, laid before the checks."""

    facts: Facts
    suggestions: tuple[Suggestion, ...]
    encounter: Encounter
    claim: Claim
    rules: Rules
    codes: tuple[str, ...] = field(init=False)
    marked: tuple[MarkedLine, ...] = field(init=False)

    def __post_init__(self) -> None:
        """Keep the codes of the claim, and the modifiers as they were billed where a caller says so, else those of our own lines."""
        lines = self.claim.lines
        marked: list[MarkedLine] = [(each.code, each.modifiers, True) for each in self.encounter.services if each.modifiers is not None]
        stated = {code for code, _, _ in marked}
        marked += [(line.code, line.modifiers, False) for line in lines if line.code not in stated]
        object.__setattr__(self, "codes", tuple(dict.fromkeys([line.code for line in lines])))
        object.__setattr__(self, "marked", tuple(marked))


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing a check found: where, and the values that fill the wording of findings.toml.

    `source` and `mark` are told where they are those of a dated rule or table, and not of the wording.
    """

    evidence: tuple[Span, ...] = ()
    values: Mapping[str, object] = field(default_factory=dict)
    source: str = ""
    mark: str = ""


Check = Callable[[AuditCase], Iterable[Hit]]
