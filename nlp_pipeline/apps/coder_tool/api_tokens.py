"""The part of the API that makes and ends tokens; only a person in an open session may, never a token."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Request

from nlp_pipeline.apps.coder_tool import tokens
from nlp_pipeline.apps.coder_tool.api_records import MISSING, Key, TokenIn, TokenMade, TokenRow
from nlp_pipeline.apps.coder_tool.doors import needs, tool_of
from nlp_pipeline.apps.coder_tool.sessions import Person
from nlp_pipeline.apps.coder_tool.tables import Token

router = APIRouter()
Owner = Annotated[Person, Depends(needs("tokens.own"))]


@router.get("/tokens")
def own(request: Request, person: Owner) -> list[TokenRow]:
    """List one's own tokens, without their words."""
    with tool_of(request).store.read() as tx:
        return [TokenRow(**row_of(each)) for each in tokens.own(tx, person)]


@router.post("/tokens", status_code=201)
def make(request: Request, person: Owner, given: TokenIn) -> TokenMade:
    """Make a token; its words are shown this once."""
    with tool_of(request).store.write() as tx:
        row, words = tokens.make(tx, person, given.label, given.scopes, given.days)
        return TokenMade(token=words, **row_of(row))


@router.delete("/tokens/{key}", status_code=204, responses=MISSING)
def end(request: Request, person: Owner, key: Key) -> None:
    """End a token."""
    with tool_of(request).store.write() as tx:
        if not tokens.end(tx, person, key):
            raise HTTPException(404, "There is no such token.")


def row_of(token: Token) -> dict[str, Any]:
    """Lay a token out without its words."""
    names = ("key", "label", "created_at", "ends_at", "used_at", "revoked_at")
    return {name: getattr(token, name) for name in names} | {"scopes": token.scopes.split()}
