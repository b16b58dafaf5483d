"""Changes of services (deployments, flags, configuration) in SQL."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select

from incidents.model.text import UserText
from incidents.store.sql import insert_if_new
from incidents.store.tables import change


@dataclass(frozen=True, slots=True)
class Change:
    """Something that was changed. ``source`` and ``key`` name it, however often it is reported."""

    id: str
    source: str
    key: str
    service: str
    title: UserText
    url: str
    made_by: str
    made_at: datetime


def add(connection: Connection, new: Change) -> bool:
    """Keep it. False if it is known."""
    values: Mapping[str, Any] = {name: getattr(new, name) for name in Change.__slots__}
    return insert_if_new(connection, change, {**values, "title": new.title.raw})


def latest(connection: Connection, services: Sequence[str]) -> Change | None:
    """The newest change of any of the services."""
    query = (
        select(change)
        .where(change.c.service.in_(services))
        .order_by(change.c.made_at.desc(), change.c.id.desc())
        .limit(1)
    )
    row = connection.execute(query).first()
    return None if row is None else _change(row)


def since(
    connection: Connection, services: Sequence[str], moment: datetime, *, limit: int = 1000
) -> tuple[Change, ...]:
    """The changes of the services since ``moment``, the newest first."""
    query = (
        select(change)
        .where(change.c.service.in_(services), change.c.made_at >= moment)
        .order_by(change.c.made_at.desc(), change.c.id.desc())
        .limit(limit)
    )
    return tuple(_change(row) for row in connection.execute(query))


def before(
    connection: Connection, services: Sequence[str], moment: datetime
) -> dict[str, datetime]:
    """When each of the services was changed last before ``moment``; without those that never."""
    query = (
        select(change.c.service, func.max(change.c.made_at).label("at"))
        .where(change.c.service.in_(services), change.c.made_at < moment)
        .group_by(change.c.service)
    )
    return {row.service: row.at for row in connection.execute(query)}


def count_since(connection: Connection, services: Sequence[str], moment: datetime) -> int:
    """How many changes of the services there were since ``moment``."""
    query = select(func.count()).where(change.c.service.in_(services), change.c.made_at >= moment)
    return int(connection.execute(query.select_from(change)).scalar_one())


def _change(row: Row[Any]) -> Change:
    values = dict(row._mapping)  # noqa: SLF001 (SQLAlchemy's public name)
    return Change(**{**values, "title": UserText(row.title)})
