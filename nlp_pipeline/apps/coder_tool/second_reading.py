"""The second reading of a visit by another coder: a code for each activity, then the minutes of each code, and the units that come of them."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.datastructures import FormData

from nlp_pipeline.apps.coder_tool import blind, visits
from nlp_pipeline.apps.coder_tool.doors import tool_of
from nlp_pipeline.apps.coder_tool.draft import PERFORMED, drafted, reading_operations, services
from nlp_pipeline.apps.coder_tool.figures import encounter_of, units_of
from nlp_pipeline.apps.coder_tool.policy_pages import form_of
from nlp_pipeline.apps.coder_tool.screen import Coder
from nlp_pipeline.apps.coder_tool.tables import Visit
from nlp_pipeline.rule_layer import RuleLayer

router = APIRouter(include_in_schema=False)
Form = Annotated[FormData, Depends(form_of)]
NOT_DONE = "not-done"
MORE = 2  # rows for codes that stand under no activity


@dataclass(frozen=True, slots=True)
class CodeCounted:
    """One code of a second reading: the minutes that count, whether they were typed, and the units that come of them."""

    code: str
    minutes: float | None
    typed: bool
    units: int


@router.get("/second")
def second(request: Request, person: Coder) -> HTMLResponse:
    """Show the next visit that waits for a second reading, if there is one."""
    tool = tool_of(request)
    with tool.store.write() as tx:
        visit = blind.second_for(tx, person.user)
        if visit:
            tx.log("visit.viewed", person.user, visit.key, {"version": visit.version, "blind": True, "part": blind.SECOND})
    return _page(request, visit)


@router.post("/second/{key}")
def keep(request: Request, person: Coder, key: str, form: Form) -> Response:
    """Count the minutes of what was coded, or keep the reading; codes that changed since the count are counted again."""
    tool = tool_of(request)
    known = tool.rules.rulebook.on(None, None).codes
    with tool.store.write() as tx:
        visit = visits.get(tx, key)
        if visit is None:
            raise HTTPException(404, "There is no such visit.")
        blind.check_second(tx, person.user, visit)
        given = {each["number"]: str(form.get(f"code_{each['number']}") or "") for each in _activities(visit)}
        if not given or any(code != NOT_DONE and code not in known for code in given.values()):
            raise HTTPException(422, "Give each activity a code, or say that it was not done.")
        codes = {number: "" if code == NOT_DONE else code for number, code in given.items()}
        minutes = _typed(form, known, changed := form.get("counted_for") not in (None, _mark(given.values())))
        found = _counted(visit, codes, minutes, tool.rules)
        if not changed and form.get("step") != "count":
            blind.keep_second(tx, person.user, visit, codes, minutes)
            return RedirectResponse("/second", 303)
    return _page(request, visit, given, found)


def _typed(form: Mapping[str, Any], known: Iterable[str], changed: bool) -> dict[str, float]:
    """Read the minutes that were typed: those that are not as they were counted; what was counted for other codes is counted anew."""
    given = {code: (str(form.get(f"minutes_{code}") or "").strip(), str(form.get(f"counted_{code}") or "")) for code in known}
    typed = {code: words for code, (words, counted) in given.items() if words and (words != counted or (not changed and form.get(f"typed_{code}")))}
    more = [(str(form.get(f"more_code_{row}") or ""), str(form.get(f"more_minutes_{row}") or "").strip()) for row in range(MORE)]
    typed |= {code: words for code, words in more if code in given and words}
    try:
        return {code: float(words) for code, words in typed.items()}
    except ValueError:
        raise HTTPException(422, "Give minutes as a number, or leave them as they are documented.") from None


def _counted(visit: Visit, codes: Mapping[int, str], minutes: Mapping[str, float], layer: RuleLayer) -> list[CodeCounted]:
    """Count minutes and units of a reading by the rules of the visit's day, as the first reviewer's are counted."""
    worksheet = json.loads(visit.coded or "{}")
    draft = drafted(worksheet, reading_operations(codes, minutes), blind=True)
    units = units_of(encounter_of(worksheet, draft), layer)
    told = {each["code"]: each["minutes"] for each in services(worksheet, draft)}
    wanted = dict.fromkeys([*sorted(code for code in codes.values() if code and code != "none"), *told, *minutes])
    return [CodeCounted(code, told.get(code, minutes.get(code)), code in minutes, units.get(code, 0)) for code in wanted]


def _mark(codes: Iterable[str]) -> str:
    return " ".join(codes)


def _page(request: Request, visit: Visit | None, given: Mapping[int, str] | None = None, found: Iterable[CodeCounted] = ()) -> HTMLResponse:
    tool = tool_of(request)
    activities = _activities(visit) if visit else []
    words = {code: rule.words for code, rule in tool.rules.rulebook.on(None, None).codes.items()}
    told: dict[str, Any] = {"activities": activities, "pieces": _pieces(visit, activities) if visit else [], "words": words, "not_done": NOT_DONE}
    counted: dict[str, Any] = {"given": given, "counted": list(found), "counted_for": _mark((given or {}).values()), "more": range(MORE)}
    return tool.render(request, "second.html", active="/second", visit=visit, **told, **counted)


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
