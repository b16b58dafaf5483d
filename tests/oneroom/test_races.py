"""What several people and signals do to the same incidents at the same moment ends consistently."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread

import pytest
from oneroom.town import alert

from incidents import failpoints
from incidents.actions import lifecycle, merging
from incidents.actions import undo as undoing
from incidents.actions.alerts import Taken, take_alerts
from incidents.actions.declare import Declare, declare
from incidents.actions.desk import Desk, Origin
from incidents.actions.lifecycle import Resolution
from incidents.actions.merging import Split, Toward
from incidents.catalog.catalog import Catalog
from incidents.errors import WarroomError
from incidents.model.ids import IncidentNumber, PersonId
from incidents.model.lifecycle import Status
from incidents.model.text import NOTHING, clean
from incidents.model.timeline import Kind
from incidents.store import alerts, incidents, links, timeline
from incidents.store.engine import Store

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)
ANA = Origin(PersonId("cli:ana"), "cli")
ONE, TWO = IncidentNumber(1), IncidentNumber(2)
Act = Callable[[Desk], object]


def merged(part: IncidentNumber, whole: IncidentNumber) -> Act:
    return lambda desk: merging.merge(desk, part, Toward(whole, "the same"), by=ANA, now=LATER)


def resolved(number: IncidentNumber) -> Act:
    ending = Resolution(clean("fixed"), NOW, LATER, NOTHING)
    return lambda desk: lifecycle.resolve(desk, number, ending, by=ANA, now=LATER)


def fired(service: str) -> Act:
    return lambda desk: take_alerts(desk, [alert(service)], now=LATER)


def taken_out(service: str, number: IncidentNumber) -> Act:
    return lambda desk: merging.split(desk, number, Split(service), by=ANA, now=LATER)


def unmerged(number: IncidentNumber) -> Act:
    return lambda desk: merging.unmerge(desk, number, by=ANA, now=LATER)


def at_once(desk: Desk, *acts: Act) -> list[object]:
    """All at the same moment; of each what came of it, or the words of a refusal."""
    start = Barrier(len(acts))

    def run(act: Act) -> object:
        start.wait(30)
        try:
            return act(desk)
        except WarroomError as refused:
            return str(refused)

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


@pytest.fixture
def two(desk: Desk) -> Desk:
    """Two incidents that have nothing to do with each other: a database, and an island."""
    for service in ("ledger-db", "island"):
        take_alerts(desk, [alert(service)], now=NOW)
    return desk


def held_together(desk: Desk) -> None:
    """What has to hold whatever happened."""
    with desk.look() as connection:
        for one in incidents.recent(connection, limit=50):
            root = incidents.root_of(connection, one.number)
            whole = incidents.get(connection, root)
            assert whole is not None
            assert whole.merged_into is None
            is_part = one.merged_into is not None
            assert is_part == (links.merge_of(connection, one.number) is not None)
            if is_part:
                assert one.status is Status.CLOSED
                assert one.open_key is None
                assert alerts.of(connection, one.number) == ()
                assert set(one.services) <= set(whole.services)


@pytest.mark.parametrize("_", range(3))
def test_two_incidents_that_are_merged_into_each_other_become_one(two: Desk, _: int) -> None:
    at_once(two, merged(ONE, TWO), merged(TWO, ONE))

    held_together(two)
    with two.look() as connection:
        assert len(incidents.open_ones(connection)) == 1


@pytest.mark.parametrize("which", [ONE, TWO])
@pytest.mark.parametrize("_", range(2))
def test_one_is_resolved_while_it_is_merged(two: Desk, which: IncidentNumber, _: int) -> None:
    at_once(two, merged(TWO, ONE), resolved(which))

    held_together(two)


@pytest.mark.parametrize("_", range(2))
def test_signals_come_in_while_incidents_are_merged_and_taken_apart(two: Desk, _: int) -> None:
    at_once(two, merged(TWO, ONE), fired("svc-1"), fired("svc-2"), fired("island"))
    at_once(two, unmerged(TWO), fired("svc-3"), taken_out("svc-1", ONE), fired("svc-4"))

    held_together(two)
    with two.look() as connection:
        services = [name for one in incidents.open_ones(connection) for name in one.services]
    assert sorted(services) == sorted(set(services))
    assert set(services) == {"ledger-db", "island", *(f"svc-{n}" for n in range(1, 5))}


def test_three_that_are_merged_in_a_ring_become_one(two: Desk) -> None:
    three = declare(two, Declare(clean("a third")), by=ANA, now=NOW).incident.number

    at_once(two, merged(ONE, TWO), merged(TWO, three), merged(three, ONE))

    held_together(two)
    with two.look() as connection:
        assert len(incidents.open_ones(connection)) == 1


def test_an_alert_while_its_incident_is_taken_up_again_joins_it(
    postgres_url: str, catalog: Catalog
) -> None:
    """Otherwise both write the name of the outage, and one of them fails."""
    desk, days_later = Desk(Store(postgres_url), catalog), NOW + timedelta(days=3)
    take_alerts(desk, [alert("island")], now=NOW)
    resolved(ONE)(desk)
    with desk.look() as connection:
        (ended,) = timeline.of_kinds(connection, ONE, (Kind.RESOLVED,))
    afresh = replace(alert("island"), fingerprint="another", starts_at=days_later)
    took: list[Taken] = []
    alerted = Thread(target=lambda: took.extend(take_alerts(desk, [afresh], now=days_later)))

    def meanwhile(reached: str) -> None:
        if reached == "work.committing" and alerted.ident is None:
            alerted.start()
            alerted.join(1)  # as far as it gets while the undoing is not committed

    with failpoints.armed(meanwhile):
        undoing.undo(desk, ONE, ended.seq, by=ANA, now=days_later)
        alerted.join(30)

    desk.store.close()
    assert [one.incident for one in took] == [ONE]
