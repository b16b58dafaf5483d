"""Published figures, each by the name of where it was published; exact wherever they are.

Those that need a story of their own stand beside the rule they belong to: burn rates and thresholds
in ``test_burn``, allowed events in ``test_budget``, what leaves a window in ``test_forecast``,
minutes at which an alert fires and clears in ``test_rolling``.
"""

from datetime import timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.model.budget import Budget
from incidents.model.burn import (
    Loudness,
    Rule,
    burn_rate,
    is_faster,
    judge,
    rate_spending,
    rules_for,
)
from incidents.model.composite import serial, spent_together
from incidents.model.episode import alarm
from incidents.model.forecast import Course, exhausts_in, pace, recovers_in
from incidents.model.ids import ServiceName
from incidents.model.objective import Counts, Objective, SLOName, percent
from incidents.model.slices import completed, judged
from incidents.model.slicing import Slicing

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
WEEK, MONTH = timedelta(weeks=1), timedelta(days=30)
THREE_NINES = Fraction(1, 1000)
EVERYTHING = Fraction(1)


def rule(long: timedelta, rate: str) -> Rule:
    return Rule(long, long / 12, Fraction(rate), Loudness.PAGE)


# Remaining budget: three products write it three ways.


@given(good=st.integers(0, 10**9), bad=st.integers(0, 10**9), nines=st.integers(1, 6))
def test_what_remains_is_the_same_as_sloth_pyrra_and_datadog_compute_it(
    good: int, bad: int, nines: int
) -> None:
    share = Fraction(1, 10**nines)
    target, found = 1 - share, Budget(share, MONTH, Counts(good, bad))
    if not found.counts.total:
        return

    errors = Fraction(bad, good + bad)

    assert found.remaining == 1 - errors / share  # sloth: one less the burn rate of the period
    assert found.remaining == (share - errors) / share  # Pyrra
    assert found.remaining == (100 * (1 - errors) - 100 * target) / (100 - 100 * target)  # Datadog
    assert burn_rate(found.counts, share) == found.consumed


# Comparison: strict, and never after rounding.


@pytest.mark.parametrize(
    ("bad", "fires"),
    [
        pytest.param(1440, False, id="14.40 is not above 14.4"),
        pytest.param(1441, True, id="14.41 is, though it rounds to 14.4"),
        pytest.param(1444, True, id="14.44 is: slo-generator rounds it to 14.4 and stays quiet"),
    ],
)
def test_a_burn_rate_is_not_rounded_before_it_is_compared(bad: int, *, fires: bool) -> None:
    assert is_faster(Counts(100_000 - bad, bad), Fraction("14.4"), THREE_NINES) is fires


@pytest.mark.parametrize(("target", "fastest"), [("0.9", 10), ("0.99", 100), ("0.999", 1000)])
def test_nothing_burns_faster_than_everything_failing(target: str, fastest: int) -> None:
    assert burn_rate(Counts(0, 7), 1 - Fraction(target)) == fastest


def test_an_sli_is_not_rounded() -> None:
    # slo-generator and Kibana keep six digits: one failure in ten million is none.
    found = Counts(9_999_999, 1).sli

    assert found == Fraction(9_999_999, 10_000_000)
    assert round(float(found), 6) == 1


def test_no_data_is_no_number() -> None:
    # Kibana and slo-generator write -1, and slo-generator then reckons with it; Pyrra shows 100 %.
    silent = Counts(0, 0)

    assert silent.sli is None
    assert burn_rate(silent, THREE_NINES) is None
    assert not is_faster(silent, Fraction(0), THREE_NINES)


def test_a_mean_of_ratios_is_not_the_ratio_of_sums() -> None:
    # sloth's 30-day rule is by default a mean of ratios: an hour at night weighs like one at noon.
    night, noon = Counts(5, 5), Counts(99_990, 0)

    by_events = Budget(THREE_NINES, MONTH, night + noon)
    hours = Slicing(HOUR, None)
    by_slices = Budget(THREE_NINES, MONTH, judged(hours, night) + judged(hours, noon))

    assert by_events.consumed == Fraction(1, 20)
    assert by_slices.consumed == 250


