"""Waivers of the gate in SQL. They are never deleted: they say why something went out."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, insert, select, update

from incidents.model.ids import PersonId, ServiceName
from incidents.model.text import UserText
from incidents.model.waiver import PENDING, State, Waiver
from incidents.store.gate_tables import gate_waiver
from incidents.store.sql import locked


def add(connection: Connection, new: Waiver) -> None:
    """A new request."""
    row = {
        "id": new.id,
        "service": new.service,
        "change": new.change,
        "because": new.because.raw,
        "asked_by": new.asked_by,
        "asked_at": new.asked_at,
        "told": new.told,
        "until_at": new.until,
        "state": new.state,
    }
    connection.execute(insert(gate_waiver).values(**row))


def lock(connection: Connection, name: str) -> Waiver | None:
    """The waiver called that, held until the end of the transaction."""
    query = select(gate_waiver).where(gate_waiver.c.id == name)
    row = connection.execute(locked(connection, query)).first()
    return None if row is None else _waiver(row)


def decide(connection: Connection, name: str, state: State, by: PersonId, now: datetime) -> None:
    """It is approved or declined."""
    _change(connection, name, state=state, decided_by=by, decided_at=now)


def end(connection: Connection, name: str, state: State, by: PersonId, now: datetime) -> None:
    """It is over."""
    _change(connection, name, state=state, ended_by=by, ended_at=now)


def standing(
    connection: Connection, now: datetime, service: ServiceName | None = None
) -> tuple[Waiver, ...]:
    """What is asked for or active and not over at ``now``, the oldest first."""
    query = select(gate_waiver).where(
        gate_waiver.c.state.in_(sorted(PENDING)), gate_waiver.c.until_at > now
    )
    if service is not None:
        query = query.where(gate_waiver.c.service == service)
    return _all(connection, query.order_by(gate_waiver.c.asked_at, gate_waiver.c.id))


def latest(
    connection: Connection, service: ServiceName | None = None, *, limit: int
) -> tuple[Waiver, ...]:
    """The newest, whatever became of them."""
    query = select(gate_waiver).order_by(gate_waiver.c.asked_at.desc(), gate_waiver.c.id.desc())
    if service is not None:
        query = query.where(gate_waiver.c.service == service)
    return _all(connection, query.limit(limit))


def _all(connection: Connection, query: Select[Any]) -> tuple[Waiver, ...]:
    return tuple(_waiver(row) for row in connection.execute(query))


def _change(connection: Connection, name: str, **values: object) -> None:
    connection.execute(update(gate_waiver).where(gate_waiver.c.id == name).values(**values))


def _waiver(row: Row[Any]) -> Waiver:
    return Waiver(
        id=row.id,
        service=ServiceName(row.service),
        change=row.change,
        because=UserText(row.because),
        asked_by=PersonId(row.asked_by),
        asked_at=row.asked_at,
        told=row.told,
        until=row.until_at,
        state=State(row.state),
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        ended_by=row.ended_by,
        ended_at=row.ended_at,
    )
