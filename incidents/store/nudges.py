"""Nudges in SQL: who does not want which again, and how many a room has heard."""

from datetime import datetime

from sqlalchemy import Connection, func, select

from incidents.model import ids
from incidents.model.ids import IncidentNumber, PersonId
from incidents.store.quiet_tables import dismissal
from incidents.store.sql import insert_if_new
from incidents.store.tables import effect


def dismiss(
    connection: Connection,
    number: IncidentNumber,
    person: PersonId,
    condition: str,
    now: datetime,
) -> bool:
    """They do not want to see it again. False if they said so before."""
    row = {"incident": number, "person": person, "condition": condition, "at": now}
    return insert_if_new(connection, dismissal, row)


def dismissed_by(
    connection: Connection, number: IncidentNumber, condition: str
) -> frozenset[PersonId]:
    """Who does not want to see it again."""
    query = select(dismissal.c.person).where(
        dismissal.c.incident == number, dismissal.c.condition == condition
    )
    return frozenset(PersonId(one) for one in connection.execute(query).scalars())


def heard_since(connection: Connection, number: IncidentNumber, since: datetime) -> int:
    """How many nudges of any kind a room was sent."""
    query = select(func.count()).where(
        effect.c.incident == number,
        effect.c.kind == "post",
        effect.c.created_at > since,
        effect.c.key.startswith(f"{ids.key(number)}/talk/nudge/", autoescape=True),
    )
    return int(connection.execute(query.select_from(effect)).scalar_one())
