"""A load generator that is cheaper than what it loads: HTTP/1.1 over raw connections."""

import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class Shot:
    """A request; ``at`` is when to send it, in seconds from the start."""

    path: str
    body: bytes
    headers: tuple[tuple[str, str], ...]
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, and after how many seconds; ``at`` is when it was asked for."""

    status: int
    body: Any
    seconds: float
    at: float = 0.0


def told(path: str, body: object, token: str, at: float = 0.0) -> Shot:
    """A JSON request with a bearer token."""
    headers = (("authorization", f"Bearer {token}"), ("content-type", "application/json"))
    return Shot(path, json.dumps(body).encode(), headers, at)


async def fire(port: int, shots: Sequence[Shot], *, connections: int) -> list[Answer]:
    """Send them all, the next one of each connection as soon as it has its answer."""
    begun = time.perf_counter()
    left = iter(shots)
    answers: list[Answer] = []

    async def keep_sending() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for shot in left:
            await asyncio.sleep(max(shot.at - (time.perf_counter() - begun), 0))
            at = time.perf_counter() - begun
            answers.append(replace(await _send(reader, writer, shot), at=at))
        writer.close()

    await asyncio.gather(*(keep_sending() for _ in range(connections)))
    return answers


async def _send(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, shot: Shot) -> Answer:
    lines = [
        f"POST {shot.path} HTTP/1.1",
        "host: warroom.test",
        f"content-length: {len(shot.body)}",
    ]
    lines += [f"{name}: {value}" for name, value in shot.headers]
    begun = time.perf_counter()
    writer.write("\r\n".join([*lines, "", ""]).encode() + shot.body)
    head = (await reader.readuntil(b"\r\n\r\n")).decode().lower().split("\r\n")
    length = next(int(line.split(":")[1]) for line in head if line.startswith("content-length:"))
    body = await reader.readexactly(length)
    seconds = time.perf_counter() - begun
    return Answer(int(head[0].split()[1]), json.loads(body) if body else None, seconds)


def percentile(answers: Sequence[Answer], share: float) -> float:
    """Milliseconds within which ``share`` of them came; 0 without any."""
    taken = sorted(one.seconds * 1000 for one in answers) or [0.0]
    return taken[min(len(taken) - 1, int(len(taken) * share))]
