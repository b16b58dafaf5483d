"""Calendars (RFC 5545) as plans of who is on call: events name people, the topmost one counts.

An event that begins later lies on top; of two that begin together, the shorter one. So a day off is
an event on top of somebody's week. Events of exactly the same span are on call together. Ends are
kept on the wall clock: a week from 9:00 to 9:00 stays one when the clocks change.

Calendars come from outside, so they are read in a process of their own that ends in time: a rule
that never matches keeps the best library busy for minutes.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import islice, pairwise
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from incidents.errors import WarroomError
from incidents.model.oncall import Handle, Planned, joined

LARGEST = 2 * 1024 * 1024  # bytes of a calendar
_MOST_EVENTS = 5_000
_MOST_OCCURRENCES = 10_000
_SECONDS = 20.0
_ONE_DAY = timedelta(days=1)
_PASSED_ON = ("PATH", "PYTHONPATH", "PYTHONTZPATH", "LD_LIBRARY_PATH")  # and no secret
_OFTEN = ("SECONDLY", "MINUTELY", "HOURLY")
_ADDRESS = re.compile(r"[^\s@<>(),;:]+@[^\s@<>(),;:]+\.[^\s@<>(),;:.]+")
_HANDLE = re.compile(r"(?<![\w@.])@([a-z0-9][a-z0-9._-]*)", re.IGNORECASE)

Names = Mapping[str, str]
"""What people may be called in a calendar, in lower case, and their handles."""


class Unreadable(WarroomError):
    """It is no calendar, or none that can be read in time."""


@dataclass(frozen=True, slots=True)
class Event:
    """One occurrence. ``line`` is where it stands in the file, from 1."""

    start: datetime
    end: datetime
    people: tuple[Handle, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Titled:
    """One occurrence of an event, by its title; ``uid`` is the same for all of them."""

    uid: str
    title: str
    start: datetime
    end: datetime
    line: int


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that was passed over, or does not fit together, at a line of the file."""

    line: int
    what: str


@dataclass(frozen=True, slots=True)
class Calendar:
    """The plan within the span that was asked for, and what to look at."""

    plan: tuple[Planned, ...] = ()
    troubles: tuple[Trouble, ...] = ()


def names_of(people: Mapping[str, tuple[str, str]]) -> Names:
    """What people may be called: by handle, by name, by address. Two of one name are neither.

    ``people`` are handles, each with a name and an address, which may be empty.
    """
    found: dict[str, str] = {}
    several: set[str] = set()
    for handle, words in people.items():
        for word in {handle.lower(), *(each.lower() for each in words)} - {""}:
            if found.setdefault(word, handle) != handle:
                several.add(word)
    return {word: handle for word, handle in found.items() if word not in several}


def read_calendar(
    text: str,
    names: Names,
    start: datetime,
    end: datetime,
    *,
    zone: ZoneInfo,
    seconds: float = _SECONDS,
) -> Calendar:
    """What ``text`` plans from ``start`` until ``end``; ``zone`` counts where it names none.

    Raises `Unreadable`.
    """
    if len(text.encode()) > LARGEST:
        raise Unreadable(f"the calendar is larger than {LARGEST // 1024 // 1024} MB")
    asked = {
        "text": text,
        "names": dict(names),
        "start": start.isoformat(),
        "end": end.isoformat(),
        "zone": zone.key,
    }
    said = _child(asked, seconds)
    return Calendar(
        tuple(
            Planned(
                datetime.fromisoformat(begin), datetime.fromisoformat(end_), tuple(map(Handle, who))
            )
            for begin, end_, who in said["plan"]
        ),
        tuple(Trouble(line, what) for line, what in said["troubles"]),
    )


def _child(asked: Mapping[str, Any], seconds: float) -> Any:  # noqa: ANN401 (JSON)
    """What a process of its own makes of it. Raises `Unreadable`."""
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "incidents.catalog.calendars"],
            env={name: os.environ[name] for name in _PASSED_ON if name in os.environ},
            input=json.dumps(asked).encode(),
            capture_output=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Unreadable(f"the calendar could not be read in {seconds:g} s") from None
    if done.returncode:
        raise Unreadable("the calendar could not be read")
    said = json.loads(done.stdout)
    if "error" in said:
        raise Unreadable(said["error"])
    return said


