"""What changed last, and how long ago: the first question about any outage."""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from incidents.store import changes
from incidents.store.changes import Change


def latest(connection: Connection, service: str, now: datetime) -> Change | None:
    """The newest change of a service up to ``now``; None if none is known."""
    found = changes.latest(connection, [service])
    return found if found is not None and found.made_at <= now else None


def age(connection: Connection, service: str, now: datetime) -> timedelta | None:
    """How long ago the newest change of a service was; None if none is known."""
    found = latest(connection, service, now)
    return None if found is None else now - found.made_at
