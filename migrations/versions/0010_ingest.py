"""Counts come in by the ten thousand: numbers seen as runs, and a journal of packed commits."""

from itertools import islice
from typing import Any

import sqlalchemy as sa
from alembic import op

from incidents.store.types import Moment

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_MANY = 5_000


def upgrade() -> None:
    op.create_table(
        "sli_journal",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("received_at", Moment(), nullable=False),
        sa.Column("cells", sa.Text(), nullable=False),
        sa.Column("waiting", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_sli_journal")),
    )
    op.create_index(op.f("ix_sli_journal_received_at"), "sli_journal", ["received_at"])
    op.create_index(
        "ix_sli_journal_waiting",
        "sli_journal",
        ["seq"],
        sqlite_where=sa.text("waiting IS NOT NULL"),
        postgresql_where=sa.text("waiting IS NOT NULL"),
    )
    op.create_table(
        "sli_counter",
        sa.Column("source", sa.String(length=120), nullable=False),
        sa.Column("series", sa.String(length=200), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("good", sa.BigInteger(), nullable=False),
        sa.Column("bad", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("source", "series", name=op.f("pk_sli_counter")),
    )
    op.create_index(op.f("ix_sli_counter_at"), "sli_counter", ["at"])
    # An older program that still runs would count again what it cannot see: now it fails instead.
    op.drop_table("sli_sample")
    with op.batch_alter_table("sli_batch_seen") as batch_op:
        batch_op.add_column(sa.Column("last", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    connection = op.get_bind()
    _sort_in(connection)
    _one_by_one(connection)
    with op.batch_alter_table("sli_batch_seen") as batch_op:
        batch_op.drop_column("last")
    op.create_table(
        "sli_sample",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("slo", sa.String(length=160), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("good", sa.BigInteger(), nullable=False),
        sa.Column("bad", sa.BigInteger(), nullable=False),
        sa.Column("received_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_sli_sample")),
    )
    op.create_index(op.f("ix_sli_sample_received_at"), "sli_sample", ["received_at"])
    op.drop_table("sli_journal")
    op.drop_table("sli_counter")


def _sort_in(connection: sa.Connection) -> None:
    """What waits belongs into the buckets, which are all that the older program knows."""
    from incidents.store import sli_journal  # noqa: PLC0415 (only here, and only if it is needed)

    sli_journal.sort_in(connection)


def _one_by_one(connection: sa.Connection) -> None:
    """A row for each number, as it was before there were runs."""
    seen = sa.table(
        "sli_batch_seen", *(sa.column(name) for name in ("source", "seq", "at", "last"))
    )
    runs = connection.execute(sa.select(seen).where(seen.c.last > seen.c.seq)).all()
    rows = (
        {"source": run.source, "seq": seq, "at": run.at, "last": None}
        for run in runs
        for seq in range(run.seq + 1, run.last + 1)
    )
    while some := _some(rows):
        connection.execute(seen.insert(), some)


def _some(rows: Any) -> list[dict[str, Any]]:
    return list(islice(rows, _MANY))
