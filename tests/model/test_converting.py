"""When did they begin to talk about it?"""

import itertools
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from incidents.model.converting import talk_of

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
MOMENTS = st.lists(
    st.integers(0, 24 * 3600).map(lambda seconds: NOON + timedelta(seconds=seconds)), min_size=1
)


def test_where_nobody_spoke_nothing_began() -> None:
    assert talk_of([]) is None


def test_it_began_after_the_last_silence_of_an_hour() -> None:
    lunch, slow, broken = NOON, NOON + 2 * HOUR, NOON + 2 * HOUR + timedelta(minutes=59)

    found = talk_of([broken, lunch, slow])

    assert found is not None
    assert (found.began, found.since, found.all) == (slow, 2, 3)


@given(MOMENTS)
def test_within_what_goes_on_nobody_is_silent_for_an_hour(moments: list[datetime]) -> None:
    found = talk_of(moments)

    assert found is not None
    told = sorted(moments)[-found.since :]
    before = sorted(moments)[: -found.since]
    assert told[0] == found.began
    assert found.all == len(moments)
    assert all(b - a < HOUR for a, b in itertools.pairwise(told))
    assert not before or found.began - before[-1] >= HOUR
