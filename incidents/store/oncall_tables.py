"""On-call tables: who stands in for whom, what feeds said, and what our files said before."""

from sqlalchemy import Column, Index, PrimaryKeyConstraint, String, Table, Text

from incidents.store.tables import metadata, one_of
from incidents.store.types import Document, Moment

# ``trade`` holds what is agreed to, and called off, together. ``since_at`` is when it took force.
oncall_override = Table(
    "oncall_override",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("trade", String(36), nullable=False),
    Column("rotation", String(80), nullable=False),
    Column("person", String(64), nullable=False),
    Column("start_at", Moment, nullable=False),
    Column("end_at", Moment, nullable=False),
    Column("state", String(16), nullable=False),
    Column("asked", String(64)),  # who has to agree; None: nobody
    Column("made_by", String(64), nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("because", Text, nullable=False),
    Column("since_at", Moment),
    Column("ended_at", Moment),
    Column("ended_by", String(64)),
    one_of("state", ("asked", "active", "declined", "cancelled")),
    Index(None, "rotation", "end_at"),
    Index(None, "trade"),
)

# What a feed plans, in order and without overlaps. What lies in the past is never changed.
oncall_plan = Table(
    "oncall_plan",
    metadata,
    Column("rotation", String(80), nullable=False),
    Column("start_at", Moment, nullable=False),
    Column("end_at", Moment, nullable=False),
    Column("people", Document, nullable=False),
    PrimaryKeyConstraint("rotation", "start_at"),
)

# When a feed was asked last, when it last answered well, and what was wrong since.
oncall_feed = Table(
    "oncall_feed",
    metadata,
    Column("rotation", String(80), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("tried_at", Moment, nullable=False),
    Column("good_at", Moment),
    Column("error", Text, nullable=False),
)

# What our files said of a rotation from ``since_at`` on; an empty definition: it is no more.
oncall_generation = Table(
    "oncall_generation",
    metadata,
    Column("rotation", String(80), nullable=False),
    Column("since_at", Moment, nullable=False),
    Column("definition", Document, nullable=False),
    PrimaryKeyConstraint("rotation", "since_at"),
)
