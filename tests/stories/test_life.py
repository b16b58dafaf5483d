"""The life of an incident in its room: severity, status, notes, trees, updates, follow-ups, the
end.
"""

from datetime import timedelta

from world import Place, World, words_of

from incidents.model.ids import IncidentNumber
from incidents.store import timeline


def declared(world: World) -> Place:
    """An incident with a commander."""
    world.ana.types("/incident checkout 5xx sev2 @checkout")
    room = world.room("inc-1")
    world.bo.presses("Accept", where=room)
    return room


def kinds(world: World) -> list[str]:
    """What is on the record, in order."""
    with world.app.desk.look() as connection:
        return [str(entry.kind) for entry in timeline.entries(connection, IncidentNumber(1))]


def form(world: World, who: str) -> str:
    """The form that is open for somebody."""
    return [view for view in world.slack.core.state.views if view.user == who][-1].id


def resolve(world: World, room: Place) -> None:
    """Fill in the form that resolves."""
    world.bo.types("/incident resolve", where=room)
    now = int(world.clock().timestamp())
    world.slack.act.view(
        "U0BO",
        form(world, "U0BO"),
        {
            "start": {"start": {"selected_date_time": now - 1800}},
            "end": {"end": {"selected_date_time": now - 60}},
            "fix": {"fix": "Rolled back"},
            "impact": {"impact": "Nobody could pay"},
        },
    )
    world.settle()


def test_severity_and_status_change_the_card_the_topic_and_the_announcement(world: World) -> None:
    room = declared(world)

    world.bo.types("/incident sev 1 everybody is affected", where=room)
    world.bo.types("/incident status identified bad deploy", where=room)

    assert room.info()["topic"]["value"].startswith("SEV1 Critical · identified")
    room.shows(":red_circle: *SEV1 Critical*  ·  :dart: *identified*")
    world.channel("incidents").shows(":red_circle: *SEV1 Critical*  ·  :dart: *identified*")


def test_a_note_is_on_the_timeline_with_its_author(world: World) -> None:
    room = declared(world)

    world.chen.types("/incident note the cache is cold", where=room)

    shown = words_of(world.ana.types("/incident timeline", where=room))
    assert "the cache is cold" in shown


def test_what_was_typed_is_on_the_timeline_to_the_letter(world: World) -> None:
    room = declared(world)

    world.chen.types(
        "/incident note <b>5 < 6</b> & see <https://x.example/a|the graph>", where=room
    )

    bodies = [body for kind, body in kinds_with_bodies(world) if kind == "note"]
    assert bodies == [{"text": "<b>5 < 6</b> & see the graph (https://x.example/a)"}]


def test_a_reaction_puts_a_message_on_the_timeline_and_taking_it_back_retracts_it(
    world: World,
) -> None:
    room = declared(world)
    said = world.ana.types("payments-db ran out of connections", where=room)

    world.chen.reacts("pushpin", said.ts, where=room)
    added = kinds(world)
    world.chen.reacts("pushpin", said.ts, where=room, remove=True)

    assert added.count("message") == 1
    assert kinds(world)[-1] == "retracted"


def test_the_action_emoji_makes_an_action_item_of_a_message(world: World) -> None:
    room = declared(world)
    said = world.ana.types("we should alert on connections", where=room)

    world.chen.reacts("memo", said.ts, where=room)

    assert "we should alert on connections" in words_of(world.chen.types("/incident mine"))


def test_taking_the_action_emoji_back_drops_the_item(world: World) -> None:
    room = declared(world)
    said = world.ana.types("we should alert on connections", where=room)

    world.chen.reacts("memo", said.ts, where=room)
    world.chen.reacts("memo", said.ts, where=room, remove=True)

    assert "no open action items" in words_of(world.chen.types("/incident mine"))
    assert kinds(world)[-2:] == ["retracted", "action_dropped"]


def test_a_mark_taken_back_before_it_was_read_leaves_nothing(world: World) -> None:
    room = declared(world)
    said = world.ana.types("never mind", where=room)

    world.slack.act.reaction("U0CHEN", room.id, said.ts, "pushpin")
    world.slack.flush_events()
    world.chen.reacts("pushpin", said.ts, where=room, remove=True)

    assert "message" not in kinds(world)


def test_the_update_emoji_sends_a_message_as_an_update(world: World) -> None:
    room = declared(world)
    said = world.bo.types("Half of the traffic is back", where=room)

    world.bo.reacts("mega", said.ts, where=room)

    room.shows(":mega: *Latest update*")
    room.shows("Half of the traffic is back")


def test_a_tree_is_walked_by_buttons_to_its_outcome(world: World) -> None:
    room = declared(world)

    world.bo.types("/incident tree http-5xx", where=room)
    room.shows("Is checkout still failing right now?")
    world.bo.presses("Yes", where=room)
    world.bo.presses("Yes", where=room)
    room.shows("Undo that change.")
    world.bo.presses("Yes", where=room)

    room.shows("The errors have stopped")
    assert kinds(world)[-1] == "tree_ended"
    assert kinds(world).count("tree_answered") == 3


def test_a_stale_answer_is_refused_in_words(world: World) -> None:
    room = declared(world)
    world.bo.types("/incident tree http-5xx", where=room)
    message, button = room.find_button("Yes", "U0BO")
    world.bo.presses("Yes", where=room)

    world.slack.act.action(
        "U0CHEN",
        button["action_id"],
        channel=room.id,
        message_ts=message["ts"],
        block_id=button["_block_id"],
        value=button["value"],
    )
    world.settle()

    assert kinds(world).count("tree_answered") == 1


