"""What we once learned of the outside and may look up instead of asking again, in SQL."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from incidents.store.sql import insert_or_replace
from incidents.store.tables import fact


@dataclass(frozen=True, slots=True)
class Known:
    """A value, plain JSON, and when we learned it."""

    value: Any
    known_at: datetime


def learn(connection: Connection, name: str, value: object, now: datetime) -> None:
    """Remember what is so now, instead of what was."""
    row = {"name": name, "value": value, "known_at": now}
    insert_or_replace(connection, fact, row, keys=("name",))


def several(connection: Connection, names: Iterable[str]) -> dict[str, Known]:
    """Those of ``names`` that we know."""
    query = select(fact).where(fact.c.name.in_(sorted(set(names))))
    return {row.name: Known(row.value, row.known_at) for row in connection.execute(query)}


def get(connection: Connection, name: str) -> Any:  # noqa: ANN401 (any JSON)
    """What we know under that name; None if nothing."""
    found = several(connection, (name,)).get(name)
    return found.value if found else None
