"""How rested somebody is: how often they were woken last night, and paged within a week.

A night is from 22:00 to 08:00 on the person's own clock. Until 08:00 "last night" is the one that
is going on; from then on the one before, up to the evening.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from incidents.model.workdays import local_day, wall

_EVENING, _MORNING = time(22), time(8)
_ONE_DAY = timedelta(days=1)
WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Rest:
    """Pages of the last night and of the last seven days; ``last`` is the newest of those."""

    nights: int = 0
    week: int = 0
    last: datetime | None = None


def rest_of(pages: Iterable[datetime], now: datetime, zone: ZoneInfo) -> Rest:
    """From when somebody was paged, in any order; what is older than a week is passed over."""
    lately = [at for at in pages if now - WEEK <= at <= now]
    start, end = last_night(now, zone)
    nights = sum(1 for at in lately if start <= at < end)
    return Rest(nights, len(lately), max(lately, default=None))


def last_night(now: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """When the last night began and ended, or will end, on the clock of ``zone``."""
    today = local_day(now, zone)
    if now >= wall(today, _EVENING, zone):
        today += _ONE_DAY
    return wall(today - _ONE_DAY, _EVENING, zone), wall(today, _MORNING, zone)
