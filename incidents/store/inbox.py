"""What came in, so that the same input twice changes nothing the second time."""

from datetime import datetime

from sqlalchemy import Connection, delete, select, update

from incidents.model.ids import IncidentNumber
from incidents.store.sql import insert_if_new
from incidents.store.tables import inbox


def receive(connection: Connection, source: str, key: str, now: datetime) -> bool:
    """True the first time ``key`` arrives from ``source``."""
    row = {"source": source, "key": key[:200], "received_at": now}
    return insert_if_new(connection, inbox, row)


def led_to(connection: Connection, source: str, key: str, number: IncidentNumber) -> None:
    """Remember which incident an input was about."""
    connection.execute(
        update(inbox)
        .where(inbox.c.source == source, inbox.c.key == key[:200])
        .values(incident=number)
    )


def incident_of(connection: Connection, source: str, key: str) -> IncidentNumber | None:
    """The incident an input led to."""
    query = select(inbox.c.incident).where(inbox.c.source == source, inbox.c.key == key[:200])
    number = connection.execute(query).scalar()
    return None if number is None else IncidentNumber(number)


def forget(connection: Connection, before: datetime) -> int:
    """Drop what no sender will repeat any more. How many there were."""
    return connection.execute(delete(inbox).where(inbox.c.received_at < before)).rowcount
