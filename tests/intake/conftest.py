"""The whole application, reached over HTTP in the same process."""

from collections.abc import Callable
from functools import partial
from typing import Any

import anyio
import httpx
import pytest
from starlette.applications import Starlette
from world import World

from incidents.actions.tokens import create_token

Call = Callable[..., httpx.Response]


def request(app: Starlette, method: str, path: str, **how: Any) -> httpx.Response:
    """One request, and its answer; an error on our side is raised here."""

    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://warroom.test") as client:
            return await client.request(method, path, **how)

    return anyio.run(send)


@pytest.fixture
def call(light_world: World) -> Call:
    """Call the application: ``call("GET", "/healthz")``."""
    return partial(request, light_world.app.asgi())


@pytest.fixture
def call_app() -> Call:
    """Call another application: ``call_app(app, "GET", "/healthz")``."""
    return request


@pytest.fixture
def post(light_world: World, call: Call) -> Call:
    """Deliver a webhook with a good token; named headers replace the usual, None leaves one out."""
    token = create_token(light_world.app.desk, "monitoring", ("hooks:write",), light_world.clock())

    def deliver(source: str, body: Any, **headers: str | None) -> httpx.Response:
        usual = {"authorization": f"Bearer {token}", "content-type": "application/json"}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {
            name: value.encode("latin-1")
            for name, value in {**usual, **named}.items()
            if value is not None
        }
        how = {"content": body} if isinstance(body, bytes) else {"json": body}
        answer = call("POST", f"/hooks/v1/{source}", headers=sent, **how)
        light_world.settle()
        return answer

    return deliver
