"""Wall clocks and working hours."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.model.workdays import (
    OFFICE,
    WorkingHours,
    into_hours,
    is_working,
    last_working_day,
    next_start,
    say_distance,
    say_moment,
    say_span,
    wall,
    working_day_after,
)

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = st.sampled_from(
    ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Pacific/Apia"]
).map(ZoneInfo)
DAYS = st.dates(date(2010, 1, 1), date(2035, 12, 31))
CLOCKS = st.times().map(lambda clock: clock.replace(second=0, microsecond=0))
MOMENTS = st.integers(0, 315360000).map(
    lambda seconds: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)


def test_a_time_that_is_skipped_in_spring_happens_at_the_first_instant_after_the_gap() -> None:
    assert wall(date(2026, 3, 29), time(2, 30), BERLIN) == datetime(2026, 3, 29, 1, tzinfo=UTC)


def test_a_time_that_happens_twice_in_autumn_counts_the_first_time() -> None:
    assert wall(date(2026, 10, 25), time(2, 30), BERLIN) == datetime(
        2026, 10, 25, 0, 30, tzinfo=UTC
    )


def test_a_day_that_a_country_skipped_begins_where_the_next_one_does() -> None:
    apia = ZoneInfo("Pacific/Apia")

    assert wall(date(2011, 12, 30), time(9), apia) == wall(date(2011, 12, 31), time(0), apia)


@given(day=DAYS, one=CLOCKS, other=CLOCKS, zone=ZONES)
def test_a_later_time_on_the_clock_is_never_an_earlier_instant_unless_it_happens_twice(
    day: date, one: time, other: time, zone: ZoneInfo
) -> None:
    early, late = sorted((one, other))
    first, second = wall(day, early, zone), wall(day, late, zone)

    assert first <= second or first - second < timedelta(hours=1)


@given(day=DAYS, clock=CLOCKS, zone=ZONES)
def test_the_same_time_on_the_next_day_is_never_an_earlier_instant(
    day: date, clock: time, zone: ZoneInfo
) -> None:
    assert wall(day, clock, zone) <= wall(day + timedelta(days=1), clock, zone)


@given(at=MOMENTS, zone=ZONES)
def test_moving_into_working_hours_never_goes_back_and_needs_no_second_move(
    at: datetime, zone: ZoneInfo
) -> None:
    moved = into_hours(at, OFFICE, zone)

    assert moved >= at
    assert is_working(moved, OFFICE, zone)
    assert into_hours(moved, OFFICE, zone) == moved


@given(at=MOMENTS, zone=ZONES)
def test_the_next_start_of_work_is_later_and_at_work(at: datetime, zone: ZoneInfo) -> None:
    start = next_start(at, OFFICE, zone)

    assert start > at
    assert start.astimezone(zone).time() == OFFICE.start
    assert start.astimezone(zone).weekday() in OFFICE.days


def test_people_are_still_there_at_five_sharp() -> None:
    assert is_working(datetime(2026, 11, 20, 16, tzinfo=UTC), OFFICE, BERLIN)
    assert not is_working(datetime(2026, 11, 20, 16, 0, 1, tzinfo=UTC), OFFICE, BERLIN)


def test_three_working_days_after_friday_is_wednesday() -> None:
    assert working_day_after(date(2026, 11, 20), OFFICE, 3) == date(2026, 11, 25)


def test_the_working_day_before_monday_is_friday() -> None:
    assert working_day_after(date(2026, 11, 23), OFFICE, -1) == date(2026, 11, 20)
    assert last_working_day(date(2026, 11, 22), OFFICE) == date(2026, 11, 20)


def test_a_team_that_works_sunday_to_thursday_has_its_own_weekend() -> None:
    hours = WorkingHours(days=frozenset({6, 0, 1, 2, 3}))

    assert working_day_after(date(2026, 11, 19), hours) == date(2026, 11, 22)


@pytest.mark.parametrize(
    "broken", [{"days": frozenset()}, {"start": time(17), "end": time(9)}], ids=["no days", "late"]
)
def test_hours_that_cannot_be_worked_are_refused(broken: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="working hours"):
        WorkingHours(**broken)  # type: ignore[arg-type]  # that is the point


def test_a_moment_is_said_with_its_clock() -> None:
    at = datetime(2026, 11, 27, 16, tzinfo=UTC)

    assert say_moment(at, BERLIN) == "Fri 27 Nov 2026 17:00 CET"
    assert say_moment(at, ZoneInfo("America/Sao_Paulo")) == "Fri 27 Nov 2026 13:00 UTC-03"


@pytest.mark.parametrize(
    ("span", "said"),
    [
        (timedelta(days=9, hours=3), "9 d"),
        (timedelta(hours=23, minutes=59), "23 h"),
        (timedelta(minutes=59, seconds=59), "59 min"),
        (timedelta(seconds=5), "5 s"),
    ],
)
def test_a_span_is_said_in_its_largest_whole_unit(span: timedelta, said: str) -> None:
    assert say_span(span) == said


def test_a_distance_says_its_direction() -> None:
    now = datetime(2026, 11, 18, tzinfo=UTC)

    assert say_distance(now + timedelta(days=2), now) == "in 2 d"
    assert say_distance(now - timedelta(days=2), now) == "2 d ago"
