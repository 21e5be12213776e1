"""Visits in the store: put in order, found, opened and reserved for whoever looks at them."""

from collections.abc import Collection, Sequence
from dataclasses import astuple, dataclass, replace
from datetime import timedelta
from typing import Any, Literal

from sqlalchemy import Select, and_, false, func, or_, select, update

from nlp_pipeline.apps.coder_tool import audit_places, blind
from nlp_pipeline.apps.coder_tool.database import Transaction
from nlp_pipeline.apps.coder_tool.limits import Limits, allowed
from nlp_pipeline.apps.coder_tool.tables import Batch, User, Visit
from nlp_pipeline.records.note import Note

Order = Literal["hardest", "oldest"]
SETTLED = ("decided", "flagged", "queried")
SHOWN = ("open", "skipped", *SETTLED)


@dataclass(frozen=True, slots=True)
class Filters:
    """Which visits are meant; what is not said leaves all in. `words` are looked for in the note and its id.

    The visits of an audit stand in the queue of its batch alone, for those for whom `audits` is true.
    """

    therapist: str | None = None
    payer: str | None = None
    code: str | None = None
    finding: str | None = None
    least_confidence: float | None = None
    most_confidence: float | None = None
    words: str | None = None
    state: str | None = None
    batch: str | None = None
    audits: bool = False


@dataclass(frozen=True, slots=True)
class Opened:
    """A visit as someone opens it, and the same patient's visit before, for what was carried forward."""

    visit: Visit
    earlier: Visit | None


def add_batch(tx: Transaction, source: str, who: User | None, *, urgent: bool = False) -> Batch:
    """Begin a batch of notes; an urgent one is a single note that someone waits for."""
    batch = Batch(source=source[:200], added_by=who.id if who else None, added_at=tx.now, urgent=urgent, rejected=[], reading=not urgent)
    tx.session.add(batch)
    tx.session.flush()
    tx.log("batch.added", who, batch.key, {"urgent": urgent})
    return batch


def add(tx: Transaction, batch: Batch, notes: Sequence[Note]) -> list[Visit]:
    """Take notes in; they wait to be coded."""
    rows = [
        Visit(
            batch_id=batch.id,
            note_id=_kept(note.id, Visit.note_id),
            text=note.text.replace("\0", " "),  # PostgreSQL keeps no such sign; every place in the text stays where it was
            day=note.date_of_service,
            payer=_kept(note.payer, Visit.payer),
            discipline=_kept(note.discipline, Visit.discipline),
            patient=_kept(note.patient, Visit.patient),
            therapist=_kept(note.therapist, Visit.therapist),
            clinic=_kept(note.clinic, Visit.clinic),
        )
        for note in notes
    ]
    tx.session.add_all(rows)
    tx.session.flush()
    tx.log("visits.added", None, batch.key, {"visits": len(rows)})
    return rows


def note_of(visit: Visit) -> Note:
    """Give a visit's note as it came in."""
    return Note(visit.note_id, visit.text, visit.day, visit.payer, visit.discipline, patient=visit.patient, therapist=visit.therapist, clinic=visit.clinic)


def get(tx: Transaction, key: str) -> Visit | None:
    """Find a visit by its key."""
    return tx.session.scalar(select(Visit).where(Visit.key == key))


def open_visit(tx: Transaction, who: User, key: str, *, ahead: bool = False) -> Opened | None:
    """Open a visit for someone: it is reserved for whoever may decide, and the log tells that it was seen, or fetched ahead."""
    visit = get(tx, key)
    if visit is None or visit.state not in SHOWN or audit_places.closed_to(tx, who, visit):
        return None
    blind.drawn(tx, visit)
    free = visit.reserved_until is None or visit.reserved_until < tx.now or visit.reserved_by == who.id
    if free and visit.state not in SETTLED and "decide" in allowed(who.roles.split()):
        visit.reserved_by, visit.reserved_until = who.id, tx.now + _reservation()
    tx.log("visit.fetched" if ahead else "visit.viewed", who, visit.key, {"version": visit.version, "blind": visit.blind})
    return Opened(visit, earlier_visit(tx, visit))


def next_visit(tx: Transaction, who: User, filters: Filters, order: Order = "hardest", beyond: Collection[str] = ()) -> Visit | None:
    """Find the next visit for someone and reserve it, so that two coders are not given the same one."""
    filters = replace(filters, state=filters.state or "open", audits=audit_places.may_see(who))
    free = or_(Visit.reserved_until.is_(None), Visit.reserved_until < tx.now, Visit.reserved_by == who.id)
    chosen = _ordered(_chosen(filters).where(free), filters, order)
    if beyond:
        chosen = chosen.where(Visit.key.not_in(beyond))
    visit = tx.session.scalar(chosen.limit(1).with_for_update(skip_locked=True, of=Visit))
    if visit is not None:
        visit.reserved_by, visit.reserved_until = who.id, tx.now + _reservation()
        tx.session.flush()
    return visit


