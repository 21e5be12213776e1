"""What stands before every route: who the request says it is for and comes from, how much and how often, and what browsers are told to forbid."""

import sys
import traceback
from collections.abc import MutableMapping
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from typing import Any

from fastapi.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from nlp_pipeline.apps.coder_tool.doors import SAFE
from nlp_pipeline.apps.coder_tool.keys import digest_of
from nlp_pipeline.apps.coder_tool.limits import Limits
from nlp_pipeline.apps.coder_tool.sessions import find, find_token
from nlp_pipeline.apps.coder_tool.tool import Tool

UPLOADS = frozenset({"/add/upload"})
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
OVER_TLS = {"Strict-Transport-Security": "max-age=31536000"}


class TooLarge(HTTPException):
    """A body that goes on for longer than it may."""

    def __init__(self) -> None:
        super().__init__(413, "What was sent is too large.")


@dataclass(slots=True)
class Guard:
    """The outermost layer of the application."""

    app: ASGIApp
    tool: Tool

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check a request, pass it on, and put the headers on what comes back."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            return
        begun = False

        async def answer(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                self._add_headers(scope, message)
            await send(message)

        try:
            refusal = self._refusal(scope)
            if refusal is not None:
                await refusal(scope, receive, answer)
                return
            await self.app(scope, _limited(receive, await self._most_bytes(scope)), answer)
        except Exception as error:  # its place is told, its message is not, for that could quote a note
            place = traceback.extract_tb(error.__traceback__)[-1]
            print(f"unitwise: internal error, {type(error).__name__} at {Path(place.filename).name}:{place.lineno}; please report it", file=sys.stderr)
            if not begun:
                status = error.status_code if isinstance(error, HTTPException) else 500
                words = error.detail if isinstance(error, HTTPException) else "Something went wrong here; nothing was written."
                await PlainTextResponse(words, status)(scope, receive, answer)

    def _refusal(self, scope: Scope) -> PlainTextResponse | None:
        """Say why a request is not even looked at, if that is so."""
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if self.tool.settings.is_local and _without_port(host) not in {"127.0.0.1", "localhost", "[::1]", self.tool.settings.host}:
            return PlainTextResponse("This address is not served here.", 421)
        if "\0" in scope["path"] or b"%00" in scope["query_string"]:
            return PlainTextResponse("There is no such page.", 404)
        if scope["method"] not in SAFE and not _same_site(headers, host):
            return PlainTextResponse("The request came from another site.", 403)
        limits, address = Limits.load(), (scope.get("client") or ("", 0))[0]
        whose = (self.cookie_of(headers) or headers.get("authorization", ""))[:200]
        rates = self.tool.rates
        if not rates.allow(limits.address_rate, "address", address) or not rates.allow(limits.request_rate, "who", digest_of(whose) if whose else address):
            return PlainTextResponse("Too many requests; wait a minute.", 429, {"Retry-After": "60"})
        return None

    async def _most_bytes(self, scope: Scope) -> int:
        """Say how long a body may be: a page's, or an upload's where someone is signed in who may add visits."""
        limits = Limits.load()
        if scope["path"] not in UPLOADS:
            return limits.page_bytes
        headers = Headers(scope=scope)
        cookie, bearer = self.cookie_of(headers), headers.get("authorization", "").partition(" ")[2]
        person = await run_in_threadpool(find, self.tool.store, cookie) if cookie else None
        person = person or (await run_in_threadpool(find_token, self.tool.store, bearer) if bearer else None)
        return limits.upload_bytes if person and person.stage == "open" and person.may("visits.add") else limits.page_bytes

    def cookie_of(self, headers: Headers) -> str | None:
        """Read the session's cookie."""
        try:
            found = SimpleCookie(headers.get("cookie", "")).get(self.tool.cookie)
        except CookieError:
            return None
        return found.value if found else None

    def _add_headers(self, scope: Scope, message: Message) -> None:
        headers = MutableHeaders(scope=message)
        for name, value in (HEADERS | OVER_TLS if scope["scheme"] == "https" else HEADERS).items():
            headers.setdefault(name, value)
        headers["Cache-Control"] = "no-cache" if scope["path"].startswith("/static/") else "no-store"


def _limited(receive: Receive, most: int) -> Receive:
    """Read a body no further than allowed."""
    taken = 0

    async def limited() -> Message:
        nonlocal taken
        message: MutableMapping[str, Any] = await receive()
        taken += len(message.get("body", b""))
        if taken > most:
            raise TooLarge
        return message

    return limited


def _same_site(headers: Headers, host: str) -> bool:
    """Say whether a request comes from a page of ours, or from a program; a browser says so truly."""
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site is not None and site not in {"same-origin", "none"}:
        return False
    return origin is None or origin.partition("://")[2] == host


def _without_port(host: str) -> str:
    name, colon, port = host.rpartition(":")
    return name.lower() if colon and port.isdigit() else host.lower()
