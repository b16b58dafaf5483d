"""Stakeholders hear as much as they asked for, by direct message, and nothing that is private."""

import json

import pytest
from stories.test_life import resolve
from world import Place, World, words_of


def heard(world: World, who: str) -> list[str]:
    """The direct messages about what somebody subscribed to, one text each."""
    dm = Place(world, world.slack.direct_channel(who).id, "dm")
    return [
        "\n".join(str(block) for block in message["blocks"])
        for message in dm.messages
        if "You subscribed to it" in str(message.get("blocks"))
    ]


@pytest.fixture
def room(world: World) -> Place:
    world.ana.types("/incident checkout 5xx sev2 @checkout")
    room = world.room("inc-1")
    world.bo.presses("Accept", where=room)
    return room


def live(world: World, room: Place) -> None:
    """An update, a change of severity, one of status, the end, and the end of the end."""
    world.bo.types("/incident update We are rolling back", where=room)
    world.bo.types("/incident sev 1 everybody is affected", where=room)
    world.bo.types("/incident status identified bad deploy", where=room)
    world.passes(minutes=5)
    resolve(world, room)
    world.bo.types("/incident reopen errors are back", where=room)


@pytest.mark.parametrize(
    ("detail", "expected"),
    [
        ("", ["rolling back", "sev1", "identified", "Resolved", "Reopened"]),
        ("all", ["rolling back", "sev1", "identified", "Resolved", "Reopened"]),
        ("major", ["sev1", "identified", "Resolved", "Reopened"]),
        ("resolved", ["Resolved", "Reopened"]),
    ],
)
def test_each_hears_as_much_as_they_asked_for(
    world: World, room: Place, detail: str, expected: list[str]
) -> None:
    world.hana.types(f"/incident subscribe INC-1 {detail}")

    live(world, room)

    texts = heard(world, "U0HANA")
    assert [word in text for word, text in zip(expected, texts, strict=True)] == [True] * len(texts)
    assert heard(world, "U0BO") == []


def test_the_announcement_has_a_button_and_the_answer_offers_less(
    world: World, room: Place
) -> None:
    announced = world.channel("incidents")

    world.hana.presses("Subscribe", where=announced)
    press(world, "U0HANA", "Only the end")
    live(world, room)

    assert len(heard(world, "U0HANA")) == 2


def test_a_service_is_followed_from_the_severity_that_somebody_cares_about(world: World) -> None:
    world.hana.types("/incident subscribe @checkout sev1 major")

    world.ana.types("/incident slow pages sev3 @checkout")
    quiet = heard(world, "U0HANA")
    world.ana.types("/incident sev 1 nobody can pay", where=world.room("inc-1"))
    world.ana.types("/incident sev 3 most can pay", where=world.room("inc-1"))

    assert quiet == []
    assert len(heard(world, "U0HANA")) == 2


def test_a_standing_wish_tells_of_the_declaration_once_and_not_of_drills(world: World) -> None:
    world.hana.types("/incident subscribe sev2")

    world.ana.types("/incident checkout 5xx sev1 @checkout")

    assert len(heard(world, "U0HANA")) == 1
    assert "Declared as *sev1*" in heard(world, "U0HANA")[0]


def test_who_follows_a_service_can_leave_one_incident_out(world: World, room: Place) -> None:
    world.hana.types("/incident subscribe @checkout")

    world.hana.types("/incident unsubscribe INC-1")
    live(world, room)
    world.ana.types("/incident another one sev2 @checkout")
    press(world, "U0ANA", "Declare anyway")

    assert len(heard(world, "U0HANA")) == 1


def test_whoever_is_in_the_room_reads_it_there(world: World, room: Place) -> None:
    world.hana.types("/incident subscribe @checkout")
    world.slack.act.join("U0HANA", room.id)
    world.settle()

    world.bo.types("/incident update We are rolling back", where=room)

    assert heard(world, "U0HANA") == []


def test_nobody_hears_of_what_became_private(world: World, room: Place) -> None:
    world.hana.types("/incident subscribe INC-1")
    world.hana.types("/incident subscribe @checkout")

    world.bo.types("/incident private", where=room)
    live(world, world.room("inc-1-private"))
    answer = words_of(world.hana.types("/incident subscribe INC-1"))
    none = words_of(world.hana.types("/incident subscribe INC-77"))

    assert heard(world, "U0HANA") == []
    assert answer.replace("INC-1", "INC-77") == none


@pytest.mark.usefixtures("room")
def test_the_home_tab_lists_what_somebody_follows_with_a_button_to_stop(world: World) -> None:
    world.hana.types("/incident subscribe INC-1 major")
    world.hana.types("/incident subscribe @checkout sev1")

    world.slack.act.home("U0HANA")
    world.settle()
    home = json.dumps(world.calls("views.publish")[-1].args)

    assert "INC-1" in home
    assert "@checkout sev1" in home
    assert "Unsubscribe" in home


def test_what_is_typed_wrong_is_answered_with_an_example(world: World) -> None:
    nothing = words_of(world.hana.types("/incident subscribe"))
    unknown = words_of(world.hana.types("/incident subscribe whatever"))
    service = words_of(world.hana.types("/incident subscribe @chekout"))

    assert "You subscribed to nothing yet." in nothing
    assert "I do not know what whatever means here." in unknown
    assert "There is no service called chekout." in service


def press(world: World, who: str, label: str) -> None:
    """Press a button of the newest answer that only the asker sees."""
    for seen in reversed(list(world.slack.core.state.ephemerals)):
        for block in seen.body.get("blocks", []) if seen.user == who else []:
            inside = [*block.get("elements", []), block.get("accessory") or {}]
            for element in (one for one in inside if one.get("type") == "button"):
                if element["text"]["text"] == label:
                    world.slack.act.action(
                        who, element["action_id"], channel=seen.channel, message_ts=seen.ts,
                        block_id=block.get("block_id"), value=element["value"],
                    )  # fmt: skip
                    world.settle()
                    return
    raise AssertionError(f"no button {label}")


def test_unsubscribing_on_the_home_tab_takes_it_off_the_list(world: World) -> None:
    world.hana.types("/incident subscribe @checkout sev1")
    world.slack.act.home("U0HANA")
    world.settle()

    world.slack.act.action(
        "U0HANA", "subscribe.drop:@checkout sev1", view_id=home_of(world, "U0HANA"),
        value="drop @checkout sev1",
    )  # fmt: skip
    world.settle()

    assert "@checkout sev1" not in json.dumps(world.calls("views.publish")[-1].args)


def home_of(world: World, who: str) -> str:
    """The home tab that somebody looks at."""
    return next(view.id for view in world.slack.core.state.views
                if view.user == who and view.body["type"] == "home")  # fmt: skip
