"""Rooms are put away when nobody needs them: said before, kept on request, back when needed."""

from datetime import timedelta

import pytest
from stories.test_life import resolve
from world import Place, World

from incidents.actions import followups
from incidents.actions.desk import Origin
from incidents.model.ids import PersonId
from incidents.model.timeline import Kind


@pytest.fixture
def room(world: World) -> Place:
    """The room of an incident that was closed."""
    world.ana.types("/incident checkout 5xx sev2 @checkout")
    room = world.room("inc-1")
    world.bo.presses("Accept", where=room)
    world.passes(minutes=25)
    resolve(world, room)
    world.bo.types("/incident close", where=room)
    return room


def is_archived(room: Place) -> bool:
    return bool(room.info()["is_archived"])


def later(world: World, **span: float) -> None:
    """Time goes by at once."""
    world.clock.pass_(timedelta(**span))
    world.settle()


def test_a_room_is_archived_after_a_week_and_that_is_said_the_day_before(
    world: World, room: Place
) -> None:
    later(world, days=6, minutes=1)
    room.shows("This room is archived on")
    before = is_archived(room)
    later(world, days=1)

    assert (before, is_archived(room)) == (False, True)
    assert world.record(1)[-1].kind is Kind.ROOM_ARCHIVED


def test_a_room_that_somebody_keeps_stays_as_long_again(world: World, room: Place) -> None:
    later(world, days=6, minutes=1)

    world.bo.presses("Keep it open", where=room)
    later(world, days=2)
    kept = is_archived(room)
    later(world, days=6)

    room.shows("keeps this room until")
    assert (kept, is_archived(room)) == (False, True)


def test_a_cancelled_one_is_archived_too(world: World) -> None:
    world.ana.types("/incident false alarm")
    room = world.room("inc-1")
    world.ana.types("/incident cancel a load test", where=room)

    later(world, days=6, minutes=1)
    later(world, days=1)

    assert is_archived(room)


def test_reopening_brings_the_room_back(world: World, room: Place) -> None:
    later(world, days=8)
    assert is_archived(room)

    world.bo.types("/incident reopen INC-1 errors are back")

    assert not is_archived(room)
    room.shows(":mag: *investigating*")
    assert room.info()["topic"]["value"].startswith("SEV2 Major · investigating")
    assert Kind.ROOM_BACK in [one.kind for one in world.record(1)]


def test_what_happens_to_an_archived_room_s_incident_fails_nothing(
    world: World, room: Place
) -> None:
    world.ana.types("/incident todo me write it up by friday", where=room)
    later(world, days=8)

    world.ana.types("/incident note INC-1 written up")
    by = Origin(PersonId("U0ANA"), "slack")
    followups.done(world.app.desk, 1, by=by, now=world.clock())
    world.settle()

    assert Kind.STEP_FAILED not in [one.kind for one in world.record(1)]
