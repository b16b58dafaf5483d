"""What monitoring and deployment systems send, in their own words."""

import hashlib
import hmac
import json
from collections import Counter
from typing import Any

import pytest
from starlette.applications import Starlette
from world import World

from bot.intake import build_routes
from bot.intake.readers import READERS
from incidents.actions.tokens import create_token, revoke_token
from incidents.model.alerts import SOURCES
from incidents.model.ids import IncidentNumber
from incidents.store import changes, incidents, timeline
from tests.intake.test_ships import GITLAB

GITHUB_SECRET = "s3cret"
ALERT: dict[str, Any] = {
    "status": "firing",
    "labels": {
        "alertname": "ErrorBudgetBurn",
        "sloth_service": "checkout",
        "sloth_slo": "availability",
        "sloth_severity": "page",
    },
    "annotations": {"summary": "checkout burns its budget at 20x"},
    "startsAt": "2026-11-18T08:59:12.739266876Z",
    "endsAt": "0001-01-01T00:00:00Z",
    "generatorURL": "https://prometheus.example.com/graph?g0.expr=burn",
    "fingerprint": "5ef77f1f8a3ecb8d",
}
DELIVERY: dict[str, Any] = {
    "version": "4",
    "groupKey": '{}:{alertname="ErrorBudgetBurn", service="checkout"}',
    "truncatedAlerts": 0,
    "status": "firing",
    "receiver": "warroom",
    "groupLabels": {"alertname": "ErrorBudgetBurn"},
    "commonLabels": {"sloth_severity": "page"},
    "commonAnnotations": {},
    "externalURL": "https://alertmanager.example.com",
    "alerts": [ALERT],
}
RESOLVED = {
    **DELIVERY,
    "status": "resolved",
    "alerts": [{**ALERT, "status": "resolved", "endsAt": "2026-11-18T09:20:00Z"}],
}
DEPLOYMENT: dict[str, Any] = {
    "action": "created",
    "deployment_status": {
        "state": "in_progress",
        "created_at": "2026-11-18T08:58:00Z",
        "target_url": "https://ci.example.com/run/7",
        "environment": "production",
    },
    "deployment": {
        "id": 145988746,
        "sha": "f95f852bd8fca8fcc58a9a2d6c842781e32a215e",
        "ref": "v4.2",
        "environment": "production",
        "production_environment": True,
        "payload": {},
        "creator": {"login": "dana"},
    },
    "repository": {"name": "checkout", "full_name": "shop/checkout"},
}


def test_every_source_that_can_be_expected_can_deliver() -> None:
    assert sorted(READERS) == sorted(SOURCES)


def signed(body: bytes, secret: str = GITHUB_SECRET) -> str:
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def test_alertmanager_fires_repeats_and_resolves(light_world: World, post: Any) -> None:
    fired, repeated = post("alertmanager", DELIVERY), post("alertmanager", DELIVERY)

    assert (fired.status_code, repeated.status_code) == (202, 202)
    assert fired.json()["alerts"] == [
        {
            "fingerprint": "5ef77f1f8a3ecb8d",
            "came": "opened",
            "incident": "INC-1",
            "because": "sev2: sloth_severity is page, and tier 1; "
            "its label sloth_service is checkout; "
            "checkout/availability burns its error budget (sloth)",
        }
    ]
    assert repeated.json()["alerts"][0]["came"] == "repeated"
    assert light_world.room("inc-1").name.startswith("inc-1-checkout-burns")

    resolved = post("alertmanager", RESOLVED)

    assert resolved.json()["alerts"][0]["came"] == "resolved"
    with light_world.app.desk.look() as connection:
        incident = incidents.get(connection, IncidentNumber(1))
    assert incident is not None
    assert incident.is_open
    assert len(light_world.calls("conversations.create")) == 1


def test_grafana_sends_the_same_and_more(post: Any) -> None:
    more = {
        **ALERT,
        "values": {"B": 22, "C": None},
        "valueString": "[ var='B' ]",
        "dashboardURL": "https://grafana.example.com/d/1",
        "panelURL": "",
        "silenceURL": "https://grafana.example.com/silence",
    }
    body = {**DELIVERY, "version": "1", "orgId": 1, "title": "[FIRING]", "alerts": [more]}

    answer = post("grafana", body)

    assert answer.status_code == 202
    assert answer.json()["alerts"][0]["came"] == "opened"


def test_github_records_a_deployment_once(light_world: World, post: Any) -> None:
    post("alertmanager", DELIVERY)

    first = post("github", DEPLOYMENT, x_github_event="deployment_status")
    done = {**DEPLOYMENT["deployment_status"], "state": "success"}
    again = post(
        "github",
        {**DEPLOYMENT, "deployment_status": done},
        x_github_event="deployment_status",
    )

    assert first.json()["changes"] == [
        {
            "key": "deployment/145988746",
            "service": "checkout",
            "new": True,
            "incidents": ["INC-1"],
            "because": "it is on the timeline of INC-1",
        }
    ]
    assert again.json()["changes"][0]["new"] is False
    with light_world.app.desk.look() as connection:
        latest = changes.latest(connection, ["checkout"])
        kinds = [str(one.kind) for one in timeline.entries(connection, IncidentNumber(1))]
    assert latest is not None
    assert (latest.title.raw, latest.made_by) == ("checkout v4.2 to production", "dana")
    assert kinds.count("change") == 1


