"""One room for one outage: affected teams, links between incidents, further names of outages."""

import sqlalchemy as sa
from alembic import op

from incidents.store.types import Document, Moment

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_IS_PART = sa.text("kind = 'merged' AND ended_at IS NULL")


def upgrade() -> None:
    op.add_column("incident", sa.Column("merged_into", sa.Integer(), nullable=True))
    op.create_table(
        "affected",
        sa.Column("incident", sa.Integer(), nullable=False),
        sa.Column("team", sa.String(length=80), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("lead", sa.String(length=64), nullable=True),
        sa.Column("question", sa.String(length=36), nullable=True),
        sa.Column("passed", Document(), nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("joined_at", Moment(), nullable=False),
        sa.Column("answered_at", Moment(), nullable=True),
        sa.CheckConstraint(
            "state IN ('home', 'asked', 'leads', 'nobody', 'gone')",
            name=op.f("ck_affected_state"),
        ),
        sa.ForeignKeyConstraint(
            ["incident"], ["incident.number"], name=op.f("fk_affected_incident_incident")
        ),
        sa.PrimaryKeyConstraint("incident", "team", name=op.f("pk_affected")),
    )
    op.create_table(
        "link",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("incident", sa.Integer(), nullable=False),
        sa.Column("other", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("made_by", sa.String(length=64), nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
        sa.Column("ended_at", Moment(), nullable=True),
        sa.Column("facts", Document(), nullable=False),
        sa.CheckConstraint("kind IN ('related', 'child', 'merged')", name=op.f("ck_link_kind")),
        sa.ForeignKeyConstraint(
            ["incident"], ["incident.number"], name=op.f("fk_link_incident_incident")
        ),
        sa.ForeignKeyConstraint(
            ["other"], ["incident.number"], name=op.f("fk_link_other_incident")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link")),
    )
    op.create_index(op.f("ix_link_incident"), "link", ["incident"])
    op.create_index(op.f("ix_link_other"), "link", ["other"])
    op.create_index(
        "ix_link_one_whole",
        "link",
        ["incident"],
        unique=True,
        sqlite_where=_IS_PART,
        postgresql_where=_IS_PART,
    )
    op.create_table(
        "outage",
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("incident", sa.Integer(), nullable=False),
        sa.Column("since", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["incident"], ["incident.number"], name=op.f("fk_outage_incident_incident")
        ),
        sa.PrimaryKeyConstraint("key", "incident", name=op.f("pk_outage")),
    )
    op.create_index(op.f("ix_outage_incident"), "outage", ["incident"])


def downgrade() -> None:
    for table in ("outage", "link", "affected"):
        op.drop_table(table)
    op.drop_column("incident", "merged_into")
