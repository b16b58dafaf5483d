"""Hundreds of connections that trickle or stay silent: others are answered meanwhile."""

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar

import httpx
import pytest
import uvicorn
from hostile.sizes import sized
from world import World

from bot.doorkeeper import Doorkeeper, open_more_files

_SLOW = sized(60, 200)  # of each source
_SOURCES = ("127.0.0.2", "127.0.0.3", "127.0.0.4")
_IDLE = sized(200, 1000)
_ASKED = sized(60, 300)  # healthy requests during the attack
_HEAD = b"POST /slack/events HTTP/1.1\r\nHost: warroom.test\r\nX-Slow: "
_BODY = b"POST /slack/events HTTP/1.1\r\nHost: w\r\nContent-Length: 5000\r\n\r\n{"


class Hasty(Doorkeeper):
    """Waits for seconds where the real one waits longer, so that the test ends sooner."""

    patience: ClassVar[float] = sized(2, 5)
    per_source: ClassVar[int] = 200


@contextmanager
def serving(world: World) -> Iterator[int]:
    """The application behind a real server, on a port of its own."""
    config = uvicorn.Config(
        world.app.asgi(),
        port=0,
        http=Hasty,
        ws="none",
        lifespan="off",
        log_config=None,
        backlog=2048,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    thread.join(timeout=20)
    assert not thread.is_alive()


async def opened(port: int, source: str, first: bytes) -> asyncio.StreamWriter:
    _, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(source, 0))
    writer.write(first)
    return writer


async def trickle(writers: list[asyncio.StreamWriter], seconds: float) -> None:
    """A byte for each of them now and then."""
    until = asyncio.get_running_loop().time() + seconds
    while asyncio.get_running_loop().time() < until:
        for writer in writers:
            if not writer.transport.is_closing():
                writer.write(b"a")
        await asyncio.sleep(0.25)


async def ask(port: int, times: int) -> list[float]:
    """Seconds that each healthy request took."""
    took = []
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        for number in range(times):
            begun = time.perf_counter()
            answer = await client.get(("/healthz", "/version", "/status")[number % 3])
            took.append(time.perf_counter() - begun)
            assert answer.status_code == 200
    return took


async def attack(port: int) -> tuple[list[float], int, int]:
    """How long healthy requests took; how many connections were held at first, and at the end."""
    slow = [
        await opened(port, source, _HEAD if number % 2 else _BODY)
        for source in _SOURCES
        for number in range(_SLOW)
    ]
    idle = [await opened(port, "127.0.0.1", b"") for _ in range(_IDLE)]
    held = Hasty._held.total()
    trickling = asyncio.create_task(trickle(slow, 5 + Hasty.patience + 1))  # a body may take 5 s
    took = await ask(port, _ASKED)
    await trickling
    left = Hasty._held.total()
    for writer in (*slow, *idle):
        writer.transport.abort()
    return took, held, left


@pytest.mark.slow
def test_slow_and_silent_connections_end_and_others_are_answered(light_world: World) -> None:
    open_more_files()
    with serving(light_world) as port:
        took, held, left = asyncio.run(attack(port))

    assert sorted(took)[int(len(took) * 0.99) - 1] < 1.0
    assert held > len(_SOURCES) * _SLOW
    assert left <= 1  # the one that asks


def test_one_source_holds_only_so_many_connections(light_world: World) -> None:
    async def crowd(port: int) -> tuple[int, int]:
        too_many = [await opened(port, "127.0.0.5", _HEAD) for _ in range(Hasty.per_source + 30)]
        await asyncio.sleep(0.3)
        held = Hasty._held["127.0.0.5"]
        others = await ask(port, 6)
        for one in too_many:
            one.transport.abort()
        return held, len(others)

    with serving(light_world) as port:
        held, answered = asyncio.run(crowd(port))

    assert held == Hasty.per_source
    assert answered == 6


def test_a_connection_that_asks_nothing_is_closed_and_one_that_asks_again_is_not(
    light_world: World,
) -> None:
    async def wait(port: int) -> tuple[float, int]:
        begun = time.perf_counter()
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        assert await reader.read() == b""
        silent = time.perf_counter() - begun
        writer.close()
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        answers = 0
        for _ in range(5):
            writer.write(b"GET /healthz HTTP/1.1\r\nHost: w\r\n\r\n")
            answers += b"200 OK" in await reader.readuntil(b"ok\n")
            await asyncio.sleep(Hasty.patience / 4)
        writer.close()
        return silent, answers

    with serving(light_world) as port:
        silent, answers = asyncio.run(wait(port))

    assert Hasty.patience * 0.9 < silent < Hasty.patience + 2
    assert answers == 5
