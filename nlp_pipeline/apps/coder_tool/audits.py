"""An audit in the store: its sample goes in as a queue, and what its reviewers decided comes out."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select

from nlp_pipeline.apps.coder_tool import audit_places, blind, decisions, visits
from nlp_pipeline.apps.coder_tool.database import Transaction
from nlp_pipeline.apps.coder_tool.draft import PERFORMED, Draft, drafted, reading_operations
from nlp_pipeline.apps.coder_tool.figures import encounter_of
from nlp_pipeline.apps.coder_tool.tables import Audit, AuditPlace, Batch, BlindReading, Decision, Visit
from nlp_pipeline.records.encounter import Encounter
from nlp_pipeline.records.judgement import NOT_PERFORMED
from nlp_pipeline.records.note import Note
from nlp_pipeline.records.sample import Drawn, Pass

SETTLED = ("accepted", "changed")


@dataclass(frozen=True, slots=True)
class AuditPlan:
    """An audit as the store knows it: `mark` names it by its frame and its seed, so that the full sample finds the queue of its probe."""

    mark: str
    name: str
    seed: str
    review: Pass
    second_share: float


@dataclass(frozen=True, slots=True)
class Reading:
    """What one reviewer made of a visit, and whether the suggestion was hidden: activity by activity, and as services with minutes.

    `decision` is the row that holds it, None for a second reading.
    """

    reviewer: str
    at: datetime
    blind: bool
    codes: tuple[str, ...]
    encounter: Encounter
    decision: int | None = None

    @property
    def minutes(self) -> dict[str, float | None]:
        """Give the minutes by code; None where none are known."""
        return {each.code: each.minutes for each in self.encounter.services}


@dataclass(frozen=True, slots=True)
class ReviewedUnit:
    """A unit of the sample as it stands in the store; without a `first` reading it is not decided, and `state` says how far it is.

    `number` is its number in the frame, `visit` the key of its visit; `lines` are the activities that both reviewers are asked about.
    """

    unit: str
    number: int
    visit: str
    state: str
    reads_twice: bool
    lines: tuple[int, ...] = ()
    first: Reading | None = None
    second: Reading | None = None
    adjudicated: Reading | None = None

    @property
    def apart(self) -> bool:
        """Say whether two reviewers differ in a code or in minutes."""
        if self.first is None or self.second is None:
            return False
        return self.codes(self.first) != self.codes(self.second) or self.first.minutes != self.second.minutes

    def codes(self, reading: Reading) -> dict[str, str]:
        """Give the codes of a reading by the number of the activity, from 1, as the pages show it."""
        return {str(line + 1): reading.codes[line] for line in self.lines}


def put(tx: Transaction, plan: AuditPlan, drawn: Sequence[tuple[Drawn, Note]]) -> int:
    """Put the drawn notes into the audit's queue, in their order, those that are there already left out; how many were added."""
    audit = tx.session.scalar(select(Audit).where(Audit.mark == plan.mark)) or _new(tx, plan)
    batch = tx.session.get_one(Batch, audit.batch_id)
    there = {place.unit: place for place in _places(tx, audit)}
    for each, _ in drawn:
        if each.id in there:
            there[each.id].second_review |= each.second_review  # a larger sample gives more of them to a second reviewer
    new = [(each, note) for each, note in drawn if each.id not in there]
    rows = visits.add(tx, batch, [note for _, note in new]) if new else []
    for (each, _), visit in zip(new, rows, strict=True):
        tx.session.add(_place(audit, each, visit))
    blind.draw_all(tx, audit, rows)
    tx.log("audit.queued", None, batch.key, {"audit": plan.mark, "added": len(new), "drawn": len(drawn), "review": audit.review})
    return len(new)


def collected(tx: Transaction, mark: str) -> Iterator[ReviewedUnit]:
    """Give every unit of an audit's queue with what its reviewers decided; nothing where there is no such audit."""
    audit = tx.session.scalar(select(Audit).where(Audit.mark == mark))
    if audit is None:
        return
    again = {visit.id: (reading, name) for visit, reading, name in blind.second_readings(tx)}
    for place in _places(tx, audit):
        visit = tx.session.get_one(Visit, place.visit_id)
        yield _reviewed(tx, place, visit, again.get(visit.id))


