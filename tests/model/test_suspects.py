"""Which change is it: the order in which to look, and why."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.model.objective import SLOName
from incidents.model.suspects import Burned, Candidate, rank
from incidents.model.text import UserText

ONSET = datetime(2026, 11, 18, 10, 6, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SLO = SLOName("checkout/availability")


def change(minutes: float = 4, steps: int = 0, **more: object) -> Candidate:
    made = Candidate(
        service="checkout" if not steps else "payments",
        title=UserText("v42"),
        made_at=ONSET - MINUTE * minutes,
        made_by="dana",
        url="",
        steps=steps,
        needed_by="checkout" if steps else "",
    )
    return replace(made, **more)  # type: ignore[arg-type]  # a test's shorthand


def test_the_nearest_in_time_and_place_comes_first() -> None:
    here, old, below = change(4), change(90), change(3, steps=1)

    assert [one.change for one in rank([old, below, here], ONSET)] == [here, below, old]


def test_every_reason_is_told() -> None:
    burned = Burned(SLO, Fraction(8, 100), Fraction(1, 1000))

    (found,) = rank([change(4, quiet_for=timedelta(days=9), burned=burned)], ONSET)

    assert found.reasons == (
        "4 min before it began",
        "on checkout itself",
        "the first change of it in 9 d",
        (
            "8 % of the budget of checkout/availability burned since 10:02 UTC, "
            "0.1 % in as long before"
        ),
    )


@pytest.mark.parametrize(
    ("steps", "says"),
    [
        (1, "on payments, which checkout needs"),
        (2, "on payments, 2 steps below checkout"),
    ],
)
def test_how_far_away_it_is_made_is_told(steps: int, says: str) -> None:
    assert rank([change(steps=steps)], ONSET)[0].reasons[1] == says


def test_what_came_later_or_a_day_before_is_not_suspected() -> None:
    assert rank([change(-3), change(24 * 60 + 1)], ONSET) == ()
    assert rank([change(-1)], ONSET)[0].reasons[0] == "as it began"


def test_a_push_is_less_than_a_deployment() -> None:
    deployed, pushed = change(5), change(4, is_push=True)

    assert [one.change for one in rank([pushed, deployed], ONSET)] == [deployed, pushed]


def test_what_burned_before_as_well_does_not_count_against_a_change() -> None:
    burns = change(5, burned=Burned(SLO, Fraction(8, 100), Fraction(1, 100)))
    as_ever = change(4.9, burned=Burned(SLO, Fraction(8, 100), Fraction(7, 100)))

    assert rank([as_ever, burns], ONSET)[0].change == burns


@given(st.floats(0, 1400), st.floats(0, 1400), st.integers(0, 5), st.integers(0, 5))
def test_nearer_in_time_or_place_never_ranks_lower(
    minutes: float, later: float, steps: int, more: int
) -> None:
    near = change(min(minutes, later), steps=min(steps, more))
    far = change(max(minutes, later), steps=max(steps, more))

    first, second = rank([far, near], ONSET)

    assert first.score >= second.score
    assert rank([near], ONSET)[0].score >= rank([far], ONSET)[0].score
