"""The SLO engine's tables: counts, what was counted already, and what was said about it."""

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    text,
)

from incidents.model.burn import Loudness
from incidents.model.severity import Severity
from incidents.store.tables import metadata, one_of
from incidents.store.types import Moment

# A journal: ``seq`` has no gaps and commits in order, so whoever follows it misses nothing. A row
# is what one commit added. ``waiting`` is how many cells of it are not in the buckets yet; None if
# they are.
sli_journal = Table(
    "sli_journal",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("received_at", Moment, nullable=False),
    Column("cells", Text, nullable=False),  # packed
    Column("waiting", Integer),
    Index(None, "received_at"),
    Index(
        "ix_sli_journal_waiting",
        "seq",
        sqlite_where=text("waiting IS NOT NULL"),
        postgresql_where=text("waiting IS NOT NULL"),
    ),
)

sli_bucket = Table(
    "sli_bucket",
    metadata,
    Column("tier", String(8), nullable=False),
    Column("slo", String(160), nullable=False),
    Column("at", Moment, nullable=False),
    Column("good", BigInteger, nullable=False),
    Column("bad", BigInteger, nullable=False),
    PrimaryKeyConstraint("tier", "slo", "at"),
    Index(None, "tier", "at"),
)

# Runs of numbers: from ``seq`` to ``last``, which is None for one alone. Forgotten once data from
# ``at`` would be refused for its age anyway.
sli_batch_seen = Table(
    "sli_batch_seen",
    metadata,
    Column("source", String(120), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("at", Moment, nullable=False),
    Column("last", BigInteger),
    PrimaryKeyConstraint("source", "seq"),
    Index(None, "at"),
)

# The newest total of each series of counters that only grow.
sli_counter = Table(
    "sli_counter",
    metadata,
    Column("source", String(120), nullable=False),
    Column("series", String(200), nullable=False),
    Column("at", Moment, nullable=False),
    Column("good", BigInteger, nullable=False),
    Column("bad", BigInteger, nullable=False),
    PrimaryKeyConstraint("source", "series"),
    Index(None, "at"),
)

episode = Table(
    "episode",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("slo", String(160), nullable=False),
    Column("generation", String(16), nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("closed_at", Moment),
    Column("calm_since", Moment),
    Column("loudness", String(8), nullable=False),
    Column("severity", String(8)),
    Column("peak_burn", Float, nullable=False),
    Column("because", Text, nullable=False),
    Column("incident", Integer, ForeignKey("incident.number")),
    one_of("loudness", tuple(Loudness)),
    one_of("severity", tuple(Severity)),
    # At most one open episode for each SLO: two rooms for one outage cannot be written.
    Index(
        "ix_episode_one_open",
        "slo",
        unique=True,
        sqlite_where=text("closed_at IS NULL"),
        postgresql_where=text("closed_at IS NULL"),
    ),
    Index(None, "slo", "opened_at"),
    Index(None, "incident"),
)

depletion = Table(
    "depletion",
    metadata,
    Column("slo", String(160), nullable=False),
    Column("generation", String(16), nullable=False),
    Column("notice", Integer, nullable=False),
    Column("at", Moment, nullable=False),
    Column("cleared_at", Moment),
    PrimaryKeyConstraint("slo", "generation", "notice", "at"),
    # One notice for each passage: it has to be cleared before it can be given again.
    Index(
        "ix_depletion_one_open",
        "slo",
        "generation",
        "notice",
        unique=True,
        sqlite_where=text("cleared_at IS NULL"),
        postgresql_where=text("cleared_at IS NULL"),
    ),
)
