"""The JSON API under /api/v1: code notes, work through the queue, read decisions; docs/api.md tells it as a story, /api/v1/openapi.json as a schema."""

import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, HTTPException, Query, Request, Security
from fastapi.security import HTTPBearer

from nlp_pipeline.apps.coder_tool import api_house, api_records, api_tokens, blind, decisions, house, visits
from nlp_pipeline.apps.coder_tool.api_records import CONFLICT, MISSING, MOST_ROWS, REFUSALS, Key, Words
from nlp_pipeline.apps.coder_tool.doors import needs, tool_of
from nlp_pipeline.apps.coder_tool.rulings import activities_of, ruling_of
from nlp_pipeline.apps.coder_tool.sessions import Person
from nlp_pipeline.apps.coder_tool.tables import Decision, Visit
from nlp_pipeline.records.note import Note

bearer = HTTPBearer(auto_error=False, description="A token made on the page Tokens, or with POST /api/v1/tokens in an open session.")
router = APIRouter(prefix="/api/v1", tags=["coder tool"], responses=REFUSALS, dependencies=[Security(bearer)])

Reader = Annotated[Person, Depends(needs("visits.read"))]
Adder = Annotated[Person, Depends(needs("visits.add"))]
Coder = Annotated[Person, Depends(needs("decide"))]
Exporter = Annotated[Person, Depends(needs("export"))]
Filter = Annotated[Words | None, Query()]
State = Literal["open", "skipped", "decided", "flagged", "queried"]
Offset = Annotated[int, Query(ge=0, le=2**31 - 1)]
Limit = Annotated[int, Query(ge=1, le=MOST_ROWS)]


@router.post("/notes:code")
def code_notes(request: Request, person: Adder, given: api_records.NotesIn) -> api_records.CodedOut:
    """Code notes at once and keep nothing of them; house policies in force are applied, labelled, with the suggester's own code beside."""
    tool = tool_of(request)
    with tool.store.read() as tx:
        policies = house.in_force(tx)
    answers = tool.coding.process.code([_note(each) for each in given.notes], policies)
    with tool.store.write() as tx:
        tx.log("notes.coded", person.user, None, {"notes": len(answers)})
    rows = [_laid_out(note.id, answer.coded, answer.trouble) for note, answer in zip(given.notes, answers, strict=True)]
    return api_records.CodedOut(notes=rows)


def _note(given: api_records.NoteIn) -> Note:
    return Note(given.id, given.text, given.date_of_service, given.payer, given.discipline, None, given.patient, given.therapist, given.clinic)


def _laid_out(name: str, coded: str | None, trouble: str | None) -> dict[str, Any]:
    laid_out: dict[str, Any] = json.loads(coded)["coded"] if coded else {"id": name, "error": trouble}
    return laid_out


@router.post("/visits", status_code=201, responses={201: {"description": "The visit waits to be coded."}})
def add_visit(request: Request, person: Adder, given: api_records.NoteIn) -> dict[str, str]:
    """Put a note into the queue; gives the visit's key."""
    return {"key": tool_of(request).coding.add_note(person.user, _note(given))}


class QueueFilters:
    """The filters of the queue; words of a note are no filter here, for an address is kept in places."""

    def __init__(
        self, order: Literal["hardest", "oldest"] = "hardest", state: State | None = None, payer: Filter = None, therapist: Filter = None, batch: Filter = None
    ) -> None:
        self.order = order
        self.filters = visits.Filters(therapist=therapist, payer=payer, state=state, batch=batch)


@router.get("/queue")
def queue(request: Request, person: Reader, wanted: Annotated[QueueFilters, Depends()], offset: Offset = 0, limit: Limit = 50) -> api_records.Queue:
    """List visits, the hardest or the oldest first."""
    with tool_of(request).store.write() as tx:
        rows = visits.queue(tx, wanted.filters, wanted.order, limit, offset)
        tx.log("queue.listed", person.user, None, {"visits": len(rows)})
        return api_records.Queue(total=visits.count(tx, wanted.filters), visits=[api_records.VisitRow(**_row(each)) for each in rows])


