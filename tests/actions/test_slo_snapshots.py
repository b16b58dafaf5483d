"""A restart begins with packed counts and the journal after them, and knows what it would know."""

import random
from datetime import datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from actions.traffic import CATALOG, HOUR, MINUTE, START, TICK

from incidents.actions.desk import Desk
from incidents.actions.samples import Reading, ingest
from incidents.actions.slo import evaluate
from incidents.actions.snapshots import snap
from incidents.actions.watching import watch
from incidents.failpoints import armed
from incidents.model.calendar_window import Calendar, Unit
from incidents.model.ids import ServiceName
from incidents.model.objective import Objective, SLOName
from incidents.model.rolling import Rings
from incidents.model.slicing import Slicing
from incidents.store.engine import Store

DAY = timedelta(days=1)
MONTH = Calendar(Unit.MONTH, datetime(2026, 1, 1), ZoneInfo("UTC"))  # noqa: DTZ001 (on the wall)


def objective(name: str, **more: object) -> Objective:
    return Objective(
        slo=SLOName(f"checkout/{name}"),
        service=ServiceName("checkout"),
        target=Fraction(99, 100),
        window=timedelta(days=28),
        **more,  # type: ignore[arg-type]  # what each of them has of its own
    )


OBJECTIVES = (
    *(objective(f"events-{number}") for number in range(6)),
    objective("minutes", slicing=Slicing(MINUTE, Fraction(9, 10))),
    objective("month", calendar=MONTH),
)


def desk_on(store: Store, *more: Objective) -> Desk:
    return Desk(store, CATALOG, objectives=(*OBJECTIVES, *more))


class Life:
    """Reports of all kinds come in, in no order, and time goes by."""

    def __init__(self, desk: Desk, seed: int) -> None:
        self.desk, self.chance = desk, random.Random(seed)
        self.now, self.seq = START, 0
        self.watch = watch(desk, START)

    def goes_on(self, rounds: int) -> None:
        for _ in range(rounds):
            readings = [self._reading() for _ in range(self.chance.randrange(12))]
            ingest(self.desk, readings, self.now)
            self.now += self.chance.choice([TICK, TICK, MINUTE, 7 * MINUTE, 2 * HOUR])
            evaluate(self.desk, self.watch, self.now)

    def _reading(self) -> Reading:
        self.seq += 1
        at = self.now + timedelta(seconds=self.chance.choice([0, 15, 100, -30, -600, -20_000]))
        good, bad = self.chance.choice([(0, 0), (100, 1), (70_000, 70_000), (2**33, 2)])
        name = self.chance.choice(self.desk.objectives).slo
        return Reading(name, at, good, bad, "edge-1", self.seq)


def same(one: Rings, other: Rings, names: tuple[SLOName, ...]) -> None:
    mine = [one.column[name] for name in names]
    theirs = [other.column[name] for name in names]
    for window in one.windows:
        for side, held in zip(one.sums(window), other.sums(window), strict=True):
            assert np.array_equal(side[mine], held[theirs]), window
        assert np.array_equal(other.sums(window), other.recounted(window))
    for calendar, some in one.by_calendar.items():
        for name in some:
            assert one.since(calendar, name) == other.since(calendar, name)
    for name in names:
        for held, found in zip(one.reports(name), other.reports(name), strict=True):
            assert np.array_equal(held.seen, found.seen), name
        assert one.figures(name, []).latest == other.figures(name, []).latest


@pytest.mark.parametrize("seed", range(6))
def test_rings_from_a_snapshot_are_those_that_lived_through_it(sqlite_url: str, seed: int) -> None:
    store = Store(sqlite_url)
    life = Life(desk_on(store), seed)
    for _ in range(3):
        life.goes_on(6)
        snap(life.desk, life.watch, life.now)
        life.goes_on(3)

    found = watch(life.desk, life.now)

    assert found.snapped.keys() == found.shards.keys()  # nothing was read from the buckets
    same(life.watch.rings, found.rings, life.watch.rings.slos)
    life.watch.rings.advance(life.now + DAY)
    found.rings.advance(life.now + DAY)
    same(life.watch.rings, found.rings, life.watch.rings.slos)
    store.close()


def test_on_either_database_only_what_changed_is_written_again(store: Store) -> None:
    life = Life(desk_on(store), 1)
    life.goes_on(8)
    assert snap(life.desk, life.watch, life.now) == len(life.watch.shards)
    life.goes_on(2)
    snap(life.desk, life.watch, life.now)

    same(life.watch.rings, watch(life.desk, life.now).rings, life.watch.rings.slos)


def test_an_slo_that_is_new_is_counted_from_its_buckets(sqlite_url: str) -> None:
    store = Store(sqlite_url)
    new = objective("events-new")
    other = Life(desk_on(store, new), 2)  # somebody whose files have it already
    other.goes_on(8)
    before = watch(desk_on(store), other.now)
    snap(desk_on(store), before, other.now)
    other.goes_on(3)

    found = watch(other.desk, other.now)

    same(other.watch.rings, found.rings, (new.slo, *before.rings.slos))
    store.close()


@pytest.mark.parametrize("point", ["slo.snapping", "slo.snapped"])
def test_dying_over_a_snapshot_changes_no_count(sqlite_url: str, point: str) -> None:
    store = Store(sqlite_url)
    life = Life(desk_on(store), 3)
    life.goes_on(5)
    snap(life.desk, life.watch, life.now)
    life.goes_on(5)
    with armed(_dies_at(point)), pytest.raises(_Died):
        snap(life.desk, life.watch, life.now)
    life.goes_on(2)

    same(life.watch.rings, watch(life.desk, life.now).rings, life.watch.rings.slos)
    snap(life.desk, life.watch, life.now)  # and whoever only stumbled goes on
    same(life.watch.rings, watch(life.desk, life.now).rings, life.watch.rings.slos)
    store.close()


class _Died(Exception):
    """The process is gone."""


def _dies_at(point: str):
    def act(reached: str) -> None:
        if reached == point:
            raise _Died

    return act
