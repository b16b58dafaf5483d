"""Rooms that are renamed, archived, deleted or cut off: the record and the room agree again."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from web.conftest import fetch
from world import Place, World

from bot.emulator import Fault
from incidents.actions import housekeeping
from incidents.model.timeline import Kind
from incidents.store import incidents


@pytest.fixture
def outage(world: World) -> World:
    """A world with an incident, commanded by Bo."""
    world.ana.types("/incident checkout 5xx sev2 @checkout")
    world.bo.presses("Accept", where=world.room("inc-1"))
    return world


def as_person(world: World, method: str, person: str, **arguments: object) -> None:
    """Something that a person does in Slack with a mouse."""
    answer = world.slack.web_api(method, arguments, f"xoxp-{person}")
    assert answer.ok, answer.body


def marked(world: World, room: Place) -> list[dict[str, Any]]:
    """The bot's own messages, with the keys in their metadata, oldest first."""
    asked = {"channel": room.id, "limit": 900, "include_all_metadata": True}
    page = world.slack.web_api("conversations.history", asked, world.slack.identity.bot_token)
    return [one for one in reversed(page.body["messages"]) if one.get("metadata")]


def kinds(world: World) -> list[Kind]:
    """What is on the record."""
    return [entry.kind for entry in world.record(1)]


def test_what_was_said_while_slack_told_us_nothing_is_on_the_record_with_its_time(
    outage: World,
) -> None:
    room = outage.room("inc-1")
    said = []
    with outage.deaf():
        for number in range(40):
            said.append(outage.clock())
            outage.ana.types(f"observation {number}", where=room)
            outage.clock.pass_(timedelta(seconds=10))

    outage.looks_after_rooms()
    outage.looks_after_rooms()

    found = [entry for entry in outage.record(1) if entry.kind is Kind.SAID]
    assert [entry.body["text"] for entry in found] == [f"observation {n}" for n in range(40)]
    assert [abs(entry.occurred_at - at) < timedelta(seconds=1)
            for entry, at in zip(found, said, strict=True)] == [True] * 40  # fmt: skip
    assert {entry.actor for entry in found} == {outage.ana.id}


def test_what_slack_told_us_is_not_found_a_second_time(outage: World) -> None:
    outage.ana.types("payments look fine", where=outage.room("inc-1"))

    outage.looks_after_rooms()

    assert kinds(outage).count(Kind.SAID) == 1


def test_who_came_went_and_marked_something_unheard_is_on_the_record(outage: World) -> None:
    room = outage.room("inc-1")
    with outage.deaf():
        outage.slack.act.join(outage.eli.id, room.id)
        outage.slack.act.leave(outage.ana.id, room.id)
        outage.bo.types("rolled back v42", where=room)
        outage.bo.reacts("pushpin", room.messages[-1]["ts"], where=room)

    outage.looks_after_rooms()

    record = outage.record(1)
    assert [e.body["person"] for e in record if e.kind is Kind.JOINED][-1] == outage.eli.id
    assert [e.body["person"] for e in record if e.kind is Kind.LEFT] == [outage.ana.id]
    assert [e.body["text"] for e in record if e.kind is Kind.MESSAGE] == ["rolled back v42"]


def test_a_room_is_followed_to_its_new_name(outage: World) -> None:
    room = outage.room("inc-1")
    with outage.deaf():
        as_person(outage, "conversations.rename", outage.ana.id, channel=room.id, name="the-mess")

    outage.looks_after_rooms()

    with outage.app.desk.look() as connection:
        assert incidents.open_ones(connection)[0].room_name == "the-mess"
    outage.ana.types("/incident note found it", where=outage.channel("the-mess"))
    assert kinds(outage)[-1] is Kind.NOTE


def test_a_room_that_was_archived_by_accident_comes_back(outage: World) -> None:
    room = outage.room("inc-1")
    as_person(outage, "conversations.archive", outage.ana.id, channel=room.id)

    outage.settle()

    assert room.info()["is_archived"] is False
    assert kinds(outage)[-2:] == [Kind.ROOM_LOST, Kind.ROOM_BACK]


def test_a_room_that_stays_archived_is_replaced_and_nothing_is_left_unsaid(outage: World) -> None:
    outage.slack.faults.add(
        Fault(method="conversations.unarchive", kind="error_before", error="restricted_action")
    )
    room = outage.room("inc-1")
    with outage.deaf():
        as_person(outage, "conversations.archive", outage.ana.id, channel=room.id)
    outage.ana.types("/incident sev INC-1 1")

    outage.passes(minutes=2)

    new = next(one for one in outage.slack.core.state.channels if one.name.endswith("-2"))
    place = outage.channel(new.name)
    place.shows("SEV1 Critical")
    assert "Not done" not in place.text
    assert set(place.members) >= {outage.ana.id, outage.bo.id}
    with outage.app.desk.look() as connection:
        assert incidents.open_ones(connection)[0].room == place.id


def test_what_a_frozen_process_said_twice_is_taken_away(outage: World) -> None:
    room, token = outage.room("inc-1"), outage.slack.identity.bot_token
    card = marked(outage, room)[0]
    again = {"channel": room.id, "text": card["text"], "metadata": card["metadata"]}
    outage.slack.web_api("chat.postMessage", again, token)

    outage.looks_after_rooms()

    keys = [one["metadata"]["event_payload"]["key"] for one in marked(outage, room)]
    assert len(keys) == len(set(keys))
    assert card["ts"] in [one["ts"] for one in room.messages]


