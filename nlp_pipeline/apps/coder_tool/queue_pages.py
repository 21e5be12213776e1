"""The pages around the work: the queue and its filters, search, adding notes, and a coder's own pace."""

from collections import Counter
from dataclasses import replace
from datetime import date
from statistics import median
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, HTTPException, Request, UploadFile
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, Field

from nlp_pipeline.apps.coder_tool import audit_places, blind, decisions, visits
from nlp_pipeline.apps.coder_tool.doors import needs, tool_of
from nlp_pipeline.apps.coder_tool.intake_queue import add_upload
from nlp_pipeline.apps.coder_tool.judgements import decided_visits
from nlp_pipeline.apps.coder_tool.screen import Coder, Reader, filters_of
from nlp_pipeline.apps.coder_tool.sessions import Person
from nlp_pipeline.apps.coder_tool.wordings import screen_words
from nlp_pipeline.house_layer import figures
from nlp_pipeline.records.note import Note

router = APIRouter(include_in_schema=False)

Adder = Annotated[Person, Depends(needs("visits.add"))]
Waiter = Annotated[Person, Depends(needs("visits.add", passive=True))]  # a page that asks again by itself keeps no session awake
ROWS = 50
FOUND = 12
CHANGES = 8


class Searched(BaseModel):
    """The words that are searched for."""

    words: str = Field(max_length=200)


class Filtered(BaseModel):
    """The filters of the queue, as its form sends them."""

    state: str = "open"
    therapist: str = ""
    payer: str = ""
    code: str = ""
    finding: str = ""
    confidence: str = ""
    batch: str = ""
    order: visits.Order = "hardest"
    words: str = Field(default="", max_length=200)
    offset: int = Field(default=0, ge=0)


@router.get("/queue")
def queue(request: Request, person: Reader) -> HTMLResponse:
    """Show the queue and what it can be filtered by."""
    with tool_of(request).store.read() as tx:
        facets, states = visits.facets(tx), visits.states(tx)
        audits = audit_places.queues(tx) if audit_places.may_see(person.user) else []
    return _page(request, "queue.html", facets=facets, states=states, audits=audits, bands=screen_words().confidence, **_rows(request, person, Filtered()))


@router.post("/queue/rows")
def rows(request: Request, person: Reader, form: Annotated[Filtered, Form()]) -> HTMLResponse:
    """Show the visits that the filters let through."""
    return _page(request, "rows.html", **_rows(request, person, form))


def _rows(request: Request, person: Person, form: Filtered) -> dict[str, Any]:
    least, _, most = form.confidence.partition("-")
    told = filters_of({**form.model_dump(exclude={"offset"}), "least_confidence": least, "most_confidence": most})
    filters = replace(told, audits=audit_places.may_see(person.user))
    with tool_of(request).store.write() as tx:
        found = visits.queue(tx, filters, form.order, ROWS, form.offset)
        tx.log("queue.listed", person.user, None, {"visits": len(found)})
        drawn = blind.chosen(tx)  # what a blind visit would be coded must not be read off the queue
        hidden = {each.key for each in found if each.state == "open" and (drawn.draws(each.key) if each.blind is None else each.blind)}
        return {"found": found, "hidden": hidden, "count": visits.count(tx, filters), "offset": form.offset, "step": ROWS}


@router.post("/search")
def search(request: Request, person: Reader, searched: Searched) -> list[dict[str, str]]:
    """Find visits by words of their notes or names; only what names a visit is answered, never its words."""
    with tool_of(request).store.write() as tx:
        found = visits.queue(tx, visits.Filters(words=searched.words), limit=FOUND)
        tx.log("visits.searched", person.user, None, {"visits": len(found)})
        return [{"key": each.key, "says": " · ".join(str(part) for part in (each.note_id, each.day, each.patient, each.state) if part)} for each in found]


@router.get("/add")
def add(request: Request, person: Adder) -> HTMLResponse:
    """Show where notes are pasted and files uploaded."""
    return _page(request, "add.html")


class Pasted(BaseModel):
    """A single note, and what is known of its visit."""

    text: str = Field(min_length=1)
    name: str = Field(default="pasted note", max_length=80)
    day: date | None = None
    payer: str = Field(default="", max_length=80)
    discipline: str = Field(default="", max_length=3)
    patient: str = Field(default="", max_length=80)


@router.post("/add/paste")
def paste(request: Request, person: Adder, form: Annotated[Pasted, Form()]) -> Response:
    """Take one note in, to be coded at once."""
    if not form.text.strip():
        raise HTTPException(422, "The note is empty: paste its words first.")
    note = Note(form.name or "pasted note", form.text, form.day, form.payer or None, form.discipline or None, patient=form.patient or None)
    key = tool_of(request).coding.add_note(person.user, note)
    return RedirectResponse(f"/add/note/{key}", 303)


@router.get("/add/note/{key}")
def pasted(request: Request, person: Waiter, key: str) -> Response:
    """Wait for a pasted note; once it is coded, open it."""
    with tool_of(request).store.read() as tx:
        visit = visits.get(tx, key)
    if visit is None:
        raise HTTPException(404, "There is no such note here.")
    if visit.coded is not None:
        return RedirectResponse(f"/visits/{key}", 303)
    return _page(request, "waiting.html", visit=visit)


@router.post("/add/upload")
def upload(request: Request, person: Adder, file: UploadFile) -> Response:
    """Take in a file that `unitwise review` reads."""
    batch = add_upload(tool_of(request).coding, person.user, file.filename, file.file)
    return RedirectResponse(f"/add/batch/{batch}", 303)


@router.get("/add/batch/{key}")
def batch(request: Request, person: Waiter, key: str) -> HTMLResponse:
    """Show how far a batch is, and what could not be read and why."""
    with tool_of(request).store.read() as tx:
        progress = visits.batch_progress(tx, key)
    if progress is None:
        raise HTTPException(404, "There is no such batch here.")
    return _page(request, "batch_progress.html" if request.headers.get("hx-request") else "batch.html", batch=progress)


@router.get("/pace")
def pace(request: Request, person: Coder) -> HTMLResponse:
    """Show someone's own pace and how often suggestions were kept: to nobody else."""
    with tool_of(request).store.read() as tx:
        days = decisions.figures(tx, person.user)
        own = [each for visit in decided_visits(tx) for each in visit.judgements if each.coder == person.user.name]
    changed = Counter((each.shown, each.decided) for each in own if each.shown and each.shown != each.decided)
    told = [{**day, "median": round(median(spent) / 1000) if (spent := day["milliseconds"]) else None} for day in days]
    most = max((day["decided"] for day in told), default=1)
    return _page(request, "pace.html", days=told, most=most, agreement=figures(own), changed=changed.most_common(CHANGES))


def _page(request: Request, name: str, **told: Any) -> HTMLResponse:
    return tool_of(request).render(request, name, **told)
