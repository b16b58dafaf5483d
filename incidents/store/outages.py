"""Further names of outages: those whose signals joined an incident that is called otherwise."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, delete, select

from incidents.model.ids import IncidentNumber
from incidents.store.oneroom_tables import outage
from incidents.store.sql import insert_if_new


def add(connection: Connection, key: str, number: IncidentNumber, now: datetime) -> None:
    """The incident is where this outage is met as well."""
    insert_if_new(connection, outage, {"key": key, "incident": number, "since": now})


def of(connection: Connection, number: IncidentNumber) -> tuple[str, ...]:
    """The further names of an incident's outage."""
    query = select(outage.c.key).where(outage.c.incident == number).order_by(outage.c.key)
    return tuple(connection.execute(query).scalars())


def called(connection: Connection, key: str) -> frozenset[IncidentNumber]:
    """The incidents, open or not, in which this outage was met."""
    query = select(outage.c.incident).where(outage.c.key == key)
    return frozenset(IncidentNumber(one) for one in connection.execute(query).scalars())


def remove(connection: Connection, keys: Collection[str], number: IncidentNumber) -> None:
    """These are met elsewhere from now on."""
    is_theirs = (outage.c.incident == number) & outage.c.key.in_(keys)
    connection.execute(delete(outage).where(is_theirs))