def read_titles(
    text: str, start: datetime, end: datetime, *, zone: ZoneInfo, seconds: float = _SECONDS
) -> tuple[Titled, ...]:
    """Every event from ``start`` until ``end``, by its title. Raises `Unreadable`."""
    asked = {
        "text": text,
        "titles": True,
        "start": start.isoformat(),
        "end": end.isoformat(),
        "zone": zone.key,
    }
    return tuple(
        Titled(uid, title, datetime.fromisoformat(begin), datetime.fromisoformat(finish), line)
        for uid, title, begin, finish, line in _child(asked, seconds)["events"]
    )


def _titles(text: str, start: datetime, end: datetime, zone: tzinfo) -> Iterator[Titled]:
    """Like `read_titles`, in this process and without a limit of time."""
    components = _components(text)
    own = _own_zone(components.zone, zone)
    for entry in _newest(components.entries):
        uid = str(entry.component.get("UID", "")) or f"line {entry.line}"
        title = str(entry.component.get("SUMMARY", ""))[:300]
        spans = islice(_occurrences(entry, own, start, end), _MOST_OCCURRENCES)
        for begin, finish in spans:
            yield Titled(uid, title, begin, finish, entry.line)


def plan_of(text: str, names: Names, start: datetime, end: datetime, *, zone: ZoneInfo) -> Calendar:
    """Like `read_calendar`, in this process and without a limit of time."""
    troubles: list[Trouble] = []
    events = _events(text, names, start, end, zone, troubles)
    return Calendar(_topmost(events, start, end), (*troubles, *_overlaps(events)))


def _events(
    text: str,
    names: Names,
    start: datetime,
    end: datetime,
    zone: tzinfo,
    troubles: list[Trouble],
) -> list[Event]:
    from icalendar.error import BrokenCalendarProperty  # noqa: PLC0415 (slow to import)

    components = _components(text)
    own = _own_zone(components.zone, zone)
    found: list[Event] = []
    for entry in _newest(components.entries):
        try:
            found += _of_entry(entry, names, own, start, end)
        except _Nobody as nobody:
            troubles.append(Trouble(entry.line, str(nobody)))
        except (ValueError, TypeError, BrokenCalendarProperty) as error:
            what = f"the event cannot be understood: {str(error)[:80]}"
            troubles.append(Trouble(entry.line, what))
        if len(found) > _MOST_OCCURRENCES:
            raise Unreadable(f"more than {_MOST_OCCURRENCES} events lie in the span")
    return found


class _Nobody(Exception):
    """An event names nobody who is known."""


def _of_entry(
    entry: "_Entry", names: Names, own: tzinfo, start: datetime, end: datetime
) -> list[Event]:
    """Its occurrences within the span. Raises `_Nobody`."""
    spans = list(islice(_occurrences(entry, own, start, end), _MOST_OCCURRENCES + 1))
    who = _people(entry.component, names)
    if spans and not who:
        summary = str(entry.component.get("SUMMARY", ""))[:60]
        raise _Nobody(f"“{summary}” names nobody who is known")
    return [Event(begin, finish, who, entry.line) for begin, finish in spans]


@dataclass(frozen=True, slots=True)
class _Entry:
    """An event as it is written, its line, and the occurrences of it that are written elsewhere."""

    component: Any
    line: int
    replaced: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class _Components:
    entries: tuple[_Entry, ...]
    zone: str