# Rates from the share of the budget they spend, and back.


@pytest.mark.parametrize(
    ("window", "over", "share", "rate"),
    [
        pytest.param(30 * DAY, HOUR, "0.02", "14.4", id="SRE Workbook, 1 h"),
        pytest.param(30 * DAY, 6 * HOUR, "0.05", "6", id="SRE Workbook, 6 h"),
        pytest.param(30 * DAY, DAY, "0.1", "3", id="SRE Workbook, 24 h"),
        pytest.param(30 * DAY, 3 * DAY, "0.1", "1", id="SRE Workbook, 3 d"),
        pytest.param(28 * DAY, HOUR, "0.02", "13.44", id="sloth 28 d, 1 h; seznam"),
        pytest.param(28 * DAY, 6 * HOUR, "0.05", "5.6", id="sloth 28 d, 6 h"),
        pytest.param(28 * DAY, DAY, "0.1", "2.8", id="sloth 28 d, 1 d"),
        pytest.param(28 * DAY, 3 * DAY, "0.1", "14/15", id="sloth 28 d, 3 d"),
        pytest.param(7 * DAY, HOUR, "0.08", "13.44", id="sloth 7 d, 1 h"),
        pytest.param(7 * DAY, 6 * HOUR, "0.125", "3.5", id="sloth 7 d, 6 h"),
        pytest.param(7 * DAY, DAY, "0.2", "1.4", id="sloth 7 d, 1 d"),
        pytest.param(7 * DAY, 3 * DAY, "0.42", "0.98", id="sloth 7 d, 3 d"),
        pytest.param(7 * DAY, HOUR, "0.1", "16.8", id="Datadog 7 d, 1 h"),
        pytest.param(7 * DAY, 6 * HOUR, "0.2", "5.6", id="Datadog 7 d, 6 h"),
        pytest.param(7 * DAY, DAY, "0.4", "2.8", id="Datadog 7 d, 1 d"),
        pytest.param(90 * DAY, HOUR, "0.01", "21.6", id="Datadog 90 d, 1 h"),
        pytest.param(90 * DAY, 6 * HOUR, "0.03", "10.8", id="Datadog 90 d, 6 h"),
        pytest.param(90 * DAY, DAY, "0.05", "4.5", id="Datadog 90 d, 1 d"),
        pytest.param(28 * DAY, HOUR, "1", "672", id="seznam's coefficient, 1 h"),
        pytest.param(28 * DAY, 6 * HOUR, "1", "112", id="seznam's coefficient, 6 h"),
        pytest.param(28 * DAY, DAY, "1", "28", id="seznam's coefficient, 1 d"),
        pytest.param(28 * DAY, 3 * DAY, "1", "28/3", id="seznam's coefficient, 3 d"),
    ],
)
def test_a_share_of_the_budget_in_a_time_is_a_rate(
    window: timedelta, over: timedelta, share: str, rate: str
) -> None:
    assert rate_spending(Fraction(share), over, window) == Fraction(rate)
    assert rule(over, rate).spends(window) == Fraction(share)


@pytest.mark.parametrize(
    ("rate", "hours", "share"),
    [("14", 1, "1/48"), ("7", 6, "1/16"), ("2", 24, "1/14"), ("1", 96, "1/7")],
)
def test_pyrra_s_rates_stay_the_same_because_its_windows_shrink(
    rate: str, hours: int, share: str
) -> None:
    # 14, 7, 2 and 1 over 1 h, 6 h, 1 d and 4 d of 28 days, and over as much less of a shorter one.
    for days in (28, 14, 7):
        over = timedelta(hours=hours) * days / 28

        assert rule(over, rate).spends(timedelta(days=days)) == Fraction(share)
        assert rate_spending(Fraction(share), over, timedelta(days=days)) == Fraction(rate)


