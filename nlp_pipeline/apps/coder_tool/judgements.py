"""Decisions in the store as judgements of activities: what agreement, house policies and learning look at."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import select

from nlp_pipeline.apps.coder_tool.blind import second_readings
from nlp_pipeline.apps.coder_tool.database import Transaction
from nlp_pipeline.apps.coder_tool.decisions import standing
from nlp_pipeline.apps.coder_tool.tables import Decision, User, Visit
from nlp_pipeline.apps.coder_tool.visits import note_of
from nlp_pipeline.records.facts import Block, Intervention
from nlp_pipeline.records.judgement import NOT_PERFORMED, DecidedVisit, Judgement
from nlp_pipeline.records.note import Note

PERFORMED = "performed"
DECIDED = ("accepted", "changed", "flagged", "queried")


def decided_visits(tx: Transaction) -> Iterator[DecidedVisit]:
    """Give every visit with a decision in force, in the order of the decisions, with the second reading of a blind one."""
    names = {user.id: user.name for user in tx.session.scalars(select(User))}
    again = {visit.id: (reading.answer or {}, name) for visit, reading, name in second_readings(tx)}
    for visit, decision in standing(tx, audits=True):
        if decision.verdict in DECIDED and visit.coded:
            yield decided_visit(visit, decision, names.get(decision.user_id, ""), again.get(visit.id))


def decided_visit(visit: Visit, decision: Decision, coder: str, again: tuple[Mapping[str, str], str] | None = None) -> DecidedVisit:
    """Lay one decision out, activity by activity; of a flagged or queried visit what its coder settled counts too."""
    coded, note = json.loads(visit.coded or "{}")["coded"], note_of(visit)
    given = decision.answer.get("interventions", [])
    judged = [each for number, row in enumerate(given) if (each := _judgement(visit, decision, coder, row, _suggested(coded, number)))]
    if again:
        answer, second = again
        judged += [each for number, row in enumerate(coded["interventions"]) if (each := _second(visit, decision, second, row, answer.get(str(number))))]
    blocks = tuple(Block(each["id"], note.span(each["start"], each["end"]), each["stated_code"], each["until"]) for each in coded["blocks"])
    return DecidedVisit(note, blocks, tuple(_intervention(note, coded, number, row) for number, row in enumerate(given)), tuple(judged))


def _suggested(coded: Mapping[str, Any], number: int) -> Mapping[str, Any]:
    rows = coded["interventions"]
    return rows[number] if number < len(rows) else {}


def _judgement(visit: Visit, decision: Decision, coder: str, row: Mapping[str, Any], before: Mapping[str, Any]) -> Judgement | None:
    """Say what was decided of one activity: its code, or that it was not done today; what was never held to be done is no judgement."""
    done = row["status"] == PERFORMED
    if not done and before.get("status") != PERFORMED:
        return None
    if done and not row["code"]:
        return None
    spoken = before.get("house_policy") or {}
    suggested = spoken.get("original") or before.get("code")
    return Judgement(
        visit=visit.key,
        activity=(row["start"], row["end"]),
        coder=coder,
        decided=row["code"] if done else NOT_PERFORMED,
        suggested=suggested if before.get("status") == PERFORMED else None,
        confidence=before.get("confidence"),
        shown=before.get("code") if before.get("status") == PERFORMED else None,
        blind=decision.blind,
        day=visit.day or decision.at.date(),
        policy=spoken.get("policy"),
    )


def _second(visit: Visit, decision: Decision, coder: str, row: Mapping[str, Any], code: str | None) -> Judgement | None:
    if code is None or row["status"] != PERFORMED:
        return None
    spoken = row.get("house_policy") or {}
    return Judgement(
        visit=visit.key,
        activity=(row["start"], row["end"]),
        coder=coder,
        decided=code or NOT_PERFORMED,
        suggested=spoken.get("original") or row["code"],
        confidence=row["confidence"],
        shown=row["code"],
        blind=True,
        day=visit.day or decision.at.date(),
        policy=spoken.get("policy"),
    )


def _intervention(note: Note, coded: Mapping[str, Any], number: int, row: Mapping[str, Any]) -> Intervention:
    before = _suggested(coded, number)
    span = note.span(row["start"], row["end"])
    return Intervention(span, row["status"], before.get("status_confidence", 1.0), before.get("stated_code"), before.get("block"))
