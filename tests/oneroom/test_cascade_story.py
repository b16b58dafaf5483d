"""One failed dependency takes twenty services down: one room, every team once, one commander."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest
from oneroom.town import DATABASE, PEOPLE, SERVICES, TEAMS, alert, cascade, team_of
from world import World, words_of

from incidents.actions import lifecycle
from incidents.actions.alerts import take_alerts
from incidents.actions.desk import Origin
from incidents.actions.lifecycle import Resolution
from incidents.actions.places import Came
from incidents.model.alerts import Alert
from incidents.model.ids import IncidentNumber, PersonId
from incidents.model.text import NOTHING, clean
from incidents.model.timeline import Kind
from incidents.queries.roster import Line, roster_of
from incidents.store import incidents, roles

ONE = IncidentNumber(1)
EVERY_TEAM = sorted(["storage", *{team_of(number) for number in range(SERVICES)}])


def fire(town: World, alerts: list[Alert], *, seconds: int = 10) -> None:
    """One after the other, each as a delivery of its own."""
    for one in alerts:
        take_alerts(town.app.desk, [one], now=town.clock())
        town.clock.pass_(timedelta(seconds=seconds))
    town.settle()


def roster(town: World) -> tuple[Line, ...]:
    with town.app.desk.look() as connection:
        incident = incidents.get(connection, ONE)
        assert incident is not None
        return roster_of(town.app.desk, connection, incident)


def test_a_cascade_of_twenty_services_below_one_failed_dependency_opens_one_room(
    town: World,
) -> None:
    fire(town, cascade())

    with town.app.desk.look() as connection:
        (incident,) = incidents.recent(connection, limit=50)
        asked = [one for one in roles.current(connection, ONE) if one.role == "commander"]
    created = [call.args["name"] for call in town.calls("conversations.create")]
    room = town.room("inc-1")
    assert len([name for name in created if name.startswith("inc-")]) == 1
    assert len(incident.services) == SERVICES + 1
    assert sorted(one.team for one in roster(town)) == EVERY_TEAM
    assert len(asked) == 1
    assert {getattr(town, one).id for one in PEOPLE[: TEAMS + 1]} <= set(room.members)
    for team in EVERY_TEAM:
        room.shows(f"*{team}*")


@pytest.mark.parametrize("seed", range(6))
def test_whatever_order_its_alerts_come_in(town: World, seed: int) -> None:
    order = cascade()
    Random(seed).shuffle(order)

    fire(town, order)

    with town.app.desk.look() as connection:
        found = incidents.recent(connection, limit=50)
        held = [one for one in roles.current(connection, ONE) if one.role == "commander"]
    assert [one.number for one in found] == [ONE]
    assert len(found[0].services) == SERVICES + 1
    assert sorted(one.team for one in roster(town)) == EVERY_TEAM
    assert len(held) == 1
    reasons = [one.body for one in town.record(1) if one.kind is Kind.TEAM_JOINED]
    assert Counter(bool(one["because"]) for one in reasons) == {True: SERVICES}


def test_what_has_nothing_to_do_with_it_gets_its_own_room(town: World) -> None:
    fire(town, [alert(DATABASE), alert("island"), alert("svc-1")])

    with town.app.desk.look() as connection:
        found = incidents.recent(connection, limit=50)
    assert [one.services for one in found] == [("island",), (DATABASE, "svc-1")]


def test_the_card_says_who_leads_each_team(town: World) -> None:
    fire(town, [alert(DATABASE), alert("svc-0"), alert("svc-7")])
    room = town.room("inc-1")
    room.shows("*team-0* is affected too.")
    room.shows("svc-0: svc-0 needs ledger-db")

    town.bo.presses("Lead your team", where=room)

    assert roster(town) == (
        Line("storage", "home", None, (DATABASE,)),
        Line("team-0", "leads", town.bo.id, ("svc-0", "svc-7")),
    )
    room.shows(f"• *team-0*  :white_check_mark: <@{town.bo.id}> leads  ·  `svc-0`, `svc-7`")
    room.shows(f":white_check_mark: <@{town.bo.id}> leads *team-0* in *INC-1*.")


def test_who_passes_is_not_asked_again_and_the_room_hears_that_nobody_is_left(
    town: World,
) -> None:
    fire(town, [alert(DATABASE), alert("svc-0")])

    town.bo.presses("Pass", where=town.room("inc-1"))

    assert roster(town)[1] == Line("team-0", "nobody", None, ("svc-0",))
    town.room("inc-1").shows("nobody of it is left to ask")


def test_who_does_not_answer_in_time_is_passed_over(town: World) -> None:
    fire(town, [alert(DATABASE), alert("svc-0")])

    town.passes(minutes=11)

    assert roster(town)[1].state == "nobody"
    answers = [one.body["state"] for one in town.record(1) if one.kind is Kind.TEAM_ANSWERED]
    assert answers == ["asked", "expired", "nobody"]


def test_a_stranger_does_not_lead_somebody_else_s_team(town: World) -> None:
    fire(town, [alert(DATABASE), alert("svc-0")])

    town.dana.presses("Lead your team", where=town.room("inc-1"))

    assert roster(town)[1].state == "asked"


def test_a_person_brings_a_team_in_with_a_reason(town: World) -> None:
    town.ana.types("/incident ledgers are wrong sev2 @ledger-db")

    town.ana.types("/incident affected @svc-3 because its queue is full", where=town.room("inc-1"))

    assert [one.team for one in roster(town)] == ["storage", "team-3"]
    town.room("inc-1").shows("svc-3: its queue is full")


def test_the_next_alert_of_what_joined_comes_back_to_the_room_it_was_met_in(town: World) -> None:
    fire(town, [alert(DATABASE), alert("svc-0")])
    over = replace(alert("svc-0"), is_firing=False)
    fire(town, [over])
    _resolve(town)

    (taken,) = take_alerts(town.app.desk, [alert("svc-0")], now=town.clock())

    assert (taken.came, taken.incident) == (Came.REOPENED, ONE)


def _resolve(town: World) -> None:
    ending = Resolution(clean("failed over"), town.clock(), town.clock(), NOTHING)
    by = Origin(PersonId("U1"), "slack")
    lifecycle.resolve(town.app.desk, ONE, ending, by=by, now=town.clock())


def test_who_declares_what_hangs_together_is_asked_to_join(town: World) -> None:
    town.ana.types("/incident ledgers are wrong sev2 @ledger-db")

    said = words_of(town.bo.types("/incident orders hang @svc-0"))

    assert "It may be the same outage: svc-0 needs ledger-db." in said
    press(town, town.bo.id, "Join INC-1 as affected team")
    assert [one.team for one in roster(town)] == ["storage", "team-0"]
    with town.app.desk.look() as connection:
        assert len(incidents.recent(connection, limit=5)) == 1


def test_people_declare_separately_nonetheless_and_may_join_later(town: World) -> None:
    town.ana.types("/incident ledgers are wrong sev2 @ledger-db")
    town.bo.types("/incident orders hang @svc-0")

    press(town, town.bo.id, "Declare anyway")
    room = town.room("inc-2")
    room.shows("svc-0 needs ledger-db. Is it the same outage?")
    town.bo.presses("Join INC-1 as affected team", where=room)

    assert [one.team for one in roster(town)] == ["storage", "team-0"]
    room.shows("*INC-2* is part of *INC-1*")


def press(town: World, who: str, label: str) -> None:
    """Press a button of the newest answer that only the asker sees."""
    for seen in reversed(list(town.slack.core.state.ephemerals)):
        for block in seen.body.get("blocks", []) if seen.user == who else []:
            for element in block.get("elements", []):
                if element.get("text") == {"type": "plain_text", "text": label, "emoji": True}:
                    town.slack.act.action(
                        who, element["action_id"], channel=seen.channel, message_ts=seen.ts,
                        block_id=block.get("block_id"), value=element["value"],
                    )  # fmt: skip
                    town.settle()
                    return
    raise AssertionError(f"no button {label}")
