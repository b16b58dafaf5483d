"""A channel in which people fight an outage already becomes its incident's room."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from crash.town import Crash, doubles, survive
from world import Place, World, words_of

from bot.app import build
from bot.emulator import Fault, InProcessTransport
from incidents.actions.converting import bring_along
from incidents.actions.desk import CLOCK, Origin
from incidents.actions.notes import note
from incidents.actions.secrecy import let_in
from incidents.failpoints import POINTS, armed
from incidents.model.ids import IncidentNumber, PersonId
from incidents.model.incident import Incident
from incidents.model.text import clean
from incidents.model.timeline import Entry, Kind, provenance
from incidents.queries.access import sees
from incidents.store import incidents, outbox_view

CHANGED = "declare.changed:"


def channel(
    world: World, name: str = "payments", *, private: bool = False, bot: bool = False
) -> Place:
    """A channel of people's own, with Ana, Bo and Chen in it."""
    made = world.slack.web_api(
        "conversations.create", {"name": name, "is_private": private}, "xoxp-U0ANA"
    )
    place = Place(world, made.body["channel"]["id"], name)
    people = ["U0BO", "U0CHEN", *([world.slack.identity.bot_user] if bot else [])]
    world.slack.web_api(
        "conversations.invite", {"channel": place.id, "users": ",".join(people)}, "xoxp-U0ANA"
    )
    topic = {"channel": place.id, "topic": "How we take money"}
    world.slack.web_api("conversations.setTopic", topic, "xoxp-U0ANA")
    world.settle()
    return place


def incident(world: World, number: int = 1) -> Incident:
    with world.app.desk.look() as connection:
        found = incidents.get(connection, IncidentNumber(number))
    assert found is not None
    return found


def seen(world: World, place: Place) -> Any:
    """The channel as Slack has it."""
    return world.slack.core.state.channels.get(place.id)


def talked(world: World, place: Place) -> None:
    """Chatter about lunch, and two hours later the outage."""
    world.chen.types("who is in for lunch?", where=place)
    world.passes(hours=2)
    world.bo.types("checkout feels slow", where=place)
    world.passes(minutes=4)
    world.chen.types("same here, 502 from northpay", where=place)
    world.passes(minutes=3)


def told(world: World) -> list[Entry]:
    return [entry for entry in world.record(1) if entry.kind is Kind.MESSAGE]


def test_the_channel_becomes_the_room_and_keeps_its_name(world: World) -> None:
    place = channel(world)

    answer = world.ana.types("/incident convert checkout 5xx sev2 @checkout", where=place)

    assert f"<#{place.id}> is its room now; it keeps its name." in words_of(answer)
    assert not world.calls("conversations.create")
    found = incident(world)
    assert (found.room, found.room_name) == (place.id, "payments")
    place.shows("checkout 5xx")
    assert "SEV2" in seen(world, place).topic
    assert found.card_ts in seen(world, place).pins
    assert world.slack.identity.bot_user in place.members
    assert f"<#{place.id}>" in world.channel("incidents").text
    opened = next(one for one in world.record(1) if one.kind is Kind.ROOM_OPENED)
    assert opened.body == {"room": "payments", "channel": place.id, "converted": True}
    joined = [one.body["person"] for one in world.record(1) if one.kind is Kind.JOINED]
    assert "U0CHEN" not in joined  # was there


def test_everything_works_there_as_in_any_room(world: World) -> None:
    place = channel(world)
    world.ana.types("/incident convert checkout 5xx sev2 @checkout", where=place)

    world.bo.types("/incident sev 1", where=place)
    world.chen.types("rolled back v42", where=place)

    assert incident(world).severity == "sev1"
    assert "rolled back v42" in [one.body.get("text") for one in world.record(1)]


def test_without_words_the_form_opens_with_when_it_began(world: World) -> None:
    place = channel(world, bot=True)
    talked(world, place)
    began = world.clock().timestamp() - 7 * 60

    world.ana.types("/incident convert", where=place)

    form = [one for one in world.slack.core.state.views if one.user == "U0ANA"][-1]
    blocks = {one["block_id"]: one for one in form.body["blocks"] if "block_id" in one}
    shown = blocks["started"]["element"]["initial_date_time"]
    assert 0 <= began - shown < 60
    assert "This channel becomes the room." in str(form.body["blocks"])
    done = world.slack.act.view(
        "U0ANA",
        form.id,
        {
            "title": {f"{CHANGED}title": "Checkout is slow"},
            "started": {f"{CHANGED}started": {"selected_date_time": shown}},
        },
    )
    world.settle()
    assert done.ok, done
    assert incident(world).room == place.id
    assert incident(world).started_at.timestamp() == shown


