"""Connections that hold on to us without asking for anything: how long, and how many of one source.

uvicorn waits for a request for as long as somebody keeps a connection open. Here the whole head of
a request has to be there within seconds; its body is looked after by `bot.body`.
"""

import asyncio
import resource
from collections import Counter
from typing import ClassVar, cast

from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

PATIENCE = 5.0  # seconds from the connection, or the last answer, to the end of the next head
_OWN = frozenset({"127.0.0.1", "::1", ""})  # a proxy on this machine, or a socket file
_FILES = 65_536  # open ones; each connection is one


class Doorkeeper(H11Protocol):
    """One connection. What comes from this very machine is not counted: it is a proxy's."""

    patience: ClassVar[float] = PATIENCE
    per_source: ClassVar[int] = 200
    _held: ClassVar[Counter[str]] = Counter()
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(  # type: ignore[override]  # as uvicorn's own
        self, transport: asyncio.Transport
    ) -> None:
        """Somebody came; one too many of the same source has to go."""
        super().connection_made(transport)
        self._held[self._source] += 1
        if self._source not in _OWN and self._held[self._source] > self.per_source:
            transport.abort()
            return
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """They are gone."""
        self._held[self._source] -= 1
        if not self._held[self._source]:
            del self._held[self._source]
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Some of a request, or all of it."""
        super().data_received(data)
        if self._is_answering:
            self._stop_waiting()

    def on_response_complete(self) -> None:
        """The next request has to come in time, too."""
        super().on_response_complete()
        if not self._is_answering:
            self._wait()

    @property
    def _source(self) -> str:
        return self.client[0] if self.client else ""

    @property
    def _is_answering(self) -> bool:
        cycle = cast("RequestResponseCycle | None", self.cycle)  # None before the first request
        return cycle is not None and not cycle.response_complete

    def _wait(self) -> None:
        self._stop_waiting()
        self._deadline = self.loop.call_later(self.patience, self._give_up)

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _give_up(self) -> None:
        self.transport.abort()


def doorkeeper(per_source: int) -> type[Doorkeeper]:
    """One that lets ``per_source`` connections of a source in."""
    return type("Doorkeeper", (Doorkeeper,), {"per_source": per_source})


def open_more_files() -> None:
    """Let this process hold as many connections as the system lets it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _FILES if hard == resource.RLIM_INFINITY else min(hard, _FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
