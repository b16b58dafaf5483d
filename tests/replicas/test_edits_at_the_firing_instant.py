"""Somebody moves or settles an action item in the instant in which it is asked for (F47, F48)."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from replicas.crowd import ANA, Crowd, an_incident, asked, promise

from bot.clock import FastClock
from incidents import failpoints
from incidents.actions import followups
from incidents.actions.desk import Origin
from incidents.model.followups import ActionItem
from incidents.model.text import UserText
from incidents.model.timeline import Kind
from incidents.store import due, timeline

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)
LATER = timedelta(days=7)
SOMEBODY = Origin(ANA, "cli")
INCIDENTS, TOGETHER = 5, 20

Act = Callable[[Crowd, ActionItem], object]


@pytest.fixture
def pair(database_url: str) -> Iterator[Crowd]:
    """Two replicas that do what they are told, on a clock that is moved by hand."""
    made = Crowd(database_url, size=2, clock=FastClock(NOON), threads=False)
    yield made
    made.close()


def move(pair: Crowd, item: ActionItem) -> object:
    at = NOON + LATER
    return followups.rescheduled(pair.desk, item.number, at, by=SOMEBODY, now=NOON)


def finish(pair: Crowd, item: ActionItem) -> object:
    return followups.done(pair.desk, item.number, by=SOMEBODY, now=NOON)


def drop(pair: Crowd, item: ActionItem) -> object:
    why = UserText("Not needed any more")
    return followups.dropped(pair.desk, item.number, why, by=SOMEBODY, now=NOON)


def snooze(pair: Crowd, item: ActionItem) -> object:
    return followups.snoozed(pair.desk, item.number, 2, by=SOMEBODY, now=NOON)


def race(pair: Crowd, items: list[ActionItem], act: Act, luck: random.Random) -> None:
    """One replica fires and sends while somebody acts on every item through the other one."""
    ready = threading.Barrier(2)
    pause, other_pause = luck.random() * 0.02, luck.random() * 0.1

    def fire() -> None:
        ready.wait()
        time.sleep(pause)
        while pair.apps[1].fire() + pair.apps[1].deliverer.drain():
            continue

    firing = threading.Thread(target=fire)
    firing.start()
    ready.wait()
    time.sleep(other_pause)
    for item in luck.sample(items, len(items)):
        act(pair, item)
    firing.join()


def history(pair: Crowd, item: ActionItem) -> list[Kind]:
    """What the record says of an item, in order."""
    with pair.desk.look() as connection:
        entries = timeline.entries(connection, item.incident)
    return [entry.kind for entry in entries if entry.body.get("number") == item.number]


def heard(pair: Crowd, item: ActionItem) -> int:
    """How often its owner heard that it is due."""
    return pair.told()[asked(item)]


def raced(pair: Crowd, act: Act, times: int) -> list[ActionItem]:
    luck = random.Random(47)
    numbers = [an_incident(pair.desk, NOON) for _ in range(INCIDENTS)]
    pair.apps[0].deliverer.drain()
    items: list[ActionItem] = []
    while len(items) < times:
        each = TOGETHER // INCIDENTS
        some = [one for number in numbers for one in promise(pair.desk, number, each, NOON)]
        race(pair, some, act, luck)
        items += some
    return items


TIMES = pytest.mark.parametrize("times", [20, pytest.param(100, marks=pytest.mark.slow)])


@TIMES
@pytest.mark.parametrize("act", [move, pytest.param(snooze, marks=pytest.mark.slow)])
def test_an_item_that_is_moved_as_it_fires_is_asked_for_at_the_old_time_or_the_new(
    pair: Crowd, act: Act, times: int
) -> None:
    items = raced(pair, act, times)

    for item in items:
        what = history(pair, item)
        assert what in ([Kind.ACTION_MOVED], [Kind.ACTION_REMINDED, Kind.ACTION_MOVED])
        assert heard(pair, item) <= what.count(Kind.ACTION_REMINDED)
        with pair.desk.look() as connection:
            ahead = due.pending(connection, f"todo-{item.number}/")
        assert ahead
        assert all(one.due_at > NOON for one in ahead)
        assert len({one.key for one in ahead}) == len(ahead)


@TIMES
@pytest.mark.parametrize("act", [finish, pytest.param(drop, marks=pytest.mark.slow)])
def test_an_item_that_is_settled_as_it_fires_is_not_asked_for_afterwards(
    pair: Crowd, act: Act, times: int
) -> None:
    items = raced(pair, act, times)
    before = pair.told()

    pair.clock.pass_(timedelta(days=30))
    for app in pair.apps:
        app.fire()
        app.deliverer.drain()

    assert {asked(item): heard(pair, item) for item in items} == {
        asked(item): before[asked(item)] for item in items
    }
    for item in items:
        what = history(pair, item)
        assert what[-1] in {Kind.ACTION_DONE, Kind.ACTION_DROPPED}
        assert heard(pair, item) <= what.count(Kind.ACTION_REMINDED) <= 1


@pytest.mark.parametrize("step", ["work.committed", "deliver.claimed"])
@pytest.mark.parametrize("act", [finish, move])
def test_a_reminder_on_its_way_is_called_back(pair: Crowd, act: Act, step: str) -> None:
    (item,) = promise(pair.desk, an_incident(pair.desk, NOON), 1, NOON)
    pair.apps[0].deliverer.drain()
    acts = iter([act])

    def meanwhile(point: str) -> None:
        if point == step:
            for one in acts:
                one(pair, item)

    with failpoints.armed(meanwhile):
        pair.apps[0].fire()
        pair.apps[0].deliverer.drain()

    assert history(pair, item)[0] is Kind.ACTION_REMINDED
    assert heard(pair, item) == 0


@pytest.mark.parametrize("act", [move, snooze])
def test_a_moved_item_is_asked_for_once_at_its_new_time(pair: Crowd, act: Act) -> None:
    (item,) = promise(pair.desk, an_incident(pair.desk, NOON), 1, NOON)
    act(pair, item)
    with pair.desk.look() as connection:
        ahead = due.pending(connection, f"todo-{item.number}/")
    before = pair.told().total()

    pair.clock.pass_(ahead[0].due_at - NOON)
    for app in (*pair.apps, *pair.apps):
        app.fire()
        app.deliverer.drain()

    assert pair.told().total() == before + 1
