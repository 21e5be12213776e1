"""Routes for the audit log: to read it, and to have it verified."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from sqlalchemy import select

from nlp_pipeline.apps.coder_tool import audit_log
from nlp_pipeline.apps.coder_tool.doors import needs, tool_of
from nlp_pipeline.apps.coder_tool.sessions import Person
from nlp_pipeline.apps.coder_tool.tables import LogEntry

router = APIRouter(include_in_schema=False)
Reader = Annotated[Person, Depends(needs("log.read"))]
LINES_SHOWN = 200


@router.get("/log")
def log(request: Request, person: Reader, before: Annotated[int | None, Query(ge=1)] = None) -> Response:
    """Show the newest lines, or those before a line."""
    return _page(request, before, None)


@router.post("/log/verify")
def verify(request: Request, person: Reader) -> Response:
    """Walk along the whole log, and show what was found."""
    tool = tool_of(request)
    with tool.store.snapshot() as tx:
        found = audit_log.verify(tx.session, tool.store.keys, tool.store.head_file)
    with tool.store.write() as tx:
        tx.log("log.verified", person.user, None, {"lines": found.lines, "breaches": len(found.breaches)})
    return _page(request, None, found)


def _page(request: Request, before: int | None, verification: audit_log.Verification | None) -> Response:
    tool = tool_of(request)
    chosen = select(LogEntry).order_by(LogEntry.number.desc()).limit(LINES_SHOWN)
    with tool.store.read() as tx:
        lines = tx.session.scalars(chosen.where(LogEntry.number < before) if before else chosen).all()
    return tool.render(request, "account/log.html", lines=lines, verification=verification)
