"""Who is on call by others' word: calendars, PagerDuty and GoAlert, answering as they do."""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from stories.test_standing_in import asks
from world import START, World

from bot.feeds import read_feeds
from incidents.model.oncall import RotationName, everyone_on_call
from incidents.queries.oncall import roster, roster_at

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SERVICES = """\
people:
  - {handle: ana, name: Ana Duarte, email: ana@example.com}
  - {handle: bo, name: Bo Lindqvist, email: bo@example.com}
  - {handle: dana, name: Dana Weiss, email: dana@example.com}
services:
  - {name: checkout, tier: 3, team: money}
teams:
  - {name: money, members: [ana, bo, dana], on_call: money}
"""
TOKENS = {
    "warroom_pagerduty_api_token": "pd-token",
    "warroom_goalert_api_token": "ga-token",
}


@dataclass
class Others:
    """A server that answers as a calendar, as PagerDuty and as GoAlert do."""

    shifts: list[tuple[datetime, datetime, str]] = field(default_factory=list)
    status: int = 200
    body: str | None = None
    asked: list[tuple[str, dict[str, str], dict[str, Any]]] = field(default_factory=list)
    url: str = ""

    def answer(self, path: str, headers: dict[str, str], given: dict[str, Any]) -> tuple[int, str]:
        self.asked.append((path, headers, given))
        if self.status != 200 or self.body is not None:
            return self.status, self.body or "{}"
        if path.endswith(".ics"):
            return 200, self.calendar()
        if path == "/api/graphql":
            return self.goalert(headers, given)
        return self.pagerduty(path, headers)

    def calendar(self) -> str:
        events = [
            f"BEGIN:VEVENT\r\nUID:{n}\r\nDTSTART:{start:%Y%m%dT%H%M%SZ}\r\n"
            f"DTEND:{end:%Y%m%dT%H%M%SZ}\r\nSUMMARY:On call: {who}\r\nEND:VEVENT\r\n"
            for n, (start, end, who) in enumerate(self.shifts)
        ]
        return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{''.join(events)}END:VCALENDAR\r\n"

    def pagerduty(self, path: str, headers: dict[str, str]) -> tuple[int, str]:
        if headers.get("authorization") != "Token token=pd-token":
            return 401, json.dumps({"error": {"message": "Invalid", "code": 2006}})
        people = sorted({who for _, _, who in self.shifts})
        if path == "/schedules/PI7DH85/users":
            return 200, json.dumps({
                "users": [
                    {"id": f"P{who}", "type": "user", "name": who, "email": f"{who}@example.com"}
                    for who in people if who != "ghost"
                ]
            })  # fmt: skip
        if path != "/schedules/PI7DH85":
            return 404, json.dumps({"error": {"message": "Not Found", "code": 2100}})
        entries = [
            {
                "id": f"Q{n}", "start": start.isoformat(), "end": end.isoformat(),
                "user": {"id": f"P{who}", "type": "user_reference", "summary": who},
            }
            for n, (start, end, who) in enumerate(self.shifts)
        ]  # fmt: skip
        final = {"name": "Final Schedule", "rendered_schedule_entries": entries}
        schedule = {"id": "PI7DH85", "time_zone": "UTC", "final_schedule": final}
        return 200, json.dumps({"schedule": schedule})

    def goalert(self, headers: dict[str, str], given: dict[str, Any]) -> tuple[int, str]:
        if headers.get("authorization") != "Bearer ga-token":
            return 401, "unauthorized"
        if given["variables"]["id"] != "7be0ba5e-9c0d":
            return 200, json.dumps({"data": {"schedule": None}})
        shifts = [
            {
                "start": f"{start:%Y-%m-%dT%H:%M:%SZ}", "end": f"{end:%Y-%m-%dT%H:%M:%SZ}",
                "user": {"name": who, "email": f"{who}@example.com"},
            }
            for start, end, who in self.shifts
        ]  # fmt: skip
        return 200, json.dumps({"data": {"schedule": {"shifts": shifts}}})


