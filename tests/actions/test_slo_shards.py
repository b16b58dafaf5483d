"""Several processes share the budgets: each is watched by one of them, and always by one."""

from collections import Counter
from datetime import datetime, timedelta
from fractions import Fraction

import pytest
from actions.traffic import CATALOG, MINUTE, START, TICK, all_incidents

from incidents.actions.desk import Desk
from incidents.actions.samples import Reading, ingest
from incidents.actions.sharding import give_up, hold
from incidents.actions.slo import Evaluated, evaluate
from incidents.actions.watching import Watch, watch
from incidents.failpoints import armed
from incidents.model.ids import ServiceName
from incidents.model.objective import Counts, Objective, SLOName
from incidents.model.shards import EVERY, LEASE, SHARDS, share
from incidents.store import slo_shards
from incidents.store.engine import Store
from incidents.store.leases import new_owner

MONTH = timedelta(days=30)
SLOS = tuple(
    Objective(
        slo=SLOName(f"checkout/promise-{number}"),
        service=ServiceName("checkout"),
        target=Fraction(999, 1000),
        window=MONTH,
    )
    for number in range(40)
)


class Process:
    """One that watches budgets."""

    def __init__(self, store: Store, now: datetime) -> None:
        self.desk = Desk(store, CATALOG, objectives=SLOS)
        self.owner = new_owner()
        self.watch: Watch = watch(self.desk, now)

    def beats(self, now: datetime) -> None:
        hold(self.desk, self.watch, self.owner, now)

    def ticks(self, now: datetime) -> Evaluated:
        self.beats(now)
        return evaluate(self.desk, self.watch, now)

    def hears(self, slo: SLOName, at: datetime, good: int, bad: int, seq: int) -> None:
        reading = Reading(slo, at, good, bad, "edge-1", seq)
        assert ingest(self.desk, [reading], at).accepted == 1

    @property
    def watched(self) -> frozenset[SLOName]:
        return frozenset(self.watch.objectives)

    def knows(self, slo: SLOName) -> Counts:
        return self.watch.rings.figures(slo, [MONTH]).counts[MONTH]


def settled(*processes: Process, now: datetime, rounds: int = 3) -> datetime:
    """Everybody beats until it is clear who watches what."""
    for _ in range(rounds):
        for one in processes:
            one.beats(now)
        now += EVERY
    return now


def test_one_process_alone_has_all_budgets_at_once(store: Store) -> None:
    alone = Process(store, START)
    rings = alone.watch.rings

    alone.beats(START)

    assert alone.watched == {one.slo for one in SLOS}
    assert alone.watch.rings is rings  # nothing had to be read again


def test_several_share_them_fairly_and_no_budget_is_watched_twice(store: Store) -> None:
    processes = [Process(store, START) for _ in range(3)]

    settled(*processes, now=START, rounds=4)

    watched = Counter(name for one in processes for name in one.watched)
    assert watched == {one.slo: 1 for one in SLOS}
    assert sorted(len(one.watch.leases or ()) for one in processes) == [5, 5, 6]


@pytest.mark.parametrize("count", range(1, 20))
def test_shares_add_up_to_all_shards(count: int) -> None:
    owners = [f"host/{number}" for number in range(count)]

    shares = [share(owner, owners) for owner in owners]

    assert sum(shares) == SHARDS
    assert max(shares) - min(shares) <= 1


def test_a_lost_owner_is_replaced_within_35_seconds_and_nothing_is_missing(store: Store) -> None:
    lost, other = Process(store, START), Process(store, START)
    now = settled(lost, other, now=START)
    (name, *_) = sorted(lost.watched)
    other.hears(name, now, 900, 100, seq=1)  # while its owner is dying

    died, later = now, now
    while name not in other.watched:
        later += EVERY
        other.ticks(later)

    assert later - died <= timedelta(seconds=35)
    assert other.watched == {one.slo for one in SLOS}
    assert other.knows(name) == Counts(900, 100)


def test_whoever_stops_in_order_is_replaced_at_once(store: Store) -> None:
    leaving, other = Process(store, START), Process(store, START)
    now = settled(leaving, other, now=START)

    give_up(leaving.desk, leaving.owner)
    other.beats(now)

    assert other.watched == {one.slo for one in SLOS}


def test_an_outage_opens_one_room_whoever_watches_it_meanwhile(store: Store) -> None:
    one, other = Process(store, START), Process(store, START)
    now = settled(one, other, now=START)
    (name, *_) = sorted(one.watched)
    for seq in range(1, 40):
        (one, other)[seq % 2].hears(name, now, 0, 1000, seq)
        now += TICK
        other.ticks(now)
        if seq < 12 or seq > 30:  # it is away for a while, and comes back
            one.ticks(now)

    assert [incident.open_key for incident in all_incidents(one.desk)] == [f"slo/{name}"]
    assert one.watched | other.watched == {objective.slo for objective in SLOS}
    assert not one.watched & other.watched


def test_whoever_lost_a_shard_while_it_looked_does_nothing(store: Store) -> None:
    slow, quick = Process(store, START), Process(store, START)
    slow.beats(START)
    name = SLOS[0].slo
    for seq in range(1, 7):
        slow.hears(name, START + TICK * (seq - 1), 0, 1000, seq)
    now = START + TICK * 6
    slow.beats(now)

    def somebody_takes_over(point: str) -> None:
        if point == "slo.judged":
            quick.beats(now + LEASE + EVERY)

    with armed(somebody_takes_over):
        found = evaluate(slow.desk, slow.watch, now)

    assert found.outcomes == ()
    assert all_incidents(slow.desk) == ()
    assert [one.slo for one in quick.ticks(now + LEASE + EVERY).outcomes] == [name]


def test_who_watches_is_known(store: Store) -> None:
    alone = Process(store, START)
    alone.beats(START)

    with store.read() as connection:
        assert slo_shards.owners(connection) == dict.fromkeys(range(SHARDS), alone.owner)


def test_a_shard_that_was_given_back_has_a_new_fence(store: Store) -> None:
    one, other = Process(store, START), Process(store, START)
    one.beats(START)
    before = dict(one.watch.leases or {})
    give_up(one.desk, one.owner)
    other.beats(START + MINUTE)

    with store.write() as connection:
        assert not any(slo_shards.is_ours(connection, lease) for lease in before.values())
