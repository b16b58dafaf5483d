"""The few statements that SQLite and PostgreSQL spell differently, spelled once."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Select, Table, select
from sqlalchemy.dialects import postgresql, sqlite

from incidents.store.tables import SEQUENCES, counter


def insert_if_new(connection: Connection, table: Table, row: Mapping[str, Any]) -> bool:
    """Insert ``row`` unless one of its unique keys is taken. True if it was inserted."""
    insert = _insert(connection, table).values(**row).on_conflict_do_nothing()
    inserted = connection.execute(insert.returning(*table.primary_key.columns))
    return inserted.first() is not None


def insert_or_replace(
    connection: Connection, table: Table, row: Mapping[str, Any], *, keys: tuple[str, ...]
) -> None:
    """Insert ``row``, or overwrite the row that has the same ``keys``."""
    insert = _insert(connection, table).values(**row)
    rest = {name: insert.excluded[name] for name in row if name not in keys}
    connection.execute(insert.on_conflict_do_update(index_elements=list(keys), set_=rest))


def next_number(connection: Connection, name: str, *, step: int = 1) -> int:
    """The next value of a counter; of a run of ``step`` values, the last one.

    Counters named in `SEQUENCES` wait for nobody: on PostgreSQL they are sequences, and a number
    may be lost with its transaction. The row of any other stays locked until the transaction ends,
    so its numbers have no gaps and commit in order.
    """
    if name in SEQUENCES and connection.dialect.name != "sqlite":
        return int(connection.execute(select(SEQUENCES[name].next_value())).scalar_one())
    insert = _insert(connection, counter).values(name=name, value=step)
    upsert = insert.on_conflict_do_update(
        index_elements=["name"], set_={"value": counter.c.value + step}
    ).returning(counter.c.value)
    return int(connection.execute(upsert).scalar_one())


def skip_locked(
    connection: Connection, select: Select[Any], *, of: Table | None = None
) -> Select[Any]:
    """Rows nobody else is working on, of one table of a join; on SQLite there is one writer."""
    if connection.dialect.name == "sqlite":
        return select
    return select.with_for_update(skip_locked=True, of=of)


def locked(connection: Connection, select: Select[Any]) -> Select[Any]:
    """Rows held until the transaction ends."""
    return select if connection.dialect.name == "sqlite" else select.with_for_update()


def _insert(connection: Connection, table: Table) -> Any:  # noqa: ANN401 (two dialects' own classes)
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    return dialect.insert(table)