@pytest.mark.parametrize(
    ("event", "body", "because"),
    [
        ("ping", {"zen": "Keep it logically awesome."}, "events of type ping are not used"),
        (
            "deployment_status",
            {
                **DEPLOYMENT,
                "deployment_status": {**DEPLOYMENT["deployment_status"], "state": "queued"},
            },
            "the deployment is queued, so nothing changed yet",
        ),
        (
            "deployment_status",
            {
                **DEPLOYMENT,
                "deployment": {
                    **DEPLOYMENT["deployment"],
                    "environment": "staging",
                    "production_environment": False,
                },
            },
            "staging is not production",
        ),
    ],
)
def test_what_is_of_no_use_is_taken_and_counted(
    post: Any, event: str, body: dict[str, Any], because: str
) -> None:
    answer = post("github", body, x_github_event=event)

    assert (answer.status_code, answer.json()) == (202, {"ignored": because})


def test_gitlab_shows_its_token_in_a_header_of_its_own(light_world: World, post: Any) -> None:
    token = create_token(light_world.app.desk, "gitlab", ("hooks:write",), light_world.clock())

    shown = [post("gitlab", GITLAB, authorization=None, x_gitlab_token=token) for _ in range(2)]
    wrong = post("gitlab", GITLAB, authorization=None, x_gitlab_token="wrt_no")
    elsewhere = post("generic", GITLAB, authorization=None, x_gitlab_token=token)

    assert [one.json()["changes"][0]["new"] for one in shown] == [True, False]
    assert [one.status_code for one in (wrong, elsewhere)] == [401, 401]


def test_plain_json_opens_a_room_and_records_a_change(post: Any) -> None:
    news = {
        "alerts": [{"name": "DiskFull", "service": "orders", "severity": "page"}],
        "changes": [{"service": "orders-db", "title": "max_connections to 400", "made_by": "dana"}],
    }

    first, second = post("generic", news), post("generic", news)

    assert first.json()["alerts"][0]["because"] == (
        "sev2: severity is page, and tier 1; its label service is orders"
    )
    assert first.json()["changes"][0]["incidents"] == ["INC-1"]
    assert second.json()["alerts"][0]["came"] == "repeated"
    assert second.json()["changes"][0]["new"] is False


def test_news_of_another_kind_are_ignored_in_words(post: Any) -> None:
    answer = post("generic", {"type": "weather", "data": {}})

    assert answer.json() == {"ignored": "it holds neither alerts nor changes"}


def test_faults_are_reported_by_place_and_field(post: Any) -> None:
    news = {"alerts": [{"name": "A"}, {"name": "B", "severty": "page"}, {"name": ""}]}

    answer = post("generic", news)

    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert [(one["index"], one["field"]) for one in answer.json()["errors"]] == [
        (1, "alerts.1.severty"),
        (2, "alerts.2.name"),
    ]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"authorization": None}, 401),
        ({"authorization": "Bearer "}, 401),
        ({"authorization": "Bearer wrt_" + "a" * 43 + "00000000"}, 401),
        ({"authorization": "Basic dXNlcjpwdw=="}, 401),
        ({"authorization": "Bearer \xff\xfe"}, 401),
        ({"content_type": "text/plain"}, 415),
        ({"content_type": None}, 415),
    ],
)
def test_strangers_and_strange_types_are_turned_away(
    post: Any, headers: dict[str, str | None], status: int
) -> None:
    answer = post("alertmanager", json.dumps(DELIVERY).encode(), **headers)

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_token_in_the_address_opens_nothing(light_world: World, call: Any) -> None:
    app = light_world.app
    token = create_token(app.desk, "url", ("hooks:write",), light_world.clock())

    assert call("POST", f"/hooks/v1/generic?token={token}", json={}).status_code == 401


def test_a_token_needs_the_scope_and_ends_when_it_is_revoked(light_world: World, call: Any) -> None:
    desk, now = light_world.app.desk, light_world.clock()
    reader = create_token(desk, "reader", ("read",), now)
    writer = create_token(desk, "writer", ("hooks:write",), now)

    def status(token: str) -> int:
        headers = {"authorization": f"Bearer {token}"}
        return int(call("POST", "/hooks/v1/generic", json={}, headers=headers).status_code)

    assert (status(reader), status(writer)) == (403, 202)
    revoke_token(desk, "writer", now)
    assert status(writer) == 401


def test_an_unknown_source_is_told_the_known_ones(post: Any) -> None:
    answer = post("nagios", {})

    assert answer.status_code == 404
    assert "alertmanager, generic, github, gitlab, grafana" in answer.json()["detail"]


def test_github_may_sign_instead_and_everything_is_counted(
    light_world: World, call_app: Any
) -> None:
    counts: Counter[tuple[str, str]] = Counter()
    desk, clock = light_world.app.desk, light_world.clock
    routes = build_routes(desk, clock, github_secret=GITHUB_SECRET, counts=counts)
    app = Starlette(routes=routes)
    body = json.dumps(DEPLOYMENT).encode()
    headers = {"content-type": "application/json", "x-github-event": "deployment_status"}

    def status(signature: str, **more: str) -> int:
        sent = {**headers, **more, "x-hub-signature-256": signature.encode("latin-1")}
        answer = call_app(app, "POST", "/hooks/v1/github", content=body, headers=sent)
        return int(answer.status_code)

    assert status(signed(body)) == 202
    assert status(signed(body, "")) == 401
    assert status(signed(body + b" ")) == 401
    assert status("sha256=\xff") == 401
    assert status("sha256=", authorization="") == 401
    assert status("sha256=", authorization=" ") == 401
    assert status(signed(body), authorization="Bearer x") == 401
    assert counts == {("github", "change"): 1, ("github", "refused"): 6}


def test_without_a_secret_no_signature_is_good(post: Any) -> None:
    body = json.dumps(DEPLOYMENT).encode()

    answer = post("github", body, authorization=None, x_hub_signature_256=signed(body, ""))

    assert answer.status_code == 401
