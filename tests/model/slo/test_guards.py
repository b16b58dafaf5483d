"""Guards against false pages: published coefficients, and what is usual at this hour."""

from datetime import timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from seasons import nights, season

from incidents.model.burn import Loudness, Rule, judge, rules_for
from incidents.model.guards import (
    as_in_other_weeks,
    too_quiet,
    traffic_weight,
    usual_failures,
)
from incidents.model.objective import NOTHING, Counts

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BUDGET = Fraction(1, 1000)
RULE = rules_for(BUDGET, 28 * DAY).apply[0]
counts = st.builds(Counts, st.integers(0, 10**9), st.integers(0, 10**9))


@pytest.mark.parametrize(
    ("over", "factor"), [(HOUR, 24 * 28), (6 * HOUR, 4 * 28), (DAY, 28), (3 * DAY, Fraction(28, 3))]
)
def test_the_coefficient_is_that_of_the_published_rules(
    over: timedelta, factor: int | Fraction
) -> None:
    """seznam's slo-exporter, four weeks: 1 h times 24 times 28, and so on."""
    assert traffic_weight(Counts(7, 0), over, Counts(100, 0), 28 * DAY) == Fraction(7, 100) * factor


def test_without_traffic_in_the_window_of_the_budget_nothing_is_weighed() -> None:
    assert traffic_weight(Counts(1, 1), HOUR, NOTHING, 28 * DAY) is None
    assert too_quiet(RULE, NOTHING, NOTHING, 28 * DAY, budget=BUDGET) == ""


def test_few_requests_at_night_are_weighed_down() -> None:
    month = Counts(67_200_000, 0)  # 100,000 an hour
    night = Counts(970, 30)

    why = too_quiet(RULE, night, month, 28 * DAY, budget=BUDGET)

    assert why == "traffic is 1 % of the usual, and weighed by it the burn is 0.30x"


def test_an_outage_at_the_usual_traffic_is_not_weighed_down() -> None:
    month = Counts(67_200_000, 0)

    assert too_quiet(RULE, Counts(90_000, 5000), month, 28 * DAY, budget=BUDGET) == ""


@given(lately=counts, whole=counts)
def test_weighing_lowers_only_what_takes_little_of_the_budget(
    lately: Counts, whole: Counts
) -> None:
    """An hour that takes more of the budget than the rule allows is never weighed down."""
    takes_much = lately.bad * 28 * 24 > RULE.rate * BUDGET * whole.total

    assert not (takes_much and too_quiet(RULE, lately, whole, 28 * DAY, budget=BUDGET))


def test_failures_that_every_week_has_at_this_hour_are_usual() -> None:
    weeks = [Counts(600, 60), Counts(580, 58), Counts(610, 64), Counts(620, 61)]

    assert usual_failures(Counts(600, 66), weeks) is not None
    assert usual_failures(Counts(600, 110), weeks) is None


def test_one_outage_in_the_past_does_not_make_the_next_one_usual() -> None:
    weeks = [Counts(0, 600), Counts(598, 2), Counts(597, 3), Counts(598, 2)]

    assert usual_failures(Counts(300, 200), weeks) is None


def test_what_fails_mostly_is_never_usual() -> None:
    weeks = [Counts(100, 900)] * 4

    assert usual_failures(Counts(499, 501), weeks) is None
    assert usual_failures(Counts(500, 500), weeks) is not None


def test_of_two_weeks_nobody_can_tell_what_is_usual() -> None:
    assert usual_failures(Counts(10, 1), [Counts(10, 1), Counts(10, 1), NOTHING, NOTHING]) is None


@given(now=counts, more=st.integers(1, 10**6), weeks=st.lists(counts, max_size=4))
def test_more_failures_are_never_more_usual(now: Counts, more: int, weeks: list[Counts]) -> None:
    worse = Counts(now.good, now.bad + more)

    assert usual_failures(worse, weeks) is None or usual_failures(now, weeks) is not None


def test_a_page_needs_more_failures_than_usual_in_both_windows() -> None:
    def held(ago: timedelta, window: timedelta) -> Counts:
        minutes = window // timedelta(minutes=1)
        return Counts(minutes * 9, minutes if ago else minutes * more[window])

    more = {RULE.short: 8, RULE.long: 2}
    assert as_in_other_weeks(RULE, held) == ""
    more = {RULE.short: 1, RULE.long: 2}
    assert as_in_other_weeks(RULE, held).startswith("about 5 failures in 5 min are usual")
    more = {RULE.short: 8, RULE.long: 1}
    assert as_in_other_weeks(RULE, held).startswith("about 60 failures in 1 h are usual")


def test_a_guard_makes_a_page_a_ticket_and_says_why() -> None:
    burning = {RULE.long: Counts(900, 100), RULE.short: Counts(90, 10)}

    found = judge(burning, [RULE], budget=BUDGET, guard=lambda rule: f"{rule.rate} is usual")

    assert (found.loudness, found.is_downgraded) == (Loudness.TICKET, True)
    assert found.because.endswith("; 336/25 is usual")


def test_a_rule_may_fire_at_its_rate_itself() -> None:
    exactly = Counts(986_560, 13_440)
    above = {RULE.long: exactly, RULE.short: exactly}
    at = Rule(RULE.long, RULE.short, RULE.rate, Loudness.PAGE, at_rate=True)

    assert judge(above, [RULE], budget=BUDGET).loudness is Loudness.QUIET
    assert judge(above, [at], budget=BUDGET).loudness is Loudness.PAGE


def test_on_generated_seasons_it_wakes_hardly_anybody_in_vain_and_misses_no_outage() -> None:
    """`benchmarks/bench_seasons.py` measures more of them."""
    some = [season(seed) for seed in range(4)]

    before, after = (nights(some, guarded=guarded) for guarded in (False, True))

    assert before.rate > 5
    assert after.rate < before.rate / 20
    assert (before.missed, after.missed) == (0, 0)
    assert after.delay <= before.delay + timedelta(minutes=5)
