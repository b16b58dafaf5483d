"""When something happened, in plain words: ``10:42``, ``yesterday 22:10 CET``, ``20 min ago``.

The counterpart of `incidents.model.dates`: a time without a day is the last such time that is
over, where a due date would be the next one.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from incidents.errors import Refused
from incidents.model.clocks import ABBREVIATIONS, read_clock
from incidents.model.workdays import local_day, wall

INSTEAD = "Try 10:42, yesterday 22:10, 2026-11-27 10:42 UTC or 20 min ago."
"""What a refusal offers."""

_ONE_DAY = timedelta(days=1)
_ABBREVIATION = "|".join(one.upper() for one in ABBREVIATIONS)
_WHEN = re.compile(
    r"(?:(?P<day>(?i:today|yesterday)|\d{4}-\d\d-\d\d)(?:\s+(?i:at)\s+|[T\s]\s*))?"
    r"(?P<clock>\d{1,2}:\d\d)(?P<seconds>:\d\d)?(?P<half>\s?(?i:[ap]\.?m\.?))?"
    rf"(?:\s?(?P<zone>{_ABBREVIATION}|[A-Z][a-z]+/[A-Za-z_/]+))?(?=[\s,;:]|$)"
)
_AGO = re.compile(
    r"(?P<count>\d{1,4})\s?(?P<unit>s|sec|seconds?|m|min|mins|minutes?|h|hours?|d|days?)\s+ago\b",
    re.IGNORECASE,
)
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


@dataclass(frozen=True, slots=True)
class Past:
    """An instant in UTC, and what else was typed behind it."""

    at: datetime
    rest: str


def read_past(typed: str, now: datetime, zone: ZoneInfo) -> Past | None:
    """The time at the beginning of ``typed``, for somebody in ``zone``; None if there is none.

    Raises `Refused` for a time that is yet to come, or on no clock or calendar; `Unclear` for a
    zone of several meanings.
    """
    text = typed.strip()
    if ago := _AGO.match(text):
        unit = _UNITS[ago["unit"][0].lower()]
        return Past(now - timedelta(**{unit: int(ago["count"])}), _after(text, ago))
    when = _WHEN.match(text)
    return None if when is None else Past(_instant(when, now, zone), _after(text, when))


def _instant(when: re.Match[str], now: datetime, zone: ZoneInfo) -> datetime:
    words = f"{when['clock']}{when['half'] or ''}".lower()
    named = f"{words} {when['zone'].lower()}" if when["zone"] else words
    clock, there = read_clock(named, (when["day"] or "").lower(), zone)
    if when["seconds"]:
        second = int(when["seconds"][1:])
        if second > 59:  # noqa: PLR2004 (a minute)
            raise Refused(f"“{when[0]}” is not a time of day.", instead=INSTEAD)
        clock = clock.replace(second=second)
    today = local_day(now, there)
    day = _day(when["day"], today)
    at = wall(day or today, clock, there)
    if day is None and at > now:
        at = wall(today - _ONE_DAY, clock, there)
    if at > now:
        raise Refused(f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC is yet to come.", instead=INSTEAD)
    return at


def _day(word: str | None, today: date) -> date | None:
    if word is None:
        return None
    if word.lower() in {"today", "yesterday"}:
        return today if word.lower() == "today" else today - _ONE_DAY
    try:
        return date.fromisoformat(word)
    except ValueError:
        raise Refused(f"“{word}” is not on any calendar.", instead=INSTEAD) from None


def _after(text: str, found: re.Match[str]) -> str:
    return text[found.end() :].lstrip(" ,;:").strip()
