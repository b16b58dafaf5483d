"""Who is on call, at any instant: rotations, hand-over on the wall clock, overrides.

A rotation tiles time from its start on: every instant belongs to exactly one shift, also on the
days when clocks change. A rotation with restricted hours says plainly that nobody is on call.

Overrides come first, then the plan of a feed (a calendar, PagerDuty, GoAlert) or the first layer
that has somebody, then whose turn it is.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from itertools import combinations, pairwise
from typing import NewType
from zoneinfo import ZoneInfo

from incidents.model.workdays import local_day, wall

Handle = NewType("Handle", str)
"""What configuration files call a person: ``ana``, without the ``@``, or an e-mail address."""

RotationName = NewType("RotationName", str)

_ONE_DAY = timedelta(days=1)
_LOOK_AHEAD = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Override:
    """``person`` is on call from ``start`` until ``end`` (exclusive), whoever's turn it is."""

    start: datetime
    end: datetime
    person: Handle
    because: str = ""


@dataclass(frozen=True, slots=True)
class Coverage:
    """The part of each day a rotation covers, on its own clock. Monday is day 0.

    ``start`` later than ``end`` runs through midnight; equal means the full 24 hours. ``days``
    are those on which the covered part begins.
    """

    start: time = time(0)
    end: time = time(0)
    days: frozenset[int] = frozenset(range(7))

    @property
    def is_always(self) -> bool:
        """Whether it leaves nothing out."""
        return self.start == self.end and len(self.days) == len(range(7))


ALWAYS = Coverage()


class FeedKind(StrEnum):
    """Where a plan comes from that is not kept in our own files."""

    FILE = "file"
    URL = "url"
    PAGERDUTY = "pagerduty"
    GOALERT = "goalert"


@dataclass(frozen=True, slots=True)
class Feed:
    """A rotation that somebody else plans.

    ``where`` is a file of the configuration, an address, or the id of a schedule; ``secret`` names
    the environment variable that holds the address instead. ``text`` is what the file says.
    """

    kind: FeedKind
    where: str = ""
    secret: str = ""
    text: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Planned:
    """``people`` are on call from ``start`` until ``end`` (exclusive), the first asked first."""

    start: datetime
    end: datetime
    people: tuple[Handle, ...]


@dataclass(frozen=True, slots=True)
class Rotation:
    """People who take turns of ``days`` days, handing over at ``hand_over`` in ``zone``.

    The first turn begins on ``start``; without people nobody is ever on call. ``until`` is the
    first day without this rotation. Of several overrides the one written last wins.

    With ``layers`` the first of them that has somebody decides; with a ``feed`` its ``plan`` does,
    which is in order and without overlaps. Neither then has people of its own.
    """

    name: RotationName
    people: tuple[Handle, ...]
    start: date
    zone: ZoneInfo
    days: int = 7
    hand_over: time = time(9)
    coverage: Coverage = ALWAYS
    until: date | None = None
    overrides: tuple[Override, ...] = ()
    layers: tuple["Rotation", ...] = ()
    feed: Feed | None = None
    plan: tuple[Planned, ...] = ()


def on_call_in(rotation: Rotation) -> frozenset[Handle]:
    """Everybody who may ever be on call by it: in turns, layers, overrides and calendars."""
    named = {
        *rotation.people,
        *(one.person for one in rotation.overrides),
        *(person for one in rotation.plan for person in one.people),
    }
    return frozenset(named.union(*(on_call_in(layer) for layer in rotation.layers)))


@dataclass(frozen=True, slots=True)
class Shift:
    """``person`` is on call from ``start`` until ``end`` (exclusive); None means nobody is.

    ``also`` are those who are on call beside them.
    """

    start: datetime
    end: datetime
    person: Handle | None
    is_override: bool = False
    also: tuple[Handle, ...] = ()

    @property
    def people(self) -> tuple[Handle, ...]:
        """Everybody in it, the first asked first."""
        return (self.person, *self.also) if self.person else ()


@dataclass(frozen=True, slots=True)
class OnCall:
    """Somebody is on call, and for which rotation."""

    person: Handle
    rotation: RotationName
    is_override: bool = False


@dataclass(frozen=True, slots=True)
class _Said:
    """What a rotation says of an instant; ``turn`` is equal only within one turn."""

    people: tuple[Handle, ...] = ()
    is_override: bool = False
    turn: object = None


_NOBODY = _Said()


def on_call(rotation: Rotation, at: datetime) -> OnCall | None:
    """Who is on call at that instant, past or future, and asked first; None if nobody is."""
    return next(iter(all_on_call(rotation, at)), None)


def all_on_call(rotation: Rotation, at: datetime) -> tuple[OnCall, ...]:
    """Like `on_call`, with those who are on call beside them: only a feed has several."""
    said = _say(rotation, at)
    return tuple(OnCall(one, rotation.name, said.is_override) for one in said.people)


