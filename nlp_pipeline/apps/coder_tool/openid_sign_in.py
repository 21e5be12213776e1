"""Routes for signing in with OpenID Connect."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import select

from nlp_pipeline.apps.coder_tool import accounts, sessions
from nlp_pipeline.apps.coder_tool.database import Store
from nlp_pipeline.apps.coder_tool.doors import Refused, tool_of, visitor
from nlp_pipeline.apps.coder_tool.limits import Limits
from nlp_pipeline.apps.coder_tool.openid import MINUTES_TO_RETURN, OpenIdSettings, Provider
from nlp_pipeline.apps.coder_tool.tables import User
from nlp_pipeline.apps.coder_tool.tool import Tool
from nlp_pipeline.errors import ServeRefused

router = APIRouter(include_in_schema=False)
COOKIE, BACK = "unitwise_openid", "/openid/return"
Address = Annotated[str, Depends(visitor)]
Told = Annotated[str, Query(max_length=4000)]


@router.get("/openid/start")
def start(request: Request, address: Address) -> Response:
    """Send the browser to the provider."""
    tool = tool_of(request)
    if not tool.rates.allow(Limits.load().sign_in_rate, "openid", address):
        raise Refused(429, "Too many tries; wait a minute.")
    departure = _provider(tool).leave()
    answer = RedirectResponse(departure.place, 303)
    # Lax and not strict: the browser comes back by a link from the provider.
    secure = bool(tool.settings.tls)
    answer.set_cookie(COOKIE, departure.cookie, max_age=MINUTES_TO_RETURN * 60, httponly=True, samesite="lax", secure=secure, path=BACK)
    return answer


@router.get(BACK)
def come_back(request: Request, _: Address, code: Told, state: Told) -> Response:
    """Take the browser back, and begin a session for whoever the provider says it is."""
    tool = tool_of(request)
    provider = _provider(tool)
    claims = provider.take_back(code, state, request.cookies.get(COOKIE, ""))
    user = known(tool.store, provider.settings, claims)
    with tool.store.write() as tx:
        token = sessions.begin(tx, user, "open")
    # A page and not a redirection: a strict cookie is not sent along a way that began at the provider.
    answer = tool.render(request, "account/came_in.html")
    answer.delete_cookie(COOKIE, path=BACK)
    tool.set_cookie(answer, tool.cookie, token)
    return answer


def known(store: Store, settings: OpenIdSettings, claims: dict[str, Any]) -> User:
    """Find or make the account of a person whom the provider vouches for; the roles are those of the groups, each time anew."""
    subject, roles = f"{settings.issuer}|{claims['sub']}", settings.roles_of(claims)
    told = claims.get("preferred_username") or claims.get("email") or claims["sub"]
    name = " ".join(str(told).replace("\0", "").split())[:80]
    with store.write() as tx:
        user = tx.session.scalar(select(User).where(User.openid_subject == subject))
        if not roles or (user and not user.active):
            tx.log("sign-in.openid-refused", user, user.key if user else None)
            refused = True
        elif user is None and accounts.named(tx, name) is not None:
            refused = True
        else:
            refused = False
            if user is None:
                user = User(name=name, roles="", openid_subject=subject, created_at=tx.now)
                tx.session.add(user)
            if user.roles != " ".join(roles):
                user.roles = " ".join(roles)
                tx.session.flush()
                tx.log("person.roles", None, user.key, {"roles": user.roles})
            tx.log("sign-in.openid", user, user.key)
    if refused or user is None:
        raise ServeRefused("the provider knows you, and you have no role here", "Ask whoever runs the coder tool.")
    return user


def _provider(tool: Tool) -> Provider:
    if tool.settings.openid is None:
        raise Refused(404, "There is no such page.")
    return Provider(tool.settings.openid, tool.store.keys, f"{tool.settings.address}{BACK}")
