"""The whole application in the same process, reached as a browser or a program reaches it."""

from collections.abc import Callable
from functools import partial

import anyio
import httpx
import pytest
from world import World

Get = Callable[..., httpx.Response]


def fetch(world: World, path: str, accept: str = "text/html,*/*;q=0.8") -> httpx.Response:
    """As a browser asks, unless ``accept`` says otherwise."""

    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(world.app.asgi())
        async with httpx.AsyncClient(transport=transport, base_url="http://warroom.test") as client:
            return await client.get(path, headers={"accept": accept})

    return anyio.run(send)


@pytest.fixture
def get(light_world: World) -> Get:
    """``get("/incidents/INC-1")``."""
    return partial(fetch, light_world)
