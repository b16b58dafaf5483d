"""Incidents in SQL."""

import dataclasses
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, insert, select, update

from incidents.errors import Conflict
from incidents.model.access import ALL_SEEING, PUBLIC, Reader
from incidents.model.ids import IncidentNumber, PersonId
from incidents.model.incident import Incident
from incidents.model.lifecycle import OPEN, Status
from incidents.model.severity import Severity
from incidents.model.text import UserText
from incidents.model.timeline import GENESIS
from incidents.store.oneroom_tables import outage
from incidents.store.sight import visible_to
from incidents.store.sql import locked
from incidents.store.tables import incident

_WITH_OPEN_KEY = select(incident).where(incident.c.open_key == bindparam("wanted"))
_ALSO_CALLED = (
    select(incident)
    .where(
        incident.c.number.in_(select(outage.c.incident).where(outage.c.key == bindparam("wanted"))),
        incident.c.status.in_([status.value for status in OPEN]),
        incident.c.is_private.is_(False),
    )
    .order_by(incident.c.number.desc())
    .limit(1)
)
_FIELDS = tuple(field.name for field in dataclasses.fields(Incident))


def add(connection: Connection, new: Incident) -> None:
    """A new incident, with an empty timeline."""
    connection.execute(insert(incident).values(**_columns(new), entries=0, head=GENESIS))


def get(
    connection: Connection, number: IncidentNumber, reader: Reader = ALL_SEEING
) -> Incident | None:
    """The incident as it is; None if there is none, or none that ``reader`` may see."""
    query = select(incident).where(incident.c.number == number, visible_to(reader))
    return _one(connection.execute(query).first())


def visible(
    connection: Connection, numbers: Collection[IncidentNumber], reader: Reader
) -> frozenset[IncidentNumber]:
    """Those of ``numbers`` that ``reader`` may see."""
    query = select(incident.c.number).where(incident.c.number.in_(numbers), visible_to(reader))
    return frozenset(IncidentNumber(one) for one in connection.execute(query).scalars())


def lock(connection: Connection, number: IncidentNumber) -> Incident | None:
    """The incident, held until the transaction ends."""
    query = locked(connection, select(incident).where(incident.c.number == number))
    return _one(connection.execute(query).first())


def save(connection: Connection, before: Incident, **changes: Any) -> Incident:  # noqa: ANN401
    """The incident with ``changes``. Raises `Conflict` if it is not the one that was read."""
    after = dataclasses.replace(before, **changes, version=before.version + 1)
    columns = _columns(after)
    statement = (
        update(incident)
        .where(incident.c.number == before.number, incident.c.version == before.version)
        .values({name: columns[name] for name in (*changes, "version")})
    )
    if connection.execute(statement).rowcount != 1:
        raise Conflict(f"{before.key} was changed by somebody else at the same moment.")
    return after


def in_room(connection: Connection, room: str) -> Incident | None:
    """The incident whose room this is; of several that share it, the newest."""
    query = select(incident).where(incident.c.room == room).order_by(incident.c.number.desc())
    return _one(connection.execute(query.limit(1)).first())


def with_open_key(connection: Connection, open_key: str) -> Incident | None:
    """The incident that is open for this outage, by its own name or by one that joined it."""
    for question in (_WITH_OPEN_KEY, _ALSO_CALLED):
        query = locked(connection, question)
        found = _one(connection.execute(query, {"wanted": open_key}).first())
        if found is not None:
            return found
    return None


def root_of(connection: Connection, number: IncidentNumber) -> IncidentNumber:
    """The incident that this one is a part of, through all that were merged; or itself."""
    while True:
        query = select(incident.c.merged_into).where(incident.c.number == number)
        whole = connection.execute(query).scalar()
        if whole is None:
            return number
        number = IncidentNumber(whole)


def parts_of(connection: Connection, number: IncidentNumber) -> tuple[Incident, ...]:
    """The incidents that were merged into this one directly, the oldest first."""
    query = select(incident).where(incident.c.merged_into == number).order_by(incident.c.number)
    return tuple(_incident(row) for row in connection.execute(query))


def open_ones(connection: Connection, reader: Reader = ALL_SEEING) -> tuple[Incident, ...]:
    """Every incident somebody is working on, the worst and newest first."""
    is_open = incident.c.status.in_([status.value for status in OPEN])
    query = (
        select(incident)
        .where(is_open, visible_to(reader))
        .order_by(incident.c.severity, incident.c.number.desc())
    )
    return tuple(_incident(row) for row in connection.execute(query))


