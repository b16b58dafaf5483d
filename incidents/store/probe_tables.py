"""What is looked at from outside: each probe's last slot and finding, from each place."""

from sqlalchemy import BigInteger, Boolean, Column, PrimaryKeyConstraint, String, Table, Text

from incidents.store.tables import metadata
from incidents.store.types import Moment

# ``slot`` is the last that somebody took; what was found is of ``at``. ``blind_since`` is when our
# own network began to be in doubt: since then nothing is counted.
probe = Table(
    "probe",
    metadata,
    Column("name", String(60), nullable=False),
    Column("place", String(40), nullable=False),
    Column("slot", BigInteger, nullable=False),
    Column("at", Moment, nullable=True),
    Column("outcome", String(16), nullable=True),
    Column("said", Text, nullable=False),
    Column("is_counted", Boolean, nullable=False),
    Column("blind_since", Moment, nullable=True),
    PrimaryKeyConstraint("name", "place"),
)

# Two promises of one service about the same thing disagree: since when, until they agree again.
contrast = Table(
    "contrast",
    metadata,
    Column("synthetic", String(160), nullable=False),
    Column("real", String(160), nullable=False),
    Column("since", Moment, nullable=False),
    Column("because", Text, nullable=False),
    PrimaryKeyConstraint("synthetic", "real"),
)
