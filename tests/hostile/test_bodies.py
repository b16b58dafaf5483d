"""Bodies that are huge, malformed, deep or in the wrong encoding get a 4xx and never a 5xx."""

import gzip
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hostile.entries import BATCH, SENT, WISH
from hostile.mutation import places, with_value
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from world import World

from bot.body import depth, parse_object
from bot.slack import guard

BODIES: dict[str, bytes] = {
    "empty": b"",
    "cut off": b'{"alerts": [{"name": "a"',
    "not JSON": b"alerts=1&name=2",
    "a list": b"[]",
    "a string": b'"alerts"',
    "null": b"null",
    "a number of 5000 digits": b"9" * 5000,
    "a member of 5000 digits": b'{"samples": ' + b"9" * 5000 + b"}",
    "not a number": b'{"samples": NaN, "alerts": Infinity, "title": -Infinity}',
    "200000 lists deep": b"[" * 200_000,
    "40 objects deep": b'{"alerts":' * 40 + b"1" + b"}" * 40,
    "deep behind a string": b'{"a":"' + b'\\"[[' * 50 + b'","b":' + b"[" * 40,
    "a string without an end": b'{"' + b'\\"' * 20_000,
    "not UTF-8": b'{"alerts": "\xff\xfe\xfd"}',
    "UTF-16": json.dumps({"alerts": [], "title": "x"}).encode("utf-16"),
    "half a character": b'{"title": "\\ud800", "alerts": [{"name": "\\udfff"}]}',
    "compressed": gzip.compress(b'{"alerts": []}'),
    "wrong types": b'{"alerts": 5, "samples": "x", "title": [], "changes": {}}',
    "wrong types inside": b'{"alerts": [5, null, []], "samples": [null], "title": {}}',
}
HUGE = b'{"alerts": "' + b"a" * (5 * 1024 * 1024) + b'"}'
HOOKS = tuple(f"/hooks/v1/{name}" for name in ("alertmanager", "grafana", "generic"))
READ_AS_JSON = (*HOOKS, "/api/v1/sli", "/api/v1/incidents")
ACTS = ("command", "action", "view", "shortcut", "message", "reaction", "home", "nothing")
WORKSPACE = (
    *(f"/workspace/act/{kind}" for kind in ACTS),
    "/workspace/api/chat.postMessage",
    "/workspace/api/views.open",
    "/workspace/api/no.such.method",
    "/workspace/hooks/x",
    "/workspace/upload/x",
    "/workspace/faults",
)


@pytest.fixture(params=BODIES.values(), ids=BODIES.keys())
def body(request: pytest.FixtureRequest) -> bytes:
    """One body that nobody should send."""
    return bytes(request.param)


def test_from_somebody_trusted_it_is_refused_in_words(call: Any, bearer: str, body: bytes) -> None:
    headers = {"authorization": bearer, "content-type": "application/json"}
    for path in READ_AS_JSON:
        answer = call("POST", path, content=body, headers=headers)

        assert 400 <= answer.status_code < 500, path
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["detail"]


def test_from_a_stranger_it_is_not_even_read(call: Any, body: bytes) -> None:
    for path in (*READ_AS_JSON, "/hooks/v1/github", "/slack/events"):
        answer = call("POST", path, content=body, headers={"content-type": "application/json"})

        assert answer.status_code == 401, path


@pytest.mark.parametrize("kind", ["application/json", "application/x-www-form-urlencoded"])
def test_even_signed_it_is_refused(light_world: World, call: Any, body: bytes, kind: str) -> None:
    answer = call("POST", "/slack/events", content=body, headers=signed(light_world, body, kind))

    assert answer.status_code < 500


def test_the_embedded_workspace_does_not_break(call: Any, light_world: World, body: bytes) -> None:
    token = light_world.slack.identity.bot_token
    for path in WORKSPACE:
        for kind in ("application/json", "application/x-www-form-urlencoded"):
            headers = {"content-type": kind, "authorization": f"Bearer {token}"}
            answer = call("POST", path, content=body, headers=headers)

            assert answer.status_code < 500, path


def test_what_is_huge_is_too_large_whether_announced_or_not(
    call: Any, light_world: World, bearer: str
) -> None:
    async def in_pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(HUGE), 65_536):
            yield HUGE[start : start + 65_536]

    headers = {"authorization": bearer, "content-type": "application/json"}
    slack = signed(light_world, HUGE, "application/json")
    for path in (*READ_AS_JSON, "/slack/events"):
        sent = slack if path == "/slack/events" else headers
        announced = call("POST", path, content=HUGE, headers=sent)
        streamed = call("POST", path, content=in_pieces(), headers=sent)

        assert (announced.status_code, streamed.status_code) == (413, 413), path


