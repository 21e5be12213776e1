"""The routes of the work page: one visit at a time, its corrections, its decision."""

import json
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import AfterValidator, BaseModel, Field

from nlp_pipeline.apps.coder_tool import audits, decisions, visits
from nlp_pipeline.apps.coder_tool.api_records import DecisionIn, storable
from nlp_pipeline.apps.coder_tool.audit_places import closed_to
from nlp_pipeline.apps.coder_tool.carried import carried_forward
from nlp_pipeline.apps.coder_tool.doors import needs, tool_of
from nlp_pipeline.apps.coder_tool.draft import drafted
from nlp_pipeline.apps.coder_tool.figures import figures_of
from nlp_pipeline.apps.coder_tool.queries import query_for
from nlp_pipeline.apps.coder_tool.rulings import ruling_of
from nlp_pipeline.apps.coder_tool.sessions import Person
from nlp_pipeline.apps.coder_tool.tables import Visit
from nlp_pipeline.apps.coder_tool.tool import PAGES
from nlp_pipeline.apps.coder_tool.views import view_of

router = APIRouter(include_in_schema=False)

Reader = Annotated[Person, Depends(needs("visits.read"))]
Coder = Annotated[Person, Depends(needs("decide"))]
Operations = Annotated[list[dict[str, Any]], Field(max_length=1000), AfterValidator(storable)]


class Wanted(BaseModel):
    """Which visit is wanted next: by what order, through which filters, beyond which."""

    order: Literal["hardest", "oldest"] = "hardest"
    filters: dict[str, str] = {}
    beyond: list[str] = Field(default=[], max_length=100)
    ahead: bool = False


class Corrections(BaseModel):
    """The corrections of a visit so far, and the line that a question is about; without corrections a visit is as it was decided."""

    ops: Operations | None = None
    line: int | None = None


@router.get("/")
def home(request: Request, person: Annotated[Person, Depends(needs("account.own"))]) -> Response:
    """Open the first page that someone may see."""
    first = next((address for address, _, permission in PAGES if person.may(permission)), "/account")
    return RedirectResponse(first, 303)


@router.get("/work")
def work(request: Request, person: Coder) -> HTMLResponse:
    """Open the work page; it asks for the next visit itself, in the order and through the filters that were chosen in this tab."""
    return _page(request, None)


@router.post("/work/next")
def next_sheet(request: Request, person: Coder, wanted: Wanted) -> HTMLResponse:
    """Give the next visit, to be shown at once or kept until it is its turn."""
    return _sheet(request, _next(request, person, wanted))


@router.get("/visits/{key}")
def visit_page(request: Request, person: Reader, key: str) -> HTMLResponse:
    """Show one visit."""
    return _page(request, _opened(request, person, key))


@router.post("/visits/{key}/sheet")
def sheet(request: Request, person: Reader, key: str, corrections: Corrections) -> HTMLResponse:
    """Show a visit after its corrections so far; nothing is kept."""
    return _sheet(request, _visit(request, person, key), corrections.ops)


@router.post("/visits/{key}/seen")
def seen(request: Request, person: Reader, key: str) -> dict[str, str]:
    """Enter into the log that a visit that was fetched ahead is now being looked at."""
    _opened(request, person, key)
    return {}


@router.post("/visits/{key}/query")
def query(request: Request, person: Coder, key: str, corrections: Corrections) -> dict[str, str]:
    """Draft a question to the therapist."""
    visit = _visit(request, person, key).visit
    worksheet = json.loads(visit.coded or "")
    draft = drafted(worksheet, corrections.ops or (), blind=bool(visit.blind))
    figures = figures_of(worksheet, draft, tool_of(request).rules)
    return {"words": query_for(worksheet, draft, corrections.line, figures)}