def test_what_was_said_before_is_offered_and_taken_along_with_its_own_times(world: World) -> None:
    place = channel(world, bot=True)
    talked(world, place)
    world.ana.types("/incident convert checkout 5xx sev2 @checkout", where=place)
    place.shows("2 messages were written here from")

    world.bo.presses("Put them on the timeline", where=place)
    world.bo.presses("It started then", where=place)

    assert [(one.body["author"], one.body["text"], provenance(one)) for one in told(world)] == [
        ("U0BO", "checkout feels slow", "import"),
        ("U0CHEN", "same here, 502 from northpay", "import"),
    ]
    found = incident(world)
    assert all(one.occurred_at < found.declared_at for one in told(world))
    assert told(world)[0].body["link"].startswith("http")
    assert found.started_at == told(world)[0].occurred_at
    place.shows("<@U0BO> put them on the timeline, each with its own time.")
    assert "It started then" not in place.text


def test_the_whole_day_can_be_taken_and_nothing_twice(world: World) -> None:
    place = channel(world, bot=True)
    talked(world, place)
    world.ana.types("/incident convert checkout 5xx sev2 @checkout", where=place)

    world.bo.presses("All of the last 24 hours (3)", where=place)
    world.looks_after_rooms()

    assert told(world)[0].body["text"] == "who is in for lunch?"
    assert len(told(world)) == 3


def test_replies_in_threads_are_taken_along(world: World) -> None:
    place = channel(world, bot=True)
    first = world.bo.types("checkout feels slow", where=place)
    world.slack.act.message("U0CHEN", place.id, "since the deploy", thread_ts=str(first.ts))
    world.passes(minutes=1)
    world.ana.types("/incident convert checkout 5xx sev2", where=place)

    world.ana.presses("Put them on the timeline", where=place)

    assert [one.body["text"] for one in told(world)] == ["checkout feels slow", "since the deploy"]


def test_many_threads_are_read_at_slacks_pace_and_said_to_be_taken_when_they_are(
    light_world: World,
) -> None:
    world = light_world
    place = channel(world, bot=True)
    for number in range(16):
        first = world.slack.act.message("U0BO", place.id, f"finding {number}")
        world.slack.act.message("U0CHEN", place.id, "same here", thread_ts=str(first.ts))
    world.passes(minutes=1)
    world.ana.types("/incident convert checkout 5xx sev2", where=place)
    place.shows("Their threads, and what bots said, go on the timeline with them.")
    paced = build(
        world.settings,
        clock=world.clock,
        transport=InProcessTransport(world.slack),
        configuration=None,
        threads=False,
    )
    bring_along(
        paced.desk,
        IncidentNumber(1),
        everything=False,
        by=Origin(PersonId("U0BO"), "slack"),
        now=world.clock(),
    )
    said: dict[int, str] = {}
    for _ in range(90):
        paced.deliverer.drain()
        world.clock.pass_(timedelta(seconds=1))
        said.setdefault(len(told(world)), place.text)
    paced.stop()

    assert len(told(world)) == 32
    place.shows("<@U0BO> put them on the timeline, each with its own time.")
    early = [text for count, text in said.items() if count < 32]
    assert early
    assert all("is putting them on the timeline" in text for text in early)


def test_a_thread_that_cannot_be_read_is_not_said_to_be_taken(light_world: World) -> None:
    world = light_world
    place = channel(world, bot=True)
    for number in range(2):
        first = world.slack.act.message("U0BO", place.id, f"finding {number}")
        world.slack.act.message("U0CHEN", place.id, "same here", thread_ts=str(first.ts))
    world.passes(minutes=1)
    world.ana.types("/incident convert checkout 5xx sev2", where=place)
    world.slack.faults.add(Fault(method="conversations.replies", error="not_allowed", times=1))

    world.bo.presses("Put them on the timeline", where=place)

    assert "put them on the timeline, each" not in place.text
    world.bo.presses("Retry", where=place)
    world.settle()
    assert len(told(world)) == 4
    place.shows("<@U0BO> put them on the timeline, each with its own time.")


