"""Nobody ran for 72 hours: what came due meanwhile is said once, and says how late it is (F46)."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from replicas.crowd import ANA, OWNERS, Crowd, an_incident, asked, promise, until
from world import World

from bot.clock import FastClock, monotonic
from incidents.actions import followups
from incidents.actions.desk import Origin
from incidents.actions.followups import Todo
from incidents.model.text import UserText
from incidents.store import due

WEDNESDAY = datetime(2026, 11, 18, 12, tzinfo=UTC)
OFFLINE = timedelta(hours=72)
LATE = "this reminder is late by 3 d: I was offline"
WITHIN = 60.0  # seconds after the start


@pytest.fixture
def alone(database_url: str) -> Iterator[Crowd]:
    """One replica on a clock that is moved by hand."""
    made = Crowd(database_url, size=1, clock=FastClock(WEDNESDAY), threads=False)
    yield made
    made.close()


def comes_back(alone: Crowd) -> None:
    """It starts after three days, and looks again and again at what is due."""
    alone.clock.pass_(OFFLINE)
    for _ in range(3):
        alone.apps[0].tick()


def saying(crowd: Crowd, words: str) -> Counter[str]:
    """What people were told with these words in it, and how often each."""
    return Counter(
        str(body["text"]) for body in crowd.direct_messages() if words in json.dumps(body)
    )


def test_every_reminder_is_sent_once_and_says_how_late_it_is(alone: Crowd) -> None:
    items = promise(alone.desk, an_incident(alone.desk, WEDNESDAY), 40, WEDNESDAY)

    comes_back(alone)

    assert saying(alone, LATE) == {asked(item): 1 for item in items}


def test_of_daily_reminders_only_the_last_one_is_sent(alone: Crowd) -> None:
    todo = Todo(UserText("Rotate certificates"), OWNERS[0], WEDNESDAY + timedelta(hours=1))
    number, by = an_incident(alone.desk, WEDNESDAY), Origin(ANA, "cli")
    item = followups.add(alone.desk, number, todo, by=by, now=WEDNESDAY)
    alone.apps[0].tick()

    comes_back(alone)

    told = Counter(text for text in alone.told().elements() if item.title.raw in text)
    assert told == {
        ":memo: You have a new action item. Rotate certificates": 1,
        ":alarm_clock: An action item of yours is overdue. Rotate certificates": 1,
    }
    assert saying(alone, "this reminder is late by 1 d").total() == 1
    with alone.desk.look() as connection:
        assert due.pending(connection, f"todo-{item.number}/")  # and it goes on from here


def test_a_promised_update_is_asked_for_once_and_says_how_late(world: World) -> None:
    world.ana.types("/incident Payments fail sev2")
    world.ana.types("/incident lead me", where="inc-1")

    world.clock.pass_(OFFLINE)
    world.settle()

    room = world.room("inc-1")
    assert room.text.count("promised for") == 1
    room.shows("This request is late by 2 d: I was offline")


@pytest.mark.slow
def test_1000_reminders_are_out_within_a_minute_of_the_start(crowd: Crowd) -> None:
    then = crowd.clock() - OFFLINE
    numbers = [an_incident(crowd.desk, then) for _ in range(20)]
    items = [item for number in numbers for item in promise(crowd.desk, number, 50, then)]

    begun = monotonic()
    crowd.start()
    until(lambda: len(saying(crowd, LATE)) == len(items), patience=3 * WITHIN)
    took = monotonic() - begun

    assert saying(crowd, LATE) == {asked(item): 1 for item in items}
    assert took < WITHIN