def _components(text: str) -> _Components:
    from icalendar import Calendar as Written  # noqa: PLC0415 (slow to import)

    if "BEGIN:VCALENDAR" not in text[:LARGEST].upper():
        raise Unreadable("that is no calendar: it does not begin with BEGIN:VCALENDAR")
    try:
        calendars = Written.from_ical(text, multiple=True)
    except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        raise Unreadable(f"that is no calendar: {str(error)[:120]}") from None
    written = [event for one in calendars for event in one.walk("VEVENT")]
    if len(written) > _MOST_EVENTS:
        raise Unreadable(f"it has more than {_MOST_EVENTS} events")
    lines = [
        number
        for number, line in enumerate(text.splitlines(), 1)
        if line.strip().upper() == "BEGIN:VEVENT"
    ]
    zone = next((str(one["X-WR-TIMEZONE"]) for one in calendars if "X-WR-TIMEZONE" in one), "")
    numbered = zip(written, [*lines, *[1] * len(written)], strict=False)
    return _Components(tuple(_Entry(event, line) for event, line in numbered), zone)


def _own_zone(named: str, otherwise: tzinfo) -> tzinfo:
    try:
        return ZoneInfo(named) if named else otherwise
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return otherwise


def _newest(entries: Iterable[_Entry]) -> Iterator[_Entry]:
    """Each event in its newest version, a series knowing which of its occurrences were moved."""
    newest: dict[tuple[str, object], _Entry] = {}
    for entry in entries:
        uid = str(entry.component.get("UID", "")) or f"line {entry.line}"
        key = (uid, _moved_from(entry.component))
        known = newest.get(key)
        if known is None or _sequence(entry) >= _sequence(known):
            newest[key] = entry
    moved: dict[str, list[Any]] = {}
    for uid, replaced in newest:
        if replaced is not None:
            moved.setdefault(uid, []).append(replaced)
    for (uid, replaced), entry in newest.items():
        if str(entry.component.get("STATUS", "")).upper() == "CANCELLED":
            continue
        others = tuple(moved.get(uid, ())) if replaced is None else ()
        yield _Entry(entry.component, entry.line, others)


def _sequence(entry: _Entry) -> int:
    return int(entry.component.get("SEQUENCE", 0))


def _moved_from(component: Any) -> Any:  # noqa: ANN401 (icalendar has its own types)
    """Which occurrence of a series this event replaces; None for the series itself."""
    written = component.get("RECURRENCE-ID")
    if written is None:
        return None
    if str(written.params.get("RANGE", "")).upper() == "THISANDFUTURE":
        raise Unreadable("it moves an event “this and following”: split the series in two")
    return written.dt


def _occurrences(
    entry: _Entry, zone: tzinfo, start: datetime, end: datetime
) -> Iterator[tuple[datetime, datetime]]:
    """From when until when an event lasts, each time that touches the span."""
    component = entry.component
    if "DTSTART" not in component:
        return
    begins = component["DTSTART"].dt
    if not isinstance(begins, datetime):
        local, own = datetime.combine(begins, time()), zone
    else:
        local, own = begins.replace(tzinfo=None), begins.tzinfo or zone
    length = _length(component, begins, own)
    if length.wall <= timedelta() and length.exact <= timedelta():
        return
    left_out = {_instant(one, own) for one in (*_dates(component, "EXDATE"), *entry.replaced)}
    for at in _starts(component, local, own, start - length.wall - length.exact - _ONE_DAY, end):
        begin = _utc(at, own)
        finish = _utc(at + length.wall, own) + length.exact
        if begin not in left_out and begin < end and finish > start:
            yield begin, finish


@dataclass(frozen=True, slots=True)
class _Length:
    """So far on the wall clock, and then so much longer."""

    wall: timedelta
    exact: timedelta = timedelta()


def _length(component: Any, begins: date, own: tzinfo) -> _Length:  # noqa: ANN401 (icalendar's)
    if "DURATION" in component:
        span: timedelta = component["DURATION"].dt
        return _Length(span.days * _ONE_DAY, span - span.days * _ONE_DAY)
    if "DTEND" not in component:
        return _Length(timedelta() if isinstance(begins, datetime) else _ONE_DAY)
    ends = component["DTEND"].dt
    if not isinstance(begins, datetime) or not isinstance(ends, datetime):
        return _Length(_day(ends) - _day(begins))
    there = ends.astimezone(own) if ends.tzinfo else ends
    return _Length(there.replace(tzinfo=None) - begins.replace(tzinfo=None))


