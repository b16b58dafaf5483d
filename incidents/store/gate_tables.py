"""The gate's table: who asked to open it, who let them, until when, and why."""

from sqlalchemy import Column, Index, String, Table, Text

from incidents.model.waiver import State
from incidents.store.tables import metadata, one_of
from incidents.store.types import Moment

gate_waiver = Table(
    "gate_waiver",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("service", String(80), nullable=False),
    Column("change", String(300), nullable=False),  # empty: any
    Column("because", Text, nullable=False),
    Column("asked_by", String(64), nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("told", String(64)),  # who was asked to approve it, beside the channel
    Column("until_at", Moment, nullable=False),
    Column("state", String(16), nullable=False),
    Column("decided_by", String(64)),
    Column("decided_at", Moment),
    Column("ended_by", String(64)),
    Column("ended_at", Moment),
    one_of("state", tuple(State)),
    Index(None, "service", "until_at"),
)
