"""Pauses longer than a lease: the process sleeps at some point while its brother carries on, and
then goes on as if nothing had happened.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
import structlog
from crash.test_every_point import Step, live, work
from crash.town import LEASE, another, faults, rest, said, sent
from sqlalchemy import select
from world import World

from bot.app import App
from incidents import failpoints
from incidents.store.tables import effect

# Whoever sleeps inside a transaction holds its rows (SQLite: the database), so nobody carries on.
POINTS = ("deliver.claimed", "deliver.calling", "deliver.called", "deliver.settled")
_MOST = 60  # pauses
HARMLESS = tuple(point for point in POINTS if point != "deliver.calling")


@dataclass
class Sleeper:
    """Sleeps at ``point``, once for each effect, while ``brother`` works."""

    world: World
    point: str
    brother: Callable[[str], object]
    slept: set[str] = field(default_factory=set)
    is_asleep: bool = False

    def __call__(self, reached: str) -> None:
        if reached != self.point or self.is_asleep:
            return
        key = structlog.contextvars.get_contextvars().get("effect", f"round {len(self.slept)}")
        if key in self.slept or len(self.slept) > _MOST:
            return
        self.slept.add(key)
        self.is_asleep = True
        self.world.clock.pass_(LEASE)
        self.brother(key)
        self.is_asleep = False


def carries_all(brother: App, _: str) -> None:
    """Whatever is to be done is done by the brother."""
    brother.tick()


def carries_it(brother: App, key: str) -> None:
    """The brother does what the sleeper was about to do, and nothing else."""
    with brother.desk.look() as connection:
        others = connection.execute(select(effect.c.id).where(effect.c.key != key))
        brother.deliverer._in_hand = set(others.scalars())
    brother.deliverer.round()


def play(
    world: World,
    point: str,
    life: Callable[[World, Step], None] = live,
    carries: Callable[[App, str], None] = carries_all,
) -> Sleeper:
    """A room's life in which the process sleeps through every lease."""
    brother = another(world)
    sleeper = Sleeper(world, point, lambda key: carries(brother, key))

    def step(act: Callable[[], object]) -> None:
        act()
        rest(world)

    with failpoints.armed(sleeper):
        life(world, step)
    brother.stop()
    return sleeper


@pytest.mark.parametrize("point", HARMLESS)
def test_a_process_that_sleeps_through_its_lease_does_nothing_twice(
    world: World, point: str
) -> None:
    sleeper = play(world, point)

    assert faults(world) == []
    assert len(sleeper.slept) >= 5


def test_who_sleeps_between_the_last_look_and_the_call_takes_back_what_it_says_too_late(
    world: World,
) -> None:
    sleeper = play(world, "deliver.calling", work, carries_it)

    again = {key for key, times in sent(world).items() if times > 1}
    assert "INC-1/announcement" in again
    assert "INC-1/card" not in again  # a card that is there is found
    assert any(key.startswith("dm/") for key in again)
    assert again <= sleeper.slept
    assert [key for key, times in said(world).items() if times > 1] == []
    assert faults(world) == []
