"""What is taken for a payload of Slack's, and what is refused at the door."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from hostile.stage import heard
from world import World, words_of

from bot.slack import payloads

PRESS: dict[str, Any] = {
    "type": "block_actions",
    "user": {"id": "U0ANA"},
    "actions": [{"action_id": "card.retry", "value": "INC-1"}],
}


def test_everything_that_the_workspace_sends_is_taken(light_world: World) -> None:
    light_world.ana.types("/incident checkout 5xx sev2 @checkout")

    sent = heard(light_world)

    assert len(sent) > 50
    assert [payloads.fault(one) for one in sent if payloads.fault(one)] == []


@pytest.mark.parametrize(
    ("field", "value", "fault"),
    [
        ("user", {"id": "U\x00"}, "user.id"),
        ("user", "U0ANA", "user"),
        ("actions", [], "actions"),
        ("actions", [{"value": "x"}], "actions.0.action_id"),
        ("actions", [{"action_id": "a\nb"}], "actions.0.action_id"),
        ("view", {"id": "V1", "state": {"values": {"a": 5}}}, "view.state.values.a"),
        ("team", 5, "team.dict[str,any], team.str"),
        ("type", "not_yet_invented", "type"),
        ("type", ["block_actions"], "type"),
        ("type", None, "type"),
    ],
)
def test_a_wrong_field_is_named(field: str, value: Any, fault: str) -> None:
    assert payloads.fault(PRESS) == ""
    assert payloads.fault({**PRESS, field: value}) == fault


@pytest.mark.parametrize("lacking", ["channel", "ts"])
def test_a_reaction_to_a_message_says_where_that_is(lacking: str) -> None:
    message = {"type": "message", "channel": "C1", "ts": "1.2"}
    event = {"type": "reaction_added", "user": "U0ANA", "reaction": "pushpin", "item": message}
    call = {"type": "event_callback", "event_id": "Ev1", "event": event}
    somewhere = {name: value for name, value in message.items() if name != lacking}

    assert payloads.fault(call) == ""
    assert payloads.fault({**call, "event": {**event, "item": somewhere}}) == "item"
    assert payloads.fault({**call, "event": {**event, "item": {"type": "file"}}}) == ""


def test_a_form_comes_with_what_was_filled_in() -> None:
    view = {"id": "V1", "type": "modal", "callback_id": "declare", "state": {}}
    form = {"type": "view_submission", "user": {"id": "U0ANA"}, "view": view}

    assert payloads.fault(form) == "view.state.values"
    assert payloads.fault({**form, "view": {**view, "state": {"values": {}}}}) == ""


def test_json_a_form_and_json_in_a_form_are_read_alike() -> None:
    ways = (json.dumps(PRESS), urlencode({"payload": json.dumps(PRESS)}))

    assert [payloads.parse(way) for way in ways] == [PRESS, PRESS]
    assert payloads.parse("command=/incident&text=") == {"command": "/incident", "text": ""}


@pytest.mark.parametrize("text", ["{", "payload=[]", "payload={", '{"a":' * 40 + "1" + "}" * 40])
def test_what_is_no_object_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        payloads.parse(text)


def test_a_command_about_a_payload_is_heard(light_world: World) -> None:
    done = light_world.ana.types("/incident payload errors in checkout sev2")

    assert done.status == 200
    light_world.room("inc-1").shows("payload errors in checkout")
    assert "INC-1" in words_of(done)