@router.get("/visits/{key}", responses=MISSING)
def visit(request: Request, person: Reader, key: Key) -> api_records.VisitOut:
    """Open one visit; that it was seen is entered into the log, and whether it is blind is settled now."""
    with tool_of(request).store.write() as tx:
        opened = visits.open_visit(tx, person.user, key)
        if opened is None:
            raise HTTPException(404, "There is no such visit here.")
        found = opened.visit
        coded = json.loads(found.coded or "{}")["coded"]
        shown = None if _hidden(found) else coded
        row = _row(found) | {"text": found.text, "blind": bool(found.blind), "coded": shown, "activities": [*activities_of(coded)]}
        return api_records.VisitOut(**row)


@router.post("/visits/{key}/decisions", status_code=201, responses=MISSING | CONFLICT)
def decide(request: Request, person: Coder, key: Key, given: api_records.DecisionIn) -> api_records.DecisionOut:
    """Decide about a visit in the version that was seen."""
    tool = tool_of(request)
    with tool.store.write() as tx:
        found = visits.get(tx, key)
        if found is None or found.coded is None or found.state not in visits.SHOWN:
            raise HTTPException(404, "There is no such visit here.")
        blind.drawn(tx, found)  # who decides without having opened it does not get round the blind slice
    ruling = ruling_of(found, given, tool.rules)
    with tool.store.write() as tx:
        row = decisions.decide(tx, person.user, ruling)
        return _decision(found, row, person.name)


@router.post("/decisions:undo", responses=CONFLICT)
def undo(request: Request, person: Coder) -> dict[str, str | None]:
    """Undo one's own last decision that stands; gives the visit's key, null where there is none left."""
    with tool_of(request).store.write() as tx:
        undone = decisions.undo(tx, person.user)
        return {"visit": undone[0].key if undone else None}


@router.get("/decisions")
def list_decisions(request: Request, person: Exporter, after: Offset = 0, limit: Limit = 100) -> api_records.Decisions:
    """List decisions in force, in the order in which they were made, a page at a time."""
    with tool_of(request).store.write() as tx:
        found = [(visit, row) for visit, row in decisions.standing(tx) if row.id > after][: limit + 1]
        names = {row.user_id: decisions.name_of(tx, row.user_id) for _, row in found}
        tx.log("decisions.read", person.user, None, {"after": after, "count": min(limit, len(found))})
    rows = [_decision(visit, row, names[row.user_id]) for visit, row in found[:limit]]
    return api_records.Decisions(decisions=rows, next=found[limit - 1][1].id if len(found) > limit else None)


def _decision(visit: Visit, row: Decision, coder: str) -> api_records.DecisionOut:
    told: Mapping[str, Any] = {name: getattr(row, name) for name in ("number", "verdict", "answer", "reason", "at", "blind", "model", "rules")}
    return api_records.DecisionOut(visit=visit.key, note_id=visit.note_id, coder=coder, **told)


def _hidden(visit: Visit) -> bool:
    """Say whether what was suggested must not be seen: the visit is blind, or may yet be drawn, and nobody has decided about it."""
    return visit.blind is not False and visit.state not in visits.SETTLED


def _row(visit: Visit) -> dict[str, Any]:
    names = ("key", "note_id", "day", "payer", "discipline", "therapist", "clinic", "state", "version")
    hidden = _hidden(visit)
    seen: dict[str, Any] = {"codes": None, "findings": None, "confidence": None}
    if not hidden:
        seen = {"codes": visit.codes.split(), "findings": visit.findings.split(), "confidence": visit.confidence}
    return {name: getattr(visit, name) for name in names} | seen


router.include_router(api_house.router)
router.include_router(api_tokens.router)
