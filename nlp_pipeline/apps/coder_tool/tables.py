"""The tables of the coder tool, the same on SQLite and on PostgreSQL."""

import secrets
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import JSON, Boolean, Date, DateTime, Float, ForeignKey, Index, Integer, String, Text, TypeDecorator, UniqueConstraint
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

KEY_BYTES = 8


def new_key() -> str:
    """Draw a name that says nothing of what it names, for addresses."""
    return secrets.token_hex(KEY_BYTES)


class Moment(TypeDecorator[datetime]):
    """A moment with its time zone; a database that keeps none is given UTC and read as UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Bring a moment to UTC."""
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Read a moment as UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Table(DeclarativeBase):
    """What every table is made from."""

    type_annotation_map = {datetime: Moment, dict[str, Any]: JSON, list[Any]: JSON, date: Date}  # noqa: RUF012 - SQLAlchemy reads it so


class User(Table):
    """A person with an account; `roles` are words with a blank between. The secret of the second factor is kept encrypted."""

    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(32), unique=True, default=new_key)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    roles: Mapped[str] = mapped_column(String(80))
    password_hash: Mapped[str | None] = mapped_column(String(200))
    second_factor: Mapped[str | None] = mapped_column(String(200))
    last_code_step: Mapped[int] = mapped_column(Integer, default=0)
    failures: Mapped[int] = mapped_column(Integer, default=0)
    locked_until: Mapped[datetime | None]
    openid_subject: Mapped[str | None] = mapped_column(String(300), unique=True)
    active: Mapped[bool] = mapped_column(Boolean, default=True)
    created_at: Mapped[datetime]


class SignIn(Table):
    """A session; what the browser holds is a token of which only the digest is kept here. `stage` is code, open or locked."""

    __tablename__ = "sessions"
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    stage: Mapped[str] = mapped_column(String(10))
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class Invitation(Table):
    """A link that works once: to make an account, or to set its password and second factor anew."""

    __tablename__ = "invitations"
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    roles: Mapped[str] = mapped_column(String(80))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    ends_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Batch(Table):
    """Notes that came in together, and how far they are coded."""

    __tablename__ = "batches"
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(32), unique=True, default=new_key)
    source: Mapped[str] = mapped_column(String(200))
    added_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    added_at: Mapped[datetime]
    rejected: Mapped[list[Any]] = mapped_column(default=list)
    reading: Mapped[bool] = mapped_column(Boolean, default=True)
    urgent: Mapped[bool] = mapped_column(Boolean, default=False)  # someone waits for it: it is coded first


class Visit(Table):
    """A visit: its note, what was suggested, and what is needed to put it in order. `coded` is never changed once a coder can see it."""

    __tablename__ = "visits"
    __table_args__ = (Index("visits_order", "state", "hardness", "id"), UniqueConstraint("batch_id", "note_id"))
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(32), unique=True, default=new_key)
    batch_id: Mapped[int] = mapped_column(ForeignKey("batches.id"), index=True)
    note_id: Mapped[str] = mapped_column(String(400))
    text: Mapped[str] = mapped_column(Text)
    day: Mapped[date | None] = mapped_column(index=True)
    payer: Mapped[str | None] = mapped_column(String(200), index=True)
    discipline: Mapped[str | None] = mapped_column(String(80))
    patient: Mapped[str | None] = mapped_column(String(200), index=True)
    therapist: Mapped[str | None] = mapped_column(String(200), index=True)
    clinic: Mapped[str | None] = mapped_column(String(200))
    coded: Mapped[str | None] = mapped_column(Text)
    trouble: Mapped[str | None] = mapped_column(String(200))
    model: Mapped[str | None] = mapped_column(String(80))
    rules: Mapped[str | None] = mapped_column(String(40))
    state: Mapped[str] = mapped_column(String(10), default="waiting")  # waiting, failed, open, decided, flagged, queried, skipped
    version: Mapped[int] = mapped_column(Integer, default=0)
    hardness: Mapped[float] = mapped_column(Float, default=0.0)
    confidence: Mapped[float | None] = mapped_column(Float)
    codes: Mapped[str] = mapped_column(String(400), default="")  # " 97110 97112 ": looked for with a blank on both sides
    findings: Mapped[str] = mapped_column(Text, default="")
    blind: Mapped[bool | None] = mapped_column(Boolean)
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime | None]
    reserved_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    reserved_until: Mapped[datetime | None]


