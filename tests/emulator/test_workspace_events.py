"""Events reach the app as Slack delivers them: in order, and again until they are accepted."""

from datetime import timedelta

import pytest
from emulator.embedded import ANA, BO, CHEN, World

from bot.emulator import Delivery, Reply, Undelivered


def types(world: World) -> list[str]:
    world.ws.flush_events()
    return [event.get("subtype", event["type"]) for event in world.app.events]


def test_the_app_hears_what_is_said_where_it_is_and_nothing_else(world: World) -> None:
    elsewhere = world.ws.add_channel("elsewhere", [ANA]).id
    world.app.heard.clear()

    world.ws.act.message(ANA, elsewhere, "secret")
    world.ws.act.message(ANA, "general", "hello")
    world.ws.flush_events()

    assert [event.get("text") for event in world.app.events if event["type"] == "message"] == [
        "hello"
    ]


def test_the_app_hears_its_own_messages_marked_as_its_own(world: World) -> None:
    world.bot("chat.postMessage", channel=world.general, text="me")
    world.ws.flush_events()

    assert world.app.events[-1]["bot_id"] == world.ws.identity.bot_id


def test_naming_the_app_is_a_mention_besides_the_message(world: World) -> None:
    world.ws.act.message(ANA, "general", "@warroom list")

    assert types(world) == ["message", "app_mention"]


def test_coming_going_and_reacting_are_told(world: World) -> None:
    said = world.ws.act.message(ANA, "general", "x")
    world.ws.act.reaction(BO, "general", said.ts, "pushpin")
    world.ws.act.reaction(BO, "general", said.ts, "pushpin", remove=True)
    world.ws.act.join(CHEN, "general")
    world.ws.act.leave(CHEN, "general")
    world.ws.act.edit(ANA, "general", said.ts, "y")
    world.ws.act.delete(ANA, "general", said.ts)
    world.ws.act.home(ANA)

    assert types(world) == [
        "message",
        "reaction_added",
        "reaction_removed",
        "member_joined_channel",
        "channel_join",
        "member_left_channel",
        "channel_leave",
        "message_changed",
        "message_deleted",
        "app_home_opened",
    ]


def test_a_refused_event_comes_again_at_once_then_after_one_and_five_minutes(world: World) -> None:
    world.app.says(500)
    world.ws.act.message(ANA, "general", "x")

    counts = []
    for minutes in (0, 1, 5, 60):
        world.clock.pass_(timedelta(minutes=minutes))
        world.ws.flush_events()
        counts.append(len(world.app.heard))

    heads = [one.headers for one in world.app.heard]
    assert counts == [2, 3, 4, 4]
    assert [head.get("x-slack-retry-num") for head in heads] == [None, "1", "2", "3"]
    assert heads[1]["x-slack-retry-reason"] == "http_error"
    assert len({one.envelope["payload"]["event_id"] for one in world.app.heard}) == 1


@pytest.mark.parametrize("reason", ["http_timeout", "connection_failed"])
def test_an_unanswered_event_says_why_it_comes_again(world: World, reason: str) -> None:
    def silent(_: Delivery) -> Reply:
        raise Undelivered(reason)

    world.app.answer = silent
    world.ws.act.message(ANA, "general", "x")
    world.ws.flush_events()

    assert world.app.heard[-1].headers["x-slack-retry-reason"] == reason


def test_the_app_can_ask_not_to_be_told_again(world: World) -> None:
    world.app.answer = lambda _: Reply(500, {"X-Slack-No-Retry": "1"})
    world.ws.act.message(ANA, "general", "x")

    assert world.ws.flush_events() == 1


def test_events_that_answer_events_go_out_in_the_same_flush(world: World) -> None:
    def echo(delivery: Delivery) -> Reply:
        event = delivery.envelope["payload"]["event"]
        if event["type"] == "message" and not event.get("bot_id"):
            world.bot("chat.postMessage", channel=event["channel"], text="echo")
        return Reply(200)

    world.app.answer = echo
    world.ws.act.message(ANA, "general", "x")

    assert world.ws.flush_events() == 2
    assert world.texts() == ["echo", "x"]


def test_changes_to_members_and_channels_are_told(world: World) -> None:
    room = world.bot("conversations.create", name="inc-1")["channel"]["id"]
    world.ws.flush_events()
    world.app.heard.clear()

    world.bot("conversations.rename", channel=room, name="inc-1-checkout")
    world.bot("conversations.archive", channel=room)
    world.bot("conversations.unarchive", channel=room)
    world.ws.change_member(BO, tz="Asia/Tokyo")
    world.ws.add_member("U0NEW", "new", "New Person")

    told = [kind for kind in types(world) if not kind.startswith("channel_name")]
    assert told == [
        "channel_rename",
        "channel_archive",
        "channel_archive",
        "channel_unarchive",
        "channel_unarchive",
        "user_change",
        "team_join",
    ]
