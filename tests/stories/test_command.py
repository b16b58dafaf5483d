"""Who commands: asked by ownership, accepted, passed on, timed out, handed over, never two."""

from datetime import timedelta

import pytest
import sqlalchemy.exc
from world import World, words_of

from incidents.model.ids import IncidentNumber, PersonId
from incidents.store import roles


def test_a_declared_incident_asks_the_owner_on_call_and_says_why(world: World) -> None:
    answer = world.ana.types("/incident checkout 5xx sev2 @checkout")

    room = world.room("inc-1")
    assert "Opening `#inc-1-checkout-5xx`" in words_of(answer)
    room.shows("<@U0BO>, please take command of *INC-1*.")
    room.shows("Bo Lindqvist is on call for payments, which owns checkout (tier 1)")
    assert {"U0ANA", "U0BO", "U0WARROOM"} <= set(room.members)


def test_the_question_says_why_it_is_not_put_to_the_others(world: World) -> None:
    world.ana.types("/incident checkout 5xx sev2 @checkout")

    world.room("inc-1").shows(
        "Dana Weiss is on the escalation path, which comes after the on-call; "
        "Goran Petrov is on the escalation path, which comes after the on-call; "
        "Chen Wei is in the team, but neither on call nor on the path"
    )


def test_of_two_services_the_owners_of_the_one_that_weighs_more_are_asked(world: World) -> None:
    world.ana.types("/incident all is slow sev2 @search @orders-db")

    world.room("inc-1").shows(
        "orders-db weighs most (8 for tier 1 times 7 for itself and 6 dependents = 56); search 8."
    )


def test_whoever_was_woken_last_night_is_asked_after_the_others(world: World) -> None:
    world.clock.pass_(timedelta(hours=13, minutes=30))  # 23:30 in Belgrade
    world.ana.types("/incident search is odd sev4 @search")
    world.ana.types("/incident page @goran", where="inc-1")
    world.clock.pass_(timedelta(hours=2))  # 09:30 in Tokyo

    world.ana.types("/incident gateway down sev1 @edge-gateway")

    world.room("inc-2").shows("Hana Sato is on call for platform (platform-apac)")
    world.room("inc-2").shows("Goran Petrov was paged once last night")


def test_whoever_was_woken_by_the_escalation_path_is_asked_after_the_others(world: World) -> None:
    world.clock.pass_(timedelta(hours=13, minutes=30))  # 23:30 in Belgrade
    world.ana.types("/incident checkout 5xx sev2 @checkout")
    world.ana.types("/incident escalate", where="inc-1")  # Dana
    world.ana.types("/incident escalate", where="inc-1")  # whoever has platform: Goran
    world.clock.pass_(timedelta(hours=2))  # 09:30 in Tokyo

    world.ana.types("/incident gateway down sev1 @edge-gateway")

    world.room("inc-2").shows("Hana Sato is on call for platform (platform-apac)")
    world.room("inc-2").shows("Goran Petrov was paged once last night")


def test_who_is_asked_and_on_the_path_too_was_woken_once(world: World) -> None:
    world.clock.pass_(timedelta(hours=13, minutes=30))  # 23:30 in Belgrade
    world.ana.types("/incident gateway down sev1 @edge-gateway")  # asks Goran
    world.ana.types("/incident escalate", where="inc-1")  # Goran has that first hop too
    world.ana.types("/incident cancel it was a test of the alert", where="inc-1")
    world.clock.pass_(timedelta(hours=2))  # 09:30 in Tokyo

    world.ana.types("/incident nobody can log in sev1 @identity")

    world.room("inc-2").shows("Goran Petrov was paged once last night")


def test_accepting_makes_one_commander_and_the_card_says_so(world: World) -> None:
    world.ana.types("/incident checkout 5xx sev2 @checkout")
    room = world.room("inc-1")

    world.bo.presses("Accept", where=room)

    assert "*Commander*\n<@U0BO>" in room.text
    assert "IC <@U0BO>" in room.info()["topic"]["value"]
    room.shows(":white_check_mark: <@U0BO> commands *INC-1*.")


def test_somebody_else_cannot_accept_in_the_name_of_the_one_who_was_asked(world: World) -> None:
    world.ana.types("/incident checkout 5xx sev2 @checkout")
    room = world.room("inc-1")

    world.ana.presses("Accept", where=room)

    assert "*Commander*\n<@U0BO> was asked" in room.text


def test_passing_asks_the_next_one_at_once(world: World) -> None:
    world.ana.types("/incident checkout 5xx sev2 @checkout")
    room = world.room("inc-1")

    world.bo.presses("Pass", where=room)

    room.shows("<@U0BO> passed on commanding *INC-1*.")
    room.shows("<@U0DANA>, please take command of *INC-1*.")


def test_silence_moves_the_question_on_after_the_tiers_time(world: World) -> None:
    world.ana.types("/incident checkout 5xx sev2 @checkout")
    room = world.room("inc-1")

    world.passes(minutes=4)
    before = room.text
    world.passes(minutes=2)

    assert "did not answer in time" not in before
    room.shows("<@U0BO> did not answer in time about commanding *INC-1*.")
    room.shows("<@U0DANA>, please take command of *INC-1*.")


def test_two_commanders_cannot_be_written(world: World) -> None:
    world.ana.types("/incident checkout 5xx sev2 @checkout")
    world.bo.presses("Accept", where=world.room("inc-1"))

    with (
        pytest.raises(sqlalchemy.exc.IntegrityError),
        world.app.desk.store.write() as connection,
    ):
        roles.hold(
            connection,
            IncidentNumber(1),
            "commander",
            PersonId("U0ANA"),
            world.clock(),
            because="a bug",
        )


def test_a_hand_over_changes_hands_when_it_is_accepted(world: World) -> None:
    world.ana.types("/incident checkout 5xx sev2 @checkout")
    room = world.room("inc-1")
    world.bo.presses("Accept", where=room)

    world.bo.types("/incident handoff @dana", where=room)
    world.bo.types("/incident who", where=room)
    still = world.reads("U0BO")
    world.dana.presses("Accept", where=room)

    assert "*Commander* <@U0BO> (<@U0DANA> was asked" in still
    assert "*Commander*\n<@U0DANA>" in room.text


def test_a_commander_who_leaves_the_room_is_asked_to_hand_over(world: World) -> None:
    world.ana.types("/incident checkout 5xx sev2 @checkout")
    room = world.room("inc-1")
    world.bo.presses("Accept", where=room)

    world.slack.act.leave("U0BO", room.id)
    world.settle()

    room.shows("<@U0BO> left the room and still commands.")


def test_when_nobody_is_left_to_ask_everybody_may_take_command(world: World) -> None:
    world.ana.types("/incident something odd")
    room = world.room("inc-1")

    room.shows("*INC-1* has no commander.")
    world.ana.presses("Take command", where=room)

    assert "*Commander*\n<@U0ANA>" in room.text


def test_why_names_the_rule_and_the_alternatives(world: World) -> None:
    world.ana.types("/incident checkout 5xx sev2 @checkout")

    said = words_of(world.ana.types("/incident why", where="inc-1"))

    assert "Bo Lindqvist is on call for payments" in said
    assert "Dana Weiss is on the escalation path, which comes after the on-call" in said