def test_words_that_databases_choke_on_are_cleaned_or_refused(
    call_both: Any, bearer_both: str
) -> None:
    nasty = "a\x00b\u202ec\u200bd"
    news = {
        "alerts": [
            {"name": nasty, "service": nasty, "severity": "page", "summary": nasty, "key": nasty,
             "url": "javascript:alert(1)", "labels": {nasty: nasty}}
        ],
        "changes": [{"service": nasty, "title": nasty, "key": nasty, "made_by": nasty}],
    }  # fmt: skip
    headers = {"authorization": bearer_both}

    taken = call_both("POST", "/hooks/v1/generic", json=news, headers=headers)
    declared = call_both("POST", "/api/v1/incidents", json={"title": nasty}, headers=headers)
    refused = call_both(
        "POST",
        "/api/v1/sli",
        json={"samples": [{"slo": "checkout/availability", "at": "2026-11-18T08:59:50Z",
                           "good": 2**70, "bad": 0, "source": "e", "seq": 2**70}]},
        headers=headers,
    )  # fmt: skip

    assert (taken.status_code, declared.status_code, refused.status_code) == (202, 201, 202)
    assert declared.json()["title"] == "abcd"
    assert refused.json()["accepted"] == 0


@pytest.mark.parametrize("blank", ["\x00", "\u200b\u202e"])
def test_an_alert_whose_name_cannot_be_seen_is_taken_as_one_without_a_name(
    call: Any, bearer: str, blank: str
) -> None:
    news = {"alerts": [{"name": blank, "service": "checkout", "severity": "page"}]}

    taken = call("POST", "/hooks/v1/generic", json=news, headers={"authorization": bearer})

    assert taken.status_code == 202
    assert taken.json()["alerts"][0]["came"] == "opened"


@pytest.mark.parametrize("blank", ["a\x00b", "\x00", " "])
def test_an_idempotency_key_that_is_not_what_it_looks_like_is_refused(
    call: Any, bearer: str, blank: str
) -> None:
    headers = {b"authorization": bearer.encode(), b"idempotency-key": blank.encode()}

    answer = call("POST", "/api/v1/incidents", json={"title": "x"}, headers=headers)

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "header.idempotency-key"


USUAL = {
    **{f"/hooks/v1/{source}": sent for source, sent in SENT.items()},
    "/api/v1/sli": BATCH,
    "/api/v1/incidents": WISH,
}
NASTY = (
    "", "\x00", "a\x00b", "x" * 5000, "\U0001f4a9" * 500, None, 2**63, 1e308, [],
    {"a\x00": "b\x00", "k" * 5000: "v" * 5000}, "9999-12-31T23:59:59.999999Z",
)  # fmt: skip


def test_no_field_holds_anything_that_breaks_us(call_exacting: Any, bearer_exacting: str) -> None:
    headers = {"authorization": bearer_exacting, "x-github-event": "deployment_status"}
    for path, usual in USUAL.items():
        assert call_exacting("POST", path, json=usual, headers=headers).is_success, path
        for place in places(usual):
            for nasty in NASTY:
                body = with_value(usual, place, nasty)

                answer = call_exacting("POST", path, json=body, headers=headers)

                assert answer.status_code < 500, (path, place, nasty)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=20,
)
NAMES = st.sampled_from(
    ["alerts", "changes", "samples", "status", "labels", "annotations", "startsAt", "endsAt",
     "fingerprint", "groupKey", "name", "service", "title", "severity", "slo", "at", "good", "bad",
     "source", "seq", "deployment", "deployment_status", "repository", "services", "drill"]
)  # fmt: skip
NEARLY = st.recursive(
    ANYTHING | st.sampled_from(["firing", "resolved", "2026-11-18T08:59:50Z", "page", "sev1"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=6),
    max_leaves=15,
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(guess=st.dictionaries(NAMES, NEARLY, max_size=5))
def test_nearly_right_is_never_an_error_of_ours(
    call: Any, bearer: str, guess: dict[str, Any]
) -> None:
    body = json.dumps(guess).encode()
    headers = {
        "authorization": bearer,
        "content-type": "application/json",
        "x-github-event": "deployment_status",
    }
    for path in (*READ_AS_JSON, "/hooks/v1/github"):
        assert call("POST", path, content=body, headers=headers).status_code < 500


@given(body=st.binary(max_size=300))
def test_any_bytes_are_an_object_or_a_refusal(body: bytes) -> None:
    parsed = parse_object(body)

    assert isinstance(parsed, dict) or parsed.status_code == 400


@given(value=ANYTHING)
def test_depth_is_how_deep_the_value_is(value: Any) -> None:
    def levels(one: Any) -> int:
        inside = one.values() if isinstance(one, dict) else one if isinstance(one, list) else None
        return 0 if inside is None else 1 + max(map(levels, inside), default=0)

    assert depth(json.dumps(value).encode()) == levels(value)


def signed(world: World, body: bytes, kind: str) -> dict[str, str]:
    stamp = str(int(world.clock().timestamp()))
    secret = world.slack.identity.signing_secret
    return {
        "content-type": kind,
        "x-slack-request-timestamp": stamp,
        "x-slack-signature": guard.sign(body, secret, stamp),
    }
