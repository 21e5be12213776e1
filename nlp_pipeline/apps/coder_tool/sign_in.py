"""Routes by which people come in and go out: set-up link, password, second factor, lock."""

from typing import Annotated

import segno
from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from nlp_pipeline.apps.coder_tool import accounts, sessions
from nlp_pipeline.apps.coder_tool.accounts import Field
from nlp_pipeline.apps.coder_tool.doors import CODE, LOCKED, SIGN_IN, Refused, half_signed_in, needs, tool_of, visitor
from nlp_pipeline.apps.coder_tool.limits import Limits
from nlp_pipeline.apps.coder_tool.sessions import Person
from nlp_pipeline.apps.coder_tool.tables import User
from nlp_pipeline.apps.coder_tool.tool import Tool

router = APIRouter(include_in_schema=False)
START = "/"
NOT_RIGHT = "Name or password is not right. After several wrong ones an account waits a while before it can be tried again."
CODE_NOT_RIGHT = "That code is not right, or it was used already. Wait for the next one."

Address = Annotated[str, Depends(visitor)]
Half = Annotated[Person, Depends(half_signed_in)]
Own = Annotated[Person, Depends(needs("account.own"))]


@router.get(SIGN_IN)
def sign_in_page(request: Request, _: Address) -> Response:
    """Show the form for name and password."""
    return _page(request, "sign_in", None)


@router.post(SIGN_IN)
def sign_in(request: Request, address: Address, name: Field, password: Field) -> Response:
    """Take name and password; the second factor comes next."""
    tool = tool_of(request)
    rate = Limits.load().sign_in_rate
    if not tool.rates.allow(rate, "sign-in", address, name.strip().lower()):
        return _page(request, "sign_in", "Too many tries; wait a minute.", 429)
    user = accounts.check_password(tool.store, name, password)
    if user is None:
        return _page(request, "sign_in", NOT_RIGHT, 401)
    with tool.store.write() as tx:
        token = sessions.begin(tx, user, "code")
    return _with_session(tool, CODE, token)


@router.get(CODE)
def code_page(request: Request, person: Half) -> Response:
    """Show the form for the code."""
    return _page(request, "code", None) if person.stage == "code" else RedirectResponse(START, 303)


@router.post(CODE)
def code(request: Request, person: Half, code: Field) -> Response:
    """Take the code of the second factor, and begin the session."""
    tool = tool_of(request)
    if person.stage != "code":
        raise Refused(401, "Sign in first.", SIGN_IN)
    if not accounts.check_code(tool.store, person.user, code):
        return _page(request, "code", CODE_NOT_RIGHT, 401)
    return _with_session(tool, START, sessions.replace_session(tool.store, person, "open"))


@router.get("/set-up/{token}")
def set_up_page(request: Request, _: Address, token: str) -> Response:
    """Show the form by which an invitation becomes an account."""
    return _set_up_page(request, token, None)


@router.post("/set-up/{token}")
def set_up(request: Request, address: Address, token: str, given: Annotated[accounts.Enrolment, Depends(accounts.enrolment_form)]) -> Response:
    """Make the account, and begin its first session."""
    tool = tool_of(request)
    if not tool.rates.allow(Limits.load().sign_in_rate, "set-up", address):
        return _set_up_page(request, token, "Too many tries; wait a minute.", 429)
    user = accounts.enrol(tool.store, given)
    if isinstance(user, str):
        return _set_up_page(request, token, user, 422, given.name)
    with tool.store.write() as tx:
        begun = sessions.begin(tx, user, "open")
    return _with_session(tool, START, begun)


@router.post("/sign-out")
def sign_out(request: Request, person: Half) -> Response:
    """End the session."""
    tool = tool_of(request)
    with tool.store.write() as tx:
        sessions.revoke(tx, person.user, person.user, person.session)
    answer = RedirectResponse(SIGN_IN, 303)
    answer.delete_cookie(tool.cookie, path="/")
    return answer


@router.post("/lock")
def lock(request: Request, person: Own) -> Response:
    """Lock the session at once."""
    sessions.lock(tool_of(request).store, person)
    return RedirectResponse(LOCKED, 303)


@router.get(LOCKED)
def locked_page(request: Request, person: Half) -> Response:
    """Show the form by which a locked session is opened again."""
    return _page(request, "locked", None) if person.stage == "locked" else RedirectResponse(START, 303)


@router.post("/unlock")
def unlock(request: Request, person: Half, password: Field) -> Response:
    """Open a locked session again with the password."""
    tool = tool_of(request)
    if person.stage != "locked":
        return RedirectResponse(START if person.stage == "open" else SIGN_IN, 303)
    if not tool.rates.allow(Limits.load().sign_in_rate, "unlock", person.user.key):
        return _page(request, "locked", "Too many tries; wait a minute.", 429)
    user = accounts.check_password(tool.store, person.user.name, password)
    if user is None or user.id != person.user.id:
        return _page(request, "locked", NOT_RIGHT, 401)
    accounts.forgive(tool.store, user)
    return _with_session(tool, START, sessions.replace_session(tool.store, person, "open"))


def _page(request: Request, name: str, trouble: str | None, status: int = 200) -> Response:
    tool = tool_of(request)
    openid = tool.settings.openid.name if tool.settings.openid else None
    return tool.render(request, f"account/{name}.html", status, trouble=trouble, openid=openid)


def _set_up_page(request: Request, token: str, trouble: str | None, status: int = 200, name: str = "") -> Response:
    tool = tool_of(request)
    with tool.store.read() as tx:
        found = accounts.invitation(tx, token)
        known = tx.session.get(User, found.user_id) if found and found.user_id else None
    if found is None:
        raise Refused(404, "This link was used already, or it is too old. Ask for a new one.")
    name = known.name if known else name
    secret = accounts.second_factor_of(tool.store.keys, token)
    picture = segno.make(accounts.address_of(secret, name or "coder"), error="m").svg_data_uri(scale=5, border=2)
    told = {"given_name": name, "fixed": known is not None, "secret": secret, "picture": picture, "least": Limits.load().least_password}
    return tool.render(request, "account/set_up.html", status, trouble=trouble, token=token, **told)


def _with_session(tool: Tool, place: str, token: str) -> Response:
    answer = RedirectResponse(place, 303)
    tool.set_cookie(answer, tool.cookie, token)
    return answer
