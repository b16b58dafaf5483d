"""Slices of time kept beside the events they are made of, in the same transaction.

What a slice is said to be is the row of its last ten seconds. Whenever events reach it, in time or
late, it is judged anew from all of its events, and only the difference is written: so the buckets,
and everybody who follows the journal, hold what counting anew would give.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby

from sqlalchemy import Connection, func, select

from incidents.model.cells import Cells
from incidents.model.objective import NOTHING, Counts, SLOName
from incidents.model.rolling import FINE, MIDDLE, Sample, Tier, coarse
from incidents.model.slices import changes
from incidents.model.slicing import Slicing
from incidents.store.slo_tables import sli_bucket

Sliced = Mapping[SLOName, tuple[SLOName, Slicing]]  # by SLO: the series of its slices, and how long
_TIERS = (coarse(timedelta(days=1)), MIDDLE, FINE)
_TOGETHER = 500  # SLOs that are asked for in one question


def turned(connection: Connection, cells: Cells, sliced: Sliced) -> list[Sample]:
    """By which slices change now that ``cells`` are in the buckets of their events."""
    touched: dict[SLOName, set[int]] = {}
    for slo, number, _, _ in cells.rows():
        touched.setdefault(slo, set()).add(sliced[slo][1].number(FINE.start(number)))
    found: list[Sample] = []
    by_slicing = sorted(touched, key=lambda slo: (sliced[slo][1].length, slo))
    for length, alike in groupby(by_slicing, key=lambda slo: sliced[slo][1].length):
        names = list(alike)
        for start in range(0, len(names), _TOGETHER):
            some = {slo: touched[slo] for slo in names[start : start + _TOGETHER]}
            found += _turned(connection, some, sliced, length)
    return found


def unsaid(connection: Connection, slo: SLOName, sliced: tuple[SLOName, Slicing]) -> list[Sample]:
    """What slices came to of which nothing was said yet, as far back as their events are kept.

    So a promise that counts slices from now on, or again after a while, keeps its past.
    """
    series, slicing = sliced
    first = _first_unsaid(connection, series, slicing)
    since = None if first is None else slicing.start(first)
    rows = _rows(connection, _tier_of(slicing.length), [slo], since)
    return [_sample(series, slicing, *one) for one in changes(slicing, _sums(slicing, rows), {})]


def _first_unsaid(connection: Connection, series: SLOName, slicing: Slicing) -> int | None:
    """The first slice after all that were counted, by the finest buckets kept; None for any."""
    for tier in reversed(_TIERS):
        newest = connection.execute(
            select(func.max(sli_bucket.c.at)).where(
                sli_bucket.c.tier == tier.name, sli_bucket.c.slo == series
            )
        ).scalar()
        if newest is not None:
            number = slicing.number(newest + tier.size)
            return number if slicing.counts_at(number) >= newest + tier.size else number + 1
    return None


def _turned(
    connection: Connection,
    touched: Mapping[SLOName, set[int]],
    sliced: Sliced,
    length: timedelta,
) -> Iterator[Sample]:
    slicings = {slo: sliced[slo][1] for slo in touched}
    first = min(slicings[slo].start(min(numbers)) for slo, numbers in touched.items())
    until = max(slicings[slo].start(max(numbers) + 1) for slo, numbers in touched.items())
    events = _by_slo(_rows(connection, _tier_of(length), list(touched), first, until))
    series = [sliced[slo][0] for slo in touched]
    said = _by_slo(_rows(connection, FINE, series, first, until))
    for slo, numbers in touched.items():
        name, slicing = sliced[slo]
        happened = _sums(slicing, events.get(slo, ()))
        before = _sums(slicing, said.get(name, ()))
        these = {number: happened[number] for number in numbers if number in happened}
        for one in changes(slicing, these, before):
            yield _sample(name, slicing, *one)


def _tier_of(length: timedelta) -> Tier:
    """The coarsest buckets that such slices are made of."""
    return next(tier for tier in _TIERS if not length % tier.size)


_Row = tuple[SLOName, datetime, Counts]


def _rows(
    connection: Connection,
    tier: Tier,
    slos: Sequence[SLOName],
    since: datetime | None = None,
    until: datetime | None = None,
) -> list[_Row]:
    query = select(sli_bucket).where(sli_bucket.c.tier == tier.name, sli_bucket.c.slo.in_(slos))
    if since is not None:
        query = query.where(sli_bucket.c.at >= since)
    if until is not None:
        query = query.where(sli_bucket.c.at < until)
    rows = connection.execute(query.order_by(sli_bucket.c.slo, sli_bucket.c.at))
    return [(SLOName(row.slo), row.at, Counts(int(row.good), int(row.bad))) for row in rows]


def _by_slo(rows: Iterable[_Row]) -> dict[SLOName, list[_Row]]:
    found: dict[SLOName, list[_Row]] = {}
    for row in rows:
        found.setdefault(row[0], []).append(row)
    return found


def _sums(slicing: Slicing, rows: Iterable[_Row]) -> dict[int, Counts]:
    found: dict[int, Counts] = {}
    for _, at, counts in rows:
        number = slicing.number(at)
        found[number] = found.get(number, NOTHING) + counts
    return found


def _sample(series: SLOName, slicing: Slicing, number: int, change: Counts) -> Sample:
    return Sample(series, slicing.counts_at(number), change.good, change.bad)
