"""Probes on a schedule: each slot once, each answer counted once, nobody blamed for our outage."""

import socket
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from probes.servers import LOOPBACK, Web, web

from bot.addresses import read_own
from bot.outgoing import Outgoing
from bot.probing import Looker, Prober
from incidents.actions import probing
from incidents.actions.desk import Desk
from incidents.actions.slo import evaluate
from incidents.actions.watching import watch
from incidents.catalog.catalog import EMPTY
from incidents.model.burn import Loudness
from incidents.model.episode import Step
from incidents.model.ids import ServiceName
from incidents.model.objective import Counts, Objective, SLOName
from incidents.model.probing import HTTP, TCP, Finding, Outcome, Probe
from incidents.store import incidents, outbox_view, probes, slo
from incidents.store.engine import Store

START = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
SLO = SLOName("shop/outside")
PROMISE = Objective(
    slo=SLO, service=ServiceName("shop"), target=Fraction(99, 100), window=timedelta(days=28)
)
MINUTE = timedelta(minutes=1)


class Network:
    """Names of hosts, all of them here, and a switch that takes them away."""

    def __init__(self) -> None:
        self.is_up = True
        self.lost: set[str] = set()

    def resolve(self, host: str, port: int) -> Sequence[str]:
        del port
        if not self.is_up or host in self.lost:
            raise socket.gaierror(socket.EAI_AGAIN, "try again")
        return (LOOPBACK,)


class Watcher:
    """A prober on a clock that is moved by hand."""

    def __init__(self, desk: Desk, network: Network, *all_of: Probe, place: str = "home") -> None:
        self.now = all_of[0].begins(all_of[0].slot(START))
        own = read_own(["shop.test", "other.test", "gone.test"])
        looker = Looker(Outgoing(own, resolve=network.resolve))
        self.prober = Prober(desk, looker, all_of, place, lambda: self.now)

    def passes(self, length: timedelta = MINUTE) -> int:
        self.now += length
        return self.prober.round()


@pytest.fixture
def desk(sqlite_url: str) -> Iterator[Desk]:
    store = Store(sqlite_url)
    yield Desk(store, EMPTY, objectives=(PROMISE,))
    store.close()


@pytest.fixture
def shop() -> Iterator[Web]:
    with web() as made:
        made.pages["/"] = (200, b"", "")
        yield made


@pytest.fixture
def network() -> Network:
    return Network()


def front(shop: Web, host: str = "shop.test") -> Probe:
    return Probe(f"front-{host[:-5]}", HTTP(f"http://{host}:{shop.port}/", host), slo=SLO)


def counted(desk: Desk) -> Counts:
    with desk.look() as connection:
        return slo.since(connection, [SLO], START - 5 * MINUTE, START + timedelta(hours=2))[SLO]


def known(desk: Desk) -> dict[str, probes.Kept]:
    with desk.look() as connection:
        return {one.name: one for one in probes.known(connection)}


def ops(desk: Desk) -> list[str]:
    with desk.look() as connection:
        found = outbox_view.listed(connection, states=("pending",), limit=50)
    return [one.key for one in reversed(found) if one.key.startswith("ops/")]


def test_each_slot_is_one_event(desk: Desk, network: Network, shop: Web) -> None:
    made = Watcher(desk, network, front(shop))

    looked = [made.passes(timedelta(seconds=20)) for _ in range(9)]
    shop.pages["/"] = (500, b"", "")
    made.passes()

    assert looked == [1, 0, 1, 0, 0, 1, 0, 0, 1]
    assert counted(desk) == Counts(4, 1)
    assert known(desk)["front-shop"].said == "answered 500"
    assert known(desk)["front-shop"].is_counted


def test_of_replicas_in_one_place_one_looks(desk: Desk, network: Network, shop: Web) -> None:
    replicas = [Watcher(desk, network, front(shop)) for _ in range(3)]

    looked = [one.passes() for one in replicas]
    again = Watcher(desk, network, front(shop)).passes()

    assert sorted(looked) == [0, 0, 1]
    assert again == 0
    assert shop.asked == ["shop.test/"]
    assert counted(desk) == Counts(1, 0)


