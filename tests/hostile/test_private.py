"""F68: not one byte of a private incident gets to anybody who is no insider.

Every route of the product is asked, as the product itself lists them, so that a new one is asked
too. Nothing private is found in any answer; and asked about a private incident, each answers as
about one that does not exist.
"""

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from hostile.conftest import Call, caller
from hostile.hidden import (
    INSIDERS,
    Missing,
    canary,
    declared_private,
    end,
    found_in,
    hours,
    incident_of,
    live,
    opened_by_alert,
    remember_guest,
    room_of,
    secretive,
    shown_in_slack,
)
from hostile.matrix import TABLE, Gate
from outage.receivers import MailServer
from starlette.routing import BaseRoute, Mount, Route
from world import World

from bot.emulator import Fault
from incidents.actions import kit
from incidents.actions.tokens import SCOPES, create_token
from incidents.model.ids import IncidentNumber

NOBODY = IncidentNumber(77)  # there is no such incident
_FILL = {"service": "checkout", "name": "availability", "source": "generic", "page": "http",
         "pager": "webhook", "picture": "burn-down", "kind": "svg",
         "period": "2026-11", "window": "w1", "exclusion": "x1"}  # fmt: skip
_OWN = ("/workspace",)  # Slack itself, which is only there in tests and demos
_BODIES: dict[str, Any] = {
    "/api/v1/incidents": {"title": "another", "services": ["checkout"]},
    "/api/v1/sli": {"samples": []},
    "/hooks/v1/generic": {"alerts": [{"name": "Slow", "service": "checkout", "severity": "page"}]},
}


@dataclass
class Seen:
    """What others could see of a private incident while it was open, and after its end."""

    world: World
    number: IncidentNumber
    slack: list[bytes] = field(default_factory=list)
    web: list[tuple[str, bytes, bytes]] = field(default_factory=list)
    told: list[tuple[str, bytes, bytes]] = field(default_factory=list)
    kit: bytes = b""
    logs: bytes = b""


@pytest.fixture(scope="module")
def secretive_config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return secretive(tmp_path_factory.mktemp("secretive") / "config")


@pytest.fixture
def secretive_world(sqlite_url: str, secretive_config: Path) -> Iterator[World]:
    made = World(sqlite_url, config=secretive_config)
    yield made
    made.close()


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(("sqlite", "born"), id="sqlite-born"),
        pytest.param(("postgresql", "made"), id="postgresql-made"),
        pytest.param(("sqlite", "made"), id="sqlite-made", marks=pytest.mark.slow),
        pytest.param(("postgresql", "born"), id="postgresql-born", marks=pytest.mark.slow),
    ],
)
def seen(
    request: pytest.FixtureRequest, secretive_config: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Seen]:
    """Born private, or made private after everybody could follow it: then its life goes on."""
    kind, how = request.param
    world = World(_database(request, kind, tmp_path_factory), config=secretive_config)
    remember_guest(world)
    with redirect_stdout(StringIO()) as logs:
        yield _watched(world, how, logs, tmp_path_factory.mktemp("offline"))
    world.close()


def _watched(world: World, how: str, logs: StringIO, folder: Path) -> Seen:
    before = ""
    if how == "born":
        number = declared_private(world)
    else:
        number = opened_by_alert(world)
        before = room_of(world, number).id
        live(world, number)
        world.ana.types("/incident private", where=room_of(world, number))
    logs.seek(0)
    logs.truncate()
    live(world, number)
    seen, call, doors = Seen(world, number), caller(world), _doors(world)
    seen.slack.append(shown_in_slack(world, but_not=before))
    seen.web += _asked(call, world, number, doors)
    kit.write(world.app.desk, folder / "kit", (), world.clock())
    pages = [
        one for one in (folder / "kit").rglob("*") if one.is_file() and "trees" not in one.parts
    ]
    seen.kit = b"".join(one.read_bytes() for one in pages)
    seen.told += _tried(world, number, "mGA" if (how == "born") else "m")
    end(world, number)
    hours(world, 80, step=8)
    seen.slack.append(shown_in_slack(world, but_not=before))
    seen.web += _asked(call, world, number, doors)
    seen.logs = logs.getvalue().encode()
    return seen


