"""The page of audits: how far each is, how far two reviewers agree, what they differ on, how it was ruled, and the policies made of rulings."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from nlp_pipeline.apps.coder_tool import adjudications, audit_places, audits, visits
from nlp_pipeline.apps.coder_tool.adjudications import Made
from nlp_pipeline.apps.coder_tool.audits import Reading, ReviewedUnit
from nlp_pipeline.apps.coder_tool.database import Transaction
from nlp_pipeline.apps.coder_tool.doors import needs, tool_of
from nlp_pipeline.apps.coder_tool.figures import units_of
from nlp_pipeline.apps.coder_tool.house import DRAFT
from nlp_pipeline.apps.coder_tool.sessions import Person
from nlp_pipeline.apps.coder_tool.tables import Audit
from nlp_pipeline.audit_layer import two_reviewers
from nlp_pipeline.records.estimate import TwoReviewers
from nlp_pipeline.records.sample import Counted
from nlp_pipeline.rule_layer import RuleLayer

router = APIRouter(include_in_schema=False)
Seer = Annotated[Person, Depends(needs(audit_places.SEE))]


@dataclass(frozen=True, slots=True)
class ActivityRow:
    """One activity as two reviewers judged it and as it was ruled; `at_issue` where they differ in its code, or in the minutes of its code."""

    line: int
    words: str
    codes: tuple[str, ...]
    at_issue: bool
    policies: tuple[Made, ...]


@dataclass(frozen=True, slots=True)
class CodeRow:
    """The minutes and units of one code, reviewer by reviewer and as ruled."""

    code: str
    counted: tuple[tuple[float | None, int | None], ...]
    at_issue: bool


@dataclass(frozen=True, slots=True)
class Dispute:
    """A claim that two reviewers differ on."""

    unit: ReviewedUnit
    activities: tuple[ActivityRow, ...]
    codes: tuple[CodeRow, ...]


@dataclass(frozen=True, slots=True)
class AuditView:
    """An audit as the page shows it."""

    audit: Audit
    units: Sequence[ReviewedUnit]
    agreement: TwoReviewers | None
    disputes: tuple[Dispute, ...]

    @property
    def figures(self) -> Mapping[str, int]:
        """Count how far it is."""
        twice = [each for each in self.units if each.reads_twice]
        ruled = [each for each in self.disputes if each.unit.adjudicated]
        return {
            "drawn": len(self.units),
            "decided": sum(each.first is not None for each in self.units),
            "to be read twice": len(twice),
            "read twice": sum(each.second is not None for each in twice),
            "differ": len(self.disputes),
            "ruled": len(ruled),
            "became policy": sum(any(made.policy.state != DRAFT for row in each.activities for made in row.policies) for each in ruled),
        }


@router.get("/audits")
def page(request: Request, person: Seer) -> HTMLResponse:
    """Show the audits, the newest first."""
    tool = tool_of(request)
    with tool.store.write() as tx:
        views = [_view(tx, audit, tool.rules) for audit in audits.listed(tx)]
        tx.log("audits.listed", person.user, None, {"audits": len(views), "differ": sum(len(each.disputes) for each in views)})
    return tool.render(request, "audits.html", views=views, lead=person.may("policy.write"))


def _view(tx: Transaction, audit: Audit, layer: RuleLayer) -> AuditView:
    units = list(audits.collected(tx, audit.mark))
    both = [(_counted(each, each.first, layer), _counted(each, each.second, layer)) for each in units if each.first and each.second]
    apart = sorted((each for each in units if each.apart), key=lambda each: each.adjudicated is not None)  # what is to be ruled comes first
    made = adjudications.newest(tx, [each.adjudicated.decision for each in apart if each.adjudicated and each.adjudicated.decision])
    return AuditView(audit, units, two_reviewers(both), tuple(_dispute(tx, each, made, layer) for each in apart))


def _counted(unit: ReviewedUnit, reading: Reading, layer: RuleLayer) -> Counted:
    minutes = {code: minutes for code, minutes in reading.minutes.items() if minutes is not None}
    return Counted(units_of(reading.encounter, layer), minutes, unit.codes(reading))


def _dispute(tx: Transaction, unit: ReviewedUnit, made: Iterable[Made], layer: RuleLayer) -> Dispute:
    readings = [each for each in (unit.first, unit.second, unit.adjudicated) if each]
    codes = tuple(_codes(unit, readings, layer))
    contested = {each.code for each in codes if each.at_issue}
    about = [each for each in made if unit.adjudicated and each.decision == unit.adjudicated.decision]
    return Dispute(unit, tuple(_activities(tx, unit, readings, contested, about)), codes)


def _activities(tx: Transaction, unit: ReviewedUnit, readings: Sequence[Reading], contested: set[str], about: Sequence[Made]) -> Iterator[ActivityRow]:
    """Lay out every activity that was read, but for what nobody holds to have been done."""
    visit = visits.get(tx, unit.visit)
    rows: list[dict[str, Any]] = json.loads(visit.coded)["coded"]["interventions"] if visit and visit.coded else []
    for line, row in enumerate(rows):
        codes = tuple(each.codes[line] for each in readings)
        at_issue = len(set(codes)) > 1 or bool(contested & set(codes))
        if at_issue or row["status"] == "performed":
            yield ActivityRow(line, row["text"], codes, at_issue, tuple(each for each in about if each.line == line))


def _codes(unit: ReviewedUnit, readings: Sequence[Reading], layer: RuleLayer) -> Iterator[CodeRow]:
    counted = [_counted(unit, each, layer) for each in readings]
    for code in sorted({code for each in counted for code in each.codes}):
        told = tuple((each.minutes.get(code), each.units.get(code)) for each in counted)
        yield CodeRow(code, told, told[0] != told[1])