def test_a_promised_update_that_does_not_come_is_chased(world: World) -> None:
    room = declared(world)

    world.passes(minutes=31)

    assert "update_late" in kinds(world)
    room.shows(":alarm_clock: *late*")


def test_an_update_in_time_is_not_chased(world: World) -> None:
    room = declared(world)

    world.passes(minutes=20)
    world.bo.types("/incident update We are rolling back", where=room)
    world.passes(minutes=20)

    assert "update_late" not in kinds(world)


def test_resolving_asks_what_fixed_it_and_starts_the_postmortem(world: World) -> None:
    room = declared(world)
    world.passes(minutes=25)

    resolve(world, room)

    assert "resolved" in kinds(world)
    assert "postmortem_started" in kinds(world)
    room.shows(":white_check_mark: *resolved*")


def test_resolving_with_the_end_before_the_start_says_so_under_the_field(world: World) -> None:
    room = declared(world)
    world.bo.types("/incident resolve", where=room)
    now = int(world.clock().timestamp())

    done = world.slack.act.view(
        "U0BO",
        form(world, "U0BO"),
        {
            "start": {"start": {"selected_date_time": now}},
            "end": {"end": {"selected_date_time": now - 60}},
            "fix": {"fix": "Rolled back"},
        },
    )

    assert done.errors == {"end": "The impact ends before it starts."}


def test_closing_too_early_names_everything_that_is_missing(world: World) -> None:
    world.ana.types("/incident something odd")

    answer = words_of(world.ana.types("/incident close", where="inc-1"))

    assert "INC-1 is investigating, not resolved." in answer
    assert "INC-1 has no commander." in answer


def test_close_and_reopen(world: World) -> None:
    room = declared(world)
    world.passes(minutes=25)
    resolve(world, room)

    closed = words_of(world.bo.types("/incident close", where=room))
    reopened = words_of(world.bo.types("/incident reopen errors are back", where=room))

    assert "INC-1 is closed." in closed
    assert "INC-1 is open again." in reopened
    assert kinds(world)[-1] == "reopened"


def test_a_false_alarm_is_cancelled_with_its_reason(world: World) -> None:
    room = declared(world)

    without = words_of(world.bo.types("/incident cancel", where=room))
    world.bo.types("/incident cancel a load test", where=room)

    assert "Cancelling needs a reason." in without
    assert kinds(world)[-1] == "cancelled"


def test_reminders_come_before_at_and_after_the_due_date_once_each(world: World) -> None:
    room = declared(world)

    world.ana.types("/incident todo @chen Rotate the certificates by friday", where=room)
    world.passes(days=9)

    texts = direct(world, "U0CHEN")
    assert len([text for text in texts if "You have a new action item" in text]) == 1
    assert len([text for text in texts if "is due soon" in text]) == 1
    assert len([text for text in texts if "of yours is due." in text]) == 1
    assert len([text for text in texts if "is overdue" in text]) == 3
    assert "action_escalated" in kinds(world)


def test_after_days_offline_the_owner_gets_one_reminder_and_it_says_that_it_is_late(
    world: World,
) -> None:
    room = declared(world)
    world.ana.types("/incident todo @chen Rotate the certificates by friday", where=room)

    world.clock.pass_(timedelta(days=5))
    world.settle()

    texts = direct(world, "U0CHEN")
    late = [text for text in texts if "I was offline" in text]
    assert len(late) == 1
    assert len([text for text in texts if "Rotate the certificates" in text]) == 2


def test_done_stops_the_reminders(world: World) -> None:
    room = declared(world)
    world.ana.types("/incident todo @chen Rotate the certificates by friday", where=room)
    dm = Place(world, world.slack.direct_channel("U0CHEN").id, "dm")

    world.chen.presses("Done", where=dm)
    world.passes(days=5)

    assert "action_done" in kinds(world)
    assert "action_reminded" not in kinds(world)


def test_an_ambiguous_date_is_refused_with_a_choice_and_the_choice_works(world: World) -> None:
    room = declared(world)

    answer = world.ana.types("/incident todo @chen Rotate certificates by 1/12", where=room)

    assert "has two readings" in words_of(answer)
    buttons = next(block for block in answer.body["blocks"] if block["type"] == "actions")
    assert "1 Dec 2026" in buttons["elements"][0]["text"]["text"]


def test_the_timeline_verifies_and_a_changed_row_is_named(world: World) -> None:
    declared(world)

    with world.app.desk.look() as connection:
        count, broken = timeline.check(connection, IncidentNumber(1))

    assert broken is None
    assert count == len(kinds(world))


def test_mentioning_the_bot_in_a_thread_is_the_same_as_the_command(world: World) -> None:
    room = declared(world)
    said = world.ana.types("what now?", where=room)
    bot = world.slack.identity.bot_user

    world.slack.act.message("U0ANA", room.id, f"<@{bot}> note from a thread", thread_ts=said.ts)
    world.settle()

    assert "from a thread" in str(kinds_with_bodies(world))


def kinds_with_bodies(world: World) -> list[tuple[str, dict]]:
    """The record with what it says."""
    with world.app.desk.look() as connection:
        entries = timeline.entries(connection, IncidentNumber(1))
    return [(str(entry.kind), entry.body) for entry in entries]


def direct(world: World, who: str) -> list[str]:
    """The bot's direct messages to somebody, one text each."""
    dm = Place(world, world.slack.direct_channel(who).id, "dm")
    return [
        "\n".join([message["text"], *[str(block) for block in message.get("blocks", [])]])
        for message in dm.messages
    ]
