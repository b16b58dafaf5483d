"""Subscriptions, dismissed nudges, and up to where somebody knows."""

import sqlalchemy as sa
from alembic import op

from incidents.store.types import Moment

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "subscription",
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("target", sa.String(length=120), nullable=False),
        sa.Column("incident", sa.Integer(), nullable=True),
        sa.Column("service", sa.String(length=80), nullable=False),
        sa.Column("severity", sa.String(length=8), nullable=True),
        sa.Column("detail", sa.String(length=16), nullable=False),
        sa.Column("since", Moment(), nullable=False),
        sa.CheckConstraint(
            "detail IN ('all', 'major', 'resolved', 'none')", name=op.f("ck_subscription_detail")
        ),
        sa.CheckConstraint(
            "severity IN ('sev1', 'sev2', 'sev3', 'sev4')", name=op.f("ck_subscription_severity")
        ),
        sa.ForeignKeyConstraint(
            ["incident"], ["incident.number"], name=op.f("fk_subscription_incident_incident")
        ),
        sa.PrimaryKeyConstraint("person", "target", name=op.f("pk_subscription")),
    )
    op.create_index(op.f("ix_subscription_incident"), "subscription", ["incident"])
    op.create_table(
        "dismissal",
        sa.Column("incident", sa.Integer(), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("condition", sa.String(length=80), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["incident"], ["incident.number"], name=op.f("fk_dismissal_incident_incident")
        ),
        sa.PrimaryKeyConstraint("incident", "person", "condition", name=op.f("pk_dismissal")),
    )
    op.create_table(
        "caught_up",
        sa.Column("incident", sa.Integer(), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["incident"], ["incident.number"], name=op.f("fk_caught_up_incident_incident")
        ),
        sa.PrimaryKeyConstraint("incident", "person", name=op.f("pk_caught_up")),
    )


def downgrade() -> None:
    for table in ("caught_up", "dismissal", "subscription"):
        op.drop_table(table)
