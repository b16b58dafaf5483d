"""What changed last, and how much: the first questions about any outage."""

from datetime import datetime

from sqlalchemy import Connection

from incidents.store import changes
from incidents.store.changes import Change


def latest(connection: Connection, services: tuple[str, ...]) -> Change | None:
    """The newest change of any of the services; None if none is known."""
    return changes.latest(connection, services)


def count_since(connection: Connection, services: tuple[str, ...], since: datetime) -> int:
    """How many changes of the services there were from ``since`` on."""
    return changes.count_since(connection, services, since)
