"""From everything known of a visit to what a reviewer should look at."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, get_args

from nlp_pipeline.auditing.case import AuditCase, Check
from nlp_pipeline.auditing.claim_lines import CHECKS as CHECKS_OF_LINES
from nlp_pipeline.auditing.claim_lines import doubtful_split
from nlp_pipeline.auditing.conservation import CHECKS as CHECKS_OF_CONSERVATION
from nlp_pipeline.auditing.documentation import CHECKS as CHECKS_OF_WORDS
from nlp_pipeline.auditing.time import CHECKS as CHECKS_OF_TIME
from nlp_pipeline.auditing.time import OF_STATEMENTS, WITHOUT_WORDS
from nlp_pipeline.errors import RuleFileRefused
from nlp_pipeline.records.claim import Claim
from nlp_pipeline.records.encounter import Encounter
from nlp_pipeline.records.facts import Facts
from nlp_pipeline.records.finding import Finding, Severity
from nlp_pipeline.records.note import Note
from nlp_pipeline.records.rules import Rules
from nlp_pipeline.records.suggestion import Suggestion

CHECKS: Mapping[str, Check] = {**CHECKS_OF_TIME, **CHECKS_OF_CONSERVATION, **CHECKS_OF_LINES, **CHECKS_OF_WORDS}
CHECKS_WITHOUT_A_NOTE: Mapping[str, Check] = {code: CHECKS_OF_TIME[code] for code in WITHOUT_WORDS} | CHECKS_OF_LINES | {"assistant-minutes": doubtful_split}
CHECKS_OF_BARE_SERVICES: Mapping[str, Check] = {code: check for code, check in CHECKS_WITHOUT_A_NOTE.items() if code not in OF_STATEMENTS}
NO_NOTE = Facts(Note("", ""))
SHIPPED = Path(__file__).with_name("findings.toml")
GRAVEST_FIRST: tuple[Severity, ...] = get_args(Severity)


@dataclass(frozen=True, slots=True)
class Wording:
    """How one finding is told: its severity, its words with values between braces, its source, and what to do about it."""

    severity: Severity
    message: str
    source: str
    mark: str
    remedy: str


class Auditor:
    """Runs every check over a visit."""

    def __init__(self, wordings: Path = SHIPPED) -> None:
        self._wordings = read_wordings(wordings)

    def audit(self, facts: Facts, suggestions: tuple[Suggestion, ...], encounter: Encounter, claim: Claim, rules: Rules) -> tuple[Finding, ...]:
        """Give every finding of a visit, the gravest first, then in the order of the note."""
        case = AuditCase(facts, suggestions, encounter, claim, rules)
        return tuple(sorted(self._findings(case, CHECKS), key=_place))

    def audit_claim(self, encounter: Encounter, claim: Claim, rules: Rules) -> tuple[Finding, ...]:
        """Give every finding of a claim that has no note, the gravest first."""
        case = AuditCase(NO_NOTE, (), encounter, claim, rules)
        states = encounter.timed_total is not None or encounter.visit_total is not None or encounter.stated_units
        found = list(self._findings(case, CHECKS_WITHOUT_A_NOTE if states else CHECKS_OF_BARE_SERVICES))
        return tuple(sorted(found, key=_place) if len(found) > 1 else found)

    def _findings(self, case: AuditCase, checks: Mapping[str, Check]) -> Iterator[Finding]:
        for code, check in checks.items():
            for hit in check(case):
                told = self._wordings[code]
                message = told.message.format_map(hit.values)
                yield Finding(code, told.severity, message, hit.evidence, hit.source or told.source, hit.mark or told.mark, told.remedy)


def read_wordings(path: Path) -> dict[str, Wording]:
    """Read the wording of every check, or say what is wrong with the file."""
    try:
        tables: dict[str, Any] = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as wrong:
        raise RuleFileRefused(path, f"cannot be read ({wrong})") from wrong
    if unequal := tables.keys() ^ CHECKS.keys():
        raise RuleFileRefused(path, f"findings and checks differ in {', '.join(sorted(unequal))}")
    for code, table in tables.items():
        if table.keys() != {field.name for field in fields(Wording)} or not all(table.values()):
            raise RuleFileRefused(path, f"{code} does not have each of {', '.join(field.name for field in fields(Wording))}")
        if table["severity"] not in GRAVEST_FIRST:
            raise RuleFileRefused(path, f"{code} has the severity {table['severity']!r}, which is none of {', '.join(GRAVEST_FIRST)}")
    return {code: Wording(**table) for code, table in tables.items()}


def _place(finding: Finding) -> tuple[int, int, str]:
    return GRAVEST_FIRST.index(finding.severity), finding.evidence[0].start if finding.evidence else 0, finding.code
