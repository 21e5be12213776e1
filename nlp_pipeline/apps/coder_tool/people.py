"""Routes for accounts: one's own sessions, and for an admin the people and their roles."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import select

from nlp_pipeline.apps.coder_tool import accounts, sessions
from nlp_pipeline.apps.coder_tool.database import Transaction
from nlp_pipeline.apps.coder_tool.doors import Refused, needs, tool_of
from nlp_pipeline.apps.coder_tool.limits import ROLES
from nlp_pipeline.apps.coder_tool.sessions import Person
from nlp_pipeline.apps.coder_tool.tables import User

router = APIRouter(include_in_schema=False)
Own = Annotated[Person, Depends(needs("account.own"))]
Admin = Annotated[Person, Depends(needs("people.manage"))]
Roles = Annotated[list[str], Form(max_length=len(ROLES))]


@router.get("/account")
def account(request: Request, person: Own) -> Response:
    """Show one's own account and where it is signed in."""
    tool = tool_of(request)
    with tool.store.read() as tx:
        open_ones = sessions.sessions_of(tx, person.user)
    rows = [{"key": each.digest[:16], "started": each.started_at, "seen": each.seen_at, "this": each.digest == person.session} for each in open_ones]
    return tool.render(request, "account/account.html", sessions=rows, trouble=None)


@router.post("/account/sessions/end")
def end_session(request: Request, person: Own, key: Annotated[str, Form(min_length=16, max_length=16)]) -> Response:
    """End one of one's own sessions."""
    tool = tool_of(request)
    with tool.store.write() as tx:
        found = next((each for each in sessions.sessions_of(tx, person.user) if each.digest.startswith(key)), None)
        if found is None:
            raise Refused(404, "There is no such session.")
        sessions.revoke(tx, person.user, person.user, found.digest)
    return RedirectResponse("/account", 303)


@router.get("/people")
def people(request: Request, person: Admin) -> Response:
    """Show who has an account."""
    return _people(request, None)


@router.post("/people/invite")
def invite(request: Request, person: Admin, roles: Roles) -> Response:
    """Make a link for a new account."""
    chosen = _known(roles)
    with tool_of(request).store.write() as tx:
        token = accounts.invite(tx, person.user, chosen)
    return _people(request, token)


@router.post("/people/{key}/link")
def link(request: Request, person: Admin, key: str) -> Response:
    """Make a link by which someone sets password and second factor anew."""
    with tool_of(request).store.write() as tx:
        user = _person(tx, key)
        token = accounts.invite(tx, person.user, user.roles.split(), user)
    return _people(request, token)


@router.post("/people/{key}/roles")
def set_roles(request: Request, person: Admin, key: str, roles: Roles) -> Response:
    """Give someone other roles; the sessions end, so that they hold at once."""
    chosen = _known(roles)
    with tool_of(request).store.write() as tx:
        user = _person(tx, key)
        if user.id == person.user.id and "admin" not in chosen:
            raise Refused(422, "You cannot take the role admin from yourself; another admin can.")
        user.roles = " ".join(chosen)
        tx.log("person.roles", person.user, user.key, {"roles": user.roles})
        if user.id != person.user.id:
            sessions.revoke(tx, person.user, user)
    return RedirectResponse("/people", 303)


@router.post("/people/{key}/active")
def set_active(request: Request, person: Admin, key: str, active: Annotated[bool, Form()]) -> Response:
    """Close an account, or open it again; what its person did stays."""
    with tool_of(request).store.write() as tx:
        user = _person(tx, key)
        if user.id == person.user.id:
            raise Refused(422, "You cannot close your own account; another admin can.")
        user.active = active
        tx.log("person.opened" if active else "person.closed", person.user, user.key)
        if not active:
            sessions.revoke(tx, person.user, user)
    return RedirectResponse("/people", 303)


def _people(request: Request, token: str | None) -> Response:
    tool = tool_of(request)
    with tool.store.read() as tx:
        users = tx.session.scalars(select(User).order_by(User.name)).all()
        now = tx.now
    rows: list[dict[str, Any]] = [
        {"key": each.key, "name": each.name, "roles": each.roles.split(), "active": each.active, "waits": bool(each.locked_until and each.locked_until > now)}
        for each in users
    ]
    made = f"{tool.settings.address}/set-up/{token}" if token else None
    return tool.render(request, "account/people.html", people=rows, roles=ROLES, link=made)


def _person(tx: Transaction, key: str) -> User:
    user = tx.session.scalar(select(User).where(User.key == key))
    if user is None:
        raise Refused(404, "There is no such person.")
    return user


def _known(roles: list[str]) -> list[str]:
    chosen = [role for role in ROLES if role in roles]
    if not chosen or len(chosen) != len(set(roles)):
        raise Refused(422, "Choose at least one of the roles.")
    return chosen
