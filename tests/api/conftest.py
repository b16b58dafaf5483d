"""The API of a whole application, reached over HTTP in the same process."""

from collections.abc import Callable
from typing import Any

import anyio
import httpx
import pytest
from world import World

from incidents.actions.tokens import SCOPES, create_token

Call = Callable[..., httpx.Response]


def caller(world: World) -> Call:
    """Call ``/api/v1`` of a world with a token that may do everything, or with ``token``."""
    app = world.app.asgi()
    usual = create_token(world.app.desk, "tests", SCOPES, world.clock())

    def request(
        method: str, path: str, *, token: str = usual, headers: Any = None, **how: Any
    ) -> httpx.Response:
        async def send() -> httpx.Response:
            sent = {"authorization": f"Bearer {token}", **(headers or {})}
            async with httpx.AsyncClient(
                transport=httpx.ASGITransport(app), base_url="http://warroom.test", headers=sent
            ) as client:
                return await client.request(method, f"/api/v1{path}", **how)

        return anyio.run(send)

    return request


@pytest.fixture
def call(light_world: World) -> Call:
    """The API of a world."""
    return caller(light_world)
