"""How small things are written in configuration files: ``15m``, ``09:00-17:00``, ``@ana``.

Each is a pydantic type, so that a wrong one is reported where it stands, with what was expected.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from typing import Annotated, Any, Generic, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, StringConstraints
from pydantic_core import PydanticCustomError

from incidents.catalog.files import Document, problem_at
from incidents.errors import Problem
from incidents.model.sensitivity import LARGEST, SMALLEST, sensitivity_in
from incidents.model.workdays import DAY_NAMES

ValueT_co = TypeVar("ValueT_co", covariant=True)

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_DURATION = re.compile(r"(\d{1,5})\s*([smhdw])")
_CLOCK = re.compile(r"(\d{1,2}):(\d\d)")
_YEARS = (1990, 2200)  # with room before the ends of the calendar
_ISO_DATE = len("2026-12-24")
_HANDLE = re.compile(r"[a-z0-9][a-z0-9._-]{0,79}|[^@\s]+@[^@\s]+\.[^@\s]+")
WORD = r"^[a-z0-9]([a-z0-9._-]*[a-z0-9])?$"


@dataclass(frozen=True, slots=True)
class Found(Generic[ValueT_co]):
    """A value from a file, and where it stands, for what can only be judged later."""

    value: ValueT_co
    document: Document
    file: str
    path: tuple[str | int, ...]

    def problem(self, what: str, expected: str = "", *steps: str | int) -> Problem:
        """A `Problem` at the value, or ``steps`` further inside it."""
        return problem_at(self.document, self.file, (*self.path, *steps), what, expected)

    def warning(self, what: str, expected: str = "", *steps: str | int) -> Problem:
        """Like `problem`, for what can be lived with."""
        return replace(self.problem(what, expected, *steps), is_warning=True)


def fault(what: str, expected: str) -> PydanticCustomError:
    """What a validator raises: the words end up in a `Problem`."""
    words = {"what": what, "expected": expected}
    return PydanticCustomError("warroom", "{what}, expected {expected}", words)


def read_duration(written: object) -> timedelta:
    """``15m``, ``4h``, ``2d``: a whole number and one of s, m, h, d, w."""
    if isinstance(written, timedelta):
        return written
    found = _DURATION.fullmatch(written.strip()) if isinstance(written, str) else None
    if found is None or int(found[1]) == 0:
        raise fault(f"{_shown(written)} is not a length of time", "one like 15m, 4h or 2d")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def read_clock(written: object) -> time:
    """``09:00``, on a clock of 24 hours."""
    if isinstance(written, time):
        return written
    found = _CLOCK.fullmatch(written.strip()) if isinstance(written, str) else None
    if found is None or int(found[1]) > 23 or int(found[2]) > 59:  # noqa: PLR2004 (a clock)
        raise fault(f"{_shown(written)} is not a time of day", "one like 09:00")
    return time(int(found[1]), int(found[2]))


def read_clock_span(written: object) -> tuple[time, time]:
    """``09:00-17:00``."""
    if isinstance(written, tuple):
        return written
    start, dash, end = str(written).partition("-")
    if not isinstance(written, str) or not dash:
        raise fault(f"{_shown(written)} is not a span of the day", "one like 09:00-17:00")
    return read_clock(start), read_clock(end)


def read_working_span(written: object) -> tuple[time, time]:
    """Like `read_clock_span`, ending later than it starts."""
    start, end = read_clock_span(written)
    if start >= end:
        raise fault(f"{_shown(written)} ends before it starts", "hours within one day")
    return start, end


def read_weekday(written: object) -> int:
    """``mon`` or ``Monday``; Monday is 0."""
    if isinstance(written, str) and len(written.strip()) > 2:  # noqa: PLR2004 (mon)
        word = written.strip().lower()
        for number, name in enumerate(_WEEKDAYS):
            if name.startswith(word):
                return number
    raise fault(f"{_shown(written)} is not a weekday", "one of " + ", ".join(DAY_NAMES).lower())


def read_weekdays(written: object) -> frozenset[int]:
    """``mon-fri`` or a list of weekdays."""
    if isinstance(written, frozenset):
        return written
    if isinstance(written, str):
        first, dash, last = written.partition("-")
        start, end = read_weekday(first), read_weekday(last if dash else first)
        return frozenset((start + n) % 7 for n in range((end - start) % 7 + 1))
    if isinstance(written, Sequence) and written:
        return frozenset(read_weekday(each) for each in written)
    raise fault(f"{_shown(written)} names no days", "mon-fri, or a list like [mon, wed]")


def read_zone(written: object) -> str:
    """An IANA name such as ``Europe/Berlin``."""
    try:
        return ZoneInfo(written if isinstance(written, str) else "").key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        expected = "an IANA name like Europe/Berlin or UTC"
        raise fault(f"{_shown(written)} is not a time zone", expected) from None


def read_handle(written: object) -> str:
    """``ana``, ``@ana`` or an e-mail address, in lower case."""
    word = written.strip().removeprefix("@").lower() if isinstance(written, str) else ""
    if not _HANDLE.fullmatch(word):
        raise fault(f"{_shown(written)} is not a person", "a Slack handle or an e-mail address")
    return word


def read_link(written: object) -> str:
    """An ``https://`` or ``http://`` address, or a path inside the configuration."""
    if isinstance(written, str) and re.fullmatch(r"(https?://[^\s|<>]+|[\w./-]+\.md)", written):
        return written
    raise fault(f"{_shown(written)} is not a link", "an https:// address, or a path to a .md file")


