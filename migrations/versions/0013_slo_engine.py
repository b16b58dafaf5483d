"""The SLO engine: who watches which budgets, packed counts, what was promised."""

import sqlalchemy as sa
from alembic import op

from incidents.store.types import Document, Moment

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "slo_watcher",
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("until", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("owner", name=op.f("pk_slo_watcher")),
    )
    op.create_table(
        "slo_shard",
        sa.Column("shard", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=True),
        sa.Column("until", Moment(), nullable=True),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("shard", name=op.f("pk_slo_shard")),
    )
    op.create_table(
        "slo_snapshot",
        sa.Column("shard", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("head", Document(), nullable=False),
        sa.PrimaryKeyConstraint("shard", name=op.f("pk_slo_snapshot")),
    )
    op.create_table(
        "slo_block",
        sa.Column("shard", sa.Integer(), nullable=False),
        sa.Column("ring", sa.String(length=8), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("packed", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("shard", "ring", "number", name=op.f("pk_slo_block")),
    )
    with op.batch_alter_table("slo_promise") as table:
        table.add_column(sa.Column("measure", sa.String(length=16), nullable=True))
        table.add_column(sa.Column("lasts", sa.String(length=80), nullable=True))
        table.add_column(sa.Column("counts", sa.String(length=24), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("slo_promise") as table:
        for name in ("counts", "lasts", "measure"):
            table.drop_column(name)
    for name in ("slo_block", "slo_snapshot", "slo_shard", "slo_watcher"):
        op.drop_table(name)
