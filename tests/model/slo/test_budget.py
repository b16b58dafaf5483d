"""Budgets against published figures (SRE Workbook, AWS, Kibana, slo-generator)."""

from datetime import timedelta
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.model.budget import Budget, cost, newly_cleared, newly_crossed
from incidents.model.objective import Counts

MONTH = timedelta(days=30)
THREE_NINES = Fraction(1, 1000)


def budget(share: str, good: int, bad: int, window: timedelta = MONTH) -> Budget:
    return Budget(Fraction(share), window, Counts(good, bad))


@pytest.mark.parametrize(
    ("share", "allowed"), [("0.03", 109_897), ("0.1", 366_325), ("0.01", 36_632)]
)
def test_allowed_failures_follow_the_traffic(share: str, allowed: int) -> None:
    assert int(budget(share, 3_663_253, 0).events) == allowed


@pytest.mark.parametrize(("bad", "percent"), [(14_066, 12.8), (72_000, 65.5)])
def test_the_share_of_an_incident_is_its_failures_over_the_allowed_ones(
    bad: int, percent: float
) -> None:
    whole = budget("0.03", 3_663_253, 0)

    assert round(float(whole.spent_by(bad)) * 100, 1) == percent


@pytest.mark.parametrize(
    ("share", "minutes_down", "percent"),
    [("0.001", 60, 138.9), ("0.001", 5, 11.57), ("0.1", 60, 1.389)],
)
def test_an_outage_takes_this_much_of_a_month(
    share: str, minutes_down: int, percent: float
) -> None:
    minutes = MONTH // timedelta(minutes=1)

    spent = budget(share, minutes - minutes_down, minutes_down).consumed

    assert float(spent) * 100 == pytest.approx(percent, rel=5e-4)


def test_a_tenth_of_a_percent_for_ten_minutes_takes_next_to_nothing() -> None:
    minutes = MONTH // timedelta(minutes=1)

    spent = budget("0.001", minutes * 1000 - 10, 10).consumed

    assert float(spent) * 100 == pytest.approx(0.0231, abs=5e-5)


@pytest.mark.parametrize(
    ("totals", "bads", "attained", "remaining"),
    [
        (
            (10, 5, 1, 24, 20, 6, 10, 15, 12, 14),
            (1, 1, 1, 0, 5, 2, 3, 6, 1, 5),
            (90, 86, 81, 92, 87, 84, 82, 79, 73, 70),
            (0.5, 0.3, -0.6, 3, 1, -0.6, -1.8, -4.7, -7.5, -8.5),
        )
    ],
)
def test_a_rolling_five_days_as_aws_publishes_it(
    totals: tuple[int, ...],
    bads: tuple[int, ...],
    attained: tuple[int, ...],
    remaining: tuple[float, ...],
) -> None:
    for day in range(len(totals)):
        first = max(day - 4, 0)
        bad, total = sum(bads[first : day + 1]), sum(totals[first : day + 1])

        found = budget("0.15", total - bad, bad, timedelta(days=5))

        assert found.counts.sli is not None
        assert int(found.counts.sli * 100) in {attained[day], attained[day] - 1}
        assert float(found.events_left) == pytest.approx(remaining[day], abs=0.06)


def test_one_minute_periods_as_aws_publishes_them() -> None:
    assert budget("0.01", 43_200 - 130, 130).events_left == 302


def test_half_of_everything_failing_for_twelve_hours() -> None:
    found = budget("0.1", 3556, 3556, timedelta(hours=12))

    assert found.consumed == 5
    assert found.time == timedelta(minutes=72)
    assert found.time_left == timedelta(minutes=-288)
    assert found.time - found.time_left == timedelta(minutes=360)


def test_an_overspent_budget_is_negative_and_not_clamped() -> None:
    found = budget("0.001", 90, 10)

    assert found.consumed == 100
    assert found.remaining == -99
    assert found.is_exhausted


@pytest.mark.parametrize(
    ("share", "expected"),
    [("0.001", timedelta(minutes=43.2)), ("0.00001", timedelta(seconds=25.92))],
)
def test_the_budget_as_time_of_complete_outage(share: str, expected: timedelta) -> None:
    assert budget(share, 1, 0).time == expected


def test_without_traffic_nothing_is_spent_and_nothing_is_exhausted() -> None:
    silent = budget("0.001", 0, 0)

    assert silent.consumed == 0
    assert silent.remaining == 1
    assert not silent.is_exhausted
    assert silent.spent_by(3) == 0


def test_exactly_spent_is_exhausted_and_one_event_less_is_not() -> None:
    assert budget("0.001", 999_000, 1_000).is_exhausted
    assert not budget("0.001", 999_001, 999).is_exhausted


@given(good=st.integers(0, 10**9), bad=st.integers(0, 10**6))
def test_what_is_spent_and_what_is_left_make_the_whole(good: int, bad: int) -> None:
    found = Budget(THREE_NINES, MONTH, Counts(good, bad))

    assert found.consumed + found.remaining == 1
    assert found.events - found.events_left == bad
    assert found.is_exhausted == (good + bad > 0 and found.events_left <= 0)


def test_notices_come_once_and_all_that_were_jumped_over() -> None:
    assert newly_crossed(Fraction("0.24"), ()) == ()
    assert newly_crossed(Fraction("0.25"), ()) == (25,)
    assert newly_crossed(Fraction("0.92"), (25,)) == (50, 75, 90)
    assert newly_crossed(Fraction("1.5"), (25, 50, 75, 90)) == (100,)
    assert newly_crossed(Fraction(3), (25, 50, 75, 90, 100)) == ()


def test_a_budget_that_hovers_around_a_notice_does_not_repeat_it() -> None:
    assert newly_cleared(Fraction("0.49"), (25, 50)) == ()
    assert newly_cleared(Fraction("0.44"), (25, 50)) == (50,)
    assert newly_cleared(Fraction(0), (25, 50)) == (25, 50)


@given(st.lists(st.fractions(0, 2), min_size=2, max_size=30))
def test_a_budget_that_only_falls_announces_each_notice_once(spent: list[Fraction]) -> None:
    announced: list[int] = []
    for _, consumed in pairwise([Fraction(0), *sorted(spent)]):
        announced += newly_crossed(consumed, announced)

    assert announced == sorted(set(announced))


def test_the_cost_of_an_incident_is_its_own_failures() -> None:
    before, after = budget("0.001", 999_500, 500), budget("0.001", 999_300, 700)

    found = cost(before, after, Counts(100, 300))

    assert (found.before, found.after) == (Fraction(1, 2), Fraction(3, 10))
    assert found.spent == Fraction(3, 10)
