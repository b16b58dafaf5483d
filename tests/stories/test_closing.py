"""Closing lists everything that is missing, with a button that clears each."""

import dataclasses

import pytest
from stories.test_life import form, resolve
from stories.test_subscriptions import press
from world import Place, World

from bot.cli.wording import here
from incidents.actions import closing
from incidents.actions.desk import Origin, Work
from incidents.model.ids import IncidentNumber, PersonId
from incidents.model.lifecycle import Status
from incidents.model.text import NOTHING
from incidents.store import incidents, people, postmortems, roles
from incidents.store.roles import Assignment


@pytest.fixture
def room(world: World) -> Place:
    world.ana.types("/incident checkout 5xx sev2 @checkout")
    room = world.room("inc-1")
    world.bo.presses("Accept", where=room)
    world.passes(minutes=25)
    resolve(world, room)
    return room


def status(world: World) -> Status:
    with world.app.desk.look() as connection:
        found = incidents.get(connection, IncidentNumber(1))
    assert found is not None
    return found.status


def spoil(world: World) -> None:
    """As if it had come to be resolved by a way that asks for nothing."""
    with world.app.desk.store.write() as connection:
        found = incidents.lock(connection, IncidentNumber(1))
        assert found is not None
        incidents.save(connection, found, fix=NOTHING, mitigated_at=None)
        held = roles.holder(connection, IncidentNumber(1), "commander")
        assert isinstance(held, Assignment)
        roles.end(connection, held, world.clock(), "ended")
        chen = people.get(connection, "U0CHEN")
        assert chen is not None
        people.remember(connection, dataclasses.replace(chen, is_active=False), world.clock())
        postmortems.write(connection, IncidentNumber(1), world.clock(), owner="U0CHEN")


def test_everything_that_is_missing_is_listed_at_once_and_nothing_is_closed(
    world: World, room: Place
) -> None:
    spoil(world)

    told = str(world.bo.types("/incident close", where=room).body)

    for words in (
        "INC-1 cannot be closed yet: 4 missing",
        "INC-1 has no commander.",
        "Nobody said what fixed it.",
        "Nobody owns the postmortem.",
        "It is not known when INC-1 was",
    ):
        assert words in told
    assert status(world) is Status.RESOLVED


def test_each_button_clears_what_it_stands_by_and_then_it_closes(world: World, room: Place) -> None:
    spoil(world)
    world.bo.types("/incident times mitigated 10 min ago", where=room)

    world.bo.types("/incident close", where=room)
    press(world, "U0BO", "Take command")
    world.bo.types("/incident close", where=room)
    press(world, "U0BO", "I own it")
    world.bo.types("/incident close", where=room)
    press(world, "U0BO", "Say what fixed it")
    world.slack.act.view("U0BO", form(world, "U0BO"), {"fix": {"fix": "Rolled back v42"}})
    world.settle()
    closed = str(world.bo.types("/incident close", where=room).body)

    assert "INC-1 is closed." in closed


def test_who_was_promised_an_update_hears_of_the_end_before_it_is_closed(
    world: World, room: Place
) -> None:
    world.bo.types("/incident reopen errors are back", where=room)
    promise(world, room, "customers")
    resolve(world, room)

    told = str(world.bo.types("/incident close", where=room).body)
    press(world, "U0BO", "Write the update")
    world.slack.act.view(
        "U0BO", form(world, "U0BO"), {"text.customers": {"text": "You can pay again"}}
    )
    world.settle()
    closed = str(world.bo.types("/incident close", where=room).body)

    assert "Customers were promised an update by" in told
    assert "INC-1 is closed." in closed


@pytest.mark.usefixtures("room")
def test_outside_of_slack_the_same_is_said_in_words(world: World) -> None:
    spoil(world)
    by = Origin(PersonId("U0BO"), "cli")

    with world.app.desk.work(by, world.clock()) as work:
        assert isinstance(work, Work)
        found = closing.why_not_close(work, work.incident(IncidentNumber(1)))

    assert [one.code for one in found] == [
        "no_commander", "no_fix", "no_postmortem_owner", "key_times",
    ]  # fmt: skip
    assert here(str(closing.NotYet(found))).endswith(
        "First: warroom incident role, then /incident fix and what fixed it (in Slack), "
        "then /incident postmortem own (in Slack), then warroom incident times."
    )


def promise(world: World, room: Place, audience: str) -> None:
    """Send an update to an audience, with another one promised."""
    world.bo.types("/incident update", where=room)
    view = form(world, "U0BO")
    world.slack.act.view(
        "U0BO",
        view,
        {
            "audience": {"comms.audience": {"selected_option": {"value": audience}}},
            "text.responders": {"text": "Some of you cannot pay"},
            "next_in": {"next_in": {"selected_option": {"value": "30"}}},
        },
    )
    world.settle()
