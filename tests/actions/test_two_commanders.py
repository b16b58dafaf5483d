"""There is never more than one commander, whoever grasps for it at the same moment."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import pairwise

import sqlalchemy.exc
from organisation import AROUND, organisation

from incidents.actions import handover, roles
from incidents.actions.declare import Declare, declare
from incidents.actions.desk import CLOCK, Desk, Origin
from incidents.errors import Conflict, Refused
from incidents.model.ids import IncidentNumber, PersonId
from incidents.model.people import Person
from incidents.model.text import clean
from incidents.store import people
from incidents.store import roles as stored
from incidents.store.engine import Store

HANDS = [PersonId(f"U{at}") for at in range(8)]
NOW = AROUND + timedelta(minutes=1)


def at_once(works: list[Callable[[], object]]) -> list[object]:
    """What came of each, all begun at the same moment: its value, or its error."""
    together = threading.Barrier(len(works))

    def run(work: Callable[[], object]) -> object:
        together.wait(30)
        try:
            return work()
        except (Refused, Conflict, sqlalchemy.exc.IntegrityError) as error:
            return error

    with ThreadPoolExecutor(len(works)) as threads:
        return list(threads.map(run, works))


def declared(store: Store) -> tuple[Desk, IncidentNumber]:
    desk = Desk(store, organisation(20, 2).catalog)
    with store.write() as connection:
        for one in HANDS:
            people.remember(connection, Person(one, one.lower(), one), AROUND)
    service = next(one.name for one in desk.catalog.services if one.team)
    order = Declare(clean("an outage"), services=(service,))
    return desk, declare(desk, order, by=CLOCK, now=AROUND).incident.number


def test_the_database_takes_one_of_those_who_write_themselves_down_at_once(store: Store) -> None:
    _, number = declared(store)

    def write(person: PersonId) -> object:
        with store.write() as connection:
            return stored.hold(connection, number, "commander", person, NOW, because=stored.TOOK)

    came = at_once([lambda one=one: write(one) for one in HANDS])

    assert sum(isinstance(one, stored.Assignment) for one in came) == 1
    refused = [one for one in came if not isinstance(one, stored.Assignment)]
    assert all(isinstance(one, sqlalchemy.exc.IntegrityError) for one in refused)


def test_of_those_who_take_command_at_once_one_has_it(store: Store) -> None:
    desk, number = declared(store)

    came = at_once([
        lambda one=one: roles.assign(
            desk, number, "commander", one, by=Origin(one, "slack"), now=NOW
        )
        for one in HANDS
    ])  # fmt: skip

    assert came.count("taken") == 1
    assert all("has a commander" in str(one) for one in came if one != "taken")


def test_however_it_is_grasped_for_no_two_command_at_the_same_time(store: Store) -> None:
    desk, number = declared(store)
    roles.assign(desk, number, "commander", HANDS[0], by=Origin(HANDS[0], "slack"), now=NOW)

    def grasp(one: PersonId, turn: int) -> object:
        by, now = Origin(one, "slack"), NOW + timedelta(seconds=turn)
        if turn % 3 == 0:
            other = HANDS[(HANDS.index(one) + 1) % len(HANDS)]
            return handover.hand_over(desk, number, other, by=by, now=now)
        if turn % 3 == 1:
            return roles.accept(desk, number, "commander", by=by, now=now)
        return roles.take_over_absent(desk, number, by=by, now=now)

    for turn in range(1, 7):
        at_once([lambda one=one, turn=turn: grasp(one, turn) for one in HANDS])

    with store.read() as connection:
        every = stored.history(connection, number)
    held = sorted(
        (one.held_at, one.ended_at)
        for one in every
        if one.role == "commander" and one.held_at and one.ended_at
    )
    last = [one for one in every if one.role == "commander" and one.state == "held"]
    assert len(last) == 1
    assert len(held) > 3
    assert all(before[1] <= after[0] for before, after in pairwise(held))
    assert last[0].held_at is not None
    assert held[-1][1] <= last[0].held_at
