"""Counts of any stretch of time, in whole buckets: what is next to each other never overlaps."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from incidents.model.attribution import Stretch
from incidents.model.objective import NOTHING, Counts, SLOName
from incidents.model.rolling import FINE, MIDDLE, Tier
from incidents.store.sli_journal import HOURLY, TIERS
from incidents.store.slo import kept_for, sums

_MICRO = timedelta(microseconds=1)


def in_buckets(stretch: Stretch, now: datetime) -> Stretch:
    """From the beginning of its first bucket to the end of its last, of those kept at ``now``.

    Of 10 seconds for 3 days, of 5 minutes for 93 days, else of an hour.
    """
    return Stretch(_down(stretch.start, now), _up(stretch.end, now))


def begun_in_buckets(stretch: Stretch, span: Stretch, now: datetime) -> Stretch:
    """A piece of ``span``: both ends begin a bucket, so that the pieces together are the whole."""
    start = stretch.start if stretch.start == span.start else _down(stretch.start, now)
    end = stretch.end if stretch.end == span.end else _down(stretch.end, now)
    return Stretch(start, end)


def counts_in(
    connection: Connection, slos: Sequence[SLOName], stretch: Stretch
) -> dict[SLOName, Counts]:
    """Events in a stretch that is `in_buckets`, exactly; every SLO has an entry."""
    found = dict.fromkeys(slos, NOTHING)
    for tier, begin, end in pieces(stretch):
        for slo, more in sums(connection, slos, tier, begin, end).items():
            found[slo] += more
    return found


def pieces(stretch: Stretch) -> Iterator[tuple[Tier, datetime, datetime]]:
    """Buckets that are just ``stretch``: up to the coarser tiers, through them, and down again."""
    begin, end = stretch.start, stretch.end
    for tier, coarser in ((FINE, MIDDLE), (MIDDLE, HOURLY)):
        ahead = min(_ceiling(coarser, begin), _floor(tier, end))
        if begin < ahead:
            yield tier, begin, ahead
            begin = ahead
    for tier in reversed(TIERS):
        whole = _floor(tier, end)
        if begin < whole:
            yield tier, begin, whole
            begin = whole


def _down(at: datetime, now: datetime) -> datetime:
    return _floor(_tier(at, now), at)


def _up(at: datetime, now: datetime) -> datetime:
    return _ceiling(_tier(at, now), at)


def _tier(at: datetime, now: datetime) -> Tier:
    """The finest that is kept of ``at``, with a bucket to spare for what is tidied up meanwhile."""
    return next((one for one in TIERS if at >= now - kept_for(one) + HOURLY.size), HOURLY)


def _floor(tier: Tier, at: datetime) -> datetime:
    return tier.start(tier.number(at))


def _ceiling(tier: Tier, at: datetime) -> datetime:
    return tier.start(tier.number(at - _MICRO) + 1)
