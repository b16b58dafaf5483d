"""Keep packed counts now and then, so that a restart need not add up a month of buckets."""

from datetime import datetime

from incidents.actions.desk import Desk
from incidents.actions.watching import Watch
from incidents.failpoints import reach
from incidents.model import packing
from incidents.store import slo_shards, slo_snapshots
from incidents.store.slo_snapshots import Snapshot


def snap(desk: Desk, watching: Watch, now: datetime) -> int:
    """Write down what changed in the rings since last time. How many shards were.

    Ticks are held up only while a shard is copied, not while it is written. Whoever is killed here
    has a snapshot of before, and the journal from there on.
    """
    with watching.lock:
        blocks = packing.changed(watching.rings)
        shards, known = dict(watching.shards), dict(watching.snapped)
        watching.snapped.clear()  # until it is written again, it is not known what is there
    written = 0
    for shard, names in shards.items():
        with watching.lock:
            if watching.shards.get(shard) != names:
                continue  # it is somebody else's by now
            is_whole = known.get(shard) != names
            these = packing.every(watching.rings) if is_whole else blocks
            packed = list(packing.packed(watching.rings, names, these))
            snapshot = Snapshot(watching.position, packing.head_of(watching.rings, names))
            lease = watching.leases[shard] if watching.leases is not None else None
        with desk.store.write() as connection:
            if lease is not None and not slo_shards.is_ours(connection, lease):
                continue
            done = slo_snapshots.save(connection, shard, snapshot, packed, now, is_whole=is_whole)
            slo_snapshots.forget(connection, [shard], watching.rings)
            reach("slo.snapping")
        reach("slo.snapped")
        if done:
            watching.snapped[shard] = names
            written += 1
    return written
