"""Deputy, comms lead and scribe: asked by rule once somebody commands."""

from world import Place, World

from incidents.model.timeline import Kind


def direct(world: World, handle: str) -> Place:
    return Place(world, world.slack.direct_channel(getattr(world, handle).id).id, f"dm-{handle}")


def offered(world: World) -> list[tuple[str, str]]:
    found = [one for one in world.record(1) if one.kind is Kind.OFFERED]
    return [(one.body["role"], one.body["person"]) for one in found]


def test_nobody_is_asked_for_anything_before_somebody_commands(world: World) -> None:
    world.ana.types("/incident checkout 5xx sev1 @checkout")
    before = offered(world)

    world.bo.presses("Accept", where=world.room("inc-1"))

    assert before == [("commander", "U0BO")]
    assert offered(world)[1:] == [("deputy", "U0DANA"), ("comms", "U0GORAN")]


def test_the_question_says_why_and_the_answer_shows_on_the_card(world: World) -> None:
    world.ana.types("/incident checkout 5xx sev2 @checkout")
    room = world.room("inc-1")
    world.bo.presses("Accept", where=room)

    direct(world, "dana").shows(
        "*INC-1* checkout 5xx (SEV2 Major) needs a comms lead. Please take it.\n"
        "Dana Weiss is in the room already, and on the escalation path of payments;"
    )
    direct(world, "dana").shows("Bo Lindqvist has something to do already (commander)")
    world.dana.presses("Be comms lead", where=direct(world, "dana"))

    world.bo.types("/incident who", where=room)
    assert "*Comms lead* <@U0DANA>" in world.reads("U0BO")
    direct(world, "dana").shows(":white_check_mark: You are comms lead of *INC-1*.")


def test_who_passes_or_is_silent_leaves_it_to_the_next(world: World) -> None:
    world.ana.types("/incident checkout 5xx sev2 @checkout")
    room = world.room("inc-1")
    world.bo.presses("Accept", where=room)

    world.dana.presses("Pass", where=direct(world, "dana"))
    world.passes(minutes=6)

    assert offered(world)[1:] == [("comms", "U0DANA"), ("comms", "U0GORAN")]
    direct(world, "goran").shows("Somebody else is asked to be comms lead of *INC-1* by now.")
    room.shows(":warning: Nobody is left to ask to be comms lead of *INC-1*.")
    world.ana.presses("Be comms lead", where=room)
    world.bo.types("/incident who", where=room)
    assert "*Comms lead* <@U0ANA>" in world.reads("U0BO")


def test_a_worse_severity_asks_for_the_roles_that_it_needs(world: World) -> None:
    world.ana.types("/incident checkout 5xx sev3 @checkout")
    room = world.room("inc-1")
    world.bo.presses("Accept", where=room)
    before = offered(world)

    world.bo.types("/incident sev 2", where=room)
    at_once = offered(world)
    world.passes(minutes=2)

    assert at_once == before == [("commander", "U0BO")]
    assert offered(world)[1:] == [("comms", "U0DANA")]


def test_whoever_takes_it_ends_the_asking(world: World) -> None:
    world.ana.types("/incident checkout 5xx sev2 @checkout")
    room = world.room("inc-1")
    world.bo.presses("Accept", where=room)

    world.ana.types("/incident role comms me", where=room)
    world.passes(minutes=6)

    direct(world, "dana").shows("You are no longer asked to be comms lead of *INC-1*.")
    assert len(offered(world)) == 2
