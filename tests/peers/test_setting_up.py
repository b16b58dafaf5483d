"""What keeps people from getting the others to run: large workspaces, channels, old manifests."""

import json
from pathlib import Path

import pytest
from peers.conftest import Configured, start_again
from world import World

from bot.cli.slack import compare
from bot.cli.slack_checkup import _channel as check_channel
from bot.emulator.entities import Channel
from bot.slack.manifest import manifest
from incidents.model.features import Feature

CHANNEL = "announcement_channel: incidents"


def test_however_many_channels_a_workspace_has_nobody_lists_them(light_world: World) -> None:
    for number in range(400):
        light_world.slack.add_channel(f"talk-{number}", ["U0ANA"])
    general = light_world.channel("general")
    before = len(light_world.slack.log)

    start_again(light_world)
    started = [call.method for call in light_world.slack.log[before:]]
    light_world.ana.types("/incident checkout 5xx sev2 @checkout", where=general)
    called = [call.method for call in light_world.slack.log[before:]]

    assert started == ["auth.test"]
    assert "conversations.list" not in called
    assert called.count("users.conversations") == 1  # where the announcement goes
    light_world.channel("incidents").shows("INC-1 checkout 5xx")


def test_rooms_of_long_ago_do_not_slow_the_next_one_down(light_world: World) -> None:
    me = light_world.slack.identity.bot_user
    for number in range(250):
        old = light_world.slack.add_channel(f"inc-old-{number}", [me])
        gone = {"channel": old.id}
        light_world.slack.web_api(
            "conversations.archive", gone, light_world.slack.identity.bot_token
        )
    before = len(light_world.calls("users.conversations"))

    light_world.ana.types("/incident checkout 5xx sev2 @checkout")

    assert len(light_world.calls("users.conversations")) - before == 1


LEADERS = {"leaders-only": "C0LEADERS", "G0LEADERS": "G0LEADERS"}


@pytest.mark.parametrize("named", LEADERS)
def test_the_channel_for_announcements_may_be_private_and_named_by_its_id(
    light_world: World, configured: Configured, named: str
) -> None:
    world = light_world
    configured(world, CHANNEL, f"announcement_channel: {named}")
    people = ("U0DANA", world.slack.identity.bot_user)
    place = Channel(LEADERS[named], "leaders-only", "private", "U0DANA", 0, people)
    world.slack.core.state.channels.put(place)

    world.ana.types("/incident checkout 5xx sev2 @checkout")

    world.channel("leaders-only").shows("*INC-1 checkout 5xx*")
    assert "Not done" not in world.room("inc-1").text


@pytest.mark.parametrize("named", ["nowhere", "C0NOWHERE"])
def test_a_channel_that_cannot_be_found_stops_neither_the_start_nor_a_room(
    light_world: World, configured: Configured, named: str
) -> None:
    world = light_world
    configured(world, CHANNEL, f"announcement_channel: {named}")

    world.ana.types("/incident checkout 5xx sev2 @checkout")

    room = world.room("inc-1")
    room.shows("<@U0BO>, please take command of *INC-1*.")
    room.shows("*Not done*\n• announcing the incident: ")
    assert room.find_button("Retry", "U0ANA")


def test_the_doctor_takes_a_private_channel_by_its_id_for_what_it_is() -> None:
    rooms = {"incidents": "C0PUBLIC", "leaders-only": "G0LEADERS"}

    assert check_channel("G0LEADERS", rooms).state == "ok"
    assert check_channel("C0HIDDEN", rooms).state == "note"
    assert check_channel("nowhere", rooms).state == "wrong"


def test_after_an_upgrade_what_the_app_in_slack_lacks_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WARROOM_PUBLIC_URL", "https://w.example")
    old = manifest("https://w.example", command="/incident", socket=False, features=Feature)
    old["features"]["shortcuts"].pop()
    old["settings"]["event_subscriptions"]["bot_events"].remove("reaction_added")
    file = tmp_path / "manifest.json"
    file.write_text(json.dumps(old))

    with pytest.raises(SystemExit) as ended:
        compare(file)

    said = capsys.readouterr().out
    assert ended.value.code == 1
    assert "shortcut make_action_item" in said
    assert "event reaction_added" in said
    assert "missing" in said


def test_one_command_and_its_shortcuts_are_all_there_is_to_put_into_slack() -> None:
    whole = manifest("https://w.example", command="/incident", socket=False, features=Feature)
    scopes = whole["oauth_config"]["scopes"]

    assert [one["command"] for one in whole["features"]["slash_commands"]] == ["/incident"]
    assert "user" not in scopes
    assert "channels:read" in scopes["bot"]
