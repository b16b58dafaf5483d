"""A source that sends more than its share is answered at once, and worked on in its turn (F40)."""

from datetime import timedelta
from typing import Any

import pytest
from world import World

from incidents.actions import deliveries as verbs
from incidents.model.ids import IncidentNumber
from incidents.store import deliveries, incidents, limits
from incidents.store.deliveries import Given

FIRES = {"alerts": [{"name": "DiskFull", "service": "checkout", "severity": "page"}]}
IS_OVER = {"alerts": [{**FIRES["alerts"][0], "status": "resolved"}]}
IN_A_MINUTE = timedelta(minutes=1)


@pytest.fixture
def spent(light_world: World) -> World:
    """A source has used up its share, and something of it waits."""
    desk, now = light_world.app.desk, light_world.clock()
    with desk.store.write() as connection:
        limits.draw(connection, "deliveries/generic", verbs._QUOTA, 1000, now)
    return light_world


def test_what_is_too_much_is_kept_and_worked_on_next(
    spent: World, post: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(verbs, "work", lambda *_, **__: 0)  # the beat has not come yet
        fired, over = post("generic", FIRES), post("generic", IS_OVER)
    came_at = spent.clock()
    spent.clock.pass_(IN_A_MINUTE)
    spent.settle()

    assert (fired.status_code, over.status_code) == (202, 202)
    assert fired.json() == {
        "queued": True,
        "because": "too much comes at once: it is kept, and worked on next",
    }
    with spent.app.desk.look() as connection:
        incident = incidents.get(connection, IncidentNumber(1))
    assert incident is not None
    assert incident.declared_at == came_at
    room = spent.room("inc-1")
    room.shows("DiskFull")
    room.shows("No alert fires for INC-1 any more.")


def test_a_body_that_nobody_understands_is_refused_even_then(spent: World, post: Any) -> None:
    assert post("generic", {"alerts": [{"nome": "DiskFull"}]}).status_code == 400

    with spent.app.desk.look() as connection:
        assert deliveries.count_by(connection) == []


def test_neither_token_nor_cookie_is_kept(spent: World, post: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(verbs, "work", lambda *_, **__: 0)
    post("generic", FIRES, cookie="secret")

    with spent.app.desk.look() as connection:
        (kept,) = deliveries.listed(connection, states=["waiting"], limit=9)
    assert kept.headers == {"content-type": "application/json"}


def test_what_was_buried_is_seen_in_the_metrics_and_by_whoever_runs_it(
    light_world: World, call: Any
) -> None:
    bad = Given("generic", {}, '{"alerts": [{}]}', light_world.clock())
    with light_world.app.desk.store.write() as connection:
        deliveries.add(connection, [bad])

    light_world.settle()

    metrics = call("GET", "/metrics").text
    assert 'warroom_deliveries{source="generic",state="dead"} 1.0' in metrics
    light_world.channel("incidents").shows("A delivery of generic could not be worked on")
    with light_world.app.desk.look() as connection:
        (dead,) = deliveries.listed(connection, states=["dead"], limit=9)
    assert "Field required" in str(dead.error)
