"""Slack's own Python clients, unmodified, against the workspace over real sockets."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from emulator.embedded import (
    ANA,
    BO,
    CHEN,
    Server,
    button,
    modal,
    plain,
    section,
    serving,
    text_input,
)
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.webhook import WebhookClient

from bot.emulator import Fault, Workspace


@pytest.fixture
def client(served: Server) -> WebClient:
    return WebClient(served.ws.identity.bot_token, base_url=served.api, retry_handlers=[])


def test_a_room_is_opened_and_furnished_with_slacks_own_client(
    served: Server, client: WebClient
) -> None:
    me = client.auth_test()
    room = client.conversations_create(name="inc-1-checkout")["channel"]["id"]
    client.conversations_invite(channel=room, users=[ANA, BO])
    client.conversations_setTopic(channel=room, topic="SEV 1")
    card = client.chat_postMessage(
        channel=room,
        text="card",
        blocks=[section("INC-1"), {"type": "actions", "elements": [button("accept")]}],
        metadata={"event_type": "warroom", "event_payload": {"op": "1"}},
    )
    client.pins_add(channel=room, timestamp=card["ts"])
    client.bookmarks_add(channel_id=room, title="Bridge", type="link", link="https://meet.example")
    client.chat_update(channel=room, ts=card["ts"], text="card 2")
    client.reactions_add(channel=room, timestamp=card["ts"], name="eyes")

    read = client.conversations_history(channel=room, include_all_metadata=True)["messages"]

    assert me["bot_id"] == served.ws.identity.bot_id
    shown = next(message for message in read if message["ts"] == card["ts"])
    assert shown["text"] == "card 2"
    assert shown["metadata"]["event_payload"] == {"op": "1"}
    assert shown["reactions"][0]["name"] == "eyes"
    assert client.pins_list(channel=room)["items"][0]["message"]["ts"] == card["ts"]
    assert set(client.conversations_members(channel=room)["members"]) >= {ANA, BO}


def test_lists_come_in_pages_that_slacks_client_follows(client: WebClient) -> None:
    for number in range(5):
        client.conversations_create(name=f"room-{number}")

    pages = [
        [channel["name"] for channel in page["channels"]]
        for page in client.conversations_list(limit=2)
    ]

    assert [len(page) for page in pages] == [2, 2, 2]
    assert [name for page in pages for name in page] == [
        "general",
        *(f"room-{number}" for number in range(5)),
    ]


def test_a_refusal_reaches_slacks_client_with_its_code(client: WebClient) -> None:
    with pytest.raises(SlackApiError) as caught:
        client.chat_postMessage(channel="C0NOWHERE", text="hello")

    assert caught.value.response["error"] == "channel_not_found"


def test_an_unknown_method_is_named_as_such(client: WebClient) -> None:
    with pytest.raises(SlackApiError) as caught:
        client.api_call("made.up")

    assert caught.value.response["error"] == "unknown_method"


def test_the_limit_comes_as_429_with_the_seconds_to_wait(served: Server, client: WebClient) -> None:
    served.ws.faults.add(Fault("chat.postMessage", "rate_limited", seconds=7))

    with pytest.raises(SlackApiError) as caught:
        client.chat_postMessage(channel=served.general, text="hello")

    assert caught.value.response.status_code == 429
    assert caught.value.response.headers["retry-after"] == "7"


def test_a_lost_answer_cuts_the_line_after_the_message_is_posted(served: Server) -> None:
    httpx.post(f"{served.url}/workspace/faults", json={"kind": "lost_answer"}).raise_for_status()
    bearer = {"authorization": f"Bearer {served.ws.identity.bot_token}"}

    with pytest.raises(httpx.RemoteProtocolError):
        httpx.post(
            served.api + "chat.postMessage",
            json={"channel": served.general, "text": "posted all the same"},
            headers=bearer,
        )

    read = httpx.get(
        served.api + "conversations.history",
        params={"channel": served.general, "limit": 1},
        headers=bearer,
    )
    assert read.json()["messages"][0]["text"] == "posted all the same"


def test_a_file_goes_up_in_three_steps(served: Server, client: WebClient) -> None:
    done = client.files_upload_v2(
        channel=served.general, filename="pm.md", content="# INC-1", initial_comment="Postmortem"
    )

    newest = client.conversations_history(channel=served.general, limit=1)["messages"][0]
    assert newest["text"] == "Postmortem"
    address = newest["files"][0]["url_private"]
    bearer = {"Authorization": f"Bearer {client.token}"}
    assert httpx.get(address, headers=bearer).text == "# INC-1"
    assert httpx.get(address).status_code == 302
    assert done["files"][0]["id"] == newest["files"][0]["id"]


def listening(served: Server, answers: dict[str, Any]) -> tuple[SocketModeClient, list[Any]]:
    """A connected Socket Mode client that answers by payload type, and what it has heard."""
    heard: list[SocketModeRequest] = []
    me = served.ws.identity
    socket = SocketModeClient(
        me.app_token,
        web_client=WebClient(me.bot_token, base_url=served.api),
        auto_reconnect_enabled=False,
    )

    def hear(client: Any, request: SocketModeRequest) -> None:
        heard.append(request)
        answer = answers.get(request.type)
        client.send_socket_mode_response(SocketModeResponse(request.envelope_id, answer))

    socket.socket_mode_request_listeners.append(hear)
    socket.connect()
    return socket, heard


@dataclass(frozen=True)
class Wired:
    """A workspace whose app is connected by Socket Mode, and what the app has heard."""

    server: Server
    heard: list[SocketModeRequest]

    @property
    def ws(self) -> Workspace:
        return self.server.ws


@pytest.fixture(scope="module")
def wired() -> Iterator[Wired]:
    with serving() as server:
        client, heard = listening(server, {"slash_commands": {"text": "on it"}})
        yield Wired(server, heard)
        client.close()


def test_a_command_goes_through_socket_mode_and_its_answer_is_shown(wired: Wired) -> None:
    result = wired.ws.act.command(ANA, "general", "checkout 5xx")

    assert result.ok
    assert result.shown is not None
    assert result.shown["text"] == "on it"
    assert wired.heard[-1].payload["text"] == "checkout 5xx"


def test_events_go_through_socket_mode_once_each(wired: Wired) -> None:
    wired.ws.act.message(ANA, "general", "one")
    wired.ws.act.message(BO, "general", "two")

    wired.ws.flush_events()
    again = wired.ws.flush_events()

    texts = [one.payload["event"]["text"] for one in wired.heard if one.type == "events_api"]
    assert texts == ["one", "two"]
    assert again == 0


def test_an_answer_over_the_response_url_is_for_one_person(wired: Wired) -> None:
    result = wired.ws.act.command(BO, "general", "x")

    answer = WebhookClient(result.response_url).send(text="later", response_type="ephemeral")

    boot = httpx.get(f"{wired.server.url}/workspace/boot", params={"user": BO}).json()
    assert (answer.status_code, answer.body) == (200, "ok")
    assert [one["message"]["text"] for one in boot["ephemerals"]] == ["on it", "later"]


def test_the_page_hears_live_what_its_member_may_see(served: Server) -> None:
    told: list[dict[str, Any]] = []
    connected = threading.Event()

    def listen() -> None:
        url = f"{served.url}/workspace/live"
        with httpx.stream("GET", url, params={"user": BO}, timeout=5) as stream:
            for line in stream.iter_lines():
                connected.set()
                if line.startswith("data: "):
                    told.append(json.loads(line.removeprefix("data: ")))
                    return

    thread = threading.Thread(target=listen)
    thread.start()
    assert connected.wait(5)
    secret = served.ws.add_channel("secret", [ANA], private=True)
    served.ws.act.message(ANA, secret.id, "between us")
    served.ws.act.message(ANA, served.general, "hello all")
    thread.join()

    assert [(one["kind"], one["message"]["text"]) for one in told] == [("message", "hello all")]


def test_a_modal_is_opened_filled_in_and_sent_over_http(wired: Wired) -> None:
    client = WebClient(wired.ws.identity.bot_token, base_url=wired.server.api)

    def act(kind: str, /, **body: Any) -> dict[str, Any]:
        answer = httpx.post(f"{wired.server.url}/workspace/act/{kind}", json={"user": CHEN, **body})
        return dict(answer.json())

    opened = act("command", channel="general", text="")
    form = modal(text_input(), title=plain("New incident"))
    view = client.views_open(trigger_id=opened["trigger_id"], view=form)["view"]

    empty = act("view", view_id=view["id"], values={}, kind="submit")
    sent = act("view", view_id=view["id"], values={"title": {"text": "5xx"}}, kind="submit")

    assert empty["errors"] == {"title": "Please complete this required field."}
    assert sent["ok"]
    entered = wired.heard[-1].payload["view"]["state"]["values"]
    assert entered == {"title": {"text": {"type": "plain_text_input", "value": "5xx"}}}
