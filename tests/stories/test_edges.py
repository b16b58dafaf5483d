"""What goes wrong, and what else people can press: faults, shortcuts, the home tab, Slack down."""

import re
from datetime import timedelta
from pathlib import Path

import httpx
from world import World, words_of

from bot.emulator import Fault
from bot.slack.features import ALL
from incidents.actions.declare import Declare, declare
from incidents.actions.desk import CLOCK
from incidents.actions.samples import Reading, ingest
from incidents.model.ids import IncidentNumber
from incidents.model.objective import SLOName
from incidents.model.text import clean_line
from incidents.store import incidents, outbox_view, timeline

ROOT = Path(__file__).parents[2]


def test_a_failed_secondary_step_is_on_the_card_with_retry_and_retry_works(world: World) -> None:
    world.slack.faults.add(
        Fault(
            method="conversations.setTopic",
            kind="error_before",
            error="restricted_action",
            status=200,
        )
    )
    world.ana.types("/incident checkout 5xx sev2 @checkout")
    room = world.room("inc-1")
    room.shows("setting the topic: a workspace rule forbids it")

    world.ana.presses("Retry", where=room)

    assert room.info()["topic"]["value"].startswith("SEV2 Major")
    with world.app.desk.look() as connection:
        assert outbox_view.dead_of(connection, IncidentNumber(1)) == ()


def test_lost_answers_double_nothing(world: World) -> None:
    for method in ("conversations.create", "chat.postMessage", "bookmarks.add", "pins.add"):
        world.slack.faults.add(Fault(method=method, kind="lost_answer"))

    world.ana.types("/incident checkout 5xx sev2 @checkout")
    world.passes(minutes=2)

    rooms = [one for one in world.slack.core.state.channels if one.name.startswith("inc-")]
    room = world.room("inc-1")
    keys = re.findall(r"INC-1 checkout 5xx: sev2, investigating", room.text)
    assert len(rooms) == 1
    assert len(keys) == 1
    room.shows("<@U0BO>, please take command of *INC-1*.")


def test_a_rate_limit_is_waited_out(world: World) -> None:
    world.slack.faults.add(
        Fault(method="chat.postMessage", kind="rate_limited", seconds=20, times=3)
    )

    world.ana.types("/incident checkout 5xx sev2 @checkout")
    world.passes(minutes=2)

    world.room("inc-1").shows("INC-1 checkout 5xx")


def test_with_slack_down_everything_is_recorded_and_appears_once_it_is_back(world: World) -> None:
    general = world.channel("general")
    world.slack.faults.add(Fault(method="*", kind="down", times=None))
    answer = world.ana.types("/incident checkout 5xx sev2 @checkout", where=general)
    world.passes(minutes=10)

    world.slack.faults.clear()
    world.passes(minutes=2)

    assert "INC-1" in words_of(answer)
    world.room("inc-1").shows("INC-1 checkout 5xx")
    world.channel("incidents").shows("INC-1 checkout 5xx")


def test_a_burning_budget_opens_one_room_by_itself_and_says_why(world: World) -> None:
    start = world.clock()
    for bucket in range(60):
        at = start + timedelta(seconds=10 * bucket)
        world.clock.pass_(timedelta(seconds=10))
        reading = Reading(SLOName("checkout/availability"), at, 700, 300, "edge", bucket)
        ingest(world.app.desk, [reading], world.clock())
        world.settle()

    room = world.room("inc-1")
    room.shows("checkout/availability")
    room.shows("burning")
    with world.app.desk.look() as connection:
        found = incidents.recent(connection, limit=10)
    assert len(found) == 1
    assert found[0].source == "slo"
    assert "tier 1" in found[0].facts["severity_because"]


def test_declare_from_a_message_prefills_the_title(world: World) -> None:
    general = world.channel("general")
    said = world.slack.act.message("U0BO", general.id, "search is down for me")

    world.slack.act.shortcut(
        "U0ANA", "declare_from_message", channel=general.id, message_ts=said.ts
    )
    world.settle()

    view = [one for one in world.slack.core.state.views if one.user == "U0ANA"][-1]
    assert "search is down for me" in str(view)


def test_the_shortcuts_put_a_message_on_the_timeline_and_make_an_item_of_it(world: World) -> None:
    world.ana.types("/incident checkout 5xx sev2 @checkout")
    room = world.room("inc-1")
    said = world.bo.types("the pool is exhausted", where=room)

    for callback in ("add_to_timeline", "make_action_item"):
        world.slack.act.shortcut("U0CHEN", callback, channel=room.id, message_ts=said.ts)
        world.settle()

    with world.app.desk.look() as connection:
        kinds = [str(one.kind) for one in timeline.entries(connection, IncidentNumber(1))]
    assert kinds.count("message") == 1
    assert kinds.count("action_added") == 1


def test_the_home_tab_shows_what_is_open_what_is_owed_and_who_is_on_call(world: World) -> None:
    world.ana.types("/incident checkout 5xx sev2 @checkout")
    world.ana.types("/incident todo @chen Rotate certificates by friday", where="inc-1")

    world.slack.act.home("U0CHEN")
    world.settle()

    shown = str(world.calls("views.publish")[-1].args)
    assert "*INC-1* checkout 5xx" in shown
    assert "Rotate certificates" in shown
    assert "On call" in shown
    assert "checkout/availability" in shown


def test_an_unknown_button_is_answered_in_words(world: World) -> None:
    world.ana.types("/incident checkout 5xx sev2 @checkout")
    room = world.room("inc-1")
    token = world.slack.identity.bot_token
    old = [{"type": "actions", "elements": [{"type": "button", "action_id": "gone.for.ever",
            "text": {"type": "plain_text", "text": "Old"}, "value": "INC-1"}]}]  # fmt: skip
    world.slack.web_api(
        "chat.postMessage", {"channel": room.id, "text": "old", "blocks": old}, token
    )

    world.ana.presses("Old", where=room)

    said = [one for one in world.slack.core.state.ephemerals if one.user == "U0ANA"]
    assert any("older version of me" in str(one) for one in said)


def test_every_message_that_an_effect_names_has_its_words() -> None:
    sources = "\n".join(path.read_text() for path in (ROOT / "incidents").rglob("*.py"))
    calls = re.findall(
        r"effects\.(?:post|direct|edit|edit_direct)\((?:[^()]|\([^()]*\))*\)", sources
    )
    named = {
        word
        for call in calls
        for word in re.findall(r'"([a-z_]+)"', call)
        if not word.startswith(("key", "number"))
    }

    assert {"paged", "action_item", "tree_step"} <= named
    names = {word for word in named if "_" in word}  # others may be what a version is called
    assert names - ALL.words.keys() == set()


def test_the_bot_starts_and_works_while_slack_is_down(world: World) -> None:
    class Dead(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            raise httpx.ConnectError("nobody there", request=request)

    from bot.app import build  # a second process, started while Slack is down

    app = build(world.settings, clock=world.clock, transport=Dead(), threads=False)
    number = declare(
        app.desk, Declare(clean_line("checkout 5xx")), by=CLOCK, now=world.clock()
    ).incident.number
    app.tick()
    app.stop()

    world.passes(minutes=3)
    world.room(f"inc-{number}").shows("INC-1 checkout 5xx")
