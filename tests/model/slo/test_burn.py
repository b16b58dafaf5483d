"""Burn rates and the rules over them (published numbers: SRE Workbook chapter 5)."""

from datetime import timedelta
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.model.burn import (
    Loudness,
    Rule,
    burn_rate,
    is_faster,
    judge,
    may_fire,
    rules_for,
)
from incidents.model.objective import Counts

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FIVE_MINUTES, HALF_HOUR = timedelta(minutes=5), timedelta(minutes=30)
THREE_NINES = Fraction(1, 1000)
MONTH = timedelta(days=30)
RULES = rules_for(THREE_NINES, MONTH).apply
WINDOWS = sorted({window for rule in RULES for window in (rule.long, rule.short)})


def burning(rate: float, windows: list[timedelta]) -> dict[timedelta, Counts]:
    bad = int(rate * 1000)
    return {window: Counts(1_000_000 - bad, bad) for window in windows}


@pytest.mark.parametrize(
    ("errors", "rate"),
    [("0.001", 1), ("0.002", 2), ("0.01", 10), ("1", 1000)],
)
def test_the_burn_rate_is_the_error_rate_over_the_budget(errors: str, rate: int) -> None:
    bad = int(Fraction(errors) * 10_000)

    assert burn_rate(Counts(10_000 - bad, bad), THREE_NINES) == rate


def test_without_traffic_there_is_no_burn_rate() -> None:
    assert burn_rate(Counts(0, 0), THREE_NINES) is None


def test_one_failure_in_ten_requests_burns_a_hundredfold() -> None:
    # The Workbook prints 1,000 here; 10 % over 0.1 % is 100.
    assert burn_rate(Counts(9, 1), THREE_NINES) == 100


@pytest.mark.parametrize(
    ("days", "rates"),
    [
        (30, ("14.4", "6", "3", "1")),
        (28, ("13.44", "5.6", "2.8", "1")),  # never below 1, where a kept promise would alert
        (7, ("16.8", "5.6", "2.8", "1")),  # 10, 20 and 40 % of a week's budget (Datadog)
        (90, ("21.6", "10.8", "4.5", "3")),  # 1, 3 and 5 % of a quarter's (Datadog)
        (14, ("6.72", "2.8", "1.4", "1")),
        (89, ("42.72", "17.8", "8.9", Fraction(89, 30))),
    ],
)
def test_the_rates_are_those_published_for_the_window(days: int, rates: tuple[str, ...]) -> None:
    found = rules_for(THREE_NINES, timedelta(days=days)).apply

    assert tuple(rule.rate for rule in found) == tuple(Fraction(rate) for rate in rates)


def test_over_thirty_days_the_rules_spend_two_five_and_ten_percent() -> None:
    assert [rule.spends(MONTH) for rule in RULES] == [
        Fraction(2, 100),
        Fraction(5, 100),
        Fraction(10, 100),
        Fraction(10, 100),
    ]


def test_a_rate_that_no_outage_reaches_is_refused_with_the_reason() -> None:
    rules = rules_for(Fraction(1, 10), MONTH)

    ((rule, why),) = rules.refused
    assert rule.rate == Fraction("14.4")
    assert why == (
        "nothing burns faster than 10 when 10 % may fail, so a rate above 14.4 never happens"
    )
    assert len(rules.apply) == 3


def test_a_rate_of_exactly_the_fastest_burn_is_refused_too() -> None:
    rules = rules_for(Fraction(10, 144), MONTH)

    assert [rule.rate for rule, _ in rules.refused] == [Fraction("14.4")]


def test_a_rule_does_not_look_back_further_than_its_objective() -> None:
    rules = rules_for(THREE_NINES, timedelta(days=2))

    assert [why for _, why in rules.refused] == ["3 d is longer than the objective's own 2 d"]


def test_exactly_the_rate_does_not_fire_and_one_event_more_does() -> None:
    # 14.4 times a thousandth is not 0.0144 in floating point.
    exactly, more = Counts(985_600, 14_400), Counts(985_599, 14_401)

    assert not is_faster(exactly, Fraction("14.4"), THREE_NINES)
    assert is_faster(more, Fraction("14.4"), THREE_NINES)


def test_a_fast_burn_pages() -> None:
    verdict = judge(burning(20, [HOUR, FIVE_MINUTES]), RULES, budget=THREE_NINES)

    assert verdict.loudness is Loudness.PAGE
    assert verdict.because == "burning 20x over 1 h and 20x over 5 min, the limit is 14.4x"


