"""Things with a deadline, in SQL.

A row is taken and settled in the transaction that acts on it.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select, update

from incidents.model.ids import IncidentNumber
from incidents.store.sql import insert_if_new, skip_locked
from incidents.store.tables import due, incident


@dataclass(frozen=True, slots=True)
class Due:
    """Something to do at ``due_at`` or as soon as possible after it."""

    key: str
    kind: str
    args: dict[str, Any]
    incident: IncidentNumber | None
    due_at: datetime
    attempts: int


def add(connection: Connection, new: Due, now: datetime) -> bool:
    """Write it down. False if the key was ever used before."""
    return insert_if_new(
        connection,
        due,
        {
            "key": new.key,
            "kind": new.kind,
            "args": new.args,
            "incident": new.incident,
            "due_at": new.due_at,
            "state": "pending",
            "created_at": now,
            "attempts": 0,
        },
    )


def plan(connection: Connection, wanted: Due, now: datetime) -> None:
    """Write it down, or move it if it is not settled yet. What was done stays done."""
    if add(connection, wanted, now):
        return
    connection.execute(
        update(due)
        .where(due.c.key == wanted.key, due.c.state.in_(("pending", "cancelled")))
        .values(due_at=wanted.due_at, args=wanted.args, state="pending", settled_at=None)
    )


def take(
    connection: Connection, now: datetime, *, kinds: Collection[str], limit: int
) -> tuple[Due, ...]:
    """What is due about one incident, or about none, held until the transaction ends.

    It is the incident that has waited longest among those nobody is working on, and it is held
    before its rows are, in the order in which everybody takes them.
    """
    is_due = (due.c.state == "pending", due.c.due_at <= now, due.c.kind.in_(sorted(kinds)))
    longest = (
        select(due.c.incident)
        .join(incident, incident.c.number == due.c.incident)
        .where(*is_due)
        .order_by(due.c.due_at, due.c.key)
        .limit(1)
    )
    number = connection.execute(skip_locked(connection, longest, of=incident)).scalar()
    query = (
        select(due)
        .where(*is_due, due.c.incident.is_not_distinct_from(number))
        .order_by(due.c.due_at, due.c.key)
        .limit(limit)
    )
    return tuple(_due(row) for row in connection.execute(skip_locked(connection, query)))


def settle(connection: Connection, key: str, now: datetime) -> None:
    """It is done."""
    connection.execute(update(due).where(due.c.key == key).values(state="done", settled_at=now))


def postpone(connection: Connection, key: str, until: datetime, error: str) -> None:
    """It went wrong: try again at ``until``."""
    connection.execute(
        update(due)
        .where(due.c.key == key)
        .values(due_at=until, attempts=due.c.attempts + 1, error=error)
    )


def bury(connection: Connection, key: str, now: datetime, error: str) -> None:
    """It went wrong too often."""
    connection.execute(
        update(due).where(due.c.key == key).values(state="dead", settled_at=now, error=error)
    )


def cancel(connection: Connection, prefix: str, now: datetime) -> int:
    """Call off everything pending whose key begins with ``prefix``. How many there were."""
    statement = (
        update(due)
        .where(due.c.state == "pending", due.c.key.startswith(prefix, autoescape=True))
        .values(state="cancelled", settled_at=now)
    )
    return connection.execute(statement).rowcount


def move(connection: Connection, prefixes: Iterable[str], number: IncidentNumber) -> None:
    """What is pending under these belongs to another incident, which is held before it is done."""
    for prefix in prefixes:
        is_one = due.c.key.startswith(prefix, autoescape=True)
        statement = update(due).where(due.c.state == "pending", is_one)
        connection.execute(statement.values(incident=number))


def late(connection: Connection, now: datetime) -> int:
    """How many things should have been done by ``now`` and are not."""
    query = select(func.count()).where(due.c.state == "pending", due.c.due_at <= now)
    return int(connection.execute(query.select_from(due)).scalar_one())


def next_at(connection: Connection) -> datetime | None:
    """When the next thing is due."""
    return connection.execute(
        select(func.min(due.c.due_at)).where(due.c.state == "pending")
    ).scalar()


def pending(connection: Connection, prefix: str) -> tuple[Due, ...]:
    """What is still to come under ``prefix``, soonest first."""
    query = (
        select(due)
        .where(due.c.state == "pending", due.c.key.startswith(prefix, autoescape=True))
        .order_by(due.c.due_at, due.c.key)
    )
    return tuple(_due(row) for row in connection.execute(query))


def _due(row: Row[Any]) -> Due:
    return Due(row.key, row.kind, row.args, row.incident, row.due_at, row.attempts)
