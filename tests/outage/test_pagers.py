"""Pagers outside: they ring once, and what is acknowledged on one side is on the other."""

import base64
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from outage.pagers import (
    GOALERT_KEY,
    PAGER_SECRET,
    PAGERDUTY_KEY,
    PAGERDUTY_SECRET,
    Pagers,
    pagerduty_says,
    pagerduty_signature,
    standard_signature,
)
from world import World

from bot.app import build, pagers_of
from bot.couriers.pagers import read_keys
from bot.demo.stage import member_id
from bot.settings import BadSettings, Settings
from incidents import assets, failpoints
from incidents.actions.tokens import create_token
from incidents.catalog.catalog import load_catalog
from incidents.errors import Misconfigured
from incidents.model.ids import IncidentNumber
from incidents.model.timeline import Entry, Kind
from incidents.render import timeline as sentences
from incidents.render.tongue import in_plain
from incidents.store import people

NUMBER = IncidentNumber(1)
TEAM = "    lead: dana\n    members: [bo, chen, dana]\n"


class Killed(BaseException):
    """The process is gone."""


@pytest.fixture
def pagers() -> Iterator[Pagers]:
    made = Pagers()
    yield made
    made.stop()


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Payments is paged by PagerDuty and GoAlert; Dana by a webhook of her own."""
    folder = tmp_path / "config"
    shutil.copytree(assets.folder("templates") / "init", folder)
    file = folder / "services" / "teams.yaml"
    text = file.read_text()
    assert TEAM in text
    text = text.replace(
        TEAM, f"{TEAM}    paging: [{{pagerduty: payments}}, {{goalert: payments}}]\n"
    )
    text = text.replace("{handle: dana,", "{handle: dana, paging: [webhook],")
    file.write_text(text)
    return folder


@pytest.fixture
def ringing(database_url: str, pagers: Pagers, config: Path) -> Iterator[World]:
    """Somebody who can be paged is asked to command INC-1."""
    made = World(
        database_url,
        config=config,
        warroom_pagerduty_url=pagers.url,
        warroom_pagerduty_keys=f"payments={PAGERDUTY_KEY}",
        warroom_pagerduty_webhook_secret=PAGERDUTY_SECRET,
        warroom_goalert_url=pagers.url,
        warroom_goalert_keys=f"payments={GOALERT_KEY}",
        warroom_pager_webhook_url=f"{pagers.url}/own",
        warroom_pager_webhook_secret=PAGER_SECRET,
        warroom_allow_private_hosts="127.0.0.1",
    )
    made.ana.types("/incident checkout 5xx sev1 @checkout")
    yield made
    made.close()


def test_whoever_is_asked_to_command_is_paged_by_every_way_of_their_team(
    ringing: World, pagers: Pagers
) -> None:
    assert pagers.actions("pagerduty") == ["trigger"]
    assert pagers.actions("goalert") == ["trigger"]
    (event,) = [said for name, said in pagers.calls if name == "pagerduty"]
    assert event["payload"]["summary"] == "INC-1 SEV1 Critical: checkout 5xx"
    assert event["payload"]["severity"] == "critical"
    assert event["payload"]["custom_details"]["who"] == "Bo Lindqvist"
    assert event["links"] == [{"href": "http://warroom.test/incidents/INC-1", "text": "The record"}]
    assert [one.body["by"] for one in kinds(ringing, Kind.REACHED)] == ["PagerDuty", "GoAlert"]


def test_accepting_in_slack_acknowledges_outside_and_resolving_resolves(
    ringing: World, pagers: Pagers
) -> None:
    room = ringing.room("inc-1")
    ringing.bo.presses("Accept", where=room)
    accepted = (list(pagers.pagerduty.values()), list(pagers.goalert.values()))
    ringing.bo.types("/incident cancel false alarm", where=room)

    assert accepted == (["acknowledged"], ["closed"])
    assert list(pagers.pagerduty.values()) == ["resolved"]
    assert pagers.actions("pagerduty") == ["trigger", "acknowledge", "resolve"]


def test_passing_silences_their_pager_and_rings_the_next(ringing: World, pagers: Pagers) -> None:
    ringing.bo.presses("Pass", where=ringing.room("inc-1"))

    assert "resolved" in pagers.pagerduty.values()
    triggers = [one for one in pagers.actions("pagerduty") if one == "trigger"]
    assert len(triggers) + len(pagers.own) >= 2


def test_an_acknowledgement_in_pagerduty_stops_the_climb_and_says_who(
    ringing: World, pagers: Pagers
) -> None:
    (dedup,) = pagers.pagerduty
    first = from_pagerduty(ringing, pagerduty_says("acknowledged", dedup, who="Bo Lindqvist"))
    again = from_pagerduty(ringing, pagerduty_says("acknowledged", dedup, who="Bo Lindqvist"))
    ringing.passes(minutes=4)

    assert first.json() == {"answered": 1}
    assert again.json() == {"repeated": True}
    assert said(ringing, kinds(ringing, Kind.PAGE_ANSWERED)) == [
        "Bo Lindqvist acknowledged their page in PagerDuty"
    ]
    assert kinds(ringing, Kind.PAGE_ANSWERED)[0].actor == member_id("bo")
    assert kinds(ringing, Kind.ESCALATED) == []
    assert pagers.actions("pagerduty") == ["trigger"]  # it knows
    assert list(pagers.goalert.values()) == ["closed"]  # the other one is told


def test_an_acknowledgement_in_goalert_does_the_same(ringing: World, pagers: Pagers) -> None:
    news = {
        "AppName": "GoAlert",
        "Type": "AlertStatus",
        "AlertID": 40,
        "LogEntry": "Acknowledged by Bo Lindqvist via SMS",
    }
    answer = from_goalert(ringing, news)

    assert answer.json() == {"answered": 1}
    assert said(ringing, kinds(ringing, Kind.PAGE_ANSWERED)) == [
        "Bo Lindqvist acknowledged their page in GoAlert"
    ]
    assert list(pagers.pagerduty.values()) == ["acknowledged"]


def test_a_webhook_of_ones_own_is_told_who_is_meant_and_answers_signed(
    ringing: World, pagers: Pagers
) -> None:
    ringing.ana.types("/incident escalate", where=ringing.room("inc-1"))
    (page,) = pagers.own
    news = {"type": "page.acknowledged", "data": {"page": page["data"]["page"], "by": "dana"}}
    answer = from_own(ringing, news)

    assert page["type"] == "page.trigger"
    assert page["data"]["person"]["name"] == "Dana Weiss"
    assert page["data"]["because"] == "asked for by hand"
    assert answer.json() == {"answered": 1}
    assert said(ringing, kinds(ringing, Kind.PAGE_ANSWERED)) == [
        "Dana Weiss acknowledged their page in webhook"
    ]


def test_a_stranger_acknowledges_nothing(ringing: World, pagers: Pagers) -> None:
    (dedup,) = pagers.pagerduty
    news = pagerduty_says("acknowledged", dedup, who="Mallory")
    statuses = [
        send(ringing, "pagerduty", news, {"x-pagerduty-signature": "v1=" + "0" * 64}).status_code,
        send(ringing, "goalert", {"Type": "AlertStatus", "AlertID": 40}, {}).status_code,
        send(ringing, "webhook", {"type": "page.acknowledged"}, {}).status_code,
        send(ringing, "pigeon", {}, {}).status_code,
    ]

    assert statuses == [401, 401, 401, 404]
    assert kinds(ringing, Kind.PAGE_ANSWERED) == []


def test_news_about_what_is_not_ours_is_ignored(ringing: World) -> None:
    other = from_pagerduty(ringing, pagerduty_says("acknowledged", "somebody-elses", who="Bo"))
    note = from_pagerduty(ringing, pagerduty_says("annotated", "x", who="Bo", event="2"))

    assert other.json() == {"answered": 0}
    assert note.json() == {"ignored": "it is about no page"}


def test_a_pager_that_is_busy_or_broken_rings_a_little_later_under_the_same_name(
    ringing: World, pagers: Pagers
) -> None:
    pagers.answers += [429, 500]
    ringing.ana.types("/incident page chen", where=ringing.room("inc-1"))
    ringing.passes(minutes=2)

    assert set(pagers.pagerduty.values()) == {"triggered"}
    assert len(pagers.pagerduty) == 1  # chen's team rings there already
    assert len({said["dedup_key"] for name, said in pagers.calls if name == "pagerduty"}) == 1


def test_killed_after_the_call_it_still_rings_once(ringing: World, pagers: Pagers) -> None:
    ringing.bo.presses("Pass", where=ringing.room("inc-1"))
    rung = len(pagers.pagerduty)

    def dies(reached: str) -> None:
        if reached == "deliver.called":
            raise Killed

    with failpoints.armed(dies), pytest.raises(Killed):
        ringing.ana.types("/incident page bo", where=ringing.room("inc-1"))
    again = build(ringing.settings, clock=ringing.clock, threads=False, paced=False)
    for _ in range(8):
        ringing.clock.pass_(ringing.app.deliverer._terms.lease)
        again.tick()
    again.desk.store.close()

    assert len(pagers.pagerduty) <= rung + 1
    assert list(pagers.pagerduty.values()).count("triggered") == 1


def test_a_drill_wakes_nobody_outside_of_slack(ringing: World, pagers: Pagers) -> None:
    before = len(pagers.calls)
    ringing.ana.types("/incident drill checkout 5xx @checkout")

    assert len(pagers.calls) == before


def test_a_key_that_is_not_there_is_on_the_card(sqlite_url: str, config: Path) -> None:
    world = World(sqlite_url, config=config)
    world.ana.types("/incident search is slow @checkout")

    world.room("inc-1").shows("there is no key called payments in ")
    world.close()


def test_a_way_that_is_none_is_found_where_it_is_written(config: Path) -> None:
    file = config / "services" / "teams.yaml"
    file.write_text(file.read_text().replace("{goalert: payments}", "{pigeon: payments}"))

    with pytest.raises(Misconfigured) as found:
        load_catalog(config)

    assert "this is no way to page somebody" in str(found.value.problems)


def test_settings_that_cannot_work_are_refused_at_the_start() -> None:
    assert read_keys("X", "a=1\nb=2=3") == {"a": "1", "b": "2=3"}
    with pytest.raises(BadSettings, match="WARROOM_PAGERDUTY_KEYS"):
        pagers_of(Settings(warroom_pagerduty_keys="onlykey"))
    with pytest.raises(BadSettings, match="WARROOM_PAGER_WEBHOOK_SECRET"):
        pagers_of(Settings(warroom_pager_webhook_url="https://pager.example.com"))


# What the pagers tell us, as they tell it.


def send(world: World, pager: str, news: Any, headers: dict[str, str]) -> httpx.Response:
    app = world.app.asgi()
    body = json.dumps(news).encode()

    async def post() -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://warroom.test") as client:
            usual = {"content-type": "application/json", **headers}
            return await client.post(f"/hooks/v1/pages/{pager}", content=body, headers=usual)

    answer = anyio.run(post)
    world.settle()
    return answer


def from_pagerduty(world: World, news: Any) -> httpx.Response:
    signature = pagerduty_signature(json.dumps(news).encode())
    return send(world, "pagerduty", news, {"x-pagerduty-signature": signature})


def from_goalert(world: World, news: Any) -> httpx.Response:
    token = create_token(world.app.desk, "goalert", ("hooks:write",), world.clock())
    basic = base64.b64encode(f"warroom:{token}".encode()).decode()
    return send(world, "goalert", news, {"authorization": f"Basic {basic}"})


def from_own(world: World, news: Any) -> httpx.Response:
    stamp, body = str(int(world.clock().timestamp())), json.dumps(news).encode()
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": stamp,
        "webhook-signature": standard_signature("msg_1", stamp, body),
    }
    return send(world, "webhook", news, headers)


def kinds(world: World, *wanted: Kind) -> list[Entry]:
    return [one for one in world.record(1) if one.kind in wanted]


def said(world: World, entries: list[Entry]) -> list[str]:
    with world.app.desk.look() as connection:
        known = {one.id: one for one in people.everybody(connection)}
    return [sentences.say(one, in_plain(known)) for one in entries]