def _handler(others: Others) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._reply(
                {key: value[0] for key, value in parse_qs(urlsplit(self.path).query).items()}
            )

        def do_POST(self) -> None:
            self._reply(json.loads(self.rfile.read(int(self.headers["content-length"]))))

        def _reply(self, given: dict[str, Any]) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, body = others.answer(urlsplit(self.path).path, headers, given)
            self.send_response(status)
            self.send_header("content-length", str(len(body.encode())))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            pass

    return Handler


@pytest.fixture
def others() -> Iterator[Others]:
    made = Others()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(made))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    made.url = f"http://127.0.0.1:{server.server_port}"
    yield made
    server.shutdown()
    server.server_close()
    thread.join()


Build = Callable[[str], World]


@pytest.fixture
def build(tmp_path: Path, sqlite_url: str, others: Others) -> Iterator[Build]:
    made: list[World] = []

    def make(rotation: str, **more: str) -> World:
        for name, text in {
            "services/all.yaml": SERVICES,
            "oncall/all.yaml": f"name: money\n{rotation}\n",
            **more,
        }.items():
            path = tmp_path / "config" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        urls = {"warroom_pagerduty_api_url": others.url, "warroom_goalert_url": others.url}
        world = World(
            sqlite_url,
            config=tmp_path / "config",
            warroom_allow_private_hosts="127.0.0.1",
            **TOKENS,
            **urls,
        )
        made.append(world)
        return world

    yield make  # type: ignore[misc]
    for world in made:
        world.close()


KINDS = {
    "calendar": "calendar: {url}/team.ics",
    "pagerduty": "pagerduty: PI7DH85",
    "goalert": "goalert: 7be0ba5e-9c0d",
}


def reads(world: World) -> int:
    app = world.app
    return read_feeds(app.desk, app.settings, app.outgoing, world.clock)


def who(world: World, at: datetime) -> list[str]:
    with world.app.desk.look() as connection:
        found = roster(world.app.desk.catalog, connection, min(at, world.clock()))
    return [one.person for one in everyone_on_call(found.values(), at)]


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_whoever_others_plan_is_on_call(kind: str, build: Build, others: Others) -> None:
    others.shifts = [(START - DAY, START + DAY, "ana"), (START + DAY, START + 3 * DAY, "bo")]
    world = build(KINDS[kind].format(url=others.url))

    assert reads(world) == 1

    assert [who(world, START + n * DAY) for n in (0, 1, 3)] == [["ana"], ["bo"], []]
    assert "*money* <@U0ANA>, next bo from Thu 19 Nov 2026 09:00" in asks(world.ana, "")


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_when_a_feed_fails_the_last_good_copy_counts_and_it_is_said(
    kind: str, build: Build, others: Others
) -> None:
    others.shifts = [(START - DAY, START + 5 * DAY, "ana")]
    world = build(KINDS[kind].format(url=others.url))
    reads(world)
    others.status = 503
    world.clock.pass_(timedelta(minutes=6))

    assert reads(world) == 0

    assert who(world, world.clock()) == ["ana"]
    shown = asks(world.ana, "")
    assert (
        ":warning: money is as of Wed 18 Nov 2026 09:00 UTC, the last time it could be read"
        in shown
    )
    assert "answered 503" in shown


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_what_was_planned_for_the_past_stays_when_the_feed_changes(
    kind: str, build: Build, others: Others
) -> None:
    others.shifts = [(START - DAY, START + 5 * DAY, "ana")]
    world = build(KINDS[kind].format(url=others.url))
    reads(world)
    others.shifts = [(START - DAY, START + 5 * DAY, "bo")]
    world.clock.pass_(6 * HOUR)
    reads(world)

    desk, now = world.app.desk, world.clock()
    with desk.look() as connection:
        answers = [
            everyone_on_call(roster_at(desk.catalog, connection, at, now).values(), at)[0].person
            for at in (START, START + 5 * HOUR, now)
        ]

    assert answers == ["ana", "ana", "bo"]


