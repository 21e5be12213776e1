"""The tool itself: its settings, its store, its templates and what codes in the background."""

from dataclasses import dataclass, field
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from nlp_pipeline.apps.coder_tool.database import Store
from nlp_pipeline.apps.coder_tool.furnishing import furnish
from nlp_pipeline.apps.coder_tool.marks import VISITOR, csrf_token
from nlp_pipeline.apps.coder_tool.rates import Rates
from nlp_pipeline.records.coded_note import ReaderName
from nlp_pipeline.rule_layer import RuleLayer

if TYPE_CHECKING:
    from nlp_pipeline.apps.coder_tool.coding_queue import CodingQueue
    from nlp_pipeline.apps.coder_tool.openid import OpenIdSettings

HERE = "nlp_pipeline.apps.coder_tool"
PAGES = (
    ("/work", "Work", "decide"),
    ("/queue", "Queue", "visits.read"),
    ("/add", "Add notes", "visits.add"),
    ("/pace", "My pace", "pace.read"),
    ("/second", "Second reading", "decide"),
    ("/audits", "Audits", "audits.read"),
    ("/policies", "Policies", "policy.read"),
    ("/agreement", "Agreement", "agreement.read"),
    ("/tokens", "Tokens", "tokens.own"),
    ("/log", "Log", "log.read"),
    ("/people", "People", "people.manage"),
)  # each for whom it is
LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True)
class Settings:
    """How the tool was started."""

    host: str = "127.0.0.1"
    port: int = 8765
    tls: tuple[Path, Path] | None = None
    model: Path | None = None
    reader: ReaderName = "careful"
    openid: "OpenIdSettings | None" = None

    @property
    def is_local(self) -> bool:
        """Say whether only this machine can reach the tool."""
        return self.host in LOCAL

    @property
    def address(self) -> str:
        """Give the address to open."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.tls else 'http'}://{host}:{self.port}"


@dataclass
class Tool:
    """What every route works with."""

    settings: Settings
    store: Store
    coding: "CodingQueue"
    rates: Rates
    rules: RuleLayer
    more: dict[str, Any] = field(default_factory=dict)  # what a part of the screen keeps between requests

    @property
    def cookie(self) -> str:
        """Name the cookie of a session; the prefix makes browsers hold it to this host, over TLS."""
        return "__Host-unitwise" if self.settings.tls else "unitwise_session"

    @cached_property
    def templates(self) -> Environment:
        """Open the templates; whatever they are given is escaped."""
        place = str(resources.files(HERE).joinpath("templates"))
        return furnish(Environment(loader=FileSystemLoader(place), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True))

    def render(self, request: Request, name: str, status: int = 200, **values: Any) -> HTMLResponse:
        """Fill a template in; it is given who asks, and the mark that its forms must carry."""
        person = getattr(request.state, "person", None)
        inside = person if person and person.stage == "open" else None
        pages = [(place, words) for place, words, permission in PAGES if inside and inside.may(permission)]
        told = {"request": request, "who": inside, "csrf_token": csrf_token(request), "active": request.url.path, "more_pages": pages, **values}
        page = HTMLResponse(self.templates.get_template(name).render(told), status)
        if new := getattr(request.state, "visitor", None):
            self.set_cookie(page, VISITOR, new)
        return page

    def set_cookie(self, response: Any, name: str, value: str) -> None:
        """Give a browser a cookie that scripts cannot read and other sites cannot use."""
        response.set_cookie(name, value, httponly=True, samesite="strict", secure=bool(self.settings.tls), path="/")