def _database(
    request: pytest.FixtureRequest, kind: str, tmp_path_factory: pytest.TempPathFactory
) -> str:
    if kind == "postgresql":
        server = request.getfixturevalue("postgres")
        return str(server.url(server.database(request.getfixturevalue("postgres_template"))))
    path = tmp_path_factory.mktemp("private") / "warroom.db"
    shutil.copy(request.getfixturevalue("sqlite_template"), path)
    return f"sqlite:///{path}"


def test_its_insiders_see_all_of_it(seen: Seen) -> None:
    room = room_of(seen.world, seen.number)

    words = {
        name for name in ("said", "update", "answer", "elsewhere") if canary(name) in room.text
    }

    assert set(room.members) - {seen.world.slack.identity.bot_user} == INSIDERS
    assert words == {"update", "answer", "elsewhere", "said"}


def test_nothing_of_it_is_anywhere_in_slack_where_others_are(seen: Seen) -> None:
    room = room_of(seen.world, seen.number).id.encode()

    assert [found_in(one) for one in seen.slack] == [set(), set()]
    assert [room in one for one in seen.slack] == [False, False]


def test_no_route_on_the_web_tells_anything_of_it(seen: Seen) -> None:
    assert {route: found_in(real) for route, real, _ in seen.web if found_in(real)} == {}


def test_no_route_on_the_web_tells_it_from_one_that_does_not_exist(seen: Seen) -> None:

    assert [both for both in seen.web if _unnamed(both[1]) != _unnamed(both[2])] == []


def test_no_answer_in_slack_tells_anything_of_it(seen: Seen) -> None:
    assert {route: found_in(real) for route, real, _ in seen.told if found_in(real)} == {}


def test_no_answer_in_slack_tells_it_from_one_that_does_not_exist(seen: Seen) -> None:

    assert [both for both in seen.told if _unnamed(both[1]) != _unnamed(both[2])] == []


def test_the_offline_kit_has_nothing_of_it(seen: Seen) -> None:
    assert b"On call now" in seen.kit
    assert (found_in(seen.kit), f"INC-{seen.number} ".encode() in seen.kit) == (set(), False)


def test_no_line_of_the_log_tells_anything_of_it(seen: Seen) -> None:
    assert b"effect_done" in seen.logs
    assert found_in(seen.logs) == set()


def test_why_somebody_is_asked_does_not_count_private_incidents(secretive_world: World) -> None:
    world = secretive_world
    world.ana.types(f"/incident private: {canary('title')} @checkout")
    world.dana.types("/incident invite @bo", where=room_of(world, 1))
    world.dana.types("/incident role commander @bo", where=room_of(world, 1))
    world.bo.presses("Accept", where=room_of(world, 1))

    world.hana.types("/incident payments are refused @payments-api")

    world.room("inc-2").shows("commands nothing else, not paged lately")


def test_who_was_on_the_way_into_a_room_does_not_get_into_the_private_one(
    secretive_world: World,
) -> None:
    world = secretive_world
    opened_by_alert(world)
    room = room_of(world, 1)
    world.ana.types("/incident role commander me", where=room)
    asked = Fault(method="conversations.invite", kind="rate_limited", seconds=20)
    told = Fault(method="conversations.open", kind="rate_limited", seconds=20)
    for fault in (asked, told):
        world.slack.faults.add(fault)
    world.ana.types("/incident page @hana", where=room)
    world.ana.types("/incident private", where=room)
    world.slack.faults.clear()

    world.passes(minutes=5)

    assert world.hana.id not in room_of(world, 1).members
    assert canary("title").encode() not in shown_in_slack(world, but_not=room.id)


def test_a_step_that_failed_for_good_is_told_without_saying_what_it_was_about(
    secretive_world: World,
) -> None:
    world = secretive_world
    broken = Fault(method="pins.add", kind="error_before", error="restricted_action")
    world.slack.faults.add(broken)
    world.ana.types(f"/incident private: {canary('mine')} @checkout")

    said = world.channel("incidents").text

    assert "Pinning the card failed for good" in said
    assert "It is about a private incident, so this says no more." in said
    assert "INC-" not in said


