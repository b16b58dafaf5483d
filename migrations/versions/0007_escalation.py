"""Escalation: how far each climb has come, whom it paged, and by which ways."""

import sqlalchemy as sa
from alembic import op

from incidents.store.types import Moment

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "climb",
        sa.Column("incident", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("team", sa.String(length=80), nullable=False),
        sa.Column("tier", sa.SmallInteger(), nullable=False),
        sa.Column("started_at", Moment(), nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.Column("gone", sa.BigInteger(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("burn", sa.Float(), nullable=False),
        sa.Column("standing", sa.String(length=16), nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "standing IN ('climbing', 'answered', 'stopped', 'over')",
            name=op.f("ck_climb_standing"),
        ),
        sa.ForeignKeyConstraint(
            ["incident"], ["incident.number"], name=op.f("fk_climb_incident_incident")
        ),
        sa.PrimaryKeyConstraint("incident", name=op.f("pk_climb")),
    )
    op.create_table(
        "page",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("incident", sa.Integer(), nullable=False),
        sa.Column("person", sa.String(length=200), nullable=False),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("paged_at", Moment(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("ended_at", Moment(), nullable=True),
        sa.Column("ended_by", sa.String(length=200), nullable=True),
        sa.Column("via", sa.String(length=16), nullable=True),
        sa.CheckConstraint("purpose IN ('command', 'climb', 'hand')", name=op.f("ck_page_purpose")),
        sa.CheckConstraint(
            "state IN ('open', 'acknowledged', 'resolved')", name=op.f("ck_page_state")
        ),
        sa.ForeignKeyConstraint(
            ["incident"], ["incident.number"], name=op.f("fk_page_incident_incident")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_page")),
    )
    op.create_index(op.f("ix_page_incident_state"), "page", ["incident", "state"])
    op.create_table(
        "page_way",
        sa.Column("page", sa.String(length=36), nullable=False),
        sa.Column("way", sa.String(length=16), nullable=False),
        sa.Column("target", sa.String(length=80), nullable=False),
        sa.Column("dedup", sa.String(length=36), nullable=False),
        sa.Column("outside", sa.String(length=120), nullable=True),
        sa.ForeignKeyConstraint(["page"], ["page.id"], name=op.f("fk_page_way_page_page")),
        sa.PrimaryKeyConstraint("page", "way", "target", name=op.f("pk_page_way")),
    )
    op.create_index(op.f("ix_page_way_way_dedup"), "page_way", ["way", "dedup"])
    op.create_index(op.f("ix_page_way_way_outside"), "page_way", ["way", "outside"])


def downgrade() -> None:
    for table in ("page_way", "page", "climb"):
        op.drop_table(table)
