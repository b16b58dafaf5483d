"""A month of budgets: what it is, and by which target each part of it is measured."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.model.attribution import Stretch
from incidents.model.budget_report import (
    Line,
    Part,
    Promise,
    month_of,
    promised_in,
    read_period,
    stretches_of,
)
from incidents.model.objective import Counts
from incidents.model.slicing import EVENTS

OCTOBER = read_period("2026-10").span
THREE, FOUR = Fraction(999, 1000), Fraction(9999, 10000)


def at(day: int) -> datetime:
    return datetime(2026, 10, day, tzinfo=UTC)


def test_months_and_quarters_are_those_of_the_calendar_in_utc() -> None:
    assert Stretch(at(1), datetime(2026, 11, 1, tzinfo=UTC)) == OCTOBER
    assert read_period("2026-q4").name == "2026-Q4"
    assert read_period("2026-Q4").span == Stretch(at(1), datetime(2027, 1, 1, tzinfo=UTC))
    assert read_period("2026-12").span.end == datetime(2027, 1, 1, tzinfo=UTC)
    assert month_of(at(3)).name == "2026-10"


@pytest.mark.parametrize("written", ["2026-13", "2026-00", "2026-Q5", "0000-01", "10/2026", ""])
def test_what_is_no_period_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="is no month"):
        read_period(written)


def test_each_part_of_the_month_has_the_target_of_its_time() -> None:
    said = [
        Promise(at(1) - timedelta(days=60), Fraction(99, 100)),
        Promise(at(1) - timedelta(days=9), THREE),
        Promise(at(15), FOUR),
        Promise(at(20), FOUR),  # defined anew, with the same target
    ]

    found = stretches_of(OCTOBER, promised_in(OCTOBER, said, Fraction(1, 2)))

    assert found == [(Stretch(at(1), at(15)), THREE), (Stretch(at(15), OCTOBER.end), FOUR)]


def test_before_the_first_promise_that_is_known_it_was_the_same() -> None:
    assert promised_in(OCTOBER, [Promise(at(9), THREE)], FOUR) == [Promise(at(1), THREE)]
    assert promised_in(OCTOBER, [], FOUR) == [Promise(at(1), FOUR)]


def test_a_tighter_target_does_not_judge_the_time_before_it() -> None:
    """20 of 10 000 failed while 10 might have, then none of 90 000 of which 9 might have."""
    parts = (
        Part(Stretch(at(1), at(15)), THREE, Counts(9_980, 20)),
        Part(Stretch(at(15), OCTOBER.end), FOUR, Counts(90_000, 0)),
    )
    line = Line("checkout/availability", "", "checkout", EVENTS, parts, ())

    assert line.allowed == 19
    assert (line.is_met, line.spent) == (False, Fraction(20, 19))
    assert line.promised == 1 - Fraction(19, 100_000)


@given(
    st.lists(
        st.tuples(st.integers(-40, 70), st.sampled_from([THREE, FOUR, Fraction(1, 2)])),
        max_size=6,
        unique_by=lambda one: one[0],
    )
)
def test_the_parts_are_the_whole_period_whatever_was_promised(
    drawn: list[tuple[int, Fraction]],
) -> None:
    said = [Promise(at(1) + timedelta(days=day), target) for day, target in sorted(drawn)]

    found = stretches_of(OCTOBER, promised_in(OCTOBER, said, THREE))

    assert (found[0][0].start, found[-1][0].end) == (OCTOBER.start, OCTOBER.end)
    for (before, one), (after, other) in pairwise(found):
        assert before.end == after.start
        assert one != other
