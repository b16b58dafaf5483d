"""Who watches which budgets, and their counts in few bytes."""

from sqlalchemy import (
    BigInteger,
    Column,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
)

from incidents.store.tables import metadata
from incidents.store.types import Document, Moment

# Processes that want their share of the budgets to watch.
slo_watcher = Table(
    "slo_watcher",
    metadata,
    Column("owner", String(64), primary_key=True),
    Column("until", Moment, nullable=False),
)

# ``fence`` grows with each new owner: who lost a shard without noticing is told by it.
slo_shard = Table(
    "slo_shard",
    metadata,
    Column("shard", Integer, primary_key=True, autoincrement=False),
    Column("owner", String(64)),
    Column("until", Moment),
    Column("fence", BigInteger, nullable=False),
)

# Counts of a shard as of one position of the journal, packed; the buckets hold the same in rows.
slo_snapshot = Table(
    "slo_snapshot",
    metadata,
    Column("shard", Integer, primary_key=True, autoincrement=False),
    Column("position", BigInteger, nullable=False),
    Column("at", Moment, nullable=False),
    Column("head", Document, nullable=False),
)

slo_block = Table(
    "slo_block",
    metadata,
    Column("shard", Integer, nullable=False),
    Column("ring", String(8), nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("packed", Text, nullable=False),
    PrimaryKeyConstraint("shard", "ring", "number"),
)
