"""Windows that are not in files, what they muted, and what does not count for budgets."""

import sqlalchemy as sa
from alembic import op

from incidents.store.types import Document, Moment

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "service_window",
        sa.Column("id", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("scope", Document(), nullable=False),
        sa.Column("start_at", Moment(), nullable=False),
        sa.Column("end_at", Moment(), nullable=False),
        sa.Column("repeats", Document(), nullable=True),
        sa.Column("excludes", sa.Boolean(), nullable=False),
        sa.Column("sensitivity", sa.String(length=24), nullable=True),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("origin", sa.String(length=200), nullable=True),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("made_by", sa.String(length=64), nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
        sa.Column("ended_at", Moment(), nullable=True),
        sa.Column("ended_by", sa.String(length=64), nullable=True),
        sa.CheckConstraint(
            "kind IN ('maintenance', 'freeze', 'peak', 'marketing')",
            name=op.f("ck_service_window_kind"),
        ),
        sa.CheckConstraint(
            "source IN ('file', 'calendar', 'vendor', 'hand')",
            name=op.f("ck_service_window_source"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_window")),
        sa.UniqueConstraint("origin", name=op.f("uq_service_window_origin")),
    )
    op.create_index(
        op.f("ix_service_window_ended_at_end_at"), "service_window", ["ended_at", "end_at"]
    )
    op.create_table(
        "suppression",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("slo", sa.String(length=160), nullable=False),
        sa.Column("window_id", sa.String(length=80), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("start_at", Moment(), nullable=False),
        sa.Column("end_at", Moment(), nullable=False),
        sa.Column("loudness", sa.String(length=8), nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("opened_at", Moment(), nullable=False),
        sa.Column("closed_at", Moment(), nullable=True),
        sa.Column("became", sa.String(length=16), nullable=False),
        sa.CheckConstraint(
            "loudness IN ('quiet', 'ticket', 'page')", name=op.f("ck_suppression_loudness")
        ),
        sa.CheckConstraint(
            "became IN ('muted', 'alert', 'calm')", name=op.f("ck_suppression_became")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suppression")),
    )
    op.create_index(op.f("ix_suppression_slo_opened_at"), "suppression", ["slo", "opened_at"])
    op.create_index(
        "ix_suppression_one_open",
        "suppression",
        ["slo"],
        unique=True,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_table(
        "exclusion",
        sa.Column("id", sa.String(length=110), nullable=False),
        sa.Column("about", sa.String(length=170), nullable=False),
        sa.Column("start_at", Moment(), nullable=False),
        sa.Column("end_at", Moment(), nullable=False),
        sa.Column("category", sa.String(length=16), nullable=False),
        sa.Column("window_id", sa.String(length=80), nullable=True),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("made_by", sa.String(length=64), nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
        sa.Column("lifted_at", Moment(), nullable=True),
        sa.Column("lifted_by", sa.String(length=64), nullable=True),
        sa.Column("lifted_because", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", "about", name=op.f("pk_exclusion")),
    )
    op.create_index(op.f("ix_exclusion_end_at"), "exclusion", ["end_at"])


def downgrade() -> None:
    for table in ("exclusion", "suppression", "service_window"):
        op.drop_table(table)
