"""Budgets in shards: each is watched by one process, and no process has more than its share."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from incidents.model.objective import SLOName

SHARDS = 16
LEASE = timedelta(seconds=20)  # and then a process that said nothing is taken for dead
EVERY = timedelta(seconds=5)  # it is renewed; so a lost owner is replaced after 25 s at most


@dataclass(frozen=True, slots=True)
class Lease:
    """A shard that ``owner`` watches until then. ``fence`` tells it from every earlier owner."""

    shard: int
    owner: str
    until: datetime
    fence: int


def shard_of(slo: SLOName) -> int:
    """The shard of an SLO: the same in every process and for ever."""
    return zlib.crc32(slo.encode()) % SHARDS


def share(owner: str, owners: Sequence[str]) -> int:
    """How many shards ``owner`` is to have, so that no two of ``owners`` differ by more than one.

    Some have one more than others: the first ones by name.
    """
    each, over = divmod(SHARDS, len(owners))
    return each + (sorted(owners).index(owner) < over)
