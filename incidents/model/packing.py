"""The counts of some series in few bytes, to be kept and to be loaded again in one go.

A block is a run of buckets of one ring, in the narrowest whole numbers that hold them. Blocks are
told apart by their number since 1970, so that only those that changed need to be kept anew.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from incidents.model.objective import SLOName
from incidents.model.ring import Int64s, Ring
from incidents.model.rolling import Rings

BLOCK = {"10s": 30, "5min": 12, "1h": 24}  # buckets in one block of each ring
_KINDS = tuple(np.dtype(kind) for kind in ("<u1", "<u2", "<u4", "<i8"))


@dataclass(frozen=True, slots=True)
class Head:
    """What there is beside the blocks, of each series in the order of ``names``.

    ``latest`` are the buckets of 10 seconds of the newest reports, -1 for none; ``ahead`` are
    counts for buckets that are not complete: series, bucket, good, bad. ``early`` is what was only
    heard for such buckets.
    """

    names: tuple[SLOName, ...]
    watermark: int
    latest: list[int]
    ahead: list[tuple[int, int, int, int]]
    early: list[tuple[int, int]]


def head_of(rings: Rings, names: Sequence[SLOName]) -> Head:
    """What there is of ``names`` beside the blocks."""
    columns = columns_of(rings, names)
    place = {column: number for number, column in enumerate(columns.tolist())}
    ahead = [
        (place[column], number, good, bad)
        for number, parts in rings.ahead.items()
        for slos, amounts in parts
        for column, good, bad in zip(slos.tolist(), *amounts.tolist(), strict=True)
        if column in place
    ]
    early = [
        (place[column], number)
        for slos, numbers in rings.early
        for column, number in zip(slos.tolist(), numbers.tolist(), strict=True)
        if column in place
    ]
    latest: list[int] = rings.latest[columns].tolist()
    return Head(tuple(names), rings.number, latest, ahead, early)


def changed(rings: Rings) -> dict[str, set[int]]:
    """The blocks of each ring that changed since this was asked last."""
    found: dict[str, set[int]] = {}
    for tier, ring in zip(rings.tiers, rings.rings, strict=True):
        found[tier.name] = {number // BLOCK[tier.name] for number in ring.touched}
        ring.touched.clear()
    return found


def every(rings: Rings) -> dict[str, set[int]]:
    """All blocks that are held."""
    return {
        tier.name: set(range(ring.first // BLOCK[tier.name], ring.last // BLOCK[tier.name] + 1))
        for tier, ring in zip(rings.tiers, rings.rings, strict=True)
    }


def packed(
    rings: Rings, names: Sequence[SLOName], blocks: dict[str, set[int]]
) -> Iterator[tuple[str, int, bytes]]:
    """Some blocks of some series: the ring, the number, and the counts. Empty ones are left out."""
    columns = columns_of(rings, names)
    for tier, ring in zip(rings.tiers, rings.rings, strict=True):
        size = BLOCK[tier.name]
        for block in sorted(blocks[tier.name]):
            numbers = range(max(block * size, ring.first), min((block + 1) * size, ring.last + 1))
            if numbers:
                yield tier.name, block, _packed(ring, columns, numbers)
    for ratio, seen in zip(SEEN, rings.seen, strict=True):
        bits = np.packbits(seen.slots[:, columns], axis=0)
        yield ratio, seen.last, bits.tobytes()


SEEN = ("seen1", "seen5")


def _packed(ring: Ring, columns: Int64s, numbers: range) -> bytes:
    found = [np.array([numbers[0], len(numbers)], dtype="<i8").tobytes()]
    places = np.array(numbers) % ring.capacity
    for cells in ring.cells:
        held = cells[places][:, columns]
        kind = next(kind for kind in _KINDS if int(held.max(initial=0)) <= np.iinfo(kind).max)
        found += [bytes([_KINDS.index(kind)]), held.astype(kind).tobytes()]
    return b"".join(found)


def load(rings: Rings, columns: Int64s, ring: str, packed: bytes) -> None:
    """Put a block into rings that hold nothing of these series; -1 is a series that is gone."""
    tiers = [tier.name for tier in rings.tiers]
    held = rings.rings[tiers.index(ring)]
    first, count = np.frombuffer(packed, dtype="<i8", count=2).tolist()
    numbers = np.arange(first, first + count)
    wanted = (numbers >= held.first) & (numbers <= held.last)
    ours = columns >= 0
    position = 16
    for side in range(2):
        kind = _KINDS[packed[position]]
        size = count * columns.size
        cells = np.frombuffer(packed, dtype=kind, count=size, offset=position + 1)
        position += 1 + size * kind.itemsize
        held.put(side, numbers[wanted], columns[ours], cells.reshape(count, -1)[wanted][:, ours])


def load_seen(rings: Rings, columns: Int64s, place: int, last: int, packed: bytes) -> None:
    """Put back when something was reported, as of the slot ``last``."""
    seen = rings.seen[place]
    bits = np.frombuffer(packed, dtype=np.uint8).reshape(-1, columns.size)
    slots = np.unpackbits(bits, axis=0, count=seen.capacity).astype(np.bool_)
    gone = min(max(seen.last - last, 0), seen.capacity)
    slots[[number % seen.capacity for number in range(last + 1, last + 1 + gone)]] = False
    ours = columns >= 0
    seen.slots[:, columns[ours]] = slots[:, ours]


def load_head(rings: Rings, columns: Int64s, head: Head) -> None:
    """Put back what there is beside the blocks. The last thing to do, after the blocks."""
    ours = columns >= 0
    rings.latest[columns[ours]] = np.array(head.latest, dtype=np.int64)[ours]
    table = np.array(head.ahead, dtype=np.int64).reshape(-1, 4).T
    which = columns[table[0]] if table.size else table[0]
    rings.add_arrays(which[which >= 0], table[1][which >= 0], table[2:][:, which >= 0])
    heard = np.array(head.early, dtype=np.int64).reshape(-1, 2).T
    which = columns[heard[0]] if heard.size else heard[0]
    rings.hear(which[which >= 0], heard[1][which >= 0])


def columns_of(rings: Rings, names: Sequence[SLOName]) -> Int64s:
    """Where series lie in the rings; -1 where they do not."""
    return rings.column.of(names)
