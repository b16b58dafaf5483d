"""Who stands in for whom, what feeds plan, and what files said before, in SQL."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from incidents.model.ids import PersonId
from incidents.model.oncall import FeedKind, Handle, Override, Planned, RotationName
from incidents.store.oncall_tables import (
    oncall_feed,
    oncall_generation,
    oncall_override,
    oncall_plan,
)
from incidents.store.sql import insert_if_new, insert_or_replace, locked
from incidents.store.tables import person

_MANY = 500  # names in one statement: SQLite has a limit


@dataclass(frozen=True, slots=True)
class StandIn:
    """``person`` is on call from ``start`` until ``end``; ``asked`` has to agree to it first.

    ``trade`` is the same for what is agreed to, and called off, together. ``since`` is when it took
    force, ``ended_at`` when it was declined or called off.
    """

    id: str
    trade: str
    rotation: RotationName
    person: PersonId
    start: datetime
    end: datetime
    state: str
    asked: PersonId | None
    made_by: PersonId
    made_at: datetime
    because: str
    since: datetime | None = None
    ended_at: datetime | None = None
    ended_by: PersonId | None = None


@dataclass(frozen=True, slots=True)
class Fetched:
    """How it went with a feed: when it answered well last, and what is wrong since."""

    rotation: RotationName
    kind: str
    tried_at: datetime
    good_at: datetime | None
    error: str


def add(connection: Connection, one: StandIn) -> None:
    """A new override, or what is asked for to become one."""
    row = {
        "id": one.id,
        "trade": one.trade,
        "rotation": one.rotation,
        "person": one.person,
        "start_at": one.start,
        "end_at": one.end,
        "state": one.state,
        "asked": one.asked,
        "made_by": one.made_by,
        "made_at": one.made_at,
        "because": one.because,
        "since_at": one.since,
    }
    connection.execute(insert(oncall_override).values(**row))


def lock_trade(connection: Connection, trade: str) -> tuple[StandIn, ...]:
    """What belongs together under that name, held until the end of the transaction."""
    query = select(oncall_override).where(oncall_override.c.trade == trade)
    rows = connection.execute(locked(connection, query.order_by(oncall_override.c.id)))
    return tuple(_stand_in(row) for row in rows)


def agree(connection: Connection, trade: str, now: datetime) -> None:
    """It takes force."""
    statement = update(oncall_override).where(oncall_override.c.trade == trade)
    connection.execute(statement.values(state="active", since_at=now))


def ask_next(connection: Connection, trade: str, person: PersonId) -> None:
    """Whoever was asked agreed, and now ``person`` has to."""
    statement = update(oncall_override).where(oncall_override.c.trade == trade)
    connection.execute(statement.values(asked=person))


def end(connection: Connection, trade: str, state: str, by: PersonId, now: datetime) -> None:
    """It is declined or called off, by whom and when."""
    statement = update(oncall_override).where(oncall_override.c.trade == trade)
    connection.execute(statement.values(state=state, ended_by=by, ended_at=now))


def standing(connection: Connection, now: datetime) -> tuple[StandIn, ...]:
    """What is in force or asked for, and not over yet, in the order it begins."""
    query = (
        select(oncall_override)
        .where(oncall_override.c.state.in_(("asked", "active")), oncall_override.c.end_at > now)
        .order_by(oncall_override.c.start_at, oncall_override.c.id)
    )
    return tuple(_stand_in(row) for row in connection.execute(query))


def overrides(
    connection: Connection, names: Sequence[RotationName], since: datetime
) -> dict[RotationName, tuple[Override, ...]]:
    """What ever was in force later than ``since``, from when until when it was, the newest last.

    An override takes force when it is made or agreed to, and ends when it is called off: what was
    true of a moment stays true of it.
    """
    found: dict[RotationName, list[Override]] = {}
    of = oncall_override.c
    query = (
        select(oncall_override, person.c.handle, person.c.email)
        .outerjoin(person, person.c.id == of.person)
        .where(of.since_at.is_not(None), of.end_at > since)
        .order_by(of.since_at, of.id)
    )
    for row in connection.execute(query):
        start, end_ = max(row.start_at, row.since_at), min(row.end_at, row.ended_at or row.end_at)
        if start < end_ and row.rotation in names:
            who = Handle(row.handle or row.email or row.person)
            override = Override(start, end_, who, row.because)
            found.setdefault(RotationName(row.rotation), []).append(override)
    return {name: tuple(several) for name, several in found.items()}


def plans(
    connection: Connection, names: Iterable[RotationName], since: datetime
) -> dict[RotationName, tuple[Planned, ...]]:
    """What the feeds of these rotations plan from ``since`` on, in order."""
    found: dict[RotationName, list[Planned]] = {}
    wanted = sorted(names)
    for begin in range(0, len(wanted), _MANY):
        query = (
            select(oncall_plan)
            .where(oncall_plan.c.rotation.in_(wanted[begin : begin + _MANY]))
            .where(oncall_plan.c.end_at > since)
            .order_by(oncall_plan.c.rotation, oncall_plan.c.start_at)
        )
        for row in connection.execute(query):
            planned = Planned(row.start_at, row.end_at, tuple(map(Handle, row.people)))
            found.setdefault(RotationName(row.rotation), []).append(planned)
    return {name: tuple(several) for name, several in found.items()}


def keep_plan(
    connection: Connection, name: RotationName, plan: Sequence[Planned], since: datetime
) -> None:
    """What is planned from ``since`` on is this; what was over by then stays as it is."""
    connection.execute(
        delete(oncall_plan).where(oncall_plan.c.rotation == name, oncall_plan.c.end_at > since)
    )
    rows = [
        {"rotation": name, "start_at": one.start, "end_at": one.end, "people": list(one.people)}
        for one in plan
        if one.end > since
    ]
    if rows:
        connection.execute(insert(oncall_plan), rows)


def note_feed(connection: Connection, fetched: Fetched) -> None:
    """Keep how it went."""
    row = {
        "rotation": fetched.rotation,
        "kind": fetched.kind,
        "tried_at": fetched.tried_at,
        "good_at": fetched.good_at,
        "error": fetched.error,
    }
    insert_or_replace(connection, oncall_feed, row, keys=("rotation",))


def feeds(connection: Connection) -> dict[RotationName, Fetched]:
    """How it went with each feed that was ever asked."""
    return {
        RotationName(row.rotation): Fetched(
            RotationName(row.rotation), FeedKind(row.kind), row.tried_at, row.good_at, row.error
        )
        for row in connection.execute(select(oncall_feed))
    }


def generations(
    connection: Connection, names: Iterable[RotationName] | None = None
) -> dict[RotationName, list[tuple[datetime, Mapping[str, Any]]]]:
    """What files said of each rotation, and since when, the oldest first."""
    found: dict[RotationName, list[tuple[datetime, Mapping[str, Any]]]] = {}
    query = select(oncall_generation).order_by(
        oncall_generation.c.rotation, oncall_generation.c.since_at
    )
    wanted = None if names is None else set(names)
    for row in connection.execute(query):
        if wanted is None or row.rotation in wanted:
            found.setdefault(RotationName(row.rotation), []).append((row.since_at, row.definition))
    return found


def add_generation(
    connection: Connection, name: RotationName, since: datetime, definition: Mapping[str, Any]
) -> None:
    """From ``since`` on the files say this of it."""
    row = {"rotation": name, "since_at": since, "definition": dict(definition)}
    insert_if_new(connection, oncall_generation, row)


def _stand_in(row: Row[Any]) -> StandIn:
    return StandIn(
        id=row.id,
        trade=row.trade,
        rotation=RotationName(row.rotation),
        person=PersonId(row.person),
        start=row.start_at,
        end=row.end_at,
        state=row.state,
        asked=PersonId(row.asked) if row.asked else None,
        made_by=PersonId(row.made_by),
        made_at=row.made_at,
        because=row.because,
        since=row.since_at,
        ended_at=row.ended_at,
        ended_by=PersonId(row.ended_by) if row.ended_by else None,
    )
