"""Rotations: who is on call when, on the wall clock."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from incidents.model.oncall import (
    Coverage,
    Handle,
    OnCall,
    Override,
    Rotation,
    RotationName,
    Shift,
    everyone_on_call,
    gaps,
    next_shift,
    on_call,
    shifts,
)

BERLIN = ZoneInfo("Europe/Berlin")
ANA, BO, CHEN = Handle("ana"), Handle("bo"), Handle("chen")
PAYMENTS = RotationName("payments")


def rotation(**changes: object) -> Rotation:
    standard = {
        "name": PAYMENTS,
        "people": (ANA, BO, CHEN),
        "start": date(2026, 1, 5),
        "zone": BERLIN,
        "hand_over": time(10),
    }
    return Rotation(**{**standard, **changes})  # type: ignore[arg-type]


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc, arg-type]


def person_at(of: Rotation, at: datetime) -> str | None:
    found = on_call(of, at)
    return found.person if found else None


def test_people_take_turns_week_by_week_from_monday_at_ten() -> None:
    weekly = rotation()

    assert person_at(weekly, utc(2026, 1, 5, 9)) == "ana"
    assert person_at(weekly, utc(2026, 1, 12, 8, 59, 59)) == "ana"
    assert person_at(weekly, utc(2026, 1, 12, 9)) == "bo"
    assert person_at(weekly, utc(2026, 1, 26, 9)) == "ana"


def test_the_hand_over_stays_at_ten_when_the_clocks_change() -> None:
    weekly = rotation()
    summer_monday = utc(2026, 3, 30, 8)  # 10:00 in Berlin, an hour earlier in UTC than before

    before, after = (person_at(weekly, summer_monday - timedelta(seconds=n)) for n in (1, 0))

    assert (before, after) == ("chen", "ana")


def test_nobody_is_on_call_before_the_rotation_begins_or_after_it_ends() -> None:
    short = rotation(until=date(2026, 2, 2))

    assert on_call(short, utc(2026, 1, 5, 8, 59)) is None
    assert person_at(short, utc(2026, 2, 2, 8, 59)) is not None
    assert on_call(short, utc(2026, 2, 2, 9)) is None


def test_a_rotation_without_people_puts_nobody_on_call() -> None:
    assert on_call(rotation(people=()), utc(2026, 6, 1)) is None


def test_an_override_replaces_whoever_is_next_exactly_for_its_time() -> None:
    christmas = Override(utc(2026, 1, 6), utc(2026, 1, 7), CHEN)
    weekly = rotation(overrides=(christmas,))

    assert person_at(weekly, utc(2026, 1, 5, 23, 59)) == "ana"
    assert on_call(weekly, utc(2026, 1, 6)) == OnCall(CHEN, PAYMENTS, is_override=True)
    assert person_at(weekly, utc(2026, 1, 7)) == "ana"


def test_the_override_written_last_wins() -> None:
    first = Override(utc(2026, 1, 6), utc(2026, 1, 8), CHEN)
    second = Override(utc(2026, 1, 7), utc(2026, 1, 9), BO)

    assert person_at(rotation(overrides=(first, second)), utc(2026, 1, 7, 12)) == "bo"


def test_restricted_hours_may_run_through_midnight() -> None:
    nights = rotation(coverage=Coverage(time(20), time(8), frozenset({4})), days=1)

    assert person_at(nights, utc(2026, 1, 9, 18, 59)) is None
    assert person_at(nights, utc(2026, 1, 9, 19)) is not None  # Friday 20:00
    assert person_at(nights, utc(2026, 1, 10, 6, 59)) is not None  # Saturday 07:59
    assert person_at(nights, utc(2026, 1, 10, 7)) is None
    assert person_at(nights, utc(2026, 1, 10, 20)) is None  # Saturday is not covered


def test_shifts_tell_who_is_on_call_from_when_to_when() -> None:
    found = shifts(rotation(), utc(2026, 1, 10), utc(2026, 1, 20))

    assert found == (
        Shift(utc(2026, 1, 10), utc(2026, 1, 12, 9), ANA),
        Shift(utc(2026, 1, 12, 9), utc(2026, 1, 19, 9), BO),
        Shift(utc(2026, 1, 19, 9), utc(2026, 1, 20), CHEN),
    )


def test_the_next_shift_is_the_next_one_of_somebody_else() -> None:
    found = next_shift(rotation(people=(ANA, ANA, BO)), utc(2026, 1, 6))

    assert found is not None
    assert (found.start, found.person) == (utc(2026, 1, 19, 9), "bo")


def test_who_is_always_on_call_has_no_successor() -> None:
    assert next_shift(rotation(people=(ANA,)), utc(2026, 1, 6)) is None


def test_nobody_is_named_where_nobody_is_on_call() -> None:
    assert everyone_on_call((rotation(people=()),), utc(2026, 1, 6)) == ()
    assert shifts(rotation(), utc(2026, 1, 6), utc(2026, 1, 6)) == ()


def test_somebody_on_call_twice_is_named_once() -> None:
    also = rotation(name=RotationName("also"))

    found = everyone_on_call((rotation(), also), utc(2026, 1, 6))

    assert found == (OnCall(ANA, PAYMENTS),)


def test_two_half_days_leave_no_gap_and_one_leaves_every_night() -> None:
    day = rotation(coverage=Coverage(time(8), time(20)))
    night = rotation(coverage=Coverage(time(20), time(8)))
    start, end = utc(2026, 3, 1), utc(2026, 3, 8)

    assert gaps((day, night), start, end) == ()
    assert len(gaps((day,), start, end)) == 8


EVERYWHERE = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Cairo", "UTC"]
ZONES = st.sampled_from([*EVERYWHERE, "Pacific/Apia", "America/Sao_Paulo"]).map(ZoneInfo)
MOMENTS = st.integers(0, 693792000).map(
    lambda seconds: datetime(2009, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)
OVERRIDES = st.builds(
    lambda start, hours: Override(start, start + timedelta(hours=hours), Handle("zoe")),
    MOMENTS,
    st.integers(1, 2000),
)
CLOCKS = st.builds(time, st.integers(0, 23), st.sampled_from([0, 30]))
ROTATIONS = st.builds(
    Rotation,
    name=st.just(PAYMENTS),
    people=st.lists(st.sampled_from([ANA, BO, CHEN]), min_size=1, max_size=4).map(tuple),
    start=st.dates(date(2008, 1, 1), date(2012, 1, 1)),
    zone=ZONES,
    days=st.integers(1, 20),
    hand_over=CLOCKS,
    coverage=st.sampled_from(
        [Coverage(), Coverage(time(8), time(20)), Coverage(time(22), time(6), frozenset({0, 4, 6}))]
    ),
    overrides=st.lists(OVERRIDES, max_size=3).map(tuple),
)


@given(of=ROTATIONS, start=MOMENTS, days=st.integers(1, 60))
def test_shifts_tile_time_without_a_gap_and_without_an_overlap(
    of: Rotation, start: datetime, days: int
) -> None:
    end = start + timedelta(days=days)

    found = shifts(of, start, end)

    assert (found[0].start, found[-1].end) == (start, end)
    assert all(one.end == other.start for one, other in pairwise(found))
    assert all(shift.start < shift.end for shift in found)


@given(of=ROTATIONS, start=MOMENTS, percent=st.integers(0, 99))
def test_a_shift_names_whoever_is_on_call_at_any_of_its_instants(
    of: Rotation, start: datetime, percent: int
) -> None:
    for shift in shifts(of, start, start + timedelta(days=15)):
        inside = shift.start + (shift.end - shift.start) * percent // 100
        assert person_at(of, inside) == shift.person


@given(of=ROTATIONS, at=MOMENTS.map(lambda at: at + timedelta(days=4 * 365)))
def test_once_begun_a_full_rotation_always_has_somebody(of: Rotation, at: datetime) -> None:
    assert not of.coverage.is_always or on_call(of, at) is not None


LAYERED = st.builds(
    Rotation,
    name=st.just(PAYMENTS),
    people=st.just(()),
    start=st.just(date(2008, 1, 1)),
    zone=ZONES,
    overrides=st.lists(OVERRIDES, max_size=2).map(tuple),
    layers=st.lists(ROTATIONS, min_size=1, max_size=2).map(tuple),
)


@given(
    of=st.lists(ROTATIONS | LAYERED, max_size=3),
    until=st.none() | st.dates(date(2012, 1, 2), date(2014, 1, 1)),
    start=MOMENTS,
    days=st.integers(1, 60),
)
def test_gaps_are_the_times_at_which_no_shift_has_anybody(
    of: list[Rotation], until: date | None, start: datetime, days: int
) -> None:
    end = start + timedelta(days=days)
    ending = [replace(one, until=until) if one.people else one for one in of]

    holes = gaps(ending, start, end)

    told = [shift for one in ending for shift in shifts(one, start, end)]
    for left, right in holes:
        assert all(not s.people or s.end <= left or right <= s.start for s in told)
    edges = {start, end, *(s.start for s in told), *(s.end for s in told)}
    for left, right in pairwise(sorted(edges)):
        is_hole = any(one <= left and right <= other for one, other in holes)
        assert is_hole != any(s.people and s.start <= left and right <= s.end for s in told)
