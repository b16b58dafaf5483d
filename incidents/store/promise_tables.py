"""What was promised, and since when: a report of last month is about last month's target."""

from sqlalchemy import Column, PrimaryKeyConstraint, String, Table

from incidents.store.tables import metadata
from incidents.store.types import Moment

# What our files promised of an SLO from ``since_at`` on. The target is an exact fraction.
slo_promise = Table(
    "slo_promise",
    metadata,
    Column("slo", String(160), nullable=False),
    Column("since_at", Moment, nullable=False),
    Column("generation", String(16), nullable=False),
    Column("target", String(80), nullable=False),
    # Names what tells good from bad. These three are not known of the first promises kept.
    Column("measure", String(16)),
    Column("lasts", String(80)),
    Column("counts", String(24)),
    PrimaryKeyConstraint("slo", "since_at"),
)
