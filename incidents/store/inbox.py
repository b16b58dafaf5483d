"""What came in, so that the same input twice changes nothing the second time."""

from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, select, update

from incidents.model.ids import IncidentNumber
from incidents.store.sql import insert_if_new
from incidents.store.tables import inbox

_NAMED = (inbox.c.source == bindparam("of_source")) & (inbox.c.key == bindparam("of_key"))
_LED_TO = update(inbox).where(_NAMED).values(incident=bindparam("led_to"))
_INCIDENT = select(inbox.c.incident).where(_NAMED)


def receive(connection: Connection, source: str, key: str, now: datetime) -> bool:
    """True the first time ``key`` arrives from ``source``."""
    row = {"source": source, "key": key[:200], "received_at": now}
    return insert_if_new(connection, inbox, row)


def led_to(connection: Connection, source: str, key: str, number: IncidentNumber) -> None:
    """Remember which incident an input was about."""
    named = {"of_source": source, "of_key": key[:200], "led_to": number}
    connection.execute(_LED_TO, named)


def incident_of(connection: Connection, source: str, key: str) -> IncidentNumber | None:
    """The incident an input led to."""
    named = {"of_source": source, "of_key": key[:200]}
    number = connection.execute(_INCIDENT, named).scalar()
    return None if number is None else IncidentNumber(number)


def forget(connection: Connection, before: datetime) -> int:
    """Drop what no sender will repeat any more. How many there were."""
    return connection.execute(delete(inbox).where(inbox.c.received_at < before)).rowcount
