"""A service that flaps has one room, and an alert that gets worse makes its room worse (F41)."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from incidents import assets
from incidents.actions import lifecycle
from incidents.actions.alerts import Taken, take_alerts
from incidents.actions.desk import Desk, Origin
from incidents.actions.lifecycle import Resolution
from incidents.actions.places import Came
from incidents.catalog.catalog import Catalog, load_catalog
from incidents.catalog.settings import Policies
from incidents.model.alerts import Alert
from incidents.model.ids import IncidentNumber, PersonId
from incidents.model.severity import Severity
from incidents.model.text import NOTHING, clean
from incidents.store import incidents
from incidents.store.engine import Store

START = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ANA = Origin(PersonId("U1"), "slack")
ONE = IncidentNumber(1)
FIRED = Alert(
    source="generic",
    fingerprint="c0ffee",
    name="HighErrorRate",
    is_firing=True,
    starts_at=START,
    labels={"alertname": "HighErrorRate", "service": "checkout", "severity": "page"},
)
WARNED = replace(FIRED, labels={**FIRED.labels, "severity": "warning"})
WORSE = replace(FIRED, labels={**FIRED.labels, "severity": "critical"})
SLOW = replace(WORSE, fingerprint="beef", name="Latency")


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    """An organisation that opens an outage again for a minute only."""
    read = load_catalog(assets.folder("templates") / "init")
    return replace(read, settings=replace(read.settings, policies=Policies(reopen_within=MINUTE)))


@pytest.fixture
def desk(sqlite_url: str, catalog: Catalog) -> Iterator[Desk]:
    made = Store(sqlite_url)
    yield Desk(made, catalog)
    made.close()


def take(desk: Desk, alert: Alert, now: datetime = START) -> Taken:
    return take_alerts(desk, [alert], now=now)[0]


def resolve(desk: Desk, now: datetime) -> None:
    lifecycle.resolve(
        desk, ONE, Resolution(clean("rolled back"), START, now, NOTHING), by=ANA, now=now
    )


def severity(desk: Desk) -> Severity:
    with desk.look() as connection:
        found = incidents.get(connection, ONE)
    assert found is not None
    return found.severity


def test_a_service_that_flaps_gets_one_room_in_ten_minutes(desk: Desk) -> None:
    came = []
    for minute in range(0, 20, 2):
        now = START + minute * MINUTE
        taken = take(desk, replace(FIRED, name=f"Alert{minute}", starts_at=now), now)
        came.append((taken.came, taken.incident))
        lifecycle.resolve(
            desk,
            IncidentNumber(taken.incident or 0),
            Resolution(clean("it went away"), now, now, NOTHING),
            by=ANA,
            now=now + MINUTE / 6,
        )

    one_room = [(Came.OPENED, 1), *[(Came.REOPENED, 1)] * 4]
    assert came == [*one_room, *[(each, 2) for each, _ in one_room]]


def test_another_alert_of_the_service_says_why_it_is_in_that_room(desk: Desk) -> None:
    take(desk, FIRED)
    resolve(desk, START + 2 * MINUTE)

    taken = take(desk, SLOW, START + 4 * MINUTE)

    assert taken == Taken(
        "beef",
        Came.REOPENED,
        "INC-1 was opened for checkout 4 min ago, and alerts open one room for a service in 10 min",
        ONE,
    )
    assert severity(desk) is Severity.SEV1


def test_an_alert_that_gets_worse_makes_its_room_worse_once(desk: Desk) -> None:
    take(desk, FIRED)

    worse = take(desk, WORSE, START + MINUTE)
    milder, again = take(desk, FIRED, START + 2 * MINUTE), take(desk, WORSE, START + 3 * MINUTE)

    assert (worse.came, worse.incident) == (Came.JOINED, 1)
    assert worse.because == "it is worse than it was: sev1: severity is critical, and tier 1"
    assert (milder.came, again.came) == (Came.REPEATED, Came.REPEATED)
    assert severity(desk) is Severity.SEV1


def test_what_people_know_better_is_not_made_worse_by_a_repetition(desk: Desk) -> None:
    take(desk, WORSE)
    lifecycle.set_severity(desk, ONE, Severity.SEV3, why="it is a probe", by=ANA, now=START)

    take(desk, WORSE, START + MINUTE)

    assert severity(desk) is Severity.SEV3


def test_a_warning_that_becomes_critical_opens_a_room(desk: Desk) -> None:
    kept = take(desk, WARNED)

    taken = take(desk, WORSE, START + MINUTE)

    assert kept.came is Came.KEPT
    assert (taken.came, taken.incident) == (Came.OPENED, 1)
