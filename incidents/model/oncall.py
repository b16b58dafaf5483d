"""Who is on call, at any instant: rotations, hand-over on the wall clock, overrides.

A rotation tiles time from its start on: every instant belongs to exactly one shift, also on the
days when clocks change. A rotation with restricted hours says plainly that nobody is on call.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
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


@dataclass(frozen=True, slots=True)
class Rotation:
    """People who take turns of ``days`` days, handing over at ``hand_over`` in ``zone``.

    The first turn begins on ``start``; without people nobody is ever on call. ``until`` is the
    first day without this rotation. Of several overrides the one written last wins.
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


@dataclass(frozen=True, slots=True)
class Shift:
    """``person`` is on call from ``start`` until ``end`` (exclusive); None means nobody is."""

    start: datetime
    end: datetime
    person: Handle | None
    is_override: bool = False


@dataclass(frozen=True, slots=True)
class OnCall:
    """Somebody is on call, and for which rotation."""

    person: Handle
    rotation: RotationName
    is_override: bool = False


def on_call(rotation: Rotation, at: datetime) -> OnCall | None:
    """Who is on call at that instant, past or future; None if nobody is."""
    person, is_override, _ = _who(rotation, at)
    return None if person is None else OnCall(person, rotation.name, is_override)


def everyone_on_call(rotations: Iterable[Rotation], at: datetime) -> tuple[OnCall, ...]:
    """Who is on call in each of ``rotations``, in their order, each person once."""
    found = (on_call(rotation, at) for rotation in rotations)
    by_person: dict[Handle, OnCall] = {}
    for each in found:
        if each is not None:
            by_person.setdefault(each.person, each)
    return tuple(by_person.values())


def shifts(rotation: Rotation, start: datetime, end: datetime) -> tuple[Shift, ...]:
    """What happens from ``start`` until ``end``, without a gap and without an overlap.

    Times when nobody is on call are shifts of None. The first and last are cut to the span.
    """
    edges = [start, *_edges(rotation, start, end), end]
    found: list[tuple[Shift, object]] = []
    for left, right in pairwise(edges if start < end else ()):
        person, is_override, turn = _who(rotation, left)
        piece = Shift(left, right, person, is_override)
        if found and found[-1][1] == (person, turn):
            whole = Shift(found[-1][0].start, right, person, is_override)
            found[-1] = (whole, (person, turn))
        else:
            found.append((piece, (person, turn)))
    return tuple(shift for shift, _ in found)


def next_shift(rotation: Rotation, at: datetime) -> Shift | None:
    """The next shift that puts somebody else on call than now; None if none does within a year."""
    current, _, _ = _who(rotation, at)
    span = min(_LOOK_AHEAD, _ONE_DAY * rotation.days * (len(rotation.people) + 1))
    later = shifts(rotation, at, at + max(span, _ONE_DAY * 14))
    return next((shift for shift in later if shift.person not in {None, current}), None)


def gaps(
    rotations: Sequence[Rotation], start: datetime, end: datetime
) -> tuple[tuple[datetime, datetime], ...]:
    """The spans from ``start`` until ``end`` in which none of ``rotations`` has anybody on call."""
    covered = sorted(
        (shift.start, shift.end)
        for rotation in rotations
        for shift in shifts(rotation, start, end)
        if shift.person is not None
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


def _who(rotation: Rotation, at: datetime) -> tuple[Handle | None, bool, object]:
    """The person, whether by an override, and something that is equal only within one turn."""
    for number, override in reversed(tuple(enumerate(rotation.overrides))):
        if override.start <= at < override.end:
            return override.person, True, ("override", number)
    turn = _turn(rotation, at)
    if turn is None or not _is_covered(rotation, at):
        return None, False, None
    return rotation.people[turn % len(rotation.people)], False, turn


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
