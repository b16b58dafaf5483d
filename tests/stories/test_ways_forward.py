"""No is never the last word, what is so already is no error, and a reason is the newest one."""

from stories.test_subscriptions import press
from world import Place, World, words_of


def whispered(world: World, user: str) -> list[str]:
    return [str(one.body) for one in world.slack.core.state.ephemerals if one.user == user]


def declared(world: World) -> Place:
    world.ana.types("/incident checkout 5xx sev2 @checkout")
    return world.room("inc-1")


def test_joining_a_room_that_one_is_in_already_is_a_welcome(light_world: World) -> None:
    room = declared(light_world)
    light_world.ana.types("/incident checkout 5xx again @checkout")

    press(light_world, "U0ANA", "Join it")

    assert f"Welcome to <#{room.id}>." in whispered(light_world, "U0ANA")[-1]


def test_the_card_gives_the_reason_of_the_severity_that_it_shows(light_world: World) -> None:
    room = declared(light_world)

    light_world.bo.types("/incident sev 3 fewer than we thought", where=room)
    room.shows("sev3: fewer than we thought")
    light_world.bo.types("/incident sev 4", where=room)
    room.shows("sev4: changed by hand")


def test_a_severity_that_was_undone_says_so(light_world: World) -> None:
    room = declared(light_world)
    light_world.bo.types("/incident sev 3 fewer than we thought", where=room)
    light_world.bo.types("/incident undo", where=room)

    press(light_world, "U0BO", "Undo it")

    room.shows("sev2: sev3 was undone")


def test_an_incident_that_is_over_says_how_to_escalate_again(light_world: World) -> None:
    room = declared(light_world)
    light_world.bo.types("/incident cancel it was a test", where=room)

    told = words_of(light_world.bo.types("/incident escalate", where=room))

    assert "INC-1 is cancelled: nobody is asked any more." in told
    assert "If it is back: reopen and why." in told


def test_a_postmortem_that_nobody_can_own_yet_says_when_they_can(light_world: World) -> None:
    room = declared(light_world)

    told = words_of(light_world.bo.types("/incident postmortem own", where=room))

    assert "It gets one when it is resolved." in told


def test_unsubscribing_from_what_one_does_not_follow_shows_what_one_does(
    light_world: World,
) -> None:
    told = words_of(light_world.bo.types("/incident unsubscribe @checkout"))

    assert told.endswith("What you follow: `/incident subscriptions`")
