"""Every effect of a room's life, at every point of its way, with every kind of answer: a crash.

Afterwards nobody notices it.

One life is played for each database, point and answer. In it the process dies once for every kind
of effect, at the first one of that kind that gets to the point; the first call of that kind gets
the answer.
"""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import structlog
from crash.town import ANSWERS, METHODS, Crash, faults, room, survive
from sqlalchemy import select
from world import World

from bot.emulator.faults import Fault
from incidents import failpoints
from incidents.actions import lifecycle, postmortem
from incidents.actions.desk import CLOCK, Origin
from incidents.actions.lifecycle import Resolution
from incidents.model import effects
from incidents.model.ids import IncidentNumber, PersonId
from incidents.model.text import UserText
from incidents.store.tables import effect

BEFORE = ("deliver.claiming", "deliver.claimed")  # several effects get there together
ALONE = ("deliver.calling", "deliver.called", "deliver.settling", "deliver.settled")
PROBED = {"open_room", "bookmark", "card", "announce", "post", "direct", "upload"}
# What a probe finds is not called again, so that point is never reached after such an answer.
EXCUSED = {("deliver.called", answer): PROBED for answer in ("lost", "done, says it is not")}
ONE = IncidentNumber(1)
BO = Origin(PersonId("U0BO"), "cli")


@dataclass
class Fate:
    """Kills at ``point``, once for each kind of effect."""

    world: World
    point: str
    answer: str
    died: set[str] = field(default_factory=set)
    answered: set[str] = field(default_factory=set)

    def __call__(self, reached: str) -> None:
        if reached == self.point:
            fresh = self._kinds(reached) - self.died
            if fresh:
                self.died |= fresh
                raise Crash(self.point)
        if reached == "deliver.calling":
            self._arm(self._kind())

    def _kinds(self, reached: str) -> set[str]:
        return self._waiting(reached) if reached in BEFORE else {self._kind()}

    def _arm(self, kind: str) -> None:
        fault = ANSWERS[self.answer]
        if fault is not None and kind not in self.answered:
            self.answered.add(kind)
            self.world.slack.faults.add(_copy(fault, METHODS[kind]))

    def _kind(self) -> str:
        key = structlog.contextvars.get_contextvars()["effect"]
        with self.world.app.desk.look() as connection:
            query = select(effect.c.kind).where(effect.c.key == key)
            return str(connection.execute(query).scalar())

    def _waiting(self, reached: str) -> set[str]:
        """What is claimed, or is about to be."""
        state = "pending" if reached == "deliver.claiming" else "inflight"
        ready = select(effect.c.kind).where(effect.c.state == state)
        with self.world.app.desk.look() as connection:
            return set(connection.execute(ready).scalars())


def _copy(fault: Fault, method: str) -> Fault:
    return Fault(method, fault.kind, fault.error, fault.status, fault.seconds)


Step = Callable[[Callable[[], object]], None]


def live(world: World, step: Step) -> None:
    """The life of a room, from its opening to the day it is put away."""
    work(world, step)
    step(world.looks_after_rooms)
    step(lambda: _end(world))
    step(lambda: _put_away(world))


def work(world: World, step: Step) -> None:
    """The part of it in which the incident is open."""
    step(lambda: world.ana.types("/incident checkout 5xx sev2 @checkout"))
    step(lambda: world.bo.types("/incident lead me", where=room(world)))
    step(lambda: world.ana.types("/incident update we are looking", where=room(world)))
    step(lambda: world.ana.types("/incident todo @chen look at the graphs", where=room(world)))
    step(lambda: world.ana.types("/incident status identified", where=room(world)))
    step(lambda: _mark(world))


def _mark(world: World) -> None:
    world.slack.act.join("U0CHEN", room(world).id)
    said = world.slack.act.message("U0CHEN", room(world).id, "the cache is cold")
    world.chen.reacts("pushpin", said.ts, where=room(world))


def _end(world: World) -> None:
    now = world.clock()
    how = Resolution(UserText("rolled back"), now, now, UserText(""))
    lifecycle.resolve(world.app.desk, ONE, how, by=BO, now=now)
    postmortem.export_to_room(world.app.desk, ONE, by=BO, now=now)


def _put_away(world: World) -> None:
    with world.app.desk.work(CLOCK, world.clock()) as work:
        work.send(effects.archive(ONE, "the end"))


def _cases() -> Iterator[Any]:
    """Every point with every answer on both databases; a few of them in the default run."""
    quick = {
        ("sqlite", "deliver.claiming", "ok"),
        ("sqlite", "deliver.claimed", "later"),
        ("sqlite", "deliver.calling", "not done"),
        ("sqlite", "deliver.called", "ok"),
        ("sqlite", "deliver.settling", "lost"),
        ("sqlite", "deliver.settled", "done, says it is not"),
        ("postgres", "deliver.called", "ok"),
        ("postgres", "deliver.settling", "lost"),
    }
    for case in itertools.product(("sqlite", "postgres"), BEFORE + ALONE, ANSWERS):
        yield pytest.param(*case, marks=() if case in quick else pytest.mark.slow)


@pytest.fixture
def world(request: pytest.FixtureRequest, database: str) -> Iterator[World]:
    """A world on the database that the case names."""
    made = World(request.getfixturevalue(f"{database}_url"))
    yield made
    made.close()


@pytest.mark.parametrize(("database", "point", "answer"), list(_cases()))
def test_a_crash_at_any_point_of_any_effect_is_not_noticed(
    world: World, point: str, answer: str
) -> None:
    fate = Fate(world, point, answer)

    with failpoints.armed(fate):
        live(world, lambda act: survive(world, act))

    assert faults(world) == []
    assert carried(world) >= set(METHODS)
    assert fate.died >= (set(METHODS) - EXCUSED.get((point, answer), set()))
    assert fate.answered == (set() if answer == "ok" else set(METHODS))


def carried(world: World) -> set[str]:
    """The kinds of effects that were carried to their end."""
    query = select(effect.c.kind).where(effect.c.state == "done")
    with world.app.desk.look() as connection:
        return set(connection.execute(query).scalars())
