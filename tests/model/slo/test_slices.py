"""Slices of time: what each comes to, and published figures of budgets that count them."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.model.budget import Budget
from incidents.model.burn import recent, rules_for, rules_of
from incidents.model.calendar_window import Calendar, Unit
from incidents.model.episode import notice_in_words
from incidents.model.ids import ServiceName
from incidents.model.objective import NOTHING, Counts, Objective, SLOName, percent
from incidents.model.slices import changes, completed, judged
from incidents.model.slicing import PARTS, SHARES, SLICES, Slicing, misfit
from incidents.model.spending import budget_of, coverage

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
MINUTES = Slicing(MINUTE, Fraction(95, 100))
SHARE_OF_MINUTES = Slicing(MINUTE, None)
AT = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
COUNTS = st.builds(Counts, st.integers(0, 10**6), st.integers(0, 10**6))


def objective(target: str, window: timedelta, slicing: Slicing) -> Objective:
    return Objective(
        slo=SLOName("checkout/minutes"),
        service=ServiceName("checkout"),
        target=Fraction(target),
        window=window,
        slicing=slicing,
    )


@pytest.mark.parametrize(
    ("events", "slice_is"),
    [
        pytest.param(Counts(95, 5), Counts(1, 0), id="that reaches its target is good"),
        pytest.param(Counts(949, 51), Counts(0, 1), id="just below it is bad"),
        pytest.param(Counts(0, 1), Counts(0, 1), id="of one failure is as bad as any"),
        pytest.param(Counts(10**12, 0), Counts(1, 0), id="counts once, however busy"),
        pytest.param(NOTHING, NOTHING, id="without events is not counted"),
    ],
)
def test_a_slice(events: Counts, slice_is: Counts) -> None:
    assert judged(MINUTES, events) == slice_is


@given(COUNTS)
def test_a_share_of_a_slice_is_its_ratio_to_a_hundred_millionth(events: Counts) -> None:
    found = judged(SHARE_OF_MINUTES, events)

    if not events.total:
        assert found == NOTHING
        return
    assert found.total == PARTS
    wrong = abs(Fraction(found.bad, PARTS) - Fraction(events.bad, events.total))
    assert wrong <= Fraction(1, 2 * PARTS) < Fraction(1, 10**8)
    if events.total <= 18:
        assert wrong == 0


@given(
    st.dictionaries(st.integers(0, 9), COUNTS),
    st.dictionaries(st.integers(0, 9), COUNTS),
    st.sampled_from([MINUTES, SHARE_OF_MINUTES]),
)
def test_what_was_said_and_what_changed_is_what_is_so(
    before: dict[int, Counts], after: dict[int, Counts], slicing: Slicing
) -> None:
    said = {number: judged(slicing, events) for number, events in before.items()}

    now = dict(said)
    for number, change in changes(slicing, after, said):
        now[number] = now.get(number, NOTHING) + change

    for number, events in after.items():
        assert now.get(number, NOTHING) == judged(slicing, events)


def test_a_window_of_whole_slices_holds_as_many_at_any_moment() -> None:
    five = Slicing(5 * MINUTE, None)
    for seconds in range(0, 900, 10):
        until = AT + timedelta(seconds=seconds)
        assert five.ending(until - HOUR, until) == 12


@pytest.mark.parametrize(
    ("length", "why"),
    [
        (MINUTE, ""),
        (20 * MINUTE, ""),
        (8 * HOUR, ""),
        (DAY, ""),
        (7 * MINUTE, "an hour is not a whole number of such slices"),
        (5 * HOUR, "a day is not a whole number of such slices"),
        (90 * MINUTE, "a day is not a whole number of such slices"),
        (timedelta(seconds=30), "a slice is at least a minute"),
        (2 * DAY, "a slice is at most a day"),
    ],
)
def test_slices_fit_into_hours_or_days(length: timedelta, why: str) -> None:
    assert misfit(length) == why


def test_every_window_of_a_rule_is_whole_slices_and_can_be_counted() -> None:
    for minutes in (1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60, 120, 180, 240, 360, 480, 720, 1440):
        slicing = Slicing(minutes * MINUTE, None)
        assert not misfit(slicing.length)
        made = objective("0.999", 28 * DAY, slicing)
        for window in rules_of(made).windows | {recent(made)}:
            assert not window % slicing.length
    plain = rules_for(Fraction(1, 1000), 28 * DAY)
    assert rules_for(Fraction(1, 1000), 28 * DAY, MINUTES).apply == plain.apply


def test_two_weeks_of_minutes_allow_sixteen_hours_of_bad_ones() -> None:
    # OpenSLO, examples/budgeting-method: 20,160 slices, of which 1,008 may be bad: 16 h 48 min.
    whole = Budget(Fraction(5, 100), 14 * DAY, Counts(20_160, 0), unit=SLICES)

    assert whole.allowed == 1008
    assert int(whole.allowed) * MINUTE == timedelta(hours=16, minutes=48)
    assert Budget(Fraction(5, 100), 14 * DAY, Counts(19_152, 1008)).is_exhausted
    assert not Budget(Fraction(5, 100), 14 * DAY, Counts(19_153, 1007)).is_exhausted


def test_an_attack_on_shares_of_slices_lasts_as_long_as_the_exact_figure_says() -> None:
    # The same example by the mean of ratios: minutes at 99 %, attacked ones at 1 %. It is spent
    # after 822.857 of them, 13 h 42 min 51 s (the example rounds to 13 h 45 min).
    fine, attacked = (
        judged(SHARE_OF_MINUTES, Counts(99, 1)),
        judged(SHARE_OF_MINUTES, Counts(1, 99)),
    )

    def spent(bad: int) -> Fraction:
        good = 20_160 - bad
        counts = Counts(
            good * fine.good + bad * attacked.good, good * fine.bad + bad * attacked.bad
        )
        return Budget(Fraction(5, 100), 14 * DAY, counts, unit=SHARES).consumed

    exact = (Fraction(5, 100) * 20_160 - Fraction(1, 100) * 20_160) / Fraction(98, 100)
    assert round(float(exact), 3) == 822.857
    assert str(round(exact * 60) * timedelta(seconds=1)) == "13:42:51"
    assert spent(822) < 1 < spent(823)


def test_one_bad_slice_of_five_minutes_takes_half_of_three_nines_of_a_week() -> None:
    # OpenObserve: 49.6 %.
    week = Budget(Fraction(1, 1000), 7 * DAY, Counts(2015, 1), unit=SLICES)

    assert percent(week.consumed) == "49.6 %"


def test_silent_slices_that_are_good_ones() -> None:
    # Kibana: 7 d of 10-minute slices, 90 good of 100 measured, target 95 %.
    made = objective("0.95", 7 * DAY, Slicing(10 * MINUTE, Fraction(1), is_silence_good=True))

    budget = budget_of(made, Counts(90, 10), AT)

    assert budget.counts == Counts(998, 10)
    assert round(float(budget.counts.sli or 0), 6) == 0.990079
    assert round(float(budget.consumed), 5) == 0.19841  # Kibana: .19842, of the rounded share
    assert coverage(made, budget, AT) == Fraction(100, 1008)


def test_silent_slices_are_otherwise_not_counted_and_coverage_says_so() -> None:
    made = objective("0.95", 7 * DAY, Slicing(10 * MINUTE, Fraction(1)))

    budget = budget_of(made, Counts(90, 10), AT)

    assert budget.counts == Counts(90, 10)
    assert coverage(made, budget, AT) == Fraction(100, 1008)


def test_of_a_month_of_minutes_130_are_bad_and_302_are_left() -> None:
    # AWS: 43,200 one-minute periods, 99 %.
    month = Budget(Fraction(1, 100), 30 * DAY, Counts(43_070, 130), unit=SLICES)

    assert month.events_left == 302


def test_shares_are_told_in_slices() -> None:
    spent = Budget(Fraction(5, 100), 14 * DAY, Counts(19_152 * PARTS, 1008 * PARTS), unit=SHARES)

    assert notice_in_words(100, spent) == (
        "100 % of the 14 d budget is spent, nothing is left (100 % of 1008 allowed bad slices)"
    )


def test_on_a_calendar_it_is_the_slices_of_the_whole_window_that_count() -> None:
    # Six days into a 30-day month, two hours of bad minutes are a fifth of what the month allows.
    november = Calendar(Unit.MONTH, datetime(2026, 1, 1), ZoneInfo("UTC"))  # noqa: DTZ001 (on the wall)
    made = Objective(
        slo=SLOName("checkout/minutes"),
        service=ServiceName("checkout"),
        target=Fraction("0.99"),
        window=30 * DAY,
        slicing=MINUTES,
        calendar=november,
    )

    budget = budget_of(made, Counts(6 * 1440 - 86, 86), datetime(2026, 11, 7, tzinfo=UTC))

    assert budget.allowed == 432
    assert budget.consumed == Fraction(86, 432)
    assert completed(made.slicing, Counts(1, 1), 10) == Counts(1, 1)
