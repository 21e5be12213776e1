"""The page of agreement, the share of blind visits, and the second reading of a blind visit by another coder."""

import json
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.datastructures import FormData

from nlp_pipeline.apps.coder_tool import blind, visits
from nlp_pipeline.apps.coder_tool.api_house import Comparer
from nlp_pipeline.apps.coder_tool.doors import needs, tool_of
from nlp_pipeline.apps.coder_tool.judgements import PERFORMED, decided_visits
from nlp_pipeline.apps.coder_tool.policy_pages import form_of
from nlp_pipeline.apps.coder_tool.screen import Coder
from nlp_pipeline.apps.coder_tool.sessions import Person
from nlp_pipeline.apps.coder_tool.tables import Visit
from nlp_pipeline.house_layer import figures

router = APIRouter(include_in_schema=False)
Chooser = Annotated[Person, Depends(needs("settings.write"))]
Share = Annotated[float, Form(ge=0, le=100)]
NOT_DONE = "not-done"


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


@router.get("/second")
def second(request: Request, person: Coder) -> HTMLResponse:
    """Show the next blind visit that waits for a second reading, if there is one."""
    tool = tool_of(request)
    with tool.store.write() as tx:
        visit = blind.second_for(tx, person.user)
        if visit:
            tx.log("visit.viewed", person.user, visit.key, {"version": visit.version, "blind": True, "part": blind.SECOND})
    activities = _activities(visit) if visit else []
    words = {code: rule.words for code, rule in tool.rules.rulebook.on(None, None).codes.items()}
    return tool.render(
        request, "second.html", visit=visit, pieces=_pieces(visit, activities) if visit else [], activities=activities, words=words, not_done=NOT_DONE
    )


@router.post("/second/{key}")
def keep(request: Request, person: Coder, key: str, form: Annotated[FormData, Depends(form_of)]) -> Response:
    """Keep a second reading: a code for each activity, or that it was not done."""
    tool = tool_of(request)
    known = tool.rules.rulebook.on(None, None).codes
    with tool.store.write() as tx:
        visit = visits.get(tx, key)
        if visit is None:
            raise HTTPException(404, "There is no such visit.")
        given = {each["number"]: str(form.get(f"code_{each['number']}") or "") for each in _activities(visit)}
        if not given or any(code != NOT_DONE and code not in known for code in given.values()):
            raise HTTPException(422, "Give each activity a code, or say that it was not done.")
        blind.keep_second(tx, person.user, visit, {number: "" if code == NOT_DONE else code for number, code in given.items()})
    return RedirectResponse("/second", 303)


def _activities(visit: Visit) -> list[dict[str, Any]]:
    rows = json.loads(visit.coded or "{}")["coded"]["interventions"]
    return [
        {"number": number, "text": each["text"], "start": each["start"], "end": each["end"]} for number, each in enumerate(rows) if each["status"] == PERFORMED
    ]


def _pieces(visit: Visit, activities: list[dict[str, Any]]) -> list[tuple[str, int | None]]:
    """Cut a note where its activities stand, each with its number."""
    pieces: list[tuple[str, int | None]] = []
    at = 0
    for each in sorted(activities, key=lambda one: int(one["start"])):
        start, end = max(at, each["start"]), max(at, each["end"])
        pieces += [(visit.text[at:start], None), (visit.text[start:end], each["number"] + 1)]
        at = end
    return [*pieces, (visit.text[at:], None)]
