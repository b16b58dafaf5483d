"""Who was let into private incidents, in SQL. Who may see one, says `incidents.store.sight`."""

from datetime import datetime

from sqlalchemy import Connection, or_, select

from incidents.model.ids import IncidentNumber, PersonId
from incidents.store.sql import insert_or_replace
from incidents.store.tables import insider


def add(
    connection: Connection,
    number: IncidentNumber,
    person: PersonId,
    *,
    by: PersonId,
    now: datetime,
    until: datetime | None = None,
) -> None:
    """Let somebody in; with ``until``, for that long only."""
    row = {
        "incident": number,
        "person": person,
        "added_by": by,
        "added_at": now,
        "until": until,
    }
    insert_or_replace(connection, insider, row, keys=("incident", "person"))


def of(connection: Connection, number: IncidentNumber, now: datetime) -> tuple[PersonId, ...]:
    """Everybody who was added and still is, in the order they came."""
    query = (
        select(insider.c.person)
        .where(insider.c.incident == number, or_(insider.c.until.is_(None), insider.c.until > now))
        .order_by(insider.c.added_at, insider.c.person)
    )
    return tuple(PersonId(one) for one in connection.execute(query).scalars())
