"""The app may do little, and works; what more it may do is switched on, asked for and proved."""

import json
import shutil
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from world import World, words_of

from bot.clock import utc_now
from bot.demo.host import Host, prepare, running
from bot.slack.manifest import CORE, PACKS, differences, manifest, off, scopes_of
from incidents.model.features import Feature
from incidents.model.ids import IncidentNumber
from incidents.store import outbox_view

STRANGERS = """
people:
  - {handle: ghost, name: Ghost}
  - {handle: stranger, name: Stranger}
"""
LAYERS = """
rotations:
  - name: support
    layers:
      - {people: [ghost], start: 2026-01-05, zone: Asia/Tokyo, hours: 09:00-17:00}
      - {people: [bo], start: 2026-01-05, zone: Europe/Berlin}
  - name: nights
    people: [bo]
    start: 2026-01-05
    zone: Europe/Berlin
    overrides:
      - {from: 2026-12-24, to: 2026-12-27, person: stranger, because: Christmas}
"""
CORE_SCOPES = frozenset(CORE.scopes)


@pytest.fixture
def modest(sqlite_url: str, tmp_path: Path) -> Iterator[World]:
    """A workspace whose administrators granted the core, and nothing else."""
    made = World(sqlite_url, spool=tmp_path / "spool", scopes=CORE_SCOPES)
    yield made
    made.close()


def made(
    features: frozenset[Feature] = frozenset(), *, socket_mode: bool = False
) -> dict[str, Any]:
    return manifest("https://w.example", command="/incident", socket=socket_mode, features=features)


def test_twelve_scopes_are_enough_for_a_room_from_its_opening_to_its_end(modest: World) -> None:
    modest.ana.types("/incident checkout 5xx sev2 @checkout")
    room = modest.room("inc-1")
    modest.bo.presses("Accept", where=room)
    modest.bo.types("/incident update We are rolling back.", where=room)
    modest.bo.types("/incident todo @bo add a test by friday", where=room)
    modest.looks_after_rooms()
    modest.bo.types("/incident resolve rolled back", where=room)
    modest.bo.types("/incident postmortem export", where=room)

    with modest.app.desk.look() as connection:
        dead = outbox_view.dead_of(connection, IncidentNumber(1))
    assert len(CORE.scopes) <= 12
    assert dead == ()
    assert {"U0ANA", "U0BO"} <= set(room.members)
    room.shows("Add files to slack.features in warroom.yaml")


def test_a_private_incident_is_refused_before_anything_is_said_where_no_private_room_can_be(
    modest: World,
) -> None:
    answer = words_of(modest.ana.types("/incident stolen laptop sev2 private"))

    assert "The app was not given the permissions for private incidents." in answer
    assert "Add private to slack.features in warroom.yaml" in answer
    assert modest.record(1) == ()


def test_what_is_granted_works_without_a_setting(light_world: World) -> None:
    light_world.ana.types("/incident checkout 5xx sev2 @checkout")

    assert light_world.app.identity.me.off == frozenset()
    assert light_world.calls("bookmarks.add")


@pytest.mark.parametrize("feature", list(Feature))
def test_each_feature_brings_its_own_scopes_and_no_others(feature: Feature) -> None:
    more = made(frozenset({feature}))["oauth_config"]["scopes"]["bot"]

    assert set(more) - CORE_SCOPES == set(PACKS[feature].scopes)
    assert off(frozenset(more)) == frozenset(Feature) - {feature}


@pytest.mark.parametrize("socket_mode", [False, True])
@pytest.mark.parametrize("features", [frozenset[Feature](), frozenset(Feature)])
def test_the_manifest_keeps_slacks_limits(
    features: frozenset[Feature], *, socket_mode: bool
) -> None:
    """Source: slackapi/manifest-schema, schema 2.0.0."""
    whole = made(features, socket_mode=socket_mode)
    shown, parts = whole["display_information"], whole["features"]

    assert len(shown["name"]) <= 35
    assert len(shown["description"]) <= 140
    assert len(parts["shortcuts"]) <= 10
    assert all(len(one["name"]) <= 24 for one in parts["shortcuts"])
    assert all(len(one["description"]) <= 150 for one in parts["shortcuts"])
    assert all(len(one["command"]) <= 32 for one in parts["slash_commands"])
    assert len(whole["settings"]["event_subscriptions"]["bot_events"]) <= 100
    assert whole["settings"]["socket_mode_enabled"] is socket_mode


