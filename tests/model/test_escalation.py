"""The law of the climb: by the clock, and faster the faster it burns."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.model.escalation import (
    FASTEST,
    Climb,
    Hop,
    Standing,
    gone_by,
    next_hop,
    pace,
    path_for,
    standard_path,
)
from incidents.model.oncall import Handle, RotationName

START = datetime(2026, 11, 18, 3, 0, tzinfo=UTC)
LEAD = Hop(timedelta(minutes=10), people=(Handle("dana"),))
PLATFORM = Hop(timedelta(minutes=20), rotations=(RotationName("platform"),))
BOSS = Hop(timedelta(minutes=30), people=(Handle("chen"),), up_to_tier=1)
PATH = (LEAD, PLATFORM)

burns = st.floats(0, 1e6, allow_nan=False)
spans = st.timedeltas(timedelta(), timedelta(hours=6))


def climb(burn: float = 0.0, *, taken: int = 0, gone: timedelta = timedelta()) -> Climb:
    return Climb(taken, gone, START, burn)


def reached_at(burn: float) -> timedelta:
    ahead = next_hop(climb(burn), PATH)
    assert ahead is not None
    return ahead[0] - START


@pytest.mark.parametrize(
    ("burn", "expected"), [(0, 1.0), (0.5, 1.0), (1, 1.0), (2, 1.414), (14.4, 3.795), (1000, 6.0)]
)
def test_the_pace_is_the_root_of_the_burn_rate_between_one_and_six(
    burn: float, expected: float
) -> None:
    assert pace(burn) == pytest.approx(expected, abs=0.001)


def test_a_fast_burn_reaches_the_lead_in_less_than_half_the_time_of_a_slow_one() -> None:
    assert round(reached_at(0).total_seconds()) == 600
    assert round(reached_at(2).total_seconds()) == 424
    assert round(reached_at(14.4).total_seconds()) == 158
    assert round(reached_at(1000).total_seconds()) == 100


@given(burn=burns, more=burns)
def test_burning_faster_is_never_climbed_slower(burn: float, more: float) -> None:
    assert reached_at(burn + more) <= reached_at(burn)
    assert 1.0 <= pace(burn) <= pace(burn + more) <= FASTEST


@given(changes=st.lists(st.tuples(spans, burns), min_size=1, max_size=6), more=burns)
def test_whatever_the_burn_does_meanwhile_more_of_it_is_never_later(
    changes: list[tuple[timedelta, float]], more: float
) -> None:
    def played(extra: float) -> timedelta:
        now, one = START, climb(changes[0][1] + extra)
        for span, burn in changes:
            now += span
            one = replace(one, gone=gone_by(one, now), at=now, burn=burn + extra)
        return one.gone

    total = sum((span for span, _ in changes), timedelta())

    assert played(more) >= played(0)
    assert total <= played(0) <= total * FASTEST + timedelta(microseconds=len(changes))


@given(span=spans, burn=burns)
def test_time_stands_still_while_nobody_is_asked(span: timedelta, burn: float) -> None:
    for standing in (Standing.ANSWERED, Standing.STOPPED, Standing.OVER):
        still = replace(climb(burn, gone=timedelta(minutes=3)), standing=standing)

        assert gone_by(still, START + span) == timedelta(minutes=3)


@given(burn=burns, taken=st.integers(0, 2))
def test_a_clock_that_was_set_back_takes_nothing_back(burn: float, taken: int) -> None:
    one = climb(burn, taken=taken, gone=timedelta(minutes=5))

    assert gone_by(one, START - timedelta(hours=1)) == timedelta(minutes=5)


def test_the_hops_come_one_after_the_other_until_the_path_is_used_up() -> None:
    assert next_hop(climb(), PATH) == (START + timedelta(minutes=10), LEAD)
    assert next_hop(climb(taken=1, gone=timedelta(minutes=10)), PATH) == (
        START + timedelta(minutes=10),
        PLATFORM,
    )
    assert next_hop(climb(taken=2), PATH) is None


def test_a_path_has_the_hops_of_its_tier_in_their_order() -> None:
    written = (BOSS, PLATFORM, LEAD)

    assert path_for(written, 1, lead=None, wait=timedelta()) == (LEAD, PLATFORM, BOSS)
    assert path_for(written, 2, lead=None, wait=timedelta()) == (LEAD, PLATFORM)
    assert path_for((BOSS,), 2, lead=Handle("dana"), wait=timedelta()) == ()


def test_a_team_without_a_path_has_its_lead() -> None:
    wait = timedelta(minutes=10)

    assert path_for((), 3, lead=Handle("dana"), wait=wait) == (LEAD,)
    assert standard_path(None, wait) == ()


def test_a_hop_says_when_and_who() -> None:
    both = replace(PLATFORM, people=(Handle("dana"),))

    assert both.says == "after 20 min: dana, on-call for platform"
