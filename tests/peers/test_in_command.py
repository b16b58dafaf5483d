"""Commanders who change back, pages that two people answer, actions that nobody chases."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from outage.pagers import PAGERDUTY_KEY, PAGERDUTY_SECRET, Pagers, pagerduty_says
from outage.test_pagers import TEAM, from_pagerduty
from peers.conftest import start_again
from world import Place, World

from bot.demo.stage import member_id
from incidents import assets
from incidents.actions.alerts import take_alerts
from incidents.model.alerts import Alert
from incidents.model.ids import IncidentNumber
from incidents.model.timeline import Kind
from incidents.store import roles

ONE = IncidentNumber(1)


def commander(world: World) -> str | None:
    with world.app.desk.look() as connection:
        found = roles.holder(connection, ONE, "commander")
    return found.person if found else None


def test_who_reports_does_not_command_and_who_took_over_keeps_it(light_world: World) -> None:
    """Whatever would have asked somebody else: alerts, severity, time, a look, a new process."""
    light_world.ana.types("/incident checkout 5xx sev3 @checkout")
    room = light_world.room("inc-1")
    at_first = commander(light_world)
    light_world.bo.presses("Accept", where=room)
    light_world.bo.types("/incident handoff @dana", where=room)
    light_world.dana.presses("Accept", where=room)

    light_world.bo.types("/incident sev 1 nobody can pay", where=room)
    labels = {"alertname": "Down", "service": "checkout", "severity": "critical"}
    alert = Alert("generic", "down", "Down", is_firing=True, starts_at=None, labels=labels)
    take_alerts(light_world.app.desk, [alert], now=light_world.clock())
    start_again(light_world)
    light_world.looks_after_rooms()
    light_world.passes(minutes=40)

    assert at_first is None
    assert commander(light_world) == member_id("dana")
    taken = [one for one in light_world.record(1) if one.kind in {Kind.TAKEN, Kind.HANDED_OVER}]
    assert taken[-1].actor == member_id("dana")
    assert room.info()["topic"]["value"].count(f"IC <@{member_id('dana')}>") == 1


def test_roles_that_a_severity_does_not_need_are_asked_of_nobody(light_world: World) -> None:
    light_world.ana.types("/incident checkout 5xx sev3 @checkout")
    room = light_world.room("inc-1")
    light_world.bo.presses("Accept", where=room)
    light_world.passes(minutes=20)

    asked = [one.body["role"] for one in light_world.record(1) if one.kind is Kind.OFFERED]
    assert set(asked) == {"commander"}


@pytest.fixture
def pagers() -> Iterator[Pagers]:
    made = Pagers()
    yield made
    made.stop()


def paged(url: str, pagers: Pagers, config: Path) -> World:
    """Bo is asked to command INC-1, and their pager rings."""
    world = World(
        url,
        config=config,
        warroom_pagerduty_url=pagers.url,
        warroom_pagerduty_keys=f"payments={PAGERDUTY_KEY}",
        warroom_pagerduty_webhook_secret=PAGERDUTY_SECRET,
        warroom_allow_private_hosts="127.0.0.1",
    )
    world.ana.types("/incident checkout 5xx sev1 @checkout")
    return world


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Payments is paged by PagerDuty."""
    folder = shutil.copytree(assets.folder("templates") / "init", tmp_path / "config")
    file = folder / "services" / "teams.yaml"
    text = file.read_text()
    assert TEAM in text
    file.write_text(text.replace(TEAM, f"{TEAM}    paging: [{{pagerduty: payments}}]\n"))
    return folder


def test_a_page_that_was_answered_elsewhere_says_so_under_the_question_in_slack(
    sqlite_url: str, pagers: Pagers, config: Path
) -> None:
    world = paged(sqlite_url, pagers, config)
    room = world.room("inc-1")
    before = len(room.messages)
    (dedup,) = pagers.pagerduty

    from_pagerduty(world, pagerduty_says("acknowledged", dedup, who="Bo Lindqvist"))
    world.settle()
    (question,) = [one for one in room.messages if "please take command" in one["text"]]
    acknowledged = json.dumps(question)
    direct = Place(world, world.slack.direct_channel("U0BO").id, "").text
    count = len(room.messages)
    world.bo.presses("Accept", where=room)
    after = room.text
    world.close()

    assert "<@U0BO> acknowledged in PagerDuty." in acknowledged
    assert "Accept" in acknowledged
    assert "<@U0BO> acknowledged in PagerDuty." in direct
    assert count == before
    assert ":white_check_mark: <@U0BO> commands *INC-1*." in after
