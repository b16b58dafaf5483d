"""What changed last, and how much: the first questions about any outage."""

from datetime import datetime

from sqlalchemy import Connection

from incidents.actions.desk import Desk
from incidents.model.incident import Incident
from incidents.model.suspects import LOOK_BACK
from incidents.queries.suspects import around
from incidents.store import changes
from incidents.store.changes import Change


def latest(connection: Connection, services: tuple[str, ...]) -> Change | None:
    """The newest change of any of the services; None if none is known."""
    return changes.latest(connection, services)


def count_since(connection: Connection, services: tuple[str, ...], since: datetime) -> int:
    """How many changes of the services there were from ``since`` on."""
    return changes.count_since(connection, services, since)


def lately(
    desk: Desk, connection: Connection, incident: Incident, *, limit: int
) -> tuple[Change, ...]:
    """The newest changes of its services and of what they need, since a day before it began."""
    since = incident.started_at - LOOK_BACK
    return changes.since(connection, sorted(around(desk, incident.services)), since, limit=limit)
