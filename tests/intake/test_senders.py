"""Who may tell us what over a webhook (§4.3, S3)."""

import base64
import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any

import pytest
from starlette.applications import Starlette
from world import World

from bot.intake import build_routes
from bot.intake.senders import key_of
from bot.settings import BadSettings
from incidents.actions.tokens import Limits, create_token, list_tokens
from incidents.model.ids import IncidentNumber
from incidents.store import incidents, timeline

SECRET = "whsec_" + base64.b64encode(b"k" * 32).decode()
PAGE = {"name": "Down", "severity": "critical"}
SOURCES = ("alertmanager", "generic", "github", "gitlab", "grafana")


def bearer(world: World, name: str, source: str | None, *services: str) -> dict[str, str]:
    limits = Limits(source, services)
    token = create_token(world.app.desk, name, ("hooks:write",), world.clock(), limits=limits)
    return {"authorization": f"Bearer {token}"}


def opened(world: World) -> int:
    with world.app.desk.look() as connection:
        return len(incidents.recent(connection, limit=10))


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("of", SOURCES)
def test_a_token_of_one_source_delivers_to_no_other(
    light_world: World, call: Any, of: str, source: str
) -> None:
    headers = bearer(light_world, "limited", of)

    answer = call("POST", f"/hooks/v1/{source}", json={"alerts": []}, headers=headers)

    if source == of:
        assert answer.status_code == 202
        return
    assert answer.status_code == 403
    assert answer.json()["detail"] == (
        f"The token limited is for webhooks of {of}, not of {source}."
    )


@pytest.mark.parametrize(
    ("told", "named"),
    [
        ({"alerts": [{**PAGE, "service": "payments"}]}, "payments"),
        ({"alerts": [{**PAGE, "service": "checkout"}, {**PAGE, "service": "search"}]}, "search"),
        ({"alerts": [PAGE]}, "what names no service"),
        ({"alerts": [{**PAGE, "labels": {"job": "payments"}}]}, "payments"),
        ({"changes": [{"service": "payments", "title": "v42"}]}, "payments"),
    ],
)
def test_a_token_of_one_service_speaks_for_no_other(
    light_world: World, call: Any, told: dict[str, Any], named: str
) -> None:
    headers = bearer(light_world, "shop", "generic", "checkout")

    answer = call("POST", "/hooks/v1/generic", json=told, headers=headers)

    assert answer.status_code == 403
    assert answer.json()["detail"] == f"The token shop speaks for checkout, not for {named}."
    assert opened(light_world) == 0


def test_a_token_speaks_for_its_service_by_every_name_of_it(light_world: World, call: Any) -> None:
    headers = bearer(light_world, "shop", "generic", "checkout")
    told = {"alerts": [{**PAGE, "service": "purchase"}]}

    answer = call("POST", "/hooks/v1/generic", json=told, headers=headers)

    assert (answer.status_code, opened(light_world)) == (202, 1)


def test_nobody_ends_an_alert_of_a_service_that_is_not_theirs(
    light_world: World, call: Any, post: Any
) -> None:
    post("generic", {"alerts": [{**PAGE, "service": "payments", "key": "known"}]})
    headers = bearer(light_world, "shop", "generic", "checkout")
    over = {**PAGE, "service": "checkout", "key": "known", "status": "resolved"}

    answer = call("POST", "/hooks/v1/generic", json={"alerts": [over]}, headers=headers)

    assert answer.status_code == 403
    with light_world.app.desk.look() as connection:
        kinds = [str(one.kind) for one in timeline.entries(connection, IncidentNumber(1))]
    assert "alert_resolved" not in kinds


