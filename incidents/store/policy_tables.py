"""What budget policies did: each step once for each passage, and why."""

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    text,
)

from incidents.store.tables import metadata
from incidents.store.types import Moment

policy_step = Table(
    "policy_step",
    metadata,
    Column("slo", String(160), nullable=False),
    Column("generation", String(16), nullable=False),
    Column("step", String(120), nullable=False),
    Column("at", Moment, nullable=False),
    Column("cleared_at", Moment),
    Column("because", Text, nullable=False),
    Column("incident", Integer, ForeignKey("incident.number")),
    PrimaryKeyConstraint("slo", "generation", "step", "at"),
    Index(None, "incident"),
    # One for each passage: it has to be cleared before it can be taken again.
    Index(
        "ix_policy_step_one_open",
        "slo",
        "generation",
        "step",
        unique=True,
        sqlite_where=text("cleared_at IS NULL"),
        postgresql_where=text("cleared_at IS NULL"),
    ),
)