def test_nobody_is_mailed_about_a_private_incident_that_is_none_of_theirs(
    sqlite_url: str, secretive_config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mail = MailServer(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(mail.trust))
    world = World(
        sqlite_url,
        config=secretive_config,
        warroom_fallback_smtp_url=mail.url,
        warroom_fallback_from="warroom <warroom@example.com>",
        warroom_allow_private_hosts="127.0.0.1",
    )
    world.slack.faults.add(Fault(kind="down"))
    declared_private(world)
    world.passes(minutes=10)
    world.close()
    mail.stop()

    told = b"".join(letter.as_bytes() for letter in mail.letters)
    assert {letter["To"] for letter in mail.letters} == {"dana@example.com"}
    assert (found_in(told), b"/incidents/" in told) == (set(), False)


def _doors(world: World) -> list[dict[str, str]]:
    """A browser, a program, and a token with every scope but the one that says private."""
    allowed = [scope for scope in SCOPES if scope != "private"]
    secret = create_token(world.app.desk, "others", allowed, world.clock())
    return [{"accept": "text/html"}, {}, {"authorization": f"Bearer {secret}"}]


def _asked(
    call: Call, world: World, number: int, doors: list[dict[str, str]]
) -> list[tuple[str, bytes, bytes]]:
    """Every route's answer about the private incident, and about one that does not exist."""
    found = []
    for method, path in _routes(world.app.asgi().routes):
        for headers in doors:
            real = missing = _answer(call, method, path, f"INC-{number}", headers)
            if "{key}" in path:
                missing = _answer(call, method, path, f"INC-{NOBODY}", headers)
            found.append((f"{method} {path} {headers}", real, missing))
    return found


def _tried(world: World, number: int, who: str) -> list[tuple[str, bytes, bytes]]:
    """Everything that a member, a guest or an administrator can send, about both."""
    secret, nobody = incident_of(world, number), Missing(NOBODY)
    gate = Gate(world, secret, secret)
    return [
        (f"{one} {route}", _told(gate, one, route, secret), _told(gate, one, route, nobody))
        for route in sorted(TABLE)
        for one in who
        if not route.startswith("event") and (one, route) != ("A", "verb break-glass")
    ]


def _routes(routes: list[BaseRoute], before: str = "") -> Iterator[tuple[str, str]]:
    for one in routes:
        if isinstance(one, Mount):
            yield from _routes(one.routes, before + one.path)
        elif isinstance(one, Route):
            if not one.path.startswith(_OWN):
                yield from ((method, before + one.path) for method in sorted(one.methods or ()))
        elif not getattr(one, "path", "").startswith(_OWN):
            yield "GET", "/somewhere/{key}"


def _answer(call: Call, method: str, path: str, key: str, headers: dict[str, str]) -> bytes:
    """Status, headers and body."""
    real = path.format(key=key, **_FILL)
    body = {"json": _BODIES.get(real, {})} if method == "POST" else {}

    answer = call(method, real, headers=headers, **body)
    shown = [(name, value) for name, value in answer.headers.items() if name != "x-request-id"]
    return f"{answer.status_code} {shown} ".encode() + answer.content


def _told(gate: Gate, who: str, route: str, incident: Any) -> bytes:
    """The answer, and everything the bot said to Slack because of it."""
    log = gate.world.slack.log
    before = len(log)
    answer = gate.send(who, route, incident)
    gate.world.wait_for_answers()
    said = [(one.method, {**one.args, "trigger_id": ""}) for one in log[before:]]
    said = [one for one in said if one[0] != "conversations.list"]  # the test's own
    return (answer + json.dumps(said, default=str).encode()).replace(incident.room.encode(), b"C0")


def _unnamed(answer: bytes) -> bytes:
    """Without the number that was asked about, in every form it has."""
    plain = re.sub(rb"(?i)inc-\d+", b"INC-N", answer)
    plain = re.sub(rb"item/\d+|action item \d+", b"item N", plain)
    return re.sub(rb"'content-length', '\d+'", b"", plain)
