"""The same inputs, on either database, with one process or with three: Slack shows the same."""

import itertools
import re
from collections.abc import Callable

import pytest
from crash.test_every_point import work
from crash.town import another, faults, kinds_of, rest, seen
from world import World

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
End = tuple[str, list[str]]


def play(database_url: str, *, replicas: int) -> End:
    """A room's life of which each input reaches another process, and each carries a little.

    What Slack shows in the end, without names that differ each time, and the kinds of the record.
    """
    world = World(database_url)
    apps = [world.app, *(another(world) for _ in range(replicas - 1))]
    turns = itertools.cycle(apps)

    def step(act: Callable[[], object]) -> None:
        world.app = next(turns)
        act()
        for app in apps:
            app.deliverer.round()
        rest(world)

    work(world, step)
    assert faults(world) == []
    end = _UUID.sub("…", seen(world)), kinds_of(world, 1)
    for app in apps:
        app.stop()
    world.slack.close()
    return end


@pytest.fixture
def one_on_sqlite(sqlite_url: str) -> End:
    """What all the others are compared with."""
    return play(sqlite_url, replicas=1)


def test_three_processes_on_sqlite_end_like_one(
    one_on_sqlite: End, sqlite_template, tmp_path
) -> None:
    copy = tmp_path / "three.db"
    copy.write_bytes(sqlite_template.read_bytes())

    assert play(f"sqlite:///{copy}", replicas=3) == one_on_sqlite


@pytest.mark.parametrize("replicas", [1, 3])
def test_postgresql_ends_like_sqlite(one_on_sqlite: End, postgres_url: str, replicas: int) -> None:
    assert play(postgres_url, replicas=replicas) == one_on_sqlite


def test_what_is_compared_says_something(one_on_sqlite: End) -> None:
    shown, kinds = one_on_sqlite

    assert "INC-1/announcement" in shown
    assert "dm/U0CHEN/todo-1/new" in shown
    assert {"declared", "room_opened", "status_changed"} <= set(kinds)
