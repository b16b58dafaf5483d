"""Who comes late or comes back is told where it stands: only they, from where they know it."""

import pytest
from stories.test_subscriptions import press
from world import Place, World, words_of


@pytest.fixture
def room(world: World) -> Place:
    world.ana.types("/incident checkout 5xx sev2 @checkout")
    room = world.room("inc-1")
    world.bo.presses("Accept", where=room)
    world.passes(minutes=12)
    world.bo.types("/incident note rolled back v42 without effect", where=room)
    world.bo.types("/incident update Still failing, looking at the database", where=room)
    world.bo.types("/incident todo me call the vendor by friday", where=room)
    return room


def whispers(world: World, who: str) -> list[str]:
    """What only they saw in the room."""
    return [str(one.body) for one in world.slack.core.state.ephemerals if one.user == who]


def test_the_story_says_what_since_when_who_what_was_tried_and_what_is_open(
    world: World,
    room: Place,  # noqa: ARG001 (it is there)
) -> None:
    told = str(world.hana.types("/incident catchup INC-1").body)

    for words in (
        "INC-1 checkout 5xx",
        "SEV2 Major",
        "*Since*",
        "*Commander* <@U0BO>",
        "rolled back v42 without effect",
        "Still failing, looking at the database",
        "call the vendor",
        "the next update was promised",
    ):
        assert words in told
    assert "New since" not in told


def test_whoever_comes_late_is_offered_the_story_and_nobody_else_sees_it(
    world: World, room: Place
) -> None:
    world.slack.act.join("U0HANA", room.id)
    world.settle()

    press(world, "U0HANA", "Catch me up")

    assert "It has been going on for a while." in whispers(world, "U0HANA")[0]
    assert "rolled back v42" in whispers(world, "U0HANA")[-1]
    assert "Catch me up" not in room.text
    assert not [one for one in whispers(world, "U0BO") if "Catch me up" in one]


def test_whoever_was_there_from_the_start_is_offered_nothing(world: World) -> None:
    world.ana.types("/incident checkout 5xx sev2 @checkout")
    room = world.room("inc-1")
    world.slack.act.join("U0HANA", room.id)
    world.settle()

    assert whispers(world, "U0HANA") == []


def test_whoever_comes_back_hears_what_is_new_since_they_left(world: World, room: Place) -> None:
    world.slack.act.join("U0HANA", room.id)
    world.slack.act.leave("U0HANA", room.id)
    world.settle()
    world.bo.types("/incident sev 1 everybody is affected", where=room)

    world.slack.act.join("U0HANA", room.id)
    world.settle()
    press(world, "U0HANA", "Catch me up")
    first = whispers(world, "U0HANA")[-1]
    again = str(world.hana.types("/incident catchup", where=room).body)

    assert "New since you were here" in first
    assert "sev1" in first.partition("New since")[2]
    assert "Still failing" not in first.partition("New since")[2]
    assert "Nothing new since you were here" in again


def test_nobody_catches_up_on_what_is_private(world: World) -> None:
    world.ana.types("/incident private leaked keys")

    told = words_of(world.hana.types("/incident catchup INC-1"))
    none = words_of(world.hana.types("/incident catchup INC-77"))

    assert "leaked" not in told
    assert none
