"""Alerts in SQL: of each thing that is watched, the newest time it went wrong."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, select, update

from incidents.model.ids import IncidentNumber
from incidents.store.sql import insert_if_new, next_number
from incidents.store.tables import alert, inbox

_COUNTER = "alerts"
_ONE = select(alert).where(
    alert.c.source == bindparam("of_source"), alert.c.fingerprint == bindparam("of_fingerprint")
)


@dataclass(frozen=True, slots=True)
class Kept:
    """What is known of an alert. ``incident`` is the one it opened, joined or was put down in."""

    source: str
    fingerprint: str
    is_firing: bool
    starts_at: datetime
    ends_at: datetime | None
    seen_at: datetime
    labels: Mapping[str, str]
    incident: IncidentNumber | None


def hold(connection: Connection) -> None:
    """Wait for other deliveries to commit and keep theirs waiting: an outage gets one incident."""
    next_number(connection, _COUNTER, step=0)


def get(connection: Connection, source: str, fingerprint: str) -> Kept | None:
    """What is known of an alert."""
    row = connection.execute(_ONE, {"of_source": source, "of_fingerprint": fingerprint}).first()
    return None if row is None else _kept(row)


def keep(connection: Connection, now_known: Kept) -> None:
    """Replace what was known of the alert, or begin to know it."""
    row = {
        "source": now_known.source,
        "fingerprint": now_known.fingerprint,
        "status": "firing" if now_known.is_firing else "resolved",
        "starts_at": now_known.starts_at,
        "ends_at": now_known.ends_at,
        "seen_at": now_known.seen_at,
        "labels": dict(now_known.labels),
        "incident": now_known.incident,
    }
    if insert_if_new(connection, alert, row):
        return
    same = (
        alert.c.source == now_known.source,
        alert.c.fingerprint == now_known.fingerprint,
    )
    connection.execute(update(alert).where(*same).values(**row))


def detach(connection: Connection, number: IncidentNumber) -> None:
    """What still fires for an incident is nobody's: the next time it is looked at anew."""
    connection.execute(update(alert).where(alert.c.incident == number).values(incident=None))


def move(connection: Connection, fired: Iterable[tuple[str, str]], number: IncidentNumber) -> None:
    """These alerts, by source and fingerprint, are the affair of another incident."""
    for source, fingerprint in fired:
        is_it = (alert.c.source == source) & (alert.c.fingerprint == fingerprint)
        connection.execute(update(alert).where(is_it).values(incident=number))


def was_told(connection: Connection, name: str) -> bool:
    """Whether this news was ever taken in, by the name it has in the inbox."""
    query = select(inbox.c.key).where(inbox.c.source == "alert", inbox.c.key == name)
    return connection.execute(query).first() is not None


def firing_of(connection: Connection, number: IncidentNumber) -> int:
    """How many alerts of an incident still fire."""
    query = (
        select(func.count())
        .select_from(alert)
        .where(alert.c.incident == number, alert.c.status == "firing")
    )
    return int(connection.execute(query).scalar_one())


def of(connection: Connection, number: IncidentNumber) -> tuple[Kept, ...]:
    """The alerts of an incident, the oldest first."""
    query = (
        select(alert)
        .where(alert.c.incident == number)
        .order_by(alert.c.starts_at, alert.c.source, alert.c.fingerprint)
    )
    return tuple(_kept(row) for row in connection.execute(query))


def _kept(row: Row[Any]) -> Kept:
    return Kept(
        source=row.source,
        fingerprint=row.fingerprint,
        is_firing=row.status == "firing",
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        seen_at=row.seen_at,
        labels=row.labels,
        incident=None if row.incident is None else IncidentNumber(row.incident),
    )
