"""The API as a program sees it."""

from datetime import timedelta
from typing import Any

import pytest
from world import World

from incidents.actions.slo import evaluate
from incidents.actions.tokens import create_token
from incidents.model.timeline import GENESIS

SLO = "checkout/availability"


def sample(seq: int, **more: Any) -> dict[str, Any]:
    usual = {"slo": SLO, "at": "2026-11-18T08:59:50Z", "good": 950, "bad": 50, "source": "edge-1"}
    return {**usual, "seq": seq, **more}


def test_samples_count_once(call: Any) -> None:
    first = call("POST", "/sli", json={"samples": [sample(1), sample(2)]})
    second = call("POST", "/sli", json={"samples": [sample(2), sample(3)]})

    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json() == {"accepted": 2, "repeated": 0, "refused": []}
    assert second.json() == {"accepted": 1, "repeated": 1, "refused": []}
    budget = call("GET", f"/slos/{SLO}").json()
    assert (budget["good"], budget["bad"]) == (3 * 950, 3 * 50)
    assert budget["runs_out_in_seconds"] == 0
    assert budget["back_in_seconds"] is None


def test_a_sample_that_is_refused_does_not_stop_the_others(call: Any) -> None:
    old = sample(3, at="2026-01-01T00:00:00Z")

    answer = call("POST", "/sli", json={"samples": [sample(1), sample(2, slo="no/such"), old]})

    body = answer.json()
    assert (answer.status_code, body["accepted"]) == (202, 1)
    assert body["refused"][0] == {"index": 1, "reason": "there is no SLO called no/such"}
    assert body["refused"][1]["index"] == 2


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"good": -1}, "samples.1.good"),
        ({"good": "950"}, "samples.1.good"),
        ({"good": 0.95}, "samples.1.good"),
        ({"bad": True}, "samples.1.bad"),
        ({"at": "2026-11-18T08:59:50"}, "samples.1.at"),
        ({"at": "yesterday"}, "samples.1.at"),
        ({"source": ""}, "samples.1.source"),
        ({"source": "a\x00b"}, "samples.1.source"),
        ({"seq": None}, "samples.1.seq"),
        ({"sql": "x"}, "samples.1.sql"),
    ],
)
def test_a_wrong_sample_is_named_by_index_and_field(
    call: Any, wrong: dict[str, Any], field: str
) -> None:
    answer = call("POST", "/sli", json={"samples": [sample(1), {**sample(2), **wrong}]})

    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    (error,) = answer.json()["errors"]
    assert (error["index"], error["field"]) == (1, field)


def test_more_than_ten_thousand_samples_are_too_many(call: Any) -> None:
    one = {"slo": "a", "at": "2026-11-18T08:59:50Z", "good": 1, "bad": 0, "source": "e", "seq": 1}

    full = call("POST", "/sli", json={"samples": [{**one, "seq": n} for n in range(10_000)]})
    more = call("POST", "/sli", json={"samples": [{**one, "seq": n} for n in range(10_001)]})

    assert (full.status_code, more.status_code) == (202, 400)
    assert more.json()["errors"][0]["field"] == "samples"


def test_a_burning_budget_opens_a_room_and_freezes_the_service(
    light_world: World, call: Any
) -> None:
    for minute in range(10):
        light_world.clock.pass_(timedelta(minutes=1))
        at = (light_world.clock() - timedelta(seconds=20)).isoformat()
        call("POST", "/sli", json={"samples": [sample(minute, at=at, good=100, bad=900)]})
        evaluate(light_world.app.desk, light_world.app.budgets, light_world.clock())

    (incident,) = call("GET", "/incidents").json()["incidents"]
    gate = call("GET", "/gate/checkout").json()
    assert (incident["key"], incident["services"]) == ("INC-1", ["checkout"])
    assert gate["verdict"] == "frozen"
    assert call("GET", f"/slos/{SLO}").json()["incident"] == "INC-1"


def test_an_incident_is_declared_once_for_each_idempotency_key(
    light_world: World, call: Any
) -> None:
    wish = {"title": "checkout 5xx", "severity": "sev2", "services": ["purchase"]}
    other = create_token(light_world.app.desk, "other", ("incidents:write",), light_world.clock())
    named = {"Idempotency-Key": "deploy-7"}

    first = call("POST", "/incidents", json=wish, headers=named)
    again = call("POST", "/incidents", json=wish, headers=named)
    theirs = call("POST", "/incidents", json=wish, headers=named, token=other)

    assert (first.status_code, again.status_code, theirs.status_code) == (201, 200, 201)
    assert again.json() == first.json()
    assert (first.json()["key"], theirs.json()["key"]) == ("INC-1", "INC-2")
    assert first.json()["services"] == ["checkout"]
    assert first.json()["declared_by"] == "api:tests"


