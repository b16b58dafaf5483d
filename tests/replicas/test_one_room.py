"""Signals of one outage at several replicas at the same moment open one room (F40)."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from replicas.crowd import ANA, Crowd

from bot.app import App
from incidents.actions.alerts import Taken, take_alerts
from incidents.actions.declare import Declare, Declared, declare
from incidents.actions.desk import Origin
from incidents.model.alerts import Alert
from incidents.model.text import UserText
from incidents.store import affected, incidents, roles

FAILING = ("checkout", "cart", "payments", "orders-db", "search")  # four of them need orders-db


@pytest.fixture
def three(database_url: str) -> Iterator[Crowd]:
    """Three replicas on one database of either kind."""
    made = Crowd(database_url)
    yield made
    made.close()


def alert(service: str) -> Alert:
    labels = {"alertname": "Down", "service": service, "severity": "critical"}
    return Alert("generic", f"down/{service}", "Down", True, None, labels=labels)  # noqa: FBT003 (positions of a dataclass)


def test_five_services_that_fail_at_once_at_three_replicas_meet_in_one_room(three: Crowd) -> None:
    start = Barrier(len(FAILING))

    def fire(app: App, service: str) -> tuple[Taken, ...]:
        start.wait(30)
        return take_alerts(app.desk, [alert(service)], now=three.clock())

    with ThreadPoolExecutor(len(FAILING)) as pool:
        sent = [
            pool.submit(fire, three.apps[at % 3], service) for at, service in enumerate(FAILING)
        ]
        taken = [one.result()[0] for one in sent]

    with three.desk.look() as connection:
        found = incidents.recent(connection, limit=10)
        asked = roles.current(connection, found[0].number)
        teams = [one.team for one in affected.of(connection, found[0].number)]
    assert len(found) == 1
    assert {one.incident for one in taken} == {found[0].number}
    assert sorted(found[0].services) == sorted(FAILING)
    assert len(asked) == 1
    assert sorted(teams) == ["payments", "platform", "storefront"]


def test_a_person_and_an_alert_at_the_same_moment(three: Crowd) -> None:
    start = Barrier(2)

    def say() -> Declared:
        start.wait(30)
        order = Declare(UserText("orders are lost"), services=("orders-db",))
        return declare(three.apps[0].desk, order, by=Origin(ANA, "slack"), now=three.clock())

    def fire() -> tuple[Taken, ...]:
        start.wait(30)
        return take_alerts(three.apps[1].desk, [alert("cart")], now=three.clock())

    with ThreadPoolExecutor(2) as pool:
        declared, taken = pool.submit(say), pool.submit(fire)
        number, (one,) = declared.result().incident.number, taken.result()

    with three.desk.look() as connection:
        found = incidents.recent(connection, limit=10)
    assert len(found) == (1 if one.incident == number else 2)  # a person may insist on a room