def _day(written: date) -> timedelta:
    return (written.date() if isinstance(written, datetime) else written) - date.min


def _starts(
    component: Any,  # noqa: ANN401 (icalendar has its own types)
    local: datetime,
    own: tzinfo,
    since: datetime,
    until: datetime,
) -> Iterator[datetime]:
    """When an event begins, on its own clock, from ``since`` until ``until``, each time once."""
    found = {local} if "RRULE" not in component else set()
    rules = component.get("RRULE", ())
    for rule in rules if isinstance(rules, list) else [rules] if rules else []:
        first, last = (at.astimezone(own).replace(tzinfo=None) for at in (since, until + _ONE_DAY))
        found |= set(_by_rule(rule, local, own, first, last))
    found |= {_local(one, own) for one in _dates(component, "RDATE")}
    yield from sorted(found)


def _by_rule(
    rule: Any,  # noqa: ANN401 (icalendar has its own types)
    local: datetime,
    own: tzinfo,
    first: datetime,
    last: datetime,
) -> Iterator[datetime]:
    from dateutil.rrule import rrulestr  # noqa: PLC0415 (slow to import)

    parts = dict(rule)
    often = str(next(iter(parts.get("FREQ", [""])))).upper()
    if often in _OFTEN:
        raise Unreadable(f"an event repeats {often.lower()}: on-call shifts are longer than that")
    ends = parts.pop("UNTIL", None)
    text = type(rule)(parts).to_ical().decode()
    limit = min((_local(one, own, at_end=True) for one in ends or ()), default=last)
    try:
        series = rrulestr(text, dtstart=local, cache=False)
        for at in islice(series, _MOST_OCCURRENCES * 10):
            if at > min(limit, last):
                return
            if at >= first:
                yield at
    except (ValueError, TypeError) as error:
        raise Unreadable(f"the rule {text[:80]} is not understood: {error}") from None


def _dates(component: Any, name: str) -> list[date]:  # noqa: ANN401 (icalendar has its own types)
    written = component.get(name, ())
    lists = written if isinstance(written, list) else [written] if written else []
    several = [one.dt for each in lists for one in each.dts]
    return [one[0] if isinstance(one, tuple) else one for one in several]


def _local(written: date, own: tzinfo, *, at_end: bool = False) -> datetime:
    """As the clock of the event shows it."""
    if not isinstance(written, datetime):
        return datetime.combine(written, time.max if at_end else time())
    return written.astimezone(own).replace(tzinfo=None) if written.tzinfo else written


def _instant(written: date, own: tzinfo) -> datetime:
    return _utc(_local(written, own), own)


def _utc(local: datetime, own: tzinfo) -> datetime:
    """When the clock of ``own`` shows it.

    A time that is skipped is meant as if the clocks had not changed (RFC 5545, 3.3.5).
    """
    at = local.replace(tzinfo=own).astimezone(UTC)
    if at.astimezone(own).replace(tzinfo=None) == local:
        return at
    before = (local - _ONE_DAY).replace(tzinfo=own).utcoffset() or timedelta()
    return (local - before).replace(tzinfo=UTC)


def _people(component: Any, names: Names) -> tuple[Handle, ...]:  # noqa: ANN401 (icalendar's)
    """Whom an event names: in its title if they are known, else who is invited, else an address."""
    title = str(component.get("SUMMARY", ""))
    found = _known(title, names) or _invited(component, names)
    found = found or [one.lower() for one in _ADDRESS.findall(title)]
    return tuple(map(Handle, dict.fromkeys(found)))


