"""Too little data freezes a pair of burn windows; what is usual for a source is learnt from it."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import numpy as np
import pytest

from incidents.model.burn import Loudness, judge, rules_for
from incidents.model.coverage import Covered, Freeze, covered, freeze, patience
from incidents.model.objective import Counts
from incidents.model.rolling import FINE, SLOTS, Reports

AT = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
RULES = rules_for(Fraction(1, 1000), 30 * DAY).apply
LOUD, LOUD_TOO, LESS, LEAST = RULES


def reports(ago: Iterable[timedelta]) -> tuple[Reports, ...]:
    """Something was reported so long before ``AT``."""
    last = FINE.number(AT)
    moments = [FINE.number(AT - one) for one in ago]
    found = []
    for ratio, slots in SLOTS:
        first = (last - 1) // ratio - slots + 1
        seen = np.zeros(slots, dtype=np.bool_)
        places = [one // ratio - first for one in moments]
        seen[[place for place in places if 0 <= place < slots]] = True
        found.append(Reports(ratio, first, seen, last))
    return tuple(found)


def every(
    step: timedelta,
    since: timedelta = 2 * DAY,
    *,
    but: Callable[[timedelta], bool] = lambda _: False,
) -> tuple[Reports, ...]:
    steps = [step * number for number in range(1, since // step + 1)]
    return reports(one for one in steps if not but(one))


def test_a_source_that_reports_every_minute_is_measured_wholly() -> None:
    assert covered(every(MINUTE), HOUR) == Covered(Fraction(1), None)
    assert freeze(RULES, every(MINUTE), AT - MINUTE, AT).rules == ()


def test_what_is_missing_of_a_window_is_told_with_when_it_began() -> None:
    silent = every(MINUTE, but=lambda ago: 20 * MINUTE < ago <= 35 * MINUTE)

    assert covered(silent, HOUR) == Covered(Fraction(45, 60), AT - 35 * MINUTE)
    assert covered(silent, 5 * MINUTE) == Covered(Fraction(1), None)


def test_a_minute_that_is_skipped_now_and_then_is_no_silence() -> None:
    now_and_then = every(MINUTE, but=lambda ago: not ago % (7 * MINUTE))

    assert covered(now_and_then, HOUR) == Covered(Fraction(1), None)


def test_only_pairs_with_a_poor_window_are_frozen() -> None:
    held = freeze(
        RULES, every(MINUTE, but=lambda ago: 35 * MINUTE < ago <= 45 * MINUTE), AT - MINUTE, AT
    )

    assert held.rules == (LOUD,)
    assert held.because == "83.3 % of the last 1 h measured"
    assert held.since == AT - 45 * MINUTE
    assert not held.is_stale


def test_a_frozen_pair_fires_only_by_what_is_certain_whatever_was_not_measured() -> None:
    held = freeze(
        RULES, every(MINUTE, but=lambda ago: 35 * MINUTE < ago <= 45 * MINUTE), AT - MINUTE, AT
    )
    budget, total = Fraction(1, 1000), 50_000  # of the hour, if a sixth of it is missing
    (loud, *others) = held.judged(RULES)

    assert tuple(others) == (LOUD_TOO, LESS, LEAST)
    assert loud.rate == LOUD.rate / Fraction(5, 6)
    assert not judge({HOUR: Counts(total - 800, 800), 5 * MINUTE: Counts(0, 100)}, [loud],
                     budget=budget).rule  # fmt: skip
    certain = judge({HOUR: Counts(total - 900, 900), 5 * MINUTE: Counts(0, 100)}, [loud],
                    budget=budget)  # fmt: skip
    assert certain.loudness is Loudness.PAGE
    assert certain.because.endswith("the limit is 17.28x with 83.3 % measured")


def test_what_measured_something_else_makes_nothing_certain() -> None:
    anew = freeze(RULES, every(MINUTE), AT - MINUTE, AT, AT - 30 * MINUTE)

    assert LOUD in anew.rules
    assert anew.judged([LOUD]) == ()


def test_an_outage_of_the_metrics_yesterday_freezes_tickets_and_no_pages() -> None:
    held = freeze(RULES, every(MINUTE, but=lambda ago: DAY / 2 < ago <= DAY), AT - MINUTE, AT)

    assert held.rules == (LESS, LEAST)
    assert held.holds(Loudness.TICKET)
    assert not held.holds(Loudness.PAGE)


def test_without_any_recent_data_nothing_is_judged() -> None:
    silent = every(MINUTE, but=lambda ago: ago <= 10 * MINUTE)

    held = freeze(RULES, silent, AT - 11 * MINUTE, AT)

    assert (held.rules, held.is_stale, held.since) == (RULES, True, AT - 11 * MINUTE)
    assert held.because == "no data for 11 min"
    assert held.holds(Loudness.PAGE)


def test_before_the_first_data_nothing_is_judged() -> None:
    assert freeze(RULES, every(MINUTE, but=lambda _: True), None, AT) == Freeze(
        RULES, "no data yet", None, is_stale=True
    )


def test_a_new_series_is_measured_since_its_first_report() -> None:
    new = every(MINUTE, since=10 * MINUTE)

    assert covered(new, HOUR) == Covered(Fraction(1), None)
    assert freeze(RULES, new, AT - MINUTE, AT).rules == ()


def test_the_first_report_of_all_is_enough_to_begin_with() -> None:
    assert freeze(RULES, reports([MINUTE]), AT - MINUTE, AT).rules == ()


def test_a_series_that_was_silent_for_hours_is_not_new() -> None:
    again = every(MINUTE, but=lambda ago: 30 * MINUTE < ago < 10 * HOUR)

    found = covered(again, HOUR)

    assert found is not None
    assert found.share == Fraction(1, 2)


@pytest.mark.parametrize("minutes", [10, 60])
def test_little_traffic_is_no_silence(minutes: int) -> None:
    rare = every(MINUTE * minutes)

    assert freeze(RULES, rare, AT - MINUTE * minutes, AT).rules == ()
    assert patience(rare) >= MINUTE * minutes


def test_little_traffic_that_stops_is_silence_in_the_end() -> None:
    stopped = every(10 * MINUTE, but=lambda ago: ago <= 40 * MINUTE)

    assert freeze(RULES, stopped, AT - 50 * MINUTE, AT).is_stale


def test_a_busy_source_is_stale_after_five_minutes() -> None:
    assert patience(every(MINUTE)) == 5 * MINUTE
    assert not freeze(RULES, every(MINUTE), AT - 5 * MINUTE, AT).is_stale
    assert freeze(RULES, every(MINUTE), AT - 6 * MINUTE, AT).is_stale


def test_a_report_that_is_a_little_late_freezes_nothing() -> None:
    assert (
        freeze(RULES, every(MINUTE, but=lambda ago: ago <= 3 * MINUTE), AT - 4 * MINUTE, AT).rules
        == ()
    )


def test_what_was_measured_before_a_new_definition_does_not_count() -> None:
    held = freeze(RULES, every(MINUTE), AT - MINUTE, AT, AT - 2 * HOUR)

    assert held.rules == (LOUD_TOO, LESS, LEAST)
    assert held.because == "2.8 % of the last 3 d measured, defined anew 2 h ago"


def test_a_source_that_stopped_long_ago_is_stale_and_no_window_was_measured() -> None:
    stopped = every(MINUTE, but=lambda ago: ago < 20 * HOUR)

    held = freeze(RULES, stopped, AT - 20 * HOUR, AT)

    assert held.is_stale
    assert dict(held.coverage)[HOUR] == 0
    assert dict(held.coverage)[6 * HOUR] == 0