def read_local_moment(written: object) -> datetime | date:
    """``2026-12-24 10:00`` (naive: on a clock named elsewhere), with an offset, or a date."""
    return read_day(_read_moment(written))


def read_day(day: date) -> date:
    """A day, or a moment of one, that clocks can show."""
    if not _YEARS[0] <= day.year <= _YEARS[1]:
        expected = f"a year from {_YEARS[0]} to {_YEARS[1]}"
        raise fault(f"{_shown(day)} is too far away", expected)
    return day


def _read_moment(written: object) -> datetime | date:
    if isinstance(written, datetime):  # ruamel's own class, with a time of its own
        return datetime.combine(written.date(), written.time(), written.tzinfo)
    if isinstance(written, date):
        return written
    text = written.strip() if isinstance(written, str) else ""
    try:
        return date.fromisoformat(text) if len(text) == _ISO_DATE else datetime.fromisoformat(text)
    except ValueError:
        expected = "one like 2026-12-24 10:00 or 2026-12-24"
        raise fault(f"{_shown(written)} is not a date or time", expected) from None


def read_sensitivity(written: object) -> Fraction:
    """``0.5`` or ``1/2``, exactly: by what the limits of alerts are multiplied."""
    if isinstance(written, Fraction):
        return written
    found = sensitivity_in(str(written).strip())
    if isinstance(written, bool) or found is None or not SMALLEST <= found <= LARGEST:
        expected = "a number like 0.5 (twice as sensitive) or 2, at most 10"
        raise fault(f"“{written}” is not a sensitivity", expected)
    return found


def words(node: object) -> frozenset[str]:
    """Every text that stands anywhere inside ``node``."""
    if isinstance(node, str):
        return frozenset({node.strip().removeprefix("@").lower()})
    inside = list(node.values()) if isinstance(node, dict) else node
    if not isinstance(inside, list):
        return frozenset()
    return frozenset().union(*(words(each) for each in inside))


def in_utc(moment: datetime) -> datetime:
    """An aware instant in UTC."""
    return moment.astimezone(UTC)


def _shown(written: Any) -> str:  # noqa: ANN401 (YAML holds anything)
    text = str(written)
    return f"“{text[:40]}”" if text else "nothing"


_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

Sensitivity = Annotated[Fraction, BeforeValidator(read_sensitivity)]
Duration = Annotated[timedelta, BeforeValidator(read_duration)]
Clock = Annotated[time, BeforeValidator(read_clock)]
ClockSpan = Annotated[tuple[time, time], BeforeValidator(read_clock_span)]
WorkingSpan = Annotated[tuple[time, time], BeforeValidator(read_working_span)]
Weekdays = Annotated[frozenset[int], BeforeValidator(read_weekdays)]
Zone = Annotated[str, BeforeValidator(read_zone)]
HandleText = Annotated[str, BeforeValidator(read_handle)]
LinkText = Annotated[str, BeforeValidator(read_link)]
Day = Annotated[date, AfterValidator(read_day)]
LocalMoment = Annotated[datetime | date, BeforeValidator(read_local_moment)]
Word = Annotated[str, StringConstraints(pattern=WORD, max_length=80)]
"""A name: lower case letters, digits, and ``.``, ``_``, ``-`` between them."""

Line = Annotated[str, StringConstraints(min_length=1, max_length=150, pattern=r"^[^\n]*$")]
"""One line of text that fits everywhere it is shown."""
