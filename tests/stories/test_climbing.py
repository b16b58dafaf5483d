"""Nobody takes command: who is asked next, when, why, once, and how it is stopped."""

from contextlib import suppress
from datetime import timedelta

import pytest
from world import Place, World, words_of

from bot.app import build
from bot.demo.stage import member_id
from incidents import failpoints
from incidents.actions import deadlines, housekeeping
from incidents.actions.burning import SLO_TICK
from incidents.actions.climbing import keep_pace
from incidents.model.burn import Loudness
from incidents.model.ids import IncidentNumber
from incidents.model.objective import SLOName
from incidents.model.timeline import Entry, Kind
from incidents.render import timeline as sentences
from incidents.render.tongue import in_plain
from incidents.store import episodes, pages, people

NUMBER = IncidentNumber(1)


class Killed(BaseException):
    """The process is gone."""


@pytest.fixture
def ringing(world: World) -> World:
    """INC-1 about checkout, of payments: dana after 5 min, whoever has platform after 15 min."""
    world.ana.types("/incident checkout 5xx @checkout")
    return world


def test_the_lead_is_asked_when_nobody_takes_command_and_then_the_other_team(
    ringing: World,
) -> None:
    ringing.passes(minutes=4)
    early = hops(ringing)
    ringing.passes(minutes=1, seconds=1)
    lead = hops(ringing)
    ringing.passes(minutes=10)

    assert early == []
    assert said(ringing, lead) == [
        "Escalated to Dana Weiss (1 of 2): nobody has taken command for 5 min"
    ]
    assert [one.body["people"] for one in hops(ringing)] == [
        [member_id("dana")],
        [on_platform(ringing)],
    ]
    room = ringing.room("inc-1")
    room.shows(f":arrow_up: *INC-1* was escalated to <@{member_id('dana')}> (1 of 2).")
    assert member_id("dana") in room.members
    assert "Dana Weiss is next on the escalation path" in direct(ringing, "dana")


def test_what_burns_fast_is_climbed_faster(ringing: World) -> None:
    burns(ringing, 14.4)
    ringing.passes(minutes=1)
    early = hops(ringing)
    ringing.passes(seconds=20)

    assert early == []
    assert said(ringing, hops(ringing)) == [
        (
            "Escalated to Dana Weiss (1 of 2): nobody has taken command for 1 min, "
            "and it burns at 14.4x: climbed 3.8 times as fast"
        )
    ]


def test_a_burn_that_begins_on_the_way_shortens_what_is_left(ringing: World) -> None:
    ringing.passes(minutes=4)
    burns(ringing, 16.0)  # four times as fast: the last minute takes 15 s

    ringing.passes(seconds=10)
    early = hops(ringing)
    ringing.passes(seconds=10)

    assert early == []
    assert len(hops(ringing)) == 1


def test_whoever_takes_command_ends_the_climb(ringing: World) -> None:
    room = ringing.room("inc-1")
    ringing.ana.types("/incident escalate", where=room)
    ringing.ana.types("/incident lead me", where=room)
    ringing.passes(minutes=30)

    assert len(hops(ringing)) == 1
    assert {one.state for one in paged(ringing)} == {"acknowledged"}
    assert "acknowledged by" in direct(ringing, "dana")


def test_an_acknowledgement_stops_the_climb_and_is_on_record_with_who(ringing: World) -> None:
    ringing.ana.types("/incident escalate", where=ringing.room("inc-1"))
    acknowledges(ringing, "dana")

    ringing.passes(minutes=4)

    assert len(hops(ringing)) == 1
    (entry,) = kinds(ringing, Kind.PAGE_ANSWERED)
    assert entry.actor == member_id("dana")
    assert said(ringing, [entry]) == ["Dana Weiss acknowledged their page in Slack"]


def test_who_acknowledges_and_then_lets_the_question_pass_is_climbed_past(ringing: World) -> None:
    ringing.ana.types("/incident page bo", where=ringing.room("inc-1"))
    ringing.passes(minutes=4)
    acknowledges(ringing, "bo")

    ringing.passes(minutes=1, seconds=45)  # the question to Bo expires: tier 1, 5 minutes
    early = len(hops(ringing))
    ringing.passes(minutes=1)

    assert early == 0
    assert len(hops(ringing)) == 1


def test_a_missed_promise_is_one_hop_although_somebody_commands(ringing: World) -> None:
    room = ringing.room("inc-1")
    ringing.ana.types("/incident lead me", where=room)
    ringing.ana.types("/incident update we look into it, next in 10m", where=room)

    ringing.passes(hours=2)

    because = [one.body["because"] for one in hops(ringing)]
    assert len(because) == 1
    assert because[0].startswith("the update promised for ")
    assert because[0].endswith(" late")


def test_escalate_asks_the_next_at_once_until_the_path_is_used_up(ringing: World) -> None:
    room = ringing.room("inc-1")
    answer = ringing.ana.types("/incident escalate", where=room)
    ringing.ana.types("/incident escalate", where=room)
    refused = ringing.ana.types("/incident escalate", where=room)

    assert "Asking dana now." in words_of(answer)
    assert [one.body["because"] for one in hops(ringing)] == ["asked for by hand"] * 2
    assert hops(ringing)[0].actor == member_id("ana")
    assert "Everybody on the path was asked: dana; on-call for platform." in words_of(refused)
    assert "page @ana" in words_of(refused)


