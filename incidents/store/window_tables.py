"""Windows: those that are not in files, what they muted, and what does not count for budgets."""

from sqlalchemy import Boolean, Column, Index, PrimaryKeyConstraint, String, Table, Text, text

from incidents.model.burn import Loudness
from incidents.model.windows import WindowKind, WindowSource
from incidents.store.tables import metadata, one_of
from incidents.store.types import Document, Moment

# ``origin`` names it where it comes from, if that is a calendar or a vendor. ``ended_at`` is when
# it was called off: what it did before that stays true.
service_window = Table(
    "service_window",
    metadata,
    Column("id", String(80), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("title", Text, nullable=False),
    Column("scope", Document, nullable=False),
    Column("start_at", Moment, nullable=False),
    Column("end_at", Moment, nullable=False),
    Column("repeats", Document),
    Column("excludes", Boolean, nullable=False),
    Column("sensitivity", String(24)),
    Column("source", String(16), nullable=False),
    Column("origin", String(200), unique=True),
    Column("because", Text, nullable=False),
    Column("made_by", String(64), nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("ended_by", String(64)),
    one_of("kind", tuple(WindowKind)),
    one_of("source", tuple(WindowSource)),
    Index(None, "ended_at", "end_at"),
)

# An alert that a window kept quiet. It is over when the burn is, or when the alert is given.
suppression = Table(
    "suppression",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("slo", String(160), nullable=False),
    Column("window_id", String(80), nullable=False),
    Column("title", Text, nullable=False),
    Column("start_at", Moment, nullable=False),
    Column("end_at", Moment, nullable=False),
    Column("loudness", String(8), nullable=False),
    Column("because", Text, nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("closed_at", Moment),
    Column("became", String(16), nullable=False),
    one_of("loudness", tuple(Loudness)),
    one_of("became", ("muted", "alert", "calm")),
    # At most one that runs for each SLO: it is told once.
    Index(
        "ix_suppression_one_open",
        "slo",
        unique=True,
        sqlite_where=text("closed_at IS NULL"),
        postgresql_where=text("closed_at IS NULL"),
    ),
    Index(None, "slo", "opened_at"),
)

# What does not count for budgets: nothing is deleted, and lifting it brings everything back.
# ``about`` is an SLO (slo:…), a service (service:…) or all of them (*).
exclusion = Table(
    "exclusion",
    metadata,
    Column("id", String(110), nullable=False),
    Column("about", String(170), nullable=False),
    Column("start_at", Moment, nullable=False),
    Column("end_at", Moment, nullable=False),
    Column("category", String(16), nullable=False),
    Column("window_id", String(80)),
    Column("because", Text, nullable=False),
    Column("made_by", String(64), nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("lifted_at", Moment),
    Column("lifted_by", String(64)),
    Column("lifted_because", Text),
    PrimaryKeyConstraint("id", "about"),
    Index(None, "end_at"),
)
