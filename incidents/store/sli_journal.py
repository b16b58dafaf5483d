"""The journal of what was counted, and the buckets that it is sorted into.

A large commit is durable as one row of the journal; its cells wait there and are put into their
buckets together with those of many others. Whoever asks for buckets is given both.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Connection,
    Select,
    Text,
    bindparam,
    cast,
    delete,
    func,
    null,
    select,
    union_all,
    update,
)

from incidents.model.cells import Cells, together
from incidents.model.rolling import FINE, MIDDLE, Tier, coarse
from incidents.store.sli_packed import pack, unpack
from incidents.store.slo_tables import sli_journal
from incidents.store.sql import next_number
from incidents.store.tables import counter

HOURLY = coarse(timedelta(days=1))  # its size is what matters here, not its span
TIERS: tuple[Tier, ...] = (FINE, MIDDLE, HOURLY)
_COUNTER = "sli_sample"
_AT_ONCE = 200  # rows of the journal read in one go
_MICRO = timedelta(microseconds=1)
_KEEP = timedelta(hours=2)  # who did not follow for longer begins anew
_LARGE = 1000  # cells of a commit that is counted by itself

_END = select(counter.c.value).where(counter.c.name == _COUNTER)
_AFTER = (
    select(sli_journal.c.seq, sli_journal.c.cells)
    .where(sli_journal.c.seq > bindparam("since"))
    .order_by(sli_journal.c.seq)
    .limit(_AT_ONCE)
)
_FIRST = select(func.min(sli_journal.c.seq)).where(sli_journal.c.seq > bindparam("since"))

_SQLITE_ADD = """
INSERT INTO sli_bucket (tier, slo, at, good, bad) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (tier, slo, at) DO UPDATE SET good = good + excluded.good, bad = bad + excluded.bad
"""
_POSTGRESQL_ADD = """
INSERT INTO sli_bucket AS held (tier, slo, at, good, bad)
SELECT * FROM unnest(%s::text[], %s::text[], %s::bigint[], %s::bigint[], %s::bigint[])
ON CONFLICT (tier, slo, at) DO UPDATE
SET good = held.good + excluded.good, bad = held.bad + excluded.bad
"""


@dataclass(frozen=True, slots=True)
class Followed:
    """What was added since a position. ``position`` is where to go on; the same if nothing was.

    ``parts`` come to all of it together. ``is_whole`` is False if rows in between were forgotten:
    then only the buckets tell the truth. ``is_end`` tells that there was no more of it then.
    """

    position: int
    parts: tuple[Cells, ...]
    is_whole: bool
    is_end: bool

    @property
    def cells(self) -> Cells:
        """All parts as one."""
        return together(self.parts)


def hold(connection: Connection) -> None:
    """Wait for other batches to commit and keep theirs waiting: their order is the journal's."""
    next_number(connection, _COUNTER, step=0)


def write_down(connection: Connection, cells: Cells, now: datetime) -> None:
    """Add to the journal; `sort_in` puts it into the buckets later. `hold` first."""
    _append(connection, cells, now, waiting=len(cells))


def add(connection: Connection, cells: Cells, now: datetime) -> None:
    """Add to the journal and to the buckets at once. `hold` first."""
    if len(cells):
        _append(connection, cells, now, waiting=None)
        _to_buckets(connection, cells)


def sort_in(connection: Connection) -> int:
    """Put all that waits into its buckets. How many cells that were. `hold` first."""
    cells = waiting(connection)
    if not len(cells):
        return 0
    _to_buckets(connection, cells)
    done = update(sli_journal).where(sli_journal.c.waiting.is_not(None)).values(waiting=None)
    connection.execute(done)
    return len(cells)


def waiting(connection: Connection) -> Cells:
    """What is not in the buckets yet."""
    query = select(sli_journal.c.cells).where(sli_journal.c.waiting.is_not(None))
    return together([unpack(packed) for packed in connection.execute(query).scalars()])


def with_waiting(connection: Connection, query: Select[Any]) -> tuple[list[list[Any]], Cells]:
    """The rows of a question about buckets, and what is not in them yet: both of one moment."""
    empty = [cast(null(), one.type) for one in query.selected_columns]
    beside = select(*empty, sli_journal.c.cells).where(sli_journal.c.waiting.is_not(None))
    both = union_all(query.add_columns(cast(null(), Text)), beside)
    rows, packed = [], []
    for *row, cells in connection.execute(both):
        if cells is None:
            rows.append(row)
        else:
            packed.append(unpack(cells))
    return rows, together(packed)


def how_many_wait(connection: Connection) -> int:
    """How many cells are not in the buckets yet; those of different commits count twice."""
    query = select(func.sum(sli_journal.c.waiting)).where(sli_journal.c.waiting.is_not(None))
    return int(connection.execute(query).scalar() or 0)


def follow(connection: Connection, since: int) -> Followed:
    """What was added after the position; at most some hundred commits, so ask until nothing is."""
    end = position(connection)
    rows = connection.execute(_AFTER, {"since": since}).all()
    if not rows:
        return Followed(since, (), is_whole=since >= end, is_end=True)
    return Followed(
        int(rows[-1].seq),
        _parts([unpack(row.cells) for row in rows]),
        is_whole=rows[0].seq == since + 1,
        is_end=len(rows) < _AT_ONCE,
    )


def is_whole(connection: Connection, since: int) -> bool:
    """Whether everything that was added after the position can be followed."""
    end = position(connection)
    first = connection.execute(_FIRST, {"since": since}).scalar()
    return since >= end if first is None else bool(first == since + 1)


def _parts(every: Sequence[Cells]) -> tuple[Cells, ...]:
    """Large ones as they are, for they are costly to join; small ones as one, for they are many."""
    large = tuple(one for one in every if len(one) >= _LARGE)
    small = [one for one in every if len(one) < _LARGE]
    return (*large, together(small)) if small else large


def position(connection: Connection) -> int:
    """Where the journal ends, which grows with everything that is counted."""
    return int(connection.execute(_END).scalar() or 0)


def forget(connection: Connection, now: datetime) -> int:
    """Drop what nobody follows any more. How many rows there were."""
    old = delete(sli_journal).where(
        sli_journal.c.received_at < now - _KEEP, sli_journal.c.waiting.is_(None)
    )
    return connection.execute(old).rowcount


def _append(connection: Connection, cells: Cells, now: datetime, *, waiting: int | None) -> None:
    seq = next_number(connection, _COUNTER)
    row = {"seq": seq, "received_at": now, "cells": pack(cells), "waiting": waiting}
    connection.execute(sli_journal.insert(), row)


def _to_buckets(connection: Connection, cells: Cells) -> None:
    """Straight through the driver: here it is some hundred thousand rows at a time."""
    for tier in TIERS:
        held = cells.in_tier(tier)
        good, bad = held.amounts.tolist()
        columns = (
            [tier.name] * len(held),
            [held.names[place] for place in held.which.tolist()],
            (held.numbers * (tier.size // _MICRO)).tolist(),
            good,
            bad,
        )
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql(_SQLITE_ADD, list(zip(*columns, strict=True)))
        else:
            connection.exec_driver_sql(_POSTGRESQL_ADD, columns)
