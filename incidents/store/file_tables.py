"""Files that people put on the record, by what is in them: the same picture is kept once."""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
)

from incidents.store.tables import metadata
from incidents.store.types import Moment

kept_file = Table(
    "kept_file",
    metadata,
    Column("hash", String(64), primary_key=True),  # SHA-256 of the content
    Column("media", String(80), nullable=False),
    Column("size", BigInteger, nullable=False),  # bytes
    Column("kept_at", Moment, nullable=False),
)

# In pieces, so that a backup never has much of it in hand; in base64, as a backup writes it.
kept_part = Table(
    "kept_part",
    metadata,
    Column("hash", String(64), ForeignKey("kept_file.hash"), nullable=False),
    Column("part", Integer, nullable=False),
    Column("content", Text, nullable=False),
    PrimaryKeyConstraint("hash", "part"),
)
