"""Slack says no for good, or to one of many: what can be done is done, and the rest is told."""

from datetime import timedelta

import pytest
from world import World

from bot.emulator import Fault
from incidents.actions.desk import CLOCK, Origin
from incidents.actions.notes import note
from incidents.model import effects
from incidents.model.ids import IncidentNumber, PersonId
from incidents.model.text import clean_line
from incidents.store import outbox, outbox_view

FIRST = IncidentNumber(1)
ANA = Origin(PersonId("U0ANA"), "slack")


def declared(world: World, words: str = "checkout 5xx sev2 @checkout") -> None:
    world.ana.types(f"/incident {words}")


def dead(world: World) -> list[str]:
    with world.app.desk.look() as connection:
        return [one.key for one in outbox_view.listed(connection, states=("dead",), limit=50)]


@pytest.mark.parametrize("error", ["invalid_blocks", "msg_too_long", "restricted_action"])
def test_an_effect_that_slack_refuses_for_good_holds_nothing_else_up(
    world: World, error: str
) -> None:
    world.slack.faults.add(Fault(method="bookmarks.add", error=error, times=1))

    begun = world.clock()
    declared(world)

    room = world.room("inc-1")
    ops = world.channel("incidents").text
    assert world.clock() - begun <= timedelta(seconds=5)
    assert len(dead(world)) == 1
    assert room.text.count("checkout 5xx") >= 1
    assert "failed for good" in ops
    assert f"warroom effects retry {dead(world)[0]}" in ops


def test_what_was_refused_is_tried_again_when_somebody_says_so(world: World) -> None:
    world.slack.faults.add(Fault(method="bookmarks.add", error="restricted_action", times=1))
    declared(world)
    (key,) = dead(world)

    with world.app.desk.store.write() as connection:
        outbox.retry_incident(connection, FIRST, world.clock())
    world.settle()

    assert dead(world) == []
    with world.app.desk.look() as connection:
        assert outbox_view.state_of(connection, key) == "done"


def test_a_channel_of_somebody_else_under_our_name_is_left_alone(world: World) -> None:
    world.slack.add_channel("inc-1-checkout-5xx", ["U0ANA", world.slack.identity.bot_user])

    declared(world)

    names = {one.kind: one.body for one in world.record(1)}["room_opened"]
    assert names["room"] == "inc-1-checkout-5xx-2"


def test_a_channel_whose_making_was_not_confirmed_is_ours(world: World) -> None:
    world.slack.faults.add(Fault(method="conversations.create", kind="lost_answer", times=1))

    declared(world)
    world.passes(seconds=30)

    token = world.slack.identity.bot_token
    listed = world.slack.web_api("conversations.list", {"limit": 100}, token).body["channels"]
    assert [one["name"] for one in listed if one["name"].startswith("inc-")] == [
        "inc-1-checkout-5xx"
    ]


def test_who_cannot_be_invited_is_named_once_and_the_others_come(world: World) -> None:
    world.slack.change_member("U0CHEN", deleted=True)
    world.settle()
    declared(world)
    room = world.room("inc-1")

    world.ana.types("/incident page payments", where=room)
    world.settle()
    world.passes(minutes=2)

    assert room.text.count("Not everybody could be invited") <= 1
    assert "U0ANA" in room.members
    assert "U0CHEN" not in room.members


def test_of_a_hundred_and_twenty_people_all_come_but_the_deactivated_one(world: World) -> None:
    for number in range(120):
        world.slack.add_member(f"U1{number:03}", f"extra{number}", f"Extra {number}")
    declared(world)
    room = world.room("inc-1")
    world.slack.change_member("U1007", deleted=True)

    people = tuple(PersonId(f"U1{number:03}") for number in range(120))
    with world.app.desk.work(ANA, world.clock()) as work:
        work.send(effects.invite(FIRST, people, why="everybody"))
    world.settle()

    assert len(set(people) & set(room.members)) == 119
    assert room.text.count("Not everybody could be invited") == 2  # the text and the block of one
    assert "<@U1007>: Slack does not let them in" in room.text


def test_nothing_private_is_said_in_a_room_that_another_organisation_shares(world: World) -> None:
    world.ana.types("/incident declare leaked zebra keys private")
    room = world.room("inc-1")
    before = [message["text"] for message in room.messages]
    world.slack.share(room.id, "T0OTHER")

    note(world.app.desk, FIRST, clean_line("the keys are rotated"), by=CLOCK, now=world.clock())
    world.settle()

    assert [message["text"] for message in room.messages] == before
    assert "It is about a private incident" in world.channel("incidents").text


def test_a_bot_that_was_thrown_out_of_the_room_comes_back(world: World) -> None:
    declared(world)
    room = world.room("inc-1")
    gone = {"channel": room.id, "user": world.slack.identity.bot_user}
    assert world.slack.web_api("conversations.kick", gone, "xoxp-U0ANA").ok

    note(world.app.desk, FIRST, clean_line("still here"), by=CLOCK, now=world.clock())
    for _ in range(6):
        world.passes(seconds=20)

    assert world.slack.identity.bot_user in room.members
    room.shows("still here")
