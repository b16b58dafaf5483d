"""Half-made incidents, refusals that nobody sees, outside systems that hold an incident up."""

import json
import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from peers.conftest import start_again
from world import Place, World, words_of

from bot.emulator import Fault
from bot.slack.pace import Pace
from incidents import assets
from incidents.catalog.catalog import load_catalog
from incidents.errors import Misconfigured
from incidents.model.ids import IncidentNumber
from incidents.model.lifecycle import Status
from incidents.store import incidents, outbox, outbox_view, people

ONE = IncidentNumber(1)
OPENING = (
    "conversations.create", "conversations.invite", "conversations.setTopic", "bookmarks.add",
    "chat.postMessage", "pins.add", "users.conversations",
)  # fmt: skip
"""Everything that is called to open a room."""


def told(world: World, person: str) -> str:
    """What only this person was shown, in channels and in direct messages."""
    seen = [one.body for one in world.slack.core.state.ephemerals if one.user == person]
    return json.dumps(seen)


def direct(world: World, person: str) -> str:
    """The direct messages between the bot and a person."""
    return Place(world, world.slack.direct_channel(person).id, "").text


def fill(world: World) -> None:
    """Bo fills in the form that resolves."""
    form = [one for one in world.slack.core.state.views if one.user == "U0BO"][-1]
    now = int(world.clock().timestamp())
    values = {
        "start": {"start": {"selected_date_time": now - 1800}},
        "end": {"end": {"selected_date_time": now - 60}},
        "fix": {"fix": "Rolled back"},
        "impact": {"impact": "Nobody could pay"},
    }
    world.slack.act.view("U0BO", form.id, values)
    world.settle()


def is_complete(world: World) -> None:
    room = world.room("inc-1")
    token = world.slack.identity.bot_token
    pins = world.slack.web_api("pins.list", {"channel": room.id}, token).body["items"]
    marks = world.slack.web_api("bookmarks.list", {"channel_id": room.id}, token).body["bookmarks"]
    assert len([one for one in world.slack.core.state.channels if one.name[:4] == "inc-"]) == 1
    assert room.info()["topic"]["value"].startswith("SEV2 Major · investigating")
    assert [pin["message"]["text"] for pin in pins] == ["INC-1 checkout 5xx: sev2, investigating"]
    assert {"Bridge call", "Console"} <= {mark["title"] for mark in marks}
    assert {"U0ANA", "U0BO"} <= set(room.members)
    assert room.text.count("please take command") == 2  # the text and the block of one message
    assert world.channel("incidents").text.count("*INC-1 checkout 5xx*") == 1


@pytest.mark.parametrize("kind", ["error_before", "error_after", "rate_limited"])
def test_whichever_call_fails_the_room_is_whole_in_the_end(light_world: World, kind: Any) -> None:
    for method in OPENING:
        light_world.slack.faults.add(Fault(method, kind, "internal_error", seconds=5))

    light_world.ana.types("/incident checkout 5xx sev2 @checkout")
    start_again(light_world)  # nothing of it is only in memory
    for _ in range(6):
        light_world.passes(seconds=30)

    is_complete(light_world)
    assert len(light_world.slack.faults) == 0


def test_a_room_that_slack_will_not_open_is_said_to_who_declared(light_world: World) -> None:
    light_world.slack.faults.add(
        Fault("conversations.create", error="restricted_action", times=None)
    )

    light_world.ana.types("/incident checkout 5xx sev2 @checkout")

    ops, said = light_world.channel("incidents").text, direct(light_world, "U0ANA")
    assert "Opening the room failed for good" in ops
    assert "warroom effects retry" in ops
    assert "could not be opened: a workspace rule forbids it" in said
    assert "`/incident card INC-1`" in said
    assert "*INC-1* checkout 5xx (SEV2 Major) needs you in command." in direct(light_world, "U0BO")


def test_without_a_room_the_work_goes_on_and_the_room_comes_later(light_world: World) -> None:
    light_world.slack.faults.add(Fault("conversations.create", error="restricted_action"))
    light_world.ana.types("/incident checkout 5xx sev2 @checkout")

    light_world.bo.types("/incident note INC-1 it is the pool")
    with light_world.app.desk.store.write() as connection:
        outbox.retry_incident(connection, ONE, light_world.clock())
    light_world.settle()

    is_complete(light_world)
    assert "it is the pool" in words_of(light_world.ana.types("/incident timeline", where="inc-1"))


def test_a_form_that_opens_too_late_is_answered_in_words(light_world: World) -> None:
    light_world.slack.faults.add(Fault("views.open", error="expired_trigger_id"))

    answer = words_of(light_world.ana.types("/incident"))

    assert "Slack did not let me do that" in answer
    assert "Try it once more." in answer


def test_a_refusal_finds_the_person_who_is_not_in_the_channel(light_world: World) -> None:
    light_world.ana.types("/incident checkout 5xx sev2 @checkout")
    room = light_world.room("inc-1")
    light_world.slack.faults.add(
        Fault("response_url", status=410),
        Fault("chat.postEphemeral", error="user_not_in_channel"),
    )

    light_world.ana.presses("Accept", where=room)  # Bo was asked

    said = direct(light_world, "U0ANA")
    assert ":no_entry_sign:" in said
    assert ":arrow_right:" in said


