"""One room for one outage: teams that are affected, how incidents belong together, further names.

An incident that was merged into another one names it itself: `incident.merged_into`.
"""

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

from incidents.store.tables import metadata, one_of
from incidents.store.types import Document, Moment

# Each owning team once, however many of its services fail: the key says so.
affected = Table(
    "affected",
    metadata,
    Column("incident", Integer, ForeignKey("incident.number"), nullable=False),
    Column("team", String(80), nullable=False),
    Column("state", String(16), nullable=False),
    Column("lead", String(64)),
    Column("question", String(36)),  # names what the lead was asked
    Column("passed", Document, nullable=False),  # who said no, or nothing in time
    Column("because", Text, nullable=False),
    Column("joined_at", Moment, nullable=False),
    Column("answered_at", Moment),
    PrimaryKeyConstraint("incident", "team"),
    one_of("state", ("home", "asked", "leads", "nobody", "gone")),
)

link = Table(
    "link",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("incident", Integer, ForeignKey("incident.number"), nullable=False),
    Column("other", Integer, ForeignKey("incident.number"), nullable=False),
    Column("kind", String(16), nullable=False),  # what ``incident`` is to ``other``
    Column("because", Text, nullable=False),
    Column("made_by", String(64), nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("facts", Document, nullable=False),  # what moved, so that it can move back
    one_of("kind", ("related", "child", "merged")),
    Index(None, "incident"),
    Index(None, "other"),
    # An incident is part of one other at most.
    Index(
        "ix_link_one_whole",
        "incident",
        unique=True,
        sqlite_where=text("kind = 'merged' AND ended_at IS NULL"),
        postgresql_where=text("kind = 'merged' AND ended_at IS NULL"),
    ),
)

# The names of outages whose signals joined an incident that is called something else.
outage = Table(
    "outage",
    metadata,
    Column("key", String(200), nullable=False),
    Column("incident", Integer, ForeignKey("incident.number"), nullable=False),
    Column("since", Moment, nullable=False),
    PrimaryKeyConstraint("key", "incident"),
    Index(None, "incident"),
)
