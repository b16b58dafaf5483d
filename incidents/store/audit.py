"""What was done to the bot itself, in SQL: appended, chained by hashes, never changed."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from incidents.model.timeline import GENESIS, digest
from incidents.store.sql import next_number
from incidents.store.tables import audit
from incidents.store.types import canonical, to_micros


def append(
    connection: Connection,
    *,
    at: datetime,
    actor: str,
    action: str,
    thing: str,
    detail: dict[str, Any] | None = None,
) -> None:
    """One more entry. The counter's row is held until the end, so the chain has one end."""
    seq = next_number(connection, "audit")
    before = connection.execute(select(audit.c.hash).where(audit.c.seq == seq - 1)).scalar()
    row: dict[str, Any] = {
        "seq": seq,
        "at": at,
        "actor": actor,
        "action": action,
        "object": thing,
        "detail": detail or {},
        "prev_hash": before or GENESIS,
    }
    row["hash"] = digest(row["prev_hash"], _content(row))
    connection.execute(insert(audit).values(**row))


def verify(connection: Connection) -> tuple[int, int | None]:
    """How many entries there are, and the number of the first that does not fit."""
    previous, expected = GENESIS, 1
    for row in connection.execute(select(audit).order_by(audit.c.seq)):
        fits = row.seq == expected and row.prev_hash == previous
        if not fits or digest(previous, _content(row._mapping)) != row.hash:  # noqa: SLF001 (SQLAlchemy's public name)
            return expected - 1, expected
        previous, expected = row.hash, expected + 1
    return expected - 1, None


def _content(row: Any) -> str:  # noqa: ANN401 (a mapping of columns, from Python or from SQL)
    names = ("seq", "actor", "action", "object", "detail")
    return canonical({**{name: row[name] for name in names}, "at": to_micros(row["at"])})
