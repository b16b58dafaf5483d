"""What a request costs us that shows no right to be here: it must stay below a millisecond.

Run with ``.ci/run bench``. Prints microseconds of the guard alone, and of a whole request.
"""

import asyncio
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.bench_dispatch import percentile
from hostile.stage import scope_of
from world import World

from bot.slack import guard

_ROUNDS = 2000
_LARGE = b"[" * guard.LARGEST_BODY  # the deepest and largest that would be looked at
_SMALL = b'{"type": "event_callback"}' * 40


def told(name: str, samples: list[float]) -> None:
    """One line of the table, in microseconds."""
    print(
        f"{name:40} p50 {statistics.median(samples):8.1f}  p99 {percentile(samples, 0.99):8.1f} us"
    )


def timed(call: Callable[[], object]) -> list[float]:
    """Microseconds of each call."""
    took = []
    for _ in range(_ROUNDS):
        begun = time.perf_counter()
        call()
        took.append((time.perf_counter() - begun) * 1e6)
    return took[50:]


def bench_guard(tmp_path: Path) -> None:
    """The guard alone: without a signature, with a wrong one, and with the largest body."""
    world = World(f"sqlite:///{tmp_path / 'warroom.db'}")
    stamp = str(int(world.clock().timestamp()))
    wrong = {"x-slack-request-timestamp": stamp, "x-slack-signature": "v0=" + "0" * 64}
    for name, headers, body in (
        ("guard, no signature", {}, _SMALL),
        ("guard, wrong signature, 1 kB", wrong, _SMALL),
        ("guard, wrong signature, 256 kB", wrong, _LARGE),
    ):
        told(name, timed(lambda: world.app.answer_slack(headers, body)))  # noqa: B023 (called at once)
    world.close()


def bench_stranger(tmp_path: Path) -> None:
    """Whole requests of strangers, through every layer but the socket."""
    world = World(f"sqlite:///{tmp_path / 'warroom.db'}")
    app = world.app.asgi()
    for path in ("/slack/events", "/hooks/v1/generic", "/api/v1/sli", "/api/v1/incidents"):
        told(f"a stranger's POST {path}", asyncio.run(strangers(app, path)))
    world.close()


async def strangers(app: Any, path: str) -> list[float]:
    """Microseconds of each request of somebody who shows nothing."""
    headers = [(b"content-type", b"application/json"), (b"authorization", b"Bearer wrt_guessed")]

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": _SMALL, "more_body": False}

    async def send(_: Any) -> None:
        pass

    took = []
    for _ in range(_ROUNDS):
        begun = time.perf_counter()
        await app(scope_of("POST", path.encode(), headers), receive, send)
        took.append((time.perf_counter() - begun) * 1e6)
    return took[50:]