def test_escalate_stop_needs_a_reason_and_holds_until_somebody_escalates(ringing: World) -> None:
    room = ringing.room("inc-1")
    without = ringing.ana.types("/incident escalate stop", where=room)
    ringing.ana.types("/incident escalate stop it is a false alarm", where=room)
    ringing.passes(minutes=30)
    stopped = hops(ringing)
    ringing.ana.types("/incident escalate", where=room)

    assert "needs a reason" in words_of(without)
    assert stopped == []
    assert said(ringing, kinds(ringing, Kind.ESCALATION_STOPPED)) == [
        "Escalation stopped: it is a false alarm"
    ]
    assert len(hops(ringing)) == 1


def test_nobody_is_asked_for_what_is_resolved_and_again_when_it_is_back(ringing: World) -> None:
    cancelled = ringing.ana.types("/incident cancel a false alarm", where=ringing.room("inc-1"))
    ringing.passes(minutes=30)
    quiet = hops(ringing)
    ringing.ana.types("/incident reopen it is back", where=ringing.room("inc-1"))
    ringing.passes(minutes=5, seconds=1)

    assert cancelled
    assert quiet == []
    assert len(hops(ringing)) == 1


def test_the_card_and_why_tell_who_is_next_and_how_fast(ringing: World) -> None:
    burns(ringing, 14.4)
    ringing.passes(seconds=1)
    room = ringing.room("inc-1")

    room.shows("to dana at ")
    why = words_of(ringing.ana.types("/incident why", where=room))

    assert (
        "*Escalation* climbs the path of payments while nobody commands, 3.8 times as fast as "
        "the clock, because it burns at 14.4x, next at" in why
    )
    assert ":white_small_square: after 5 min: dana" in why


def test_a_private_incident_asks_nobody_outside(world: World) -> None:
    world.ana.types("/incident private key leaked @checkout")

    world.passes(minutes=40)

    assert hops(world) == []


@pytest.mark.parametrize("point", ["due.settling", "work.committing", "work.committed"])
def test_killed_in_between_each_hop_is_still_taken_once(ringing: World, point: str) -> None:
    ringing.clock.pass_(timedelta(minutes=5, seconds=1))

    def dies(reached: str) -> None:
        if reached == point:
            raise Killed

    with failpoints.armed(dies), suppress(Killed):
        deadlines.tick(ringing.app.desk, housekeeping.HANDLERS, ringing.clock())
    again = build(ringing.settings, clock=ringing.clock, threads=False, paced=False)
    again.fire()
    ringing.settle()

    assert len(hops(ringing)) == 1
    assert hops(ringing)[0].body["people"] == [member_id("dana")]
    assert [one.person for one in paged(ringing)].count(member_id("dana")) == 1
    again.desk.store.close()


def test_two_replicas_take_each_hop_once(ringing: World) -> None:
    other = build(ringing.settings, clock=ringing.clock, threads=False, paced=False)

    ringing.clock.pass_(timedelta(minutes=16))
    for _ in range(3):
        other.fire()
        ringing.app.fire()
    ringing.settle()

    assert [one.body["hop"] for one in hops(ringing)] == [1, 2]
    other.desk.store.close()


# What happened, read from the record.


def kinds(world: World, *wanted: Kind) -> list[Entry]:
    return [one for one in world.record(1) if one.kind in wanted]


def hops(world: World) -> list[Entry]:
    return kinds(world, Kind.ESCALATED)


def paged(world: World) -> list[pages.Page]:
    with world.app.desk.look() as connection:
        return list(pages.of(connection, NUMBER))


def said(world: World, entries: list[Entry]) -> list[str]:
    with world.app.desk.look() as connection:
        known = {one.id: one for one in people.everybody(connection)}
    return [sentences.say(one, in_plain(known)) for one in entries]


def private_talk(world: World, handle: str) -> Place:
    token = world.slack.identity.bot_token
    opened = world.slack.web_api("conversations.open", {"users": member_id(handle)}, token)
    return Place(world, opened.body["channel"]["id"], handle)


def direct(world: World, handle: str) -> str:
    return private_talk(world, handle).text


def acknowledges(world: World, handle: str) -> None:
    getattr(world, handle).presses("Acknowledge", where=private_talk(world, handle))


def on_platform(world: World) -> str:
    from incidents.queries.oncall import on_call_for

    with world.app.desk.look() as connection:
        team = world.app.desk.catalog.teams["platform"]  # type: ignore[index]
        duty = on_call_for(world.app.desk.catalog, connection, team, world.clock())[0]
    return member_id(duty.person)


def burns(world: World, rate: float) -> None:
    """The budget of what is affected burns, as the SLO tick would find it."""
    with world.app.desk.work(SLO_TICK, world.clock()) as work:
        new = episodes.begin(
            work.connection,
            SLOName("checkout/availability"),
            work.now,
            generation="1",
            loudness=Loudness.PAGE,
            peak_burn=rate,
            because="it burns",
        )
        assert new is not None
        episodes.save(work.connection, new, incident=NUMBER)
        keep_pace(work, NUMBER)
    world.settle()
