"""The gate in Slack: asked for, waived by two people, and closed again by itself."""

import pytest
from sqlalchemy import select
from world import Place, World, words_of

from incidents.actions.desk import Origin
from incidents.actions.waiving import approve
from incidents.errors import Refused
from incidents.model.timeline import Entry, Kind
from incidents.queries.gate import gate_of
from incidents.store import waivers
from incidents.store.tables import audit

# Bo is on call for payments, which owns checkout; Ana is in another team.

WAIVE = "/incident gate checkout waive for 2h because the fix for <!channel> must go out"


def direct(world: World, handle: str) -> Place:
    return Place(world, world.slack.direct_channel(getattr(world, handle).id).id, f"dm-{handle}")


def frozen(world: World) -> None:
    world.chen.types("/incident checkout 5xx sev2 @checkout")


def verdict(world: World, change: str = "") -> tuple[str, str]:
    with world.app.desk.look() as connection:
        found = gate_of(world.app.desk, connection, "checkout", world.clock(), change=change)
    return found.verdict.value, found.because


def standing(world: World) -> list[str]:
    with world.app.desk.look() as connection:
        return [one.id for one in waivers.standing(connection, world.clock())]


def waived(world: World) -> list[Entry]:
    return [one for one in world.record(1) if one.kind is Kind.GATE_WAIVER]


def on_the_audit_log(world: World) -> list[tuple[str, str, str]]:
    query = select(audit).where(audit.c.action.like("gate.%")).order_by(audit.c.seq)
    with world.app.desk.look() as connection:
        return [(one.actor, one.action, one.object) for one in connection.execute(query)]


def test_anybody_sees_why_a_service_may_not_be_changed(light_world: World) -> None:
    frozen(light_world)

    shown = words_of(light_world.ana.types("/incident gate checkout"))

    assert ":snowflake: *checkout* frozen\n" in shown
    assert "• frozen: INC-1 (sev2, investigating) is open on checkout." in shown


def test_two_people_open_a_frozen_gate_and_it_closes_by_itself(world: World) -> None:
    frozen(world)

    asked = words_of(world.ana.types(WAIVE))
    assert asked.startswith(":hourglass: Asked: a waiver for *checkout* until")
    assert verdict(world)[0] == "frozen"
    direct(world, "bo").shows(":construction: <@U0ANA> asks to waive the gate of *checkout* until")

    world.bo.presses("Approve", where=direct(world, "bo"))
    assert verdict(world) == (
        "go",
        (
            "Waived by Ana Duarte, approved by Bo Lindqvist until 11:00 UTC "
            "because the fix for @channel must go out."
        ),
    )
    direct(world, "ana").shows("approved by <@U0BO>: “the fix for @\u2060channel must go out”")
    assert "<!channel>" not in world.markup
    world.channel("incidents").shows(
        "approved by <@U0BO>: “the fix for @\u2060channel must go out”"
    )
    assert [one.body["state"] for one in waived(world)] == ["active"]

    world.passes(hours=2, minutes=1)
    assert verdict(world)[0] == "frozen"
    assert [one.body["state"] for one in waived(world)] == ["active", "expired"]
    direct(world, "ana").shows(":lock: The waiver of *checkout* for <@U0ANA> is over")
    assert on_the_audit_log(world) == [
        ("U0ANA", "gate.waive_ask", "checkout"),
        ("U0BO", "gate.waive_approve", "checkout"),
        ("warroom", "gate.waive_expire", "checkout"),
    ]


def test_nobody_approves_their_own_request(light_world: World) -> None:
    frozen(light_world)
    light_world.bo.types(WAIVE)
    place = light_world.channel("incidents")

    light_world.bo.presses("Approve", where=place)

    assert "You asked for it yourself." in light_world.reads("U0BO")
    assert verdict(light_world)[0] == "frozen"


def test_one_of_the_two_answers_for_the_service(light_world: World) -> None:
    frozen(light_world)
    light_world.ana.types(WAIVE)
    place = light_world.channel("incidents")

    light_world.jo.presses("Approve", where=place)

    assert "Neither of you answers for checkout." in light_world.reads("U0JO")
    assert verdict(light_world)[0] == "frozen"

    light_world.chen.presses("Approve", where=place)
    assert verdict(light_world)[0] == "go"


def test_a_request_that_nobody_answers_lapses_and_its_button_opens_nothing(
    light_world: World,
) -> None:
    frozen(light_world)
    light_world.ana.types(WAIVE)
    (asked,) = standing(light_world)

    light_world.passes(minutes=31)

    direct(light_world, "ana").shows(":hourglass: Nobody answered <@U0ANA> in time")
    with pytest.raises(Refused, match="That request is lapsed already"):
        approve(
            light_world.app.desk,
            asked,
            by=Origin(light_world.bo.id, "slack"),
            now=light_world.clock(),
        )


def test_a_waiver_for_one_change_opens_the_gate_for_that_one(light_world: World) -> None:
    frozen(light_world)
    light_world.ana.types(
        "/incident gate checkout waive for 2h --change 4f2a1c9 because the fix must go out"
    )
    light_world.bo.presses("Approve", where=light_world.channel("incidents"))

    assert verdict(light_world)[0] == "frozen"
    assert verdict(light_world, "4f2a1c90aabbccddeeff00112233445566778899")[0] == "go"
    assert verdict(light_world, "4f2a1d")[0] == "frozen"
    assert "Waived for 4f2a1c9 only by" in verdict(light_world, "4f2a1c9")[1]


def test_anybody_closes_it_again(light_world: World) -> None:
    frozen(light_world)
    light_world.ana.types(WAIVE)
    light_world.bo.presses("Approve", where=light_world.channel("incidents"))
    light_world.bo.types(WAIVE)

    said = words_of(light_world.jo.types("/incident gate checkout revoke"))
    assert standing(light_world) == []

    assert said.startswith(":lock: The gate of *checkout* says again what it says by itself.")
    assert verdict(light_world)[0] == "frozen"
    direct(light_world, "ana").shows(":lock: <@U0JO> closed the gate of *checkout* again")


def test_declined_is_told_and_stays_frozen(light_world: World) -> None:
    frozen(light_world)
    light_world.ana.types(WAIVE)

    light_world.bo.presses("Decline", where=direct(light_world, "bo"))

    direct(light_world, "ana").shows(":no_entry_sign: <@U0BO> declined to waive")
    assert verdict(light_world)[0] == "frozen"
    assert standing(light_world) == []


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("waive for 9 days because we want to", "holds for 3 days at most"),
        ("frobnicate", "is nothing the gate knows"),
        ("revoke", "There is no waiver for checkout."),
    ],
)
def test_what_the_gate_does_not_do_is_refused(light_world: World, words: str, says: str) -> None:
    assert says in words_of(light_world.ana.types(f"/incident gate checkout {words}"))


def test_without_a_reason_a_form_asks_for_it(light_world: World) -> None:
    frozen(light_world)
    light_world.ana.types("/incident gate checkout waive for 2h")
    form = [one for one in light_world.slack.core.state.views if one.user == "U0ANA"][-1]
    answers = {"hours": "4", "because": "the fix must go out"}

    done = light_world.slack.act.view(
        "U0ANA", form.id, {name: {name: given} for name, given in answers.items()}
    )
    light_world.settle()

    assert done.ok
    assert len(standing(light_world)) == 1