def test_each_short_window_is_a_twelfth_of_its_long_one() -> None:
    assert {one.long / one.short for one in rules_for(THREE_NINES, MONTH).apply} == {12}


def test_errors_that_pass_every_rule_are_one_alert_the_loudest() -> None:
    # SRE Workbook: 10 % of errors for five minutes trip each of the rules over clean windows too.
    rules = rules_for(THREE_NINES, MONTH)
    counts = dict.fromkeys(rules.windows, Counts(90, 10))

    verdict = judge(counts, rules.apply, budget=THREE_NINES)

    assert verdict.loudness is Loudness.PAGE
    assert verdict.rule == rules.apply[0]


def test_the_lower_of_two_burn_rates_is_the_one_that_counts() -> None:
    # OpenObserve: target 35 %, 35.85 % good over the long window and 57.46 % over the short one.
    share = 1 - Fraction("0.35")
    long, short = Counts(3585, 6415), Counts(5746, 4254)
    warn, critical = Fraction("0.8"), Fraction("1.2")

    rates = burn_rate(long, share), burn_rate(short, share)

    assert [round(float(rate), 3) for rate in rates if rate] == [0.987, 0.654]
    for limit in (warn, critical):
        only = Rule(HOUR, 5 * MINUTE, limit, Loudness.TICKET)
        verdict = judge({HOUR: long, 5 * MINUTE: short}, [only], budget=share)
        assert verdict.loudness is Loudness.QUIET


# How long a rule needs to find out, and to forget.


@pytest.mark.parametrize(
    ("long", "rate", "errors", "seconds"),
    [
        pytest.param(10 * MINUTE, "1", "1", "0.6", id="SRE Workbook, table 5-1: 10 min window"),
        pytest.param(36 * HOUR, "1", "1", "129.6", id="SRE Workbook, table 5-2: 36 h window"),
        pytest.param(HOUR, "36", "1", "129.6", id="SRE Workbook, table 5-5: 36x over 1 h"),
        pytest.param(HOUR, "14.4", "1", "51.84", id="14.4x over 1 h, everything fails"),
        pytest.param(HOUR, "14.4", "0.15", "345.6", id="SRE Workbook, figure 5-6: 15 % fail"),
    ],
)
def test_errors_at_a_constant_ratio_are_found_after(
    long: timedelta, rate: str, errors: str, seconds: str
) -> None:
    found = rule(long, rate).finds_in(Fraction(errors), THREE_NINES)

    assert found == timedelta(microseconds=int(Fraction(seconds) * 10**6))


def test_one_long_window_forgets_after_58_minutes() -> None:
    # SRE Workbook, table 5-5.
    found = rule(HOUR, "36").forgets_in(EVERYTHING, THREE_NINES)

    assert found == timedelta(seconds=3470.4)
    assert round(found / MINUTE) == 58


@pytest.mark.parametrize("errors", ["0.0144", "0.001", "0"])
def test_errors_up_to_the_rate_are_never_found(errors: str) -> None:
    slow = rule(HOUR, "14.4")

    assert slow.finds_in(Fraction(errors), THREE_NINES) is None
    assert slow.forgets_in(Fraction(errors), THREE_NINES) is None


@pytest.mark.parametrize(
    ("target", "long", "pending", "minutes"),
    [
        pytest.param("0.99", HOUR, 2, 10, id="99 % over 28 d"),
        pytest.param("0.999", HOUR, 2, 3, id="99.9 % over 28 d"),
        pytest.param("0.995", HOUR, 2, 6, id="99.5 % over 28 d"),
        pytest.param("0.995", HOUR / 4, 1, 2, id="99.5 % over 7 d"),
        pytest.param("0.99", HOUR / 2, 1, 5, id="99 % over 14 d"),
    ],
)
def test_metrics_that_are_gone_are_waited_for_as_long_as_pyrra_waits(
    target: str, long: timedelta, pending: int, minutes: int
) -> None:
    # Its `absent` alert waits until a total outage would have been found, and a little more. Ours
    # freezes instead (see `coverage.freeze`); that the times agree checks the formula.
    found = rule(long, "14").finds_in(EVERYTHING, 1 - Fraction(target))

    assert found is not None
    assert round(found / MINUTE) + pending == minutes


