"""Packed counts of a shard as of one position of the journal: what a restart begins with.

The buckets hold the same in rows. Millions of them take a minute to read, these take a second.
"""

from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, select

from incidents.model.objective import SLOName
from incidents.model.packing import BLOCK, SEEN, Head
from incidents.model.rolling import Rings
from incidents.store.slo_engine_tables import slo_block, slo_snapshot
from incidents.store.sql import insert_or_replace


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What there is beside the blocks, and which part of the journal is in them."""

    position: int
    head: Head


def save(
    connection: Connection,
    shard: int,
    snapshot: Snapshot,
    blocks: Iterable[tuple[str, int, bytes]],
    now: datetime,
    *,
    is_whole: bool,
) -> bool:
    """Write down what changed; with ``is_whole`` what was there is dropped first.

    False, and nothing is written, if what is there is newer: somebody else has the shard now.
    """
    before = connection.execute(
        select(slo_snapshot.c.position).where(slo_snapshot.c.shard == shard)
    ).scalar()
    if before is not None and before > snapshot.position:
        return False
    if is_whole:
        connection.execute(delete(slo_block).where(slo_block.c.shard == shard))
    connection.execute(
        delete(slo_block).where(slo_block.c.shard == shard, slo_block.c.ring.in_(SEEN))
    )
    for ring, number, packed in blocks:
        row = {"shard": shard, "ring": ring, "number": number}
        row["packed"] = b64encode(packed).decode("ascii")
        insert_or_replace(connection, slo_block, row, keys=("shard", "ring", "number"))
    head = snapshot.head
    insert_or_replace(
        connection,
        slo_snapshot,
        {
            "shard": shard,
            "position": snapshot.position,
            "at": now,
            "head": {
                "names": list(head.names),
                "watermark": head.watermark,
                "latest": head.latest,
                "ahead": [list(one) for one in head.ahead],
                "early": [list(one) for one in head.early],
            },
        },
        keys=("shard",),
    )
    return True


def forget(connection: Connection, shards: Iterable[int], rings: Rings) -> None:
    """Drop the blocks that no window reaches any more."""
    for tier, ring in zip(rings.tiers, rings.rings, strict=True):
        connection.execute(
            delete(slo_block).where(
                slo_block.c.shard.in_(list(shards)),
                slo_block.c.ring == tier.name,
                slo_block.c.number < ring.first // BLOCK[tier.name],
            )
        )


def found(connection: Connection, shards: Iterable[int]) -> Mapping[int, Snapshot]:
    """The snapshots that there are."""
    query = select(slo_snapshot).where(slo_snapshot.c.shard.in_(list(shards)))
    return {
        int(row.shard): Snapshot(
            int(row.position),
            Head(
                tuple(SLOName(name) for name in row.head["names"]),
                int(row.head["watermark"]),
                row.head["latest"],
                [tuple(one) for one in row.head["ahead"]],
                [tuple(one) for one in row.head["early"]],
            ),
        )
        for row in connection.execute(query)
    }


def blocks(connection: Connection, shard: int) -> Iterator[tuple[str, int, bytes]]:
    """Every block of a shard: its ring, its number, what is in it."""
    query = select(slo_block.c.ring, slo_block.c.number, slo_block.c.packed).where(
        slo_block.c.shard == shard
    )
    for ring, number, packed in connection.execute(query):
        yield ring, int(number), b64decode(packed)
