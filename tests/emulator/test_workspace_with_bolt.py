"""Slack's own framework as the app: signed HTTP in, the Web API out, all over real sockets."""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from emulator.embedded import ANA, Server, button, modal, section, serving, text_input
from slack_bolt import App, BoltRequest
from slack_sdk import WebClient
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.emulator import HttpDelivery


@dataclass
class Bolted:
    """A Bolt app installed in a workspace, and what its listeners were given."""

    server: Server
    heard: list[Any] = field(default_factory=list)
    told: threading.Event = field(default_factory=threading.Event)


def bolt_app(bolted: Bolted) -> App:
    me = bolted.server.ws.identity
    app = App(
        token=me.bot_token,
        signing_secret=me.signing_secret,
        client=WebClient(me.bot_token, base_url=bolted.server.api),
        process_before_response=True,
    )

    @app.command("/incident")
    def declare(ack: Any, command: Any, client: WebClient) -> None:
        ack("opening")
        form = modal(text_input(), callback_id="declare")
        client.views_open(trigger_id=command["trigger_id"], view=form)

    @app.view("declare")
    def declared(ack: Any, view: Any, client: WebClient) -> None:
        ack()
        title = view["state"]["values"]["title"]["text"]["value"]
        room = client.conversations_create(name=f"inc-1-{title}")["channel"]["id"]
        client.conversations_invite(channel=room, users=ANA)
        row = {"type": "actions", "elements": [button("accept")]}
        client.chat_postMessage(channel=room, text="card", blocks=[section(title), row])

    @app.action("accept")
    def accept(ack: Any, body: Any, respond: Any) -> None:
        ack()
        bolted.heard.append(body["user"]["id"])
        respond(text="You command.", response_type="ephemeral", replace_original=False)

    @app.event("app_mention")
    def mentioned(event: Any) -> None:
        bolted.heard.append(event["text"])
        bolted.told.set()

    return app


@pytest.fixture
def bolted() -> Iterator[Bolted]:
    with serving() as server:
        bolted = Bolted(server)
        app = bolt_app(bolted)

        async def receive(request: Request) -> Response:
            body = (await request.body()).decode()
            headers: dict[str, str | Sequence[str]] = {
                name: [value] for name, value in request.headers.items()
            }
            asked: Any = BoltRequest(body=body, headers=headers)
            answer = await run_in_threadpool(app.dispatch, asked)
            return Response(
                answer.body,
                answer.status,
                headers={name: values[0] for name, values in answer.headers.items()},
            )

        server.site.routes.append(Route("/slack/events", receive, methods=["POST"]))
        server.ws.install(f"{server.url}/slack/events", slash_command="/other")
        yield bolted


def test_an_incident_is_declared_accepted_and_talked_about(bolted: Bolted) -> None:
    ws = bolted.server.ws

    opened = ws.act.command(ANA, "general")
    view = next(iter(ws.core.state.views))
    sent = ws.act.view(ANA, view.id, {"title": {"text": "checkout"}})
    history = ws.web_api("conversations.history", {"channel": _room(bolted)}, f"xoxp-{ANA}").body
    card = history["messages"][0]
    clicked = ws.act.action(ANA, "accept", channel="inc-1-checkout", message_ts=card["ts"])
    ws.act.message(ANA, "inc-1-checkout", "@warroom list")

    assert bolted.told.wait(5)
    assert (opened.ok, sent.ok, clicked.ok) == (True, True, True)
    assert opened.shown is not None
    assert opened.shown["text"] == "opening"
    assert bolted.heard == [ANA, f"<@{ws.identity.bot_user}> list"]
    whispers = [said.body["text"] for said in ws.core.state.ephemerals]
    assert whispers == ["opening", "You command."]


def test_a_request_signed_with_another_secret_is_turned_away_by_the_app(bolted: Bolted) -> None:
    answer = httpx.post(
        f"{bolted.server.url}/slack/events",
        content=b"{}",
        headers={"x-slack-signature": "v0=0", "x-slack-request-timestamp": "1"},
    )

    assert answer.status_code == 401


def test_nobody_at_the_address_is_a_failed_dispatch(bolted: Bolted) -> None:
    bolted.server.ws.deliver = HttpDelivery("http://127.0.0.1:9/slack/events")

    assert bolted.server.ws.act.command(ANA, "general").error == "dispatch_failed"


def _room(bolted: Bolted) -> str:
    channels = bolted.server.ws.core.state.channels
    return next(channel.id for channel in channels if channel.name == "inc-1-checkout")
