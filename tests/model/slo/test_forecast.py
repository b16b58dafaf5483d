"""When a budget runs out or comes back: exact, with what leaves the window."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incidents.model.forecast import Course, even, exhausts_in, pace, recovers_in
from incidents.model.objective import Counts, SLOName
from incidents.model.rolling import FINE, Rings

HOUR = timedelta(hours=1)
HOUR_QUARTER = HOUR / 4
HOURS = 720  # 30 days
EACH = 1_000_000  # events in an hour
THREE_NINES = Fraction(1, 1000)
ALLOWED = EACH * HOURS // 1000


def course(bad: dict[int, int], burn: str, every_hour: int = 0) -> Course:
    """30 days of even traffic with ``bad`` events in the named hours, 0 being the oldest."""
    history = [
        Counts(EACH - failed, failed)
        for failed in (bad.get(hour, every_hour) for hour in range(HOURS))
    ]
    return Course(history, HOUR, THREE_NINES, Fraction(EACH), Fraction(burn))


@pytest.mark.parametrize(
    ("rate", "lasts"),
    [
        (1, timedelta(days=30)),
        (2, timedelta(days=15)),
        (10, timedelta(days=3)),
        (1000, timedelta(minutes=43.2)),
    ],
)
def test_an_untouched_budget_lasts_the_window_over_the_burn_rate(
    rate: int, lasts: timedelta
) -> None:
    assert pace(Fraction(rate), timedelta(days=30)) == lasts
    assert exhausts_in(course({}, str(rate))) == lasts


@pytest.mark.parametrize(
    ("days", "hours"), [(28, (48, 96, 336, 672)), (14, (24, 48, 168, 336)), (7, (12, 24, 84, 168))]
)
def test_the_pace_labels_that_pyrra_prints(days: int, hours: tuple[int, ...]) -> None:
    found = [pace(Fraction(rate), timedelta(days=days)) for rate in (14, 7, 2, 1)]

    assert found == [timedelta(hours=hour) for hour in hours]


def test_a_burn_of_35_exhausts_in_twenty_and_a_half_hours() -> None:
    found = pace(Fraction(35), timedelta(days=30))

    assert found is not None
    assert found / HOUR == pytest.approx(20.57, abs=0.005)


def test_what_is_about_to_leave_does_not_count_against_tomorrow() -> None:
    # 90 % were spent 30 days ago. What remains over the rate says 36 h.
    assert exhausts_in(course({0: ALLOWED * 9 // 10}, "2")) == 360 * HOUR


def test_what_was_spent_yesterday_stays_for_the_month() -> None:
    assert exhausts_in(course({HOURS - 24: ALLOWED * 9 // 10}, "2")) == 36 * HOUR


def test_a_steady_past_leaves_while_a_faster_present_comes_in() -> None:
    # What remains over the rate says 180 h.
    assert exhausts_in(course({}, "2", every_hour=500)) == 240 * HOUR


def test_a_burn_below_one_on_a_calm_past_never_exhausts() -> None:
    # What remains over the rate says 400 h.
    assert exhausts_in(course({}, "0.9", every_hour=500)) is None


def test_a_burn_of_exactly_one_exhausts_when_the_window_is_full_of_it() -> None:
    assert exhausts_in(course({}, "1")) == HOURS * HOUR


def test_an_overspent_budget_is_exhausted_now() -> None:
    assert exhausts_in(course({700: ALLOWED}, "0")) == timedelta(0)


def test_a_budget_comes_back_when_the_outage_leaves_the_window() -> None:
    # Everything failed in hours 100 and 101: when the first half has gone, all is well again.
    spent = course({100: ALLOWED * 3 // 4, 101: ALLOWED * 3 // 4}, "0")

    recovers = recovers_in(spent)

    assert recovers is not None
    assert recovers / HOUR == pytest.approx(100 + 2 / 3, abs=0.01)


def test_a_freeze_ends_later_when_more_must_be_back() -> None:
    spent = course({100: ALLOWED * 3 // 4, 101: ALLOWED * 3 // 4}, "0")

    recovers = recovers_in(spent, back_to=Fraction(1, 10))

    assert recovers is not None
    assert recovers / HOUR == pytest.approx(100.8, abs=0.01)


def test_a_budget_that_keeps_burning_never_comes_back() -> None:
    assert recovers_in(course({}, "1.5", every_hour=2000)) is None


def test_a_budget_with_something_left_is_back_already() -> None:
    assert recovers_in(course({}, "1000", every_hour=900)) == timedelta(0)


def test_without_any_traffic_nothing_runs_out_or_has_to_come_back() -> None:
    silent = Course([Counts(0, 0)] * 24, HOUR, THREE_NINES, Fraction(0), Fraction(0))

    assert exhausts_in(silent) is None
    assert recovers_in(silent) == timedelta(0)


def test_when_traffic_stops_the_past_still_leaves() -> None:
    history = [Counts(0, 10), *[Counts(100, 0)] * 23]
    stopped = Course(history, HOUR, THREE_NINES, Fraction(0), Fraction(0))

    recovers = recovers_in(stopped)

    assert recovers is not None
    assert timedelta(minutes=45) < recovers < HOUR


def in_the_hour(bad: dict[int, int], minutes: int) -> Course:
    """So many minutes into the newest of the 720 hours, which has seen no failure yet."""
    whole = course(bad, "0")
    newest = Counts(EACH * minutes // 60, 0)
    return replace(
        whole,
        history=[*whole.history[:-1], newest],
        until_first=HOUR - timedelta(minutes=minutes),
    )


def test_nothing_leaves_before_the_newest_hour_is_full() -> None:
    half = Fraction(1, 2)

    assert recovers_in(course({0: ALLOWED}, "0"), back_to=half) == timedelta(minutes=30)
    assert recovers_in(in_the_hour({0: ALLOWED}, 30), back_to=half) == timedelta(minutes=60)


@pytest.mark.parametrize("minutes", [6, 30, 57])
def test_a_forecast_made_later_in_the_hour_names_the_same_moment(minutes: int) -> None:
    bad = dict.fromkeys(range(300), 4000)

    early, late = recovers_in(in_the_hour(bad, 3)), recovers_in(in_the_hour(bad, minutes))

    assert early is not None
    assert late is not None
    assert early - late == timedelta(minutes=minutes - 3)


def walk(start: Course, steps: int) -> list[tuple[Fraction, Fraction]]:
    """The slow way: bad and total events after each quarter of a bucket."""
    wait = Fraction(start.until_first // HOUR_QUARTER, 4)
    last = len(start.history) - 1
    begins = [wait + place for place in range(last + 1)]
    ends = [place + 1 + (wait if place < last else 0) for place in range(last + 1)]
    found = []
    for step in range(steps + 1):
        now = Fraction(step, 4)
        bad = total = Fraction(0)
        for entry, begin, end in zip(start.history, begins, ends, strict=True):
            stays = 1 - min(max((now - begin) / (end - begin), Fraction(0)), Fraction(1))
            bad += stays * entry.bad
            total += stays * entry.total
        came = start.traffic * now
        found.append((bad + came * start.burn * start.budget, total + came))
    return found


buckets = st.builds(Counts, st.integers(0, 500), st.integers(0, 20))


@given(
    history=st.lists(buckets, min_size=1, max_size=8),
    traffic=st.integers(0, 500),
    burn=st.fractions(0, 30, max_denominator=100),
    quarters=st.integers(0, 3),
)
def test_the_forecast_is_what_following_the_window_step_by_step_shows(
    history: list[Counts], traffic: int, burn: Fraction, quarters: int
) -> None:
    begun = quarters * HOUR_QUARTER
    start = Course(history, HOUR, Fraction(1, 50), Fraction(traffic), burn, until_first=begun)
    found = exhausts_in(start)
    if not any(entry.total for entry in history):
        return

    for step, (bad, total) in enumerate(walk(start, len(history) * 4)):
        at = HOUR * step / 4
        is_spent = bad >= start.budget * total
        if found is None or at < found - timedelta(microseconds=1):
            assert not is_spent
        elif step and abs(at - found) <= timedelta(microseconds=1):
            assert abs(bad - start.budget * total) <= Fraction(1, 10**5)


@settings(max_examples=15, deadline=None)
@given(
    history=st.lists(st.builds(Counts, st.integers(1, 500), st.integers(0, 20)), min_size=96,
                     max_size=96),
    good=st.integers(0, 3),
    bad=st.integers(0, 1),
)  # fmt: skip
def test_what_is_foretold_for_an_hour_is_counted_at_its_end(
    history: list[Counts], good: int, bad: int
) -> None:
    """The rings let an hour go at once, and the forecast evenly: they meet where an hour ends."""
    each = Counts(good * 360, bad * 360)  # in an hour
    burn = Fraction(bad, good + bad) * 50 if good + bad else Fraction(0)
    start = Course(history, HOUR, Fraction(1, 50), Fraction(each.total), burn)
    ahead = 20
    name, began = SLOName("checkout/availability"), datetime(2026, 11, 21, tzinfo=UTC)
    rings = Rings([name], [96 * HOUR], began)
    for hour, counts in enumerate([*history, *[each] * ahead]):
        if hour >= 96:
            rings.advance(began + HOUR * (hour - 95))
        at = began + HOUR * (hour - 96)
        number = np.array([FINE.number(at)], dtype=np.int64)
        amounts = np.array([[counts.good], [counts.bad]], dtype=np.int64)
        rings.add_arrays(np.array([0], dtype=np.int64), number, amounts)

    found = rings.figures(name, [96 * HOUR], history=96 * HOUR).counts[96 * HOUR]

    assert found == sum([*history[ahead:], *[each] * ahead], Counts(0, 0))
    runs_out = exhausts_in(start)
    if runs_out is not None and runs_out <= ahead * HOUR:
        passed = -(-runs_out // HOUR)
        held = sum([*history[passed:], *[each] * passed], Counts(0, 0))
        assert held.bad >= start.budget * held.total


@given(counts=st.builds(Counts, st.integers(0, 10**6), st.integers(0, 10**4)), n=st.integers(1, 99))
def test_spreading_events_loses_none(counts: Counts, n: int) -> None:
    spread = even(counts, n)

    assert len(spread) == n
    assert sum(entry.good for entry in spread) == counts.good
    assert sum(entry.bad for entry in spread) == counts.bad
