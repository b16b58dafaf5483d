"""Rules of recurrence (RFC 5545), worked out by dateutil on the clocks of a zone.

Only rules that come again for certain are taken: one that never matches (30 February) would keep
the best library busy for minutes.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta, tzinfo
from functools import lru_cache
from itertools import islice
from zoneinfo import ZoneInfo

from incidents.model.spans import Span
from incidents.model.windows import Repeats, Window
from incidents.model.workdays import wall

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ONE_DAY = timedelta(days=1)
_MOST = 4_000  # occurrences in one answer: eleven years of days
_PARTS = frozenset(
    {"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYMONTH", "BYMONTHDAY", "BYSETPOS", "WKST"}
)
_OFTEN = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_SHORTEST_MONTH, _LONGEST_MONTH, _WEEKS = 28, 31, 4
_MOST_INTERVAL, _YEAR_OF_MONTHS = 100, 12


def fault_of(rule: str) -> str:
    """Why ``rule`` is not taken; empty if it is."""
    parts = _parts(rule)
    if parts is None:
        return "it is no rule like FREQ=WEEKLY;BYDAY=SA"
    unknown = sorted(parts.keys() - _PARTS)
    if unknown:
        return f"{unknown[0]} is not understood here"
    if parts.get("FREQ") not in _OFTEN:
        return f"FREQ is one of {', '.join(_OFTEN)}"
    wrong = _unsteady(parts)
    if wrong:
        return wrong
    from dateutil.rrule import rrulestr  # noqa: PLC0415 (slow to import)

    try:
        rrulestr(_without_end(parts), dtstart=datetime(2026, 1, 1))  # noqa: DTZ001 (wall clock)
        _until(parts, UTC)
    except (ValueError, TypeError, KeyError, IndexError, OverflowError) as error:
        return f"it is not understood: {str(error)[:80]}"
    return ""


def _unsteady(parts: Mapping[str, str]) -> str:
    """Why it may never come again; empty if it always does."""
    often, interval = parts["FREQ"], parts.get("INTERVAL", "1")
    if not interval.isdecimal() or not 1 <= int(interval) <= _MOST_INTERVAL:
        return f"INTERVAL is a number from 1 to {_MOST_INTERVAL}"
    every = int(interval)
    narrowed = sorted(parts.keys() & {"BYDAY", "BYMONTH", "BYMONTHDAY"})
    if narrowed and ((often == "DAILY" and every > 1) or (often == "MONTHLY" and every > 1)):
        days_of_months = len(narrowed) == 1 and narrowed[0] != "BYMONTH"
        if often == "DAILY" or not days_of_months or every >= _YEAR_OF_MONTHS:
            return f"INTERVAL and {narrowed[0]} together may never meet"
    return _unsteady_months(parts, often) or _unsteady_days(parts, often)


def _unsteady_months(parts: Mapping[str, str], often: str) -> str:
    months = parts.get("BYMONTH", "1").split(",")
    if any(not _is_from_1(one, _YEAR_OF_MONTHS) for one in months):
        return "BYMONTH is a number from 1 to 12"
    if "BYMONTHDAY" in parts:
        days = [one.lstrip("+-") for one in parts["BYMONTHDAY"].split(",")]
        if any(not _is_from_1(one, _LONGEST_MONTH) for one in days):
            return "BYMONTHDAY is a number from 1 to 31, or counted from the end"
        late = any(int(one) > _SHORTEST_MONTH for one in days)
        if often == "WEEKLY" or "BYSETPOS" in parts:
            return "BYMONTHDAY belongs to months and years, without BYSETPOS"
        if late and (often != "MONTHLY" or "BYMONTH" in parts):
            return "a day after the 28th is not in every month: count from the end, like -1"
    return ""


def _is_from_1(text: str, most: int) -> bool:
    return text.isdecimal() and 1 <= int(text) <= most


def _unsteady_days(parts: Mapping[str, str], often: str) -> str:
    days = parts.get("BYDAY", "").split(",") if "BYDAY" in parts else []
    numbered = [one[:-2] for one in days if one[:-2]]
    if numbered and often not in {"MONTHLY", "YEARLY"}:
        return "the first Monday is one of a month: FREQ=MONTHLY"
    if any(one.lstrip("+-") not in {"1", "2", "3", "4"} for one in numbered):
        return "a day is the first to fourth of its month, or counted from the end, like -1FR"
    if "BYSETPOS" in parts:
        place = parts["BYSETPOS"].lstrip("+-")
        fits = _is_from_1(place, _WEEKS * len(days))
        if often != "MONTHLY" or numbered or not fits:
            return "BYSETPOS chooses among the BYDAY of a month, and there are not so many"
    return ""


def first_fits(repeats: Repeats) -> bool:
    """Whether the first occurrence is one of the rule's own."""
    return bool(_starts(repeats, repeats.first, repeats.first + timedelta(seconds=1)))


