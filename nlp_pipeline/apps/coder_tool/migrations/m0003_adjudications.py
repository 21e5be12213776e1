"""Minutes of a second reading, and house policies that were made of what an audit's reviewers differed on."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Give a second reading its minutes, and link policies with rulings."""
    op.add_column("blind_readings", sa.Column("minutes", sa.JSON(), nullable=True))
    op.create_table(
        "policy_rulings",
        sa.Column("policy_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("decision_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("line", sa.Integer(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["policy_id"], ["policies.id"]),
        sa.ForeignKeyConstraint(["decision_id"], ["decisions.id"]),
        sa.PrimaryKeyConstraint("policy_id", "decision_id", "line"),
    )
    op.create_index("ix_policy_rulings_decision_id", "policy_rulings", ["decision_id"])