def test_that_a_token_is_used_is_noted_once_a_minute(light_world: World, call: Any) -> None:
    headers = bearer(light_world, "shop", None)
    seen = []

    for seconds in (0, 30, 40):
        light_world.clock.pass_(timedelta(seconds=seconds))
        call("POST", "/hooks/v1/generic", json={"alerts": []}, headers=headers)
        (token,) = list_tokens(light_world.app.desk)
        seen.append(light_world.clock() - (token.used_at or token.created_at))

    assert [round(one.total_seconds()) for one in seen] == [0, 30, 0]


class Signer:
    """Whoever signs as Standard Webhooks says."""

    def __init__(self, world: World, call_app: Any) -> None:
        self.clock = world.clock
        self.call = call_app
        routes = build_routes(world.app.desk, world.clock, hook_key=key_of(SECRET))
        self.app = Starlette(routes=routes)

    def send(self, told: Any, *, name: str = "msg_1", late: int = 0, **headers: str) -> Any:
        body, moment = json.dumps(told).encode(), int(self.clock().timestamp()) - late
        key = base64.b64decode(SECRET.removeprefix("whsec_"))
        made = hmac.new(key, f"{name}.{moment}.".encode() + body, hashlib.sha256).digest()
        signature = f"v1,{base64.b64encode(made).decode()}"
        sent = {
            "content-type": "application/json",
            "webhook-id": name,
            "webhook-timestamp": str(moment),
            "webhook-signature": f"v1,b2xk {signature}",
            **{key.replace("_", "-"): value for key, value in headers.items()},
        }
        raw = {key: value.encode("latin-1") for key, value in sent.items()}
        return self.call(self.app, "POST", "/hooks/v1/generic", content=body, headers=raw)


@pytest.fixture
def signer(light_world: World, call_app: Any) -> Signer:
    return Signer(light_world, call_app)


def test_a_signed_delivery_counts_once(light_world: World, signer: Signer) -> None:
    fired, over = PAGE | {"service": "checkout"}, PAGE | {"status": "resolved", "service": "orders"}

    first = signer.send({"alerts": [fired]})
    again = signer.send({"alerts": [over]})
    other = signer.send({"alerts": [over]}, name="msg_2")

    assert first.json()["alerts"][0]["came"] == "opened"
    assert again.status_code == 202
    assert again.json() == {
        "repeated": True,
        "because": "a delivery with this webhook-id was taken before",
    }
    assert other.json()["alerts"][0]["came"] == "resolved"
    assert opened(light_world) == 1


@pytest.mark.parametrize(("late", "status"), [(299, 202), (-299, 202), (302, 401), (-302, 401)])
def test_a_signature_is_good_for_five_minutes(signer: Signer, late: int, status: int) -> None:
    assert signer.send({"alerts": []}, late=late).status_code == status


@pytest.mark.parametrize(
    "headers",
    [
        {"webhook_id": "msg_2"},
        {"webhook_id": ""},
        {"webhook_id": "x" * 201},
        {"webhook_timestamp": "soon"},
        {"webhook_timestamp": "9" * 400},
        {"webhook_signature": "v1,"},
        {"webhook_signature": "v1,\xff"},
        {"webhook_signature": ""},
        {"authorization": "Bearer x"},
    ],
)
def test_a_signature_that_does_not_fit_opens_nothing(
    light_world: World, signer: Signer, headers: dict[str, str]
) -> None:
    answer = signer.send({"alerts": [{**PAGE, "service": "checkout"}]}, **headers)

    assert (answer.status_code, opened(light_world)) == (401, 0)


def test_without_a_secret_a_signature_opens_nothing(light_world: World, signer: Signer) -> None:
    signer.app = Starlette(routes=build_routes(light_world.app.desk, light_world.clock))

    assert signer.send({"alerts": []}).status_code == 401


@pytest.mark.parametrize(
    ("secret", "told"),
    [("whsec_?", "is no base64"), ("short", "shorter than 24"), ("whsec_", "shorter than 24")],
)
def test_a_secret_that_protects_nothing_is_refused(secret: str, told: str) -> None:
    with pytest.raises(BadSettings, match=told):
        key_of(secret)