def everyone_on_call(rotations: Iterable[Rotation], at: datetime) -> tuple[OnCall, ...]:
    """Who is on call in each of ``rotations``, in their order, each person once."""
    by_person: dict[Handle, OnCall] = {}
    for rotation in rotations:
        for each in all_on_call(rotation, at):
            by_person.setdefault(each.person, each)
    return tuple(by_person.values())


def shifts(rotation: Rotation, start: datetime, end: datetime) -> tuple[Shift, ...]:
    """What happens from ``start`` until ``end``, without a gap and without an overlap.

    Times when nobody is on call are shifts of None. The first and last are cut to the span.
    """
    edges = [start, *_edges(rotation, start, end), end]
    found: list[tuple[Shift, _Said]] = []
    for left, right in pairwise(edges if start < end else ()):
        said = _say(rotation, left)
        begun = left
        if found and found[-1][1] == said:
            begun = found.pop()[0].start
        person = said.people[0] if said.people else None
        found.append((Shift(begun, right, person, said.is_override, said.people[1:]), said))
    return tuple(shift for shift, _ in found)


def next_shift(rotation: Rotation, at: datetime) -> Shift | None:
    """The next shift that puts somebody else on call than now; None if none does within a year."""
    current = _say(rotation, at).people[:1]
    later = shifts(rotation, at, at + _look_ahead(rotation))
    return next((one for one in later if one.people and one.people[:1] != current), None)


def shift_at(rotation: Rotation, at: datetime) -> tuple[Shift, datetime | None]:
    """The shift that ``at`` falls into, from then on, and when somebody else follows, or nobody.

    The end is None if none is in sight. A person's turns that follow each other are one shift.
    """
    horizon = at + _look_ahead(rotation)
    first, *later = shifts(rotation, at, horizon)
    end = next((one.start for one in later if one.people != first.people), horizon)
    return first, end if end < horizon else None


def _look_ahead(rotation: Rotation) -> timedelta:
    """A span in which everybody has had a turn, or all that a feed is asked for."""
    if rotation.feed:
        return _LOOK_AHEAD
    turns = (one.days * (len(one.people) + 1) for one in (rotation, *rotation.layers))
    return max(min(_LOOK_AHEAD, _ONE_DAY * max(turns)), _ONE_DAY * 14)


def replan(
    known: Sequence[Planned], fresh: Sequence[Planned], now: datetime
) -> tuple[Planned, ...]:
    """``known`` up to ``now`` and ``fresh`` from then on: what was, is not changed any more."""
    past = [Planned(one.start, min(one.end, now), one.people) for one in known if one.start < now]
    coming = [Planned(max(one.start, now), one.end, one.people) for one in fresh if one.end > now]
    return joined([*past, *coming])


def together(shifts_: Sequence[Planned]) -> tuple[Planned, ...]:
    """A plan of shifts that may overlap: whoever is in any of them is on call, the first first."""
    edges = sorted({at for one in shifts_ for at in (one.start, one.end)})
    plan = []
    for left, right in pairwise(edges):
        running = [one for one in shifts_ if one.start <= left < one.end]
        plan.append(
            Planned(left, right, tuple(dict.fromkeys(w for r in running for w in r.people)))
        )
    return joined(plan)


def joined(plan: Iterable[Planned]) -> tuple[Planned, ...]:
    """The same plan in as few pieces as it takes. It is in order, and has no overlaps."""
    found: list[Planned] = []
    for one in plan:
        last = found[-1] if found else None
        if last and last.end == one.start and last.people == one.people:
            found[-1] = Planned(last.start, one.end, one.people)
        elif one.start < one.end and one.people:
            found.append(one)
    return tuple(found)


def gaps(
    rotations: Sequence[Rotation], start: datetime, end: datetime
) -> tuple[tuple[datetime, datetime], ...]:
    """The spans from ``start`` until ``end`` in which none of ``rotations`` has anybody on call."""
    covered = sorted(
        (max(left, start), min(right, end))
        for rotation in rotations
        for left, right in _covered(rotation, start, end)
        if left < end and start < right and left < right
    )
    found: list[tuple[datetime, datetime]] = []
    reached = start
    for left, right in covered:
        if left > reached:
            found.append((reached, left))
        reached = max(reached, right)
    if reached < end:
        found.append((reached, end))
    return tuple(found)


