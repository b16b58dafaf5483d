"""Over HTTP and at a terminal: who is asked next, who answered, and when what happened."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from api.conftest import Call, caller
from world import START, World

from incidents.actions.tokens import create_token
from incidents.model.timeline import Kind


def token(world: World, *scopes: str) -> str:
    """A token that may do just that."""
    return create_token(world.app.desk, "-".join(scopes), frozenset(scopes), world.clock())


@pytest.fixture
def declared(light_world: World) -> World:
    light_world.ana.types("/incident checkout 5xx sev2 @checkout")
    return light_world


def read(call: Call) -> dict[str, Any]:
    """The escalation of the first incident."""
    answer = call("GET", "/incidents/INC-1/escalation")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_the_path_its_pace_and_what_comes_next_are_told(declared: World) -> None:
    found = read(caller(declared))

    assert (found["key"], found["team"], found["standing"]) == ("INC-1", "payments", "climbing")
    assert (found["pace"], found["pace_because"]) == (1.0, "by the clock")
    assert found["path"]
    assert not any(hop["taken"] for hop in found["path"])
    assert found["next"]["hop"] == 1
    first = timedelta(seconds=found["path"][0]["after_seconds"])
    assert datetime.fromisoformat(found["next"]["at"]) == START + first


def test_the_next_is_asked_over_http_and_their_answer_is_told(declared: World) -> None:
    call = caller(declared)

    climbed = call("POST", "/incidents/INC-1/escalation", json={"action": "climb"})
    declared.settle()
    before = read(call)
    declared.settle()

    assert climbed.status_code == 200, climbed.text
    assert climbed.json()["key"] == "INC-1"
    assert before["path"][0]["taken"] is True
    paged = before["pages"][-1]
    assert (paged["state"], paged["purpose"]) == ("open", "climb")
    assert any(way.startswith("slack") for way in paged["ways"])
    assert [one.source for one in declared.record(1) if one.kind is Kind.ESCALATED] == ["api"]

    stopped = call(
        "POST", "/incidents/INC-1/escalation", json={"action": "stop", "because": "we are enough"}
    )
    after = read(call)
    assert stopped.status_code == 200
    assert (after["standing"], after["because"]) == ("stopped", "we are enough")
    assert after["next"] is None or after["next"]["at"] is None
    assert {one["state"] for one in after["pages"]} == {"acknowledged"}


def test_nobody_is_asked_by_a_body_that_does_not_say_so(declared: World) -> None:
    call = caller(declared)

    empty = call("POST", "/incidents/INC-1/escalation", json={})
    unset = call("POST", "/incidents/INC-1/escalation", json={"because": "we are enough"})

    assert (empty.status_code, unset.status_code) == (400, 400)
    assert "action" in empty.text
    assert not any(hop["taken"] for hop in read(call)["path"])


def test_stopping_needs_a_reason_and_an_end_has_no_next(declared: World) -> None:
    call = caller(declared)

    unsaid = call("POST", "/incidents/INC-1/escalation", json={"action": "stop"})
    wrong = call("POST", "/incidents/INC-1/escalation", json={"action": "fly"})
    call("POST", "/incidents/INC-1/cancel", json={"because": "a test"})
    late = call("POST", "/incidents/INC-1/escalation", json={"action": "climb"})

    assert (unsaid.status_code, wrong.status_code, late.status_code) == (409, 400, 409)
    assert "needs a reason" in unsaid.json()["detail"]
    assert read(call)["standing"] == "over"


def test_without_a_path_there_is_none_to_read(light_world: World) -> None:
    light_world.ana.types("/incident the office is cold sev4")

    found = read(caller(light_world))

    assert (found["team"], found["standing"], found["path"], found["next"]) == (
        None,
        None,
        [],
        None,
    )


@pytest.mark.parametrize("path", ["escalation", "times"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_of_what_is_private_a_token_without_the_scope_finds_nothing(
    declared: World, path: str, method: str
) -> None:
    declared.ana.types("/incident private", where="inc-1")
    call = caller(declared)
    blind = token(declared, "read", "incidents:write")
    seeing = token(declared, "read", "incidents:write", "private")
    body = {
        "times": {"time": "started", "at": "2026-11-18T08:50:00Z"},
        "escalation": {"action": "climb"},
    }[path]
    how = {"json": body} if method == "POST" else {}

    hidden = call(method, f"/incidents/INC-1/{path}", token=blind, **how)
    missing = call(method, f"/incidents/INC-77/{path}", token=blind, **how)
    shown = call(method, f"/incidents/INC-1/{path}", token=seeing, **how)

    assert hidden.status_code == missing.status_code == 404
    assert hidden.text.replace("INC-1", "INC-77") == missing.text
    assert shown.status_code in {200, 409}


def test_the_key_times_are_read_and_set_and_the_form_in_the_room_is_true(
    declared: World,
) -> None:
    call = caller(declared)
    declared.bo.presses("Accept", where="inc-1")

    before = call("GET", "/incidents/INC-1/times").json()
    said = call(
        "POST",
        "/incidents/INC-1/times",
        json={"time": "started", "at": "2026-11-18T09:40:00+01:00"},
    )
    after = call("GET", "/incidents/INC-1/times").json()

    assert before["missing"] == ["mitigated", "resolved"]
    assert said.json()["started_at"] == "2026-11-18T08:40:00+00:00"
    assert after["times"][0] == {
        "time": "started", "at": "2026-11-18T08:40:00+00:00", "by": "api:tests", "because": "",
    }  # fmt: skip
    assert after["conflicts"] == []
    assert [one.kind for one in declared.record(1)][-1] is Kind.KEY_TIME


def test_a_time_that_cannot_be_is_refused_with_the_way_forward(declared: World) -> None:
    call = caller(declared)

    future = call(
        "POST", "/incidents/INC-1/times", json={"time": "started", "at": "2027-01-01T00:00:00Z"}
    )
    open_ = call(
        "POST", "/incidents/INC-1/times", json={"time": "resolved", "at": "2026-11-18T08:59:00Z"}
    )
    unknown = call(
        "POST", "/incidents/INC-1/times", json={"time": "noon", "at": "2026-11-18T08:59:00Z"}
    )
    naive = call(
        "POST", "/incidents/INC-1/times", json={"time": "started", "at": "2026-11-18T08:59:00"}
    )

    assert (future.status_code, open_.status_code) == (409, 409)
    assert open_.json()["instead"] == "Resolve it: resolve"
    assert (unknown.status_code, naive.status_code) == (400, 400)


@pytest.mark.parametrize("name", ["link", "merge"])
def test_only_who_may_see_a_private_incident_ties_another_to_it(
    light_world: World, name: str
) -> None:
    world = light_world
    world.ana.types("/incident checkout 5xx sev2 @checkout")
    world.ana.types("/incident private", where="inc-1")
    world.ana.types("/incident the office is cold sev4")
    call = caller(world)
    blind = token(world, "read", "incidents:write")
    seeing = token(world, "read", "incidents:write", "private")
    body = {"link": {"to": "INC-1"}, "merge": {"into": "INC-1"}}[name]

    hidden = call("POST", f"/incidents/INC-2/{name}", token=blind, json=body)
    missing = call(
        "POST", f"/incidents/INC-2/{name}", token=blind, json=dict.fromkeys(body, "INC-77")
    )
    shown = call("POST", f"/incidents/INC-2/{name}", token=seeing, json=body)

    assert hidden.status_code == missing.status_code == 404
    assert hidden.text.replace("INC-1", "INC-77") == missing.text
    assert "INC-1" not in str([one.body for one in world.record(2)])
    if name == "link":
        assert shown.status_code == 200, shown.text
        assert [one.body["to"] for one in world.record(1) if one.kind is Kind.LINKED] == ["INC-2"]
