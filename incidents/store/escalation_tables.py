"""Escalation's tables: how far each climb has come, whom it paged, and by which ways."""

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    SmallInteger,
    String,
    Table,
    Text,
)

from incidents.model.escalation import Standing
from incidents.store.tables import metadata, one_of
from incidents.store.types import Moment

# ``gone`` is path time in microseconds at ``at``; ``version`` names what is due next.
climb = Table(
    "climb",
    metadata,
    Column(
        "incident", Integer, ForeignKey("incident.number"), primary_key=True, autoincrement=False
    ),
    Column("team", String(80), nullable=False),
    Column("tier", SmallInteger, nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("taken", Integer, nullable=False),
    Column("gone", BigInteger, nullable=False),
    Column("at", Moment, nullable=False),
    Column("burn", Float, nullable=False),
    Column("standing", String(16), nullable=False),
    Column("because", Text, nullable=False),
    Column("version", Integer, nullable=False),
    one_of("standing", tuple(Standing)),
)

# Somebody was called. ``person`` is who Slack knows, or else a name from the configuration.
page = Table(
    "page",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("incident", Integer, ForeignKey("incident.number"), nullable=False),
    Column("person", String(200), nullable=False),
    Column("purpose", String(16), nullable=False),
    Column("because", Text, nullable=False),
    Column("paged_at", Moment, nullable=False),
    Column("state", String(16), nullable=False),
    Column("ended_at", Moment),
    Column("ended_by", String(200)),
    Column("via", String(16)),
    one_of("purpose", ("command", "climb", "hand")),
    one_of("state", ("open", "acknowledged", "resolved")),
    Index(None, "incident", "state"),
)

# ``dedup`` is our name for it outside, ``outside`` theirs, if they have one of their own.
page_way = Table(
    "page_way",
    metadata,
    Column("page", String(36), ForeignKey("page.id"), nullable=False),
    Column("way", String(16), nullable=False),
    Column("target", String(80), nullable=False),
    Column("dedup", String(36), nullable=False),
    Column("outside", String(120)),
    PrimaryKeyConstraint("page", "way", "target"),
    Index(None, "way", "dedup"),
    Index(None, "way", "outside"),
)
