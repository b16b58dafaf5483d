"""Command changes hands with a brief, when it is accepted, and is never left lying."""

from typing import Any

import pytest
from world import Actor, Place, World, words_of

from incidents.model.timeline import Kind


@pytest.fixture
def room(world: World) -> Place:
    """Bo commands an incident about checkout."""
    world.ana.types("/incident checkout 5xx sev2 @checkout")
    found = world.room("inc-1")
    world.bo.presses("Accept", where=found)
    return found


def direct(world: World, handle: str) -> Place:
    return Place(world, world.slack.direct_channel(getattr(world, handle).id).id, f"dm-{handle}")


def submits(actor: Actor, answers: dict[str, Any]) -> None:
    view = [one for one in actor.world.slack.core.state.views if one.user == actor.id][-1]
    values = {field: {field: given} for field, given in answers.items()}
    assert actor.world.slack.act.view(actor.id, view.id, values).ok
    actor.world.settle()


def test_whoever_shall_take_over_gets_a_brief_of_all_that_matters(
    world: World, room: Place
) -> None:
    world.bo.types("/incident note the card acquirer answers with 503", where=room)
    world.bo.types("/incident todo @dana roll the acquirer back by friday", where=room)
    world.bo.types("/incident tree http-5xx", where=room)
    world.bo.types("/incident role scribe @chen", where=room)

    world.bo.types("/incident handoff @dana", where=room)

    for place in (room, direct(world, "dana")):
        place.shows(":handshake:")
        place.shows("*Known*\nSEV2 Major, investigating, since <!date^1794992400")
        place.shows("Affected: `checkout`.")
        place.shows("the card acquirer answers with 503")
        place.shows("*Open*\n• 1: roll the acquirer back, <@U0DANA>, due <!date^")
        place.shows("*Promised*\nThe next update <!date^1794994200")
        place.shows("*Who*\nCommander: <@U0BO>")
        place.shows("Scribe: <@U0CHEN>")
        place.shows("*Triage*\nHTTP 5xx waits at: ")
        place.shows("<@U0BO> commands until you accept.")


def test_command_moves_when_it_is_accepted_and_not_before(world: World, room: Place) -> None:
    world.bo.types("/incident handoff @dana", where=room)
    world.bo.types("/incident who", where=room)
    before = world.reads("U0BO")
    world.dana.presses("Accept", where=direct(world, "dana"))

    assert "*Commander* <@U0BO> (<@U0DANA> was asked" in before
    assert "*Commander*\n<@U0DANA>" in room.text
    [entry] = [one for one in world.record(1) if one.kind is Kind.HANDED_OVER]
    assert entry.body == {"role": "commander", "from": "U0BO", "person": "U0DANA"}


def test_who_declines_leaves_command_where_it_is_and_nobody_else_is_asked(
    world: World, room: Place
) -> None:
    world.bo.types("/incident handoff @dana", where=room)

    world.dana.presses("Decline", where=room)

    room.shows("<@U0DANA> passed on commanding *INC-1*. <@U0BO> commands.")
    direct(world, "bo").shows("<@U0DANA> declined to take over *INC-1*: you still command it.")
    assert "<@U0GORAN>, please take command" not in room.text
    assert "*Commander*\n<@U0BO>" in room.text


def test_silence_leaves_command_where_it_is_too(world: World, room: Place) -> None:
    world.bo.types("/incident handoff @dana", where=room)

    world.passes(minutes=6)

    direct(world, "bo").shows(
        "<@U0DANA> did not answer about taking *INC-1*: you still command it."
    )
    assert "*Commander*\n<@U0BO>" in room.text
    assert "<@U0GORAN>, please take command" not in room.text


def test_without_a_name_a_form_asks_to_whom(world: World, room: Place) -> None:
    world.bo.types("/incident handoff", where=room)
    submits(world.bo, {"person": "U0DANA"})

    room.shows("<@U0DANA>, <@U0BO> asks you to take command of *INC-1*.")


@pytest.mark.parametrize(
    ("who", "to", "says"),
    [
        ("ana", "dana", "only the commander"),
        ("bo", "bo", "You are the commander already."),
        ("bo", "warroom", "cannot take command"),
    ],
)
def test_command_is_not_handed_over_by_or_to_just_anybody(
    world: World, room: Place, who: str, to: str, says: str
) -> None:
    said = words_of(getattr(world, who).types(f"/incident handoff @{to}", where=room))

    assert says.lower() in said.lower()
    assert "*Commander*\n<@U0BO>" in room.text


def test_a_commander_who_leaves_may_go_back_in_with_one_click(world: World, room: Place) -> None:
    world.slack.act.leave("U0BO", room.id)
    world.settle()

    direct(world, "bo").shows("You left the room of *INC-1* and still command it.")
    world.bo.presses("Go back in", where=direct(world, "bo"))
    world.passes(minutes=6)

    assert "U0BO" in room.members
    assert "did not come back" not in room.text


def test_a_commander_who_leaves_may_hand_over_from_outside(world: World, room: Place) -> None:
    world.slack.act.leave("U0BO", room.id)
    world.settle()

    world.bo.presses("Hand over", where=direct(world, "bo"))
    submits(world.bo, {"person": "U0DANA"})
    world.dana.presses("Accept", where=room)

    assert "*Commander*\n<@U0DANA>" in room.text


def test_a_commander_who_stays_away_is_replaced_once_somebody_accepts(
    world: World, room: Place
) -> None:
    world.slack.act.leave("U0BO", room.id)
    world.settle()

    world.passes(minutes=6)
    asked = room.text
    world.dana.presses("Pass", where=room)
    world.goran.presses("Accept", where=room)

    assert "Bo Lindqvist left the room and did not come back. Dana Weiss is next on the" in asked
    assert "*Commander*\n<@U0BO>" in asked
    assert "*Commander*\n<@U0GORAN>" in room.text


def test_whose_account_is_deactivated_commands_no_more(world: World, room: Place) -> None:
    world.slack.change_member("U0BO", deleted=True)
    world.settle()

    room.shows("<@U0DANA>, please take command of *INC-1*.")
    assert "*Commander*\n<@U0DANA> was asked" in room.text
    [entry] = [one for one in world.record(1) if one.kind is Kind.RELEASED]
    assert entry.body["because"] == "their account is deactivated"


def test_whose_account_is_deactivated_is_not_waited_for(world: World) -> None:
    world.ana.types("/incident checkout 5xx sev2 @checkout")

    world.slack.change_member("U0BO", deleted=True)
    world.settle()

    world.room("inc-1").shows("<@U0DANA>, please take command of *INC-1*.")
