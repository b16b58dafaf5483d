"""When the budget of a calendar's window runs out, and when it is back."""

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.model.budget import Budget
from incidents.model.calendar_forecast import Rest, back_in, exhausts_in
from incidents.model.objective import NOTHING, Counts

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
THREE_NINES = Fraction(1, 1000)
MICRO = timedelta(microseconds=1)


def month(counts: Counts, days: int, recent: Counts) -> Rest:
    """A 30-day month of which so many days have passed; ``recent`` is the last hour."""
    return Rest(Budget(THREE_NINES, 30 * DAY, counts, Fraction(days, 30)), recent, HOUR)


def spent_after(rest: Rest, passed: timedelta) -> Fraction:
    """What is spent then, counted plainly."""
    hours = Fraction(passed // MICRO, HOUR // MICRO)
    bad = rest.budget.counts.bad + rest.recent.bad * hours
    total = rest.budget.counts.total + rest.recent.total * hours
    part = rest.budget.passed + Fraction(passed // MICRO, rest.budget.window // MICRO)
    return bad / total / rest.budget.share * part


def test_half_spent_in_half_the_month_lasts_until_its_end() -> None:
    rest = month(Counts(359_640, 360), 15, Counts(999, 1))

    assert rest.budget.consumed == Fraction(1, 2)
    assert exhausts_in(rest) == 15 * DAY


def test_a_slower_burn_does_not_run_out_before_the_month_begins_anew() -> None:
    assert exhausts_in(month(Counts(359_641, 359), 15, Counts(999, 1))) is None


def test_at_twice_the_rate_the_other_half_lasts_half_as_long() -> None:
    rest = month(Counts(359_640, 360), 15, Counts(998, 2))

    assert exhausts_in(rest) == 7.5 * DAY


def test_what_is_spent_is_back_when_the_month_begins_anew() -> None:
    rest = month(Counts(719_000, 1000), 29, Counts(999, 1))

    assert rest.budget.is_exhausted
    assert exhausts_in(rest) == timedelta(0)
    assert back_in(rest) == DAY


def test_more_good_traffic_than_before_brings_it_back_sooner() -> None:
    rest = month(Counts(719_000, 800), 29, Counts(100_000, 0))

    found = back_in(rest)

    assert timedelta(0) < found < DAY
    assert spent_after(rest, found) < 1 <= spent_after(rest, found - MICRO)


def test_without_events_nothing_runs_out() -> None:
    rest = month(NOTHING, 1, NOTHING)

    assert exhausts_in(rest) is None
    assert back_in(rest) == timedelta(0)


def test_of_slices_the_whole_month_is_known() -> None:
    # 43 bad minutes of 43,200 may be bad; 10 were, and one in an hour is: 33.2 hours are left.
    spent = Budget(THREE_NINES, 30 * DAY, Counts(90, 10), Fraction(1, 2), whole=43_200)

    assert spent.consumed == Fraction(10_000, 43_200)
    assert exhausts_in(Rest(spent, Counts(59, 1), HOUR)) == 33.2 * HOUR
    assert exhausts_in(Rest(spent, Counts(60, 0), HOUR)) is None
    assert back_in(Rest(replace(spent, counts=Counts(0, 44)), NOTHING, HOUR)) == 15 * DAY


@given(
    good=st.integers(0, 10**6),
    bad=st.integers(1, 10**4),
    days=st.integers(1, 29),
    more=st.tuples(st.integers(0, 10**4), st.integers(0, 100)),
)
def test_it_is_the_first_microsecond_at_which_it_is_spent(
    good: int, bad: int, days: int, more: tuple[int, int]
) -> None:
    rest = month(Counts(good, bad), days, Counts(*more))

    found = exhausts_in(rest)

    if found is None:
        assert spent_after(rest, rest.left * MICRO) < 1
        return
    assert spent_after(rest, found) >= 1
    if found:
        assert spent_after(rest, found - MICRO) < 1


@given(
    good=st.integers(0, 10**5),
    bad=st.integers(1, 10**4),
    days=st.integers(1, 29),
    more=st.tuples(st.integers(0, 10**5), st.integers(0, 100)),
)
def test_until_it_is_back_it_is_spent(
    good: int, bad: int, days: int, more: tuple[int, int]
) -> None:
    rest = month(Counts(good, bad), days, Counts(*more))

    found = back_in(rest)

    if not found:
        assert not rest.budget.is_exhausted
        return
    assert spent_after(rest, found - MICRO) >= 1
    assert found == rest.left * MICRO or spent_after(rest, found) < 1


@pytest.mark.parametrize("passed", [Fraction(1, 30), Fraction(1)])
def test_the_end_of_a_window_is_the_whole_budget(passed: Fraction) -> None:
    budget = Budget(THREE_NINES, 30 * DAY, Counts(999_000, 1000), passed)

    assert budget.consumed == passed
    assert budget.events == 1000 / passed
