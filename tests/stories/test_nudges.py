"""Nudges come only while they are true, once per condition, and not again once dismissed."""

from dataclasses import replace
from datetime import timedelta

import pytest
from stories.test_life import resolve
from world import Place, World

from incidents.actions import nudging
from incidents.model.timeline import Kind


def minutes(world: World, count: float) -> None:
    """Time goes by, and whoever looks around every minute does so once more."""
    world.clock.pass_(timedelta(minutes=count))
    nudging.look_around(world.app.desk, world.clock())
    world.settle()


@pytest.fixture
def room(world: World) -> Place:
    """An incident that is being monitored, with updates far away."""
    world.ana.types("/incident checkout slow sev4 @checkout")
    room = world.room("inc-1")
    world.bo.presses("Accept", where=room)
    world.bo.types("/incident status monitoring rolled back", where=room)
    return room


def nudged(world: World) -> int:
    return [one.kind for one in world.record(1)].count(Kind.NUDGED)


def test_a_calm_hour_asks_the_commander_once_whether_it_is_over(world: World, room: Place) -> None:
    minutes(world, 59)
    before = nudged(world)
    for _ in range(5):
        minutes(world, 2)

    room.shows(":bell: <@U0BO>: This has been monitored for an hour and no alert is firing.")
    assert (before, nudged(world)) == (0, 1)


def test_what_is_not_true_any_more_steps_back(world: World, room: Place) -> None:
    minutes(world, 61)

    world.bo.types("/incident status identified it is back", where=room)
    minutes(world, 1)

    room.shows("Not any more.")
    assert ":bell: <@U0BO>" not in room.text


def test_dismissed_is_on_the_record_and_not_said_again_to_them(world: World, room: Place) -> None:
    minutes(world, 61)

    world.bo.presses("Dismiss", where=room)
    world.bo.types("/incident status identified", where=room)
    world.bo.types("/incident status monitoring", where=room)
    minutes(world, 61)

    room.shows("<@U0BO> dismissed this.")
    assert nudged(world) == 1
    assert Kind.NUDGE_DISMISSED in [one.kind for one in world.record(1)]


def test_whoever_commands_next_is_asked_although_somebody_else_had_enough(
    world: World, room: Place
) -> None:
    minutes(world, 61)
    world.bo.presses("Dismiss", where=room)

    world.bo.types("/incident handoff @chen", where=room)
    world.chen.presses("Accept", where=room)
    world.bo.types("/incident status identified", where=room)
    world.bo.types("/incident status monitoring", where=room)
    minutes(world, 61)

    room.shows(":bell: <@U0CHEN>: This has been monitored")


def test_a_room_hears_only_so_many_an_hour_and_the_rest_later(world: World, room: Place) -> None:
    desk = world.app.desk
    settings = desk.catalog.settings
    strict = replace(settings, policies=replace(settings.policies, nudges_per_hour=0))
    world.clock.pass_(timedelta(minutes=61))

    held_back = nudging.look_around(
        replace(desk, catalog=replace(desk.catalog, settings=strict)), world.clock()
    )
    sent = nudging.look_around(desk, world.clock())
    world.settle()

    assert (held_back, sent) == (0, 1)
    room.shows("no alert is firing")


def test_what_was_resolved_two_days_ago_asks_to_be_closed(world: World) -> None:
    world.ana.types("/incident checkout slow sev4 @checkout")
    room = world.room("inc-1")
    world.bo.presses("Accept", where=room)
    world.passes(minutes=25)
    resolve(world, room)
    minutes(world, 60 * 48 + 1)

    world.bo.presses("Close", where=room)
    minutes(world, 1)

    room.shows("Not any more.")


def test_a_room_without_a_commander_hears_of_it_until_somebody_takes_it(world: World) -> None:
    world.ana.types("/incident something odd")
    room = world.room("inc-1")

    minutes(world, 11)
    world.ana.presses("Take command", where=room)
    minutes(world, 1)

    room.shows("~Nobody commands this, and nobody is being asked.~ Not any more.")