def test_an_app_from_before_an_upgrade_is_told_apart() -> None:
    needed, had = made(frozenset(Feature)), made()
    had["settings"]["event_subscriptions"]["bot_events"].remove("reaction_added")
    had["features"]["shortcuts"].pop()
    had["features"]["slash_commands"][0]["should_escape"] = False
    had["settings"]["interactivity"]["request_url"] = "https://old.example/slack/events"
    had["oauth_config"]["scopes"]["bot"].append("admin")

    found = {f"{one.what} {one.say}" for one in differences(had, needed)}

    assert "event reaction_added is missing" in found
    assert "event message.groups is missing" in found
    assert "scope groups:write is missing" in found
    assert "scope admin is not needed" in found
    assert "shortcut make_action_item is missing" in found
    assert "command /incident has to escape people and channels" in found
    assert (
        "address for buttons is https://old.example/slack/events "
        "and has to be https://w.example/slack/events"
    ) in found
    assert differences(needed, needed) == ()


@pytest.mark.parametrize("whole", [{}, [], None, {"features": {"shortcuts": 3}}, {"settings": []}])
def test_what_is_no_manifest_lacks_everything(whole: Any) -> None:
    assert len(differences(whole, made())) > len(scopes_of(()))


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """The bot and its Slack, over real HTTP."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with running(prepare(tmp_path_factory.mktemp("live"), port, utc_now)) as host:
        deadline = time.monotonic() + 20
        while not host.app.knows_slack() and time.monotonic() < deadline:
            time.sleep(0.05)
        host.app.identity.learn_everybody()
        yield host


def doctor(
    live: Host,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Any,
    *words: str,
    config: Path | None = None,
) -> dict[str, str]:
    from bot.cli.doctor import doctor as examine

    settings = live.app.settings
    monkeypatch.setenv("SLACK_BOT_TOKEN", live.workspace.identity.bot_token)
    monkeypatch.setenv("SLACK_SIGNING_SECRET", live.workspace.identity.signing_secret)
    monkeypatch.setenv("WARROOM_SLACK_API_URL", settings.warroom_slack_api_url)
    monkeypatch.setenv("WARROOM_DATABASE_URL", settings.warroom_database_url)
    monkeypatch.setenv("WARROOM_CONFIG_DIR", str(config or settings.warroom_config_dir))
    monkeypatch.setenv("WARROOM_PUBLIC_URL", live.url)
    with pytest.raises(SystemExit):
        examine(as_json=True, probe="--probe" in words)
    checks = json.loads(capsys.readouterr().out)["checks"]
    return {one["what"]: f"{one['state']}: {one['say']}" for one in checks}


def test_the_doctor_proves_that_events_arrive_by_hearing_itself(
    live: Host, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = doctor(live, monkeypatch, capsys, "--probe")

    assert found["echo"].startswith("ok: events arrive")
    assert found["scopes"].startswith("note: granted and never used")
    assert found["feature private"] == "ok: private incidents"
    assert found["channel #incidents"] == "ok: the bot is in it"
    assert found["clock"] == "ok: agrees with Slack's"
    assert found["people"].startswith("ok: ")
    assert found["calendars"] == "ok: on-call is planned in our own files"


def test_who_is_named_in_layers_and_overrides_has_to_be_in_slack_too(
    live: Host,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    config = tmp_path / "config"
    shutil.copytree(live.app.settings.warroom_config_dir, config)
    (config / "oncall" / "more.yaml").write_text(LAYERS)
    (config / "services" / "more.yaml").write_text(STRANGERS)

    found = doctor(live, monkeypatch, capsys, config=config)["people"]

    assert found.startswith("wrong: 2 of ")
    assert "are not in Slack: ghost, stranger;" in found
