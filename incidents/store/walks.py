"""Walks through decision trees in SQL."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from incidents.model.ids import IncidentNumber, PersonId
from incidents.store.sql import locked
from incidents.store.tables import walk


@dataclass(frozen=True, slots=True)
class Stored:
    """A walk, and what its checks found, as plain JSON. ``step`` counts the changes."""

    id: str
    incident: IncidentNumber
    tree: str
    version: str
    hash: str
    state: dict[str, Any]
    step: int
    started_at: datetime
    started_by: PersonId
    ended_at: datetime | None = None
    outcome: str | None = None


def add(connection: Connection, new: Stored) -> None:
    """A new walk."""
    values = {name: getattr(new, name) for name in Stored.__slots__}
    connection.execute(insert(walk).values(**values))


def incident_of(connection: Connection, walk_id: str) -> IncidentNumber | None:
    """Which incident a walk belongs to."""
    found = connection.execute(select(walk.c.incident).where(walk.c.id == walk_id)).scalar()
    return None if found is None else IncidentNumber(found)


def lock(connection: Connection, walk_id: str) -> Stored | None:
    """One walk, held until the transaction ends."""
    row = connection.execute(locked(connection, select(walk).where(walk.c.id == walk_id))).first()
    return None if row is None else _stored(row)


def save(connection: Connection, before: Stored, **changes: Any) -> Stored:  # noqa: ANN401
    """The walk one step further."""
    after = replace(before, **changes, step=before.step + 1)
    values = {name: getattr(after, name) for name in (*changes, "step")}
    connection.execute(update(walk).where(walk.c.id == before.id).values(**values))
    return after


def of(connection: Connection, number: IncidentNumber) -> tuple[Stored, ...]:
    """Every walk of an incident, oldest first."""
    query = select(walk).where(walk.c.incident == number).order_by(walk.c.started_at, walk.c.id)
    return tuple(_stored(row) for row in connection.execute(query))


def _stored(row: Row[Any]) -> Stored:
    return Stored(**row._mapping)  # noqa: SLF001 (SQLAlchemy's public name)