def test_two_looks_at_a_quiet_room_change_nothing(outage: World) -> None:
    outage.looks_after_rooms()
    before = outage.record(1), outage.room("inc-1").messages

    outage.looks_after_rooms()

    assert (outage.record(1), outage.room("inc-1").messages) == before


def test_a_card_that_somebody_deleted_is_posted_again(outage: World) -> None:
    room = outage.room("inc-1")
    token = outage.slack.identity.bot_token
    card = marked(outage, room)[0]
    outage.slack.web_api("chat.delete", {"channel": room.id, "ts": card["ts"]}, token)

    outage.bo.types("/incident sev 1", where=room)
    outage.bo.types("/incident status monitoring", where=room)

    cards = [
        one for one in marked(outage, room) if "/card" in one["metadata"]["event_payload"]["key"]
    ]
    assert len(cards) == 1
    room.shows("SEV1 Critical")
    room.shows("monitoring")


def test_old_looks_are_forgotten_and_what_they_found_is_not(outage: World) -> None:
    with outage.deaf():
        outage.ana.types("the cache is cold", where=outage.room("inc-1"))
    outage.looks_after_rooms()
    found = kinds(outage).count(Kind.SAID)

    at_once = housekeeping.sweep(outage.app.desk, outage.clock())
    later = housekeeping.sweep(outage.app.desk, outage.clock() + timedelta(hours=2))
    again = housekeeping.sweep(outage.app.desk, outage.clock() + timedelta(hours=2))

    assert (at_once, again) == (0, 0)
    assert later >= 1
    assert kinds(outage).count(Kind.SAID) == found == 1


def test_what_people_said_is_kept_and_only_told_where_somebody_asks(world: World) -> None:
    world.ana.types("/incident checkout 5xx sev2 @checkout")
    room = world.room("inc-1")
    world.bo.types("the deploy of 09:12 looks guilty", where=room)
    world.settle()

    short = world.ana.types("/incident timeline", where=room)
    whole = world.ana.types("/incident timeline all", where=room)
    page = fetch(world, "/incidents/INC-1")
    whole_page = fetch(world, "/incidents/INC-1?show=all")
    postmortem = fetch(world, "/incidents/INC-1/postmortem")

    assert "looks guilty" not in str(short.body)
    assert "looks guilty" in str(whole.body)
    assert "looks guilty" not in page.text
    assert "Show what people said, too (1)" in page.text
    assert "looks guilty" in whole_page.text
    assert postmortem.status_code == 200
    assert "looks guilty" not in postmortem.text


def test_a_renamed_room_is_on_the_record_and_the_card_and_the_links_still_lead_there(
    outage: World,
) -> None:
    room = outage.room("inc-1")

    as_person(outage, "conversations.rename", "U0ANA", channel=room.id, name="payments-down")
    outage.settle()
    outage.bo.types("/incident sev 1 all of them", where=Place(outage, room.id, "payments-down"))

    assert kinds(outage).count(Kind.ROOM_RENAMED) == 1
    outage.channel("incidents").shows(f"<#{room.id}>")
    outage.channel("payments-down").shows(":red_circle: *SEV1 Critical*")


def test_a_room_made_private_in_slack_is_not_linked_to_and_says_what_that_means(
    outage: World,
) -> None:
    room = outage.room("inc-1")
    channels = outage.slack.core.state.channels
    shown = channels.get(room.id)
    assert shown is not None
    channels.put(replace(shown, kind="private"))

    outage.looks_after_rooms()
    outage.looks_after_rooms()

    announced = outage.channel("incidents").text
    assert "in a private room" in announced
    assert f"<#{room.id}>" not in announced
    room.shows("This room is private now; *INC-1* is not")
    assert kinds(outage).count(Kind.ROOM_HIDDEN) == 1


def test_who_has_a_role_and_left_is_shown_as_away_until_they_come_back(outage: World) -> None:
    room = outage.room("inc-1")

    outage.slack.act.leave(outage.bo.id, room.id)
    outage.settle()
    away = room.text
    outage.slack.act.join(outage.bo.id, room.id)
    outage.settle()

    assert "<@U0BO> :door: _left the room_" in away
    assert ":door:" not in room.text


def test_a_replaced_room_has_the_links_of_the_lost_one(outage: World) -> None:
    before = links(outage, outage.room("inc-1"))
    outage.slack.faults.add(
        Fault(method="conversations.unarchive", kind="error_before", error="restricted_action")
    )

    as_person(outage, "conversations.archive", "U0ANA", channel=outage.room("inc-1").id)
    outage.passes(minutes=2)

    after = links(outage, outage.channel("inc-1-checkout-5xx-2"))
    assert before
    assert after == before


def links(world: World, room: Place) -> set[str]:
    """The titles in a room's bookmark bar."""
    token = world.slack.identity.bot_token
    page = world.slack.web_api("bookmarks.list", {"channel_id": room.id}, token)
    return {one["title"] for one in page.body["bookmarks"]}
