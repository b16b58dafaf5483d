"""A small workspace with a small app in it, in process or behind a socket."""

from collections.abc import Iterator

import pytest
from emulator.embedded import START, App, Server, World, people, serving

from bot.clock import FastClock
from bot.emulator import CallableDelivery, Workspace


@pytest.fixture
def clock() -> FastClock:
    return FastClock(START)


@pytest.fixture
def world(clock: FastClock) -> Iterator[World]:
    app = App()
    with Workspace(clock, rate_limits=False) as ws:
        general = people(ws)
        ws.install(slash_command="/incident")
        ws.deliver = CallableDelivery(app)
        yield World(ws, app, clock, general)


@pytest.fixture
def served() -> Iterator[Server]:
    with serving() as server:
        yield server
