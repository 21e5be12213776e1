"""The page of one's own tokens for programs."""

from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from nlp_pipeline.apps.coder_tool import tokens
from nlp_pipeline.apps.coder_tool.api_tokens import Owner, row_of
from nlp_pipeline.apps.coder_tool.doors import tool_of
from nlp_pipeline.apps.coder_tool.sessions import Person

router = APIRouter(include_in_schema=False)


@router.get("/tokens")
def page(request: Request, person: Owner) -> HTMLResponse:
    """Show one's tokens and the form for another."""
    return _page(request, person, None)


@router.post("/tokens")
def make(
    request: Request,
    person: Owner,
    label: Annotated[str, Form(min_length=1, max_length=80)],
    days: Annotated[int, Form(ge=1, le=tokens.LONGEST_DAYS)],
    scopes: Annotated[list[str] | None, Form(max_length=20)] = None,
) -> HTMLResponse:
    """Make a token, and show its words this once."""
    with tool_of(request).store.write() as tx:
        _, words = tokens.make(tx, person, label, scopes or [], days)
    return _page(request, person, words)


@router.post("/tokens/{key}/end")
def end(request: Request, person: Owner, key: str) -> Response:
    """End a token."""
    with tool_of(request).store.write() as tx:
        if not tokens.end(tx, person, key):
            raise HTTPException(404, "There is no such token.")
    return RedirectResponse("/tokens", 303)


def _page(request: Request, person: Person, words: str | None) -> HTMLResponse:
    with tool_of(request).store.read() as tx:
        rows, now = [row_of(each) for each in tokens.own(tx, person)], tx.now
    return tool_of(request).render(request, "tokens.html", rows=rows, now=now, scopes=tokens.scopes_of(person), made=words)