class Decision(Table):
    """One decision about a visit, never changed; one that is undone stays, and a row that undoes it follows."""

    __tablename__ = "decisions"
    __table_args__ = (UniqueConstraint("visit_id", "number"), UniqueConstraint("undoes"))
    id: Mapped[int] = mapped_column(primary_key=True)
    visit_id: Mapped[int] = mapped_column(ForeignKey("visits.id"), index=True)
    number: Mapped[int] = mapped_column(Integer)
    verdict: Mapped[str] = mapped_column(String(12))  # accepted, changed, flagged, queried, skipped, undone
    reason: Mapped[str | None] = mapped_column(Text)
    ops: Mapped[list[Any]] = mapped_column(default=list)
    answer: Mapped[dict[str, Any]] = mapped_column(default=dict)
    suggested: Mapped[str] = mapped_column(String(64))  # digest of what was suggested
    model: Mapped[str | None] = mapped_column(String(80))
    rules: Mapped[str | None] = mapped_column(String(40))
    blind: Mapped[bool] = mapped_column(Boolean, default=False)
    milliseconds: Mapped[int | None] = mapped_column(Integer)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    at: Mapped[datetime]
    undoes: Mapped[int | None] = mapped_column(ForeignKey("decisions.id"))


class LogEntry(Table):
    """One line of the audit log; `seal` binds it to all lines before it. It never holds words of a note."""

    __tablename__ = "log"
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[str] = mapped_column(String(40))
    who: Mapped[str | None] = mapped_column(String(80))
    action: Mapped[str] = mapped_column(String(40), index=True)
    subject: Mapped[str | None] = mapped_column(String(80), index=True)
    details: Mapped[str] = mapped_column(Text)
    seal: Mapped[str] = mapped_column(String(64))


class LogHead(Table):
    """Where the log ends; to write a line is to hold this row, so that lines follow one another."""

    __tablename__ = "log_head"
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(Integer)
    seal: Mapped[str] = mapped_column(String(64))


class Policy(Table):
    """One version of a house policy; `state` is draft, in force or retired."""

    __tablename__ = "policies"
    __table_args__ = (UniqueConstraint("name", "version"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(32), unique=True, default=new_key)
    name: Mapped[str] = mapped_column(String(80), index=True)
    version: Mapped[int] = mapped_column(Integer, default=1)
    since: Mapped[date]
    until: Mapped[date | None]
    body: Mapped[dict[str, Any]]
    citation: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(10), default="draft")
    created_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]


class Token(Table):
    """A token for programs; only its digest is kept. `scopes` are permissions with a blank between."""

    __tablename__ = "tokens"
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(32), unique=True, default=new_key)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    label: Mapped[str] = mapped_column(String(80))
    scopes: Mapped[str] = mapped_column(String(300))
    created_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class BlindReading(Table):
    """A visit that someone codes without seeing the suggestion; `part` is first or second reader. `minutes` are those typed, by code."""

    __tablename__ = "blind_readings"
    __table_args__ = (UniqueConstraint("visit_id", "user_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    visit_id: Mapped[int] = mapped_column(ForeignKey("visits.id"), index=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    part: Mapped[str] = mapped_column(String(10))
    share: Mapped[float] = mapped_column(Float)
    seed: Mapped[str] = mapped_column(String(64))
    assigned_at: Mapped[datetime]
    answer: Mapped[dict[str, Any] | None]
    minutes: Mapped[dict[str, Any] | None]
    done_at: Mapped[datetime | None]


class Audit(Table):
    """The sample of an audit, as a queue: `mark` names it by its frame and its seed; `review` is blind or assisted."""

    __tablename__ = "audits"
    id: Mapped[int] = mapped_column(primary_key=True)
    mark: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    batch_id: Mapped[int] = mapped_column(ForeignKey("batches.id"), unique=True)
    review: Mapped[str] = mapped_column(String(10))
    second_share: Mapped[float] = mapped_column(Float)
    seed: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime]


class AuditPlace(Table):
    """That a visit was drawn for an audit: as which unit, at which place of its stratum, by which number of the frame."""

    __tablename__ = "audit_places"
    visit_id: Mapped[int] = mapped_column(ForeignKey("visits.id"), primary_key=True, autoincrement=False)
    audit_id: Mapped[int] = mapped_column(ForeignKey("audits.id"), index=True)
    unit: Mapped[str] = mapped_column(Text)
    stratum: Mapped[str] = mapped_column(Text)
    place: Mapped[int] = mapped_column(Integer)
    number: Mapped[int] = mapped_column(Integer)
    second_review: Mapped[bool] = mapped_column(Boolean, default=False)


class PolicyRuling(Table):
    """That a version of a policy was made of a ruling: of which decision in an audit, about which activity of the visit."""

    __tablename__ = "policy_rulings"
    policy_id: Mapped[int] = mapped_column(ForeignKey("policies.id"), primary_key=True, autoincrement=False)
    decision_id: Mapped[int] = mapped_column(ForeignKey("decisions.id"), primary_key=True, autoincrement=False, index=True)
    line: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)


class Setting(Table):
    """A choice of the team: the share of blind visits, say."""

    __tablename__ = "settings"
    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    value: Mapped[dict[str, Any]]
