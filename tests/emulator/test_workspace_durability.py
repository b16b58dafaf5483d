"""The workspace does not die with its process."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from emulator.embedded import ANA, App, World, people

from bot.clock import FastClock
from bot.emulator import CallableDelivery, Workspace

WRITER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from bot.emulator import Workspace

ws = Workspace(lambda: datetime(2026, 11, 21, 10, tzinfo=UTC), rate_limits=False,
               state_file=Path(sys.argv[1]))
channel = ws.add_channel("general", [ws.identity.bot_user]).id
number = 0
while True:
    args = {"channel": channel, "text": str(number)}
    assert ws.web_api("chat.postMessage", args, ws.identity.bot_token).ok
    print(number, flush=True)
    number += 1
"""


def test_a_workspace_made_anew_from_its_file_is_the_same(tmp_path: Path, clock: FastClock) -> None:
    file = tmp_path / "slack.db"
    app = App()
    with Workspace(clock, rate_limits=False, state_file=file) as ws:
        world = World(ws, app, clock, people(ws))
        ws.install(slash_command="/incident")
        ts = world.bot("chat.postMessage", channel=world.general, text="card")["ts"]
        world.bot("pins.add", channel=world.general, timestamp=ts)
        ws.act.reaction(ANA, world.general, ts, "eyes")
        before = world.ana("conversations.history", channel=world.general)

    with Workspace(clock, rate_limits=False, state_file=file) as ws:
        world = World(ws, app, clock, people(ws))
        ws.install(slash_command="/incident")
        ws.deliver = CallableDelivery(app)
        after = world.ana("conversations.history", channel=world.general)
        ws.flush_events()
        taken = world.error("conversations.create", name="general")
        later = world.bot("chat.postMessage", channel=world.general, text="after")["ts"]

    assert after == before
    assert [event["type"] for event in app.events] == ["message", "pin_added", "reaction_added"]
    assert taken == "name_taken"
    assert later > ts


def test_whatever_was_answered_is_there_after_a_kill(tmp_path: Path, clock: FastClock) -> None:
    file = tmp_path / "slack.db"
    command = [sys.executable, "-c", WRITER, str(file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        answered = -1
        while answered < 200:
            answered = int(process.stdout.readline())
        process.send_signal(signal.SIGKILL)
        rest = process.stdout.read().split()

    answered = max([answered, *(int(line) for line in rest if line)])
    with Workspace(clock, state_file=file) as ws:
        channel = next(iter(ws.core.state.channels)).id
        texts = [message.body["text"] for message in ws.core.state.messages.of(channel)]

    assert texts[: answered + 1] == [str(number) for number in range(answered + 1)]
    assert len(texts) <= answered + 2


def test_a_change_that_is_refused_half_way_leaves_nothing(world: World) -> None:
    ts = world.bot("chat.postMessage", channel=world.general, text="x")["ts"]
    before = world.ana("conversations.history", channel=world.general)

    def fail_half_way() -> None:
        with world.ws.core.change() as state:
            state.messages.remove(f"{world.general}:{ts}")
            state.new_ts()
            state.messages.put(state.messages.at("nowhere", "1"))  # type: ignore[arg-type]  # fails

    with pytest.raises(AttributeError):
        fail_half_way()

    assert world.ana("conversations.history", channel=world.general) == before