def test_when_it_is_over_the_channel_stays_and_has_its_topic_back(world: World) -> None:
    place = channel(world)
    world.ana.types("/incident convert checkout 5xx sev3", where=place)

    world.ana.types("/incident cancel it was a test", where=place)
    world.passes(days=9)

    assert not seen(world, place).is_archived
    assert seen(world, place).topic == "How we take money"
    assert "archived on" not in place.text


def test_a_private_channel_makes_a_private_incident_for_who_is_in_it(world: World) -> None:
    place = channel(world, "secrets", private=True, bot=True)

    answer = world.ana.types("/incident convert somebody got in sev1", where=place)

    assert "It is *private*" in words_of(answer)
    assert incident(world).is_private
    assert "INC-1" not in world.channel("incidents").text
    desk, now = world.app.desk, world.clock()
    with desk.look() as connection:
        assert sees(desk, connection, IncidentNumber(1), PersonId("U0CHEN"), now)
        assert not sees(desk, connection, IncidentNumber(1), PersonId("U0DANA"), now)


def test_one_that_becomes_private_leaves_the_channel_as_it_was(world: World) -> None:
    place = channel(world)
    world.ana.types("/incident convert checkout 5xx sev2 @checkout", where=place)
    world.bo.presses("Accept", where=place)

    world.bo.types("/incident private", where=place)
    world.passes(minutes=2)

    found = incident(world)
    assert found.room not in {None, place.id}
    assert world.room("inc-1").name == "inc-1-private"
    assert not seen(world, place).is_archived
    assert seen(world, place).topic == "How we take money"
    place.shows("This channel is not an incident's room any more.")


def test_nothing_of_ours_stays_in_a_channel_that_is_left(world: World) -> None:
    place = channel(world, bot=True)
    world.bo.types("checkout feels slow", where=place)
    world.passes(minutes=1)
    world.ana.types("/incident convert checkout 5xx sev2 @checkout", where=place)
    assert bookmarks(world, place)

    world.ana.types("/incident private", where=place)
    world.passes(minutes=2)

    assert bookmarks(world, place) == []
    assert not seen(world, place).pins
    me = world.slack.identity.bot_user
    said = [one for one in place.messages if one.get("user") == me and "subtype" not in one]
    assert [one["text"] for one in said] == ["This channel is not an incident's room any more."]
    place.shows("checkout feels slow")


def bookmarks(world: World, place: Place) -> list[str]:
    every = world.slack.core.state.bookmarks
    return sorted(one.title for one in every if one.channel == place.id)


def cards(world: World, place: Place) -> list[str]:
    asked = {"channel": place.id, "limit": 900, "include_all_metadata": True}
    token = world.slack.identity.bot_token
    page = world.slack.web_api("conversations.history", asked, token).body["messages"]
    marks = [(one.get("metadata") or {}).get("event_payload", {}) for one in page]
    return [str(one["key"]) for one in marks if "/card" in str(one.get("key"))]


def test_nothing_becomes_private_before_we_are_in_the_channel(world: World) -> None:
    place = channel(world)
    world.slack.faults.add(Fault(method="conversations.members", times=None))
    world.ana.types("/incident convert checkout 5xx sev2 @checkout", where=place)
    early = world.ana.types("/incident private", where=place)
    world.slack.faults.clear()
    world.passes(minutes=2)

    world.ana.types("/incident private", where=place)
    world.passes(minutes=2)

    assert "The room of INC-1 is still opening. Try again." in words_of(early)
    room = world.room("inc-1")
    assert len(cards(world, room)) == 1
    assert len(bookmarks(world, room)) == len(set(bookmarks(world, room)))
    assert "Console" not in bookmarks(world, room)
    assert seen(world, place).topic == "How we take money"


def test_what_waited_while_it_became_private_is_there_once(world: World) -> None:
    slow = ("bookmarks.add", "pins.add", "chat.postMessage")
    world.slack.faults.add(
        *(Fault(method=one, kind="rate_limited", seconds=60, times=None) for one in slow)
    )
    world.ana.types("/incident checkout 5xx sev2 @checkout")
    old = world.room("inc-1")
    world.ana.types("/incident private", where=old)
    world.slack.faults.clear()
    world.passes(minutes=4)

    room = world.channel("inc-1-private")
    assert len(cards(world, room)) == 1
    assert len(bookmarks(world, room)) == len(set(bookmarks(world, room)))
    assert "Console" not in bookmarks(world, room)
    assert "INC-1" not in world.channel("incidents").text
    with world.app.desk.look() as connection:
        assert outbox_view.listed(connection, states=("dead",), limit=9) == ()


