"""The Web API says what Slack says, also when it refuses."""

from datetime import timedelta

import pytest
from emulator.embedded import ANA, BO, CHEN, START, World
from hypothesis import given
from hypothesis import strategies as st

from bot.clock import FastClock
from bot.emulator import DEFAULT_BOT_SCOPES, Workspace


@pytest.mark.parametrize(
    ("token", "code"),
    [
        (None, "not_authed"),
        ("xoxb-wrong", "invalid_auth"),
        ("xoxp-U0NOBODY", "invalid_auth"),
        ("xapp-embedded-app", "not_allowed_token_type"),
    ],
)
def test_a_call_without_the_right_token_is_refused(
    world: World, token: str | None, code: str
) -> None:
    assert world.ws.web_api("users.list", {}, token).body["error"] == code


def test_a_missing_scope_is_named_together_with_those_that_are_there(clock: FastClock) -> None:
    with Workspace(clock, bot_scopes=frozenset({"chat:write"})) as ws:
        answer = ws.web_api("pins.add", {}, ws.identity.bot_token)

    assert answer.body == {
        "ok": False,
        "error": "missing_scope",
        "needed": "pins:write",
        "provided": "chat:write",
    }
    assert answer.headers["x-accepted-oauth-scopes"] == "pins:write"


def test_a_private_room_needs_its_own_scope(clock: FastClock) -> None:
    with Workspace(clock, bot_scopes=DEFAULT_BOT_SCOPES - {"groups:write"}) as ws:
        token = ws.identity.bot_token

        assert ws.web_api("conversations.create", {"name": "open"}, token).ok
        refused = ws.web_api("conversations.create", {"name": "shut", "is_private": True}, token)

    assert refused.body["needed"] == "groups:write"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("", "invalid_name_required"),
        ("x" * 81, "invalid_name_maxlength"),
        ("Upper", "invalid_name_specials"),
        ("two words", "invalid_name_specials"),
        ("dot.ted", "invalid_name_specials"),
        ("---", "invalid_name_punctuation"),
        ("general", "name_taken"),
    ],
)
def test_a_room_name_slack_would_refuse_is_refused(world: World, name: str, code: str) -> None:
    assert world.error("conversations.create", name=name) == code


def test_an_archived_room_keeps_its_name(world: World) -> None:
    room = world.bot("conversations.create", name="inc-1")["channel"]["id"]
    world.bot("conversations.archive", channel=room)

    assert world.error("conversations.create", name="inc-1") == "name_taken"
    assert world.error("chat.postMessage", channel=room, text="x") == "is_archived"


def test_an_invitation_with_force_brings_in_whom_it_can(world: World) -> None:
    room = world.bot("conversations.create", name="inc-1")["channel"]["id"]

    plain = world.ask("conversations.invite", channel=room, users=f"{ANA},U0NOBODY")
    forced = world.bot("conversations.invite", channel=room, users=f"{ANA},U0NOBODY", force=True)

    assert plain.body["error"] == "user_not_found"
    assert [error["user"] for error in forced["errors"]] == ["U0NOBODY"]
    assert ANA in world.bot("conversations.members", channel=room)["members"]
    assert world.error("conversations.invite", channel=room, users=ANA) == "already_in_channel"


def test_the_app_posts_only_where_it_is(world: World) -> None:
    elsewhere = world.ws.add_channel("elsewhere", [ANA]).id
    secret = world.ws.add_channel("secret", [ANA], private=True).id

    assert world.error("chat.postMessage", channel=elsewhere, text="x") == "not_in_channel"
    assert world.error("chat.postMessage", channel=secret, text="x") == "channel_not_found"
    world.bot("conversations.join", channel=elsewhere)
    world.bot("chat.postMessage", channel=elsewhere, text="x")


def test_a_message_to_a_person_lands_in_their_direct_messages(world: World) -> None:
    said = world.bot("chat.postMessage", channel=ANA, text="psst")

    assert said["channel"].startswith("D")
    assert world.texts(said["channel"]) == ["psst"]


def test_metadata_comes_back_whole_only_when_asked_for(world: World) -> None:
    meta = {"event_type": "card", "event_payload": {"op": "42"}}
    world.bot("chat.postMessage", channel=world.general, text="x", metadata=meta)

    short = world.bot("conversations.history", channel=world.general, limit=1)["messages"][0]
    full = world.bot(
        "conversations.history", channel=world.general, limit=1, include_all_metadata=True
    )["messages"][0]

    assert short["metadata"] == {"event_type": "card"}
    assert full["metadata"] == meta


def test_an_update_beyond_four_thousand_characters_is_too_long(world: World) -> None:
    said = world.bot("chat.postMessage", channel=world.general, text="x" * 5000)
    at = {"channel": world.general, "ts": said["ts"]}

    assert world.error("chat.update", **at, text="x" * 4001) == "msg_too_long"
    assert world.bot("chat.update", **at, text="x" * 4000)["ts"] == said["ts"]


