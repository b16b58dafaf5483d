"""Undo: shows what it will take back and whose it was, takes it back once, and on the record."""

import pytest
from stories.test_life import resolve
from stories.test_subscriptions import press
from world import Place, World, words_of

from incidents.model.escalation import Standing
from incidents.model.ids import IncidentNumber
from incidents.model.timeline import Kind
from incidents.model.undo import WAYS
from incidents.store import climbs, incidents, roles


@pytest.fixture
def room(world: World) -> Place:
    world.ana.types("/incident checkout 5xx sev2 @checkout")
    room = world.room("inc-1")
    world.bo.presses("Accept", where=room)
    world.passes(minutes=20)
    return room


def state(world: World) -> tuple[str, str]:
    """Severity and status."""
    with world.app.desk.look() as connection:
        found = incidents.get(connection, IncidentNumber(1))
    assert found is not None
    return found.severity.value, found.status.value


def holder(world: World, role: str) -> str | None:
    """Who holds a role."""
    with world.app.desk.look() as connection:
        held = roles.holder(connection, IncidentNumber(1), role)
    return held.person if held else None


def undo(world: World, who: str, room: Place, label: str = "Undo it") -> str:
    """What is offered to be undone, and then it is."""
    shown = words_of(getattr(world, who).types("/incident undo", where=room))
    press(world, getattr(world, who).id, label)
    return shown


@pytest.mark.parametrize(
    ("commands", "before"),
    [
        (["sev 1 everybody"], ("sev2", "investigating")),
        (["status monitoring calm"], ("sev2", "investigating")),
        (["cancel a load test"], ("sev2", "investigating")),
        (["status identified", "sev 3"], ("sev2", "identified")),
    ],
)
def test_what_changed_the_incident_is_as_it_was(
    world: World, room: Place, commands: list[str], before: tuple[str, str]
) -> None:
    for words in commands:
        world.bo.types(f"/incident {words}", where=room)

    shown = undo(world, "bo", room)

    assert "Your last act" in shown
    assert state(world) == before
    assert world.record(1)[-1].kind is Kind.UNDONE
    room.shows("undid entry")


def test_the_end_and_the_end_of_the_end_are_taken_back(world: World, room: Place) -> None:
    resolve(world, room)
    seen = []

    undo(world, "bo", room)
    seen.append(state(world)[1])
    resolve(world, room)
    world.bo.types("/incident close", where=room)
    undo(world, "bo", room)
    seen.append(state(world)[1])
    world.bo.types("/incident reopen errors are back", where=room)
    undo(world, "bo", room)
    seen.append(state(world)[1])

    assert seen == ["investigating", "resolved", "resolved"]
    room.shows(":white_check_mark: *resolved*")


def test_one_after_the_other_goes_back_step_by_step(world: World, room: Place) -> None:
    world.bo.types("/incident sev 3", where=room)
    world.bo.types("/incident sev 1", where=room)

    undo(world, "bo", room)
    between = state(world)[0]
    undo(world, "bo", room)

    assert (between, state(world)[0]) == ("sev3", "sev2")


def test_the_same_act_is_undone_once(world: World, room: Place) -> None:
    world.bo.types("/incident sev 1", where=room)
    world.bo.types("/incident undo", where=room)
    world.bo.types("/incident undo", where=room)

    press(world, "U0BO", "Undo it")
    press(world, "U0BO", "Undo it")

    assert [one.kind for one in world.record(1)].count(Kind.UNDONE) == 1


def test_what_was_changed_since_is_not_undone(world: World, room: Place) -> None:
    world.bo.types("/incident sev 1", where=room)
    world.bo.types("/incident undo", where=room)
    world.ana.types("/incident sev 3", where=room)

    press(world, "U0BO", "Undo it")

    assert state(world)[0] == "sev3"
    assert "cannot be undone any more" in last_answer(world, "U0BO")


def test_what_somebody_else_did_is_theirs_by_name(world: World, room: Place) -> None:
    world.ana.types("/incident sev 3", where=room)
    world.bo.types("/incident sev 1", where=room)

    shown = words_of(world.ana.types("/incident undo", where=room))
    press(world, "U0ANA", "Undo what Bo Lindqvist did")

    assert "Done by <@U0BO>, not by you" in shown
    assert state(world)[0] == "sev3"


def test_a_note_is_taken_back_and_an_action_item_dropped(world: World, room: Place) -> None:
    world.chen.types("/incident todo me rotate certificates by friday", where=room)
    world.chen.types("/incident note the cache is cold", where=room)

    undo(world, "chen", room)
    undo(world, "chen", room)

    kinds = [one.kind for one in world.record(1)]
    assert kinds[-3:] == [Kind.UNDONE, Kind.ACTION_DROPPED, Kind.UNDONE]
    assert "no open action items" in words_of(world.chen.types("/incident mine"))


def test_an_update_cannot_be_unsent_and_the_act_before_it_is_offered(
    world: World, room: Place
) -> None:
    world.bo.types("/incident sev 1", where=room)
    world.bo.types("/incident update All is well", where=room)

    shown = undo(world, "bo", room)

    assert "An update cannot be unsent" in shown
    assert state(world)[0] == "sev2"