def test_a_feed_is_read_every_five_minutes_and_no_more_often(build: Build, others: Others) -> None:
    world = build(KINDS["calendar"].format(url=others.url))

    first = reads(world)
    world.clock.pass_(timedelta(minutes=1))
    soon = reads(world)
    world.clock.pass_(timedelta(minutes=4))
    later = reads(world)

    assert (first, soon, later) == (1, 0, 1)
    assert len(others.asked) == 2


def test_pagerduty_is_asked_as_it_wants_to_be(build: Build, others: Others) -> None:
    reads(build(KINDS["pagerduty"]))

    path, headers, asked = others.asked[0]
    assert path == "/schedules/PI7DH85"
    assert headers["accept"] == "application/vnd.pagerduty+json;version=2"
    assert asked == {
        "since": "2026-11-11T09:00:00Z",
        "until": "2027-01-17T09:00:00Z",
        "time_zone": "UTC",
    }


def test_several_may_be_on_call_at_once(build: Build, others: Others) -> None:
    others.shifts = [(START, START + DAY, "ana"), (START + HOUR, START + DAY, "bo")]
    world = build(KINDS["goalert"])

    reads(world)

    assert [who(world, START + n * HOUR) for n in (0, 2)] == [["ana"], ["ana", "bo"]]


@pytest.mark.parametrize(
    ("rotation", "status", "body", "words"),
    [
        ("pagerduty: PXXXXXX", 200, None, "PagerDuty knows no such thing"),
        ("pagerduty: PI7DH85", 401, None, "PagerDuty does not accept the token"),
        ("pagerduty: PI7DH85", 429, None, "PagerDuty was asked too often"),
        ("pagerduty: PI7DH85", 200, "[]", "something that is no schedule"),
        ("pagerduty: PI7DH85", 200, '{"schedule": 7}', "something that is no schedule"),
        ("goalert: aaaa-bbbb", 200, None, "GoAlert knows no schedule aaaa-bbbb"),
        ("goalert: 7be0ba5e-9c0d", 200, '{"errors": [{}]}', "GoAlert refused the question"),
        ("calendar: {{url}}/a.ics", 200, "<html>Sign in</html>", "that is no calendar"),
        ("calendar: {{url}}/a.ics", 302, None, "the calendar answered 302"),
        ("calendar: {from: NOTSET}", 200, None, "NOTSET is not set"),
        ("calendar: https://10.0.0.1/a.ics", 200, None, "an address that must not be called"),
    ],
)  # fmt: skip
def test_what_goes_wrong_is_said_in_words(
    build: Build, others: Others, rotation: str, status: int, body: str | None, words: str
) -> None:
    others.status, others.body = status, body
    world = build(rotation.replace("{{url}}", others.url))

    assert reads(world) == 0

    shown = asks(world.ana, "money")
    assert "money was never read:" in shown
    assert words in shown
    assert who(world, START) == []


def test_a_secret_address_is_never_shown(
    build: Build, others: Others, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WARROOM_CALENDAR_MONEY", f"{others.url}/private-9131/basic.ics")
    others.status = 404
    world = build("calendar: {from: WARROOM_CALENDAR_MONEY}")

    reads(world)

    assert others.asked[0][0] == "/private-9131/basic.ics"
    assert "9131" not in asks(world.ana, "money")


def test_who_is_not_known_is_said_and_the_rest_counts(build: Build, others: Others) -> None:
    others.shifts = [(START, START + HOUR, "ghost"), (START + HOUR, START + DAY, "bo")]
    world = build(KINDS["pagerduty"])

    assert reads(world) == 1

    assert who(world, START + HOUR) == ["bo"]
    assert ":warning: money: “ghost” is nobody who is known" in asks(world.ana, "money")


def test_a_calendar_file_is_read_by_itself(build: Build, others: Others) -> None:
    others.shifts = [(START, START + DAY, "Dana Weiss")]
    world = build("calendar: team.ics", **{"oncall/team.ics": others.calendar()})

    assert reads(world) == 1

    assert who(world, START) == ["dana"]
    assert RotationName("team") not in world.app.desk.catalog.rotations
