"""Deliveries in SQL: taken in whole, worked on later, in order of each source, by one at a time."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, or_, select, update

from incidents.model.ids import uuid7
from incidents.store.sql import locked, next_number, skip_locked
from incidents.store.tables import delivery


@dataclass(frozen=True, slots=True)
class Given:
    """What a source sent, as it came, and when. ``headers`` are those that its reader needs."""

    source: str
    headers: Mapping[str, str]
    body: str
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a source sent, as it is kept. ``attempts`` counts those that failed."""

    id: str
    source: str
    headers: Mapping[str, str]
    body: str
    received_at: datetime
    state: str
    attempts: int
    error: str | None


def add(connection: Connection, given: Sequence[Given]) -> None:
    """Keep them all, in this order."""
    rows = [
        {
            "id": uuid7(one.received_at),
            "source": one.source,
            "seq": next_number(connection, "delivery"),
            "headers": dict(one.headers),
            "body": one.body,
            "received_at": one.received_at,
            "state": "waiting",
            "attempts": 0,
        }
        for one in given
    ]
    if rows:
        connection.execute(insert(delivery), rows)


def waiting(connection: Connection, sources: Collection[str]) -> tuple[str, ...]:
    """Those of the sources that something waits of, whose oldest came first in front."""
    query = (
        select(delivery.c.source)
        .where(delivery.c.state == "waiting", delivery.c.source.in_(sorted(sources)))
        .group_by(delivery.c.source)
        .order_by(func.min(delivery.c.seq))
    )
    return tuple(str(source) for source in connection.execute(query).scalars())


def take(connection: Connection, source: str, limit: int) -> tuple[Delivery, ...]:
    """The oldest of a source, held until the transaction ends.

    None if somebody else works on them: whoever holds the oldest holds the whole queue, or a
    delivery could overtake the one before it.
    """
    waits = (delivery.c.source == source, delivery.c.state == "waiting")
    oldest = connection.execute(select(func.min(delivery.c.seq)).where(*waits)).scalar()
    head = select(delivery.c.id).where(*waits, delivery.c.seq == oldest)
    if connection.execute(skip_locked(connection, head)).first() is None:
        return ()
    query = select(delivery).where(*waits).order_by(delivery.c.seq).limit(limit)
    return tuple(_delivery(row) for row in connection.execute(locked(connection, query)))


def settle(connection: Connection, ids: Sequence[str], now: datetime) -> None:
    """They are done."""
    statement = update(delivery).where(delivery.c.id.in_(ids))
    connection.execute(statement.values(state="done", settled_at=now, error=None))


def fail(connection: Connection, one_id: str, error: str) -> None:
    """It went wrong, and is tried again."""
    values = {"attempts": delivery.c.attempts + 1, "error": error}
    connection.execute(update(delivery).where(delivery.c.id == one_id).values(values))


def bury(connection: Connection, one_id: str, now: datetime, error: str) -> None:
    """It went wrong for good. Whoever comes after it need not wait any longer."""
    connection.execute(
        update(delivery)
        .where(delivery.c.id == one_id)
        .values(state="dead", settled_at=now, error=error, attempts=delivery.c.attempts + 1)
    )


def retry(connection: Connection, which: str) -> int:
    """Give a dead one, by its id, another life; or all of a source. How many there were."""
    statement = (
        update(delivery)
        .where(delivery.c.state == "dead", or_(delivery.c.id == which, delivery.c.source == which))
        .values(state="waiting", attempts=0, error=None, settled_at=None)
    )
    return connection.execute(statement).rowcount


def listed(connection: Connection, *, states: Sequence[str], limit: int) -> tuple[Delivery, ...]:
    """Deliveries in the given states, the newest first."""
    query = select(delivery).where(delivery.c.state.in_(states)).order_by(delivery.c.seq.desc())
    return tuple(_delivery(row) for row in connection.execute(query.limit(limit)))


def count_by(connection: Connection) -> list[tuple[str, str, int]]:
    """Source, state and how many there are of it."""
    query = select(delivery.c.source, delivery.c.state, func.count()).group_by(
        delivery.c.source, delivery.c.state
    )
    return [(str(a), str(b), int(c)) for a, b, c in connection.execute(query)]


def forget(connection: Connection, before: datetime) -> int:
    """Drop what was done before then. How many there were."""
    is_old = (delivery.c.state == "done") & (delivery.c.settled_at < before)
    return connection.execute(delete(delivery).where(is_old)).rowcount


def _delivery(row: Row[Any]) -> Delivery:
    return Delivery(**{name: getattr(row, name) for name in Delivery.__slots__})
