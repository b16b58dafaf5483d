"""Everything that is reached over HTTP, with the embedded workspace beside it."""

from collections.abc import Callable, Iterator
from typing import Any

import anyio
import httpx
import pytest
from world import World

from bot.emulator import build_routes
from incidents.actions.tokens import SCOPES, create_token

Call = Callable[..., httpx.Response]


def caller(world: World) -> Call:
    """Send a request to a world; an error on our side is raised, so a 5xx cannot hide."""
    world.app.extra_routes += build_routes(world.slack)
    app = world.app.asgi()

    def send(method: str, path: str, **how: Any) -> httpx.Response:
        async def run() -> httpx.Response:
            async with httpx.AsyncClient(
                transport=httpx.ASGITransport(app), base_url="http://warroom.test"
            ) as client:
                return await client.request(method, path, **how)

        return anyio.run(run)

    return send


@pytest.fixture
def call(light_world: World) -> Call:
    """Send a request: ``call("POST", "/slack/events", content=b"…")``."""
    return caller(light_world)


@pytest.fixture
def call_both(world: World) -> Call:
    """Like `call`, on both databases."""
    return caller(world)


def all_powerful(world: World) -> str:
    """An Authorization header with a token that may do everything."""
    return f"Bearer {create_token(world.app.desk, 'hostile', SCOPES, world.clock())}"


@pytest.fixture
def exacting_world(postgres_url: str) -> Iterator[World]:
    """A world on PostgreSQL, which holds texts to their lengths and takes no NUL."""
    made = World(postgres_url)
    yield made
    made.close()


@pytest.fixture
def call_exacting(exacting_world: World) -> Call:
    """Like `call`, on PostgreSQL only."""
    return caller(exacting_world)


@pytest.fixture
def bearer_exacting(exacting_world: World) -> str:
    """Like `bearer`, on PostgreSQL only."""
    return all_powerful(exacting_world)


@pytest.fixture
def bearer(light_world: World) -> str:
    """The header of somebody trusted who sends rubbish."""
    return all_powerful(light_world)


@pytest.fixture
def bearer_both(world: World) -> str:
    """Like `bearer`, on both databases."""
    return all_powerful(world)
