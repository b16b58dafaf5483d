"""What a rotation's file said, kept and read again."""

import json
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st
from model.test_oncall import ROTATIONS

from incidents.model.oncall import Handle, Planned, Rotation, RotationName, replan
from incidents.model.oncall_history import GONE, definition_of, in_force, rotation_of

NOW = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
PEOPLE = st.lists(st.sampled_from("abc").map(Handle), min_size=1, max_size=2, unique=True)


@given(of=ROTATIONS)
def test_a_rotation_survives_being_written_down(of: Rotation) -> None:
    whole = Rotation(RotationName("x"), (), date(2026, 1, 5), ZoneInfo("UTC"), layers=(of, of))

    read = rotation_of("x", json.loads(json.dumps(definition_of(whole))))

    assert read == whole


def test_what_was_in_force_is_found_by_time() -> None:
    first, second = ({"people": [name]} for name in "ab")
    generations = [(NOW, first), (NOW + HOUR, second), (NOW + 2 * HOUR, GONE)]

    found = [in_force(generations, NOW + n * HOUR) for n in (-1, 0, 1, 2)]

    assert found == [first, first, second, GONE]
    assert in_force([], NOW) is None


def people_at(plan: tuple[Planned, ...], at: datetime) -> tuple[str, ...]:
    return next((one.people for one in plan if one.start <= at < one.end), ())


@st.composite
def plans(draw: st.DrawFn) -> tuple[Planned, ...]:
    edges = sorted(draw(st.sets(st.integers(0, 40), min_size=2, max_size=10)))
    pieces = pairwise(edges)
    return tuple(
        Planned(NOW + start * HOUR, NOW + end * HOUR, tuple(draw(PEOPLE)))
        for start, end in pieces
        if draw(st.booleans())
    )


@given(known=plans(), fresh=plans(), at=st.integers(0, 40), now=st.integers(0, 40))
def test_a_new_plan_changes_what_is_to_come_and_nothing_that_was(
    known: tuple[Planned, ...], fresh: tuple[Planned, ...], at: int, now: int
) -> None:
    moment, present = NOW + at * HOUR, NOW + now * HOUR

    plan = replan(known, fresh, present)

    assert people_at(plan, moment) == people_at(known if moment < present else fresh, moment)
    assert all(one.end <= other.start for one, other in pairwise(plan))


@given(known=plans(), fresh=plans(), now=st.integers(0, 40))
def test_to_read_the_same_plan_again_changes_nothing(
    known: tuple[Planned, ...], fresh: tuple[Planned, ...], now: int
) -> None:
    once = replan(known, fresh, NOW + now * HOUR)

    assert replan(once, fresh, NOW + (now + 1) * HOUR) == once
