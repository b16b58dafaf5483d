"""The whole database as lines of JSON: the same from SQLite and from PostgreSQL, into either.

A head names the schema's revision. Each table follows: a line with its columns, a line for each
row, and a line with their number and SHA-256. The last line has the SHA-256 of everything before.
So a copy that was damaged or cut off is known before anything is done with it, and a small set-up
on SQLite moves to PostgreSQL with a backup and a restore.
"""

import gzip
import hashlib
import json
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, BinaryIO

from sqlalchemy import (
    BigInteger,
    Boolean,
    Connection,
    Float,
    Integer,
    String,
    column,
    delete,
    func,
    insert,
    inspect,
    select,
    table,
    text,
    update,
)

from incidents.errors import Refused, WarroomError
from incidents.store import audit, migrate, timeline
from incidents.store.tables import SEQUENCES, counter, effect, incident, replica
from incidents.store.types import from_micros, to_micros

FORMAT = 1
_BATCH = 1000
_LEFT_OUT = frozenset({"alembic_version", replica.name})  # who works here is no part of the record
_KINDS = {"bool": Boolean, "int": Integer, "float": Float, "text": String}
_WIDE = {**_KINDS, "int": BigInteger}  # to write with: it fits them all
_LONGEST_LINE = 64 * 1024 * 1024

Columns = tuple[tuple[str, str], ...]  # names and kinds


class Damaged(Refused):
    """The file is not a whole backup; nothing was done with it."""

    def __init__(self, why: str) -> None:
        super().__init__(why, instead="Use another copy.")


class NotRestored(WarroomError):
    """What is in the database after the restore is not what was backed up; it was undone."""