def test_a_topic_that_nobody_knows_is_left_alone(world: World) -> None:
    place = channel(world)
    world.ana.types("/incident convert checkout 5xx sev2 @checkout", where=place)
    found = incident(world)
    known = {name: value for name, value in found.facts.items() if name != "topic_before"}
    with world.app.desk.work(CLOCK, world.clock()) as work:
        incidents.save(work.connection, work.incident(found.number), facts=known)

    world.ana.types("/incident private", where=place)
    world.passes(minutes=2)

    assert seen(world, place).topic != ""


def test_a_room_that_opens_slowly_is_not_slacks_failure(world: World) -> None:
    world.ana.types("/incident checkout 5xx sev2 @checkout")
    old = world.room("inc-1")
    world.slack.faults.add(
        Fault(method="conversations.create", kind="rate_limited", seconds=90, times=1)
    )
    world.ana.types("/incident private", where=old)
    by = Origin(PersonId("U0ANA"), "api")
    note(world.app.desk, IncidentNumber(1), clean("northpay is back"), by=by, now=world.clock())
    for one in ("U0BO", "U0CHEN", "U0DANA", "U0EMRE", "U0FATIMA"):
        let_in(world.app.desk, IncidentNumber(1), PersonId(one), by=by, now=world.clock())
    world.settle()

    assert incident(world).room is None
    assert world.app.deliverer.troubles == ()
    world.passes(minutes=2)
    world.channel("inc-1-private").shows("northpay is back")


def test_merged_into_another_one_the_channel_stays(world: World) -> None:
    place = channel(world)
    world.ana.types("/incident login is slow sev3 @search")
    world.ana.types("/incident convert printers jam sev3", where=place)

    world.ana.types("/incident merge INC-1", where=place)
    world.passes(days=9)

    assert incident(world, 2).merged_into == 1
    assert not seen(world, place).is_archived
    assert "put away later" not in place.text


def test_merging_brings_who_was_at_work_and_not_the_whole_channel(world: World) -> None:
    place = channel(world)
    world.dana.types("/incident login is slow sev3 @search")
    world.ana.types("/incident convert printers jam sev3", where=place)
    world.bo.types("it is the toner", where=place)

    world.ana.types("/incident merge INC-1", where=place)

    there = world.room("inc-1").members
    assert {"U0ANA", "U0BO"} <= set(there)
    assert "U0CHEN" not in there


def test_a_channel_that_is_lost_brings_who_was_at_work_along(world: World) -> None:
    place = channel(world)
    world.ana.types("/incident convert printers jam sev3", where=place)
    world.bo.types("it is the toner", where=place)

    world.slack.faults.add(Fault(method="conversations.info", error="channel_not_found", times=1))
    world.looks_after_rooms()
    world.passes(minutes=1)

    assert incident(world).room != place.id
    there = world.room("inc-1").members
    assert {"U0ANA", "U0BO"} <= set(there)
    assert "U0CHEN" not in there


REFUSED = {
    "general": ("general", "#general is where everybody is: an incident would wake them all."),
    "announcements": ("incidents", "#incidents is where incidents are announced"),
}


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_some_channels_are_never_a_room(light_world: World, name: str) -> None:
    where, why = REFUSED[name]

    answer = words_of(light_world.ana.types("/incident convert it is broken", where=where))

    assert why in answer
    assert "Declare with new and a title" in answer
    assert not light_world.calls("conversations.create")


def test_a_room_is_not_converted_again(light_world: World) -> None:
    light_world.ana.types("/incident checkout 5xx sev2 @checkout")
    room = light_world.room("inc-1")

    answer = words_of(light_world.ana.types("/incident convert it is broken", where=room))

    assert f"#{room.name} is the room of INC-1 already, and it is open." in answer


def test_nor_one_that_has_ended(light_world: World) -> None:
    light_world.ana.types("/incident checkout 5xx sev2 @checkout")
    room = light_world.room("inc-1")
    light_world.ana.types("/incident cancel it was none", where=room)

    answer = words_of(light_world.ana.types("/incident convert it is broken", where=room))

    assert f"#{room.name} was the room of INC-1, which is cancelled." in answer
    assert "If it is the same outage: reopen and why." in answer


