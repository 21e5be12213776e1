"""The application: every route, behind the guard, and what errors look like."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import resources
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from sqlalchemy.exc import DataError
from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles

from nlp_pipeline.apps.coder_tool import (
    agreement_pages,
    api,
    audit_pages,
    exports,
    log_pages,
    openid_sign_in,
    people,
    policy_pages,
    queue_pages,
    screen,
    second_reading,
    sign_in,
    token_pages,
)
from nlp_pipeline.apps.coder_tool.doors import Refused
from nlp_pipeline.apps.coder_tool.security import Guard
from nlp_pipeline.apps.coder_tool.tool import HERE, Tool
from nlp_pipeline.errors import DecisionConflict, NlpPipelineError

DESCRIPTION = "Codes notes, and keeps what coders decide. Suggestions need a person's review; nothing is sent anywhere."
ROUTERS = (
    sign_in.router,
    openid_sign_in.router,
    screen.router,
    queue_pages.router,
    people.router,
    log_pages.router,
    api.router,
    exports.router,
    policy_pages.router,
    agreement_pages.router,
    second_reading.router,
    audit_pages.router,
    token_pages.router,
)


def create_app(tool: Tool) -> FastAPI:
    """Put the application together around a tool."""

    @asynccontextmanager
    async def alive(_: FastAPI) -> AsyncIterator[None]:
        tool.coding.start()
        yield
        tool.coding.stop()

    app = FastAPI(title="unitwise", description=DESCRIPTION, docs_url=None, redoc_url=None, openapi_url="/api/v1/openapi.json", lifespan=alive)
    app.state.tool = tool
    for router in ROUTERS:
        app.include_router(router)
    app.mount("/static", StaticFiles(directory=str(resources.files(HERE).joinpath("static"))), name="static")
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(RequestValidationError, _not_understood)
    app.add_exception_handler(NlpPipelineError, _wrong)
    app.add_exception_handler(DataError, _not_kept)
    app.add_exception_handler(UnicodeEncodeError, _not_kept)
    app.add_middleware(Guard, tool=tool)
    return app


def _refused(request: Request, error: Exception) -> Response:
    """Answer a request that was refused: a browser that asked for a page is sent where it can help itself, or shown why."""
    assert isinstance(error, HTTPException)
    instead = error.instead if isinstance(error, Refused) else None
    if not _wants_page(request):
        return JSONResponse({"detail": error.detail, "instead": instead}, error.status_code, error.headers)
    if instead:
        return RedirectResponse(instead, 303)
    return _page(request, error.status_code, str(error.detail))


def _not_understood(request: Request, error: Exception) -> Response:
    """Say which fields were not understood, and never what stood in them."""
    assert isinstance(error, RequestValidationError)
    told = [{"loc": list(each["loc"]), "msg": each["msg"], "type": each["type"]} for each in error.errors()]
    if _wants_page(request):
        return _page(request, 422, "Something in the form was missing or not as it must be.")
    return JSONResponse({"detail": told}, 422)


def _wrong(request: Request, error: Exception) -> Response:
    """Answer with an error of ours in its own words."""
    if isinstance(error, DecisionConflict):
        return JSONResponse({"detail": str(error), "who": error.who, "when": error.when.isoformat()}, 409)
    if _wants_page(request):
        return _page(request, 422, str(error))
    return JSONResponse({"detail": str(error)}, 422)


def _not_kept(request: Request, error: Exception) -> Response:
    """Answer where something was sent that the database cannot keep: a sign that is none, a number beyond all numbers."""
    words = "Something was sent that cannot be kept; nothing was written."
    return _page(request, 422, words) if _wants_page(request) else JSONResponse({"detail": words}, 422)


def _wants_page(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "") and not request.url.path.startswith("/api/")


def _page(request: Request, status: int, words: str) -> Response:
    tool: Any = request.app.state.tool
    page: Response = tool.render(request, "account/refused.html", status, words=words)
    return page
