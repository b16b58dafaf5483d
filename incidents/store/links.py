"""How incidents belong together: related, taken out of one, or part of one. In SQL."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, or_, select, update

from incidents.model.ids import IncidentNumber, PersonId
from incidents.store.oneroom_tables import link


@dataclass(frozen=True, slots=True)
class Link:
    """``incident`` is ``kind`` to ``other``: related to it, a child taken out of it, or a part.

    ``facts`` say what moved when it was made, so that it can move back.
    """

    id: str
    incident: IncidentNumber
    other: IncidentNumber
    kind: str
    because: str
    made_by: PersonId
    made_at: datetime
    ended_at: datetime | None
    facts: dict[str, Any]


def add(connection: Connection, new: Link) -> None:
    """A new link. The database refuses a second whole of the same part."""
    connection.execute(insert(link).values({name: getattr(new, name) for name in Link.__slots__}))


def end(connection: Connection, link_id: str, now: datetime) -> None:
    """It was taken back; it stays on file."""
    connection.execute(update(link).where(link.c.id == link_id).values(ended_at=now))


def of(connection: Connection, number: IncidentNumber) -> tuple[Link, ...]:
    """The links of an incident that hold, in either direction, the oldest first."""
    query = (
        select(link)
        .where(or_(link.c.incident == number, link.c.other == number), link.c.ended_at.is_(None))
        .order_by(link.c.made_at, link.c.id)
    )
    return tuple(_link(row) for row in connection.execute(query))


def children_of(connection: Connection, number: IncidentNumber) -> tuple[IncidentNumber, ...]:
    """The incidents that were taken out of this one."""
    return tuple(
        one.incident
        for one in of(connection, number)
        if one.kind == "child" and one.other == number
    )


def merge_of(connection: Connection, number: IncidentNumber) -> Link | None:
    """How this incident became part of another one."""
    query = select(link).where(
        link.c.incident == number, link.c.kind == "merged", link.c.ended_at.is_(None)
    )
    row = connection.execute(query).first()
    return None if row is None else _link(row)


def _link(row: Row[Any]) -> Link:
    return Link(**row._mapping)  # noqa: SLF001 (SQLAlchemy's public name)
