"""Socket Mode, seen from Slack's side: connections, envelopes, acknowledgements.

A payload goes to any one connection. It counts as delivered when its ``envelope_id`` comes back
within three seconds; an event that does not is retried like any other, on whatever connection.
"""

import asyncio
import json
import threading
import uuid
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import dataclass, field

from bot.emulator.core import Core
from bot.emulator.delivery import PATIENCE_SECONDS, Delivery, Reply, Undelivered
from bot.emulator.entities import Json

MOST_CONNECTIONS = 10
CONNECTION_SECONDS = 3600

Send = Callable[[str], Awaitable[None]]


@dataclass(eq=False, slots=True)
class Connection:
    """One websocket of the app, and the event loop it lives on."""

    send: Send
    loop: asyncio.AbstractEventLoop
    close: Callable[[], Awaitable[None]]
    is_leaving: bool = False
    waiting: dict[str, Future[Json]] = field(default_factory=dict)

    def tell(self, message: Json) -> None:
        """Send from any thread."""
        data = json.dumps(message, ensure_ascii=False)
        asyncio.run_coroutine_threadsafe(_sent(self.send(data)), self.loop)


class SocketHub:
    """All connections. They take turns."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._lock = threading.Lock()
        self._connections: list[Connection] = []
        self._turn = 0

    @property
    def is_connected(self) -> bool:
        return any(not connection.is_leaving for connection in self._connections)

    def admit(self, ticket: str) -> str:
        """Slack's reason to turn a newcomer away, or ""; a ticket is good once."""
        with self._core.change() as state:
            known = state.triggers.get(f"ticket {ticket}")
            if known is None or self._core.now() > known.expires:
                return "invalid_ticket"
            state.triggers.remove(known.id)
        return "too_many_websockets" if len(self._connections) >= MOST_CONNECTIONS else ""

    def join(self, connection: Connection) -> Json:
        """Take a connection in; the hello it is greeted with."""
        with self._lock:
            self._connections.append(connection)
            count = len(self._connections)
        self._core.wake()
        return {
            "type": "hello",
            "num_connections": count,
            "debug_info": {
                "host": "embedded",
                "build_number": 1,
                "approximate_connection_time": CONNECTION_SECONDS,
            },
            "connection_info": {"app_id": self._core.identity.app_id},
        }

    def part(self, connection: Connection) -> None:
        """A connection has gone; whoever waits on it learns so."""
        with self._lock:
            if connection in self._connections:
                self._connections.remove(connection)
            waiting = list(connection.waiting.values())
        for future in waiting:
            if not future.done():
                future.set_exception(Undelivered("connection_failed"))

    def hear(self, connection: Connection, text: str) -> None:
        """An acknowledgement. What is none is ignored, as Slack does."""
        try:
            message = json.loads(text)
        except (ValueError, RecursionError):
            return
        if not isinstance(message, dict):
            return
        with self._lock:
            future = connection.waiting.pop(str(message.get("envelope_id")), None)
        if future is not None and not future.done():
            future.set_result(message)

    def deliver(self, delivery: Delivery) -> Reply:
        """Send one envelope and wait for its acknowledgement."""
        connection = self._next()
        envelope_id = str(uuid.uuid4())
        future: Future[Json] = Future()
        with self._lock:
            connection.waiting[envelope_id] = future
        connection.tell({"envelope_id": envelope_id, **delivery.envelope})
        try:
            answer = future.result(PATIENCE_SECONDS)
        except FutureTimeout:
            raise Undelivered("http_timeout") from None
        finally:
            with self._lock:
                connection.waiting.pop(envelope_id, None)
        payload = answer.get("payload")
        if payload in (None, "", {}) or not delivery.envelope["accepts_response_payload"]:
            return Reply(200)
        return Reply(200, {"content-type": "application/json"}, json.dumps(payload).encode())

    def refresh(self, reason: str = "refresh_requested") -> None:
        """Ask every connection to reconnect, or with ``warning`` announce that."""
        with self._lock:
            known = list(self._connections)
        for connection in known:
            self.retire(connection, reason)

    def retire(self, connection: Connection, reason: str) -> None:
        """Warn one connection, or ask it to reconnect and close it."""
        is_end = reason != "warning"
        connection.is_leaving = connection.is_leaving or is_end
        debug = {"host": "embedded"}
        connection.tell({"type": "disconnect", "reason": reason, "debug_info": debug})
        if is_end:
            asyncio.run_coroutine_threadsafe(_sent(connection.close()), connection.loop)

    def _next(self) -> Connection:
        with self._lock:
            open_now = [c for c in self._connections if not c.is_leaving]
            if not open_now:
                raise Undelivered("connection_failed")
            self._turn += 1
            return open_now[self._turn % len(open_now)]


async def _sent(sending: Awaitable[None]) -> None:
    """Sending to a connection that has just gone is no failure of ours: nobody acknowledges."""
    try:
        await sending
    except (RuntimeError, OSError):
        return
