"""Budget policies: each step once for each passage."""

import sqlalchemy as sa
from alembic import op

from incidents.store.types import Moment

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "policy_step",
        sa.Column("slo", sa.String(length=160), nullable=False),
        sa.Column("generation", sa.String(length=16), nullable=False),
        sa.Column("step", sa.String(length=120), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("cleared_at", Moment(), nullable=True),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("incident", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["incident"], ["incident.number"], name=op.f("fk_policy_step_incident_incident")
        ),
        sa.PrimaryKeyConstraint("slo", "generation", "step", "at", name=op.f("pk_policy_step")),
    )
    op.create_index(op.f("ix_policy_step_incident"), "policy_step", ["incident"])
    op.create_index(
        "ix_policy_step_one_open",
        "policy_step",
        ["slo", "generation", "step"],
        unique=True,
        sqlite_where=sa.text("cleared_at IS NULL"),
        postgresql_where=sa.text("cleared_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_table("policy_step")
