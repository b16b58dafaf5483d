"""Head-room from history: near the truth where history shows it, and silent where it does not."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.model.capacity import capacity_of, isotonic
from incidents.model.season import WEEK, Hours

BUDGET = 0.001


def service(
    bears: float, *, weeks: int = 10, growth: float = 0.0, outages: int = 0, seed: int = 0
) -> Hours:
    """Busy days of about 10 000 an hour, and failures that rise beyond what it ``bears``."""
    rng = np.random.default_rng(seed)
    hours = np.arange(weeks * WEEK)
    level = 10_000 * (1 + growth * hours / WEEK)
    usual = level * (1 + 0.8 * np.sin(2 * np.pi * hours / 24)) * rng.normal(1, 0.12, len(hours))
    total = np.round(usual.clip(100))
    share = 0.0003 + 0.05 * (total / bears - 1).clip(0)
    for at in rng.choice(len(hours), outages, replace=False):
        share[at : at + 3] = 0.3
    return Hours(0, total, rng.binomial(total.astype(int), share.clip(0, 1)).astype(float))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("outages", [0, 12])
def test_the_limit_is_found_within_a_tenth_whatever_else_failed(seed: int, outages: int) -> None:
    bears = 18_000
    breaks = bears * (1 + (BUDGET - 0.0003) / 0.05)

    found = capacity_of(service(bears, outages=outages, seed=seed), BUDGET)

    assert found.limit == pytest.approx(breaks, rel=0.1)
    assert found.measured is not None
    assert found.measured.wrong is not None
    assert found.measured.wrong < 0.12
    assert found.says.startswith(f"bears {found.headroom:.1f}x last week's peak (1")


def test_where_traffic_never_came_near_a_limit_it_says_how_far_it_came() -> None:
    found = capacity_of(service(90_000, outages=9), BUDGET)

    assert found.limit is None
    assert found.says == (
        f"unknown: traffic never came near a limit; seen up to {found.seen:.1f}x the mean"
    )


def test_what_fails_at_any_traffic_has_no_limit_to_tell() -> None:
    usual = service(90_000)
    broken = Hours(0, usual.total, usual.total * 0.01)

    assert capacity_of(broken, BUDGET).says == (
        "unknown: too much fails at any traffic, so load is not what breaks it"
    )


def test_a_growing_peak_is_told_when_it_arrives_and_how_well_peaks_are_foretold() -> None:
    found = capacity_of(service(21_000, weeks=12, growth=0.015), BUDGET)

    assert found.weeks_left is not None
    assert found.growth == pytest.approx(0.015 * 10_000 * 2.1, rel=0.5)
    assert found.measured is not None
    assert found.measured.peak_off is not None
    assert found.measured.peak_off < 0.1


def test_a_short_or_silent_past_tells_nothing() -> None:
    assert capacity_of(service(18_000, weeks=2), BUDGET).says == (
        "unknown: 14 days of history, and it takes 4 weeks"
    )
    silent = Hours(0, np.zeros(5 * WEEK), np.zeros(5 * WEEK))
    assert capacity_of(silent, BUDGET).says == "unknown: there was no traffic"
    nothing = Hours(0, np.zeros(0), np.zeros(0))
    assert capacity_of(nothing, BUDGET).limit is None


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0.1, 10)), min_size=1, max_size=12))
def test_what_is_made_to_rise_rises_and_keeps_its_mean(drawn: list[tuple[float, float]]) -> None:
    values, weights = np.array(drawn).T

    rising = isotonic(values, weights)

    assert (np.diff(rising) >= -1e-12).all()
    assert rising @ weights == pytest.approx(values @ weights)
    if (np.diff(values) > 0).all():
        assert rising == pytest.approx(values)
