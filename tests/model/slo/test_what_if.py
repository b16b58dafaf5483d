"""What would happen is what the forecast says, and what alerts do tick by tick."""

from collections.abc import Sequence
from datetime import timedelta
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incidents.model.burn import Loudness, Rule, judge
from incidents.model.forecast import Course, exhausts_in, recovers_in
from incidents.model.objective import Counts
from incidents.model.rolling import TICK
from incidents.model.what_if import Assumed, Flow, Foreseen, Past, Window, foreseen

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
THREE_NINES = Fraction(1, 1000)
PAGE = Rule(HOUR, 5 * MINUTE, Fraction("14.4"), Loudness.PAGE)
CALM = Flow(Fraction(100), Fraction(0))


def failing(share: str) -> Flow:
    return Flow(CALM.total, CALM.total * Fraction(share))


def calm(length: timedelta) -> Past:
    return Past([Counts(1000, 0)] * (length // TICK), TICK)


def alerts(then: Assumed, *, min_failures: int = 0) -> tuple[Foreseen, ...]:
    long, short = Window(calm(HOUR), then), Window(calm(5 * MINUTE), then)
    return foreseen(long, short, PAGE, budget=THREE_NINES, min_failures=min_failures)


def test_a_total_outage_would_page_after_a_minute() -> None:
    (page,) = alerts(Assumed(failing("1"), None, CALM))

    assert (page.fires_in, page.ends_in) == (MINUTE, None)
    assert page.because == ("burning 16.67x over 1 h and 200x over 5 min, the limit is 14.4x")


def test_fifteen_percent_for_ten_minutes_would_page_from_the_sixth_to_the_fifteenth() -> None:
    # SRE Workbook, figure 5-6: found after 345.6 s; what the short window still holds ends it.
    (page,) = alerts(Assumed(failing("0.15"), 10 * MINUTE, CALM))

    assert page.fires_in == timedelta(seconds=350)
    assert page.ends_in is not None
    assert 14 * MINUTE < page.ends_in < 15 * MINUTE


def test_exactly_the_rate_never_pages() -> None:
    assert alerts(Assumed(failing("0.0144"), None, CALM)) == ()


def test_too_few_failures_are_a_ticket_until_there_are_enough() -> None:
    ticket, page = alerts(Assumed(failing("1"), None, CALM), min_failures=9000)

    assert (ticket.loudness, ticket.fires_in, ticket.ends_in) == (
        Loudness.TICKET,
        MINUTE,
        90 * timedelta(seconds=1),
    )
    assert ticket.because.endswith("; fewer failures than the 9000 that wake somebody")
    assert (page.loudness, page.fires_in) == (Loudness.PAGE, timedelta(seconds=90))


def test_what_is_assumed_for_a_while_leaves_the_window_again() -> None:
    month = Past([Counts(360_000, 0)] * 720, HOUR)
    window = Window(month, Assumed(failing("0.5"), 2 * HOUR, CALM))

    runs_out = window.reaches(THREE_NINES)

    assert runs_out is not None
    assert runs_out == timedelta(hours=1.44)  # half of all, 500 times what is allowed, of 720 h
    assert window.falls_below(THREE_NINES, after=runs_out) == timedelta(hours=720.56)
    assert window.consumed(2 * HOUR, THREE_NINES) == Fraction(1000, 720)
    assert window.consumed(723 * HOUR, THREE_NINES) == 0


def test_without_any_events_nothing_is_spent_or_back() -> None:
    silent = Flow(Fraction(0), Fraction(0))
    window = Window(Past([Counts(0, 0)] * 24, HOUR), Assumed(silent, None, silent))

    assert window.reaches(THREE_NINES) is None
    assert window.falls_below(THREE_NINES, after=HOUR) is None
    assert window.consumed(HOUR, THREE_NINES) == 0
    assert window.above(THREE_NINES) == ()


buckets = st.lists(
    st.builds(Counts, st.integers(0, 500), st.integers(0, 20)), min_size=1, max_size=8
)


@given(
    history=buckets,
    traffic=st.integers(1, 500),
    burn=st.fractions(0, 30, max_denominator=100),
    quarters=st.integers(0, 3),
)
def test_a_change_for_good_is_what_the_forecast_says(
    history: list[Counts], traffic: int, burn: Fraction, quarters: int
) -> None:
    if not any(entry.total for entry in history):
        return
    budget, begun = Fraction(1, 50), quarters * HOUR / 4
    course = Course(history, HOUR, budget, Fraction(traffic), burn, until_first=begun)
    flow = Flow(Fraction(traffic, 3600), Fraction(traffic, 3600) * burn * budget)

    window = Window(Past(history, HOUR, begun), Assumed(flow, None, flow))

    assert window.reaches(budget) == exhausts_in(course)
    assert window.falls_below(budget, after=timedelta(0)) == recovers_in(course)


def ticks(shares: Sequence[Fraction], count: int) -> list[bool]:
    """The slow way: whether the rule fires at each tick, with every event counted one by one."""
    before = [Counts(1000, 0)] * (HOUR // TICK)
    came = [Counts(1000 - int(1000 * share), int(1000 * share)) for share in shares]
    seen = [*before, *came]
    found = []
    for tick in range(count + 1):
        until = len(before) + tick
        counts = {
            length: sum(seen[until - length // TICK : until], Counts(0, 0))
            for length in (PAGE.long, PAGE.short)
        }
        found.append(judge(counts, (PAGE,), budget=THREE_NINES).rule is not None)
    return found


@settings(max_examples=40)
@given(bad=st.integers(0, 1000), lasting=st.integers(1, 90))
def test_what_is_foreseen_is_what_the_alert_does_tick_by_tick(bad: int, lasting: int) -> None:
    share = Fraction(bad, 1000)
    real = ticks([share] * lasting + [Fraction(0)] * 200, lasting + 200)

    found = alerts(Assumed(failing(str(share)), lasting * TICK, CALM))

    assert len(found) == (1 if any(real) else 0)
    for page in found:
        assert page.fires_in == real.index(True) * TICK
        assert page.ends_in is not None
        last = max(tick for tick, fires in enumerate(real) if fires)
        assert last * TICK < page.ends_in <= (last + 1) * TICK


@pytest.mark.parametrize("seconds", [0, 59, 3600])
def test_what_a_window_will_hold_is_counted_at_any_moment(seconds: int) -> None:
    window = Window(calm(HOUR), Assumed(failing("0.5"), None, CALM))

    assert window.at(timedelta(seconds=seconds)) == (360_000, 50 * seconds)
