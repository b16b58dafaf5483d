"""The record says what was said: the reply and not its neighbour, edits, deletions, names."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from world import Place, World

from incidents.model.timeline import Entry, Kind


@pytest.fixture
def outage(world: World) -> World:
    """A world with an incident, commanded by Bo."""
    world.ana.types("/incident checkout 5xx sev2 @checkout")
    world.bo.presses("Accept", where=world.room("inc-1"))
    return world


@pytest.fixture
def room(outage: World) -> Place:
    """Its room."""
    return outage.room("inc-1")


def replies(world: World, where: Place, who: str, text: str, *, to: str) -> str:
    """An answer in a thread; its ts."""
    done = world.slack.act.message(who, where.id, text, thread_ts=to)
    world.settle()
    assert done.ts
    return done.ts


def pins(world: World, who: str, where: Place, ts: str, *, remove: bool = False) -> None:
    """Slack's own pin on a message, or off it."""
    method = "pins.remove" if remove else "pins.add"
    asked = {"channel": where.id, "timestamp": ts}
    answer = world.slack.web_api(method, asked, f"xoxp-{who}")
    assert answer.ok, answer.body
    world.settle()


def of(world: World, kind: Kind) -> list[Entry]:
    """The entries of a kind."""
    return [entry for entry in world.record(1) if entry.kind is kind]


def thread(world: World, room: Place) -> tuple[str, list[str]]:
    """A message and three answers to it, with a neighbour before and after."""
    world.ana.types("the neighbour before", where=room)
    root = world.ana.types("what do the pods say?", where=room).ts
    assert root
    found = [
        replies(world, room, "U0BO", words, to=root)
        for words in ("all ready", "no, payments-7 restarts", "it is out of memory")
    ]
    world.ana.types("the neighbour after", where=room)
    return root, found


@pytest.mark.parametrize("way", ["reaction", "pin", "shortcut"])
def test_a_mark_on_a_reply_records_that_reply_and_no_neighbour(
    outage: World, room: Place, way: str
) -> None:
    root, answers = thread(outage, room)

    if way == "reaction":
        outage.chen.reacts("pushpin", answers[1], where=room)
    elif way == "pin":
        pins(outage, "U0BO", room, answers[1])
    else:
        outage.slack.act.shortcut(
            "U0CHEN", "add_to_timeline", channel=room.id, message_ts=answers[1]
        )
        outage.settle()

    (entry,) = of(outage, Kind.MESSAGE)
    assert entry.body["text"] == "no, payments-7 restarts"
    assert entry.body["author"] == "U0BO"
    assert entry.actor == ("U0BO" if way == "pin" else "U0CHEN")
    assert entry.body["thread"] == root
    assert f"thread_ts={root}" in entry.body["link"]


def test_the_time_of_a_message_is_that_of_slack_to_the_microsecond(
    outage: World, room: Place
) -> None:
    outage.clock.pass_(timedelta(microseconds=123457))
    ts = outage.ana.types("now", where=room).ts
    assert ts
    outage.passes(minutes=10)

    outage.chen.reacts("pushpin", ts, where=room)

    (entry,) = of(outage, Kind.MESSAGE)
    assert f"{int(entry.occurred_at.timestamp())}.{entry.occurred_at.microsecond:06}" == ts
    assert entry.recorded_at - entry.occurred_at >= timedelta(minutes=10)


def test_a_pin_puts_a_message_on_the_timeline_and_taking_it_off_retracts_it(
    outage: World, room: Place
) -> None:
    ts = outage.ana.types("rolled back", where=room).ts
    assert ts

    pins(outage, "U0BO", room, ts)
    pins(outage, "U0BO", room, ts, remove=True)

    (entry,), (taken_back,) = of(outage, Kind.MESSAGE), of(outage, Kind.RETRACTED)
    assert taken_back.corrects == entry.seq