def reviewed(tx: Transaction, visit: Visit) -> ReviewedUnit | None:
    """Give what the reviewers of an audit decided of one visit; nothing of a visit that was drawn for none."""
    place = audit_places.place_of(tx, visit)
    again = next(blind.second_readings(tx, visit), None)
    return _reviewed(tx, place, visit, again[1:] if again else None) if place else None


def listed(tx: Transaction) -> list[Audit]:
    """List the audits, the newest first."""
    return list(tx.session.scalars(select(Audit).order_by(Audit.id.desc())))


def log_collected(tx: Transaction, mark: str, figures: Mapping[str, int]) -> None:
    """Enter into the log that the decisions of an audit were taken out."""
    audit = tx.session.execute(select(Batch.key).join(Audit, Audit.batch_id == Batch.id).where(Audit.mark == mark)).scalar_one()
    tx.log("audit.collected", None, audit, {"audit": mark, **figures})


def _new(tx: Transaction, plan: AuditPlan) -> Audit:
    batch = visits.add_batch(tx, f"audit {plan.name}", None)
    batch.reading = False
    told: dict[str, Any] = {"mark": plan.mark, "name": plan.name[:200], "review": plan.review, "second_share": plan.second_share, "seed": plan.seed}
    audit = Audit(batch_id=batch.id, made_at=tx.now, **told)
    tx.session.add(audit)
    tx.session.flush()
    return audit


def _place(audit: Audit, each: Drawn, visit: Visit) -> AuditPlace:
    return AuditPlace(
        visit_id=visit.id, audit_id=audit.id, unit=each.id, stratum=each.stratum, place=each.place, number=each.number, second_review=each.second_review
    )


def _places(tx: Transaction, audit: Audit) -> list[AuditPlace]:
    return list(tx.session.scalars(select(AuditPlace).where(AuditPlace.audit_id == audit.id).order_by(AuditPlace.visit_id)))


def _reviewed(tx: Transaction, place: AuditPlace, visit: Visit, again: tuple[BlindReading, str] | None) -> ReviewedUnit:
    """Part the decisions by the second reading: the last before it is the first reviewer's, one after it settles what the two made of the visit."""
    rows = [each for each in decisions.in_force(decisions.of(tx, visit)) if each.verdict in SETTLED]
    unit = ReviewedUnit(place.unit, place.number, visit.key, visit.state, place.second_review)
    if visit.state != "decided" or not rows or visit.coded is None:
        return unit
    worksheet = json.loads(visit.coded)
    done = again[0].done_at if again else None
    before = [each for each in rows if done is None or each.at <= done] or rows
    after = [each for each in rows if each.number > before[-1].number]
    return replace(
        unit,
        lines=tuple(line for line, row in enumerate(worksheet["coded"]["interventions"]) if row["status"] == PERFORMED),
        first=_decided(tx, worksheet, before[-1]),
        second=_read_again(worksheet, *again) if again else None,
        adjudicated=_decided(tx, worksheet, after[-1]) if after else None,
    )


def _decided(tx: Transaction, worksheet: dict[str, Any], row: Decision) -> Reading:
    return _reading(worksheet, drafted(worksheet, row.ops, blind=row.blind), (decisions.name_of(tx, row.user_id), row.at), row.id)


def _read_again(worksheet: dict[str, Any], reading: BlindReading, reviewer: str) -> Reading:
    codes = {int(line): code for line, code in (reading.answer or {}).items()}
    draft = drafted(worksheet, reading_operations(codes, reading.minutes or {}), blind=True)
    return _reading(worksheet, draft, (reviewer, reading.done_at or reading.assigned_at))


def _reading(worksheet: dict[str, Any], draft: Draft, by: tuple[str, datetime], decision: int | None = None) -> Reading:
    codes = tuple(each.code if each.status == PERFORMED else NOT_PERFORMED for each in draft.activities)
    return Reading(*by, draft.blind, codes, encounter_of(worksheet, draft), decision)
