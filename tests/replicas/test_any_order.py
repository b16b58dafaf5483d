"""Copies, ends and updates of an alert, in any order, at any replica (F41)."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from replicas.crowd import Crowd

from incidents.actions import lifecycle
from incidents.actions.alerts import take_alerts
from incidents.actions.desk import Desk, Origin
from incidents.actions.lifecycle import Resolution
from incidents.model.alerts import Alert
from incidents.model.ids import PersonId
from incidents.model.text import NOTHING, clean
from incidents.model.timeline import Kind
from incidents.store import alerts, incidents, timeline

ANA = Origin(PersonId("U1"), "slack")
START = datetime(2026, 1, 1, 10, 0, tzinfo=UTC)
LATE = timedelta(minutes=8)
LABELS = {"alertname": "HighErrorRate", "service": "checkout", "severity": "page"}
ORDERS = sorted(set(permutations(("fire", "fire", "resolve", "update"))))


@pytest.fixture
def three(database_url: str) -> Iterator[Crowd]:
    """Three replicas on one database of either kind."""
    made = Crowd(database_url)
    yield made
    made.close()


def news_of(began: datetime) -> dict[str, Alert]:
    fired = Alert("generic", f"{began:%j}", "HighErrorRate", True, began, labels=LABELS)  # noqa: FBT003 (positions of a dataclass)
    return {
        "fire": fired,
        "update": replace(fired, labels={**LABELS, "severity": "critical"}),
        "resolve": replace(fired, is_firing=False, ends_at=began + timedelta(minutes=4)),
    }


def state_of(desk: Desk, fingerprint: str) -> list[object]:
    """What is known in the end, without the way that led there."""
    with desk.look() as connection:
        kept = alerts.get(connection, "generic", fingerprint)
        assert kept is not None
        assert kept.incident is not None
        incident = incidents.get(connection, kept.incident)
        told = timeline.entries(connection, kept.incident)
    assert incident is not None
    counted = [
        sum(one.kind is kind for one in told) for kind in (Kind.ALERT_FIRED, Kind.ALERT_RESOLVED)
    ]
    return [kept.is_firing, kept.ends_at and kept.ends_at - kept.starts_at, incident.status,
            incident.severity, incident.services, *counted]  # fmt: skip


@pytest.mark.parametrize("first", range(3))
def test_news_in_any_order_at_any_replica_lead_to_the_same_state(three: Crowd, first: int) -> None:
    desks = [app.desk for app in three.apps]
    states = []

    for day, order in enumerate(ORDERS):
        began = START + timedelta(days=day)
        news = news_of(began)
        for turn, name in enumerate(order):
            desk = desks[(first + turn) % len(desks)]
            take_alerts(desk, [news[name]], now=began + LATE)
        states.append(state_of(three.desk, f"{began:%j}"))
        ending = Resolution(clean("rolled back"), began, began, NOTHING)
        with three.desk.look() as connection:
            (newest, *_) = incidents.recent(connection, limit=1)
        lifecycle.resolve(three.desk, newest.number, ending, by=ANA, now=began + 2 * LATE)

    with three.desk.look() as connection:
        assert len(incidents.recent(connection, limit=100)) == len(ORDERS)
    assert states == [states[0]] * len(ORDERS)
    assert states[0] == [False, timedelta(minutes=4), "investigating", "sev1", ("checkout",), 1, 1]
