"""The pages of the house policies: what is in force and how it fares, what waits to be made, and the form of a draft."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.datastructures import FormData

from nlp_pipeline.apps.coder_tool import adjudications, api_house, audit_places, policies
from nlp_pipeline.apps.coder_tool.adjudications import Ruled
from nlp_pipeline.apps.coder_tool.agreement_chart import chart_of
from nlp_pipeline.apps.coder_tool.api_house import Lead, PolicyReader
from nlp_pipeline.apps.coder_tool.doors import tool_of
from nlp_pipeline.apps.coder_tool.house import DRAFT, IN_FORCE, RETIRED
from nlp_pipeline.apps.coder_tool.judgements import decided_visits
from nlp_pipeline.errors import PolicyRefused
from nlp_pipeline.house_layer import proposal, repeated
from nlp_pipeline.records.policy import UNTOUCHED, Disagreement, policy_from_json

router = APIRouter(include_in_schema=False)

WORDS = ("activity", "purpose", "sentence", "without")
CODES = ("header", "suggested", "payer", "discipline")
PLAIN = ("id", "title", "since", "until", "citation", "decided_by", "code", "flag")
EXAMPLES, MOST_EXAMPLES = 4, 40
ORDER = (IN_FORCE, DRAFT, RETIRED)


@router.get("/policies")
def page(request: Request, person: PolicyReader) -> HTMLResponse:
    """Show every policy, and the disagreements that repeat."""
    tool = tool_of(request)
    with tool.store.read() as tx:
        past = list(decided_visits(tx))
        rows = [policies.standing_of(row, name, past) for row, name in policies.listed(tx)]
        made = adjudications.made_of(tx, [each.row for each in rows])
        where = {each.row.id: policies.spoken_where(tx, each.row.name) for each in rows if each.row.state == IN_FORCE}
    shown = sorted(rows, key=lambda each: (ORDER.index(each.row.state), -each.row.id))
    waiting = repeated(past, [each.policy for each in rows if each.row.state == IN_FORCE])
    return tool.render(
        request,
        "policies.html",
        rows=[(each, chart_of(each.weeks, each.policy.since)) for each in shown],
        waiting=waiting,
        where=where,
        made=made,
        auditing=person.may(audit_places.SEE),
        lead=person.may("policy.write"),
    )


@router.get("/policies/new")
def new(request: Request, person: Lead) -> HTMLResponse:
    """Show an empty form."""
    return _form(request, {})


@router.get("/policies/{key}/anew")
def anew(request: Request, person: Lead, key: str) -> HTMLResponse:
    """Show the form with what a policy says, to be kept as a new version of it."""
    with tool_of(request).store.read() as tx:
        row = policies.get(tx, key)
    if row is None:
        raise HTTPException(404, "There is no such policy.")
    return _form(request, dict(row.body))


@router.post("/policies/ruled")
def ruled(request: Request, person: Lead, ruling: Annotated[str, Form(max_length=80)]) -> HTMLResponse:
    """Show the form with a draft of what was ruled of an activity that two reviewers of an audit differed on."""
    with tool_of(request).store.read() as tx:
        found = adjudications.ruled_of(tx, person.user, ruling)
        told = adjudications.draft_of(found, tx)
    return _form(request, told, ruled=found)


@router.post("/policies/propose")
def propose(
    request: Request,
    person: Lead,
    activity: Annotated[str, Form(max_length=400)],
    suggested: Annotated[str, Form(max_length=10)],
    decided: Annotated[str, Form(max_length=10)],
) -> HTMLResponse:
    """Show the form with a draft of what coders did again and again."""
    with tool_of(request).store.read() as tx:
        today = tx.now.date()
    told = proposal(Disagreement(activity, suggested, decided, 0, 0, 0, ""), today)
    return _form(request, dict(told))


async def form_of(request: Request) -> FormData:
    """Read the form, whatever its fields."""
    return await request.form()


@router.post("/policies")
def keep(request: Request, person: Lead, form: Annotated[FormData, Depends(form_of)]) -> Response:
    """Keep a draft; a form that is not yet a policy is shown again with what it lacks."""
    row = read_form({name: value for name, value in form.multi_items() if isinstance(value, str)})
    found = None
    with tool_of(request).store.write() as tx:
        try:
            found = adjudications.ruled_of(tx, person.user, mark) if (mark := str(form.get("ruling") or "")) else None
            policy = policy_from_json(row)
        except PolicyRefused as wrong:
            return _form(request, row, str(wrong), found)
        kept = policies.keep(tx, person.user, policy)
        if found:
            adjudications.link(tx, person.user, kept, found)
    return RedirectResponse("/policies", 303)


@router.post("/policies/{key}/enforce")
def enforce(request: Request, person: Lead, key: str) -> Response:
    """Take a policy into force, if it passes."""
    api_house.enforce(request, person, key)
    return RedirectResponse("/policies", 303)


@router.post("/policies/{key}/retire")
def retire(request: Request, person: Lead, key: str) -> Response:
    """Take a policy out of force."""
    with tool_of(request).store.write() as tx:
        row = policies.get(tx, key)
        if row is None:
            raise HTTPException(404, "There is no such policy.")
        policies.retire(tx, person.user, row)
    return RedirectResponse("/policies", 303)


def read_form(fields: Mapping[str, str]) -> dict[str, Any]:
    """Make a policy's row of the fields of its form; words stand one a line, codes with commas."""
    row: dict[str, Any] = {name: value.strip() for name in PLAIN if (value := fields.get(name, "")).strip()}
    lines = {name: [line.strip() for line in fields.get(name, "").splitlines() if line.strip()] for name in WORDS}
    named = {name: [each.strip() for each in fields.get(name, "").split(",") if each.strip()] for name in CODES}
    row["when"] = {name: words for name, words in (lines | named).items() if words}
    outcome = row.get("code") or row.get("flag") or ""
    row["examples"] = [
        {"text": text, "activity": fields.get(f"activity_{number}", "").strip(), "expect": outcome if fields.get(f"expect_{number}") == "spoken" else UNTOUCHED}
        for number in range(MOST_EXAMPLES)
        if (text := fields.get(f"text_{number}", "").strip())
    ]
    return row


def _form(request: Request, row: Mapping[str, Any], trouble: str | None = None, ruled: Ruled | None = None) -> HTMLResponse:
    when = row.get("when", {})
    examples = list(row.get("examples", ()))
    examples += [{"text": "", "activity": "", "expect": ""}] * max(1, EXAMPLES - len(examples))
    values = {name: row.get(name) or "" for name in PLAIN}
    values |= {name: "\n".join(when.get(name, ())) for name in WORDS} | {name: ", ".join(when.get(name, ())) for name in CODES}
    spoken = {"spoken": row.get("code") or row.get("flag") or "", "untouched": UNTOUCHED}
    status = 422 if trouble else 200
    told = {"values": values, "examples": examples, "spoken": spoken, "trouble": trouble, "ruled": ruled}
    return tool_of(request).render(request, "policy_form.html", status, **told)
