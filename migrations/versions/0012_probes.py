"""Probes: the last slot and finding of each, and promises that disagree."""

import sqlalchemy as sa
from alembic import op

from incidents.store.types import Moment

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "probe",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("place", sa.String(length=40), nullable=False),
        sa.Column("slot", sa.BigInteger(), nullable=False),
        sa.Column("at", Moment(), nullable=True),
        sa.Column("outcome", sa.String(length=16), nullable=True),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("is_counted", sa.Boolean(), nullable=False),
        sa.Column("blind_since", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("name", "place", name=op.f("pk_probe")),
    )
    op.create_table(
        "contrast",
        sa.Column("synthetic", sa.String(length=160), nullable=False),
        sa.Column("real", sa.String(length=160), nullable=False),
        sa.Column("since", Moment(), nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("synthetic", "real", name=op.f("pk_contrast")),
    )


def downgrade() -> None:
    for table in ("contrast", "probe"):
        op.drop_table(table)
