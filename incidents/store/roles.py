"""Who holds which role, who was asked, and who said no."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from incidents.model.access import PUBLIC
from incidents.model.ids import IncidentNumber, PersonId, uuid7
from incidents.model.lifecycle import OPEN
from incidents.store.sight import numbers_visible_to, visible_to
from incidents.store.tables import incident, role

TOOK, GIVEN = "took it", "was given it"  # why somebody has a role whom nobody asked


@dataclass(frozen=True, slots=True)
class Assignment:
    """A person asked for or holding a role.

    ``state`` is offered, held, passed, expired or ended.
    """

    id: str
    incident: IncidentNumber
    role: str
    person: PersonId
    state: str
    offered_at: datetime
    held_at: datetime | None
    ended_at: datetime | None
    because: str
    facts: dict[str, Any]


def offer(  # noqa: PLR0913
    connection: Connection,
    number: IncidentNumber,
    role_name: str,
    person: PersonId,
    now: datetime,
    *,
    because: str,
    facts: dict[str, Any],
) -> Assignment:
    """Ask somebody. The database refuses a second open offer of the same role."""
    return _add(connection, number, role_name, person, now, "offered", because, facts)


def hold(
    connection: Connection,
    number: IncidentNumber,
    role_name: str,
    person: PersonId,
    now: datetime,
    *,
    because: str,
) -> Assignment:
    """Give somebody the role at once. The database refuses a second holder."""
    return _add(connection, number, role_name, person, now, "held", because, {})


def accept(connection: Connection, assignment: Assignment, now: datetime) -> None:
    """The person who was asked said yes."""
    connection.execute(
        update(role).where(role.c.id == assignment.id).values(state="held", held_at=now)
    )


def end(connection: Connection, assignment: Assignment, now: datetime, state: str) -> None:
    """An offer or a holding is over; ``state`` is passed, expired or ended."""
    connection.execute(
        update(role).where(role.c.id == assignment.id).values(state=state, ended_at=now)
    )


def current(connection: Connection, number: IncidentNumber) -> tuple[Assignment, ...]:
    """Everybody who holds a role or has been asked to."""
    query = (
        select(role)
        .where(role.c.incident == number, role.c.state.in_(("held", "offered")))
        .order_by(role.c.offered_at, role.c.id)
    )
    return tuple(_assignment(row) for row in connection.execute(query))


def history(connection: Connection, number: IncidentNumber) -> tuple[Assignment, ...]:
    """Everybody who ever held a role or was asked to, in order."""
    query = select(role).where(role.c.incident == number).order_by(role.c.offered_at, role.c.id)
    return tuple(_assignment(row) for row in connection.execute(query))


def holder(connection: Connection, number: IncidentNumber, role_name: str) -> Assignment | None:
    """Who holds the role."""
    return _in_state(connection, number, role_name, "held")


def offered(connection: Connection, number: IncidentNumber, role_name: str) -> Assignment | None:
    """Who has been asked and has not answered."""
    return _in_state(connection, number, role_name, "offered")


def load(connection: Connection, *, apart_from: int = 0) -> dict[PersonId, int]:
    """How many open incidents each person commands or is asked to command; drills do not count.

    Everybody reads why somebody was asked, so here as below private incidents do not count.
    """
    query = (
        select(role.c.person, func.count())
        .join(incident, incident.c.number == role.c.incident)
        .where(
            role.c.role == "commander",
            role.c.state.in_(("held", "offered")),
            incident.c.status.in_([status.value for status in OPEN]),
            incident.c.number != apart_from,
            incident.c.is_drill.is_(False),
            visible_to(PUBLIC),
        )
        .group_by(role.c.person)
    )
    return {PersonId(person): int(count) for person, count in connection.execute(query)}


def rehearsing(connection: Connection, *, apart_from: int = 0) -> frozenset[PersonId]:
    """Who commands an open drill that everybody may know of."""
    query = (
        select(role.c.person)
        .join(incident, incident.c.number == role.c.incident)
        .where(
            role.c.role == "commander",
            role.c.state == "held",
            incident.c.status.in_([status.value for status in OPEN]),
            incident.c.is_drill.is_(True),
            incident.c.number != apart_from,
            visible_to(PUBLIC),
        )
    )
    return frozenset(PersonId(person) for person in connection.execute(query).scalars())


def asked_at(connection: Connection, since: datetime) -> dict[PersonId, tuple[datetime, ...]]:
    """When each person was asked to command since then. Who took it was not asked. No drills.

    Nobody is woken to take another role.
    """
    query = (
        select(role.c.person, role.c.offered_at)
        .join(incident, incident.c.number == role.c.incident)
        .where(
            role.c.role == "commander",
            role.c.offered_at >= since,
            role.c.because.not_in((TOOK, GIVEN)),
            incident.c.is_drill.is_(False),
            visible_to(PUBLIC),
        )
    )
    found: dict[PersonId, tuple[datetime, ...]] = {}
    for person, at in connection.execute(query):
        found[PersonId(person)] = (*found.get(PersonId(person), ()), at)
    return found


def commanded_since(
    connection: Connection, since: datetime
) -> dict[PersonId, tuple[int, datetime]]:
    """How many incidents each person began to command since then, and when last. No drills."""
    query = (
        select(role.c.person, func.count(role.c.incident.distinct()), func.max(role.c.held_at))
        .join(incident, incident.c.number == role.c.incident)
        .where(
            role.c.role == "commander",
            role.c.held_at >= since,
            incident.c.is_drill.is_(False),
            visible_to(PUBLIC),
        )
        .group_by(role.c.person)
    )
    return {PersonId(person): (int(count), at) for person, count, at in connection.execute(query)}


def deputised(connection: Connection) -> dict[PersonId, int]:
    """In how many incidents, drills too, each person was deputy."""
    query = (
        select(role.c.person, func.count(role.c.incident.distinct()))
        .where(
            role.c.role == "deputy",
            role.c.held_at.is_not(None),
            role.c.incident.in_(numbers_visible_to(PUBLIC)),
        )
        .group_by(role.c.person)
    )
    return {PersonId(person): int(count) for person, count in connection.execute(query)}


def _in_state(
    connection: Connection, number: IncidentNumber, role_name: str, state: str
) -> Assignment | None:
    query = select(role).where(
        role.c.incident == number, role.c.role == role_name, role.c.state == state
    )
    row = connection.execute(query).first()
    return None if row is None else _assignment(row)


def _add(  # noqa: PLR0913, PLR0917
    connection: Connection,
    number: IncidentNumber,
    role_name: str,
    person: PersonId,
    now: datetime,
    state: str,
    because: str,
    facts: dict[str, Any],
) -> Assignment:
    new = Assignment(
        id=uuid7(now),
        incident=number,
        role=role_name,
        person=person,
        state=state,
        offered_at=now,
        held_at=now if state == "held" else None,
        ended_at=None,
        because=because,
        facts=facts,
    )
    values = {name: getattr(new, name) for name in Assignment.__slots__}
    connection.execute(insert(role).values(**values))
    return new


def _assignment(row: Row[Any]) -> Assignment:
    return Assignment(**row._mapping)  # noqa: SLF001 (SQLAlchemy's public name)
