"""Whatever comes in four times at once, through three replicas, is done once (F25)."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import anyio
import httpx
import pytest
from sqlalchemy import select
from starlette.applications import Starlette
from world import World, read_once

from bot.api import create_api
from bot.app import App, build
from bot.emulator import Delivery, InProcessTransport, Reply
from incidents.actions.tokens import SCOPES, create_token
from incidents.model.ids import IncidentNumber
from incidents.store import action_items
from incidents.store.tables import inbox

COPIES = 4
MANY = pytest.mark.parametrize("count", [5, pytest.param(50, marks=pytest.mark.slow)])


class Doubled:
    """Three replicas, and a Slack that tells each of them the same things at the same time."""

    def __init__(self, world: World) -> None:
        self.world = world
        more = [_another(world) for _ in range(2)]
        self.apps: list[App] = [world.app, *more]
        self._threads = ThreadPoolExecutor(COPIES)
        self.copies = 1
        self.delivered = 0
        world.slack.deliver = self._deliver
        world.ana.types("/incident Payments fail sev2")
        self.room = world.room("inc-1").id
        self.bot = world.slack.identity.bot_user

    def items(self) -> Counter[str]:
        """The titles of all action items, and how often each is there."""
        with self.world.app.desk.look() as connection:
            found = action_items.of(connection, IncidentNumber(1))
        return Counter(item.title.raw for item in found)

    def post(self, path: str, body: Any, **headers: str) -> list[httpx.Response]:
        """The same request, to all of them at the same time."""
        call = partial(_post, path=path, body=body, headers=headers)
        sites = [app.asgi() for app in (*self.apps, self.apps[0])]
        return list(self._threads.map(call, sites))

    def close(self) -> None:
        """The brothers go; the world is taken down by whoever made it."""
        self._threads.shutdown()
        for app in self.apps[1:]:
            app.stop()

    def _deliver(self, delivery: Delivery) -> Reply:
        apps = [self.apps[number % len(self.apps)] for number in range(self.copies)]
        answers = [self._threads.submit(_tell, app, delivery) for app in apps]
        self.delivered += len(answers)
        return max((one.result() for one in answers), key=lambda reply: len(reply.body))


def _another(world: World) -> App:
    made = build(
        world.settings,
        clock=world.clock,
        transport=InProcessTransport(world.slack),
        configuration=read_once(world.settings.warroom_config_dir),
        threads=False,
        paced=False,
    )
    made.identity.introduce()
    return made


def _tell(app: App, delivery: Delivery) -> Reply:
    answer = app.answer_slack(delivery.headers, delivery.body)
    return Reply(answer.status_code, dict(answer.headers), bytes(answer.body))


def _post(site: Starlette, path: str, body: Any, headers: dict[str, str]) -> httpx.Response:
    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(site)
        async with httpx.AsyncClient(transport=transport, base_url="http://warroom.test") as http:
            return await http.post(path, content=json.dumps(body), headers=headers)

    return anyio.run(send)


@pytest.fixture
def doubled(postgres_url: str) -> Iterator[Doubled]:
    """Three replicas on PostgreSQL with an incident."""
    world = World(postgres_url)
    made = Doubled(world)
    made.copies = COPIES
    yield made
    made.close()
    world.close()


def by_command(doubled: Doubled, words: str) -> None:
    doubled.world.slack.act.command("U0ANA", doubled.room, f"todo {words}", "/incident")


def by_mention(doubled: Doubled, words: str) -> None:
    act = doubled.world.slack.act
    act.message("U0ANA", doubled.room, f"<@{doubled.bot}> todo {words}")
    doubled.world.slack.flush_events()


def by_form(doubled: Doubled, words: str) -> None:
    slack, doubled.copies = doubled.world.slack, 1
    slack.act.command("U0ANA", doubled.room, "todo", "/incident")
    view = [one for one in slack.core.state.views if one.user == "U0ANA"][-1]
    doubled.copies = COPIES
    slack.act.view("U0ANA", view.id, {"title": {"title": {"value": words}}})


def by_shortcut(doubled: Doubled, words: str) -> None:
    slack, doubled.copies = doubled.world.slack, 1
    said = slack.act.message("U0ANA", doubled.room, words)
    slack.flush_events()
    doubled.copies = COPIES
    slack.act.shortcut("U0ANA", "make_action_item", channel=doubled.room, message_ts=said.ts)


@MANY
@pytest.mark.parametrize("ask", [by_command, by_mention, by_form, by_shortcut])
def test_four_copies_of_each_delivery_make_one_action_item(
    doubled: Doubled, ask: Callable[[Doubled, str], None], count: int
) -> None:
    wanted = [f"rotate certificate number {number}" for number in range(count)]

    for words in wanted:
        ask(doubled, words)
    doubled.world.settle()

    assert doubled.items() == dict.fromkeys(wanted, 1)
    assert doubled.delivered >= COPIES * count


@MANY
def test_four_copies_of_each_press_are_one_press(doubled: Doubled, count: int) -> None:
    world, doubled.copies = doubled.world, 1
    for number in range(count):
        world.ana.types(f"/incident todo @bo rotate certificate {number} tomorrow", where="inc-1")
    token = world.slack.identity.bot_token
    direct = world.slack.web_api("conversations.open", {"users": "U0BO"}, token).body["channel"]
    said = world.slack.web_api(
        "conversations.history", {"channel": direct["id"], "limit": 900}, token
    ).body["messages"]
    doubled.copies = COPIES
    for message in said:
        block = next(one for one in message["blocks"] if one["type"] == "actions")
        number = block["block_id"].partition("/")[2]
        world.slack.act.action(
            "U0BO",
            "followups.snooze",
            channel=direct["id"],
            message_ts=message["ts"],
            block_id=block["block_id"],
            selected_option=f"{number} 1",
        )
    world.settle()

    moved = Counter(
        entry.body["number"] for entry in world.record(1) if entry.kind == "action_moved"
    )
    assert sorted(moved.values()) == [1] * count


SLO = "checkout/availability"
ALERT = {
    "status": "firing",
    "labels": {"alertname": "PaymentsBurn", "service": "payments", "severity": "page"},
    "annotations": {"summary": "payments burns its budget"},
    "startsAt": "2026-11-18T08:59:12Z",
    "endsAt": "0001-01-01T00:00:00Z",
    "fingerprint": "5ef77f1f8a3ecb8d",
}


def _group(alert: dict[str, Any]) -> dict[str, Any]:
    """One alert, as Alertmanager delivers it."""
    return {
        "version": "4",
        "groupKey": "{}:{}",
        "status": "firing",
        "receiver": "warroom",
        "groupLabels": {},
        "commonLabels": {},
        "commonAnnotations": {},
        "externalURL": "https://alertmanager.example.com",
        "alerts": [alert],
    }


def test_every_request_over_http_is_done_once_however_often_it_comes(doubled: Doubled) -> None:
    world = doubled.world
    token = create_token(world.app.desk, "tests", SCOPES, world.clock())
    said = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    at = world.clock().isoformat()
    sample = {"slo": SLO, "at": at, "good": 10, "bad": 1, "source": "gateway", "seq": 1}
    wish, named = {"title": "Search is slow"}, {"idempotency-key": "search"}

    declared = doubled.post("/api/v1/incidents", wish, **said, **named)
    counted = doubled.post("/api/v1/sli", {"samples": [sample]}, **said)
    alerted = doubled.post("/hooks/v1/alertmanager", _group(ALERT), **said)
    world.settle()

    assert {one.json()["key"] for one in declared} == {"INC-2"}
    assert sum(one.json()["accepted"] for one in counted) == 1
    assert {one.status_code for one in alerted} == {202}
    came = Counter(one.json()["alerts"][0]["came"] for one in alerted)
    assert came == {"joined": 1, "repeated": COPIES - 1}
    assert len(world.calls("conversations.create")) == 2  # of the first incident, and of INC-2


def test_every_way_to_change_something_over_the_api_names_its_requests(
    light_world: World,
) -> None:
    paths = create_api(light_world.app.desk, light_world.clock, command="/incident").openapi()[
        "paths"
    ]
    changing = {
        path: {one["name"].lower() for one in operation.get("parameters", ())}
        for path, operations in paths.items()
        for method, operation in operations.items()
        if method != "get"
    }

    without = {path for path, names in changing.items() if "idempotency-key" not in names}
    assert without == {
        "/sli", "/write",  # each of their samples has a name of its own
        "/gate/{service}/canary",  # only computes
        "/windows/{window}", "/exclusions/{exclusion}",  # taken back once, however often it is said
    }  # fmt: skip
    assert len(changing) > 1


def test_every_payload_of_slack_is_known_by_a_name_of_its_own(doubled: Doubled) -> None:
    for number, ask in enumerate((by_command, by_mention, by_form, by_shortcut)):
        ask(doubled, f"rotate certificate {number}")
    doubled.world.settle()

    with doubled.world.app.desk.look() as connection:
        known = connection.execute(select(inbox.c.key).where(inbox.c.source == "slack")).scalars()
        kinds = Counter(key.partition("/")[0] for key in known)
    assert kinds.keys() == {"command", "event", "view", "shortcut"}
    assert kinds["command"] == 2  # the incident was declared by one
    assert kinds["view"] == kinds["shortcut"] == 1
