"""Rows for every table, made from the tables themselves, so that a new table is tested too.

Texts are as awkward as people's: quotes, line ends, other scripts, emoji. Every value differs from
row to row, which keeps every unique key, whole or partial, by itself.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Connection,
    Float,
    Integer,
    String,
    Table,
    Text,
    inspect,
    select,
)
from sqlalchemy.sql import column, table

from incidents.model.cells import NO_CELLS
from incidents.model.timeline import Kind
from incidents.store import (
    audit,
    escalation_tables,
    file_tables,
    gate_tables,
    oncall_tables,
    oneroom_tables,
    policy_tables,
    probe_tables,
    promise_tables,
    quiet_tables,
    slo_engine_tables,
    slo_tables,
    timeline,
    window_tables,
)
from incidents.store.sli_packed import pack
from incidents.store.sql import next_number
from incidents.store.tables import metadata
from incidents.store.types import Document, Moment

START = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
AWKWARD = ('it\'s "down"', "two\nlines", "Zürich — 東京 🔥", "%s :name \\x00 {{ x }}", "")
FIXED = {  # what the product itself reads back
    ("incident", "entries"): 0,
    ("incident", "head"): "0" * 64,
    ("sli_journal", "cells"): pack(NO_CELLS),
    ("timeline", "kind"): Kind.NOTE.value,
}
CHAINED = ("timeline", "audit")
assert escalation_tables  # importing it puts its tables into the metadata
assert oncall_tables
assert oneroom_tables
assert promise_tables
assert file_tables
assert gate_tables
assert policy_tables
assert probe_tables
assert quiet_tables
assert slo_engine_tables
assert slo_tables
assert window_tables

Content = dict[str, list[tuple[Any, ...]]]


def fill(connection: Connection, rows: int, *, chained: bool = True) -> int:
    """About ``rows`` rows, spread over all tables. How many there are.

    ``chained`` appends to timelines and the audit log along the product's own path, so that they
    verify; without it, as on an old schema, their rows are like all others.
    """
    tables = [one for one in metadata.sorted_tables if inspect(connection).has_table(one.name)]
    each = rows // len(tables)
    written = 0
    for one in tables:
        if chained and one.name in CHAINED:
            continue
        there = {found["name"] for found in inspect(connection).get_columns(one.name)}
        columns = [found for found in one.columns if found.name in there]
        thin = table(one.name, *(column(found.name, found.type) for found in columns))
        words = _words(one)
        made = [{c.name: _value(c, words, at) for c in columns} for at in range(1, each + 1)]
        connection.execute(thin.insert(), made)
        written += each
    if chained:
        return written + _chains(connection, each)
    next_number(connection, "audit", step=each)
    return written


def content(connection: Connection) -> Content:
    """Everything in the database, as the database holds it, in a settled order."""
    found: Content = {}
    for name in sorted(inspect(connection).get_table_names()):
        if name == "alembic_version":
            continue
        names = columns(connection, name)
        query = select(*(column(one) for one in names)).select_from(table(name))
        found[name] = sorted((tuple(row) for row in connection.execute(query)), key=repr)
    return found


def columns(connection: Connection, name: str) -> list[str]:
    """The names of a table's columns, in alphabetical order."""
    return sorted(found["name"] for found in inspect(connection).get_columns(name))


def shape(connection: Connection) -> dict[str, Any]:
    """The schema as the database describes it: tables, columns, indexes, keys, triggers."""
    looked = inspect(connection)
    triggers = (
        "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        if connection.dialect.name == "sqlite"
        else "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
    )
    found: dict[str, Any] = {"": sorted(connection.exec_driver_sql(triggers).scalars())}
    for name in looked.get_table_names():
        found[name] = (
            sorted((c["name"], str(c["type"]), c["nullable"]) for c in looked.get_columns(name)),
            sorted(str(one["name"]) for one in looked.get_indexes(name)),
            sorted(str(one["name"]) for one in looked.get_unique_constraints(name)),
            sorted(str(one["name"]) for one in looked.get_foreign_keys(name)),
            sorted(str(one["name"]) for one in looked.get_check_constraints(name)),
        )
    return found


def _chains(connection: Connection, each: int) -> int:
    for at in range(1, each + 1):
        timeline.append(
            connection,
            1 + at % min(each, 7),
            kind=Kind.NOTE,
            body={"text": AWKWARD[at % len(AWKWARD)], "at": at},
            actor="U1",
            source="slack",
            occurred_at=START,
            now=START + timedelta(microseconds=at),
            source_key=f"key {at}",
        )
        audit.append(connection, at=START, actor="cli:ana", action="token.create", thing=f"t{at}")
    return 2 * each


def _words(one: Table) -> dict[str, list[str]]:
    """The closed sets of words of a table's columns."""
    found = {}
    for constraint in one.constraints:
        if isinstance(constraint, CheckConstraint):
            name, _, values = str(constraint.sqltext).partition(" IN ")
            found[name] = re.findall(r"'([^']*)'", values)
    return found


def _value(one: Column[Any], words: dict[str, list[str]], at: int) -> Any:
    if one.name in words:
        return words[one.name][at % len(words[one.name])]
    if (one.table.name, one.name) in FIXED:
        return FIXED[one.table.name, one.name]
    if one.nullable and at % 3 == 0 and not one.foreign_keys:
        return None
    if isinstance(one.type, String | Text):
        return _text(one, at)
    simple = {
        Moment: START + timedelta(seconds=at, microseconds=at),
        Document: {"n": at, "text": AWKWARD[at % len(AWKWARD)], "list": [1, None, True]},
        Boolean: at % 2 == 0,
        Float: at / 7,
        Integer: at,
    }
    return next(value for kind, value in simple.items() if isinstance(one.type, kind))


def _text(one: Column[Any], at: int) -> str:
    length = getattr(one.type, "length", None) or 200
    unique = f"{at:x}"
    return unique if length < 40 else f"{unique} {AWKWARD[at % len(AWKWARD)]}"
