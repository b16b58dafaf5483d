"""Layers that follow the sun, and hand-overs on the wall clock, in every kind of zone."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

from hypothesis import given
from hypothesis import strategies as st

from incidents.model.oncall import (
    Coverage,
    Handle,
    Override,
    Rotation,
    RotationName,
    gaps,
    on_call,
    overlaps,
    shift_at,
    shifts,
)

# Half-hour daylight saving; a day that never was (30 December 2011); summer time that pauses for
# Ramadan; a change at midnight; no change at all; the whole list.
AWKWARD = (
    "Australia/Lord_Howe", "Pacific/Apia", "Africa/Casablanca", "America/Sao_Paulo",
    "Asia/Gaza", "Asia/Kathmandu", "Antarctica/Troll", "UTC",
)  # fmt: skip
EVERYWHERE = st.one_of(
    st.sampled_from(AWKWARD),
    st.sampled_from(sorted(available_timezones() - {"Factory", "localtime"})),
).map(ZoneInfo)
DAYS = st.dates(date(2008, 1, 1), date(2028, 1, 1))
CLOCKS = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30, 45]))
MOMENTS = st.datetimes(datetime(2009, 1, 1), datetime(2028, 1, 1)).map(  # noqa: DTZ001
    lambda at: at.replace(tzinfo=UTC)
)
X = RotationName("x")


def people(*names: str) -> tuple[Handle, ...]:
    return tuple(map(Handle, names))


@st.composite
def turns(draw: st.DrawFn, *, always: bool = False) -> Rotation:
    start, end = (time(0), time(0)) if always else (draw(CLOCKS), draw(CLOCKS))
    names = draw(st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, max_size=3))
    begins, zone = draw(DAYS), draw(EVERYWHERE)
    coverage = Coverage(start, end, draw(st.frozensets(st.integers(0, 6), min_size=1)))
    return Rotation(
        X,
        people(*names),
        date(2007, 1, 1) if always else begins,
        zone,
        days=draw(st.integers(1, 15)),
        hand_over=draw(CLOCKS),
        coverage=Coverage() if always else coverage,
    )


def layered(*layers: Rotation, overrides: tuple[Override, ...] = ()) -> Rotation:
    return Rotation(X, (), date(2007, 1, 1), ZoneInfo("UTC"), layers=layers, overrides=overrides)


@given(of=turns(always=True), at=MOMENTS)
def test_hands_over_when_the_clock_on_the_wall_says_so(of: Rotation, at: datetime) -> None:
    """Told without the rule for wall clocks: by what a clock shows just before and just then."""
    for one, other in pairwise(shifts(of, at, at + timedelta(days=40))):
        local = other.start.astimezone(of.zone)
        before = (other.start - timedelta(microseconds=1)).astimezone(of.zone)

        due = local.replace(tzinfo=None, hour=of.hand_over.hour, minute=of.hand_over.minute)
        is_on_time = local.replace(tzinfo=None, fold=0) == due
        was_skipped = local.utcoffset() != before.utcoffset()
        assert is_on_time or was_skipped
        assert one.end == other.start


@given(of=turns(always=True), at=MOMENTS)
def test_every_turn_lasts_its_days_give_or_take_what_the_clocks_take(
    of: Rotation, at: datetime
) -> None:
    found = shifts(of, at, at + timedelta(days=100))[1:-1]

    for one in found:
        lasted = one.end - one.start
        assert abs(lasted - timedelta(days=of.days)) <= timedelta(hours=24)
        days = (one.end.astimezone(of.zone).date() - one.start.astimezone(of.zone).date()).days
        assert abs(days - of.days) <= 1


@given(layers=st.lists(turns(), min_size=1, max_size=3), at=MOMENTS)
def test_the_first_layer_that_has_somebody_decides(layers: list[Rotation], at: datetime) -> None:
    found = on_call(layered(*layers), at)

    expected = next((one for layer in layers if (one := on_call(layer, at))), None)
    assert (found and found.person) == (expected and expected.person)


@given(layers=st.lists(turns(), min_size=1, max_size=3), at=MOMENTS, days=st.integers(1, 20))
def test_layers_tile_time_and_their_gaps_are_when_none_has_anybody(
    layers: list[Rotation], at: datetime, days: int
) -> None:
    end = at + timedelta(days=days)
    whole = layered(*layers)

    found = shifts(whole, at, end)
    holes = gaps([whole], at, end)

    assert (found[0].start, found[-1].end) == (at, end)
    assert all(one.end == other.start for one, other in pairwise(found))
    for begin, finish in holes:
        middle = begin + (finish - begin) / 2
        assert all(on_call(layer, moment) is None for layer in layers for moment in (begin, middle))


@given(layers=st.lists(turns(), min_size=2, max_size=3), at=MOMENTS)
def test_overlaps_are_when_two_layers_have_somebody(layers: list[Rotation], at: datetime) -> None:
    for begin, finish, first, second in overlaps(layers, at, at + timedelta(days=10)):
        for moment in (begin, begin + (finish - begin) / 2):
            assert on_call(layers[first], moment) is not None
            assert on_call(layers[second], moment) is not None


@given(layers=st.lists(turns(), max_size=2), last=turns(always=True), at=MOMENTS)
def test_with_a_layer_for_all_hours_somebody_is_always_on_call(
    layers: list[Rotation], last: Rotation, at: datetime
) -> None:
    assert gaps([layered(*layers, last)], at, at + timedelta(days=20)) == ()


@given(of=turns(), at=MOMENTS, hours=st.integers(1, 100))
def test_an_override_is_on_top_of_every_layer(of: Rotation, at: datetime, hours: int) -> None:
    end = at + timedelta(hours=hours)
    whole = layered(of, overrides=(Override(at, end, Handle("zoe")),))

    (only,) = shifts(whole, at, end)

    assert only.person == "zoe"
    after = on_call(whole, end)
    assert (after and after.person) == ((one := on_call(of, end)) and one.person)


@given(layers=st.lists(turns(), min_size=1, max_size=2), at=MOMENTS)
def test_the_shift_that_is_running_ends_when_somebody_else_follows(
    layers: list[Rotation], at: datetime
) -> None:
    whole = layered(*layers)

    current, until = shift_at(whole, at)

    now = on_call(whole, at)
    assert current.person == (now.person if now else None)
    if until is not None:
        before, after = on_call(whole, until - timedelta(microseconds=1)), on_call(whole, until)
        assert (before and before.person) == (now and now.person)
        assert (after and after.person) != (now and now.person)


def test_the_day_that_apia_skipped_makes_a_short_turn_and_no_gap() -> None:
    apia = Rotation(
        X, people("a", "b", "c"), date(2011, 12, 26), ZoneInfo("Pacific/Apia"), days=1,
        hand_over=time(9),
    )  # fmt: skip
    start, end = datetime(2011, 12, 29, 0, tzinfo=UTC), datetime(2012, 1, 2, tzinfo=UTC)

    found = shifts(apia, start, end)

    assert gaps([apia], start, end) == ()
    assert [(one.start.day, one.start.hour, one.person) for one in found] == [
        (29, 0, "c"),
        (29, 19, "a"),
        (30, 10, "b"),  # nine o'clock of the day that never was is the first instant after it
        (30, 19, "c"),
        (31, 19, "a"),
        (1, 19, "b"),
    ]