@router.post("/visits/{key}/decide")
def decide(request: Request, person: Coder, key: str, decided: DecisionIn) -> dict[str, Any]:
    """Keep a decision, with all that it came from."""
    tool = tool_of(request)
    ruling = ruling_of(_visit(request, person, key).visit, decided, tool.rules)
    with tool.store.write() as tx:
        row = decisions.decide(tx, person.user, ruling)
        return {"number": row.number, "verdict": row.verdict}


@router.post("/undo")
def undo(request: Request, person: Coder) -> dict[str, Any]:
    """Take the last decision back; its corrections are given back with the visit."""
    with tool_of(request).store.write() as tx:
        undone = decisions.undo(tx, person.user)
        if undone is None:
            return {"key": None}
        visit, decision = undone
        return {"key": visit.key, "ops": [each for each in decision.ops if each.get("op") != "flag"]}


def filters_of(told: dict[str, str]) -> visits.Filters:
    """Read the filters that a page sends; what is empty filters nothing."""
    words: dict[str, Any] = {name: told.get(name) or None for name in ("therapist", "payer", "code", "finding", "words", "state", "batch")}
    return visits.Filters(**words, least_confidence=_share(told.get("least_confidence")), most_confidence=_share(told.get("most_confidence")))


def _share(written: str | None) -> float | None:
    try:
        return float(written) if written else None
    except ValueError:
        return None


def _next(request: Request, person: Person, wanted: Wanted) -> visits.Opened | None:
    with tool_of(request).store.write() as tx:
        found = visits.next_visit(tx, person.user, filters_of(wanted.filters), wanted.order, wanted.beyond)
        return visits.open_visit(tx, person.user, found.key, ahead=wanted.ahead) if found else None


def _opened(request: Request, person: Person, key: str) -> visits.Opened:
    with tool_of(request).store.write() as tx:
        opened = visits.open_visit(tx, person.user, key)
    if opened is None:
        raise HTTPException(404, "There is no such visit here.")
    return opened


def _visit(request: Request, person: Person, key: str) -> visits.Opened:
    """Find a visit that its reader has open: seeing it was logged when it was fetched."""
    with tool_of(request).store.read() as tx:
        visit = visits.get(tx, key)
        if visit is None or visit.coded is None or closed_to(tx, person.user, visit):
            raise HTTPException(404, "There is no such visit here.")
        return visits.Opened(visit, visits.earlier_visit(tx, visit))


def _page(request: Request, opened: visits.Opened | None) -> HTMLResponse:
    return tool_of(request).render(request, "work.html", opening=opened is None, **_told(request, opened, None))


def _sheet(request: Request, opened: visits.Opened | None, operations: Operations | None = None) -> HTMLResponse:
    return tool_of(request).render(request, "sheet.html", opening=False, **_told(request, opened, operations))


def _told(request: Request, opened: visits.Opened | None, operations: Operations | None) -> dict[str, Any]:
    """Gather what the sheet of a visit prints."""
    if opened is None:
        return {"visit": None}
    visit, earlier = opened.visit, opened.earlier
    standing, decided_by = _standing(request, visit)
    with tool_of(request).store.read() as tx:
        unit = audits.reviewed(tx, visit)
    ops = standing if operations is None else operations
    carried = carried_forward(visit.text, earlier.text) if earlier else ()
    view = view_of(json.loads(visit.coded or ""), ops, tool_of(request).rules, carried, blind=bool(visit.blind))
    share = round(100 * sum(end - start for start, end in carried) / max(1, len(visit.text)))
    told = {"carried_share": share, "earlier_day": earlier.day if earlier else None, "decided_by": decided_by, "unit": unit}
    return {"visit": visit, "view": view, "ops": ops, **told}


def _standing(request: Request, visit: Visit) -> tuple[Operations, str | None]:
    """Give the corrections with which a visit was decided, and by whom; an open one has none."""
    if visit.state == "open":
        return [], None
    with tool_of(request).store.read() as tx:
        rows = decisions.in_force(decisions.of(tx, visit))
        return (list(rows[-1].ops), decisions.name_of(tx, rows[-1].user_id)) if rows else ([], None)
