"""What is fuzzed as a whole: a world, what Slack sends to it, and requests without a socket."""

import asyncio
import atexit
import copy
import json
import shutil
import tempfile
from collections.abc import Callable
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote

from world import World

from bot.emulator import Delivery, Reply
from bot.slack.features import ALL
from incidents.actions.tokens import SCOPES, create_token
from incidents.store import migrate
from incidents.store.engine import Store

_FEW_ENOUGH = 1500  # inputs until a world is replaced, because its record grows


class AtOnce(Executor):
    """Does in the caller's thread what would be done in the background, so that errors show."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        done: Future[Any] = Future()
        try:
            done.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 (as every executor does)
            done.set_exception(error)
        return done


class Stage:
    """A world, replaced by a new one every thousand inputs. The token may do everything."""

    def __init__(self, **more: Any) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="warroom-fuzz-"))
        self._more = more
        self._used = _FEW_ENOUGH
        self._world: World | None = None
        store = Store(f"sqlite:///{self._folder / 'template.db'}")
        migrate.upgrade(store)
        store.close()
        atexit.register(self.close)

    def world(self) -> World:
        """The world for the next input."""
        self._used += 1
        if self._world is None or self._used > _FEW_ENOUGH:
            self._renew()
        assert self._world is not None
        return self._world

    def close(self) -> None:
        """Take it down."""
        if self._world is not None:
            self._world.close()
            self._world = None
        shutil.rmtree(self._folder, ignore_errors=True)

    def _renew(self) -> None:
        if self._world is not None:
            self._world.close()
        path = self._folder / "warroom.db"
        for left in self._folder.glob("warroom.db*"):
            left.unlink()
        shutil.copy(self._folder / "template.db", path)
        world = World(f"sqlite:///{path}", spool=self._folder / "spool", **self._more)
        self._world, self._used = world, 0
        world.app.reception._listener._background = AtOnce()
        world.ana.types("/incident checkout 5xx sev2 @checkout")
        self.bearer = f"Bearer {create_token(world.app.desk, 'fuzz', SCOPES, world.clock())}"
        self.asgi = world.app.asgi()
        self.payloads = heard(world)


def heard(world: World) -> list[Any]:
    """One payload of every kind, and of every button and form that there is."""
    deliveries: list[Delivery] = []
    deliver = world.slack.deliver
    assert deliver is not None

    def listen(delivery: Delivery) -> Reply:
        deliveries.append(delivery)
        return deliver(delivery)

    world.slack.deliver = listen
    play_every_kind(world)
    world.slack.deliver = deliver
    return _every([_payload(one.body) for one in deliveries])


def play_every_kind(world: World) -> None:
    """People do one of everything that Slack tells us about."""
    if not world.calls("conversations.create"):
        world.ana.types("/incident checkout 5xx sev2 @checkout")
    room = world.room("inc-1")
    world.bo.types("/incident note payments is back", where=room)
    world.bo.types("the load balancer is full", where=room)
    world.bo.types(f"<@{world.slack.identity.bot_user}> help", where=room)
    world.ana.presses("Post update", where=room)
    world.ana.reacts("pushpin", room.messages[-1]["ts"], where=room)
    world.slack.act.home(world.ana.id)
    world.slack.act.join(world.dana.id, room.id)
    world.slack.act.leave(world.dana.id, room.id)
    for shortcut in ("declare_from_message", "declare"):
        ts = room.messages[-1]["ts"] if shortcut != "declare" else ""
        world.slack.act.shortcut(world.ana.id, shortcut, channel=room.id, message_ts=ts)
    opened = [view for view in world.slack.core.state.views if view.user == world.ana.id]
    blocks = opened[-1].body["blocks"]
    name = next(one["element"]["action_id"] for one in blocks if one["block_id"] == "title")
    done = world.slack.act.view(world.ana.id, opened[-1].id, {"title": {name: "login is slow"}})
    assert done.ok, done
    world.settle()


def _payload(body: bytes) -> Any:
    if body.startswith(b"{"):
        return json.loads(body)
    fields = {name: values[0] for name, values in parse_qs(body.decode()).items()}
    return json.loads(fields["payload"]) if "payload" in fields else fields


def _every(found: list[Any]) -> list[Any]:
    kinds = {_kind(one): one for one in found}
    made = list(kinds.values())
    for name in ALL.buttons:
        press = copy.deepcopy(kinds["block_actions"])
        press["actions"][0] |= {"action_id": name, "value": "INC-1 commander"}
        made.append(press)
    for name in ALL.forms:
        submission = copy.deepcopy(kinds["view_submission"])
        submission["view"] |= {"callback_id": name}
        made.append(submission)
    reaction = kinds["event_callback reaction_added"]["event"]
    channel = {"id": "C0001000006", "name": "inc-1-renamed"}
    member = {"id": "U0NEW", "name": "new", "profile": {"real_name": "New"}, "tz": "Europe/Berlin"}
    more: dict[str, Any] = {
        "reaction_removed": reaction,
        "channel_rename": {"channel": channel},
        "group_rename": {"channel": channel},
        "team_join": {"user": member},
        "user_change": {"user": member},
    }
    message = kinds["event_callback message"]
    made += [
        {**message, "event": {**message["event"], **more.get(name, {}), "type": name}}
        for name in {**ALL.events, **more}
        if f"event_callback {name}" not in kinds
    ]
    return made


def _kind(payload: Any) -> str:
    event = payload.get("event", {}).get("type", "")
    return f"{payload.get('type', 'command')} {event}".strip()


def ask(app: Any, scope: dict[str, Any], pieces: list[bytes]) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body that an ASGI application answers with, without a socket."""
    sent: list[Any] = []
    waiting = list(pieces)

    async def receive() -> dict[str, Any]:
        if not waiting:
            return {"type": "http.disconnect"}
        piece = waiting.pop(0)
        return {"type": "http.request", "body": piece, "more_body": bool(waiting)}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    async def run() -> None:
        await app(scope, receive, send)

    asyncio.run(run())
    headers = {name.decode().lower(): value.decode("latin-1") for name, value in sent[0]["headers"]}
    return sent[0]["status"], headers, b"".join(one.get("body", b"") for one in sent[1:])


def scope_of(method: str, target: bytes, headers: list[tuple[bytes, bytes]]) -> dict[str, Any]:
    """What a server makes of a request line and headers, as uvicorn does it."""
    raw, _, query = target.partition(b"?")
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote(raw.decode("latin-1")),
        "raw_path": raw,
        "query_string": query,
        "root_path": "",
        "headers": [(name.lower(), value) for name, value in headers],
        "client": ("203.0.113.9", 40000),
        "server": ("warroom.test", 80),
    }
