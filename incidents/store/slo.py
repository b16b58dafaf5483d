"""Counts in SQL: taken in once, added to their buckets, and followed by whoever judges them."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from sqlalchemy import (
    Connection,
    Insert,
    Table,
    and_,
    delete,
    func,
    or_,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite

from incidents.model.objective import NOTHING, Counts, SLOName
from incidents.model.rolling import FINE, LATE, MIDDLE, Sample, Tier, coarse
from incidents.store import slo_slices
from incidents.store.slo_slices import Sliced
from incidents.store.slo_tables import sli_batch_seen, sli_bucket, sli_sample
from incidents.store.sql import next_number

HOURLY = coarse(timedelta(days=1))  # its size is what matters here, not its span
TIERS: tuple[Tier, ...] = (FINE, MIDDLE, HOURLY)
_COUNTER = "sli_sample"
_KEEP = {
    FINE.name: timedelta(days=3),
    MIDDLE.name: timedelta(days=93),
    HOURLY.name: timedelta(days=400),
}
_MICRO = timedelta(microseconds=1)
_KEEP_JOURNAL = timedelta(days=1)
_MARGIN = timedelta(hours=1)  # a batch under way may be a little older than what is refused now


def hold(connection: Connection) -> None:
    """Wait for other batches to commit and keep theirs waiting: their order is the journal's."""
    next_number(connection, _COUNTER, step=0)


def first_time(
    connection: Connection, keys: Sequence[tuple[str, int, datetime]]
) -> frozenset[tuple[str, int]]:
    """Those of the ``(source, seq, at)`` that were never seen, which they are from now on."""
    if not keys:
        return frozenset()
    rows = [{"source": source, "seq": seq, "at": at} for source, seq, at in keys]
    insert = _insert(connection, sli_batch_seen).on_conflict_do_nothing()
    new = connection.execute(insert.returning(sli_batch_seen.c.source, sli_batch_seen.c.seq), rows)
    return frozenset((str(source), int(seq)) for source, seq in new)


def take(
    connection: Connection,
    samples: Sequence[Sample],
    now: datetime,
    sliced: Sliced = MappingProxyType({}),
) -> None:
    """Add ``samples`` to their buckets of every tier, and to the journal. `hold` first.

    Slices of time that they change, of the SLOs that are ``sliced``, change with them.
    """
    _add(connection, samples, now)
    if sliced:
        _add(connection, slo_slices.turned(connection, samples, sliced), now)


def slice_past(connection: Connection, slo: SLOName, sliced: Sliced, now: datetime) -> None:
    """Judge the slices of one SLO of which nothing was said, from events that are kept.

    `hold` first.
    """
    _add(connection, slo_slices.unsaid(connection, slo, sliced[slo]), now)


def unsliced(connection: Connection, sliced: Sliced) -> frozenset[SLOName]:
    """Those with events in slices of which nothing was said: their definition is new."""
    newest = latest(connection, [name for slo, (one, _) in sliced.items() for name in (slo, one)])
    found: set[SLOName] = set()
    for slo, (series, slicing) in sliced.items():
        if slo in newest:
            due = slicing.counts_at(slicing.number(newest[slo]))
            if series not in newest or newest[series] < due:
                found.add(slo)
    return frozenset(found)


def _add(connection: Connection, samples: Sequence[Sample], now: datetime) -> None:
    joined = _joined(samples, FINE)
    if not joined:
        return
    for tier in TIERS:
        rows = [
            {"tier": tier.name, "slo": slo, "at": at, "good": counts.good, "bad": counts.bad}
            for (slo, at), counts in sorted(_joined(samples, tier).items())
        ]
        connection.execute(_adding(connection), rows)
    last = next_number(connection, _COUNTER, step=len(joined))
    first = last - len(joined) + 1
    entries = [
        {
            "seq": first + place,
            "slo": slo,
            "at": at,
            "good": counts.good,
            "bad": counts.bad,
            "received_at": now,
        }
        for place, ((slo, at), counts) in enumerate(sorted(joined.items()))
    ]
    connection.execute(sli_sample.insert(), entries)


def position(connection: Connection) -> int:
    """Where the journal ends, which grows with everything that is counted."""
    return int(connection.execute(select(func.max(sli_sample.c.seq))).scalar() or 0)


def sums(
    connection: Connection,
    slos: Sequence[SLOName],
    tier: Tier,
    since: datetime,
    until: datetime,
) -> dict[SLOName, Counts]:
    """Events in the buckets of ``tier`` that begin in ``[since, until)``, for each SLO with any."""
    if until <= since or not slos:
        return {}
    query = (
        select(sli_bucket.c.slo, func.sum(sli_bucket.c.good), func.sum(sli_bucket.c.bad))
        .where(
            sli_bucket.c.tier == tier.name,
            sli_bucket.c.slo.in_(slos),
            sli_bucket.c.at >= since,
            sli_bucket.c.at < until,
        )
        .group_by(sli_bucket.c.slo)
    )
    return {
        SLOName(slo): Counts(int(good), int(bad)) for slo, good, bad in connection.execute(query)
    }


def counts(
    connection: Connection, slos: Sequence[SLOName], window: timedelta, until: datetime
) -> dict[SLOName, Counts]:
    """Events of the ``window`` that ends at ``until``: the same buckets as the rings would count.

    Every SLO has an entry. The end is exact to 10 seconds; the start to a bucket of the tier.
    """
    tier = tier_of(window)
    last = tier.number(until - _MICRO)
    since = tier.start(last + 1) - window
    found = dict.fromkeys(slos, NOTHING)
    for part, begin, end in _parts(tier, since, until):
        for slo, more in sums(connection, slos, part, begin, end).items():
            found[slo] += more
    return found


