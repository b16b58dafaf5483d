"""Rates that all processes share, in SQL."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection, select, update

from incidents.model.pace import Bucket, Rate, full
from incidents.store.sql import insert_if_new, locked
from incidents.store.tables import bucket

_TOLERANCE = timedelta(seconds=2)  # by which the clocks of replicas may differ for a moment


def take(connection: Connection, rates: Mapping[str, Rate], now: datetime) -> timedelta:
    """Take one token of each bucket and give zero; or take none, and say how long to wait."""
    found = {name: _held(connection, name, rates[name], now) for name in sorted(rates)}
    wait = max((one.wait(now, rates[name]) for name, one in found.items()), default=timedelta())
    if wait > timedelta():
        return wait
    for name, one in found.items():
        _save(connection, name, one.take(now, rates[name]))
    return timedelta()


def draw(connection: Connection, name: str, rate: Rate, wanted: int, now: datetime) -> int:
    """Take up to ``wanted`` tokens of a bucket. How many there were."""
    drawn, left = _held(connection, name, rate, now).draw(now, rate, wanted)
    _save(connection, name, left)
    return drawn


def block(connection: Connection, name: str, rate: Rate, until: datetime, now: datetime) -> None:
    """Nobody takes anything of this bucket before ``until``: the other side asked for it."""
    held = _held(connection, name, rate, now)
    if until > held.blocked_until:
        _save(connection, name, Bucket(held.tokens, held.filled_at, until))


def after_a_jump(connection: Connection, now: datetime) -> None:
    """A bucket that was filled in the future belongs to a clock that was set back since.

    It fills from now on, and what the other side asked for is kept as long as it was asked for.
    """
    query = locked(connection, select(bucket).where(bucket.c.filled_at > now + _TOLERANCE))
    for row in connection.execute(query.order_by(bucket.c.name)).all():
        left = max(row.blocked_until - row.filled_at, timedelta())
        _save(connection, row.name, Bucket(row.tokens, now, now + left))


def _held(connection: Connection, name: str, rate: Rate, now: datetime) -> Bucket:
    """The bucket, made if need be, and held until the transaction ends."""
    query = locked(connection, select(bucket).where(bucket.c.name == name))
    row = connection.execute(query).first()
    if row is None:
        new = full(now, rate)
        fields = {"tokens": new.tokens, "filled_at": now, "blocked_until": now}
        insert_if_new(connection, bucket, {"name": name, **fields})
        row = connection.execute(query).one()
    return Bucket(row.tokens, row.filled_at, row.blocked_until)


def _save(connection: Connection, name: str, new: Bucket) -> None:
    values = {each: getattr(new, each) for each in Bucket.__slots__}
    connection.execute(update(bucket).where(bucket.c.name == name).values(values))
