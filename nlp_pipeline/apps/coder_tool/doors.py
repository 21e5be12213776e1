"""Who may pass: each route asks here for the permission that it needs."""

import hmac
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import HTTPException, Request
from fastapi.concurrency import run_in_threadpool

from nlp_pipeline.apps.coder_tool.marks import csrf_token
from nlp_pipeline.apps.coder_tool.sessions import Person, find, find_token
from nlp_pipeline.apps.coder_tool.tool import Tool

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
FIELD, HEADER = "csrf_token", "x-csrf-token"
SIGN_IN, CODE, LOCKED = "/sign-in", "/sign-in/code", "/locked"

Door = Callable[[Request], Coroutine[Any, Any, Person]]


class Refused(HTTPException):
    """A request that may not pass, and where a browser is sent instead."""

    def __init__(self, status: int, words: str, instead: str | None = None) -> None:
        super().__init__(status, words)
        self.instead = instead


def tool_of(request: Request) -> Tool:
    """Give the tool that a request is made to."""
    tool: Tool = request.app.state.tool
    return tool


def needs(permission: str, *, passive: bool = False) -> Door:
    """Let in who has a permission: with a session that is open, or with a token of that scope; `passive` requests keep no session awake."""

    async def door(request: Request) -> Person:
        person = await _person(request, passive=passive)
        if person is None:
            raise Refused(401, "Sign in first.", SIGN_IN)
        if person.stage == "code":
            raise Refused(401, "The second factor is still to be given.", CODE)
        if person.stage == "locked":
            raise Refused(423, "The session is locked; unlock it with the password.", LOCKED)
        request.state.person = person
        if person.session and request.method not in SAFE:
            await check_form(request)
        if not person.may(permission):
            raise Refused(403, "Your roles do not allow this.")
        return person

    return door


async def half_signed_in(request: Request) -> Person:
    """Let in who gave the password and not yet the code, or who must unlock the session."""
    person = await _person(request, passive=True)
    if person is None or person.session is None:
        raise Refused(401, "Sign in first.", SIGN_IN)
    request.state.person = person
    if request.method not in SAFE:
        await check_form(request)
    return person


async def visitor(request: Request) -> str:
    """Let in anyone; a form must come from a page of ours."""
    if request.method not in SAFE:
        await check_form(request)
    return request.client.host if request.client else ""


async def check_form(request: Request) -> None:
    """Refuse a request that changes something and does not carry its session's mark."""
    given = request.headers.get(HEADER)
    if given is None and request.headers.get("content-type", "").startswith(("application/x-www-form-urlencoded", "multipart/form-data")):
        field = (await request.form()).get(FIELD)
        given = field if isinstance(field, str) else None
    if given is None or not hmac.compare_digest(given.encode(), csrf_token(request).encode()):
        raise Refused(403, "The page was out of date; load it again.")


async def _person(request: Request, *, passive: bool) -> Person | None:
    tool = tool_of(request)
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token:
        return await run_in_threadpool(find_token, tool.store, token.strip())
    cookie = request.cookies.get(tool.cookie)
    return await run_in_threadpool(find, tool.store, cookie, passive=passive) if cookie else None
