"""The first tables, and the locks that keep the log and the decisions as they were written."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

START = "0" * 64

# A migration is history: what stands here is what the tables were, whatever the code has become since.
MOMENT = sa.DateTime(timezone=True)

TABLES: dict[str, tuple[sa.schema.SchemaItem, ...]] = {
    "log": (
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.String(length=40), nullable=False),
        sa.Column("who", sa.String(length=80), nullable=True),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=80), nullable=True),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("seal", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    ),
    "log_head": (
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("seal", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    ),
    "settings": (
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    ),
    "users": (
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("roles", sa.String(length=80), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=True),
        sa.Column("second_factor", sa.String(length=200), nullable=True),
        sa.Column("last_code_step", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("locked_until", MOMENT, nullable=True),
        sa.Column("openid_subject", sa.String(length=300), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
        sa.UniqueConstraint("name"),
        sa.UniqueConstraint("openid_subject"),
    ),
    "batches": (
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("added_by", sa.Integer(), nullable=True),
        sa.Column("added_at", MOMENT, nullable=False),
        sa.Column("rejected", sa.JSON(), nullable=False),
        sa.Column("reading", sa.Boolean(), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["added_by"], ["users.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
    ),
    "invitations": (
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("roles", sa.String(length=80), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("ends_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"]),
        sa.PrimaryKeyConstraint("digest"),
    ),
    "policies": (
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("citation", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
        sa.UniqueConstraint("name", "version"),
    ),
    "sessions": (
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("stage", sa.String(length=10), nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.Column("ends_at", MOMENT, nullable=False),
        sa.Column("revoked_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"]),
        sa.PrimaryKeyConstraint("digest"),
    ),
    "tokens": (
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(length=80), nullable=False),
        sa.Column("scopes", sa.String(length=300), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("ends_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.Column("revoked_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("digest"),
        sa.UniqueConstraint("key"),
    ),
    "visits": (
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("note_id", sa.String(length=400), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("payer", sa.String(length=200), nullable=True),
        sa.Column("discipline", sa.String(length=80), nullable=True),
        sa.Column("patient", sa.String(length=200), nullable=True),
        sa.Column("therapist", sa.String(length=200), nullable=True),
        sa.Column("clinic", sa.String(length=200), nullable=True),
        sa.Column("coded", sa.Text(), nullable=True),
        sa.Column("trouble", sa.String(length=200), nullable=True),
        sa.Column("model", sa.String(length=80), nullable=True),
        sa.Column("rules", sa.String(length=40), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("hardness", sa.Float(), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=True),
        sa.Column("codes", sa.String(length=400), nullable=False),
        sa.Column("findings", sa.Text(), nullable=False),
        sa.Column("blind", sa.Boolean(), nullable=True),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.Column("reserved_by", sa.Integer(), nullable=True),
        sa.Column("reserved_until", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.id"]),
        sa.ForeignKeyConstraint(["decided_by"], ["users.id"]),
        sa.ForeignKeyConstraint(["reserved_by"], ["users.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("batch_id", "note_id"),
        sa.UniqueConstraint("key"),
    ),
    "blind_readings": (
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("visit_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("part", sa.String(length=10), nullable=False),
        sa.Column("share", sa.Float(), nullable=False),
        sa.Column("seed", sa.String(length=64), nullable=False),
        sa.Column("assigned_at", MOMENT, nullable=False),
        sa.Column("answer", sa.JSON(), nullable=True),
        sa.Column("done_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"]),
        sa.ForeignKeyConstraint(["visit_id"], ["visits.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("visit_id", "user_id"),
    ),
    "decisions": (
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("visit_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("ops", sa.JSON(), nullable=False),
        sa.Column("answer", sa.JSON(), nullable=False),
        sa.Column("suggested", sa.String(length=64), nullable=False),
        sa.Column("model", sa.String(length=80), nullable=True),
        sa.Column("rules", sa.String(length=40), nullable=True),
        sa.Column("blind", sa.Boolean(), nullable=False),
        sa.Column("milliseconds", sa.Integer(), nullable=True),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("undoes", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["undoes"], ["decisions.id"]),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"]),
        sa.ForeignKeyConstraint(["visit_id"], ["visits.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("undoes"),
        sa.UniqueConstraint("visit_id", "number"),
    ),
}

INDEXES = (
    ("ix_log_action", "log", ["action"]),
    ("ix_log_subject", "log", ["subject"]),
    ("ix_policies_name", "policies", ["name"]),
    ("ix_sessions_user_id", "sessions", ["user_id"]),
    ("ix_tokens_user_id", "tokens", ["user_id"]),
    ("ix_visits_batch_id", "visits", ["batch_id"]),
    ("ix_visits_day", "visits", ["day"]),
    ("ix_visits_patient", "visits", ["patient"]),
    ("ix_visits_payer", "visits", ["payer"]),
    ("ix_visits_therapist", "visits", ["therapist"]),
    ("visits_order", "visits", ["state", "hardness", "id"]),
    ("ix_blind_readings_user_id", "blind_readings", ["user_id"]),
    ("ix_blind_readings_visit_id", "blind_readings", ["visit_id"]),
    ("ix_decisions_user_id", "decisions", ["user_id"]),
    ("ix_decisions_visit_id", "decisions", ["visit_id"]),
)

KEPT = ("log", "decisions")
SQLITE = "CREATE TRIGGER {table}_{verb} BEFORE {verb} ON {table} BEGIN SELECT RAISE(ABORT, 'what was written stays'); END"
POSTGRES_FUNCTION = "CREATE FUNCTION stays() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'what was written stays'; END $$"
POSTGRES = "CREATE TRIGGER {table}_{verb} BEFORE {verb} ON {table} FOR EACH STATEMENT EXECUTE FUNCTION stays()"


def upgrade() -> None:
    """Make the tables, begin the log, and lock what only grows."""
    for name, items in TABLES.items():
        op.create_table(name, *items)
    for name, table, columns in INDEXES:
        op.create_index(name, table, columns)
    op.execute(f"INSERT INTO log_head (id, number, seal) VALUES (1, 0, '{START}')")
    on_postgres = op.get_bind().dialect.name == "postgresql"
    if on_postgres:
        op.execute(POSTGRES_FUNCTION)
    for table in KEPT:
        for verb in ("UPDATE", "DELETE", *(("TRUNCATE",) if on_postgres else ())):
            op.execute((POSTGRES if on_postgres else SQLITE).format(table=table, verb=verb))
