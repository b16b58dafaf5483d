"""Shared limits, replicas, deliveries that wait, private incidents, sealed audit."""

import sqlalchemy as sa
from alembic import op

from incidents.store.types import Document, Moment

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# Columns of tables that may hold rows: added with a value for those, which nobody relies on later.
FILLED = (
    ("incident", "is_private", sa.Boolean(), sa.false()),
    ("effect", "rank", sa.SmallInteger(), "3"),
    ("person", "is_guest", sa.Boolean(), sa.false()),
    ("person", "is_admin", sa.Boolean(), sa.false()),
)
EMPTY = (
    ("incident", "seen_ts", sa.String(length=32)),
    ("audit", "key", sa.String(length=16)),
    ("token", "used_at", Moment()),
    ("token", "source", sa.String(length=40)),
    ("token", "services", Document()),
)


def upgrade() -> None:
    if is_postgresql():
        op.execute(sa.schema.CreateSequence(sa.Sequence("delivery_number")))
    op.create_table(
        "delivery",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("headers", Document(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("received_at", Moment(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("settled_at", Moment(), nullable=True),
        sa.CheckConstraint("state IN ('waiting', 'done', 'dead')", name=op.f("ck_delivery_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
    )
    op.create_index(op.f("ix_delivery_state_seq"), "delivery", ["state", "seq"])
    op.create_table(
        "hook_source",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("seen_at", Moment(), nullable=False),
        sa.Column("silent_since", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_hook_source")),
    )
    op.create_table(
        "replica",
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("host", sa.String(length=120), nullable=False),
        sa.Column("boot", sa.String(length=64), nullable=False),
        sa.Column("version", sa.String(length=40), nullable=False),
        sa.Column("skew", sa.BigInteger(), nullable=False),
        sa.Column("started_at", Moment(), nullable=False),
        sa.Column("seen_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("owner", name=op.f("pk_replica")),
    )
    op.create_table(
        "insider",
        sa.Column("incident", sa.Integer(), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("added_by", sa.String(length=64), nullable=False),
        sa.Column("added_at", Moment(), nullable=False),
        sa.Column("until", Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["incident"], ["incident.number"], name=op.f("fk_insider_incident_incident")
        ),
        sa.PrimaryKeyConstraint("incident", "person", name=op.f("pk_insider")),
    )
    make_bucket(
        sa.Column("tokens", sa.Float(), nullable=False),
        sa.Column("filled_at", Moment(), nullable=False),
    )
    for table, name, kind, value in FILLED:
        op.add_column(table, sa.Column(name, kind, nullable=False, server_default=value))
        if is_postgresql():
            op.alter_column(table, name, server_default=None)
    for table, name, kind in EMPTY:
        op.add_column(table, sa.Column(name, kind, nullable=True))


def downgrade() -> None:
    for table, name, *_ in reversed((*FILLED, *EMPTY)):
        op.drop_column(table, name)
    make_bucket()
    for table in ("insider", "replica", "hook_source", "delivery"):
        op.drop_table(table)
    if is_postgresql():
        op.execute(sa.schema.DropSequence(sa.Sequence("delivery_number")))


def make_bucket(*more):
    """Nobody wrote to it before, and what it holds is worth nothing after a minute."""
    op.drop_table("bucket")
    op.create_table(
        "bucket",
        sa.Column("name", sa.String(length=120), nullable=False),
        *more,
        sa.Column("blocked_until", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_bucket")),
    )


def is_postgresql():
    return op.get_bind().dialect.name == "postgresql"
