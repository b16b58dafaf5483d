"""Standing in for each other, as people do it in Slack."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from world import Actor, Place, World, words_of

from incidents.actions.desk import Origin
from incidents.actions.oncall import agree
from incidents.errors import Refused
from incidents.store import oncall
from incidents.store.tables import audit

# At nine on Wednesday morning, UTC, Bo is on call for payments until Monday.


def direct(world: World, handle: str) -> Place:
    return Place(world, world.slack.direct_channel(getattr(world, handle).id).id, f"dm-{handle}")


def asks(actor: Actor, text: str) -> str:
    return words_of(actor.types(f"/incident oncall {text}".strip()))


def on_the_audit_log(world: World) -> list[tuple[str, str, str]]:
    query = select(audit).where(audit.c.action.like("oncall.%")).order_by(audit.c.seq)
    with world.app.desk.look() as connection:
        return [(row.actor, row.action, row.object) for row in connection.execute(query)]


def form_of(actor: Actor) -> Any:
    return [view for view in actor.world.slack.core.state.views if view.user == actor.id][-1]


def submits(actor: Actor, answers: dict[str, Any]) -> None:
    values = {field: {field: given} for field, given in answers.items()}
    done = actor.world.slack.act.view(actor.id, form_of(actor).id, values)
    assert done.ok, done
    actor.world.settle()


def test_anybody_sees_who_is_on_call_now_and_next(light_world: World) -> None:
    world = light_world

    shown = asks(world.ana, "payments")

    assert shown == "On call\n*payments* <@U0BO>, next chen from Mon 23 Nov 2026 09:00 WET"
    assert asks(world.ana, "platform-apac").endswith("next hana from Thu 19 Nov 2026 00:00 WET")
    assert "*storefront*" in asks(world.ana, "")
    assert "*payments* <@U0CHEN>" in asks(world.ana, "at tuesday noon for payments")


def test_an_override_counts_at_once_and_everybody_it_is_about_hears_of_it(world: World) -> None:
    said = asks(world.ana, "override @dana for payments until friday 9:00 because Bo is ill")

    assert said.startswith(
        ":telephone_receiver: <@U0DANA> is on call for *payments*, from now to "
        "Fri 20 Nov 2026 09:00 WET."
    )
    assert "*payments* <@U0DANA>, next bo from Fri 20 Nov 2026 09:00 WET" in asks(
        world.ana, "payments"
    )
    direct(world, "dana").shows("<@U0ANA> put you on call for *payments*")
    direct(world, "dana").shows("to Fri 20 Nov 2026 10:00 CET. “Bo is ill”")
    direct(world, "bo").shows("<@U0DANA> stands in for you in *payments*")
    assert on_the_audit_log(world) == [("U0ANA", "oncall.override", "payments")]

    world.passes(hours=49)
    assert "*payments* <@U0BO>" in asks(world.ana, "payments")


def test_only_those_who_are_relieved_from_now_on_hear_of_it(light_world: World) -> None:
    world = light_world
    world.ana.types("/incident oncall override")  # Chen had the week before, and Bo has this one
    begin, end = (int((world.clock() + timedelta(hours=each)).timestamp()) for each in (-7 * 24, 2))

    submits(
        world.ana,
        {"person": "U0DANA", "rotation": "payments", "start": begin, "end": end, "because": ""},
    )

    direct(world, "bo").shows("<@U0DANA> stands in for you in *payments*")
    assert "stands in for you" not in direct(world, "chen").text
    direct(world, "bo").shows("from Wed 18 Nov 2026 10:00 CET to Wed 18 Nov 2026 12:00 CET")


def test_the_stand_in_is_asked_to_command(light_world: World) -> None:
    world = light_world
    asks(world.ana, "override @dana for payments for 4h")

    world.ana.types("/incident Cards declined sev2 @payments")

    world.room("inc-1").shows("Dana Weiss is on call for payments")


def test_an_override_is_called_off_from_the_message_it_was_told_in(world: World) -> None:
    asks(world.ana, "override @dana for payments until friday")

    world.dana.presses("Call off", where=direct(world, "dana"))

    assert "*payments* <@U0BO>" in asks(world.ana, "payments")
    direct(world, "ana").shows("<@U0DANA> called off the change of *payments*")
    assert on_the_audit_log(world)[-1] == ("U0DANA", "oncall.call_off", "payments")


def test_what_is_called_off_cannot_be_called_off_again(light_world: World) -> None:
    world = light_world
    asks(world.ana, "override @dana for payments until friday")
    world.dana.presses("Call off", where=direct(world, "dana"))

    assert "Nobody stands in for anybody" in asks(world.ana, "undo")


def test_undo_lists_what_can_be_called_off(light_world: World) -> None:
    world = light_world
    asks(world.ana, "override @dana for payments until friday")

    shown = asks(world.bo, "undo")

    assert "<@U0DANA> stands in for *payments*, from now to Sat 21 Nov 2026" in shown


def test_a_swap_changes_nothing_until_the_other_agrees(world: World) -> None:
    said = asks(world.bo, "swap @dana saturday")

    assert "Nothing changes until they agree." in said
    assert "<@U0BO>" in asks(world.ana, "at saturday noon for payments")
    direct(world, "dana").shows("<@U0BO> asks you to swap for *payments*")

    world.dana.presses("Agree", where=direct(world, "dana"))

    assert "<@U0DANA>" in asks(world.ana, "at saturday noon for payments")
    assert "<@U0BO>" in asks(world.ana, "at sunday noon for payments")
    direct(world, "bo").shows("<@U0DANA> agreed to swap for *payments*")
    assert [action for _, action, _ in on_the_audit_log(world)] == [
        "oncall.swap_ask",
        "oncall.swap_agree",
    ]


def test_a_swap_may_take_a_shift_in_return(light_world: World) -> None:
    world = light_world
    asks(world.bo, "swap @chen saturday take tuesday")

    world.chen.presses("Agree", where=direct(world, "chen"))

    assert "<@U0CHEN>" in asks(world.ana, "at saturday noon for payments")
    assert "<@U0BO>" in asks(world.ana, "at tuesday noon for payments")
    assert "<@U0CHEN>" in asks(world.ana, "at wednesday noon for payments")


def test_a_swap_that_is_declined_leaves_everything_as_it_was(light_world: World) -> None:
    world = light_world
    asks(world.bo, "swap @dana saturday")

    world.dana.presses("Decline", where=direct(world, "dana"))

    assert "<@U0BO>" in asks(world.ana, "at saturday noon for payments")
    direct(world, "bo").shows("declined to swap for *payments*")


def test_only_who_was_asked_can_agree(light_world: World) -> None:
    world = light_world
    asks(world.bo, "swap @dana saturday")

    with world.app.desk.look() as connection:
        (asked,) = oncall.standing(connection, world.clock())

    with pytest.raises(Refused, match="not for you to answer"):
        agree(world.app.desk, asked.trade, by=Origin(world.ana.id, "slack"), now=world.clock())


def test_what_has_changed_since_is_not_agreed_to(light_world: World) -> None:
    world = light_world
    asks(world.bo, "swap @dana saturday")
    asks(world.ana, "override @chen for payments on saturday")

    world.dana.presses("Agree", where=direct(world, "dana"))

    assert "<@U0CHEN>" in asks(world.ana, "at saturday noon for payments")


def test_what_is_not_ones_own_cannot_be_given_away(light_world: World) -> None:
    world = light_world

    assert "You are not on call from" in asks(world.ana, "swap @bo tomorrow")
    assert "Bo Lindqvist is not on call for payments" in asks(
        world.bo, "swap @dana tuesday for payments"
    )
    assert "You cannot swap with yourself." in asks(world.bo, "swap me saturday")


def test_without_arguments_a_form_opens(light_world: World) -> None:
    world = light_world
    world.ana.types("/incident oncall override")
    end = int((world.clock() + timedelta(hours=2)).timestamp())

    submits(
        world.ana,
        {
            "person": "U0DANA",
            "rotation": "payments",
            "start": int(world.clock().timestamp()),
            "end": end,
            "because": "dentist",
        },
    )

    assert "*payments* <@U0DANA>, next bo from Wed 18 Nov 2026 11:00" in asks(world.ana, "payments")


def test_the_form_for_a_swap_offers_ones_own_shifts(light_world: World) -> None:
    world = light_world
    world.bo.types("/incident oncall swap")
    (menu, *_) = (one["element"] for one in form_of(world.bo).body["blocks"])

    submits(
        world.bo, {"person": "U0DANA", "shift": menu["options"][1]["value"], "because": "skiing"}
    )

    assert menu["options"][1]["text"]["text"] == "payments: Mon 7 Dec 2026 10:00 CET"
    direct(world, "dana").shows("“skiing”")


def test_whoever_has_no_shift_is_told_so(light_world: World) -> None:
    assert "You have no shift" in asks(light_world.dana, "swap for platform")


def test_a_rotation_that_is_not_named_is_asked_for(light_world: World) -> None:
    shown = asks(light_world.ana, "override @bo until friday")

    assert "For which rotation?" in shown
    assert "for storefront" in shown


def test_a_date_with_two_readings_comes_back_as_buttons(light_world: World) -> None:
    shown = asks(light_world.ana, "override @bo for payments until 1/12")

    assert "has two readings" in shown


def test_people_who_cannot_be_on_call_are_refused(light_world: World) -> None:
    assert "I know nobody called @nobody" in asks(
        light_world.ana, "override @nobody for payments for 2h"
    )
