"""Whoever watches warroom hears from it every minute while it is fit, and only then (F12)."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from world import World

from bot.beats import beats_of
from bot.emulator import Fault
from bot.worker import Beat
from incidents.actions.declare import Declare, declare
from incidents.actions.desk import CLOCK
from incidents.model.text import UserText


@dataclass
class Switch:
    """A dead man's switch: it remembers who called; ``status`` is what it answers."""

    calls: list[str] = field(default_factory=list)
    status: int = 200

    def __post_init__(self) -> None:
        switch = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                switch.calls.append(self.path)
                self.send_response(switch.status)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Says nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}/ping/hidden-name"

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def switch() -> Iterator[Switch]:
    made = Switch()
    yield made
    made.stop()


@pytest.fixture
def watched(sqlite_url: str, switch: Switch) -> Iterator[World]:
    """A world on time, whose heartbeat goes to the switch."""
    made = World(
        sqlite_url,
        warroom_heartbeat_url=switch.url,
        warroom_allow_private_hosts="127.0.0.1",
    )
    made.app.worker._pulse.beat("due", timedelta(seconds=5))
    yield made
    made.close()


def heartbeat(world: World) -> Beat:
    return next(one for one in beats_of(world.app) if one.name == "heartbeat")


def test_it_beats_every_minute_while_all_is_well(watched: World, switch: Switch) -> None:
    beat = heartbeat(watched)

    beat.call()

    assert beat.every == timedelta(minutes=1)
    assert switch.calls == ["/ping/hidden-name"]


def test_slack_may_be_away(watched: World, switch: Switch) -> None:
    watched.slack.faults.add(Fault(kind="down"))
    declare(watched.app.desk, Declare(UserText("search is slow")), by=CLOCK, now=watched.clock())
    watched.app.tick()

    heartbeat(watched).call()

    assert len(switch.calls) == 1


def test_it_stops_when_the_metronome_does(watched: World, switch: Switch) -> None:
    watched.app.worker._pulse.beat("due", timedelta(seconds=-16))

    heartbeat(watched).call()

    assert switch.calls == []


def test_it_stops_when_the_schema_does_not_fit(watched: World, switch: Switch) -> None:
    with watched.app.desk.store.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = 'older'")

    heartbeat(watched).call()

    assert switch.calls == []


def test_it_stops_when_nothing_can_be_written(watched: World, switch: Switch) -> None:
    watched.app.seat.trouble = "disk full"

    heartbeat(watched).call()

    assert switch.calls == []


def test_a_switch_that_says_no_is_logged_without_its_address(
    watched: World, switch: Switch, capsys: pytest.CaptureFixture[str]
) -> None:
    switch.status = 404

    heartbeat(watched).call()

    said = capsys.readouterr().out
    assert ("heartbeat_refused" in said, "hidden-name" in said) == (True, False)


def test_a_switch_that_is_away_does_no_harm(
    watched: World, switch: Switch, capsys: pytest.CaptureFixture[str]
) -> None:
    switch.server.server_close()

    heartbeat(watched).call()

    said = capsys.readouterr().out
    assert ("heartbeat_failed" in said, "hidden-name" in said) == (True, False)


def test_without_a_switch_nothing_beats(light_world: World) -> None:
    assert [one for one in beats_of(light_world.app) if one.name == "heartbeat"] == []
