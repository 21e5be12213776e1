"""The page of agreement, and the share of blind visits."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from nlp_pipeline.apps.coder_tool import blind
from nlp_pipeline.apps.coder_tool.api_house import Comparer
from nlp_pipeline.apps.coder_tool.doors import needs, tool_of
from nlp_pipeline.apps.coder_tool.judgements import decided_visits
from nlp_pipeline.apps.coder_tool.sessions import Person
from nlp_pipeline.house_layer import figures

router = APIRouter(include_in_schema=False)
Chooser = Annotated[Person, Depends(needs("settings.write"))]
Share = Annotated[float, Form(ge=0, le=100)]


@router.get("/agreement")
def page(request: Request, person: Comparer) -> HTMLResponse:
    """Show how far coders agree with the suggestions and with one another."""
    with tool_of(request).store.read() as tx:
        found = figures(each for visit in decided_visits(tx) for each in visit.judgements)
        part = blind.chosen(tx)
    return tool_of(request).render(request, "agreement.html", found=found, slice=part, may_choose=person.may("settings.write"))


@router.post("/agreement/blind")
def choose(request: Request, person: Chooser, share: Share, second_share: Share) -> Response:
    """Choose how many visits are blind, and how many of those are read twice."""
    with tool_of(request).store.write() as tx:
        blind.choose(tx, person.user, share / 100, second_share / 100)
    return RedirectResponse("/agreement", 303)