def test_who_may_not_mark_a_message_is_told_so(light_world: World) -> None:
    light_world.ana.types("/incident checkout 5xx sev2 @checkout")
    room = light_world.room("inc-1")
    said = light_world.ana.types("errors are at 4 %", where=room)
    with light_world.app.desk.store.write() as connection:
        chen = people.several(connection, ["U0CHEN"])["U0CHEN"]
        people.remember(connection, replace(chen, is_guest=True), light_world.clock())
    light_world.slack.act.join("U0CHEN", room.id)
    light_world.settle()

    light_world.chen.reacts("mega", said.ts, where=room)

    assert "Update for responders" not in room.text
    assert "send an update" in told(light_world, "U0CHEN")


def test_closing_too_early_is_refused_to_the_eyes_of_who_tried(light_world: World) -> None:
    light_world.ana.types("/incident checkout 5xx sev2 @checkout")

    answer = words_of(light_world.ana.types("/incident close", where="inc-1"))

    assert "INC-1 cannot be closed yet: 3 missing." in answer
    assert "INC-1 has no commander." in answer


def test_nothing_outside_holds_a_resolution_up(sqlite_url: str) -> None:
    """No pager answers, no file can be uploaded, no mail goes out, Slack itself is down."""
    nowhere = "http://127.0.0.1:9"
    world = World(
        sqlite_url,
        warroom_pagerduty_url=nowhere,
        warroom_pagerduty_keys="payments=R0NOBODY000000000000000000000001",
        warroom_pager_webhook_url=f"{nowhere}/own",
        warroom_pager_webhook_secret="a secret of our own pager, long enough",
        warroom_fallback_webhook_url=f"{nowhere}/fallback",
        warroom_fallback_secret="another secret, long enough for anybody",
        warroom_allow_private_hosts="127.0.0.1",
    )
    world.ana.types("/incident checkout 5xx sev2 @checkout")
    room = world.room("inc-1")
    world.bo.presses("Accept", where=room)
    world.bo.types("/incident resolve", where=room)
    world.slack.faults.add(Fault(kind="down"))

    fill(world)

    with world.app.desk.look() as connection:
        found = incidents.get(connection, ONE)
    world.close()
    assert found is not None
    assert found.status is Status.RESOLVED


def test_a_postmortem_that_cannot_be_uploaded_stops_nobody_from_closing(
    light_world: World,
) -> None:
    for method in ("files.getUploadURLExternal", "files.completeUploadExternal"):
        light_world.slack.faults.add(Fault(method, error="restricted_action", times=None))
    light_world.ana.types("/incident checkout 5xx sev4 @checkout")
    room = light_world.room("inc-1")
    light_world.bo.presses("Accept", where=room)
    light_world.bo.types("/incident resolve", where=room)
    fill(light_world)

    light_world.bo.types("/incident postmortem export", where=room)

    with light_world.app.desk.look() as connection:
        found = incidents.get(connection, ONE)
        dead = [one.kind.value for one in outbox_view.dead_of(connection, ONE)]
    assert found is not None
    assert found.status is Status.RESOLVED
    assert dead == ["upload"]
    room.shows("*Not done*")


def test_an_incident_that_never_had_a_room_ends_like_any_other(light_world: World) -> None:
    light_world.slack.faults.add(
        Fault("conversations.create", error="restricted_action", times=None)
    )
    light_world.ana.types("/incident checkout 5xx sev4 @checkout")
    light_world.bo.types("/incident role INC-1 commander me")
    light_world.bo.types("/incident resolve INC-1")
    fill(light_world)

    light_world.clock.pass_(timedelta(days=8))
    light_world.settle()
    light_world.clock.pass_(timedelta(days=1))
    light_world.settle()

    with light_world.app.desk.look() as connection:
        found = incidents.get(connection, ONE)
        dead = {one.kind.value for one in outbox_view.dead_of(connection, ONE)}
    assert found is not None
    assert found.status is Status.RESOLVED
    assert dead == {"open_room"}


def test_a_storm_in_one_channel_delays_no_other_and_a_limit_no_other_method(
    light_world: World,
) -> None:
    pace = Pace(light_world.app.desk, light_world.clock)

    storm = [pace.wait("chat.postMessage", {"channel": "C1"}) for _ in range(20)]
    other = pace.wait("chat.postMessage", {"channel": "C2"})
    pace.blocked("conversations.setTopic", {"channel": "C1"}, 1_140)

    assert storm[-1] > timedelta()
    assert other == timedelta()
    assert pace.wait("chat.postMessage", {"channel": "C3"}) == timedelta()
    assert pace.wait("conversations.setTopic", {"channel": "C1"}) == timedelta(seconds=1_140)


@pytest.mark.parametrize(
    "path", ["warroom.yaml", "services/payments.yaml", "oncall/rotations.yaml"]
)
def test_a_word_that_means_nothing_in_the_configuration_is_never_taken_in_silence(
    tmp_path: Path, path: str
) -> None:
    folder = shutil.copytree(assets.folder("templates") / "init", tmp_path / "config")
    file = folder / path
    file.write_text(file.read_text() + "\ndedup_rule: ignored in silence\n")

    with pytest.raises(Misconfigured, match="dedup_rule"):
        load_catalog(folder)
