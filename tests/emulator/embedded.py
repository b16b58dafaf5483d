"""A small workspace with a small app in it: what the app heard, and what it answers."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

import uvicorn
from starlette.applications import Starlette

from bot.clock import FastClock, utc_now
from bot.emulator import (
    Answer,
    Delivery,
    Reply,
    Workspace,
    build_routes,
)

ANA, BO, CHEN = "U0ANA", "U0BO", "U0CHEN"
START = datetime(2026, 11, 21, 10, tzinfo=UTC)


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def marked(text: str) -> dict[str, Any]:
    return {"type": "mrkdwn", "text": text}


def section(text: str, **more: Any) -> dict[str, Any]:
    return {"type": "section", "text": marked(text), **more}


def button(action_id: str, value: str = "1") -> dict[str, Any]:
    return {"type": "button", "text": plain("Go"), "action_id": action_id, "value": value}


def modal(*blocks: dict[str, Any], **more: Any) -> dict[str, Any]:
    whole = {"type": "modal", "title": plain("Declare"), "submit": plain("Go"), "blocks": [*blocks]}
    return whole | more


def text_input(block_id: str = "title", **more: Any) -> dict[str, Any]:
    element = {"type": "plain_text_input", "action_id": "text"}
    return {
        "type": "input",
        "block_id": block_id,
        "label": plain("What is broken?"),
        "element": element,
        **more,
    }


@dataclass
class App:
    """An app that remembers what it heard and says what it is told to say."""

    heard: list[Delivery] = field(default_factory=list)
    answer: Callable[[Delivery], Reply] = lambda _: Reply(200)

    def __call__(self, delivery: Delivery) -> Reply:
        self.heard.append(delivery)
        return self.answer(delivery)

    def says(self, status: int = 200, /, **body: Any) -> None:
        content = json.dumps(body).encode() if body else b""
        self.answer = lambda _: Reply(status, {"content-type": "application/json"}, content)

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(one.body)["event"] for one in self.heard if one.kind == "event"]

    @property
    def last(self) -> dict[str, Any]:
        """The payload of the last command or interaction."""
        form = dict(parse_qsl(self.heard[-1].body.decode(), keep_blank_values=True))
        return json.loads(form["payload"]) if "payload" in form else form


@dataclass
class World:
    """Shorthand for tests: the bot's and the people's calls, checked to succeed."""

    ws: Workspace
    app: App
    clock: FastClock
    general: str = ""

    def ask(self, method: str, **args: Any) -> Answer:
        return self.ws.web_api(method, args, self.ws.identity.bot_token)

    def bot(self, method: str, **args: Any) -> dict[str, Any]:
        answer = self.ask(method, **args)
        assert answer.ok, answer.body
        return answer.body

    def error(self, method: str, **args: Any) -> str:
        answer = self.ask(method, **args)
        assert not answer.ok, answer.body
        return str(answer.body["error"])

    def ana(self, method: str, **args: Any) -> dict[str, Any]:
        return self.ws.web_api(method, args, f"xoxp-{ANA}").body

    def texts(self, channel: str = "") -> list[str]:
        body = self.ana("conversations.history", channel=channel or self.general)
        return [message["text"] for message in body["messages"]]


def people(ws: Workspace) -> str:
    ws.add_member(ANA, "ana", "Ana Alvarez")
    ws.add_member(BO, "bo", "Bo Berg", tz="America/New_York")
    ws.add_member(CHEN, "chen", "Chen Chu", tz="Asia/Tokyo")
    return ws.add_channel("general", [ANA, BO, ws.identity.bot_user]).id


@dataclass
class Server:
    """A workspace behind a real socket on this machine."""

    ws: Workspace
    url: str
    general: str
    site: Starlette

    @property
    def api(self) -> str:
        return f"{self.url}/workspace/api/"


@contextmanager
def serving() -> Iterator[Server]:
    """A workspace behind a real socket, for as long as the block lasts."""
    listener = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    with Workspace(utc_now, rate_limits=False) as ws:
        general = people(ws)
        ws.install(slash_command="/incident", public_url=url)
        ready = threading.Event()

        class Announcing(uvicorn.Server):
            async def startup(self, sockets: list[socket.socket] | None = None) -> None:
                await super().startup(sockets)
                ready.set()

        app = Starlette(routes=build_routes(ws))
        config = uvicorn.Config(app, log_level="error", timeout_graceful_shutdown=1, lifespan="off")
        server = Announcing(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        assert ready.wait(5)
        yield Server(ws, url, general, app)
        server.should_exit = True
        thread.join()
        listener.close()