def test_an_entry_stands_until_the_last_mark_is_taken_off(outage: World, room: Place) -> None:
    ts = outage.ana.types("rolled back", where=room).ts
    assert ts
    outage.chen.reacts("pushpin", ts, where=room)
    outage.dana.reacts("pushpin", ts, where=room)
    pins(outage, "U0BO", room, ts)

    outage.chen.reacts("pushpin", ts, where=room, remove=True)
    outage.dana.reacts("pushpin", ts, where=room, remove=True)
    before = of(outage, Kind.RETRACTED)
    pins(outage, "U0BO", room, ts, remove=True)

    assert before == []
    (gone,) = of(outage, Kind.RETRACTED)
    assert (gone.actor, gone.corrects) == ("U0BO", of(outage, Kind.MESSAGE)[0].seq)


def test_our_own_pin_of_the_card_is_no_news(outage: World, room: Place) -> None:
    del room

    assert of(outage, Kind.MESSAGE) == []


def test_a_pin_that_nobody_told_us_of_is_found(outage: World, room: Place) -> None:
    with outage.deaf():
        ts = outage.ana.types("rolled back", where=room).ts
        assert ts
        pins(outage, "U0BO", room, ts)

    outage.looks_after_rooms()

    (entry,) = of(outage, Kind.MESSAGE)
    assert (entry.body["text"], entry.actor) == ("rolled back", "U0BO")


def test_an_edit_is_a_new_entry_that_corrects_the_old_one(outage: World, room: Place) -> None:
    ts = outage.ana.types("payments is bakc", where=room).ts
    assert ts
    outage.chen.reacts("pushpin", ts, where=room)
    outage.passes(minutes=5)

    outage.slack.act.edit("U0ANA", room.id, ts, "payments is back")
    outage.settle()

    first, second = of(outage, Kind.MESSAGE)
    assert (first.body["text"], second.body["text"]) == ("payments is bakc", "payments is back")
    assert second.corrects == first.seq
    assert second.occurred_at == first.occurred_at
    assert (second.actor, second.body["edited"]["by"]) == ("U0ANA", "U0ANA")
    said = of(outage, Kind.SAID)
    assert [one.body["text"] for one in said] == ["payments is bakc", "payments is back"]
    assert said[1].corrects == said[0].seq


def test_an_edit_of_an_edit_corrects_the_newest(outage: World, room: Place) -> None:
    ts = outage.ana.types("one", where=room).ts
    assert ts
    for words in ("two", "three"):
        outage.slack.act.edit("U0ANA", room.id, ts, words)
        outage.settle()

    one, two, three = of(outage, Kind.SAID)

    assert (two.corrects, three.corrects) == (one.seq, two.seq)


def test_taking_the_mark_off_after_an_edit_retracts_what_it_says_now(
    outage: World, room: Place
) -> None:
    ts = outage.ana.types("payments is bakc", where=room).ts
    assert ts
    outage.chen.reacts("pushpin", ts, where=room)
    outage.slack.act.edit("U0ANA", room.id, ts, "payments is back")
    outage.settle()

    outage.dana.reacts("round_pushpin", ts, where=room)
    outage.chen.reacts("pushpin", ts, where=room, remove=True)
    outage.dana.reacts("round_pushpin", ts, where=room, remove=True)

    first, second = of(outage, Kind.MESSAGE)
    (taken_back,) = of(outage, Kind.RETRACTED)
    assert (second.corrects, taken_back.corrects) == (first.seq, second.seq)


def test_an_edit_that_nobody_told_us_of_is_found_once(outage: World, room: Place) -> None:
    ts = outage.ana.types("payments is bakc", where=room).ts
    assert ts
    with outage.deaf():
        outage.slack.act.edit("U0ANA", room.id, ts, "payments is back")

    outage.looks_after_rooms()
    outage.looks_after_rooms()

    assert [one.body["text"] for one in of(outage, Kind.SAID)] == [
        "payments is bakc",
        "payments is back",
    ]