def test_a_direct_message_cannot_be_a_room(light_world: World) -> None:
    place = Place(light_world, "D0999", "directmessage")
    done = light_world.slack.act.command(
        "U0ANA", _dm(light_world), "convert it is broken", "/incident"
    )

    assert place.id not in {one.args.get("channel") for one in light_world.slack.log}
    assert "A direct message cannot become a room" in words_of(done)


def _dm(world: World) -> str:
    token = world.slack.identity.bot_token
    return str(
        world.slack.web_api("conversations.open", {"users": "U0ANA"}, token).body["channel"]["id"]
    )


def test_into_a_private_channel_people_have_to_let_us(light_world: World) -> None:
    place = channel(light_world, "secrets", private=True)

    answer = words_of(light_world.ana.types("/incident convert it is broken", where=place))

    assert "I am not in this channel, and cannot come in by myself." in answer
    assert "Type /invite @warroom here, then /incident convert again." in answer


def test_an_archived_channel_has_to_be_brought_back_first(light_world: World) -> None:
    place = channel(light_world)
    state = light_world.slack.core.state.channels
    state.put(replace(state.get(place.id), is_archived=True))

    answer = words_of(light_world.ana.types("/incident convert it is broken", where=place))

    assert "#payments is archived." in answer


def test_nothing_private_where_others_read(light_world: World) -> None:
    place = channel(light_world)
    say = "/incident convert somebody got in --security"

    answer = words_of(light_world.ana.types(say, where=place))

    assert "Everybody can read #payments, and you want a private incident." in answer


@pytest.mark.parametrize("private", [False, True])
def test_nothing_private_where_another_organisation_reads(
    light_world: World, *, private: bool
) -> None:
    place = channel(light_world, private=private, bot=True)
    state = light_world.slack.core.state.channels
    state.put(replace(state.get(place.id), shared_with="T0OTHER"))

    say = "/incident convert somebody got in --private"
    answer = words_of(light_world.ana.types(say, where=place))

    assert "#payments is shared with another organisation, and this would be private." in answer


def test_what_is_open_already_is_shown_first_and_insisting_converts(world: World) -> None:
    place = channel(world)
    world.ana.types("/incident checkout 5xx sev2 @checkout")

    answer = world.bo.types("/incident convert checkout errors sev2 @checkout", where=place)
    assert "Is it the same outage?" in words_of(answer)
    shown = list(world.slack.core.state.ephemerals)[-1]
    button = next(
        one
        for block in shown.body["blocks"]
        for one in block.get("elements", [])
        if one.get("action_id") == "convert.anyway"
    )
    world.slack.act.action(
        "U0BO", "convert.anyway", channel=place.id, message_ts=shown.ts, value=button["value"]
    )
    world.settle()

    assert incident(world, 2).room == place.id


def test_a_channel_that_is_archived_meanwhile_is_replaced_by_a_room(world: World) -> None:
    place = channel(world)
    world.slack.faults.add(
        Fault(method="conversations.join", kind="error_before", error="is_archived")
    )

    world.ana.types("/incident convert checkout 5xx sev2 @checkout", where=place)

    found = incident(world)
    assert found.room not in {None, place.id}
    assert found.room_name == "inc-1-checkout-5xx"
    assert Kind.ROOM_LOST in {one.kind for one in world.record(1)}
    assert "U0ANA" in world.room("inc-1").members
    assert doubles(world) == []


@pytest.mark.parametrize("point", [one for one in POINTS if one.startswith(("deliver", "work"))])
def test_a_kill_anywhere_converts_it_once(world: World, point: str) -> None:
    place = channel(world, bot=True)
    world.bo.types("checkout feels slow", where=place)
    world.passes(minutes=1)
    left = [1]

    def die(reached: str) -> None:
        if reached == point and left:
            left.pop()
            raise Crash

    say = "/incident convert checkout 5xx sev2 @checkout"
    with armed(die):
        survive(world, lambda: world.ana.types(say, where=place))
    if point == "work.committing":
        survive(world, lambda: world.ana.types(say, where=place))

    with world.app.desk.look() as connection:
        found = incidents.in_room(connection, place.id)
        every = incidents.recent(connection, limit=9)
    assert found is not None
    assert every == (found,)  # a number that was rolled back may be missing
    assert doubles(world) == []
    record = [one.kind for one in world.record(found.number)]
    assert record.count(Kind.ROOM_OPENED) == 1
    assert len([one for one in place.messages if "before this was the room" in str(one)]) == 1