@dataclass(frozen=True, slots=True)
class Head:
    """What a backup is of. ``broken`` names the chains that did not verify when it was made.

    It is None if the schema was not this version's own: then nobody looked.
    """

    revision: str
    program: str
    taken_at: datetime
    broken: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows of one table."""

    table: str
    columns: Columns
    rows: list[list[Any]]


@dataclass(slots=True)
class _Sum:
    """What has passed by: lines count into the whole, rows into their table too."""

    whole: Any = field(default_factory=hashlib.sha256)
    rows: dict[str, int] = field(default_factory=dict)
    part: Any = field(default_factory=hashlib.sha256)

    def begin(self, name: str) -> None:
        self.rows[name] = 0
        self.part = hashlib.sha256()

    def row(self, name: str, line: bytes) -> None:
        self.rows[name] += 1
        self.part.update(line)

    def end(self, name: str) -> dict[str, Any]:
        return {"end": name, "rows": self.rows[name], "sha256": self.part.hexdigest()}

    def all(self) -> dict[str, Any]:
        count = sum(self.rows.values())
        return {"over": len(self.rows), "rows": count, "sha256": self.whole.hexdigest()}


def write(connection: Connection, out: BinaryIO, now: datetime, *, program: str) -> dict[str, int]:
    """Everything in the database at one moment. How many rows of each table that were.

    ``connection`` has done nothing before in its transaction, and only reads.
    """
    _freeze(connection)
    sums = _Sum()

    def line(value: object) -> bytes:
        written = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        out.write(written)
        return written

    sums.whole.update(line(_head(connection, now, program)))
    for name in _tables(connection):
        columns = _columns(connection, name)
        sums.whole.update(line({"table": name, "columns": columns}))
        sums.begin(name)
        for row in _rows(connection, name, columns):
            written = line(row)
            sums.row(name, written)
            sums.whole.update(written)
        sums.whole.update(line(sums.end(name)))
    line(sums.all())
    return sums.rows


class Reading:
    """A backup that is being read. Raises `Damaged` as soon as anything is not as it was written.

    What `batches` gave is proven only once it has come to its end: read all of it once before
    doing anything with it.
    """

    def __init__(self, lines: BinaryIO) -> None:
        self._lines = lines
        self._sums = _Sum()
        with _as_damage():
            self.head = _read_head(self._object())

    @property
    def rows(self) -> Mapping[str, int]:
        """How many rows of each table were read."""
        return self._sums.rows

    def batches(self) -> Iterator[Batch]:
        """Every row, in an order in which they may be inserted."""
        while "over" not in (head := self._object(before=self._sums.all())):
            with _as_damage():
                name = str(head["table"])
                columns = tuple((str(one), str(kind)) for one, kind in head["columns"])
            yield from self._table(name, columns)
        with _as_damage():
            is_more = self._lines.read(1)
        if is_more:
            raise Damaged("Something follows the end of the backup.")

    def _table(self, name: str, columns: Columns) -> Iterator[Batch]:
        self._sums.begin(name)
        rows: list[list[Any]] = []
        while isinstance(value := self._next(name), list):
            if len(value) != len(columns):
                raise Damaged(f"A row of {name} is not whole.")
            rows.append(value)
            if len(rows) == _BATCH:
                yield Batch(name, columns, rows)
                rows = []
        if rows:
            yield Batch(name, columns, rows)

    def _next(self, name: str) -> list[Any] | None:
        """The next row; None at the end of the table, which has been checked."""
        line, value = self._line()
        if isinstance(value, list):
            self._sums.row(name, line)
        elif value != self._sums.end(name):
            raise Damaged(f"The rows of {name} are not those that were written.")
        self._sums.whole.update(line)
        return value if isinstance(value, list) else None

    def _object(self, before: dict[str, Any] | None = None) -> dict[str, Any]:
        line, value = self._line()
        if not isinstance(value, dict):
            raise Damaged("The backup's lines are out of order.")
        if "over" in value and value != before:
            raise Damaged("The backup does not fit its own checksum.")
        self._sums.whole.update(line)
        return value

    def _line(self) -> tuple[bytes, Any]:
        with _as_damage():
            line = self._lines.readline(_LONGEST_LINE)
            if not line.endswith(b"\n"):
                raise Damaged("The backup is cut off.")
            return line, json.loads(line)


@contextmanager
def _as_damage() -> Iterator[None]:
    """Whatever else is wrong with the bytes."""
    try:
        yield
    except (EOFError, gzip.BadGzipFile, zlib.error, KeyError, TypeError, ValueError) as error:
        raise Damaged(f"The backup is damaged ({type(error).__name__}).") from None


def _read_head(head: dict[str, Any]) -> Head:
    if head.get("warroom") != "backup":
        raise Damaged("This is no backup of warroom's.")
    if head["format"] != FORMAT:
        raise Refused("A newer version of warroom wrote this.", instead="Use that version.")
    return Head(
        revision=str(head["revision"]),
        program=str(head["program"]),
        taken_at=from_micros(int(head["taken_at"])),
        broken=None if head["broken"] is None else tuple(head["broken"]),
    )


def load(connection: Connection, reading: Reading) -> None:
    """Put a backup in the place of everything that is there, and prove that it arrived.

    The transaction is the caller's. The schema is made anew at the backup's revision, with the
    triggers that forbid changes to the record, and then brought to this version's.
    """
    if reading.head.revision not in migrate.known():
        raise Refused(
            f"The backup has revision {reading.head.revision}, which this version does not know.",
            instead="Restore it with the newer version of warroom.",
        )
    migrate.take_turns(connection)
    if migrate.current(connection) is not None:
        migrate.downgrade_in(connection, "base")
    migrate.upgrade_in(connection, reading.head.revision)
    for batch in reading.batches():
        _insert(connection, batch)
    _compare(connection, reading.rows)
    migrate.upgrade_in(connection)
    _go_on_counting(connection)
    if reading.head.broken is not None:
        _compare_chains(connection, reading.head.broken)
    _look_before_sending(connection)


def broken_chains(connection: Connection) -> tuple[str, ...]:
    """Which timelines, and whether the audit log, do not verify: as ``INC-3 entry 7``."""
    found = []
    numbers = select(incident.c.number).order_by(incident.c.number)
    for number in connection.execute(numbers).scalars().all():
        _, broken = timeline.check(connection, number)
        if broken is not None:
            found.append(f"INC-{number} entry {broken.seq}")
    first = audit.verify(connection).broken
    return (*found, f"audit entry {first}") if first is not None else tuple(found)


def _head(connection: Connection, now: datetime, program: str) -> dict[str, Any]:
    revision = migrate.current(connection)
    if revision is None:
        raise Refused("The database is empty.", instead="Run `warroom db upgrade` first.")
    is_ours = revision == migrate.head()
    return {
        "warroom": "backup",
        "format": FORMAT,
        "revision": revision,
        "program": program,
        "taken_at": to_micros(now),
        "broken": broken_chains(connection) if is_ours else None,
    }


def _freeze(connection: Connection) -> None:
    """See one moment, however long it takes. On SQLite a transaction does by itself."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))