def occurrences(window: Window, since: datetime, until: datetime) -> tuple[Span, ...]:
    """When ``window`` holds, as far as that touches ``[since, until)``, oldest first."""
    if window.span is not None:
        span = window.span
        return (span,) if span.start < until and since < span.end else ()
    if window.repeats is None:
        return ()
    first, last = (since - _EPOCH) // _ONE_DAY, (until - _EPOCH) // _ONE_DAY + 1
    return tuple(
        one for one in _known(window.repeats, first, last) if one.start < until and since < one.end
    )


@lru_cache(maxsize=2_000)
def _known(repeats: Repeats, first: int, last: int) -> tuple[Span, ...]:
    """By whole days, so that one answer serves all who ask on one day."""
    zone = repeats.zone
    since, until = _EPOCH + first * _ONE_DAY, _EPOCH + last * _ONE_DAY
    length = repeats.wall + repeats.exact
    low = since.astimezone(zone).replace(tzinfo=None) - length - _ONE_DAY
    high = until.astimezone(zone).replace(tzinfo=None) + _ONE_DAY
    found = [
        Span(at_clock(at, zone), at_clock(at + repeats.wall, zone) + repeats.exact)
        for at in _starts(repeats, low, high)
        if at.date() not in repeats.left_out
    ]
    return tuple(found)


def _starts(repeats: Repeats, low: datetime, high: datetime) -> tuple[datetime, ...]:
    """When occurrences begin on their own clock, from ``low`` until before ``high``."""
    from dateutil.rrule import rrulestr  # noqa: PLC0415 (slow to import)

    parts = _parts(repeats.rule) or {}
    end = _until(parts, repeats.zone)
    series = rrulestr(_without_end(parts), dtstart=repeats.first, cache=False)
    found: list[datetime] = []
    for at in islice(series, _MOST * 10):
        if at >= high or (end is not None and at > end):
            break
        if at >= low:
            found.append(at)
    return tuple(found[:_MOST])


def _parts(rule: str) -> dict[str, str] | None:
    text = "".join(rule.split()).upper().removeprefix("RRULE:")
    pairs = [one.partition("=") for one in text.split(";") if one]
    found = {name: value for name, equals, value in pairs if equals and value}
    return found if len(found) == len(pairs) and found else None


def normal(rule: str) -> str:
    """The one spelling that is kept."""
    return ";".join(f"{name}={value}" for name, value in (_parts(rule) or {}).items())


def _without_end(parts: Mapping[str, str]) -> str:
    return ";".join(f"{name}={value}" for name, value in parts.items() if name != "UNTIL")


def _until(parts: Mapping[str, str], zone: tzinfo) -> datetime | None:
    """The last moment at which an occurrence may begin, on the clock of ``zone``."""
    text = parts.get("UNTIL")
    if text is None:
        return None
    day = datetime.strptime(text[:8], "%Y%m%d")  # noqa: DTZ007 (wall clock)
    if len(text) == len("20261231"):
        return datetime.combine(day, time.max)
    at = datetime.strptime(text.removesuffix("Z"), "%Y%m%dT%H%M%S")  # noqa: DTZ007 (wall clock)
    if text.endswith("Z"):
        return at.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None)
    return at


def at_clock(local: datetime, zone: ZoneInfo) -> datetime:
    """When the clocks of ``zone`` show it, in UTC."""
    return wall(local.date(), local.time(), zone)
