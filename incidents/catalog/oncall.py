"""``oncall/*.yaml``: rotations. A file may hold one, or a list under ``rotations:``."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field

from incidents.catalog.files import Document, Strict, read_as
from incidents.catalog.values import (
    ClockSpan,
    Found,
    HandleText,
    LocalMoment,
    Weekdays,
    Word,
    Zone,
    fault,
    in_utc,
    read_clock,
    read_duration,
    read_weekday,
    words,
)
from incidents.errors import Misconfigured, Problem
from incidents.model.oncall import Coverage, Handle, Override, Rotation, RotationName
from incidents.model.workdays import DAY_NAMES, wall

_LENGTHS = {"daily": 1, "day": 1, "weekly": 7, "week": 7}
_ALL_DAYS = frozenset(range(7))
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Read:
    """The rotations, each with its place, and what is wrong with the files."""

    rotations: tuple[Found[Rotation], ...] = ()
    problems: tuple[Problem, ...] = ()
    unread: frozenset[str] = frozenset()  # words in what could not be read: not to be missed


def _length(written: Any) -> int:  # noqa: ANN401 (YAML holds anything)
    """``weekly``, ``daily``, or whole days and weeks such as ``3d`` and ``2w``."""
    if isinstance(written, str) and written.strip().lower() in _LENGTHS:
        return _LENGTHS[written.strip().lower()]
    length = read_duration(written)
    if length % _ONE_DAY:
        raise fault(f"“{written}” is not a number of days", "daily, weekly, or one like 3d or 2w")
    return length // _ONE_DAY


def _hand_over(written: Any) -> tuple[int | None, time]:  # noqa: ANN401 (YAML holds anything)
    """``monday 10:00``, or ``10:00`` alone; the weekday is None then."""
    if isinstance(written, tuple):
        return written
    day, _, clock = str(written).strip().rpartition(" ")
    return (read_weekday(day) if day else None), read_clock(clock)


def _somebody(people: tuple[str, ...]) -> tuple[str, ...]:
    if not people:
        raise fault("nobody takes turns", "at least one person")
    return people


class _OverrideFile(Strict):
    start: Annotated[LocalMoment, Field(alias="from")]
    end: Annotated[LocalMoment, Field(alias="to")]
    person: HandleText
    because: str = ""


class _RotationFile(Strict):
    name: Word
    people: Annotated[tuple[HandleText, ...], AfterValidator(_somebody)]
    start: date
    zone: Zone = "UTC"
    length: Annotated[int, BeforeValidator(_length)] = 7
    hand_over: Annotated[tuple[int | None, time], BeforeValidator(_hand_over)] = (None, time(9))
    hours: ClockSpan = (time(0), time(0))
    days: Weekdays = _ALL_DAYS
    until: date | None = None
    overrides: tuple[_OverrideFile, ...] = ()


class _Lists(Strict):
    rotations: tuple[_RotationFile, ...]


def read_oncall(documents: Sequence[tuple[str, Document]]) -> Read:
    """What ``documents``, each with its file's name, say. People are not looked up yet."""
    rotations: list[Found[Rotation]] = []
    problems: list[Problem] = []
    unread: frozenset[str] = frozenset()
    for file, document in documents:
        is_list = "rotations" in document
        try:
            written = (
                read_as(document, file, _Lists).rotations
                if is_list
                else [read_as(document, file, _RotationFile)]
            )
        except Misconfigured as error:
            problems += error.problems
            unread |= words(document)
            continue
        for number, each in enumerate(written):
            path = ("rotations", number) if is_list else ()
            found = Found(_rotation(each), document, file, path)
            rotations.append(found)
            problems += _faults(found, each)
    return Read(tuple(rotations), tuple(problems), unread)


def _rotation(written: _RotationFile) -> Rotation:
    zone, clock = ZoneInfo(written.zone), written.hand_over[1]
    return Rotation(
        name=RotationName(written.name),
        people=tuple(Handle(each) for each in written.people),
        start=written.start,
        zone=zone,
        days=written.length,
        hand_over=clock,
        coverage=Coverage(*written.hours, written.days),
        until=written.until,
        overrides=tuple(_override(each, zone, clock) for each in written.overrides),
    )


def _override(written: _OverrideFile, zone: ZoneInfo, hand_over: time) -> Override:
    start = _instant(written.start, zone, hand_over)
    end = _instant(written.end, zone, hand_over)
    return Override(start, end, Handle(written.person), written.because)


def _instant(moment: datetime | date, zone: ZoneInfo, hand_over: time) -> datetime:
    """On the rotation's clock unless an offset is written; a date means its hand-over."""
    if not isinstance(moment, datetime):
        return wall(moment, hand_over, zone)
    return in_utc(moment) if moment.tzinfo else wall(moment.date(), moment.time(), zone)


def _faults(found: Found[Rotation], written: _RotationFile) -> list[Problem]:
    """What one rotation gets wrong by itself."""
    rotation = found.value
    problems: list[Problem] = []
    weekday = written.hand_over[0]
    if weekday is not None and rotation.days % 7:
        what = f"{rotation.name} takes turns of {rotation.days} d, which move through the week"
        problems.append(found.problem(what, "a hand-over without a weekday", "hand_over"))
    elif weekday is not None and weekday != rotation.start.weekday():
        what = f"{rotation.name} hands over on {DAY_NAMES[weekday]} but starts on another day"
        problems.append(found.problem(what, f"a date that is a {DAY_NAMES[weekday]}", "start"))
    if rotation.until is not None and rotation.until <= rotation.start:
        what = f"{rotation.name} ends before it starts"
        problems.append(found.problem(what, "a date after start", "until"))
    for number, override in enumerate(rotation.overrides):
        if override.end <= override.start:
            what = "the override ends before it starts"
            place = ("overrides", number, "to")
            problems.append(found.problem(what, "a time later than from", *place))
    return problems
