"""People we have met, cached from the workspace, and who is in which room."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update

from incidents.model.ids import IncidentNumber, PersonId
from incidents.model.people import Person
from incidents.store.sql import insert_if_new, insert_or_replace
from incidents.store.tables import person, responder


def remember(connection: Connection, known: Person, now: datetime) -> None:
    """Keep what the workspace says about somebody."""
    row = {
        "id": known.id,
        "handle": known.handle.lower(),
        "name": known.name,
        "zone": known.zone,
        "email": known.email.lower(),
        "is_bot": known.is_bot,
        "is_active": known.is_active,
        "is_guest": known.is_guest,
        "is_admin": known.is_admin,
        "seen_at": now,
    }
    insert_or_replace(connection, person, row, keys=("id",))


def get(connection: Connection, person_id: str) -> Person | None:
    """Somebody by Slack's user id."""
    row = connection.execute(select(person).where(person.c.id == person_id)).first()
    return None if row is None else _person(row)


def named(connection: Connection, name: str) -> Person | None:
    """Somebody by handle (``ana``, ``@ana``) or e-mail address."""
    word = name.strip().lstrip("@").lower()
    column = person.c.email if "@" in word else person.c.handle
    query = select(person).where(column == word, person.c.is_active).order_by(person.c.id)
    row = connection.execute(query.limit(1)).first()
    return None if row is None else _person(row)


def everybody(connection: Connection) -> tuple[Person, ...]:
    """All people we know, by handle."""
    query = select(person).order_by(person.c.handle, person.c.id)
    return tuple(_person(row) for row in connection.execute(query))


def several(connection: Connection, ids: Iterable[str]) -> dict[str, Person]:
    """Those of ``ids`` that we know."""
    query = select(person).where(person.c.id.in_(sorted(set(ids))))
    return {row.id: _person(row) for row in connection.execute(query)}


def joined(
    connection: Connection, number: IncidentNumber, person_id: PersonId, now: datetime
) -> bool:
    """Somebody came into the room. True the first time, or when they had left."""
    row = {"incident": number, "person": person_id, "joined_at": now, "left_at": None}
    if insert_if_new(connection, responder, row):
        return True
    statement = (
        update(responder)
        .where(
            responder.c.incident == number,
            responder.c.person == person_id,
            responder.c.left_at.is_not(None),
        )
        .values(left_at=None)
    )
    return connection.execute(statement).rowcount == 1


def left(
    connection: Connection, number: IncidentNumber, person_id: PersonId, now: datetime
) -> bool:
    """Somebody left the room. True if they were in it."""
    statement = (
        update(responder)
        .where(
            responder.c.incident == number,
            responder.c.person == person_id,
            responder.c.left_at.is_(None),
        )
        .values(left_at=now)
    )
    return connection.execute(statement).rowcount == 1


def all_left(connection: Connection, number: IncidentNumber, now: datetime) -> None:
    """The room is given up: nobody is in it any more."""
    statement = update(responder).where(
        responder.c.incident == number, responder.c.left_at.is_(None)
    )
    connection.execute(statement.values(left_at=now))


@dataclass(frozen=True, slots=True)
class Stay:
    """Since when somebody is in a room, and whether they left it."""

    joined_at: datetime
    left_at: datetime | None


def stays(connection: Connection, number: IncidentNumber) -> dict[PersonId, Stay]:
    """Everybody who ever was in the room."""
    query = select(responder).where(responder.c.incident == number)
    return {
        PersonId(row.person): Stay(row.joined_at, row.left_at) for row in connection.execute(query)
    }


def responders(connection: Connection, number: IncidentNumber) -> tuple[PersonId, ...]:
    """Everybody who is in the room, in the order they came."""
    query = (
        select(responder.c.person)
        .where(responder.c.incident == number, responder.c.left_at.is_(None))
        .order_by(responder.c.joined_at, responder.c.person)
    )
    return tuple(PersonId(person_id) for person_id in connection.execute(query).scalars())


def _person(row: Row[Any]) -> Person:
    return Person(
        id=PersonId(row.id),
        handle=row.handle,
        name=row.name,
        zone=row.zone,
        email=row.email,
        is_bot=row.is_bot,
        is_active=row.is_active,
        is_guest=row.is_guest,
        is_admin=row.is_admin,
    )
