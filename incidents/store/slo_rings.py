"""Rings from the record: filled when a process begins, and kept in step by following the journal.

Both read into arrays: there may be millions of rows.
"""

from collections.abc import Mapping
from datetime import timedelta

import numpy as np
from sqlalchemy import BigInteger, Connection, select, type_coerce

from incidents.model.cells import Cells
from incidents.model.objective import NOTHING, SLOName
from incidents.model.ring import Int64s
from incidents.model.rolling import FINE, Rings, Tier
from incidents.store import sli_journal, slo
from incidents.store.slo_tables import sli_bucket

_AT_ONCE = 50_000  # rows that are read in one go
_TICK = FINE.size // timedelta(microseconds=1)


def count(rings: Rings, found: Cells) -> None:
    """What the record took is never refused here, or the two would differ."""
    for columns, heard in ((rings.column, False), (_hearing(rings), True)):
        of_each = _columns_of(found, columns)
        ours = of_each >= 0
        if not ours.any():
            continue
        if heard:
            rings.hear(of_each[ours], found.numbers[ours])
        else:
            rings.add_arrays(of_each[ours], found.numbers[ours], found.amounts[:, ours])


def fill(connection: Connection, rings: Rings) -> int:
    """Fill empty ``rings`` from the buckets. Returns where to `follow` the journal from."""
    if connection.dialect.name == "postgresql":
        # The buckets and the end of the journal have to be of the same moment.
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    rings.restore({tier.name: _columns(connection, rings, tier) for tier in rings.tiers})
    for calendar, names in rings.by_calendar.items():
        begin, _ = calendar.window(rings.watermark)
        kept = slo.since(connection, names, begin, rings.watermark)
        rings.begin(calendar, {name: counts for name, counts in kept.items() if counts != NOTHING})
    return sli_journal.position(connection)


def _columns(connection: Connection, rings: Rings, tier: Tier) -> tuple[Int64s, Int64s, Int64s]:
    """The rows of one tier as columns; SLOs that are no longer defined are passed over.

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
    hearing = _hearing(rings)
    pieces = [_waiting(connection, rings, tier)]
    result = connection.execution_options(stream_results=True).execute(query)
    for rows in result.partitions(_AT_ONCE):
        names, at, good, bad = zip(*rows, strict=True)
        numbers = np.array(at, dtype=np.int64) // size
        column = np.array([rings.column.get(name, -1) for name in names], dtype=np.int64)
        if hearing:
            heard = np.array([hearing.get(name, -1) for name in names], dtype=np.int64)
            in_time = (heard >= 0) & (numbers * (size // _TICK) < FINE.number(rings.watermark))
            rings.hear(heard[in_time], numbers[in_time] * (size // _TICK))
        ours = column >= 0
        amounts = np.array([good, bad], dtype=np.int64)
        pieces.append((column[ours], numbers[ours], amounts[:, ours]))
    return (
        np.concatenate([piece[0] for piece in pieces]),
        np.concatenate([piece[1] for piece in pieces]),
        np.concatenate([piece[2] for piece in pieces], axis=1),
    )


def _waiting(connection: Connection, rings: Rings, tier: Tier) -> tuple[Int64s, Int64s, Int64s]:
    """What is not in the buckets yet. It is of the same moment as they are: see `fill`."""
    cells = sli_journal.waiting(connection)
    complete = cells.between(0, FINE.number(rings.watermark) - 1)
    for_hearing = _columns_of(complete, _hearing(rings))
    rings.hear(for_hearing[for_hearing >= 0], complete.numbers[for_hearing >= 0])
    held = cells.in_tier(tier)
    column = _columns_of(held, rings.column)
    ours = column >= 0
    return column[ours], held.numbers[ours], held.amounts[:, ours]


def _columns_of(cells: Cells, columns: Mapping[SLOName, int]) -> Int64s:
    """Of each cell; -1 if it has none."""
    return np.array([columns.get(name, -1) for name in cells.names], np.int64)[cells.which]


def _hearing(rings: Rings) -> dict[SLOName, int]:
    """Whose events are heard, and in which column."""
    return {name: rings.column[series] for name, series in rings.heard.items()}
