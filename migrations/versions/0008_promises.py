"""Promises: what the target of each SLO was, and since when."""

import sqlalchemy as sa
from alembic import op

from incidents.store.types import Moment

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "slo_promise",
        sa.Column("slo", sa.String(length=160), nullable=False),
        sa.Column("since_at", Moment(), nullable=False),
        sa.Column("generation", sa.String(length=16), nullable=False),
        sa.Column("target", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("slo", "since_at", name=op.f("pk_slo_promise")),
    )


def downgrade() -> None:
    op.drop_table("slo_promise")