def since(
    connection: Connection, slos: Sequence[SLOName], begin: datetime, until: datetime
) -> dict[SLOName, Counts]:
    """Events in ``[begin, until)``, exactly; every SLO has an entry.

    Both are whole buckets: ``begin`` of 5 minutes, which are kept for 93 days, ``until`` of 10
    seconds, which are kept for 3; longer ago, both have to be whole hours.
    """
    found = dict.fromkeys(slos, NOTHING)
    hour = HOURLY.start(HOURLY.number(begin - _MICRO) + 1)  # the first that begins within
    ahead = min(hour, MIDDLE.start(MIDDLE.number(until)))
    parts = [(MIDDLE, begin, ahead)] if begin < ahead else []
    for part, start, end in (*parts, *_parts(HOURLY, max(begin, ahead), until)):
        for slo, more in sums(connection, slos, part, start, end).items():
            found[slo] += more
    return found


def counts_between(
    connection: Connection,
    slos: Sequence[SLOName],
    since: datetime,
    until: datetime,
    *,
    now: datetime,
) -> dict[SLOName, Counts]:
    """Events in ``[since, until)``, by the finest buckets still kept at ``now``; else hourly ones.

    Both ends are off by at most one bucket. Every SLO has an entry.
    """
    tier = next((one for one in TIERS if since >= now - _KEEP[one.name]), HOURLY)
    begin = tier.start(tier.number(since))
    return dict.fromkeys(slos, NOTHING) | sums(connection, slos, tier, begin, until)


def history(
    connection: Connection, slo: SLOName, tier: Tier, since: datetime, until: datetime
) -> tuple[tuple[datetime, Counts], ...]:
    """The buckets of ``tier`` that begin in ``[since, until)`` and have events, oldest first."""
    query = (
        select(sli_bucket)
        .where(
            sli_bucket.c.tier == tier.name,
            sli_bucket.c.slo == slo,
            sli_bucket.c.at >= since,
            sli_bucket.c.at < until,
        )
        .order_by(sli_bucket.c.at)
    )
    return tuple((row.at, Counts(row.good, row.bad)) for row in connection.execute(query))


def buckets(
    connection: Connection, slo: SLOName, tier: Tier, since: datetime, until: datetime
) -> tuple[tuple[datetime, Counts], ...]:
    """`history` up to ``until`` exactly: the last piece of ``[since, until)`` in finer buckets."""
    parts = _parts(tier, since, until)
    return tuple(
        bucket
        for part, begin, end in parts
        for bucket in history(connection, slo, part, begin, end)
    )


def longest_past(window: timedelta) -> timedelta:
    """How far back it is known what a ``window`` held: what left it is needed, too."""
    return _KEEP[tier_of(window).name] - window


def kept_for(tier: Tier) -> timedelta:
    """How long its buckets are kept."""
    return _KEEP[tier.name]


def tier_of(window: timedelta) -> Tier:
    """The buckets that a window is counted in: the finest that are kept for as long."""
    return next((one for one in (FINE, MIDDLE) if window <= one.span), HOURLY)


def latest(connection: Connection, slos: Sequence[SLOName]) -> dict[SLOName, datetime]:
    """When the newest 10-second bucket of each SLO begins, if it has one."""
    if not slos:
        return {}
    query = (
        select(sli_bucket.c.slo, func.max(sli_bucket.c.at))
        .where(sli_bucket.c.tier == FINE.name, sli_bucket.c.slo.in_(slos))
        .group_by(sli_bucket.c.slo)
    )
    return {SLOName(slo): at for slo, at in connection.execute(query)}


def forget(connection: Connection, now: datetime) -> int:
    """Drop what no question needs any more. How many rows there were."""
    stale = [and_(sli_bucket.c.tier == name, sli_bucket.c.at < now - _KEEP[name]) for name in _KEEP]
    statements = (
        delete(sli_bucket).where(or_(*stale)),
        delete(sli_sample).where(sli_sample.c.received_at < now - _KEEP_JOURNAL),
        delete(sli_batch_seen).where(sli_batch_seen.c.at < now - LATE - _MARGIN),
    )
    return sum(connection.execute(statement).rowcount for statement in statements)


def _parts(
    tier: Tier, since: datetime, until: datetime
) -> Iterable[tuple[Tier, datetime, datetime]]:
    """``[since, until)`` in whole buckets of ``tier``, and its last piece in finer ones."""
    for one in reversed(TIERS):
        if one.size <= tier.size:
            end = one.start(one.number(until))
            yield one, since, end
            since = max(since, end)


def _joined(samples: Iterable[Sample], tier: Tier) -> dict[tuple[SLOName, datetime], Counts]:
    found: dict[tuple[SLOName, datetime], Counts] = {}
    for sample in samples:
        key = (sample.slo, tier.start(tier.number(sample.at)))
        found[key] = found.get(key, NOTHING) + Counts(sample.good, sample.bad)
    return found


def _adding(connection: Connection) -> Insert:
    insert = _insert(connection, sli_bucket)
    grown = {name: sli_bucket.c[name] + insert.excluded[name] for name in ("good", "bad")}
    added: Insert = insert.on_conflict_do_update(index_elements=["tier", "slo", "at"], set_=grown)
    return added


def _insert(connection: Connection, table: Table) -> Any:  # noqa: ANN401 (two dialects' own classes)
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    return dialect.insert(table)
