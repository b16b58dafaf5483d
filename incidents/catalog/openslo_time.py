"""What OpenSLO says about time: windows that roll or begin on a calendar, and slices of them."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from incidents.catalog.openslo_refs import Place
from incidents.catalog.openslo_v1 import OneObjective, SLOSpec, TimeWindow
from incidents.errors import Problem
from incidents.model import slicing
from incidents.model.calendar_window import Calendar, Unit
from incidents.model.objective import in_words
from incidents.model.rolling import MIDDLE, misfit
from incidents.model.slicing import Slicing

FaultAt = Callable[[Place, str, str], Problem]

_LONGEST = timedelta(days=366)
_SHORTEST_CALENDAR = timedelta(hours=1)  # below it, an m is most likely a slip for M
_KEPT_FINELY = timedelta(days=92)  # a quarter: that long ago, parts of an hour can be told apart
_HOUR = timedelta(hours=1)
_OFFSETS = tuple(datetime(2026, month, 1, tzinfo=UTC) for month in (1, 7))

# A month is 30 days, a quarter 90 and a year 365 in a rolling window (OpenSLO's own reading).
_UNITS = {
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
    "M": timedelta(days=30),
    "Q": timedelta(days=90),
    "Y": timedelta(days=365),
}
_ON_A_CALENDAR = {
    "d": Unit.DAY,
    "w": Unit.WEEK,
    "M": Unit.MONTH,
    "Q": Unit.QUARTER,
    "Y": Unit.YEAR,
}


def duration(shorthand: str) -> timedelta:
    """``28d``, ``4w``, ``1M``: OpenSLO's shorthand for a rolling window. Raises ValueError."""
    found = re.fullmatch(r"([1-9][0-9]{0,5})([mhdwMQY])", shorthand)
    if found is None:
        raise ValueError(f"{shorthand!r} is not a number and one of m, h, d, w, M, Q, Y")
    return int(found.group(1)) * _UNITS[found.group(2)]


def wrong_window(fault: FaultAt, window: TimeWindow, at: Place) -> Iterator[Problem]:
    """What a window says that cannot be, or that cannot be counted."""
    written = window.duration
    length = duration(written)
    is_month = re.fullmatch(r"[0-9]{1,2}m", written) and length < _SHORTEST_CALENDAR
    if window.calendar is None and not window.isRolling:
        what = "the window is neither rolling nor has it a calendar"
        yield fault(at, what, "isRolling: true")
        return
    if window.calendar is not None and window.isRolling:
        yield fault((*at, "calendar"), "a rolling window has no calendar", "")
        return
    if length > _LONGEST:
        yield fault((*at, "duration"), f"{written} is too long", "at most 1Y")
    elif window.calendar is not None:
        yield from _wrong_calendar(fault, window, at)
    elif misfit(length):
        expected = f"{written[:-1]}M, if months are meant" if is_month else ""
        yield fault((*at, "duration"), f"{written}: {misfit(length)}", expected)


def _wrong_calendar(fault: FaultAt, window: TimeWindow, at: Place) -> Iterator[Problem]:
    written, unit = window.duration, window.duration[-1]
    if unit not in _ON_A_CALENDAR:
        words = {"m": "minutes", "h": "hours"}[unit]
        expected = {"m": f"{written[:-1]}M for months", "h": "one of d, w, M, Q, Y"}[unit]
        yield fault((*at, "duration"), f"{written} is {words}, and a calendar has none", expected)
        return
    calendar = calendar_of(window)
    if calendar is None:
        return
    is_long = duration(written) > _KEPT_FINELY
    size = _HOUR if is_long else MIDDLE.size
    if any((calendar.anchor - _local(calendar, at)) % size for at in _OFFSETS):
        what = f"a window of {written} cannot begin within "
        what += (
            "an hour of UTC, since counts of a year are kept by the hour"
            if is_long
            else ("5 minutes")
        )
        place = (*at, "calendar", "startTime")
        yield fault(place, what, f"a time that is a multiple of {in_words(size)}, in UTC too")


def _local(calendar: Calendar, at: datetime) -> datetime:
    """A whole hour of UTC on the clocks of the calendar."""
    return at.astimezone(calendar.zone).replace(tzinfo=None)


def calendar_of(window: TimeWindow) -> Calendar | None:
    """On what calendar a sound window begins; None if it rolls."""
    if window.calendar is None:
        return None
    count, unit = int(window.duration[:-1]), _ON_A_CALENDAR[window.duration[-1]]
    return Calendar(unit, window.calendar.startTime, ZoneInfo(window.calendar.timeZone), count)


def wrong_slices(fault: FaultAt, spec: SLOSpec, one: OneObjective, at: Place) -> Iterator[Problem]:
    """What the specification asks of each objective of slices, and what can be counted."""
    method = spec.budgetingMethod
    if method == "Occurrences":
        for key in ("timeSliceTarget", "timeSliceWindow"):
            if getattr(one, key) is not None:
                yield fault((*at, key), f"{key} belongs to time slices, not to Occurrences", "")
        return
    needed = {"timeSliceWindow": True, "timeSliceTarget": method == "Timeslices"}
    for key, is_needed in needed.items():
        is_there = getattr(one, key) is not None
        if is_needed and not is_there:
            yield fault((*at, key), f"{method} needs it", "")
        elif is_there and not is_needed:
            yield fault((*at, key), f"{key} belongs to Timeslices, not to {method}", "")
    if one.timeSliceWindow is not None:
        yield from _unfit(fault, spec, one.timeSliceWindow, (*at, "timeSliceWindow"))


def _unfit(fault: FaultAt, spec: SLOSpec, written: str, at: Place) -> Iterator[Problem]:
    length, window = duration(written), duration(spec.timeWindow[0].duration)
    if slicing.misfit(length):
        yield fault(at, f"{written}: {slicing.misfit(length)}", "one like 1m, 5m or 1h")
    elif window % length:
        what = f"{spec.timeWindow[0].duration} is not a whole number of slices of {written}"
        yield fault(at, what, "")


def slicing_of(spec: SLOSpec, one: OneObjective, *, silence: str) -> Slicing | None:
    """What slices a sound objective counts; None if it counts events."""
    if spec.budgetingMethod == "Occurrences" or one.timeSliceWindow is None:
        return None
    target = None if one.timeSliceTarget is None else Fraction(repr(one.timeSliceTarget))
    return Slicing(duration(one.timeSliceWindow), target, is_silence_good=silence == "good")
