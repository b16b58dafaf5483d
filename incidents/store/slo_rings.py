"""Rings from the record: filled when a process begins, and kept in step by following the journal.

Both read plain rows into arrays: there may be millions of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
from sqlalchemy import BigInteger, Connection, select, type_coerce

from incidents.model.objective import NOTHING, SLOName
from incidents.model.ring import Int64s
from incidents.model.rolling import FINE, Rings, Tier
from incidents.store import slo
from incidents.store.slo_tables import sli_bucket, sli_sample

_AT_ONCE = 50_000  # rows that are read in one go
_TICK = FINE.size // timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Followed:
    """New entries of the journal in order. ``position`` is where to go on.

    Entry n is of the SLO ``names[which[n]]``, in the 10-second bucket ``numbers[n]``, with
    ``amounts`` ``[good|bad][n]``. ``is_whole`` is False if entries in between were forgotten: then
    only the buckets tell the truth.
    """

    position: int
    names: tuple[SLOName, ...]
    which: Int64s
    numbers: Int64s
    amounts: Int64s
    is_whole: bool


def follow(connection: Connection, position: int) -> Followed:
    """What was taken since ``position``; at most some thousand rows, so ask again until none."""
    query = (
        select(
            sli_sample.c.slo,
            type_coerce(sli_sample.c.at, BigInteger),
            sli_sample.c.good,
            sli_sample.c.bad,
            sli_sample.c.seq,
        )
        .where(sli_sample.c.seq > position)
        .order_by(sli_sample.c.seq)
        .limit(_AT_ONCE)
    )
    rows = connection.execute(query).all()
    if not rows:
        nothing = np.zeros(0, dtype=np.int64)
        return Followed(position, (), nothing, nothing, np.zeros((2, 0), np.int64), is_whole=True)
    names, at, good, bad, seq = zip(*rows, strict=True)
    which, distinct = _numbered(names)
    return Followed(
        position=int(seq[-1]),
        names=distinct,
        which=which,
        numbers=np.array(at, dtype=np.int64) // _TICK,
        amounts=np.array([good, bad], dtype=np.int64),
        is_whole=seq[0] == position + 1,
    )


def count(rings: Rings, found: Followed) -> None:
    """What the record took is never refused here, or the two would differ."""
    for columns, heard in ((rings.column, False), (_hearing(rings), True)):
        column = np.array([columns.get(name, -1) for name in found.names], dtype=np.int64)
        of_each = column[found.which]
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
    return slo.position(connection)


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
    pieces: list[tuple[Int64s, Int64s, Int64s]] = []
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
    if not pieces:
        nothing = np.zeros(0, dtype=np.int64)
        return nothing, nothing, np.zeros((2, 0), dtype=np.int64)
    return (
        np.concatenate([piece[0] for piece in pieces]),
        np.concatenate([piece[1] for piece in pieces]),
        np.concatenate([piece[2] for piece in pieces], axis=1),
    )


def _hearing(rings: Rings) -> dict[SLOName, int]:
    """Whose events are heard, and in which column."""
    return {name: rings.column[series] for name, series in rings.heard.items()}


def _numbered(names: Sequence[Any]) -> tuple[Int64s, tuple[SLOName, ...]]:
    places: dict[SLOName, int] = {}
    which = [places.setdefault(name, len(places)) for name in names]
    return np.array(which, dtype=np.int64), tuple(places)
