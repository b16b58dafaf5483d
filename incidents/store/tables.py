"""Every table but the SLO engine's. No defaults from the database, least of all its clock."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Sequence,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from incidents.model.lifecycle import Status
from incidents.model.severity import Severity
from incidents.store.types import Document, Moment

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def one_of(column: str, values: tuple[str, ...]) -> CheckConstraint:
    """A closed set of words, enforced by the database."""
    words = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({words})", name=column)


# Numbers that many transactions draw at once. On SQLite, which has one writer, `counter` serves.
SEQUENCES = {
    name: Sequence(f"{name}_number", metadata=metadata)
    for name in ("incident", "action", "effect", "change", "delivery")
}

counter = Table(
    "counter",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("value", BigInteger, nullable=False),
)

fact = Table(
    "fact",
    metadata,
    Column("name", String(80), primary_key=True),
    Column("value", Document, nullable=False),
    Column("known_at", Moment, nullable=False),
)

inbox = Table(
    "inbox",
    metadata,
    Column("source", String(40), nullable=False),
    Column("key", String(200), nullable=False),
    Column("received_at", Moment, nullable=False),
    Column("incident", Integer),
    PrimaryKeyConstraint("source", "key"),
    Index(None, "received_at"),
)

# What was taken in whole, to be worked on later: more than a source's share, or a spool's content.
delivery = Table(
    "delivery",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("source", String(40), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("headers", Document, nullable=False),
    Column("body", Text, nullable=False),
    Column("received_at", Moment, nullable=False),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("error", Text),
    Column("settled_at", Moment),
    one_of("state", ("waiting", "done", "dead")),
    Index(None, "state", "seq"),
)

# Which systems report here, and how often they have to be heard.
hook_source = Table(
    "hook_source",
    metadata,
    Column("name", String(80), primary_key=True),
    Column("seen_at", Moment, nullable=False),
    Column("silent_since", Moment),
)

# The processes that work on this database. On SQLite they are all on one host.
replica = Table(
    "replica",
    metadata,
    Column("owner", String(64), primary_key=True),
    Column("host", String(120), nullable=False),
    Column("boot", String(64), nullable=False),
    Column("version", String(40), nullable=False),
    Column("skew", BigInteger, nullable=False),  # microseconds its own clock is ahead
    Column("started_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
)

incident = Table(
    "incident",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("title", Text, nullable=False),
    Column("severity", String(8), nullable=False),
    Column("status", String(16), nullable=False),
    Column("services", Document, nullable=False),
    Column("source", String(16), nullable=False),
    Column("open_key", String(200), unique=True),  # held while open: one room per outage
    Column("is_drill", Boolean, nullable=False),
    Column("is_private", Boolean, nullable=False),
    Column("declared_by", String(64), nullable=False),
    Column("declared_at", Moment, nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("detected_at", Moment, nullable=False),
    Column("acknowledged_at", Moment),
    Column("mitigated_at", Moment),
    Column("resolved_at", Moment),
    Column("closed_at", Moment),
    Column("detected_by", String(40), nullable=False),
    Column("impact", Text, nullable=False),
    Column("fix", Text, nullable=False),
    Column("facts", Document, nullable=False),  # why this severity, which SLO, which links
    Column("bridge", Text, nullable=False),
    Column("room", String(32)),
    Column("room_name", String(80), nullable=False),
    Column("card_ts", String(32)),
    Column("announcement_channel", String(32)),
    Column("announcement_ts", String(32)),
    Column("seen_ts", String(32)),  # the newest message of the room that was looked at
    Column("next_update_at", Moment),
    Column("merged_into", Integer),
    Column("version", Integer, nullable=False),
    Column("entries", Integer, nullable=False),
    Column("head", String(64), nullable=False),
    one_of("severity", tuple(Severity)),
    one_of("status", tuple(Status)),
    Index(None, "status"),
    Index(None, "room"),
)

timeline = Table(
    "timeline",
    metadata,
    Column("incident", Integer, ForeignKey("incident.number"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("id", String(36), nullable=False, unique=True),
    Column("occurred_at", Moment, nullable=False),
    Column("recorded_at", Moment, nullable=False),
    Column("actor", String(64), nullable=False),
    Column("source", String(16), nullable=False),
    Column("kind", String(40), nullable=False),
    Column("body", Document, nullable=False),
    Column("source_key", String(200)),
    Column("corrects", Integer),
    Column("prev_hash", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    PrimaryKeyConstraint("incident", "seq"),
    UniqueConstraint("incident", "source_key"),
)

role = Table(
    "role",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("incident", Integer, ForeignKey("incident.number"), nullable=False),
    Column("role", String(16), nullable=False),
    Column("person", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    Column("offered_at", Moment, nullable=False),
    Column("held_at", Moment),
    Column("ended_at", Moment),
    Column("because", Text, nullable=False),
    Column("facts", Document, nullable=False),
    one_of("state", ("offered", "held", "passed", "expired", "ended")),
    # At most one holder and one open offer for each role: two commanders cannot be written.
    Index(
        "ix_role_one_holder",
        "incident",
        "role",
        unique=True,
        sqlite_where=text("state = 'held'"),
        postgresql_where=text("state = 'held'"),
    ),
    Index(
        "ix_role_one_offer",
        "incident",
        "role",
        unique=True,
        sqlite_where=text("state = 'offered'"),
        postgresql_where=text("state = 'offered'"),
    ),
    Index(None, "person", "state"),
)

responder = Table(
    "responder",
    metadata,
    Column("incident", Integer, ForeignKey("incident.number"), nullable=False),
    Column("person", String(64), nullable=False),
    Column("joined_at", Moment, nullable=False),
    Column("left_at", Moment),
    PrimaryKeyConstraint("incident", "person"),
)

# Who may see a private incident, besides those who hold a role in it.
insider = Table(
    "insider",
    metadata,
    Column("incident", Integer, ForeignKey("incident.number"), nullable=False),
    Column("person", String(64), nullable=False),
    Column("added_by", String(64), nullable=False),
    Column("added_at", Moment, nullable=False),
    Column("until", Moment),
    PrimaryKeyConstraint("incident", "person"),
)

effect = Table(
    "effect",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("key", String(200), nullable=False, unique=True),
    Column("kind", String(32), nullable=False),
    Column("args", Document, nullable=False),
    Column("incident", Integer, ForeignKey("incident.number")),
    Column("lane", String(100), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("needs", String(200)),
    Column("collapse", String(200)),
    Column("rank", SmallInteger, nullable=False),  # 1 for sev1: what goes first
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("not_before", Moment, nullable=False),
    Column("intent_at", Moment),
    Column("owner", String(64)),
    Column("lease_until", Moment),
    Column("fence", Integer, nullable=False),
    Column("result", Document),
    Column("error", Text),
    Column("settled_at", Moment),
    one_of("state", ("pending", "inflight", "done", "dead", "superseded")),
    Index(None, "state", "not_before"),
    Index(None, "lane", "seq"),
    Index(None, "incident"),
)

due = Table(
    "due",
    metadata,
    Column("key", String(200), primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("args", Document, nullable=False),
    Column("incident", Integer, ForeignKey("incident.number")),
    Column("due_at", Moment, nullable=False),
    Column("state", String(16), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("settled_at", Moment),
    Column("attempts", Integer, nullable=False),
    Column("error", Text),
    one_of("state", ("pending", "done", "cancelled", "dead")),
    Index(None, "state", "due_at"),
    Index(None, "incident"),
)

bucket = Table(
    "bucket",
    metadata,
    Column("name", String(120), primary_key=True),
    Column("tokens", Float, nullable=False),
    Column("filled_at", Moment, nullable=False),
    Column("blocked_until", Moment, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False),
    Column("actor", String(64), nullable=False),
    Column("action", String(40), nullable=False),
    Column("object", String(120), nullable=False),
    Column("detail", Document, nullable=False),
    Column("prev_hash", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    Column("key", String(16)),  # which key sealed it, by its fingerprint; None: no key was set
)

person = Table(
    "person",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("handle", String(80), nullable=False, index=True),
    Column("name", String(120), nullable=False),
    Column("zone", String(64), nullable=False),
    Column("email", String(200), nullable=False, index=True),
    Column("is_bot", Boolean, nullable=False),
    Column("is_active", Boolean, nullable=False),
    Column("is_guest", Boolean, nullable=False),  # restricted, or of another organisation
    Column("is_admin", Boolean, nullable=False),
    Column("seen_at", Moment, nullable=False),
)

update_message = Table(
    "update_message",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("incident", Integer, ForeignKey("incident.number"), nullable=False),
    Column("audience", String(16), nullable=False),
    Column("text", Text, nullable=False),
    Column("sent_at", Moment, nullable=False),
    Column("sent_by", String(64), nullable=False),
    Column("promised_at", Moment),  # when the next one was due as this one went out
    Column("was_due_at", Moment),
    one_of("audience", ("responders", "executives", "customers")),
    Index(None, "incident"),
)

action_item = Table(
    "action_item",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("incident", Integer, ForeignKey("incident.number"), nullable=False),
    Column("title", Text, nullable=False),
    Column("owner", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    Column("due_at", Moment),
    Column("created_at", Moment, nullable=False),
    Column("created_by", String(64), nullable=False),
    Column("settled_at", Moment),
    Column("version", Integer, nullable=False),
    one_of("state", ("open", "done", "dropped")),
    Index(None, "owner", "state"),
    Index(None, "incident"),
)

walk = Table(
    "walk",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("incident", Integer, ForeignKey("incident.number"), nullable=False),
    Column("tree", String(80), nullable=False),
    Column("version", String(20), nullable=False),
    Column("hash", String(64), nullable=False),
    Column("state", Document, nullable=False),
    Column("step", Integer, nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("started_by", String(64), nullable=False),
    Column("ended_at", Moment),
    Column("outcome", String(80)),
    Index(None, "incident"),
)

postmortem = Table(
    "postmortem",
    metadata,
    Column("incident", Integer, ForeignKey("incident.number"), primary_key=True),
    Column("state", String(16), nullable=False),
    Column("owner", String(64), nullable=False),
    Column("sections", Document, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
    Column("version", Integer, nullable=False),
    one_of("state", ("draft", "published")),
)

alert = Table(
    "alert",
    metadata,
    Column("source", String(40), nullable=False),
    Column("fingerprint", String(120), nullable=False),
    Column("status", String(16), nullable=False),
    Column("starts_at", Moment, nullable=False),
    Column("ends_at", Moment),
    Column("seen_at", Moment, nullable=False),
    Column("labels", Document, nullable=False),
    Column("incident", Integer, ForeignKey("incident.number")),
    PrimaryKeyConstraint("source", "fingerprint"),
    one_of("status", ("firing", "resolved")),
    Index(None, "incident"),
)

change = Table(
    "change",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("source", String(40), nullable=False),
    Column("key", String(200), nullable=False),
    Column("service", String(80), nullable=False),
    Column("title", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("made_by", String(120), nullable=False),
    Column("made_at", Moment, nullable=False),
    UniqueConstraint("source", "key"),
    Index(None, "service", "made_at"),
)

token = Table(
    "token",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("name", String(80), nullable=False, unique=True),
    Column("hash", String(64), nullable=False, unique=True),
    Column("scopes", Document, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("revoked_at", Moment),
    Column("used_at", Moment),
    Column("source", String(40)),  # the only webhook it may deliver to; None: any
    Column("services", Document),  # the only services it may speak for; None: any
)
