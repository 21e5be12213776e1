"""The visits of an audit's sample: who may see them, and that they stand in no queue but the audit's own."""

from sqlalchemy import ColumnElement, exists, func, select

from nlp_pipeline.apps.coder_tool.database import Transaction
from nlp_pipeline.apps.coder_tool.limits import allowed
from nlp_pipeline.apps.coder_tool.tables import Audit, AuditPlace, Batch, User, Visit

SEE = "audits.read"


def drawn_for_an_audit() -> ColumnElement[bool]:
    """Choose the visits that were drawn for an audit."""
    return exists().where(AuditPlace.visit_id == Visit.id)


def drawn_to_be_read_twice() -> ColumnElement[bool]:
    """Choose the visits of an audit that a second reviewer judges too."""
    return exists().where(AuditPlace.visit_id == Visit.id, AuditPlace.second_review.is_(True))


def may_see(who: User) -> bool:
    """Say whether someone may see the visits of audits."""
    return SEE in allowed(who.roles.split())


def closed_to(tx: Transaction, who: User, visit: Visit) -> bool:
    """Say whether a visit belongs to an audit that is none of someone's business."""
    return not may_see(who) and place_of(tx, visit) is not None


def place_of(tx: Transaction, visit: Visit) -> AuditPlace | None:
    """Give a visit's place in an audit's sample."""
    return tx.session.get(AuditPlace, visit.id)


def audit_of(tx: Transaction, visit: Visit) -> Audit | None:
    """Give the audit that a visit was drawn for."""
    place = place_of(tx, visit)
    return tx.session.get_one(Audit, place.audit_id) if place else None


def queues(tx: Transaction) -> list[tuple[str, str]]:
    """List the audits, the newest first: the key of the batch that is its queue, and what it is called."""
    counted = select(AuditPlace.audit_id, func.count().label("visits")).group_by(AuditPlace.audit_id).subquery()
    rows = select(Batch.key, Audit.name, Audit.review, counted.c.visits).join(Batch, Batch.id == Audit.batch_id).join(counted, counted.c.audit_id == Audit.id)
    return [(key, f"{name}, {review}, {visits} drawn") for key, name, review, visits in tx.session.execute(rows.order_by(Audit.id.desc()))]
