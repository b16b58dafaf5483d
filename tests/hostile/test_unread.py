"""Who has not shown who they are is refused before anything of theirs is parsed."""

import json
import urllib.parse
from typing import Any

import pydantic_core
import pytest
from world import World

from bot import body as bodies
from bot.api.running import WISHES
from bot.intake import readers
from bot.slack import payloads

BODY = b'{"alerts": [{"name": "a"}], "samples": [], "title": "x", "type": "url_verification"}'
FORM = b"payload=%7B%7D&command=%2Fincident&user_id=U0ANA"
PARSERS = (
    (json, "loads"),
    (json.JSONDecoder, "decode"),
    (urllib.parse, "parse_qsl"),
    (urllib.parse, "parse_qs"),
    (pydantic_core, "from_json"),
    (bodies, "from_json"),
    (bodies, "depth"),
    (payloads, "parse_qs"),
    (payloads, "depth"),
    (readers, "parse_object"),
)
STRANGERS: tuple[dict[str, str], ...] = (
    {},
    {"authorization": "Bearer wrt_guessed"},
    {"x-slack-request-timestamp": "1795000000", "x-slack-signature": "v0=00"},
    {"x-hub-signature-256": "sha256=00"},
)
PATHS = (
    "/slack/events",
    *(f"/hooks/v1/{source}" for source in readers.READERS),
    "/api/v1/sli",
    "/api/v1/incidents",
    *(f"/api/v1/incidents/INC-1/{wish.name}" for wish in WISHES),
)


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What any parser was given, from now on."""
    seen: list[object] = []

    def listening(parse: Any) -> Any:
        def parse_and_tell(*given: Any, **how: Any) -> Any:
            seen.extend(given)
            return parse(*given, **how)

        return parse_and_tell

    for place, name in PARSERS:
        monkeypatch.setattr(place, name, listening(getattr(place, name)))
    return seen


def is_ours(given: object) -> bool:
    return given in (BODY, FORM, BODY.decode(), FORM.decode())


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("headers", STRANGERS, ids=lambda headers: ",".join(headers) or "nothing")
def test_a_stranger_is_never_parsed(
    call: Any, parsed: list[object], path: str, headers: dict[str, str]
) -> None:
    for content, kind in ((BODY, "application/json"), (FORM, "application/x-www-form-urlencoded")):
        answer = call("POST", path, content=content, headers={"content-type": kind, **headers})

        assert answer.status_code == 401

    assert not [given for given in parsed if is_ours(given)]


def test_somebody_known_is_parsed(call: Any, bearer: str, parsed: list[object]) -> None:
    """The witness above would notice."""
    headers = {"authorization": bearer, "content-type": "application/json"}

    for path in PATHS[1:]:
        parsed.clear()
        call("POST", path, content=BODY, headers=headers)

        assert [given for given in parsed if is_ours(given)], path


def test_a_signed_payload_is_parsed(light_world: World, parsed: list[object]) -> None:
    light_world.ana.types("/incident payload errors")

    assert [given for given in parsed if isinstance(given, str) and "trigger_id" in given]
