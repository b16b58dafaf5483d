"""The gate: waivers that two people agreed to, until when, and why."""

import sqlalchemy as sa
from alembic import op

from incidents.store.types import Moment

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "gate_waiver",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("service", sa.String(length=80), nullable=False),
        sa.Column("change", sa.String(length=300), nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.String(length=64), nullable=False),
        sa.Column("asked_at", Moment(), nullable=False),
        sa.Column("told", sa.String(length=64), nullable=True),
        sa.Column("until_at", Moment(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("decided_by", sa.String(length=64), nullable=True),
        sa.Column("decided_at", Moment(), nullable=True),
        sa.Column("ended_by", sa.String(length=64), nullable=True),
        sa.Column("ended_at", Moment(), nullable=True),
        sa.CheckConstraint(
            "state IN ('asked', 'active', 'declined', 'lapsed', 'revoked', 'expired')",
            name=op.f("ck_gate_waiver_state"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gate_waiver")),
    )
    op.create_index(op.f("ix_gate_waiver_service_until_at"), "gate_waiver", ["service", "until_at"])


def downgrade() -> None:
    op.drop_table("gate_waiver")
