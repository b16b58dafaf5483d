"""Windows in plain words: ``maintenance checkout tonight 22:00-23:30 because …``."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from incidents.errors import Refused
from incidents.model import spans
from incidents.model.dates import read_edge
from incidents.model.spans import Span
from incidents.model.windows import Repeats, WindowKind
from incidents.model.workdays import local_day, wall

EXAMPLE = "maintenance checkout tonight 22:00-23:30 because we upgrade the database"
_INSTEAD = "Say when: tonight 22:00-23:30, for 2h, from friday 17:00 until monday 8:00."
_PAST = "Say when it was: 13:40-14:10, yesterday 22:00-1:00, 2026-11-20 9:00-10:00."
_ONE_DAY = timedelta(days=1)
_SETTINGS = re.compile(
    r"(?:^|\s)(?:sensitivity\s+(?P<by>\S+)|(?P<exclude>exclude|excluded))(?=\s|$)"
)
_CLOCK = r"(\d{1,2})(?::(\d\d))?\s?(am|pm)?"
_RANGE = re.compile(rf"(?P<day>.*?)\s*\b{_CLOCK}\s*(?:-|\u2013|to)\s*{_CLOCK}")
_EVERY = re.compile(r"every\s+(\w+)\s+(.*)")
_NOON = 12
_SHORTEST = 3  # letters of a day
_TWO_WORDS = frozenset({"tier", "team", "vendor", "dependency", "service"})
_DAYS = {
    "monday": "MO", "tuesday": "TU", "wednesday": "WE", "thursday": "TH",
    "friday": "FR", "saturday": "SA", "sunday": "SU",
}  # fmt: skip
_WORKING = "MO,TU,WE,TH,FR"


@dataclass(frozen=True, slots=True)
class Words:
    """What somebody typed, in its parts; each may be missing."""

    kind: WindowKind | None = None
    target: str = ""
    when: str = ""
    because: str = ""
    excludes: bool = False
    sensitivity: str = ""


def parse_window(text: str) -> Words:
    """The parts of ``text``. Nothing is judged yet."""
    told, _, because = re.sub(r"\s+", " ", text.strip()).partition(" because ")
    by, excludes = "", False
    for hit in _SETTINGS.finditer(told):
        by, excludes = hit["by"] or by, excludes or bool(hit["exclude"])
    words = _SETTINGS.sub("", told).split()
    kind = next((one for one in WindowKind if words and one.value == words[0].lower()), None)
    if kind is not None:
        words = words[1:]
    if words and words[0].lower() == "for" and len(words) > 1 and not words[1][:1].isdigit():
        words = words[1:]
    count = 2 if words and words[0].lower() in _TWO_WORDS else 1
    target, when = words[:count], words[count:]
    if target and _is_time(target[0]):
        target, when = [], words
    return Words(kind, " ".join(target), " ".join(when), because.strip(), excludes, by)


def _is_time(word: str) -> bool:
    starts = ("for", "from", "until", "on", "every", "today", "tonight", "tomorrow")
    return word.lower() in starts or word[:1].isdigit()


def span_of(when: str, now: datetime, zone: ZoneInfo) -> Span:
    """When that is, on the clocks of ``zone``; it may have begun already.

    Raises `Unclear`, and `Refused` for what is over, or says no end.
    """
    found = _RANGE.fullmatch(when.strip().lower())
    if found is None or "from" in found["day"].split():
        if not when.strip():
            raise Refused("That says no time.", instead=_INSTEAD)
        return spans.span(spans.parts(f"_ {when}"), now, zone)
    day, begin, end = _of_range(found, now, zone)
    span = _on(day, begin, end, zone)
    if span.end <= now and not found["day"]:
        span = _on(day + _ONE_DAY, begin, end, zone)
    if span.end <= now:
        raise Refused("That is over already.", instead=_INSTEAD)
    return span


def repeats_of(when: str, now: datetime, zone: ZoneInfo) -> Repeats | None:
    """``every saturday 22:00-23:30``; None for what comes once. Raises what `span_of` raises."""
    every = _EVERY.fullmatch(when.strip().lower())
    if every is None:
        return None
    days = _days(every[1])
    found = _RANGE.fullmatch(every[2])
    if days is None or found is None or found["day"]:
        raise Refused(
            f"“{when[:60]}” is not a rule I know.",
            instead="Say it: every day 2:00-3:00, every weekday 9-10, every saturday 22:00-1:00.",
        )
    day, begin, end = _of_range(found, now, zone)
    codes = tuple(_DAYS.values())
    while (days and codes[day.weekday()] not in days) or _on(day, begin, end, zone).end <= now:
        day += _ONE_DAY
    first = datetime.combine(day, begin)
    last = datetime.combine(day if end > begin else day + _ONE_DAY, end)
    rule = f"FREQ=WEEKLY;BYDAY={days}" if days else "FREQ=DAILY"
    return Repeats(rule, first, zone, last - first)


def _days(word: str) -> str | None:
    """The days of a rule, empty for all of them; None for what is none."""
    if word == "day":
        return ""
    if word in {"weekday", "weekdays"}:
        return _WORKING
    short = word.rstrip("s") if word != "sat" else word
    near = [
        code for name, code in _DAYS.items() if len(short) >= _SHORTEST and name.startswith(short)
    ]
    return near[0] if near else None


def _of_range(found: re.Match[str], now: datetime, zone: ZoneInfo) -> tuple[date, time, time]:
    begin = _clock(*found.groups()[1:4])
    end = _clock(*found.groups()[4:7])
    words = found["day"].strip().removeprefix("on ").strip()
    if words in {"", "today", "tonight", "this evening"}:
        return local_day(now, zone), begin, end
    return local_day(read_edge(words, now, zone, at_end=False), zone), begin, end


def _on(day: date, begin: time, end: time, zone: ZoneInfo) -> Span:
    last = day if end > begin else day + _ONE_DAY
    return Span(wall(day, begin, zone), wall(last, end, zone))


def _clock(hour: str, minute: str | None, half: str | None) -> time:
    number = int(hour)
    if half:
        number = number % _NOON + (_NOON if half == "pm" else 0)
    if number > 24 or int(minute or 0) > 59:  # noqa: PLR2004 (a clock)
        raise Refused(f"{hour}:{minute or '00'} is not a time of day.", instead=_INSTEAD)
    return time(number % 24, int(minute or 0))


def past_span_of(when: str, now: datetime, zone: ZoneInfo) -> Span:
    """``13:40-14:10``, ``yesterday 22:00-1:00``, ``2026-11-20 9-10``: when that was.

    Raises `Refused`.
    """
    found = _RANGE.fullmatch(when.strip().lower())
    if found is None:
        raise Refused("That says no time.", instead=_PAST)
    begin, end = _clock(*found.groups()[1:4]), _clock(*found.groups()[4:7])
    words, today = found["day"].strip().removeprefix("on ").strip(), local_day(now, zone)
    day = _past_day(words, today)
    span = _on(day, begin, end, zone)
    if span.start >= now and not words:
        span = _on(day - _ONE_DAY, begin, end, zone)
    return span


def _past_day(words: str, today: date) -> date:
    if words in {"", "today"}:
        return today
    if words == "yesterday":
        return today - _ONE_DAY
    code = _days(words)
    if code:
        back = (today.weekday() - tuple(_DAYS.values()).index(code)) % 7 if "," not in code else 0
        return today - (back or 7) * _ONE_DAY
    try:
        return date.fromisoformat(words)
    except ValueError:
        raise Refused(f"“{words[:40]}” is not a day I know.", instead=_PAST) from None