# Budgets of events, of time, of slices.


@pytest.mark.parametrize(
    ("target", "down", "spent"),
    [
        pytest.param("0.999", 60, Fraction(25, 18), id="table 5-3: 1 h down is 138.9 %"),
        pytest.param("0.999", 5, Fraction(25, 216), id="figure 5-3: 5 min down is 11.57 %"),
        pytest.param("0.9", 60, Fraction(1, 72), id="extreme goals: 1 h down is 1.389 %"),
        pytest.param("0.999", 1, Fraction(5, 216), id="1 min down is 2.315 %"),
    ],
)
def test_minutes_of_complete_outage_take_exactly_this_much_of_a_month(
    target: str, down: int, spent: Fraction
) -> None:
    minutes = MONTH // MINUTE

    assert Budget(1 - Fraction(target), MONTH, Counts(minutes - down, down)).consumed == spent


def test_a_tenth_of_a_percent_for_ten_minutes_takes_one_part_in_4320() -> None:
    # SRE Workbook, table 5-1: 0.0231 %.
    found = Budget(THREE_NINES, MONTH, Counts(43_200 * 1000 - 10, 10))

    assert found.consumed == Fraction(1, 4320)
    assert percent(found.consumed, digits=4) == "0.0231 %"


@pytest.mark.parametrize(
    ("target", "rate", "lasts"),
    [
        pytest.param("0.99999", 100_000, timedelta(seconds=25.92), id="five nines, all fails"),
        pytest.param("0.99999", 1000, timedelta(minutes=43.2), id="five nines, 1 % fails"),
    ],
)
def test_at_extreme_goals_a_month_is_gone_in(target: str, rate: int, lasts: timedelta) -> None:
    assert 1 / (1 - Fraction(target)) >= rate
    assert pace(Fraction(rate), MONTH) == lasts


def test_ten_requests_an_hour_may_fail_seven_times_a_month() -> None:
    # SRE Workbook, low traffic: 7.2 failures, so one of them is 13.9 % of the budget.
    found = Budget(THREE_NINES, MONTH, Counts(10 * 720, 0))

    assert found.events == Fraction("7.2")
    assert found.spent_by(1) == Fraction(5, 36)
    assert percent(found.spent_by(1)) == "13.9 %"


def test_nine_events_are_too_few_to_wake_anybody() -> None:
    # slo-generator refuses to report on 5 good and 4 bad events; ours tells the owner.
    few = Counts(5, 4)
    rules = rules_for(THREE_NINES, MONTH)
    promise = Objective(
        slo=SLOName("a/b"), service=ServiceName("a"), target=Fraction("0.999"), window=MONTH
    )

    verdict = judge(
        dict.fromkeys(rules.windows, few),
        rules.apply,
        budget=THREE_NINES,
        min_failures=promise.min_failures,
    )
    found = alarm(promise, 1, verdict, Budget(THREE_NINES, MONTH, few), ())

    assert (verdict.loudness, verdict.is_downgraded) == (Loudness.TICKET, True)
    assert (found.loudness, found.crossed) == (Loudness.TICKET, ())


def slices(expected: int, bad: int) -> Counts:
    """A time slice is an event: good or bad as a whole."""
    return Counts(expected - bad, bad)


def test_two_weeks_of_one_minute_slices_as_openslo_publishes_them() -> None:
    found = Budget(Fraction("0.05"), 2 * WEEK, slices(20_160, 0))

    assert found.events == 1008
    assert found.time == timedelta(hours=16, minutes=48)