def _covered(
    rotation: Rotation, start: datetime, end: datetime
) -> Iterator[tuple[datetime, datetime]]:
    """Spans that together are the times when somebody is on call; quicker than `shifts`."""
    for override in rotation.overrides:
        yield override.start, override.end
    if rotation.feed:
        yield from ((one.start, one.end) for one in rotation.plan if one.people)
        return
    for layer in rotation.layers:
        yield from _covered(layer, start, end)
    if not rotation.people:
        return
    first = _turn_start(rotation, 0)
    last = wall(rotation.until, rotation.hand_over, rotation.zone) if rotation.until else end
    if rotation.coverage.is_always:
        yield first, last
        return
    day = local_day(max(first, start), rotation.zone) - _ONE_DAY
    ends_on = local_day(min(last, end), rotation.zone)
    while day <= ends_on:
        window = _window(rotation, day)
        if window is not None:
            yield max(window[0], first), min(window[1], last)
        day += _ONE_DAY


def overlaps(
    layers: Sequence[Rotation], start: datetime, end: datetime
) -> tuple[tuple[datetime, datetime, int, int], ...]:
    """The spans in which two of ``layers`` have somebody, and which two; the first one decides."""
    taken = [
        [one for one in shifts(layer, start, end) if one.person is not None] for layer in layers
    ]
    found = [
        (max(one.start, other.start), min(one.end, other.end), first, second)
        for first, second in combinations(range(len(layers)), 2)
        for one in taken[first]
        for other in taken[second]
        if one.start < other.end and other.start < one.end
    ]
    return tuple(sorted(found))


def _say(rotation: Rotation, at: datetime) -> _Said:
    """What the rotation says of that instant."""
    for number, override in reversed(tuple(enumerate(rotation.overrides))):
        if override.start <= at < override.end:
            return _Said((override.person,), is_override=True, turn=("override", number))
    if rotation.feed:
        return _planned(rotation, at)
    for number, layer in enumerate(rotation.layers):
        said = _say(layer, at)
        if said.people:
            return _Said(said.people, said.is_override, ("layer", number, said.turn))
    turn = _turn(rotation, at)
    if turn is None or not _is_covered(rotation, at):
        return _NOBODY
    return _Said((rotation.people[turn % len(rotation.people)],), turn=turn)


def _planned(rotation: Rotation, at: datetime) -> _Said:
    place = bisect_right(rotation.plan, at, key=lambda one: one.start) - 1
    if place < 0 or at >= rotation.plan[place].end:
        return _NOBODY
    return _Said(rotation.plan[place].people, turn=("plan", place))


def _turn(rotation: Rotation, at: datetime) -> int | None:
    """How many turns ended before the one at ``at``; None before the first and after the last."""
    if not rotation.people or at < _turn_start(rotation, 0):
        return None
    if rotation.until and at >= wall(rotation.until, rotation.hand_over, rotation.zone):
        return None
    turn = (local_day(at, rotation.zone) - rotation.start).days // rotation.days
    while _turn_start(rotation, turn) > at:
        turn -= 1
    while _turn_start(rotation, turn + 1) <= at:
        turn += 1
    return turn


def _turn_start(rotation: Rotation, turn: int) -> datetime:
    day = rotation.start + _ONE_DAY * rotation.days * turn
    return wall(day, rotation.hand_over, rotation.zone)


def _is_covered(rotation: Rotation, at: datetime) -> bool:
    if rotation.coverage.is_always:
        return True
    day = local_day(at, rotation.zone)
    windows = (_window(rotation, each) for each in (day - _ONE_DAY, day))
    return any(window is not None and window[0] <= at < window[1] for window in windows)


def _window(rotation: Rotation, day: date) -> tuple[datetime, datetime] | None:
    """The covered span that begins on ``day``."""
    covers, zone = rotation.coverage, rotation.zone
    if day.weekday() not in covers.days:
        return None
    last = day if covers.start < covers.end else day + _ONE_DAY
    return wall(day, covers.start, zone), wall(last, covers.end, zone)


def _edges(rotation: Rotation, start: datetime, end: datetime) -> list[datetime]:
    """Every instant between ``start`` and ``end`` at which the answer may change, in order."""
    return sorted({edge for edge in _all_edges(rotation, start, end) if start < edge < end})


def _all_edges(rotation: Rotation, start: datetime, end: datetime) -> Iterator[datetime]:
    for override in rotation.overrides:
        yield override.start
        yield override.end
    for planned in rotation.plan:
        yield planned.start
        yield planned.end
    for layer in rotation.layers:
        yield from _all_edges(layer, start, end)
    if not rotation.people:
        return
    if rotation.until:
        yield wall(rotation.until, rotation.hand_over, rotation.zone)
    first = local_day(start, rotation.zone) - _ONE_DAY
    last = local_day(end, rotation.zone) + _ONE_DAY
    turn = max((first - rotation.start).days // rotation.days, 0)
    while (day := rotation.start + _ONE_DAY * rotation.days * turn) <= last:
        yield wall(day, rotation.hand_over, rotation.zone)
        turn += 1
    if not rotation.coverage.is_always:
        for number in range((last - first).days + 1):
            yield from _window(rotation, first + _ONE_DAY * number) or ()