def unfinished(connection: Connection, ended_since: datetime) -> tuple[Incident, ...]:
    """Every incident that was not closed or cancelled, or only since then, the oldest first."""
    statuses = [status.value for status in (*OPEN, Status.RESOLVED)]
    is_wanted = incident.c.status.in_(statuses) | (incident.c.closed_at >= ended_since)
    query = select(incident).where(is_wanted).order_by(incident.c.number)
    return tuple(_incident(row) for row in connection.execute(query))


def ended_since(
    connection: Connection, since: datetime, reader: Reader = ALL_SEEING
) -> tuple[Incident, ...]:
    """Incidents whose impact ended at ``since`` or later, the last first."""
    query = select(incident).where(incident.c.resolved_at >= since, visible_to(reader))
    return tuple(
        _incident(row) for row in connection.execute(query.order_by(incident.c.resolved_at.desc()))
    )


def recent(
    connection: Connection, reader: Reader = ALL_SEEING, *, limit: int
) -> tuple[Incident, ...]:
    """The newest incidents of any status."""
    query = select(incident).where(visible_to(reader)).order_by(incident.c.number.desc())
    query = query.limit(limit)
    return tuple(_incident(row) for row in connection.execute(query))


def between(
    connection: Connection, start: datetime, end: datetime, reader: Reader = ALL_SEEING
) -> tuple[Incident, ...]:
    """Incidents declared in the span ``[start, end)``, the oldest first."""
    is_within = (incident.c.declared_at >= start) & (incident.c.declared_at < end)
    query = select(incident).where(is_within, visible_to(reader)).order_by(incident.c.number)
    return tuple(_incident(row) for row in connection.execute(query))


def reaching(
    connection: Connection, since: datetime, until: datetime, reader: Reader
) -> tuple[Incident, ...]:
    """Real incidents, called off by nobody, whose impact reaches into ``[since, until)``.

    With the wholes of those that are a part of one.
    """
    over = func.coalesce(incident.c.resolved_at, incident.c.closed_at)
    query = select(incident).where(
        incident.c.started_at < until,
        over.is_(None) | (over > since),
        incident.c.is_drill.is_(False),
        incident.c.status != Status.CANCELLED.value,
        visible_to(reader),
    )
    found = {one.number: one for one in map(_incident, connection.execute(query))}
    for one in tuple(found.values()):
        root = root_of(connection, one.number) if one.merged_into is not None else one.number
        whole = get(connection, root, reader) if root not in found else None
        if whole is not None and whole.status is not Status.CANCELLED:
            found[whole.number] = whole
    return tuple(found[number] for number in sorted(found))


def count_by(connection: Connection) -> Sequence[tuple[str, str, int]]:
    """Severity, status and how many public ones there are of it. No drills."""
    query = (
        select(incident.c.severity, incident.c.status, func.count())
        .where(visible_to(PUBLIC), incident.c.is_drill.is_(False))
        .group_by(incident.c.severity, incident.c.status)
    )
    return [(str(a), str(b), int(c)) for a, b, c in connection.execute(query)]


def count_private(connection: Connection) -> int:
    """How many private ones there ever were. Nothing else is told about them."""
    query = select(func.count()).select_from(incident).where(incident.c.is_private)
    return int(connection.execute(query).scalar_one())


def _columns(value: Incident) -> dict[str, Any]:
    raw = {name: getattr(value, name) for name in _FIELDS}
    return {
        **raw,
        "title": value.title.raw,
        "impact": value.impact.raw,
        "fix": value.fix.raw,
        "services": list(value.services),
        "severity": value.severity.value,
        "status": value.status.value,
    }


def _one(row: Row[Any] | None) -> Incident | None:
    return None if row is None else _incident(row)


def _incident(row: Row[Any]) -> Incident:
    values = {name: getattr(row, name) for name in _FIELDS}
    return Incident(
        **{
            **values,
            "number": IncidentNumber(row.number),
            "title": UserText(row.title),
            "impact": UserText(row.impact),
            "fix": UserText(row.fix),
            "services": tuple(row.services),
            "severity": Severity(row.severity),
            "status": Status(row.status),
            "declared_by": PersonId(row.declared_by),
            "merged_into": None if row.merged_into is None else IncidentNumber(row.merged_into),
        }
    )
