"""Slack is slow, says no, does not know us any more, or is not there at all."""

from collections import Counter
from datetime import timedelta

import pytest
from world import World

from bot.app import build
from bot.emulator import Fault, InProcessTransport
from bot.slack.pace import Pace
from incidents.actions import notes
from incidents.actions.declare import Declare, declare
from incidents.actions.desk import CLOCK
from incidents.model import effects
from incidents.model.ids import IncidentNumber
from incidents.model.severity import Severity
from incidents.model.text import clean_line
from incidents.store import outbox_view

FIRST, SECOND = IncidentNumber(1), IncidentNumber(2)


def test_while_slack_is_down_for_an_hour_everything_waits_and_then_comes_in_order(
    world: World,
) -> None:
    world.ana.types("/incident checkout 5xx sev2 @checkout")
    room = world.room("inc-1")
    world.slack.faults.add(Fault(kind="down"))
    down = world.clock()
    for number in range(500):
        text = clean_line(f"observation {number}")
        notes.note(world.app.desk, FIRST, text, by=CLOCK, now=world.clock())
        world.clock.pass_(timedelta(seconds=7))
        if number % 50 == 0:
            world.app.tick()
    assert world.clock() - down > timedelta(minutes=58)
    calls = len(world.slack.log)

    world.slack.faults.clear()
    world.passes(minutes=30)

    shown = [one["text"] for one in room.messages if "observation" in one["text"]]
    numbers = [int(words.rpartition("observation ")[2]) for words in shown]
    assert numbers == list(range(500))
    assert calls < 700  # the circuit was open: Slack was asked twice a minute, not for everything
    room.shows("Slack could not be reached any earlier")


def test_who_asks_hears_that_slack_is_behind_and_by_how_much(world: World) -> None:
    world.ana.types("/incident checkout 5xx sev2 @checkout")
    room = world.room("inc-1")
    world.slack.faults.add(Fault(kind="down"))
    for words in ("first", "second"):
        notes.note(world.app.desk, FIRST, clean_line(words), by=CLOCK, now=world.clock())

    soon = world.ana.types("/incident timeline", where=room)
    world.clock.pass_(timedelta(seconds=25))
    later = world.ana.types("/incident timeline", where=room)
    world.slack.faults.clear()
    world.passes(minutes=3)
    after = world.ana.types("/incident timeline", where=room)

    assert "Slack is behind" not in str(soon.body)
    assert "2 messages wait, the oldest for 25 s. All of them will follow" in str(later.body)
    assert "Slack is behind" not in str(after.body)


def test_five_failures_open_the_circuit_and_nothing_is_used_up(world: World) -> None:
    world.slack.faults.add(Fault(kind="down"))
    declare(world.app.desk, Declare(clean_line("search is slow")), by=CLOCK, now=world.clock())
    for _ in range(6):
        world.app.tick()
        world.clock.pass_(timedelta(seconds=61))

    assert world.app.deliverer.troubles == ("Slack answered 503",)
    assert not world.app.knows_slack()
    world.slack.faults.clear()
    world.passes(minutes=2)

    assert world.app.knows_slack()
    world.room("inc-1").shows("search is slow")


def test_what_needs_no_call_does_not_close_the_circuit(world: World) -> None:
    urgent = Declare(clean_line("checkout is down"), severity=Severity.SEV1)
    number = declare(world.app.desk, urgent, by=CLOCK, now=world.clock()).incident.number
    declare(world.app.desk, Declare(clean_line("search is slow")), by=CLOCK, now=world.clock())
    world.settle()
    world.slack.faults.add(Fault(kind="down"))
    for words in "abcdef":
        notes.note(world.app.desk, SECOND, clean_line(words), by=CLOCK, now=world.clock())
        world.app.deliverer.drain()
        world.clock.pass_(timedelta(seconds=31))
    before = len(world.slack.log)

    with world.app.desk.work(CLOCK, world.clock()) as work:
        work.send(effects.set_topic(number, "the same again"))
    world.app.deliverer.drain()

    assert world.app.deliverer.troubles == ("Slack answered 503",)
    assert len(world.slack.log) == before + 1  # of all that waits, one tries again
    with world.app.desk.look() as connection:
        assert outbox_view.state_of(connection, "INC-1/topic@the same again") == "done"


def test_a_revoked_token_stops_everything_at_once_and_loses_nothing(world: World) -> None:
    world.slack.faults.add(Fault(kind="error_before", error="token_revoked", times=None))
    declare(world.app.desk, Declare(clean_line("search is slow")), by=CLOCK, now=world.clock())
    world.app.tick()
    before = len(world.slack.log)
    for _ in range(24 * 3):
        world.clock.pass_(timedelta(hours=1))
        world.app.deliverer.drain()
    asked = len(world.slack.log) - before

    world.slack.faults.clear()
    world.passes(minutes=3)

    assert asked <= 24 * 3  # one call each time: the circuit lets no more through
    world.room("inc-1").shows("search is slow")
    with world.app.desk.look() as connection:
        assert outbox_view.listed(connection, states=("dead",), limit=9) == ()


@pytest.fixture
def two(world: World) -> tuple[Pace, Pace]:
    """Two processes that share a database."""
    return Pace(world.app.desk, world.clock), Pace(world.app.desk, world.clock)


def test_two_processes_share_one_rate(two: tuple[Pace, Pace]) -> None:
    went = Counter(
        two[number % 2].wait("conversations.create", {"name": str(number)}) == timedelta()
        for number in range(20)
    )

    assert went[True] == 5  # the burst of tier 2


def test_what_slack_asked_of_one_process_holds_for_the_other(
    world: World, two: tuple[Pace, Pace]
) -> None:
    two[0].blocked("chat.postMessage", {"channel": "C1"}, 30)

    assert two[1].wait("chat.postMessage", {"channel": "C1"}) == timedelta(seconds=30)
    world.clock.pass_(timedelta(seconds=31))
    assert two[1].wait("chat.postMessage", {"channel": "C1"}) == timedelta()


def test_a_busy_hour_never_meets_a_rate_limit(world: World) -> None:
    """Fifty rooms in a row and a stream of messages, against limits like Slack's."""
    paced = build(
        world.settings,
        clock=world.clock,
        transport=InProcessTransport(world.slack),
        configuration=None,
        threads=False,
    )
    world.slack.rate_limits = True
    for number in range(12):
        order = Declare(clean_line(f"outage {number}"))
        declare(paced.desk, order, by=CLOCK, now=world.clock())
    for _ in range(900):
        paced.deliverer.drain()
        world.clock.pass_(timedelta(seconds=1))

    refused = [call for call in world.slack.log if call.error == "ratelimited"]
    assert (
        len([one for one in world.slack.core.state.channels if one.name.startswith("inc-")]) == 12
    )
    assert len(world.slack.log) > 100
    assert len(refused) <= len(world.slack.log) / 100
    paced.stop()
