"""An incident from its declaration to its end over HTTP, while Slack is not there."""

import pytest
from api.conftest import caller
from world import World

from bot.emulator import Fault
from incidents.model.timeline import Kind

LIFE = (
    ("roles", {"role": "commander", "person": "@bo", "accepted": True}),
    ("severity", {"severity": "sev1", "because": "no order gets through"}),
    ("notes", {"text": "deploy 77 went out at 08:58"}),
    ("status", {"status": "identified", "because": "deploy 77"}),
    ("updates", {"audience": "customers", "text": "Orders fail. We roll back."}),
    ("status", {"status": "monitoring", "because": "rolled back"}),
    ("resolve", {"fix": "rolled back deploy 77"}),
)


@pytest.fixture
def away(world: World) -> World:
    """Slack is down; its people are known from before."""
    world.slack.faults.add(Fault(kind="down"))
    return world


def test_an_incident_is_run_without_slack_and_appears_there_afterwards_in_order(
    away: World,
) -> None:
    call = caller(away)
    assert call("POST", "/incidents", json={"title": "orders fail", "services": ["checkout"]})

    answers = [call("POST", f"/incidents/INC-1/{name}", json=body) for name, body in LIFE]
    away.slack.faults.clear()
    away.passes(minutes=3)

    assert [answer.status_code for answer in answers] == [200] * len(LIFE)
    assert answers[-1].json()["status"] == "resolved"
    told = [one.kind for one in away.record(1)]
    wanted = [Kind.TAKEN, Kind.SEVERITY, Kind.NOTE, Kind.STATUS, Kind.UPDATE, Kind.STATUS]
    assert [kind for kind in told if kind in {*wanted, Kind.RESOLVED}] == [*wanted, Kind.RESOLVED]
    room = away.room("inc-1")
    assert room.text.index("deploy 77 went out") < room.text.index("Orders fail. We roll back.")
    assert "SEV1" in room.text


@pytest.mark.parametrize(("name", "body"), LIFE)
def test_the_same_wish_again_changes_nothing(
    light_world: World, name: str, body: dict[str, object]
) -> None:
    call = caller(light_world)
    call("POST", "/incidents", json={"title": "orders fail", "services": ["checkout"]})
    headers = {"idempotency-key": f"wish-{name}"}

    first = call("POST", f"/incidents/INC-1/{name}", json=body, headers=headers)
    length = len(light_world.record(1))
    second = call("POST", f"/incidents/INC-1/{name}", json=body, headers=headers)

    assert (first.status_code, second.status_code) == (200, 200)
    assert len(light_world.record(1)) == length


def test_what_cannot_be_is_told_with_the_way_forward(light_world: World) -> None:
    call = caller(light_world)
    call("POST", "/incidents", json={"title": "orders fail"})

    nobody = call("POST", "/incidents/INC-1/roles", json={"role": "scribe", "person": "nobody"})
    no_role = call("POST", "/incidents/INC-1/roles", json={"role": "king", "person": "bo"})
    no_status = call("POST", "/incidents/INC-1/status", json={"status": "fine"})
    too_soon = call("POST", "/incidents/INC-1/close", json={})
    unknown = call("POST", "/incidents/INC-9/notes", json={"text": "hello"})

    assert (nobody.status_code, no_role.status_code) == (404, 409)
    assert no_role.json()["instead"] == "Roles are commander, deputy, comms, scribe."
    assert no_status.status_code == 400
    assert (too_soon.status_code, unknown.status_code) == (409, 404)


def test_a_commander_is_asked_unless_they_accepted(light_world: World) -> None:
    call = caller(light_world)
    call("POST", "/incidents", json={"title": "orders fail", "services": ["search"]})

    call("POST", "/incidents/INC-1/roles", json={"role": "commander", "person": "chen"})
    light_world.settle()

    asked = [one.body["person"] for one in light_world.record(1) if one.kind is Kind.OFFERED]
    assert asked[-1] == "U0CHEN"
    assert Kind.TAKEN not in [one.kind for one in light_world.record(1)]
