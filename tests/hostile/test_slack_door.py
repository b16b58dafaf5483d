"""Who is not Slack gets nowhere; what Slack sent once has one effect, however often it comes."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hostile.sizes import sized
from hostile.stage import play_every_kind
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from world import World

from bot.emulator import CallableDelivery, Delivery, Reply
from bot.slack import guard
from bot.slack.guard import Rejected
from incidents.store import incidents, tables

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
SIGNING_SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
STAMP = str(int(NOW.timestamp()))
HEADER = st.text(st.characters(max_codepoint=255), max_size=80)


def headers(body: bytes, *, stamp: str = STAMP, secret: str = SIGNING_SECRET) -> dict[str, str]:
    return {
        "content-type": "application/json",
        "x-slack-request-timestamp": stamp,
        "x-slack-signature": guard.sign(body, secret, stamp),
    }


@given(body=st.binary(max_size=400), stamp=HEADER, signature=HEADER, kind=HEADER)
def test_nobody_guesses_a_signature(body: bytes, stamp: str, signature: str, kind: str) -> None:
    given = {
        "content-type": kind,
        "x-slack-request-timestamp": stamp,
        "x-slack-signature": signature,
    }

    rejected = guard.check(given, body, SIGNING_SECRET, NOW)

    assert isinstance(rejected, Rejected)
    assert rejected.status == 401


@given(body=st.binary(max_size=400), kind=st.sampled_from(["json", "x-www-form-urlencoded"]))
def test_signed_rubbish_is_refused_without_an_error(body: bytes, kind: str) -> None:
    given = {**headers(body), "content-type": f"application/{kind}"}

    rejected = guard.check(given, body, SIGNING_SECRET, NOW)

    assert rejected is None or 400 <= rejected.status < 500


@given(body=st.binary(min_size=1, max_size=100), at=st.integers(0, 99), flip=st.integers(1, 255))
def test_one_changed_byte_breaks_the_signature(body: bytes, at: int, flip: int) -> None:
    place = at % len(body)
    changed = body[:place] + bytes([body[place] ^ flip]) + body[place + 1 :]

    rejected = guard.check(headers(body), changed, SIGNING_SECRET, NOW)

    assert rejected is not None
    assert rejected.status == 401


@pytest.mark.parametrize("seconds", [-301, 301, -86_400])
def test_what_is_too_old_or_from_the_future_is_refused(seconds: int) -> None:
    stamp = str(int((NOW + timedelta(seconds=seconds)).timestamp()))

    rejected = guard.check(headers(b"{}", stamp=stamp), b"{}", SIGNING_SECRET, NOW)

    assert rejected == Rejected(401, "The request is too old.")


@pytest.mark.parametrize("secret", ["", "another"])
def test_neither_another_secret_nor_none_opens(secret: str) -> None:
    assert guard.check(headers(b"{}", secret=secret), b"{}", SIGNING_SECRET, NOW) is not None
    assert guard.check(headers(b"{}", secret=""), b"{}", "", NOW) is not None


def test_a_replayed_command_has_no_second_effect(world: World) -> None:
    heard: list[Delivery] = []

    def listen(delivery: Delivery) -> Reply:
        heard.append(delivery)
        answer = world.app.answer_slack(delivery.headers, delivery.body)
        return Reply(answer.status_code, dict(answer.headers), bytes(answer.body))

    world.slack.deliver = CallableDelivery(listen)
    world.ana.types("/incident checkout 5xx sev2 @checkout")
    command = next(one for one in heard if b"command=" in one.body)

    for _ in range(sized(100, 1000)):
        answer = world.app.answer_slack(command.headers, command.body)
        assert answer.status_code == 200
    world.settle()

    with world.app.desk.look() as connection:
        assert len(incidents.recent(connection, limit=10)) == 1
    assert len(world.calls("conversations.create")) == 1


def test_no_replay_of_anything_changes_the_record(light_world: World) -> None:
    heard: list[Delivery] = []

    def listen(delivery: Delivery) -> Reply:
        heard.append(delivery)
        answer = light_world.app.answer_slack(delivery.headers, delivery.body)
        return Reply(answer.status_code, dict(answer.headers), bytes(answer.body))

    def facts() -> dict[str, int]:
        ours = ("incident", "timeline", "effect", "action_item", "role", "postmortem", "due")
        with light_world.app.desk.look() as connection:
            return {
                name: len(connection.execute(select(tables.metadata.tables[name])).all())
                for name in ours
            }

    light_world.slack.deliver = CallableDelivery(listen)
    play_every_kind(light_world)
    before = facts()
    for delivery in [*heard] * sized(3, 30):
        assert light_world.app.answer_slack(delivery.headers, delivery.body).status_code == 200
    light_world.settle()

    assert {one.kind for one in heard} == {"command", "interactive", "event"}
    assert facts() == before


def test_a_replay_after_five_minutes_is_not_let_in(light_world: World) -> None:
    heard: list[Delivery] = []

    def listen(delivery: Delivery) -> Reply:
        heard.append(delivery)
        return Reply(200, {}, b"")

    light_world.slack.deliver = CallableDelivery(listen)
    light_world.ana.types("/incident checkout 5xx sev2 @checkout")
    light_world.clock.pass_(timedelta(minutes=6))

    answer = light_world.app.answer_slack(heard[0].headers, heard[0].body)

    assert answer.status_code == 401


@pytest.mark.parametrize("path", ["/workspace/api/chat.postMessage", "/workspace/act/command"])
def test_the_embedded_workspace_takes_no_huge_body(call: Any, path: str) -> None:
    assert call("POST", path, content=b"x" * (9 * 1024 * 1024)).status_code == 413


@pytest.mark.parametrize(
    "body", [b'{"a":1&command=/incident&user_id=U1', b"{&payload={}", b"{}&command=/incident"]
)
def test_a_signed_form_that_looks_like_json_is_refused(light_world: World, body: bytes) -> None:
    secret = light_world.slack.identity.signing_secret
    stamp = str(int(light_world.clock().timestamp()))
    headers = {
        "content-type": "application/x-www-form-urlencoded",
        "x-slack-request-timestamp": stamp,
        "x-slack-signature": guard.sign(body, secret, stamp),
    }

    assert light_world.app.answer_slack(headers, body).status_code == 400
