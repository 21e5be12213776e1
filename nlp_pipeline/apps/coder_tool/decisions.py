"""Decisions in the store: each is a row that nothing changes, written in one transaction with the visit's new state and a line of the log."""

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal, cast

from sqlalchemy import CursorResult, exists, select, update
from sqlalchemy.orm import aliased

from nlp_pipeline.apps.coder_tool.audit_log import decision_digest
from nlp_pipeline.apps.coder_tool.audit_places import closed_to, drawn_for_an_audit
from nlp_pipeline.apps.coder_tool.database import Transaction
from nlp_pipeline.apps.coder_tool.tables import Decision, User, Visit
from nlp_pipeline.errors import DecisionConflict, ServeRefused

Verdict = Literal["accepted", "changed", "flagged", "queried", "skipped"]
STATE: dict[str, str] = {"accepted": "decided", "changed": "decided", "flagged": "flagged", "queried": "queried", "skipped": "skipped"}
DAYS_SHOWN = 30


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a coder decided about the visit `key`, which she saw in its `version`: her corrections, and the whole answer that came of them."""

    key: str
    version: int
    verdict: Verdict
    ops: list[Any] = field(default_factory=list)
    answer: dict[str, Any] = field(default_factory=dict)
    reason: str | None = None
    milliseconds: int | None = None


def decide(tx: Transaction, who: User, ruling: Ruling) -> Decision:
    """Keep a decision; DecisionConflict where someone decided about the visit since it was opened."""
    visit = tx.session.scalar(select(Visit).where(Visit.key == ruling.key))
    if visit is None or visit.coded is None or closed_to(tx, who, visit):
        raise ServeRefused("there is no such visit to decide about", "Open the queue again.")
    _take_turn(tx, visit, ruling.version, STATE[ruling.verdict], who)
    row = Decision(
        visit_id=visit.id,
        number=ruling.version + 1,
        verdict=ruling.verdict,
        reason=ruling.reason,
        ops=ruling.ops,
        answer=ruling.answer,
        suggested=hashlib.sha256(visit.coded.encode()).hexdigest(),
        model=visit.model,
        rules=visit.rules,
        blind=bool(visit.blind),
        milliseconds=ruling.milliseconds,
        user_id=who.id,
        at=tx.now,
    )
    _keep(tx, who, visit, row, f"decision.{ruling.verdict}")
    return row


def undo(tx: Transaction, who: User) -> tuple[Visit, Decision] | None:
    """Undo someone's last decision that stands, any number of times; a row that says so follows it, and the visit is as it was before."""
    undoing = aliased(Decision)
    undone = exists().where(undoing.undoes == Decision.id)
    own = select(Decision).where(Decision.user_id == who.id, Decision.verdict != "undone", ~undone).order_by(Decision.id.desc()).limit(1)
    last = tx.session.scalar(own)
    if last is None:
        return None
    visit = tx.session.get_one(Visit, last.visit_id)
    standing = [each for each in in_force(of(tx, visit)) if each.id != last.id]
    newer = [each for each in standing if each.number > last.number]
    if newer:
        raise DecisionConflict(visit.key, name_of(tx, newer[-1].user_id), newer[-1].at)
    _take_turn(tx, visit, visit.version, STATE[standing[-1].verdict] if standing else "open", who)
    row = Decision(
        visit_id=visit.id,
        number=visit.version,
        verdict="undone",
        suggested=last.suggested,
        model=visit.model,
        rules=visit.rules,
        blind=last.blind,
        user_id=who.id,
        at=tx.now,
        undoes=last.id,
        ops=[],
        answer={},
    )
    _keep(tx, who, visit, row, "decision.undone")
    return visit, last


def of(tx: Transaction, visit: Visit) -> list[Decision]:
    """List all decisions about a visit in their order, the undone ones and those that undo them included."""
    return list(tx.session.scalars(select(Decision).where(Decision.visit_id == visit.id).order_by(Decision.number)))


def in_force(rows: list[Decision]) -> list[Decision]:
    """Leave out what was undone, and what undid it."""
    undone = {each.undoes for each in rows}
    return [each for each in rows if each.verdict != "undone" and each.id not in undone]


def standing(tx: Transaction, *, audits: bool = False) -> Iterator[tuple[Visit, Decision]]:
    """Give every visit that is decided with the decision in force, in the order in which they were made.

    The visits of `audits` are left out where nobody asks for them: they were billed before, and must not be billed from here again.
    """
    undoing, later = aliased(Decision), aliased(Decision)
    undone = exists().where(undoing.undoes == Decision.id)
    later_undone = exists().where(undoing.undoes == later.id)
    newer = exists().where(later.visit_id == Decision.visit_id, later.number > Decision.number, later.verdict != "undone", ~later_undone)
    rows = select(Visit, Decision).join(Decision, Decision.visit_id == Visit.id).where(Decision.verdict != "undone", ~undone, ~newer)
    rows = rows if audits else rows.where(~drawn_for_an_audit())
    for row in tx.session.execute(rows.order_by(Decision.id).execution_options(yield_per=500)):
        yield row[0], row[1]


def figures(tx: Transaction, who: User) -> list[dict[str, Any]]:
    """Count someone's own decisions that stand, day by day, the newest day first: their pace, for them alone."""
    undoing = aliased(Decision)
    undone = exists().where(undoing.undoes == Decision.id)
    since = tx.now - timedelta(days=DAYS_SHOWN)
    own = select(Decision).where(Decision.user_id == who.id, Decision.verdict != "undone", ~undone, Decision.at >= since)
    days: dict[str, Counter[str]] = {}
    spent: dict[str, list[int]] = {}
    for each in tx.session.scalars(own):
        day = each.at.astimezone().date().isoformat()
        days.setdefault(day, Counter())[each.verdict] += 1
        if each.milliseconds is not None:
            spent.setdefault(day, []).append(each.milliseconds)
    return [{"day": day, **days[day], "decided": days[day].total(), "milliseconds": sorted(spent.get(day, []))} for day in sorted(days, reverse=True)]


def name_of(tx: Transaction, user: int) -> str:
    """Name a person by number."""
    return tx.session.scalar(select(User.name).where(User.id == user)) or "someone"


def _take_turn(tx: Transaction, visit: Visit, version: int, state: str, who: User) -> None:
    """Move a visit on by one version, if it is still at the one that was seen."""
    settled = state not in {"open", "skipped"}
    values = {"version": version + 1, "state": state, "reserved_by": None, "reserved_until": None}
    values |= {"decided_by": who.id if settled else None, "decided_at": tx.now if settled else None}
    moved = update(Visit).where(Visit.id == visit.id, Visit.version == version).values(values).execution_options(synchronize_session=False)
    if cast("CursorResult[Any]", tx.session.execute(moved)).rowcount != 1:
        _tell_conflict(tx, visit)
    tx.session.refresh(visit)


def _tell_conflict(tx: Transaction, visit: Visit) -> None:
    last = of(tx, visit)
    if not last:
        raise ServeRefused("the visit is not in the state in which it was decided about", "Open it again.")
    raise DecisionConflict(visit.key, name_of(tx, last[-1].user_id), last[-1].at)


def _keep(tx: Transaction, who: User, visit: Visit, row: Decision, action: str) -> None:
    tx.session.add(row)
    tx.session.flush()
    tx.log(action, who, visit.key, {"decision": row.id, "digest": decision_digest(row), "undoes": row.undoes, "version": row.number})
