"""Counts in SQL: added to their buckets, and asked for by whoever judges them."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType

from sqlalchemy import ColumnElement, Connection, and_, delete, false, func, not_, or_, select, true

from incidents.model.cells import NO_CELLS, Cells, cells_of
from incidents.model.objective import NOTHING, Counts, SLOName
from incidents.model.rolling import FINE, MIDDLE, Sample, Tier
from incidents.store import counters, sli_journal, sli_seen, slo_slices
from incidents.store.sli_journal import HOURLY, TIERS
from incidents.store.slo_slices import Sliced
from incidents.store.slo_tables import sli_bucket

_AT_ONCE = 300  # cells that are put into their buckets at once; more of them wait for others
_MOST_WAIT = 1_000_000  # cells; this many are put into their buckets by whoever comes next
_KEEP = {
    FINE.name: timedelta(days=3),
    MIDDLE.name: timedelta(days=93),
    HOURLY.name: timedelta(days=400),
}
_MICRO = timedelta(microseconds=1)


def hold(connection: Connection) -> None:
    """Be alone with the journal, which whoever takes something in has to be."""
    sli_journal.hold(connection)


def take(
    connection: Connection,
    samples: Sequence[Sample],
    now: datetime,
    sliced: Sliced = MappingProxyType({}),
) -> None:
    """`take_cells` for samples."""
    take_cells(connection, cells_of(samples), now, sliced)


def take_cells(connection: Connection, cells: Cells, now: datetime, sliced: Sliced) -> None:
    """Count ``cells``, durably; every question below is answered with them. `hold` first.

    Slices of time that they change, of the SLOs that are ``sliced``, change with them.
    """
    mine = cells.of(sliced) if sliced else NO_CELLS
    if len(mine):
        sli_journal.add(connection, mine, now)
        sli_journal.add(connection, cells_of(slo_slices.turned(connection, mine, sliced)), now)
        cells = cells.of(set(cells.names) - set(sliced))
    if len(cells) <= _AT_ONCE:
        sli_journal.add(connection, cells, now)
        return
    sli_journal.write_down(connection, cells, now)
    if sli_journal.how_many_wait(connection) > _MOST_WAIT:
        sli_journal.sort_in(connection)


def slice_past(connection: Connection, slo: SLOName, sliced: Sliced, now: datetime) -> None:
    """Judge the slices of one SLO of which nothing was said, from events that are kept.

    `hold` first.
    """
    sli_journal.sort_in(connection)
    changes = slo_slices.unsaid(connection, slo, sliced[slo])
    sli_journal.add(connection, cells_of(changes), now)


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
    rows, waiting = sli_journal.with_waiting(connection, query)
    found = {SLOName(slo): Counts(int(good), int(bad)) for slo, good, bad in rows}
    for slo, _, good, bad in _within(waiting.of(slos), tier, since, until).rows():
        found[slo] = found.get(slo, NOTHING) + Counts(good, bad)
    return found


def counts(
    connection: Connection, slos: Sequence[SLOName], window: timedelta, until: datetime
) -> dict[SLOName, Counts]:
    """Events of the ``window`` that ends at ``until``: the same buckets as the rings would count.

    Every SLO has an entry. The end is exact to 10 seconds; the start to a bucket of the tier.
    """
    found = dict.fromkeys(slos, NOTHING)
    for part, begin, end in _parts(tier_of(window), begin_of(window, until), until):
        for slo, more in sums(connection, slos, part, begin, end).items():
            found[slo] += more
    return found


def begin_of(window: timedelta, until: datetime) -> datetime:
    """Where the first bucket begins that `counts` sums: exact to a bucket of its tier."""
    tier = tier_of(window)
    return tier.start(tier.number(until - _MICRO) + 1) - window


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
    query = select(sli_bucket.c.at, sli_bucket.c.good, sli_bucket.c.bad).where(
        sli_bucket.c.tier == tier.name,
        sli_bucket.c.slo == slo,
        sli_bucket.c.at >= since,
        sli_bucket.c.at < until,
    )
    rows, waiting = sli_journal.with_waiting(connection, query)
    found = {at: Counts(good, bad) for at, good, bad in rows}
    for _, number, good, bad in _within(waiting.of([slo]), tier, since, until).rows():
        at = tier.start(number)
        found[at] = found.get(at, NOTHING) + Counts(good, bad)
    return tuple(sorted(found.items()))


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
    rows, waiting = sli_journal.with_waiting(connection, query)
    found = {SLOName(slo): at for slo, at in rows}
    for slo, number, _, _ in waiting.of(slos).rows():
        found[slo] = max(found.get(slo, FINE.start(number)), FINE.start(number))
    return found


def forget(
    connection: Connection,
    now: datetime,
    is_needed: Callable[[Tier], ColumnElement[bool]] = lambda _: false(),
) -> int:
    """Drop what no question needs any more. How many rows there were.

    ``is_needed`` says which buckets of the finer tiers are kept for as long as the coarsest.
    """
    oldest = now - _KEEP[HOURLY.name]
    stale = [
        and_(
            sli_bucket.c.tier == tier.name,
            sli_bucket.c.at < now - _KEEP[tier.name],
            true() if tier == HOURLY else not_(is_needed(tier)) | (sli_bucket.c.at < oldest),
        )
        for tier in TIERS
    ]
    gone: int = connection.execute(delete(sli_bucket).where(or_(*stale))).rowcount
    gone += sli_journal.forget(connection, now) + sli_seen.forget(connection, now)
    return gone + counters.forget(connection, now)


def _parts(
    tier: Tier, since: datetime, until: datetime
) -> Iterable[tuple[Tier, datetime, datetime]]:
    """``[since, until)`` in whole buckets of ``tier``, and its last piece in finer ones."""
    for one in reversed(TIERS):
        if one.size <= tier.size:
            end = one.start(one.number(until))
            yield one, since, end
            since = max(since, end)


def _within(cells: Cells, tier: Tier, since: datetime, until: datetime) -> Cells:
    """The buckets of ``tier`` that begin in ``[since, until)``."""
    held = cells.in_tier(tier)
    first, beyond = (tier.number(moment - _MICRO) + 1 for moment in (since, until))
    return held.only((held.numbers >= first) & (held.numbers < beyond))
