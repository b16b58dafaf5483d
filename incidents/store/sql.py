"""The few statements that SQLite and PostgreSQL spell differently, spelled once."""

import functools
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Select, Table, select
from sqlalchemy.dialects import postgresql, sqlite

from incidents.store.tables import SEQUENCES, counter


def insert_if_new(
    connection: Connection, table: Table, row: Mapping[str, Any], *, keys: tuple[str, ...] = ()
) -> bool:
    """Insert ``row`` unless one of its unique keys is taken. True if it was inserted.

    With ``keys``, only that one may be taken; any other is an error.
    """
    inserted = connection.execute(_inserting(connection.dialect.name, table, keys), row)
    return inserted.first() is not None


def insert_or_replace(
    connection: Connection, table: Table, row: Mapping[str, Any], *, keys: tuple[str, ...]
) -> None:
    """Insert ``row``, or overwrite the row that has the same ``keys``."""
    insert = _insert(connection, table).values(**row)
    rest = {name: insert.excluded[name] for name in row if name not in keys}
    connection.execute(insert.on_conflict_do_update(index_elements=list(keys), set_=rest))


def insert_or_replace_all(
    connection: Connection,
    table: Table,
    rows: Sequence[Mapping[str, Any]],
    *,
    keys: tuple[str, ...],
) -> None:
    """`insert_or_replace` for rows that have the same columns."""
    insert = _insert(connection, table)
    rest = {name: insert.excluded[name] for name in rows[0] if name not in keys}
    statement = insert.on_conflict_do_update(index_elements=list(keys), set_=rest)
    connection.execute(statement, list(rows))


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


@functools.cache
def _inserting(dialect: str, table: Table, keys: tuple[str, ...]) -> Any:  # noqa: ANN401 (two dialects' own classes)
    """Made once: to build a statement takes as long as to run it."""
    made = sqlite if dialect == "sqlite" else postgresql
    insert = made.insert(table).on_conflict_do_nothing(index_elements=keys or None)
    return insert.returning(*table.primary_key.columns)


def _insert(connection: Connection, table: Table) -> Any:  # noqa: ANN401 (two dialects' own classes)
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    return dialect.insert(table)
