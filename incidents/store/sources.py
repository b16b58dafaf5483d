"""Sources of webhooks in SQL: when each was heard last, and whether its silence was told."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update

from incidents.store.sql import insert_if_new, locked
from incidents.store.tables import hook_source


@dataclass(frozen=True, slots=True)
class Source:
    """``seen_at`` is when it was heard last, or since when it is listened for.

    ``silent_since`` is that moment once people were told that nothing comes; None if all is well.
    """

    name: str
    seen_at: datetime
    silent_since: datetime | None


def begin(connection: Connection, name: str, now: datetime) -> bool:
    """Listen for a source from now on. False if that was begun before."""
    return insert_if_new(connection, hook_source, {"name": name, "seen_at": now})


def lock(connection: Connection, name: str) -> Source | None:
    """What is known of a source, held until the transaction ends."""
    query = locked(connection, select(hook_source).where(hook_source.c.name == name))
    row = connection.execute(query).first()
    return None if row is None else _source(row)


def named(connection: Connection, names: Collection[str]) -> dict[str, Source]:
    """Those of the sources that are known, by name."""
    query = select(hook_source).where(hook_source.c.name.in_(sorted(names)))
    return {row.name: _source(row) for row in connection.execute(query)}


def heard(connection: Connection, name: str, at: datetime) -> None:
    """It speaks."""
    values = {"seen_at": at, "silent_since": None}
    connection.execute(update(hook_source).where(hook_source.c.name == name).values(values))


def silent(connection: Connection, name: str, since: datetime) -> None:
    """People are told that nothing has come of it since then."""
    connection.execute(
        update(hook_source).where(hook_source.c.name == name).values(silent_since=since)
    )


def _source(row: Row[Any]) -> Source:
    return Source(row.name, row.seen_at, row.silent_since)
