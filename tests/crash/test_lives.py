"""Any life of a room, whoever dies in it: the same is true in the end.

Two processes share a database and a Slack. Hypothesis decides what people do, what Slack answers,
and when a process dies.
"""

import shutil
import tempfile
from pathlib import Path
from typing import Any, ClassVar

import pytest
from crash.test_every_point import ALONE, BEFORE
from crash.town import ANSWERS, LEASE, Crash, another, doubles, faults, reborn, rest, room
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from world import World

from bot.app import App
from bot.emulator.faults import Fault
from incidents import failpoints

POINTS = st.sampled_from(BEFORE + ALONE)
FAULTS = st.sampled_from([one for one in ANSWERS.values() if one is not None])
SAYINGS = st.sampled_from(
    (
        "note the queue grows",
        "sev 1 it is worse",
        "sev 3 it is better",
        "status identified",
        "status monitoring",
        "lead me",
        "role scribe @chen",
        "todo @dana look at the graphs",
        "update we are looking",
    )
)


class Lives(RuleBasedStateMachine):
    """``template`` is a migrated SQLite file."""

    template: ClassVar[Path]

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        file = shutil.copy(self.template, self.folder / "warroom.db")
        self.world = World(f"sqlite:///{file}")
        self.brother: App = another(self.world)
        self.general = self.world.channel("general").id
        self.rooms = 0

    def teardown(self) -> None:
        """In the end nothing is lost, doubled, orphaned or out of order."""
        try:
            self.world.slack.faults.clear()
            rest(self.world)
            self.world.looks_after_rooms()
            rest(self.world)
            assert faults(self.world) == []
        finally:
            self.brother.stop()
            self.world.close()
            shutil.rmtree(self.folder)

    @precondition(lambda self: self.rooms < 2)
    @rule()
    def declare(self) -> None:
        self.rooms += 1
        self.world.slack.act.command("U0ANA", self.general, "checkout 5xx sev2 @checkout")
        self.world.app.tick()

    @precondition(lambda self: self.rooms)
    @rule(said=SAYINGS)
    def say(self, said: str) -> None:
        self.world.slack.faults.clear()
        rest(self.world)
        self.world.bo.types(f"/incident {said}", where=room(self.world))

    @precondition(lambda self: self.rooms)
    @rule()
    def mark(self) -> None:
        self.world.slack.faults.clear()
        rest(self.world)
        place = room(self.world)
        self.world.slack.act.join("U0CHEN", place.id)
        said = self.world.slack.act.message("U0CHEN", place.id, "the cache is cold")
        self.world.chen.reacts("pushpin", said.ts, where=place)

    @rule(fault=FAULTS, times=st.integers(1, 3))
    def fail(self, fault: Fault, times: int) -> None:
        copy = Fault("*", fault.kind, fault.error, fault.status, fault.seconds, times)
        self.world.slack.faults.add(copy)

    @rule(point=POINTS)
    def die(self, point: str) -> None:
        """Somebody declares something, and the process dies as soon as it gets to the point."""
        with failpoints.armed(Killer(point)):
            try:
                self.world.slack.act.command("U0ANA", self.general, "sev3 search is slow")
                self.world.app.tick()
            except Crash:
                self.world.slack.faults.clear()  # `reborn` asks who it is, once
                reborn(self.world)

    @rule()
    def the_brother_works(self) -> None:
        self.brother.tick()

    @rule(seconds=st.sampled_from((1, 20, LEASE.seconds, 90)))
    def pass_time(self, seconds: int) -> None:
        self.world.passes(seconds=seconds)

    @invariant()
    def nothing_is_there_twice(self) -> None:
        assert doubles(self.world) == []


class Killer:
    """Ends the process at a point, once."""

    def __init__(self, point: str) -> None:
        self.point = point
        self.is_done = False

    def __call__(self, reached: str) -> None:
        if reached == self.point and not self.is_done:
            self.is_done = True
            raise Crash(self.point)


@pytest.mark.parametrize(
    ("examples", "steps"), [(6, 10), pytest.param(60, 25, marks=pytest.mark.slow)]
)
def test_any_life_ends_well(sqlite_template: Path, examples: int, steps: int) -> None:
    Lives.template = sqlite_template
    how: dict[str, Any] = {
        "max_examples": examples,
        "stateful_step_count": steps,
        "deadline": None,
        "derandomize": True,
        "phases": [Phase.generate],
        "suppress_health_check": list(HealthCheck),
    }

    Lives.TestCase.settings = settings(**how)
    Lives.TestCase().runTest()
