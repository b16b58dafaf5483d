"""Due dates in plain words: ``friday``, ``in 3 business days``, ``eow``, ``27 nov 17:00 CET``.

A small grammar of our own: the general parsers disagree about "next friday" and read ``1/12`` as
an American would. Here a phrase has one meaning, or it is refused with the choices. Without a
time of day, a day means the end of work on it, or its last minute once work is over.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from incidents.errors import Refused
from incidents.model import datewords
from incidents.model.clocks import CLOCK, read_clock
from incidents.model.datewords import INSTEAD, Asked
from incidents.model.workdays import (
    OFFICE,
    WorkingHours,
    local_day,
    say_day,
    say_distance,
    say_moment,
    wall,
)

_LAST_MINUTE = time(23, 59)
_FARTHEST_YEARS = 5
_LONGEST = 80  # characters; no date is longer, and the patterns stay fast

_LEAD_IN = re.compile(r"(?:due|by|before|until|on)\s+")
_BARE = re.compile(  # what can be nothing but a date at the end of a sentence
    r"(?:today|tomorrow|tonight|day after|eo[dwmqy]\b|\+|in \d|in an? |in two|in three|next |this |"
    r"\d{4}-\d\d-\d\d|mon|tue|wed|thu|fri|sat|sun|end of )"
)
_EXACT = re.compile(r"(\d{4}-\d\d-\d\d)[t ](\d\d:\d\d(?::\d\d)?) ?(z|utc|[+-]\d\d:?\d\d)?")


@dataclass(frozen=True, slots=True)
class Due:
    """An instant in UTC, and how to say it back: ``Fri 27 Nov 2026 17:00 CET (in 9 d)``."""

    at: datetime
    echo: str


def parse_due(text: str, now: datetime, zone: ZoneInfo, hours: WorkingHours = OFFICE) -> Due:
    """When ``text`` falls for somebody in ``zone`` who works ``hours``; always later than ``now``.

    Raises `Unclear` if it has several readings, `Refused` if it has none or is in the past.
    """
    phrase = _tidy(text)
    asked = Asked(phrase, now, local_day(now, zone), zone, hours)
    if exact := _EXACT.fullmatch(phrase):
        return _checked(_exact_instant(exact, asked), asked)
    day_words, clock_words = _split_clock(phrase)
    rule = datewords.find(day_words) if phrase else None
    if rule is None:
        shown = f"“{text.strip()[:40]}” is not a date I know." if phrase else "There is no date."
        raise Refused(shown, instead=INSTEAD)
    match, meaning = rule
    if not clock_words:
        found = meaning(match, asked)
        return _checked(found if isinstance(found, datetime) else _end_of(found, asked), asked)
    clock, clock_zone = read_clock(clock_words, day_words, zone)
    if not day_words:
        return _checked(_next_time(clock, clock_zone, now), asked)
    found = meaning(match, asked)
    if isinstance(found, datetime):
        why = f"“{phrase}” gives both a span and a time of day."
        raise Refused(why, instead="Leave one of them out.")
    return _checked(wall(_near(found, asked), clock, clock_zone), asked)


def read_edge(text: str, now: datetime, zone: ZoneInfo, *, at_end: bool) -> datetime:
    """The instant at which ``text`` begins, or ends: a day without a time is all of that day.

    Raises what `parse_due` raises, but today may have begun already.
    """
    phrase = _tidy(text)
    asked = Asked(phrase, now, local_day(now, zone), zone, OFFICE)
    if exact := _EXACT.fullmatch(phrase):
        return _exact_instant(exact, asked)
    rule = datewords.find(phrase) if phrase else None
    if rule is None or _split_clock(phrase)[1]:
        return parse_due(text, now, zone).at
    match, meaning = rule
    found = meaning(match, asked)
    if isinstance(found, datetime):
        return found
    day = _near(found, asked) + timedelta(days=1 if at_end else 0)
    return wall(day, time(0), zone)


def echo(at: datetime, now: datetime, zone: ZoneInfo) -> str:
    """``Fri 27 Nov 2026 17:00 CET (in 9 d)``."""
    return f"{say_moment(at, zone)} ({say_distance(at, now)})"


def split_due(sentence: str) -> tuple[str, str]:
    """A task and the date at its end: ``("rotate certs", "friday")`` for "rotate certs by friday".

    The date is empty if there is none. After "by", "due", "before", "until" or "on" every date
    counts; bare, only one that can be nothing else, so "raise retention to 30d" keeps its words.
    The date is not judged yet: `parse_due` may still find it unclear or past.
    """
    whole = " ".join(sentence.split())
    words = whole.split(" ")
    for start in range(max(1, len(words) - 8), len(words)):
        tail = " ".join(words[start:]).lower()
        phrase = _tidy(tail)
        if (_LEAD_IN.match(tail) or _BARE.match(tail)) and phrase and _is_date(phrase):
            return " ".join(words[:start]).rstrip(" ,;:-"), phrase
    return whole, ""


def _tidy(text: str) -> str:
    """Lower case, single spaces, without "by" in front and a full stop behind."""
    phrase = " ".join(text[:_LONGEST].lower().split()).rstrip("!,;")
    while lead_in := _LEAD_IN.match(phrase):
        phrase = phrase[lead_in.end() :]
    # The dot of "27.11." belongs to the date.
    return phrase if re.search(r"\d\.$", phrase) else phrase.rstrip(".")


def _is_date(phrase: str) -> bool:
    """Whether some rule reads it, whatever it then says."""
    if _EXACT.fullmatch(phrase):
        return True
    return datewords.find(_split_clock(phrase)[0]) is not None


def _split_clock(phrase: str) -> tuple[str, str]:
    """The words for the day and those for the time of day; either may be empty."""
    found = CLOCK.search(phrase)
    if found is None:
        return phrase, ""
    return phrase[: found.start()].strip(), found["clock"]


def _exact_instant(exact: re.Match[str], asked: Asked) -> datetime:
    """``2026-11-27T17:00``, with or without seconds and offset."""
    offset = (exact[3] or "").replace("utc", "z")
    try:
        written = datetime.fromisoformat(f"{exact[1]}T{exact[2]}{offset.upper()}")
    except ValueError:
        raise Refused(f"“{exact[0]}” is not on any calendar.", instead=INSTEAD) from None
    _near(written.date() + timedelta(days=1), asked)  # a day's grace: it may be another day there
    if written.tzinfo is not None:
        return written.astimezone(UTC)
    return wall(written.date(), written.time(), asked.zone)


def _next_time(clock: time, zone: ZoneInfo, now: datetime) -> datetime:
    """``clock`` today, or tomorrow if it is over today."""
    today = local_day(now, zone)
    at = wall(today, clock, zone)
    return at if at > now else wall(today + timedelta(days=1), clock, zone)


def _near(day: date, asked: Asked) -> date:
    """``day``, if it is not absurdly far; the calendar's own ends are out of reach this way."""
    if day < asked.today:
        raise Refused(f"{say_day(day)} is in the past.", instead=INSTEAD)
    if day.year - asked.today.year > _FARTHEST_YEARS:
        why = f"{say_day(day)} is more than {_FARTHEST_YEARS} years away."
        raise Refused(why, instead=INSTEAD)
    return day


def _end_of(day: date, asked: Asked) -> datetime:
    """The end of work on ``day``; its last minute if that is over already."""
    at = wall(_near(day, asked), asked.hours.end, asked.zone)
    if day == asked.today and at <= asked.now:
        return wall(day, _LAST_MINUTE, asked.zone)
    return at


def _checked(at: datetime, asked: Asked) -> Due:
    """Not in the past."""
    said = echo(at, asked.now, asked.zone)
    if at <= asked.now:
        raise Refused(f"{said} is in the past.", instead=INSTEAD)
    return Due(at, said)
