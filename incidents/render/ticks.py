"""Where the axes of a chart are marked: at numbers and times that people count in."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from math import floor, log10
from zoneinfo import ZoneInfo

_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
_SHORT = (*(_MINUTE * n for n in (1, 2, 5, 10, 15, 30)), *(_HOUR * n for n in (1, 2, 3, 6, 12)))
_LONG = (1, 2, 7, 14, 28, 56, 91, 182)  # days


def of_numbers(low: float, high: float, most: int) -> tuple[float, ...]:
    """Round numbers from at most ``low`` to at least ``high``: 1, 2 or 5 times a power of ten."""
    rough = max(high - low, 1e-9) / max(most - 1, 1)
    power = 10.0 ** floor(log10(rough))
    for nice in (1, 2, 2.5, 5):
        found = _multiples(nice * power, low, high)
        if len(found) <= most:
            return found
    return _multiples(10 * power, low, high)


def _multiples(step: float, low: float, high: float) -> tuple[float, ...]:
    first, last = floor(low / step + 1e-9), -floor(-high / step + 1e-9)
    return tuple(round(place * step, 10) for place in range(first, last + 1))


def of_times(
    since: datetime, until: datetime, zone: ZoneInfo, most: int
) -> Sequence[tuple[datetime, str]]:
    """Moments within, at whole hours or midnights of ``zone``, with what is written there.

    Midnight is written as its date, so that no reader has to guess the day.
    """
    span = until - since
    step = next((one for one in _SHORT if span / one <= most), None)
    if step is not None:
        return _times_of_day(since, until, zone, step)
    days = next((one for one in _LONG if span / (_DAY * one) <= most), _LONG[-1])
    last = until.astimezone(zone).date()
    found = []
    while (at := _midnight(last, zone)) >= since:
        found.append((at, f"{at.astimezone(zone):%-d %b}"))
        last -= _DAY * days
    return tuple(reversed([one for one in found if one[0] <= until]))


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, datetime.min.time(), zone).astimezone(UTC)


def _times_of_day(
    since: datetime, until: datetime, zone: ZoneInfo, step: timedelta
) -> tuple[tuple[datetime, str], ...]:
    """Counted from each midnight, so that they fall on the same hours of every day."""
    day = since.astimezone(zone).date()
    found: dict[datetime, str] = {}
    while _midnight(day, zone) <= until:
        for place in range(_DAY // step):
            wall = datetime.combine(day, datetime.min.time()) + step * place
            at = wall.replace(tzinfo=zone).astimezone(UTC)
            if since <= at <= until:
                found[at] = f"{wall:%-d %b}" if not place else f"{wall:%H:%M}"
        day += _DAY
    return tuple(sorted(found.items()))
