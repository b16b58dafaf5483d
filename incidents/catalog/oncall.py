"""``oncall/*.yaml``: rotations. A file may hold one, or a list under ``rotations:``.

A rotation takes turns by itself, has layers, or is read from elsewhere: a calendar, PagerDuty,
GoAlert. ``oncall/*.ics`` is a rotation called like the file.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from incidents.catalog.files import Document, Strict, parse, read_as
from incidents.catalog.values import (
    WORD,
    ClockSpan,
    Day,
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
from incidents.model.oncall import (
    Coverage,
    Feed,
    FeedKind,
    Handle,
    Override,
    Rotation,
    RotationName,
)
from incidents.model.workdays import DAY_NAMES, wall

_LENGTHS = {"daily": 1, "day": 1, "weekly": 7, "week": 7}
_ALL_DAYS = frozenset(range(7))
_ONE_DAY = timedelta(days=1)
_NO_START = date(2000, 1, 1)  # of what has no turns of its own
_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]{2,99}")
_ADDRESS = re.compile(r"(https?|webcal)://[^\s]+")
_FILE = re.compile(r"[\w][\w .-]*\.ics", re.IGNORECASE)
_KINDS = ("people", "layers", "calendar", "pagerduty", "goalert")
_OF_TURNS = ("start", "length", "hand_over", "hours", "days", "until")

ScheduleText = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{3,64}$")]


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


def _calendar(written: Any) -> Feed:  # noqa: ANN401 (YAML holds anything)
    """A file beside this one, an https address, or the variable that holds a secret one."""
    if isinstance(written, Feed):
        return written
    if isinstance(written, dict) and list(written) == ["from"]:
        if _VARIABLE.fullmatch(str(written["from"])):
            return Feed(FeedKind.URL, secret=str(written["from"]))
        raise fault(f"“{written['from']}” is no variable", "one like WARROOM_CALENDAR_PAYMENTS")
    text = str(written).strip()
    if _ADDRESS.fullmatch(text):
        return Feed(FeedKind.URL, text.replace("webcal://", "https://", 1))
    if _FILE.fullmatch(text):
        return Feed(FeedKind.FILE, text)
    expected = "an .ics file in oncall/, an https address, or {from: WARROOM_CALENDAR_PAYMENTS}"
    raise fault(f"“{text[:80]}” is no calendar", expected)


class _Turns(Strict):
    """Whose turn it is, and in which hours."""

    people: Annotated[tuple[HandleText, ...], AfterValidator(_somebody)] = ()
    start: Day | None = None
    zone: Zone | None = None
    length: Annotated[int, BeforeValidator(_length)] = 7
    hand_over: Annotated[tuple[int | None, time], BeforeValidator(_hand_over)] = (None, time(9))
    hours: ClockSpan = (time(0), time(0))
    days: Weekdays = _ALL_DAYS
    until: Day | None = None


class _RotationFile(_Turns):
    name: Word
    overrides: tuple[_OverrideFile, ...] = ()
    layers: tuple[_Turns, ...] = ()
    calendar: Annotated[Feed, BeforeValidator(_calendar)] | None = None
    pagerduty: ScheduleText | None = None
    goalert: ScheduleText | None = None

    @property
    def feed(self) -> Feed | None:
        """Where it is read from."""
        if self.pagerduty:
            return Feed(FeedKind.PAGERDUTY, self.pagerduty)
        if self.goalert:
            return Feed(FeedKind.GOALERT, self.goalert)
        return self.calendar


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


def calendar_files(files: Sequence[tuple[str, str]], read: Read) -> Read:
    """With the text of each calendar file put where it is named, or made a rotation of its own.

    ``files`` are names like ``oncall/payments.ics`` and what they say.
    """
    texts = {Path(file).name: text for file, text in files}
    named = {
        found.value.feed.where
        for found in read.rotations
        if found.value.feed and found.value.feed.kind is FeedKind.FILE
    }
    rotations: list[Found[Rotation]] = []
    problems = list(read.problems)
    for found in read.rotations:
        feed = found.value.feed
        if feed is None or feed.kind is not FeedKind.FILE:
            rotations.append(found)
            continue
        if feed.where not in texts:
            what = f"there is no file oncall/{feed.where}"
            problems.append(found.problem(what, "an .ics file", "calendar"))
        whole = replace(feed, text=texts.get(feed.where, ""))
        rotations.append(replace(found, value=replace(found.value, feed=whole)))
    for file, text in files:
        name = Path(file).stem.lower()
        if Path(file).name in named:
            continue
        if not re.fullmatch(WORD, name):
            expected = "a name like payments.ics"
            problems.append(Problem(file, 1, 1, f"“{Path(file).stem}” is no name", expected))
            continue
        feed = Feed(FeedKind.FILE, Path(file).name, text=text)
        own = Rotation(RotationName(name), (), _NO_START, ZoneInfo("UTC"), feed=feed)
        rotations.append(Found(own, parse(f"name: {name}", file)[0], file, ()))
    return replace(read, rotations=tuple(rotations), problems=tuple(problems))


def _rotation(written: _RotationFile) -> Rotation:
    name, clock = RotationName(written.name), written.hand_over[1]
    zone = ZoneInfo(written.zone or "UTC")
    starts = [one.start for one in (written, *written.layers) if one.start]
    return replace(
        _turns(written, name, written.zone),
        start=min(starts, default=_NO_START),
        overrides=tuple(_override(each, zone, clock) for each in written.overrides),
        layers=tuple(
            _turns(each, RotationName(f"{name}.{number}"), written.zone)
            for number, each in enumerate(written.layers, 1)
        ),
        feed=written.feed,
    )


def _turns(written: _Turns, name: RotationName, zone: str | None) -> Rotation:
    """One sequence of turns; a layer without a zone of its own has its rotation's."""
    return Rotation(
        name=name,
        people=tuple(Handle(each) for each in written.people),
        start=written.start or _NO_START,
        zone=ZoneInfo(written.zone or zone or "UTC"),
        days=written.length,
        hand_over=written.hand_over[1],
        coverage=Coverage(*written.hours, written.days),
        until=written.until,
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
    problems = _faults_of_kind(found, written)
    if not written.layers and written.feed is None:
        problems += _faults_of_turns(found, found.value, written)
    for number, (layer, each) in enumerate(zip(found.value.layers, written.layers, strict=True)):
        problems += _faults_of_turns(found, layer, each, "layers", number)
    for number, override in enumerate(found.value.overrides):
        if override.end <= override.start:
            what = "the override ends before it starts"
            place = ("overrides", number, "to")
            problems.append(found.problem(what, "a time later than from", *place))
    return problems


def _faults_of_kind(found: Found[Rotation], written: _RotationFile) -> list[Problem]:
    """Turns of its own, layers, a calendar, PagerDuty, GoAlert: it has to be one of these."""
    given = [name for name in _KINDS if name in written.model_fields_set]
    if len(given) > 1:
        what = f"{written.name} has {' and '.join(given)}"
        return [found.problem(what, "only one of them", given[1])]
    if given and given[0] != "people":
        own = [name for name in _OF_TURNS if name in written.model_fields_set]
        if own:
            what = f"{own[0]} means nothing beside {given[0]}"
            place = "in the layers" if given[0] == "layers" else "where its shifts are planned"
            return [found.problem(what, f"it {place}", own[0])]
    return []


def _faults_of_turns(
    found: Found[Rotation], rotation: Rotation, written: _Turns, *place: str | int
) -> list[Problem]:
    problems: list[Problem] = []
    for key in ("people", "start"):
        if key not in written.model_fields_set:
            dotted = ".".join(str(one) for one in (*found.path, *place, key))
            problems.append(found.problem(f"{dotted}: this key is missing", "", *place))
    weekday = written.hand_over[0]
    if weekday is not None and rotation.days % 7:
        what = f"{rotation.name} takes turns of {rotation.days} d, which move through the week"
        problems.append(found.problem(what, "a hand-over without a weekday", *place, "hand_over"))
    elif weekday is not None and weekday != rotation.start.weekday():
        what = f"{rotation.name} hands over on {DAY_NAMES[weekday]} but starts on another day"
        problems.append(
            found.problem(what, f"a date that is a {DAY_NAMES[weekday]}", *place, "start")
        )
    if rotation.until is not None and rotation.until <= rotation.start:
        what = f"{rotation.name} ends before it starts"
        problems.append(found.problem(what, "a date after start", *place, "until"))
    return problems
