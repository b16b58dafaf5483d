"""Daily things happen once per local day in every time zone, also when clocks change (F45)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

import pytest

from incidents.model.ids import ActionNumber
from incidents.model.oncall import Handle, Rotation, RotationName, shifts
from incidents.model.reminders import Chasing, Owner, ReminderKind, occurrences
from incidents.model.workdays import WorkingHours, local_day, wall

START, YEARS = datetime(2026, 11, 21, tzinfo=UTC), 5
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
STEP = timedelta(days=5)  # no zone changes its mind within it
NEAR = range(-2, 3)  # days around a change
USUAL = time(9)


@dataclass(frozen=True)
class Jump:
    """The clocks of ``zone`` jump ``at`` an instant."""

    zone: ZoneInfo
    at: datetime

    @property
    def edges(self) -> tuple[datetime, datetime]:
        """What the clocks show in the last minute before, and at the first instant after."""
        return (self.at - MINUTE).astimezone(self.zone), self.at.astimezone(self.zone)

    @property
    def days(self) -> tuple[date, ...]:
        """The local days around it."""
        day = self.edges[1].date()
        return tuple(day + DAY * each for each in NEAR)

    @property
    def clocks(self) -> tuple[time, ...]:
        """Times of day that are there twice or not at all then, those beside them, and a usual."""
        before, after = (edge.replace(tzinfo=None) for edge in self.edges)
        low, high = sorted((before + MINUTE, after))
        moments = (low - MINUTE, low, low + (high - low) / 2, high - MINUTE, high)
        return (*dict.fromkeys(each.time().replace(second=0) for each in moments), USUAL)


def jumps(zone: ZoneInfo) -> Iterator[Jump]:
    at, end = START, START + timedelta(days=366 * YEARS)
    while at < end:
        if offset(at, zone) != offset(at + STEP, zone):
            yield Jump(zone, first_after(at, at + STEP, zone))
        at += STEP


def first_after(low: datetime, high: datetime, zone: ZoneInfo) -> datetime:
    """The first minute with the new offset."""
    before = offset(low, zone)
    while high - low > MINUTE:
        middle = low + MINUTE * ((high - low) // MINUTE // 2)
        low, high = (middle, high) if offset(middle, zone) == before else (low, middle)
    return high


def offset(at: datetime, zone: ZoneInfo) -> timedelta | None:
    return at.astimezone(zone).utcoffset()


@cache
def every_zone() -> tuple[Jump, ...]:
    """Every change of every zone."""
    return tuple(each for name in sorted(available_timezones()) for each in jumps(ZoneInfo(name)))


@cache
def every_kind_of_change() -> tuple[Jump, ...]:
    """Every change at another instant or to other clocks: zones differ mostly in their names."""
    found = {(each.at, *(edge.replace(tzinfo=None) for edge in each.edges)): each
             for each in every_zone()}  # fmt: skip
    return tuple(found.values())


def first_minute(day: date, clock: time, jump: Jump) -> datetime:
    """By looking at one minute after the other: the first at which clocks show it, or later.

    That is on the next day if the last hour of the day is left out, as in Nuuk every spring.
    """
    wanted = datetime.combine(day, clock)
    offsets = [edge.utcoffset() or timedelta() for edge in jump.edges]
    at = datetime.combine(day, clock, UTC) - max(offsets) - timedelta(hours=1)
    while True:
        if at.astimezone(jump.zone).replace(tzinfo=None) >= wanted:
            return at
        at += MINUTE


SIZES = pytest.mark.parametrize(
    "changes", [every_kind_of_change, pytest.param(every_zone, marks=pytest.mark.slow)]
)
Changes = Callable[[], tuple[Jump, ...]]


@SIZES
def test_a_time_of_day_happens_once_a_day_after_a_gap_and_before_a_repetition(
    changes: Changes,
) -> None:
    for jump in changes():
        for clock in jump.clocks:
            found = [wall(day, clock, jump.zone) for day in jump.days]

            assert found == [first_minute(day, clock, jump) for day in jump.days], jump
            assert all(
                local_day(at, jump.zone) == day or at == jump.at
                for at, day in zip(found, jump.days, strict=True)
            ), jump


@SIZES
def test_a_daily_reminder_fires_once_on_every_local_day(changes: Changes) -> None:
    for jump in changes():
        for clock in jump.clocks:
            if clock == time.max.replace(second=0, microsecond=0):
                continue  # nobody's work begins in the last minute of the day
            hours = WorkingHours(clock, time(23, 59), frozenset(range(7)))
            due_at = wall(jump.days[0], clock, jump.zone)
            plan = occurrences(
                ActionNumber(1),
                due_at,
                Owner(jump.zone, hours),
                since=due_at - DAY,
                chasing=Chasing(0, len(jump.days) - 1),
            )

            daily = [each.at for each in plan if each.kind is not ReminderKind.ESCALATION]
            assert daily == [first_minute(day, clock, jump) for day in jump.days], (jump, clock)
            assert len({each.key for each in plan}) == len(plan)


def test_a_daily_rotation_hands_over_once_on_every_local_day() -> None:
    people = (Handle("ana"), Handle("bo"))
    for jump in every_kind_of_change():
        for clock in jump.clocks:
            turns = [first_minute(day, clock, jump) for day in jump.days]
            name = RotationName("daily")
            rotation = Rotation(name, people, jump.days[0], jump.zone, days=1, hand_over=clock)

            found = shifts(rotation, turns[0], turns[-1])

            assert [each.start for each in found] == turns[:-1], (jump, clock)
            assert [each.end for each in found] == turns[1:], (jump, clock)
            assert [each.person for each in found] == ["ana", "bo", "ana", "bo"], (jump, clock)


def test_all_the_zones_and_kinds_of_changes_there_are_were_looked_at() -> None:
    changing = {str(jump.zone) for jump in every_zone()}

    assert len(available_timezones()) > 590
    assert {"Europe/Berlin", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Beirut"} <= changing
