"""The part of the API about house policies and agreement."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Request

from nlp_pipeline.apps.coder_tool import adjudications, policies
from nlp_pipeline.apps.coder_tool.api_records import (
    MISSING,
    AgreementOut,
    FigureOut,
    FiguresOut,
    Key,
    PairOut,
    PolicyIn,
    PolicyOut,
    PolicyRow,
    TrialOut,
    WeekOut,
)
from nlp_pipeline.apps.coder_tool.doors import needs, tool_of
from nlp_pipeline.apps.coder_tool.judgements import decided_visits
from nlp_pipeline.apps.coder_tool.sessions import Person
from nlp_pipeline.apps.coder_tool.tables import Policy
from nlp_pipeline.house_layer import HouseLayer, figures
from nlp_pipeline.records.judgement import Agreement, Figure
from nlp_pipeline.records.policy import policy_from_json

router = APIRouter()
PolicyReader = Annotated[Person, Depends(needs("policy.read"))]
Lead = Annotated[Person, Depends(needs("policy.write"))]
Comparer = Annotated[Person, Depends(needs("agreement.read"))]


@router.get("/policies")
def list_policies(request: Request, person: PolicyReader) -> list[PolicyRow]:
    """List house policies, every version, the newest first."""
    with tool_of(request).store.read() as tx:
        return [PolicyRow(**_row(row, name)) for row, name in policies.listed(tx)]


@router.post("/policies", status_code=201)
def draft_policy(request: Request, person: Lead, given: PolicyIn) -> PolicyRow:
    """Keep a draft of a house policy; it changes nothing until it is taken into force."""
    policy = policy_from_json(given.policy)
    with tool_of(request).store.write() as tx:
        return PolicyRow(**_row(policies.keep(tx, person.user, policy), person.name))


@router.get("/policies/{key}", responses=MISSING)
def one_policy(request: Request, person: PolicyReader, key: Key) -> PolicyOut:
    """Show a policy, what past decisions say of it, and agreement week by week."""
    with tool_of(request).store.read() as tx:
        row, name = _found(policies.listed(tx), key)
        found = policies.standing_of(row, name, list(decided_visits(tx)))
    trial = TrialOut(spoken=found.trial.spoken, before=found.trial.before, after=found.trial.after, against=[*found.trial.against])
    weeks = [WeekOut(monday=each.monday, judged=each.judged, agreed=each.agreed) for each in found.weeks]
    return PolicyOut(**_row(row, name), trial=trial, weeks=weeks)


@router.post("/policies/{key}:enforce", responses=MISSING)
def enforce_policy(request: Request, person: Lead, key: Key) -> PolicyRow:
    """Take a policy into force, once it keeps its examples and past decisions do not speak against it; it counts for notes coded from now on."""
    enforce(request, person, key)
    with tool_of(request).store.read() as tx:
        return PolicyRow(**_row(*_found(policies.listed(tx), key)))


@router.post("/policies/{key}:retire", responses=MISSING)
def retire_policy(request: Request, person: Lead, key: Key) -> PolicyRow:
    """Take a policy out of force."""
    with tool_of(request).store.write() as tx:
        row, name = _found(policies.listed(tx), key)
        policies.retire(tx, person.user, row)
        return PolicyRow(**_row(row, name))


def enforce(request: Request, person: Person, key: str) -> None:
    """Try a policy on the rulings that it was made of, on its examples and on past decisions, and take it into force."""
    tool = tool_of(request)
    with tool.store.read() as tx:
        row, _ = _found(policies.listed(tx), key)
        past, made = list(decided_visits(tx)), adjudications.made_of(tx, [row]).get(row.id, [])
    policy = policy_from_json(row.body)
    adjudications.refuse_if_against(policy, made)
    HouseLayer(tool.rules.rulebook, tool.rules.biller, tool.rules.auditor).check(policy, policies.read_with(tool.coding.process))
    policies.refuse_if_worse(policy, past)
    with tool.store.write() as tx:
        row, _ = _found(policies.listed(tx), key)
        policies.enforce(tx, person.user, row)


@router.get("/agreement")
def agreement(request: Request, person: Comparer) -> FiguresOut:
    """Say how far coders agree with suggestions that they saw, with those that they did not see, and with one another."""
    with tool_of(request).store.read() as tx:
        found = figures(each for visit in decided_visits(tx) for each in visit.judgements)
    pairs = [PairOut(coders=pair, share=_figure(each.share), kappa=_figure(each.kappa)) for pair, each in found.pairs.items()]
    return FiguresOut(
        engine_blind=_agreement(found.engine_blind),
        engine_shown=_agreement(found.engine_shown),
        automation_bias=_figure(found.bias),
        alpha=_figure(found.coders),
        pairs=pairs,
        sentences=list(found.sentences),
    )


def _agreement(found: Agreement) -> AgreementOut:
    return AgreementOut(share=_figure(found.share), kappa=_figure(found.kappa))


def _figure(found: Figure) -> FigureOut:
    return FigureOut(**asdict(found))


def _row(row: Policy, written_by: str) -> dict[str, Any]:
    return {"key": row.key, "state": row.state, "version": row.version, "written_by": written_by, "written_at": row.created_at, "policy": row.body}


def _found(rows: list[tuple[Policy, str]], key: str) -> tuple[Policy, str]:
    found = next(((row, name) for row, name in rows if row.key == key), None)
    if found is None:
        raise HTTPException(404, "There is no such policy.")
    return found