def test_links_that_unfurl_and_our_own_edits_are_no_edits(outage: World, room: Place) -> None:
    before = len(outage.record(1))

    outage.bo.types("/incident sev 4", where=room)

    assert {entry.kind for entry in outage.record(1)[before:]} == {Kind.SEVERITY}


@pytest.mark.parametrize("has_replies", [False, True])
def test_a_deleted_message_stays_on_the_record_and_is_marked(
    outage: World, room: Place, *, has_replies: bool
) -> None:
    ts = outage.ana.types("the password is hunter2", where=room).ts
    assert ts
    outage.chen.reacts("pushpin", ts, where=room)
    if has_replies:
        replies(outage, room, "U0BO", "delete that", to=ts)

    outage.slack.act.delete("U0ANA", room.id, ts)
    outage.settle()

    (kept,), (gone,) = of(outage, Kind.MESSAGE), of(outage, Kind.RETRACTED)
    assert kept.body["text"] == "the password is hunter2"
    assert gone.corrects == kept.seq
    assert gone.body["because"] == "the message was deleted in Slack"
    (unsaid,) = of(outage, Kind.UNSAID)
    assert unsaid.corrects == of(outage, Kind.SAID)[0].seq


def test_people_channels_and_groups_are_written_down_by_their_names(
    outage: World, room: Place
) -> None:
    group = outage.slack.add_usergroup("sre-oncall", "SRE on call", ["U0ANA"])
    general = outage.channel("general")
    outage.settle()

    ts = outage.ana.types(
        f"<@U0BO> and <!subteam^{group.id}>: see <#{general.id}|>, 5 < 6 & 7", where=room
    ).ts
    assert ts
    outage.chen.reacts("pushpin", ts, where=room)

    (said,), (entry,) = of(outage, Kind.SAID), of(outage, Kind.MESSAGE)
    wanted = f"@{name_of(outage, 'U0BO')} and @sre-oncall: see #general, 5 < 6 & 7"
    assert (said.body["text"], entry.body["text"]) == (wanted, wanted)
    assert f"<!subteam^{group.id}>" in entry.body["markup"]


def test_a_group_that_was_renamed_has_the_name_it_had_then(outage: World, room: Place) -> None:
    group = outage.slack.add_usergroup("sre", "SRE", ["U0ANA"])
    outage.ana.types(f"<!subteam^{group.id}> look", where=room)

    outage.slack.change_usergroup(group.id, handle="platform")
    outage.ana.types(f"<!subteam^{group.id}> look", where=room)

    assert [one.body["text"] for one in of(outage, Kind.SAID)] == ["@sre look", "@platform look"]


def test_without_the_scope_for_groups_their_id_stays_and_slack_is_asked_once(
    outage: World, room: Place
) -> None:
    identity = outage.slack.identity
    poor = replace(identity, bot_scopes=identity.bot_scopes - {"usergroups:read"})
    outage.slack.core.identity = poor

    for _ in range(3):
        outage.ana.types("<!subteam^S0NOBODY> look", where=room)

    assert [one.body["text"] for one in of(outage, Kind.SAID)] == ["@S0NOBODY look"] * 3
    assert len(outage.calls("usergroups.list")) == 1


def test_what_was_only_said_can_be_found_in_slack_too(outage: World, room: Place) -> None:
    ts = outage.ana.types("payments is back", where=room).ts

    (said,) = of(outage, Kind.SAID)

    asked = {"channel": room.id, "message_ts": ts}
    token = outage.slack.identity.bot_token
    link: dict[str, Any] = outage.slack.web_api("chat.getPermalink", asked, token).body
    assert said.body["link"] == link["permalink"]


def name_of(world: World, user: str) -> str:
    """What somebody is called."""
    member = world.slack.core.state.members.get(user)
    assert member
    return member.real_name
