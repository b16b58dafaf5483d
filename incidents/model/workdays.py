"""Wall clocks and working hours: when a local time happens, and when somebody is at work.

A local time that daylight saving skips happens at the first instant after the gap; one that
happens twice counts the first time. Everything else in the rules builds on these two sentences.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAY_NAMES = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTH_NAMES = (
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
)  # fmt: skip
_ONE_DAY = timedelta(days=1)
_MONDAY_TO_FRIDAY = frozenset(range(5))


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """When a person or a team is at work, on their own clock. Monday is day 0.

    The end belongs to the working day: at 17:00 sharp people are still there.
    """

    start: time = time(9)
    end: time = time(17)
    days: frozenset[int] = _MONDAY_TO_FRIDAY

    def __post_init__(self) -> None:
        if not self.days:
            raise ValueError("working hours need at least one day")
        if self.start >= self.end:
            raise ValueError("working hours must end after they start, on the same day")


OFFICE = WorkingHours()


def wall(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """The instant, in UTC, at which clocks in ``zone`` show ``clock`` on ``day``."""
    local = datetime.combine(day, clock.replace(tzinfo=None, fold=0), zone)
    first, second = local.astimezone(UTC), local.replace(fold=1).astimezone(UTC)
    if second >= first:  # an ordinary time, or one that happens twice
        return first
    return _end_of_gap(second, first, zone)


def local_day(at: datetime, zone: ZoneInfo) -> date:
    """The date that people in ``zone`` would write at that instant."""
    return at.astimezone(zone).date()


def is_working(at: datetime, hours: WorkingHours, zone: ZoneInfo) -> bool:
    """Whether ``at`` falls into working hours; both ends count."""
    local = at.astimezone(zone)
    return local.weekday() in hours.days and (
        hours.start <= local.time().replace(fold=0) <= hours.end
    )


def next_start(after: datetime, hours: WorkingHours, zone: ZoneInfo) -> datetime:
    """The first start of work strictly later than ``after``."""
    day = local_day(after, zone) - _ONE_DAY
    while True:
        day += _ONE_DAY
        if day.weekday() in hours.days and (start := wall(day, hours.start, zone)) > after:
            return start


def into_hours(at: datetime, hours: WorkingHours, zone: ZoneInfo) -> datetime:
    """``at`` if people are at work then, otherwise the next start of work."""
    return at if is_working(at, hours, zone) else next_start(at, hours, zone)


def working_day_after(day: date, hours: WorkingHours, count: int = 1) -> date:
    """The ``count``-th working day later than ``day``; earlier if ``count`` is negative.

    With 0 it is ``day`` itself, whether or not anybody works then.
    """
    step = _ONE_DAY if count > 0 else -_ONE_DAY
    for _ in range(abs(count)):
        day += step
        while day.weekday() not in hours.days:
            day += step
    return day


def last_working_day(day: date, hours: WorkingHours) -> date:
    """``day`` if it is a working day, otherwise the one before it."""
    return day if day.weekday() in hours.days else working_day_after(day, hours, -1)


def say_day(day: date) -> str:
    """``Fri 27 Nov 2026``, the same in every locale."""
    return f"{DAY_NAMES[day.weekday()]} {day.day} {MONTH_NAMES[day.month - 1]} {day.year}"


def say_moment(at: datetime, zone: ZoneInfo) -> str:
    """``Fri 27 Nov 2026 17:00 CET``: never a time without the clock it is on."""
    local = at.astimezone(zone)
    name = local.tzname() or "UTC"
    clock = f"UTC{name}" if name[:1] in "+-" else name
    return f"{say_day(local.date())} {local:%H:%M} {clock}"


def say_span(span: timedelta) -> str:
    """``9 d``, ``3 h`` or ``20 min``: the whole units of the largest one that fits."""
    seconds = int(abs(span).total_seconds())
    if seconds >= 86_400:  # noqa: PLR2004 (seconds in a day)
        return f"{seconds // 86_400} d"
    if seconds >= 3600:  # noqa: PLR2004 (seconds in an hour)
        return f"{seconds // 3600} h"
    return f"{seconds // 60} min" if seconds >= 60 else f"{seconds} s"  # noqa: PLR2004


def say_distance(at: datetime, now: datetime) -> str:
    """``in 9 d`` or ``5 d ago``."""
    return f"in {say_span(at - now)}" if at >= now else f"{say_span(now - at)} ago"


def _end_of_gap(low: datetime, high: datetime, zone: ZoneInfo) -> datetime:
    """When, between ``low`` and ``high`` (both UTC), the clocks jump, to the second."""
    before = low.astimezone(zone).utcoffset()
    span = int((high - low).total_seconds())
    left, right = 0, span  # the jump lies after ``left`` and no later than ``right``
    while right - left > 1:
        middle = (left + right) // 2
        if (low + timedelta(seconds=middle)).astimezone(zone).utcoffset() == before:
            left = middle
        else:
            right = middle
    return (low + timedelta(seconds=right)).replace(microsecond=0)