def _tables(connection: Connection) -> list[str]:
    """Those that others refer to come first."""
    found = inspect(connection).get_sorted_table_and_fkc_names()
    return [name for name, _ in found if name is not None and name not in _LEFT_OUT]


def _columns(connection: Connection, name: str) -> Columns:
    found = inspect(connection).get_columns(name)
    return tuple((one["name"], _kind(one["type"])) for one in found)


def _kind(of: object) -> str:
    return next(name for name, kind in _KINDS.items() if isinstance(of, kind))


def _rows(connection: Connection, name: str, columns: Columns) -> Iterator[list[Any]]:
    """Every row, as the database holds it, ordered by its key."""
    names = [one for one, _ in columns]
    thin = _thin(name, columns)
    keys = inspect(connection).get_pk_constraint(name)["constrained_columns"]
    query = select(*(thin.c[one] for one in names)).order_by(*(thin.c[one] for one in keys))
    for row in connection.execute(query, execution_options={"yield_per": _BATCH}):
        yield list(row)
    if name == counter.name:
        yield from _sequences(connection)


def _sequences(connection: Connection) -> Iterator[list[Any]]:
    """PostgreSQL's sequences as the rows that `counter` has on SQLite."""
    if connection.dialect.name != "postgresql":
        return
    for name in sorted(inspect(connection).get_sequence_names()):
        query = text(f'SELECT last_value, is_called FROM "{name}"')  # noqa: S608 (its own name)
        last, is_called = connection.execute(query).one()
        if is_called:
            yield [name.removesuffix("_number"), last]


def _thin(name: str, columns: Columns) -> Any:  # noqa: ANN401 (SQLAlchemy's TableClause)
    """A table of which nothing is known but names and kinds."""
    return table(name, *(column(one, _WIDE[kind]()) for one, kind in columns))


def _insert(connection: Connection, batch: Batch) -> None:
    there = set(_columns(connection, batch.table)) if _has(connection, batch) else set()
    if not set(batch.columns) <= there:
        raise Damaged(f"The schema has no such table as the backup's {batch.table}.")
    names = [name for name, _ in batch.columns]
    rows = [dict(zip(names, row, strict=True)) for row in batch.rows]
    connection.execute(insert(_thin(batch.table, batch.columns)), rows)


def _has(connection: Connection, batch: Batch) -> bool:
    return batch.table not in _LEFT_OUT and inspect(connection).has_table(batch.table)


def _compare(connection: Connection, rows: Mapping[str, int]) -> None:
    for name, count in rows.items():
        found = connection.execute(select(func.count()).select_from(table(name))).scalar_one()
        if found != count:
            raise NotRestored(f"{name} has {found} rows, the backup {count}.")


def _compare_chains(connection: Connection, expected: tuple[str, ...]) -> None:
    broken = broken_chains(connection)
    if broken != expected:
        raise NotRestored(f"After the restore these do not verify: {', '.join(broken)}.")


def _go_on_counting(connection: Connection) -> None:
    """On PostgreSQL, what `counter` says of sequences goes to the sequences."""
    if connection.dialect.name != "postgresql":
        return
    for name, sequence in SEQUENCES.items():
        last = connection.execute(select(counter.c.value).where(counter.c.name == name)).scalar()
        if last is not None:
            connection.execute(select(func.setval(sequence.name, last)))
            connection.execute(delete(counter).where(counter.c.name == name))


def _look_before_sending(connection: Connection) -> None:
    """What was not done when the backup was made may have been done since: have it probed."""
    connection.execute(
        update(effect)
        .where(effect.c.state.in_(("pending", "inflight")))
        .values(
            state="pending",
            owner=None,
            lease_until=None,
            intent_at=func.coalesce(effect.c.intent_at, effect.c.created_at),
        )
    )