def test_a_mean_of_slice_ratios_is_spent_after_822_and_six_sevenths_slices() -> None:
    # OpenSLO: 99 % as a rule, 1 % under attack, target 95 %. It prints 13 h 45 for this.
    usual = [Counts(99, 1)] * 20_160
    attacked = Course(
        usual, MINUTE, Fraction("0.05"), Fraction(100), Fraction("0.99") / Fraction("0.05")
    )

    found = exhausts_in(attacked)

    assert found == timedelta(microseconds=round(Fraction(822 * 7 + 6, 7) * 60_000_000))
    assert str(found).startswith("13:42:51")


def test_one_bad_slice_of_five_minutes_is_half_of_three_nines_over_a_week() -> None:
    # OpenObserve.
    found = Budget(THREE_NINES, WEEK, slices(2016, 1))

    assert found.consumed == Fraction(125, 252)
    assert percent(found.consumed) == "49.6 %"


def test_slices_that_were_not_measured_count_as_good_at_kibana() -> None:
    # 90 of 100 measured slices of 10 minutes are good; the week has 1008.
    ten_minutes = Slicing(10 * MINUTE, Fraction("0.95"), is_silence_good=True)
    week = completed(ten_minutes, slices(100, 100 - 90), WEEK // ten_minutes.length)
    found = Budget(Fraction("0.05"), WEEK, week)

    assert found.counts == slices(1008, 10)
    assert found.counts.sli == Fraction(499, 504)
    assert float(Fraction(499, 504)) == pytest.approx(0.990079, abs=5e-7)
    assert float(found.consumed) == pytest.approx(0.19842, abs=1e-5)  # from the rounded SLI


@pytest.mark.parametrize(
    ("counted", "errors"),
    [
        pytest.param(slices(6 * 1440, 60), "0.694 %", id="an excluded day is dropped"),
        pytest.param(slices(7 * 1440, 60), "0.595 %", id="an excluded day counts as good"),
    ],
)
def test_an_hour_down_in_a_week_with_a_day_excluded_as_datadog_publishes_it(
    counted: Counts, errors: str
) -> None:
    assert counted.sli is not None
    assert percent(1 - counted.sli, digits=3) == errors


def test_a_window_without_anything_left_to_count_has_spent_nothing() -> None:
    # AWS shows 100 % for a window that is excluded as a whole; seznam takes nothing of nothing
    # for nothing.
    assert Budget(THREE_NINES, MONTH, slices(0, 0)).consumed == 0


# When it runs out: what is left over the rate against what the window really does.

ALLOWED = 720_000  # of a million events in each hour of 30 days
OUTAGE = {99: ALLOWED, 100: ALLOWED}  # twice the budget, early in the month


def month(bad: dict[int, int], *, usual: int = 0, burn: str) -> Course:
    """``bad`` failures in the named hours, 0 being the oldest, and ``usual`` in all others."""
    failed = [bad.get(hour, usual) for hour in range(720)]
    history = [Counts(1_000_000 - each, each) for each in failed]
    return Course(history, HOUR, THREE_NINES, Fraction(1_000_000), Fraction(burn))


@pytest.mark.parametrize(
    ("course", "naive", "exact"),
    [
        pytest.param(month({}, burn="1"), 720, 720, id="untouched, 1x"),
        pytest.param(month({}, burn="2"), 360, 360, id="untouched, 2x"),
        pytest.param(month({0: ALLOWED * 9 // 10}, burn="2"), 36, 360, id="90 % spent 30 days ago"),
        pytest.param(month({696: ALLOWED * 9 // 10}, burn="2"), 36, 36, id="90 % spent yesterday"),
        pytest.param(month({}, usual=500, burn="2"), 180, 240, id="a steady 0.5x, then 2x"),
        pytest.param(month({}, usual=500, burn="0.9"), 400, None, id="a steady 0.5x, then 0.9x"),
    ],
)
def test_a_budget_runs_out_when_the_window_says_so(
    course: Course, naive: int, exact: int | None
) -> None:
    spent = sum(entry.bad for entry in course.history)
    left = Budget(THREE_NINES, MONTH, Counts(720_000_000 - spent, spent)).remaining
    whole = pace(course.burn, MONTH)

    assert whole is not None
    assert whole * float(left) == naive * HOUR
    assert exhausts_in(course) == (None if exact is None else exact * HOUR)


@pytest.mark.parametrize(
    ("course", "back_to", "hours"),
    [
        pytest.param(month(OUTAGE, burn="0"), "0", "100", id="half of the outage has left"),
        pytest.param(month(OUTAGE, burn="0"), "0.1", "100.1", id="10 % are back"),
        pytest.param(month(OUTAGE, burn="0.5"), "0", "100.07", id="burning 0.5x meanwhile"),
        pytest.param(month(OUTAGE, burn="1"), "0", "100.14", id="burning 1x meanwhile"),
        pytest.param(month(OUTAGE, burn="10"), "0", None, id="burning 10x meanwhile"),
        pytest.param(month({}, usual=2000, burn="0"), "0", "360", id="a steady 2x, then none"),
    ],
)
def test_a_budget_is_back_when_enough_has_left(
    course: Course, back_to: str, hours: str | None
) -> None:
    found = recovers_in(course, back_to=Fraction(back_to))

    if hours is None:
        assert found is None
    else:
        assert found is not None
        assert found / HOUR == pytest.approx(float(hours), abs=0.01)


# Several promises together.


def together(target: str, *members: tuple[float, Counts]) -> float:
    """The SLI of a composite of ``(weight, events)``, from what it has spent of its budget."""
    share = 1 - Fraction(target)
    spent = [(weight, float(Budget(share, MONTH, counts).consumed)) for weight, counts in members]
    return 1 - spent_together(spent) * float(share)


def test_the_weighted_mean_as_elastic_publishes_it() -> None:
    # Weights 3 and 7, shares 99 % and 99.5 %: 99.35 %, healthy at 99 %. Ours weighs what is spent.
    found = together("0.99", (0.3, Counts(990, 10)), (0.7, Counts(995, 5)))

    assert found == pytest.approx(0.9935)
    # Without data Elastic leaves a member out; ours has spent nothing, which is the same budget.
    assert together("0.99", (0.3, Counts(0, 0)), (0.7, Counts(995, 5))) > found


def test_misses_of_two_members_add_up_to_90_percent_as_openslo_publishes_it() -> None:
    each = Counts(95, 5)

    assert together("0.9", (1, each), (1, each)) == pytest.approx(0.9)
    assert together("0.9", *[(1, each)] * 30) < 0  # signed, as every budget is


def test_a_group_is_up_while_all_its_members_are_as_datadog_publishes_it() -> None:
    up = slices(12 * 60, 5 + 5).sli

    assert up is not None
    assert percent(up, digits=3) == "98.611 %"


@pytest.mark.parametrize(
    ("shares", "together"),
    [
        pytest.param(("0.99", "0.99"), "0.9801", id="OpenSLO: 99 and 99"),
        pytest.param(("0.9995", "0.9999"), "0.99940005", id="NthLayer: 99.95 and 99.99"),
        pytest.param((), "1", id="nothing is needed"),
    ],
)
def test_what_is_needed_at_once_multiplies(shares: tuple[str, ...], together: str) -> None:
    assert serial(map(Fraction, shares)) == Fraction(together)


def test_the_rule_of_the_extra_nine() -> None:
    # The Calculus of Service Availability: 99.99 % on five dependencies of 99.999 % is down for
    # 53 minutes a year, 26 of them by the dependencies.
    year = timedelta(days=365) / MINUTE
    needed = serial([Fraction("0.99999")] * 5)

    by_dependencies = float(1 - needed) * year

    assert round(by_dependencies) == 26
    assert round(year / 10_000) == 53
    assert round(year / 10_000 - by_dependencies) in {26, 27}


def test_side_by_side_is_an_upper_bound() -> None:
    # Both fail at once once in a million, if nothing joins them. The SRE Workbook calls the figure
    # deceptive, and we show it nowhere: ceilings multiply what a service cannot do without.
    assert 1 - serial([Fraction("0.001"), Fraction("0.001")]) == Fraction("0.999999")