def test_a_role_goes_back_to_who_had_it(world: World, room: Place) -> None:
    world.bo.types("/incident role scribe @chen", where=room)
    world.bo.types("/incident role scribe @ana", where=room)

    undo(world, "bo", room)
    between = holder(world, "scribe")

    assert between == "U0CHEN"


def commanders(world: World) -> list[str]:
    """Everybody who holds command: never two."""
    with world.app.desk.look() as connection:
        return [
            one.person
            for one in roles.current(connection, IncidentNumber(1))
            if (one.role, one.state) == ("commander", "held")
        ]


def test_command_that_was_accepted_by_mistake_is_given_back_at_once(
    world: World, room: Place
) -> None:
    world.chen.types("/incident note I am here", where=room)
    world.bo.types("/incident handoff @chen", where=room)
    world.chen.presses("Accept", where=room)
    assert commanders(world) == ["U0CHEN"]

    shown = undo(world, "chen", room)

    assert "Your last act" in shown
    assert commanders(world) == ["U0BO"]
    room.shows("Bo Lindqvist is commander again")
    room.shows("*Commander*\n<@U0BO>")
    told = [(one.kind, one.body.get("person")) for one in world.record(1)][-3:]
    assert told == [
        (Kind.RELEASED, "U0CHEN"), (Kind.TAKEN, "U0BO"), (Kind.UNDONE, "U0CHEN"),
    ]  # fmt: skip


def test_after_a_while_or_once_they_left_whoever_had_command_is_asked(
    world: World, room: Place
) -> None:
    world.chen.types("/incident note I am here", where=room)
    world.bo.types("/incident handoff @chen", where=room)
    world.chen.presses("Accept", where=room)
    world.passes(minutes=11)

    undo(world, "chen", room)

    assert commanders(world) == ["U0CHEN"]
    room.shows("the commander before is asked to take command back")
    world.bo.presses("Accept", where=room)
    assert commanders(world) == ["U0BO"]


def test_command_that_nobody_had_before_is_asked_for_again(world: World) -> None:
    world.ana.types("/incident checkout 5xx sev2 @checkout")
    room = world.room("inc-1")
    world.dana.types("/incident lead INC-1")
    before = commanders(world)

    shown = undo(world, "dana", room)

    assert "Your last act" in shown
    assert (before, commanders(world)) == (["U0DANA"], [])
    room.shows("nobody is commander again")
    with world.app.desk.look() as connection:
        asked = roles.offered(connection, IncidentNumber(1), "commander")
        found = incidents.get(connection, IncidentNumber(1))
        climb = climbs.get(connection, IncidentNumber(1))
    assert asked is not None
    assert found is not None
    assert found.acknowledged_at is None
    assert climb is not None
    assert climb.climb.standing is Standing.CLIMBING


def test_command_that_went_on_meanwhile_is_not_given_back(world: World, room: Place) -> None:
    world.chen.types("/incident note I am here", where=room)
    world.bo.types("/incident handoff @chen", where=room)
    world.chen.presses("Accept", where=room)
    world.chen.types("/incident undo", where=room)
    world.chen.types("/incident handoff @ana", where=room)
    world.ana.presses("Accept", where=room)

    press(world, "U0CHEN", "Undo it")

    assert commanders(world) == ["U0ANA"]
    assert "somebody else is commander by now" in last_answer(world, "U0CHEN")


def test_the_last_automatic_act_is_taken_back_too(world: World) -> None:
    world.ana.types("/incident checkout 5xx sev2 @checkout")
    room = world.room("inc-1")

    shown = undo(world, "ana", room)

    assert "Done by a rule" in shown
    assert "was asked to be commander" in shown
    room.shows("nobody yet")


def test_who_may_not_do_it_may_not_undo_it(world: World, room: Place) -> None:
    world.bo.types("/incident sev 1", where=room)

    shown = words_of(world.hana.types("/incident undo INC-1"))

    assert "Only people in the room" in shown
    assert state(world)[0] == "sev1"


def test_every_kind_that_cannot_be_undone_says_what_to_do_instead() -> None:
    assert [kind for kind, way in WAYS.items() if bool(way.cannot) != bool(way.instead)] == []


def last_answer(world: World, who: str) -> str:
    """The newest words that only they see."""
    seen = [one for one in world.slack.core.state.ephemerals if one.user == who]
    return str(seen[-1].body)


def test_who_had_command_before_and_may_not_know_any_more_is_let_in_first(
    world: World, room: Place
) -> None:
    world.chen.types("/incident note I am here", where=room)
    world.bo.types("/incident handoff @chen", where=room)
    world.chen.presses("Accept", where=room)
    world.chen.types("/incident private", where=room)

    world.chen.types("/incident undo INC-1 " + str(taken_by(world, "U0CHEN")))
    press(world, "U0CHEN", "Undo it")
    refused = last_answer(world, "U0CHEN")

    assert commanders(world) == ["U0CHEN"]
    assert "Bo Lindqvist is none of its insiders" in refused
    with world.app.desk.look() as connection:
        assert roles.offered(connection, IncidentNumber(1), "commander") is None


def taken_by(world: World, who: str) -> int:
    """The entry in which they took a role."""
    kinds = (Kind.TAKEN, Kind.ACCEPTED)
    found = [one for one in world.record(1) if one.kind in kinds and one.body["person"] == who]
    return found[-1].seq
