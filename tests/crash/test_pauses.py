"""Pauses longer than a lease: the process sleeps at some point while its brother carries on, and
then goes on as if nothing had happened.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
import structlog
from test_every_point import Step, live, work
from town import LEASE, another, faults, rest, said
from world import World

from incidents import failpoints

# Whoever sleeps inside a transaction holds its rows (SQLite: the database), so nobody carries on.
POINTS = ("deliver.claimed", "deliver.calling", "deliver.called", "deliver.settled")
HARMLESS = tuple(point for point in POINTS if point != "deliver.calling")


@dataclass
class Sleeper:
    """Sleeps at ``point``, once for each effect, while ``brother`` works."""

    world: World
    point: str
    brother: Callable[[], object]
    slept: set[str] = field(default_factory=set)
    is_asleep: bool = False

    def __call__(self, reached: str) -> None:
        if reached != self.point or self.is_asleep:
            return
        effect = structlog.contextvars.get_contextvars().get("effect", f"round {len(self.slept)}")
        if effect in self.slept or len(self.slept) > 60:
            return
        self.slept.add(effect)
        self.is_asleep = True
        self.world.clock.pass_(LEASE)
        self.brother()
        self.is_asleep = False


def play(world: World, point: str, life: Callable[[World, Step], None] = live) -> Sleeper:
    """A room's life in which the process sleeps through every lease."""
    brother = another(world)
    sleeper = Sleeper(world, point, brother.tick)

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


def test_a_pause_between_the_last_look_and_the_call_doubles_that_call_for_a_minute(
    world: World,
) -> None:
    sleeper = play(world, "deliver.calling", work)

    again = {key: times for key, times in said(world).items() if times > 1}
    assert again
    assert set(again) <= sleeper.slept
    assert all(times == 2 for times in again.values())
    world.looks_after_rooms()
    assert [fault for fault in faults(world) if "/talk/" in fault or "/card" in fault] == []
