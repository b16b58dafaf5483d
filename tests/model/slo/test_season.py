"""Forecasts that know the week: better than a flat one where there is a season."""

from datetime import timedelta

import numpy as np
import pytest

from incidents.model.season import (
    WEEK,
    Hours,
    Window,
    back_in,
    coming,
    exhausts_in,
    measured,
    season_of,
)

HOUR = timedelta(hours=1)
FIRST = 498_000  # the number of some hour


def weeks(count: int, *, noise: float = 0.05, growth: float = 0.0, seed: int = 1) -> Hours:
    """Busy days, quiet nights, quieter weekends; 0.05 % fail."""
    rng = np.random.default_rng(seed)
    hours = np.arange(FIRST, FIRST + count * WEEK)
    daily = 1 + 0.8 * np.sin(2 * np.pi * (hours % 24 - 9) / 24)
    weekly = np.where(hours % WEEK // 24 >= 5, 0.4, 1.0)
    level = 1 + growth * np.arange(len(hours)) / WEEK
    total = np.round(10_000 * daily * weekly * level * rng.normal(1, noise, len(hours)).clip(0.1))
    return Hours(FIRST, total, rng.binomial(total.astype(int), 0.0005).astype(float))


@pytest.mark.parametrize(("growth", "noise"), [(0.0, 0.0), (0.0, 0.1), (0.05, 0.05), (-0.05, 0.2)])
def test_where_there_is_a_season_its_error_is_below_the_flat_one(
    growth: float, noise: float
) -> None:
    found = [measured(weeks(8, growth=growth, noise=noise, seed=seed)) for seed in range(3)]

    for one in found:
        assert one is not None
        print(f"growth {growth:+.0%}, noise {noise:.0%}: {one.seasonal:.1%}, flat {one.flat:.1%}")
        assert one.seasonal < one.flat / 2
        assert one.days == 34


def test_an_outage_and_a_holiday_are_no_habit() -> None:
    usual = weeks(6, noise=0.0)
    hit = Hours(usual.first, usual.total.copy(), usual.bad.copy())
    hit.bad[400:410] = hit.total[400:410]
    hit.total[500:524] = 10

    assert season_of(hit).share == pytest.approx(season_of(usual).share, abs=0.0005)
    assert season_of(hit).total == pytest.approx(season_of(usual).total, rel=0.02)


def test_hours_are_those_of_the_week_whatever_hour_the_history_begins_with() -> None:
    whole = weeks(6, noise=0.0)
    later = Hours(whole.first + 50, whole.total[50:], whole.bad[50:])

    for past in (whole, later):
        expected, _ = season_of(past).expected(past.next, WEEK)
        assert expected == pytest.approx(whole.total[-WEEK:], rel=0.01)


def test_with_an_even_week_it_says_what_the_flat_forecast_says() -> None:
    """The vector of an even past and a burn of 2: 240 hours and not 180."""
    past = Hours(FIRST, np.full(720, 1e6), np.full(720, 500.0))
    window = Window(past.total, past.bad, 0.001)

    found = exhausts_in(window, coming(season_of(past), past.next, window.horizon, 0.002))

    assert found is not None
    assert found / HOUR == pytest.approx(240)


def test_a_burn_that_begins_on_a_friday_night_lasts_over_the_weekend() -> None:
    past = weeks(10, noise=0.0)
    night = next(h for h in range(FIRST + 5 * WEEK, past.next) if h % WEEK == 5 * 24 - 3)
    known = past.until(night - past.first)
    window = Window(known.total[-WEEK * 4 :], known.bad[-WEEK * 4 :], 0.001)
    flat, came = np.full(window.horizon, known.total[-1]), past.total[len(known) :]
    share = 0.02

    seasonal = exhausts_in(window, coming(season_of(known), known.next, window.horizon, share))
    steady = exhausts_in(window, (flat, flat * share))
    truth = exhausts_in(window, (came, came * share))

    assert seasonal is not None
    assert steady is not None
    assert truth is not None
    assert abs(seasonal - truth) < abs(steady - truth) / 5


def test_the_rest_of_the_present_hour_comes_before_anything_leaves() -> None:
    past = Hours(FIRST, np.full(WEEK, 1000.0), np.zeros(WEEK))
    outage = Hours(FIRST, past.total, np.where(np.arange(WEEK) == 0, 500.0, 0.0))
    window = Window(outage.total, outage.bad, 0.001, wait=0.5)
    still = (np.full(WEEK + 1, 1000.0), np.zeros(WEEK + 1))

    found = back_in(window, still)

    # 168 of 500 may fail: two thirds of the bad hour have to leave, after half an hour's wait.
    assert found is not None
    assert found / HOUR == pytest.approx(0.5 + (500 - 168) / 500, abs=0.01)


def test_of_a_calendars_window_nothing_leaves_and_it_ends() -> None:
    window = Window(np.array([1000.0]), np.array([0.0]), 0.1, wait=1.0, ends=9.0)
    total = np.full(20, 1000.0)

    # 10 000 in all of it: 1 000 may fail, at 200 an hour.
    assert exhausts_in(window, (total, total * 0.2)) == 5 * HOUR
    assert exhausts_in(window, (total, total * 0.05)) is None


def test_without_traffic_nothing_is_expected_and_nothing_is_measured() -> None:
    silent = Hours(FIRST, np.zeros(WEEK * 5), np.zeros(WEEK * 5))

    assert season_of(silent).total.sum() == 0
    assert measured(silent) is None