def test_from_two_places_two_look(desk: Desk, network: Network, shop: Web) -> None:
    for place in ("north", "south"):
        Watcher(desk, network, front(shop), place=place).passes()

    assert counted(desk) == Counts(2, 0)


def test_what_is_reported_twice_counts_once(desk: Desk, shop: Web) -> None:
    seen = probing.Seen(7, START, Finding(Outcome.BAD, "answered 500"))

    first = probing.report(desk, front(shop), "home", seen, START)
    second = probing.report(desk, front(shop), "home", seen, START)

    assert (first.is_counted, second.is_counted) == (True, False)
    assert counted(desk) == Counts(0, 1)


def test_a_host_that_is_gone_is_at_fault_while_others_answer(
    desk: Desk, network: Network, shop: Web
) -> None:
    network.lost = {"gone.test"}
    made = Watcher(desk, network, front(shop, "gone.test"), front(shop))

    made.passes()

    assert counted(desk) == Counts(1, 1)
    assert known(desk)["front-gone"].blind_since is None
    assert ops(desk) == []


def test_a_host_that_stands_alone_is_at_fault(desk: Desk, network: Network, shop: Web) -> None:
    network.is_up = False

    Watcher(desk, network, front(shop)).passes()

    assert counted(desk) == Counts(0, 1)


def test_nobody_is_blamed_while_our_own_network_is_down(
    desk: Desk, network: Network, shop: Web
) -> None:
    made = Watcher(desk, network, front(shop), front(shop, "other.test"))
    made.passes()
    network.is_up = False
    down = [made.passes() for _ in range(3)]
    blind = known(desk)["front-shop"]
    network.is_up = True
    made.passes()

    assert down == [2, 2, 2]
    assert counted(desk) == Counts(4, 0)
    assert blind.blind_since is not None
    assert (blind.outcome, blind.is_counted) == ("unreached", False)
    assert known(desk)["front-shop"].blind_since is None
    assert [key.split("/")[-2] for key in ops(desk)] == ["blind", "sees"]


def test_a_witness_without_an_slo_tells_whose_fault_it_is(
    desk: Desk, network: Network, shop: Web
) -> None:
    network.lost = {"gone.test"}
    witness = replace(front(shop), slo=None)
    made = Watcher(desk, network, front(shop, "gone.test"), witness)

    made.passes()

    assert counted(desk) == Counts(0, 1)
    assert not known(desk)["front-shop"].is_counted


def test_a_probe_that_may_not_look_counts_nothing(desk: Desk, network: Network) -> None:
    barred = Probe("inside", TCP("secret.test", 22), slo=SLO)

    Watcher(desk, network, barred).passes()

    assert counted(desk) == Counts(0, 0)
    assert known(desk)["inside"].outcome == "unable"


def test_on_a_beat_each_looks_in_a_thread_of_its_own(
    desk: Desk, network: Network, shop: Web
) -> None:
    made = Watcher(desk, network, front(shop), front(shop, "other.test"))
    made.now += MINUTE

    looks = made.prober.beat()
    for one in looks:
        one.result(timeout=10)
    made.prober.close()

    assert len(looks) == 2
    assert counted(desk) == Counts(2, 0)


def test_an_outage_that_only_probes_see_opens_a_room(
    desk: Desk, network: Network, shop: Web
) -> None:
    made = Watcher(desk, network, front(shop))
    made.passes()
    watching = watch(desk, made.now)
    shop.pages["/"] = (503, b"", "")

    outcomes = []
    for _ in range(6):
        made.passes()
        outcomes += evaluate(desk, watching, made.now + timedelta(seconds=10)).outcomes

    assert [one.step for one in outcomes if one.loudness is Loudness.PAGE][:1] == [Step.LOUDER]
    with desk.look() as connection:
        (incident,) = incidents.recent(connection, limit=5)
    assert incident.title.raw == "shop/outside has spent its error budget"