def test_the_governing_burn_is_the_lower_of_the_two_windows() -> None:
    counts = burning(20, [HOUR]) | burning(30, [FIVE_MINUTES])

    assert judge(counts, RULES, budget=THREE_NINES).burn == 20


def test_a_fast_burn_that_has_stopped_stays_quiet() -> None:
    counts = burning(20, [HOUR]) | burning(0, [FIVE_MINUTES])

    assert judge(counts, RULES, budget=THREE_NINES).loudness is Loudness.QUIET


def test_a_burst_too_short_to_matter_stays_quiet() -> None:
    counts = burning(10, [HOUR]) | burning(500, [FIVE_MINUTES])

    assert judge(counts, RULES, budget=THREE_NINES).loudness is Loudness.QUIET


def test_a_slow_burn_is_a_ticket() -> None:
    counts = burning(4, [HOUR, FIVE_MINUTES, 6 * HOUR, HALF_HOUR, DAY, 2 * HOUR])

    assert judge(counts, RULES, budget=THREE_NINES).loudness is Loudness.TICKET


def test_a_window_without_traffic_never_fires() -> None:
    counts = burning(20, [HOUR]) | {FIVE_MINUTES: Counts(0, 0)}

    assert judge(counts, RULES, budget=THREE_NINES).loudness is Loudness.QUIET
    assert judge({}, RULES, budget=THREE_NINES).loudness is Loudness.QUIET


def test_too_few_failures_make_a_page_a_ticket_and_say_so() -> None:
    counts = {HOUR: Counts(8, 2), FIVE_MINUTES: Counts(1, 2)}

    verdict = judge(counts, RULES, budget=THREE_NINES, min_failures=5)

    assert (verdict.loudness, verdict.is_downgraded) == (Loudness.TICKET, True)
    assert verdict.because.endswith("only 2 failures in 1 h, fewer than the 5 that wake somebody")


def test_as_many_failures_as_the_guard_asks_for_do_page() -> None:
    counts = {HOUR: Counts(5, 5), FIVE_MINUTES: Counts(1, 2)}

    assert judge(counts, RULES, budget=THREE_NINES, min_failures=5).loudness is Loudness.PAGE


def test_a_guarded_short_rule_does_not_hide_a_longer_one_that_pages() -> None:
    few, many = Counts(8, 2), Counts(80, 20)
    counts = {HOUR: few, FIVE_MINUTES: few, 6 * HOUR: many, HALF_HOUR: few}

    verdict = judge(counts, RULES, budget=THREE_NINES, min_failures=5)

    assert verdict.loudness is Loudness.PAGE
    assert verdict.rule is not None
    assert verdict.rule.long == 6 * HOUR


@given(rate=st.floats(0, 900), more=st.floats(0, 90))
def test_burning_faster_is_never_quieter(rate: float, more: float) -> None:
    slow = judge(burning(rate, WINDOWS), RULES, budget=THREE_NINES).loudness
    fast = judge(burning(rate + more, WINDOWS), RULES, budget=THREE_NINES).loudness

    assert not slow.is_louder_than(fast)


counts = st.builds(Counts, st.integers(0, 10**12), st.integers(0, 10**9))


@given(
    several=st.lists(st.tuples(counts, counts), min_size=1, max_size=5),
    budget=st.fractions(Fraction(1, 10**6), Fraction(1, 2), max_denominator=10**9),
)
def test_the_fast_look_never_misses_what_the_exact_rule_finds(
    several: list[tuple[Counts, Counts]], budget: Fraction
) -> None:
    rule = Rule(HOUR, FIVE_MINUTES, Fraction("1.44"), Loudness.PAGE)
    bad = {
        HOUR: np.array([long.bad for long, _ in several]),
        FIVE_MINUTES: np.array([short.bad for _, short in several]),
    }
    total = {
        HOUR: np.array([long.total for long, _ in several]),
        FIVE_MINUTES: np.array([short.total for _, short in several]),
    }

    looked_at = may_fire(
        lambda window: (bad[window], total[window]), [rule], np.full(len(several), float(budget))
    )

    for position, (long, short) in enumerate(several):
        verdict = judge({HOUR: long, FIVE_MINUTES: short}, [rule], budget=budget)
        if verdict.loudness is Loudness.PAGE:
            assert position in looked_at
