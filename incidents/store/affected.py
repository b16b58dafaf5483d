"""The teams that an outage affects, each with its own lead, in SQL."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update

from incidents.model.ids import IncidentNumber, PersonId, TeamName
from incidents.store.oneroom_tables import affected
from incidents.store.sql import insert_if_new


@dataclass(frozen=True, slots=True)
class Affected:
    """A team in an incident.

    ``state`` is home (the incident began with it, and the commander speaks for it), asked, leads,
    nobody (there is nobody left to ask) or gone. ``question`` names what the lead was asked;
    ``passed`` are those who said no, or nothing in time.
    """

    incident: IncidentNumber
    team: TeamName
    state: str
    lead: PersonId | None
    question: str | None
    passed: tuple[PersonId, ...]
    because: str
    joined_at: datetime
    answered_at: datetime | None = None


def add(connection: Connection, new: Affected) -> bool:
    """The team is in it from now on. False if it is already, or ever was."""
    return insert_if_new(connection, affected, _columns(new))


def save(connection: Connection, after: Affected) -> None:
    """The team as it is now; the incident is held by whoever changes it."""
    is_it = (affected.c.incident == after.incident) & (affected.c.team == after.team)
    connection.execute(update(affected).where(is_it).values(**_columns(after)))


def get(connection: Connection, number: IncidentNumber, team: str) -> Affected | None:
    """One team of an incident."""
    query = select(affected).where(affected.c.incident == number, affected.c.team == team)
    row = connection.execute(query).first()
    return None if row is None else _affected(row)


def of(connection: Connection, number: IncidentNumber) -> tuple[Affected, ...]:
    """The teams that are in an incident, in the order they came."""
    query = (
        select(affected)
        .where(affected.c.incident == number, affected.c.state != "gone")
        .order_by(affected.c.joined_at, affected.c.team)
    )
    return tuple(_affected(row) for row in connection.execute(query))


def _columns(value: Affected) -> dict[str, Any]:
    raw = {name: getattr(value, name) for name in Affected.__slots__}
    return {**raw, "passed": list(value.passed)}


def _affected(row: Row[Any]) -> Affected:
    values = dict(row._mapping)  # noqa: SLF001 (SQLAlchemy's public name)
    return Affected(**{**values, "passed": tuple(PersonId(one) for one in row.passed)})