def _known(title: str, names: Names) -> list[str]:
    """Those whose names stand in the title, in its order; a longer name hides one within it."""
    low = title.lower()
    hits: list[tuple[int, int, str]] = []
    for name, handle in names.items():
        for hit in re.finditer(rf"(?<![\w.@-]){re.escape(name)}(?![\w@-]|\.\w)", low):
            hits.append((hit.start(), hit.end(), handle))  # noqa: PERF401 (two loops)
    hits += [
        (hit.start(), hit.end(), names[hit[1].lower()])
        for hit in _HANDLE.finditer(title)
        if hit[1].lower() in names
    ]
    return [
        handle
        for begin, end, handle in sorted(hits)
        if not any(
            (other, last) != (begin, end) and other <= begin and end <= last
            for other, last, _ in hits
        )
    ]


def _invited(component: Any, names: Names) -> list[str]:  # noqa: ANN401 (icalendar's)
    written = component.get("ATTENDEE", ())
    found = []
    for one in written if isinstance(written, list) else [written] if written else []:
        kind = str(one.params.get("CUTYPE", "INDIVIDUAL")).upper()
        said = str(one.params.get("PARTSTAT", "")).upper()
        address = str(one).lower().removeprefix("mailto:")
        if kind == "INDIVIDUAL" and said != "DECLINED" and _ADDRESS.fullmatch(address):
            found.append(names.get(address, address))
    return found


def _topmost(events: Sequence[Event], start: datetime, end: datetime) -> tuple[Planned, ...]:
    """Who is on call when: the topmost event counts, and those of the same span with it."""
    edges = sorted(
        {start, end} | {at for one in events for at in (one.start, one.end) if start < at < end}
    )
    coming = sorted(events, key=lambda one: one.start)
    plan: list[Planned] = []
    active: list[Event] = []
    place = 0
    for left, right in pairwise(edges):
        while place < len(coming) and coming[place].start <= left:
            active.append(coming[place])
            place += 1
        active = [one for one in active if one.end > left]
        if active:
            top = max(active, key=_on_top)
            same = [one for one in active if (one.start, one.end) == (top.start, top.end)]
            people = dict.fromkeys(who for one in same for who in one.people)
            plan.append(Planned(left, right, tuple(people)))
    return joined(plan)


def _on_top(one: Event) -> tuple[datetime, timedelta]:
    return one.start, one.start - one.end


def _overlaps(events: Sequence[Event]) -> Iterator[Trouble]:
    """Events of different people that overlap without one lying wholly on top of the other."""
    said: set[tuple[int, int]] = set()
    reaching: list[Event] = []
    for one in sorted(events, key=lambda each: (each.start, each.end)):
        reaching = [other for other in reaching if other.end > one.start]
        for other in reaching:
            pair = (other.line, one.line)
            is_partial = other.start < one.start and other.end < one.end
            if is_partial and other.people != one.people and pair not in said:
                said.add(pair)
                who = f"{', '.join(other.people)} and {', '.join(one.people)}"
                yield Trouble(
                    one.line, f"{who} overlap from {one.start:%Y-%m-%d %H:%M} UTC: the later counts"
                )
        reaching.append(one)


def _told(asked: Mapping[str, Any], start: datetime, end: datetime) -> list[list[Any]]:
    found = _titles(asked["text"], start, end, ZoneInfo(asked["zone"]))
    try:
        return [
            [one.uid, one.title, one.start.isoformat(), one.end.isoformat(), one.line]
            for one in found
        ]
    except (ValueError, TypeError) as error:
        raise Unreadable(f"an event cannot be understood: {str(error)[:80]}") from None


def _main() -> None:
    """In the child: what was asked on standard input, the answer on standard output."""
    asked = json.load(sys.stdin)
    start, end = (datetime.fromisoformat(asked[name]) for name in ("start", "end"))
    try:
        if asked.get("titles"):
            json.dump({"events": _told(asked, start, end)}, sys.stdout)
            return
        read = plan_of(asked["text"], asked["names"], start, end, zone=ZoneInfo(asked["zone"]))
    except Unreadable as error:
        json.dump({"error": str(error)}, sys.stdout)
        return
    plan = [[one.start.isoformat(), one.end.isoformat(), one.people] for one in read.plan]
    json.dump({"plan": plan, "troubles": [[t.line, t.what] for t in read.troubles]}, sys.stdout)


if __name__ == "__main__":
    _main()
