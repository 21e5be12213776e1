"""Exports of what was decided: CSV, XLSX, and FHIR claims that are drafts and are never sent."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Security
from fastapi.responses import JSONResponse, Response, StreamingResponse
from fastapi.security import HTTPBearer

from nlp_pipeline.apps.coder_tool import decisions
from nlp_pipeline.apps.coder_tool.api_records import REFUSALS
from nlp_pipeline.apps.coder_tool.database import Transaction
from nlp_pipeline.apps.coder_tool.doors import needs, tool_of
from nlp_pipeline.apps.coder_tool.sessions import Person
from nlp_pipeline.apps.coder_tool.tables import Decision, Visit
from nlp_pipeline.records.decided_line import DecidedActivity, DecidedLine, ExportedVisit
from nlp_pipeline.records.judgement import NOT_PERFORMED
from nlp_pipeline.reporting.claim_drafts import draft_bundle
from nlp_pipeline.reporting.decision_tables import ACTIVITIES, LINES, activity_rows, line_rows, write_csv, write_workbook

bearer = HTTPBearer(auto_error=False)
router = APIRouter(prefix="/api/v1/exports", tags=["exports"], responses=REFUSALS, dependencies=[Security(bearer)])
Exporter = Annotated[Person, Depends(needs("export"))]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FHIR = "application/fhir+json"
SETTLED = ("accepted", "changed")
PERFORMED = "performed"


class Decided:
    """Which decisions are meant: those made from one day until before another."""

    def __init__(self, since: Annotated[date | None, Query()] = None, until: Annotated[date | None, Query()] = None) -> None:
        self.since = datetime.combine(since, time(), UTC) if since else None
        self.until = datetime.combine(until, time(), UTC) if until else None

    def meant(self, at: datetime) -> bool:
        """Say whether a moment is among them."""
        return (self.since is None or self.since <= at) and (self.until is None or at < self.until)


When = Annotated[Decided, Depends()]


@router.get("/lines.csv", response_class=StreamingResponse)
def lines_csv(request: Request, person: Exporter, when: When) -> Response:
    """Give a row for each claim line that was decided."""
    return _csv("claim-lines.csv", write_csv(LINES, line_rows(_exported(request, person, when, "lines.csv"))))


@router.get("/activities.csv", response_class=StreamingResponse)
def activities_csv(request: Request, person: Exporter, when: When) -> Response:
    """Give a row for each activity that was decided about."""
    return _csv("activities.csv", write_csv(ACTIVITIES, activity_rows(_exported(request, person, when, "activities.csv"))))


@router.get("/decisions.xlsx", response_class=Response, responses={200: {"content": {XLSX: {}}}})
def workbook(request: Request, person: Exporter, when: When) -> Response:
    """Give both tables as a workbook, with a sheet that says what they are."""
    found = _exported(request, person, when, "decisions.xlsx")
    about = {
        "What": "What coders decided in the coder tool; suggestions were reviewed by the person named in each row.",
        "Visits": str(len(found)),
        "Made": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC by {person.name}",
        "Decided": f"from {when.since:%Y-%m-%d}" if when.since else "from the first decision on",
        "Limits": "Decision support for trained coders; not legal, billing or medical advice. Payer policy prevails.",
        "Codes": "CPT codes are a trademark and copyright of the American Medical Association; no descriptors are shown.",
    }
    return Response(write_workbook(found, about), media_type=XLSX, headers=_named("decisions.xlsx"))


@router.get("/claims.json", response_class=JSONResponse, responses={200: {"content": {FHIR: {}}}})
def claim_drafts(request: Request, person: Exporter, when: When) -> Response:
    """Give a bundle of FHIR R4 Claim resources with the status draft, for visits that were settled; nothing is sent anywhere."""
    found = [each for each in _exported(request, person, when, "claims.json") if each.verdict in SETTLED]
    return Response(json.dumps(draft_bundle(found, datetime.now(UTC))), media_type=FHIR, headers=_named("claim-drafts.json"))


def _csv(name: str, lines: Iterator[str]) -> Response:
    return StreamingResponse(lines, media_type="text/csv; charset=utf-8", headers=_named(name))


def _named(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}


def _exported(request: Request, person: Person, when: Decided, what: str) -> list[ExportedVisit]:
    with tool_of(request).store.write() as tx:
        names: dict[int, str] = {}
        found = [exported(tx, visit, row, names) for visit, row in decisions.standing(tx) if row.verdict != "skipped" and when.meant(row.at)]
        tx.log("decisions.exported", person.user, None, {"what": what, "visits": len(found)})
    return found


def exported(tx: Transaction, visit: Visit, row: Decision, names: dict[int, str]) -> ExportedVisit:
    """Lay a visit out with its decision; `names` remembers who is who."""
    if row.user_id not in names:
        names[row.user_id] = decisions.name_of(tx, row.user_id)
    coded = json.loads(visit.coded or "{}")["coded"]
    suggested = _units(coded["billing"]["lines"])
    minutes = row.answer.get("minutes_by_code", {})
    lines = tuple(
        DecidedLine(each["code"], each["units"], tuple(each["modifiers"]), minutes.get(each["code"]), suggested.get(each["code"]))
        for each in row.answer.get("lines", [])
    )
    told = {name: getattr(visit, name) for name in ("note_id", "day", "payer", "discipline", "therapist", "clinic", "patient")}
    kept = {name: getattr(row, name) for name in ("verdict", "blind", "reason", "model", "rules")}
    return ExportedVisit(visit.key, coder=names[row.user_id], decided_at=row.at, lines=lines, activities=tuple(_activities(coded, row)), **told, **kept)


def _units(lines: list[dict[str, Any]]) -> dict[str, int]:
    found: dict[str, int] = {}
    for each in lines:
        found[each["code"]] = found.get(each["code"], 0) + each["units"]
    return found


def _activities(coded: dict[str, Any], row: Decision) -> Iterator[DecidedActivity]:
    rows = coded["interventions"]
    for number, each in enumerate(row.answer.get("interventions", [])):
        before = rows[number] if number < len(rows) else {}
        if each["status"] == PERFORMED or before.get("status") == PERFORMED:
            decided = each["code"] if each["status"] == PERFORMED else NOT_PERFORMED
            policy = before.get("house_policy") or {}
            suggested = policy.get("original") or before.get("code")
            yield DecidedActivity(each["start"], each["end"], suggested, decided, before.get("confidence"), policy.get("policy"))
