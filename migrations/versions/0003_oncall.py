"""On-call: overrides and swaps, what feeds planned, what the files said before."""

import sqlalchemy as sa
from alembic import op

from incidents.store.types import Document, Moment

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "oncall_override",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("trade", sa.String(length=36), nullable=False),
        sa.Column("rotation", sa.String(length=80), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("start_at", Moment(), nullable=False),
        sa.Column("end_at", Moment(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("asked", sa.String(length=64), nullable=True),
        sa.Column("made_by", sa.String(length=64), nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("since_at", Moment(), nullable=True),
        sa.Column("ended_at", Moment(), nullable=True),
        sa.Column("ended_by", sa.String(length=64), nullable=True),
        sa.CheckConstraint(
            "state IN ('asked', 'active', 'declined', 'cancelled')",
            name=op.f("ck_oncall_override_state"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_oncall_override")),
    )
    op.create_index(
        op.f("ix_oncall_override_rotation_end_at"), "oncall_override", ["rotation", "end_at"]
    )
    op.create_index(op.f("ix_oncall_override_trade"), "oncall_override", ["trade"])
    op.create_table(
        "oncall_plan",
        sa.Column("rotation", sa.String(length=80), nullable=False),
        sa.Column("start_at", Moment(), nullable=False),
        sa.Column("end_at", Moment(), nullable=False),
        sa.Column("people", Document(), nullable=False),
        sa.PrimaryKeyConstraint("rotation", "start_at", name=op.f("pk_oncall_plan")),
    )
    op.create_table(
        "oncall_feed",
        sa.Column("rotation", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("tried_at", Moment(), nullable=False),
        sa.Column("good_at", Moment(), nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("rotation", name=op.f("pk_oncall_feed")),
    )
    op.create_table(
        "oncall_generation",
        sa.Column("rotation", sa.String(length=80), nullable=False),
        sa.Column("since_at", Moment(), nullable=False),
        sa.Column("definition", Document(), nullable=False),
        sa.PrimaryKeyConstraint("rotation", "since_at", name=op.f("pk_oncall_generation")),
    )


def downgrade() -> None:
    for table in ("oncall_generation", "oncall_feed", "oncall_plan", "oncall_override"):
        op.drop_table(table)
