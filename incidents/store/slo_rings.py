"""Rings from the record: filled when a process begins, and kept in step by following the journal.

Both read plain rows into arrays: there may be millions of them.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from sqlalchemy import BigInteger, Connection, select, type_coerce

from incidents.model.cells import Cells
from incidents.model.columns import Columns
from incidents.model.objective import NOTHING, SLOName
from incidents.model.packing import SEEN, columns_of, load, load_head, load_seen
from incidents.model.ring import Int64s
from incidents.model.rolling import FINE, MIDDLE, SLOTS, Reports, Rings, Tier
from incidents.store import sli_journal, slo, slo_snapshots
from incidents.store.slo_tables import sli_bucket

_AT_ONCE = 50_000  # rows that are read in one go
_TICK = FINE.size // timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Filled:
    """Where to `follow` the journal from, and which shards have a snapshot of just these names."""

    position: int
    snapped: dict[int, Sequence[SLOName]]


def count(rings: Rings, found: Cells, names: Collection[SLOName] | None = None) -> None:
    """What the record took is never refused here, or the two would differ.

    Only what is in the columns of ``names`` is counted, if they are given.
    """
    known, hearing = rings.column, rings.hearing
    if names is not None:
        known, hearing = _of(rings, known, names), _of(rings, hearing, names)
    _count(rings, found, known, hearing)


def _count(rings: Rings, found: Cells, known: Columns, hearing: Columns) -> None:
    of_each = _columns_of(found, known)
    ours = of_each >= 0
    if ours.all():
        rings.add_arrays(of_each, found.numbers, found.amounts)
    elif ours.any():
        rings.add_arrays(of_each[ours], found.numbers[ours], found.amounts[:, ours])
    if hearing:
        of_each = _columns_of(found, hearing)
        ours = of_each >= 0
        rings.hear(of_each[ours], found.numbers[ours])


def fill(connection: Connection, rings: Rings, shards: Mapping[int, Sequence[SLOName]]) -> Filled:
    """Fill empty ``rings``: from snapshots and the journal after them, the rest from the buckets.

    ``shards`` are the names in the rings, by their shard.
    """
    if connection.dialect.name == "postgresql":
        # The buckets and the end of the journal have to be of the same moment.
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    usable = {
        shard: snapshot
        for shard, snapshot in slo_snapshots.found(connection, shards).items()
        if sli_journal.is_whole(connection, snapshot.position)
    }
    for shard, snapshot in usable.items():
        columns = columns_of(rings, snapshot.head.names)
        for ring, number, packed in slo_snapshots.blocks(connection, shard):
            if ring in SEEN:
                load_seen(rings, columns, SEEN.index(ring), number, packed)
            else:
                load(rings, columns, ring, packed)
    rings.resum()
    known: set[SLOName] = set()
    positions: dict[int, set[SLOName]] = {}
    for snapshot in usable.values():
        load_head(rings, columns_of(rings, snapshot.head.names), snapshot.head)
        positions.setdefault(snapshot.position, set()).update(snapshot.head.names)
        known.update(snapshot.head.names)
    others = set(rings.column) - known
    if others:
        stored = {tier.name: _columns(connection, rings, tier, others) for tier in rings.tiers}
        rings.restore(stored)
    for position, names in positions.items():
        _follow_from(connection, rings, position, names)
    for calendar, some in rings.by_calendar.items():
        begin, _ = calendar.window(rings.watermark)
        kept = slo.since(connection, some, begin, rings.watermark)
        rings.begin(calendar, {name: counts for name, counts in kept.items() if counts != NOTHING})
    snapped = {
        shard: names
        for shard, names in shards.items()
        if shard in usable and usable[shard].head.names == tuple(names)
    }
    return Filled(sli_journal.position(connection), snapped)


def _follow_from(
    connection: Connection, rings: Rings, position: int, names: Collection[SLOName]
) -> None:
    known, hearing = _of(rings, rings.column, names), _of(rings, rings.hearing, names)
    while True:
        found = sli_journal.follow(connection, position)
        for cells in found.parts:
            _count(rings, cells, known, hearing)
        if found.is_end:
            return
        position = found.position


def reports(
    connection: Connection, slos: Sequence[SLOName], until: datetime
) -> dict[SLOName, tuple[Reports, ...]]:
    """When anything was reported of each of ``slos``, as `Rings.reports` would tell at ``until``.

    Every report of three days is read: for a few SLOs.
    """
    last = FINE.number(until)
    waiting = sli_journal.waiting(connection).of(slos)
    found: dict[SLOName, tuple[Reports, ...]] = {}
    for tier, (ratio, slots) in zip((FINE, MIDDLE), SLOTS, strict=True):
        first = (last - 1) // ratio - slots + 1
        query = select(sli_bucket.c.slo, type_coerce(sli_bucket.c.at, BigInteger)).where(
            sli_bucket.c.tier == tier.name,
            sli_bucket.c.slo.in_(slos),
            sli_bucket.c.at >= FINE.start(first * ratio),
            sli_bucket.c.at < until,
        )
        seen = {name: np.zeros(slots, dtype=np.bool_) for name in slos}
        for name, at in connection.execute(query) if slos else ():
            seen[name][at // _TICK // ratio - first] = True
        held = waiting.between(first * ratio, last - 1)
        for place, number in zip(held.which.tolist(), held.numbers.tolist(), strict=True):
            seen[held.names[place]][number // ratio - first] = True
        for name in slos:
            found[name] = (*found.get(name, ()), Reports(ratio, first, seen[name], last))
    return found


def _columns(
    connection: Connection, rings: Rings, tier: Tier, wanted: Collection[SLOName]
) -> tuple[Int64s, Int64s, Int64s]:
    """The rows of one tier as columns; SLOs that are not ``wanted`` are passed over.

    What is only heard is heard on the way.
    """
    query = select(
        sli_bucket.c.slo,
        type_coerce(sli_bucket.c.at, BigInteger),
        sli_bucket.c.good,
        sli_bucket.c.bad,
    ).where(
        sli_bucket.c.tier == tier.name,
        sli_bucket.c.at >= rings.watermark - tier.span - tier.size,
    )
    size = tier.size // timedelta(microseconds=1)
    counting = _of(rings, rings.column, wanted)
    hearing = _of(rings, rings.hearing, wanted)
    pieces = [_waiting(connection, rings, tier, wanted)]
    result = connection.execution_options(stream_results=True).execute(query)
    for rows in result.partitions(_AT_ONCE):
        names, at, good, bad = zip(*rows, strict=True)
        numbers = np.array(at, dtype=np.int64) // size
        column = np.array([counting.get(name, -1) for name in names], dtype=np.int64)
        if hearing:
            heard = np.array([hearing.get(name, -1) for name in names], dtype=np.int64)
            ratio, known = size // _TICK, heard >= 0
            if tier is not FINE:  # what is not over yet is told by the finest ones
                known &= numbers * ratio < rings.number
            rings.hear(heard[known], numbers[known] * ratio, ratio=ratio)
        ours = column >= 0
        amounts = np.array([good, bad], dtype=np.int64)
        pieces.append((column[ours], numbers[ours], amounts[:, ours]))
    return (
        np.concatenate([piece[0] for piece in pieces]),
        np.concatenate([piece[1] for piece in pieces]),
        np.concatenate([piece[2] for piece in pieces], axis=1),
    )


def _waiting(
    connection: Connection, rings: Rings, tier: Tier, wanted: Collection[SLOName]
) -> tuple[Int64s, Int64s, Int64s]:
    """What is not in the buckets yet. It is of the same moment as they are: see `fill`."""
    cells = sli_journal.waiting(connection)
    if tier is FINE:
        heard = _columns_of(cells, _of(rings, rings.hearing, wanted))
        rings.hear(heard[heard >= 0], cells.numbers[heard >= 0])
    held = cells.in_tier(tier)
    column = _columns_of(held, _of(rings, rings.column, wanted))
    ours = column >= 0
    return column[ours], held.numbers[ours], held.amounts[:, ours]


def _columns_of(cells: Cells, columns: Columns) -> Int64s:
    """Of each cell; -1 if it has none."""
    return columns.of(cells.names)[cells.which]


def _of(rings: Rings, columns: Columns, names: Collection[SLOName]) -> Columns:
    """Those whose column is one of ``names``."""
    wanted = {rings.column[name] for name in names if name in rings.column}
    return Columns((name, column) for name, column in columns.items() if column in wanted)