def test_the_app_changes_only_its_own_messages(world: World) -> None:
    said = world.ws.act.message(ANA, world.general, "mine")

    assert world.error("chat.update", channel=world.general, ts=said.ts, text="x") == (
        "cant_update_message"
    )
    assert world.error("chat.delete", channel=world.general, ts=said.ts) == "cant_delete_message"


def test_a_reply_is_in_its_thread_and_not_in_the_channel(world: World) -> None:
    parent = world.bot("chat.postMessage", channel=world.general, text="parent")["ts"]
    first = world.bot("chat.postMessage", channel=world.general, text="1", thread_ts=parent)["ts"]
    world.bot("chat.postMessage", channel=world.general, text="2", thread_ts=first)

    thread = world.bot("conversations.replies", channel=world.general, ts=parent)["messages"]

    assert [message["text"] for message in thread] == ["parent", "1", "2"]
    assert thread[0]["reply_count"] == 2
    assert world.texts() == ["parent"]


def test_a_pin_is_put_once_and_taken_away_once(world: World) -> None:
    ts = world.bot("chat.postMessage", channel=world.general, text="card")["ts"]
    at = {"channel": world.general, "timestamp": ts}

    world.bot("pins.add", **at)
    assert world.error("pins.add", **at) == "already_pinned"
    world.bot("pins.remove", **at)
    assert world.error("pins.remove", **at) == "no_pin"


def test_a_topic_beyond_250_characters_is_too_long(world: World) -> None:
    assert world.error("conversations.setTopic", channel=world.general, topic="x" * 251) == (
        "too_long"
    )


def test_the_twenty_first_room_in_a_minute_has_to_wait(clock: FastClock) -> None:
    with Workspace(clock) as ws:
        token = ws.identity.bot_token
        for number in range(20):
            assert ws.web_api("conversations.create", {"name": f"inc-{number}"}, token).ok
        clock.pass_(timedelta(seconds=20))
        refused = ws.web_api("conversations.create", {"name": "inc-20"}, token)
        clock.pass_(timedelta(seconds=int(refused.headers["retry-after"])))
        again = ws.web_api("conversations.create", {"name": "inc-20"}, token)

    assert (refused.status, refused.body["error"]) == (429, "ratelimited")
    assert refused.headers["retry-after"] == "40"
    assert again.ok


def test_a_channel_takes_one_message_a_second_after_a_short_burst(clock: FastClock) -> None:
    with Workspace(clock) as ws:
        channel, token = ws.add_channel("general", [ws.identity.bot_user]).id, ws.identity.bot_token

        def say() -> int:
            answer = ws.web_api("chat.postMessage", {"channel": channel, "text": "x"}, token)
            return answer.status

        assert [say() for _ in range(5)] == [200, 200, 200, 200, 429]
        clock.pass_(timedelta(seconds=1))
        assert [say(), say()] == [200, 429]


@given(counts=st.lists(st.integers(1, 5), max_size=6), limit=st.integers(1, 4))
def test_pages_hold_everything_once_and_in_order(counts: list[int], limit: int) -> None:
    with Workspace(FastClock(START), rate_limits=False) as ws:
        for number in range(sum(counts)):
            ws.add_channel(f"room-{number}", [ANA])
        seen: list[str] = []
        cursor = ""
        while True:
            args = {"limit": limit, "cursor": cursor}
            body = ws.web_api("conversations.list", args, ws.identity.bot_token).body
            seen += [channel["name"] for channel in body["channels"]]
            cursor = body["response_metadata"]["next_cursor"]
            if not cursor:
                break

    assert seen == [f"room-{number}" for number in range(sum(counts))]


def test_stamps_only_grow_even_while_the_clock_stands_still(world: World) -> None:
    stamps = [
        world.bot("chat.postMessage", channel=world.general, text=str(n))["ts"] for n in range(5)
    ]

    assert stamps == sorted(set(stamps))
    assert world.texts() == ["4", "3", "2", "1", "0"]


def test_people_are_found_by_address_and_by_id(world: World) -> None:
    found = world.bot("users.lookupByEmail", email="BO@example.com")["user"]

    assert found["id"] == BO
    assert world.bot("users.info", user=BO)["user"]["tz"] == "America/New_York"
    assert world.error("users.lookupByEmail", email="no@example.com") == "users_not_found"
    assert world.error("users.info", user="U0NO") == "user_not_found"


def test_a_scheduled_message_appears_at_its_time(world: World) -> None:
    soon = int((world.clock() + timedelta(minutes=5)).timestamp())
    world.bot("chat.scheduleMessage", channel=world.general, text="later", post_at=soon)

    world.ws.flush_events()
    before = world.texts()
    world.clock.pass_(timedelta(minutes=6))
    world.ws.flush_events()

    assert before == []
    assert world.texts() == ["later"]


def test_a_private_room_is_hidden_from_those_outside(world: World) -> None:
    room = world.bot("conversations.create", name="hush", is_private=True)["channel"]["id"]

    assert world.ana("conversations.info", channel=room)["error"] == "channel_not_found"
    world.bot("conversations.invite", channel=room, users=f"{ANA},{CHEN}")
    assert world.ana("conversations.info", channel=room)["ok"]
