"""Which process watches which shard of the budgets: leases that are renewed, fenced and shared."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, select, update

from incidents.model.shards import LEASE, SHARDS, Lease, share
from incidents.store.leases import is_gone
from incidents.store.slo_engine_tables import slo_shard, slo_watcher
from incidents.store.sql import insert_if_new, insert_or_replace, locked

_Shard = Row[Any]


def keep(connection: Connection, owner: str, now: datetime) -> Mapping[int, Lease]:
    """Say that ``owner`` lives, renew what it holds, and bring that nearer to its fair share.

    What is too much is given up, what is free or was held by somebody gone is taken. Processes that
    do this at once wait for each other.
    """
    rows = _rows(connection)
    insert_or_replace(
        connection, slo_watcher, {"owner": owner, "until": now + LEASE}, keys=("owner",)
    )
    owners = _living(connection, now)
    fair = share(owner, owners)
    mine = [row for row in rows if row.owner == owner]
    free = [row for row in rows if row.owner != owner and not _is_held(row, owners, now)]
    for row in mine[fair:]:
        connection.execute(update(slo_shard).where(_the(row)).values(owner=None, until=None))
    held = {row.shard: Lease(row.shard, owner, now + LEASE, row.fence) for row in mine[:fair]}
    if held:
        connection.execute(
            update(slo_shard).where(slo_shard.c.shard.in_(held)).values(until=now + LEASE)
        )
    for row in free[: fair - len(held)]:
        taken = Lease(row.shard, owner, now + LEASE, row.fence + 1)
        values = {"owner": owner, "until": taken.until, "fence": taken.fence}
        connection.execute(update(slo_shard).where(_the(row)).values(values))
        held[row.shard] = taken
    return held


def release(connection: Connection, owner: str) -> None:
    """It stops in order: what it watched is free at once."""
    _rows(connection)
    connection.execute(delete(slo_watcher).where(slo_watcher.c.owner == owner))
    freed = update(slo_shard).where(slo_shard.c.owner == owner)
    connection.execute(freed.values(owner=None, until=None))


def is_ours(connection: Connection, lease: Lease) -> bool:
    """Whether nobody else has taken the shard since; nobody can until the transaction ends."""
    query = select(slo_shard.c.shard).where(
        slo_shard.c.shard == lease.shard,
        slo_shard.c.owner == lease.owner,
        slo_shard.c.fence == lease.fence,
    )
    return connection.execute(locked(connection, query)).first() is not None


def owners(connection: Connection) -> dict[int, str]:
    """Who watches each shard that somebody watches."""
    query = select(slo_shard.c.shard, slo_shard.c.owner).where(slo_shard.c.owner.is_not(None))
    return {int(shard): str(owner) for shard, owner in connection.execute(query)}


def _rows(connection: Connection) -> list[_Shard]:
    """All shards, locked; they are written down when somebody wants one for the first time."""
    query = locked(connection, select(slo_shard).order_by(slo_shard.c.shard))
    rows = list(connection.execute(query))
    if len(rows) == SHARDS:
        return rows
    for shard in range(SHARDS):
        insert_if_new(connection, slo_shard, {"shard": shard, "fence": 0})
    return list(connection.execute(query))


def _living(connection: Connection, now: datetime) -> list[str]:
    """Who is there; the others are forgotten."""
    found = list(connection.execute(select(slo_watcher)))
    gone = [row.owner for row in found if row.until <= now or is_gone(row.owner)]
    if gone:
        connection.execute(delete(slo_watcher).where(slo_watcher.c.owner.in_(gone)))
    return [row.owner for row in found if row.owner not in gone]


def _is_held(row: _Shard, owners: list[str], now: datetime) -> bool:
    return row.owner in owners and row.until is not None and row.until > now


def _the(row: _Shard) -> ColumnElement[bool]:
    shard: int = row.shard
    return slo_shard.c.shard == shard
