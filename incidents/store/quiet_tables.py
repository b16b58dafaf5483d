"""Who wants to hear what, who wants no reminder of what, and up to where somebody knows."""

from sqlalchemy import Column, ForeignKey, Index, Integer, PrimaryKeyConstraint, String, Table

from incidents.model.severity import Severity
from incidents.model.subscriptions import Detail
from incidents.store.tables import metadata, one_of
from incidents.store.types import Moment

subscription = Table(
    "subscription",
    metadata,
    Column("person", String(64), nullable=False),
    Column("target", String(120), nullable=False),  # as people type it: INC-42, @checkout sev1
    Column("incident", Integer, ForeignKey("incident.number")),
    Column("service", String(80), nullable=False),  # empty: any
    Column("severity", String(8)),
    Column("detail", String(16), nullable=False),
    Column("since", Moment, nullable=False),
    PrimaryKeyConstraint("person", "target"),
    one_of("detail", tuple(Detail)),
    one_of("severity", tuple(Severity)),
    Index(None, "incident"),
)

# A nudge that somebody does not want to see again, by the condition that it is about.
dismissal = Table(
    "dismissal",
    metadata,
    Column("incident", Integer, ForeignKey("incident.number"), nullable=False),
    Column("person", String(64), nullable=False),
    Column("condition", String(80), nullable=False),
    Column("at", Moment, nullable=False),
    PrimaryKeyConstraint("incident", "person", "condition"),
)

# Up to which entry of the record somebody was there, or was told.
caught_up = Table(
    "caught_up",
    metadata,
    Column("incident", Integer, ForeignKey("incident.number"), nullable=False),
    Column("person", String(64), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("at", Moment, nullable=False),
    PrimaryKeyConstraint("incident", "person"),
)
