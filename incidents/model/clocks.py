"""Times of day in plain words: ``17:00``, ``5pm``, ``noon``, with or without a time zone."""

import re
from datetime import datetime, time
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from incidents.errors import Refused, Unclear

_MIDDAY = 12

# Abbreviations with one meaning. CST, IST and BST have several and are asked about.
_ZONES = {
    "z": "UTC", "utc": "UTC", "gmt": "UTC",
    "cet": "Europe/Berlin", "cest": "Europe/Berlin", "wet": "Europe/Lisbon",
    "west": "Europe/Lisbon", "eet": "Europe/Athens", "eest": "Europe/Athens",
    "et": "America/New_York", "est": "America/New_York", "edt": "America/New_York",
    "mst": "America/Denver", "mdt": "America/Denver", "ct": "America/Chicago",
    "cdt": "America/Chicago", "pt": "America/Los_Angeles", "pst": "America/Los_Angeles",
    "pdt": "America/Los_Angeles", "jst": "Asia/Tokyo", "sgt": "Asia/Singapore",
    "aest": "Australia/Sydney", "aedt": "Australia/Sydney", "nzst": "Pacific/Auckland",
    "nzdt": "Pacific/Auckland",
}  # fmt: skip
_SEVERAL_ZONES = {
    "cst": ("America/Chicago", "Asia/Shanghai"),
    "ist": ("Asia/Kolkata", "Asia/Jerusalem", "Europe/Dublin"),
    "bst": ("Europe/London", "Asia/Dhaka"),
}
ABBREVIATIONS = (*_ZONES, *_SEVERAL_ZONES)
"""Of time zones, in lower case."""

_ABBREVIATION = "|".join(ABBREVIATIONS)

CLOCK = re.compile(
    r"(?:^|\s+)(?:at\s+)?(?P<clock>"
    r"(?:(?<!\S)(?:\d{1,2}:\d\d(?:\s?[ap]\.?m\.?)?|\d{1,2}\s?[ap]\.?m\.?|noon|midnight)"
    r"|(?<=at )\d{1,2})"
    rf"(?:\s+(?:{_ABBREVIATION}|[a-z]+/[a-z_]+(?:/[a-z_]+)?))?)$"
)
"""A time of day at the end of a phrase in lower case, in the group ``clock``."""

_PARTS = re.compile(
    r"(?:(?P<hour>\d{1,2})(?::(?P<minute>\d\d))?\s?(?P<half>[ap])?\.?(?:m\.?)?|(?P<word>noon|midnight))"
    r"(?:\s+(?P<zone>\S+))?"
)


def read_clock(words: str, day_words: str, zone: ZoneInfo) -> tuple[time, ZoneInfo]:
    """The time of day in ``words`` and the zone it is in, ``zone`` if they name none.

    ``day_words`` are what stood before it, for the choices in `Unclear`. Raises `Refused`.
    """
    parts = _PARTS.fullmatch(words)
    if parts is None:
        raise Refused(f"“{words}” is not a time of day.", instead="Try 17:00 or 5pm.")
    before = f"{day_words} " if day_words else ""
    found = _zone(parts["zone"], before + words, zone) if parts["zone"] else zone
    if parts["word"] == "midnight":
        raise Unclear(
            "Midnight could be the start or the end of the day.",
            readings=(
                (f"{before}23:59", f"{before}23:59, as it ends"),
                (f"{before}00:00", f"{before}00:00, as it begins"),
            ),
        )
    if parts["word"]:
        return time(_MIDDAY), found
    return _time(parts, before), found


def _time(parts: re.Match[str], before: str) -> time:
    hour, minute, half = int(parts["hour"]), int(parts["minute"] or 0), parts["half"]
    if parts["minute"] is None and half is None and 1 <= hour < _MIDDAY:
        raise Unclear(
            f"{hour} could be in the morning or in the afternoon.",
            readings=tuple(
                (f"{before}{h:02}:00", f"{before}{h:02}:00") for h in (hour, hour + _MIDDAY)
            ),
        )
    if half and not 1 <= hour <= _MIDDAY:
        raise Refused(f"There is no {hour} {half}m.", instead="Try 17:00 or 5pm.")
    if half:
        hour = hour % _MIDDAY + (_MIDDAY if half == "p" else 0)
    try:
        return time(hour, minute)
    except ValueError:
        raise Refused(
            f"There is no {hour}:{minute:02} on a clock.", instead="Try 17:00 or 5pm."
        ) from None


def _zone(word: str, phrase: str, own: ZoneInfo) -> ZoneInfo:
    """The zone ``word`` names; an abbreviation used in one's own zone means that one."""
    seasons = (datetime(2026, month, 1, 12, tzinfo=own) for month in (1, 7))
    if word in {(moment.tzname() or "").lower() for moment in seasons}:
        return own
    if word in _SEVERAL_ZONES:
        stem = phrase.removesuffix(word).strip()
        choices = tuple((f"{stem} {name}", f"the clock in {name}") for name in _SEVERAL_ZONES[word])
        raise Unclear(f"{word.upper()} is the name of several time zones.", readings=choices)
    if word in _ZONES:
        return ZoneInfo(_ZONES[word])
    cased = "/".join(
        "_".join(bit.capitalize() for bit in part.split("_")) for part in word.split("/")
    )
    try:
        return ZoneInfo(cased)
    except (ZoneInfoNotFoundError, ValueError):
        raise Refused(
            f"I do not know the time zone “{word}”.", instead="Try UTC, CET or Europe/Berlin."
        ) from None