def release(tx: Transaction, who: User) -> None:
    """Give back what someone has reserved."""
    tx.session.execute(update(Visit).where(Visit.reserved_by == who.id).values(reserved_by=None, reserved_until=None))


def queue(tx: Transaction, filters: Filters, order: Order = "hardest", limit: int = 50, offset: int = 0) -> list[Visit]:
    """List the visits of a queue, a page at a time."""
    return list(tx.session.scalars(_ordered(_chosen(filters), filters, order).limit(limit).offset(offset)))


def count(tx: Transaction, filters: Filters) -> int:
    """Count the visits of a queue."""
    return tx.session.scalar(select(func.count()).select_from(_chosen(filters).subquery())) or 0


def states(tx: Transaction) -> dict[str, int]:
    """Count visits by their state."""
    return {row[0]: row[1] for row in tx.session.execute(select(Visit.state, func.count()).where(~audit_places.drawn_for_an_audit()).group_by(Visit.state))}


def facets(tx: Transaction) -> dict[str, list[str]]:
    """List what can be filtered by: the therapists, payers, codes and findings that there are."""
    shown = and_(Visit.state.in_(SHOWN), ~audit_places.drawn_for_an_audit())
    found: dict[str, list[str]] = {}
    for name, column in (("therapist", Visit.therapist), ("payer", Visit.payer)):
        found[name] = sorted(each for each in tx.session.scalars(select(column).where(shown).distinct()) if each)
    for name, words in (("code", Visit.codes), ("finding", Visit.findings)):
        found[name] = sorted({each for told in tx.session.scalars(select(words).where(shown).distinct()) for each in told.split()})
    return found


def batch_progress(tx: Transaction, key: str) -> dict[str, Any] | None:
    """Tell how far a batch is: notes by state, rejected rows, whether its inputs are still being read."""
    batch = tx.session.scalar(select(Batch).where(Batch.key == key))
    if batch is None:
        return None
    rows = tx.session.execute(select(Visit.state, func.count()).where(Visit.batch_id == batch.id).group_by(Visit.state))
    by_state = {row[0]: row[1] for row in rows}
    waiting = by_state.get("waiting", 0)
    return {
        "batch": batch.key,
        "source": batch.source,
        "reading": batch.reading,
        "waiting": waiting,
        "failed": by_state.get("failed", 0),
        "coded": sum(by_state.values()) - waiting - by_state.get("failed", 0),
        "rejected": list(batch.rejected),
        "done": not batch.reading and not waiting,
    }


def earlier_visit(tx: Transaction, visit: Visit) -> Visit | None:
    """Find the same patient's visit before."""
    if visit.patient is None or visit.day is None:
        return None
    same = select(Visit).where(Visit.patient == visit.patient, Visit.day < visit.day, Visit.id != visit.id)
    return tx.session.scalar(same.order_by(Visit.day.desc(), Visit.id.desc()).limit(1))


def _kept(words: str | None, column: Any) -> str | None:
    """Cut words to what a column holds."""
    return None if words is None else words.replace("\0", " ")[: column.type.length]


def _chosen(filters: Filters) -> Select[Visit]:
    """Choose by filters; a word with a sign that no database keeps finds nothing."""
    if any("\0" in each for each in astuple(filters) if isinstance(each, str)):
        return select(Visit).where(false())
    told = [
        *(() if filters.batch and filters.audits else (~audit_places.drawn_for_an_audit(),)),
        Visit.state == filters.state if filters.state else Visit.state.in_(SHOWN),
        *([Visit.therapist == filters.therapist] if filters.therapist else ()),
        *([Visit.payer == filters.payer] if filters.payer else ()),
        *([Visit.codes.contains(f" {filters.code} ", autoescape=True)] if filters.code else ()),
        *([Visit.findings.contains(f" {filters.finding} ", autoescape=True)] if filters.finding else ()),
        *([Visit.confidence >= filters.least_confidence] if filters.least_confidence is not None else ()),
        *([Visit.confidence <= filters.most_confidence] if filters.most_confidence is not None else ()),
    ]
    for word in (filters.words or "").split():
        told.append(or_(Visit.text.icontains(word, autoescape=True), Visit.note_id.icontains(word, autoescape=True)))
    chosen = select(Visit).where(and_(*told))
    return chosen.join(Batch, Batch.id == Visit.batch_id).where(Batch.key == filters.batch) if filters.batch else chosen


def _ordered(chosen: Select[Visit], filters: Filters, order: Order) -> Select[Visit]:
    if filters.batch and filters.audits:
        return chosen.order_by(Visit.id)  # in the order of the draw: which visit is hard would tell of the engine
    if order == "oldest":
        return chosen.order_by(Visit.day.asc().nulls_last(), Visit.id)
    return chosen.order_by(Visit.hardness.desc(), Visit.id)


def _reservation() -> timedelta:
    return Limits.load().reservation
