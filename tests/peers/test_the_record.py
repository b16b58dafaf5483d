"""Lists copied into records, notes that the next event wipes, jobs that die, links that rot."""

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
from peers.conftest import Configured, start_again
from sqlalchemy import text
from web.conftest import fetch
from world import Place, World, words_of

from incidents.actions.alerts import take_alerts
from incidents.actions.declare import Declare, declare
from incidents.actions.desk import CLOCK
from incidents.model.alerts import Alert
from incidents.model.ids import IncidentNumber
from incidents.model.severity import Severity
from incidents.model.text import clean_line
from incidents.model.timeline import Kind
from incidents.store import incidents

ROOT = Path(__file__).parents[2]
ONE, TWO = IncidentNumber(1), IncidentNumber(2)


@pytest.fixture
def room(light_world: World) -> Place:
    """The room of INC-1, which Bo commands."""
    light_world.ana.types("/incident checkout 5xx sev3 @checkout")
    found = light_world.room("inc-1")
    light_world.bo.presses("Accept", where=found)
    return found


def test_an_open_incident_goes_by_the_severities_as_they_are_written_now(
    light_world: World, room: Place, configured: Configured
) -> None:
    """What is configured is read, and never copied into what is recorded."""
    configured(light_world, "update_every: 60m", "update_every: 20m")

    now = light_world.clock()
    light_world.bo.types("/incident update we are looking", where=room)

    with light_world.app.desk.look() as connection:
        found = incidents.get(connection, ONE)
        rows = connection.execute(text("SELECT * FROM incident")).mappings().all()
    assert found is not None
    assert found.next_update_at == now + timedelta(minutes=20)
    assert "Some customers notice" not in json.dumps([dict(one) for one in rows], default=str)
    assert "comms" not in json.dumps([dict(one) for one in rows], default=str)


def test_what_people_wrote_is_there_after_whatever_an_alert_says_next(light_world: World) -> None:
    desk, labels = light_world.app.desk, {"service": "checkout", "severity": "critical"}
    fires = Alert("generic", "down", "Down", is_firing=True, starts_at=None, labels=labels)
    take_alerts(desk, [fires], now=light_world.clock())
    light_world.settle()
    room = light_world.room("inc-1")
    light_world.bo.presses("Accept", where=room)
    light_world.bo.types("/incident note it is the pool", where=room)
    light_world.bo.types("/incident sev 3 there is a way around", where=room)
    light_world.passes(minutes=2)

    for firing in (True, False, True):
        news = Alert("generic", "down", "Down", is_firing=firing, starts_at=None, labels=labels)
        take_alerts(desk, [news], now=light_world.clock())
        light_world.settle()

    with light_world.app.desk.look() as connection:
        found = incidents.get(connection, ONE)
    assert found is not None
    assert found.severity is Severity.SEV3
    assert [one.body["text"] for one in light_world.record(1) if one.kind is Kind.NOTE] == [
        "it is the pool"
    ]
    assert "it is the pool" in words_of(light_world.bo.types("/incident timeline", where=room))


def test_what_is_due_comes_although_the_process_is_another_one(light_world: World) -> None:
    light_world.ana.types("/incident checkout 5xx sev2 @checkout")
    room = light_world.room("inc-1")

    start_again(light_world)
    light_world.passes(minutes=6)
    passed_on = room.text
    light_world.dana.presses("Accept", where=room)
    start_again(light_world)
    light_world.passes(minutes=31)

    assert "<@U0DANA>, please take command of *INC-1*." in passed_on
    assert Kind.UPDATE_LATE in [one.kind for one in light_world.record(1)]


def test_every_promise_that_is_missed_is_asked_for_and_not_only_the_first(
    light_world: World, room: Place
) -> None:
    for _ in range(2):
        light_world.passes(minutes=61)
        light_world.bo.types("/incident update we are looking", where=room)

    late = [one for one in light_world.record(1) if one.kind is Kind.UPDATE_LATE]
    assert len(late) == 2


def test_what_has_been_open_for_weeks_is_on_the_list(light_world: World) -> None:
    order = Declare(clean_line("the oldest of all"))
    declare(light_world.app.desk, order, by=CLOCK, now=light_world.clock() - timedelta(days=30))
    light_world.settle()

    light_world.ana.types("/incident list")
    listed = str([one for one in light_world.slack.core.state.ephemerals if one.user == "U0ANA"])

    assert "the oldest of all" in listed


def test_an_old_link_of_a_merged_incident_leads_to_the_one_it_is_part_of(
    light_world: World,
) -> None:
    light_world.ana.types("/incident checkout 5xx sev3 @checkout")
    another = Declare(clean_line("search is slow"), even_if_similar=True)
    declare(light_world.app.desk, another, by=CLOCK, now=light_world.clock())
    light_world.settle()
    light_world.slack.act.join("U0ANA", light_world.room("inc-2").id)
    light_world.settle()
    light_world.ana.types("/incident merge INC-1 it is one disk", where="inc-2")

    old = fetch(light_world, "/incidents/INC-2")
    there = fetch(light_world, "/incidents/INC-1")

    assert (old.status_code, there.status_code) == (200, 200)
    assert 'href="/incidents/INC-1"><span class="key">INC-1</span> checkout 5xx</a>' in old.text
    assert 'href="/incidents/INC-1"><span' not in there.text
    assert "INC-1" in words_of(light_world.ana.types("/incident card INC-2"))


def test_nothing_is_ever_made_public_and_nothing_of_anybody_s_house_is_built_in() -> None:
    """No call gives a file of Slack's a public address; no address but those of protocols."""
    known = {
        "slack.com", "api.slack.com", "docs.slack.dev", "events.pagerduty.com", "api.pagerduty.com",
        "json-schema.org", "www.standardwebhooks.com", "www.w3.org", "127.0.0.1",
        "prometheus.io", "protobuf.dev",
    }  # fmt: skip
    sources = [
        path.read_text()
        for folder in ("bot", "incidents")
        for path in (ROOT / folder).rglob("*.py")
        if not {"emulator", "demo"} & set(path.parts)
    ]
    hosts = {host for one in sources for host in re.findall(r"https?://([a-z0-9.-]+\w)", one)}

    assert not any("sharedPublicURL" in one for one in sources)
    assert {one for one in hosts if "." in one and not one.endswith(".example")} <= known | {
        "workspace.test", "meet.example.com", "status.example.com", "runbooks.example.com",
        "dashboards.example.com", "contracts.example.com",
    }  # fmt: skip


def test_nobody_waits_for_a_loop_inside_of_an_answer() -> None:
    """An answer is given in the thread that was asked; no event loop is begun for it."""
    slack = [path.read_text() for path in (ROOT / "bot" / "slack").rglob("*.py")]

    assert not any("asyncio.run(" in one or "anyio.run(" in one for one in slack)