def test_the_record_comes_with_its_proof(call: Any) -> None:
    call("POST", "/incidents", json={"title": "checkout 5xx"})

    entries = call("GET", "/incidents/inc-1/timeline").json()["entries"]

    assert [one["seq"] for one in entries] == list(range(1, len(entries) + 1))
    assert [one["prev_hash"] for one in entries] == [
        GENESIS,
        *(one["hash"] for one in entries[:-1]),
    ]


@pytest.mark.parametrize(
    ("method", "path", "how", "status"),
    [
        ("GET", "/nothing", {}, 404),
        ("GET", "/incidents/INC-9", {}, 404),
        ("GET", "/incidents/%00", {}, 404),
        ("GET", "/incidents/INC-99999999999", {}, 404),
        ("GET", "/incidents?limit=0", {}, 400),
        ("GET", "/incidents?limit=many", {}, 400),
        ("GET", "/slos/checkout/nothing", {}, 404),
        ("GET", "/gate/nothing", {}, 404),
        ("GET", f"/gate/{'x' * 100}", {}, 400),
        ("DELETE", "/incidents", {}, 405),
        ("GET", "/sli", {}, 405),
        ("POST", "/incidents", {"content": b"title=x"}, 415),
        ("POST", "/incidents", {"json": {"title": ""}}, 400),
        ("POST", "/incidents", {"json": {"title": "x", "services": ["no-such"]}}, 404),
        ("POST", "/incidents", {"json": {"title": "\u200b"}}, 409),
        ("POST", "/incidents", {"json": {"title": "x", "severity": "sev9"}}, 400),
        ("POST", "/incidents", {"json": ["x"]}, 400),
    ],
)
def test_every_refusal_is_a_problem_in_json(
    call: Any, method: str, path: str, how: dict[str, Any], status: int
) -> None:
    answer = call(method, path, **how)

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert (body["status"], body["type"]) == (status, "about:blank")
    assert body["title"]
    assert body["detail"]


@pytest.mark.parametrize(
    ("scope", "allowed"),
    [
        ("read", {"/incidents": 200, "/slos": 200, "/services": 200, "/gate/checkout": 200}),
        ("sli:write", {"/sli": 202, "/write": 415}),
        ("incidents:write", {"/declare": 201}),
        ("hooks:write", {}),
    ],
)
def test_a_token_opens_what_its_scope_says_and_nothing_else(
    light_world: World, call: Any, scope: str, allowed: dict[str, int]
) -> None:
    token = create_token(light_world.app.desk, "narrow", (scope,), light_world.clock())

    def status(path: str) -> int:
        if path == "/declare":
            answer = call("POST", "/incidents", json={"title": "x"}, token=token)
        elif path == "/sli":
            answer = call("POST", "/sli", json={"samples": []}, token=token)
        elif path == "/write":
            answer = call("POST", "/write", json={}, token=token)
        else:
            answer = call("GET", path, token=token)
        return int(answer.status_code)

    paths = ("/incidents", "/slos", "/services", "/gate/checkout", "/sli", "/write", "/declare")
    assert {path: status(path) for path in paths} == {
        **dict.fromkeys(paths, 403),
        **allowed,
    }


def test_nobody_gets_in_without_a_token(call: Any) -> None:
    for path in ("/incidents", "/slos", "/services", "/gate/checkout", "/incidents/INC-1"):
        answer = call("GET", path, token="")

        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"


def test_the_description_names_every_route(call: Any) -> None:
    described = call("GET", "/openapi.json").json()

    assert {"/sli", "/incidents", "/incidents/{key}", "/slos", "/gate/{service}"} <= set(
        described["paths"]
    )
    body = described["paths"]["/sli"]["post"]["requestBody"]["content"]["application/json"]
    kinds = body["schema"]["properties"]["samples"]["items"]["oneOf"]
    assert [set(one["properties"]) for one in kinds] == [
        {"slo", "at", "good", "bad", "source", "seq"},
        {"slo", "at", "good_total", "bad_total", "source", "seq"},
    ]


def test_no_page_loads_scripts_from_elsewhere(call: Any) -> None:
    assert call("GET", "/docs").status_code == 404
    assert call("GET", "/redoc").status_code == 404
