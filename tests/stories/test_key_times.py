"""Five times before the end: asked in one form in the room, that says what does not fit."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from web.conftest import fetch
from world import Place, World, words_of

from incidents.model.ids import IncidentNumber
from incidents.model.incident import Incident
from incidents.model.lifecycle import Status
from incidents.model.timeline import Entry, Kind
from incidents.store import incidents

NINE = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)


@pytest.fixture
def room(world: World) -> Place:
    """The room of an incident that began at nine and is commanded by Bo."""
    world.ana.types("/incident checkout 5xx sev2 @checkout")
    found = world.room("inc-1")
    world.bo.presses("Accept", where=found)
    world.passes(minutes=40)
    return found


def resolve(world: World, room: Place, *, start: datetime = NINE, end: datetime) -> None:
    """The form that resolves, filled in by Bo."""
    world.bo.types("/incident resolve", where=room)
    view = [view for view in world.slack.core.state.views if view.user == "U0BO"][-1].id
    times = {"start": start, "end": end}
    pickers: dict[str, Any] = {
        name: {name: {"selected_date_time": int(at.timestamp())}} for name, at in times.items()
    }
    world.slack.act.view("U0BO", view, {**pickers, "fix": {"fix": "Rolled back"}})
    world.settle()


def form(room: Place) -> dict[str, Any]:
    """The message in the room that asks for the times; there is never more than one."""
    found = [one for one in room.messages if one.get("text") == "Key times of INC-1"]
    assert len(found) == 1, room.text
    return found[0]


def words(message: dict[str, Any]) -> str:
    """What can be read in it."""
    parts = [
        one
        for block in message["blocks"]
        for one in (block.get("text"), *block.get("elements", []))
        if isinstance(one, dict)
    ]
    return "\n".join(one["text"] for one in parts if isinstance(one.get("text"), str))


def labels(message: dict[str, Any]) -> list[str]:
    """Its buttons."""
    rows = [block.get("elements", []) for block in message["blocks"]]
    return [one["text"]["text"] for row in rows for one in row if one["type"] == "button"]


def chooses(world: World, room: Place, which: str, at: datetime, *, who: str = "U0BO") -> None:
    """Somebody picks a time in the form."""
    done = world.slack.act.action(
        who,
        "keytimes.set",
        channel=room.id,
        message_ts=form(room)["ts"],
        block_id=f"times/INC-1/{which}",
        selected_date_time=int(at.timestamp()),
    )
    assert done.ok, done
    world.settle()


def now(world: World) -> Incident:
    """The incident as it is."""
    with world.app.desk.look() as connection:
        found = incidents.get(connection, IncidentNumber(1))
    assert found
    return found


def changes(world: World) -> list[Entry]:
    """Who said what about the times."""
    return [entry for entry in world.record(1) if entry.kind is Kind.KEY_TIME]


def test_what_was_never_said_is_asked_in_one_form_in_the_room(world: World, room: Place) -> None:
    resolve(world, room, end=NINE + timedelta(minutes=30))

    shown = words(form(room))
    assert "All five are known, and they fit together. If they are right, close it." in shown
    assert "at the latest as it was over" in shown
    assert "Time to resolve: 30 min" in shown
    assert labels(form(room)) == ["Close"]


def test_what_was_all_said_is_not_asked_again(world: World, room: Place) -> None:
    world.bo.types("/incident times mitigated 20 min ago", where=room)

    resolve(world, room, end=NINE + timedelta(minutes=35))

    assert "Key times of INC-1" not in [one.get("text") for one in room.messages]


def test_a_time_is_chosen_and_the_form_follows_at_once(world: World, room: Place) -> None:
    resolve(world, room, end=NINE + timedelta(minutes=30))

    chooses(world, room, "mitigated", NINE + timedelta(minutes=20))

    shown = words(form(room))
    assert "_said by <@U0BO>_" in shown
    assert "Time to mitigate: 20 min" in shown
    assert now(world).mitigated_at == NINE + timedelta(minutes=20)
    (entry,) = changes(world)
    assert (entry.actor, entry.occurred_at) == ("U0BO", NINE + timedelta(minutes=20))
    assert entry.body["from"] == (NINE + timedelta(minutes=30)).isoformat()


def test_a_second_opinion_corrects_the_first(world: World, room: Place) -> None:
    resolve(world, room, end=NINE + timedelta(minutes=30))

    chooses(world, room, "mitigated", NINE + timedelta(minutes=20))
    chooses(world, room, "mitigated", NINE + timedelta(minutes=25), who="U0ANA")

    first, second = changes(world)
    assert second.corrects == first.seq
    assert "_said by <@U0ANA>_" in words(form(room))


def test_times_that_contradict_each_other_are_shown_and_close_is_gone(
    world: World, room: Place
) -> None:
    resolve(world, room, end=NINE + timedelta(minutes=30))

    chooses(world, room, "mitigated", NINE + timedelta(minutes=38))

    assert (
        ":warning: Resolved (2026-11-18 09:30 UTC) is before mitigated (2026-11-18 09:38 UTC). "
        "What is over does not have to be mitigated any more."
    ) in words(form(room))
    assert labels(form(room)) == []
    refused = words_of(world.bo.types("/incident close", where=room))
    assert "is before mitigated" in refused
    assert "/incident times" in refused
    assert now(world).status is Status.RESOLVED


def test_a_missing_time_keeps_it_open_until_somebody_says_it(world: World, room: Place) -> None:
    resolve(world, room, end=NINE + timedelta(minutes=30))
    with world.app.desk.store.write() as connection:
        incidents.save(connection, now(world), mitigated_at=None)

    refused = words_of(world.bo.types("/incident close", where=room))
    chooses(world, room, "acknowledged", NINE + timedelta(minutes=5))
    asked = words(form(room))
    chooses(world, room, "mitigated", NINE + timedelta(minutes=20))
    world.bo.presses("Close", where=room)

    assert "It is not known when INC-1 was mitigated." in refused
    assert ":grey_question: Missing: mitigated." in asked
    assert now(world).status is Status.CLOSED
    assert "It is closed." in words(form(room))
    assert [one["type"] for one in form(room)["blocks"]].count("actions") == 0


def test_no_time_is_in_the_future(world: World, room: Place) -> None:
    resolve(world, room, end=NINE + timedelta(minutes=30))
    before = now(world)

    chooses(world, room, "mitigated", world.clock() + timedelta(hours=1))

    assert now(world).mitigated_at == before.mitigated_at
    assert changes(world) == []


def test_while_it_lasts_it_cannot_be_over(world: World, room: Place) -> None:
    refused = words_of(world.bo.types("/incident times resolved 10 min ago", where=room))

    assert "INC-1 is investigating." in refused


def test_a_time_is_said_in_words_in_ones_own_zone(world: World, room: Place) -> None:
    shown = words_of(world.bo.types("/incident times detected at 09:55", where=room))

    assert now(world).detected_at == NINE - timedelta(minutes=5)  # Bo is in Stockholm
    assert "Detected (2026-11-18 08:55 UTC) is before started" in shown


def test_only_who_is_at_work_sets_times(world: World, room: Place) -> None:
    del room

    refused = words_of(world.hana.types("/incident times INC-1 mitigated 10 min ago"))

    assert "Only people in the room or an administrator may set a key time." in refused


def test_whoever_asks_gets_the_form_and_may_use_it_there(world: World, room: Place) -> None:
    done = world.bo.types("/incident times", where=room)
    assert ":grey_question: Missing: mitigated, resolved." in words_of(done)
    whisper = [one for one in world.slack.core.state.ephemerals if one.user == "U0BO"][-1]

    world.slack.act.action(
        "U0BO", "keytimes.set", channel=room.id, message_ts=whisper.ts,
        block_id="times/INC-1/mitigated",
        selected_date_time=int((NINE + timedelta(minutes=20)).timestamp()),
    )  # fmt: skip
    world.settle()

    again = [one for one in world.slack.core.state.ephemerals if one.user == "U0BO"][-1]
    assert ":grey_question: Missing: resolved." in words(again.body)


def test_reopening_forgets_the_end_and_asks_in_the_same_form_again(
    world: World, room: Place
) -> None:
    resolve(world, room, end=NINE + timedelta(minutes=30))
    chooses(world, room, "mitigated", NINE + timedelta(minutes=20))
    world.bo.types("/incident reopen errors are back", where=room)
    world.passes(minutes=20)

    resolve(world, room, end=NINE + timedelta(minutes=50))

    assert now(world).mitigated_at == NINE + timedelta(minutes=50)
    assert "at the latest as it was over" in words(form(room))


def test_the_console_and_the_postmortem_say_the_same(world: World, room: Place) -> None:
    resolve(world, room, end=NINE + timedelta(minutes=30))
    chooses(world, room, "mitigated", NINE + timedelta(minutes=20))

    page = fetch(world, "/incidents/INC-1").text
    document = fetch(world, "/incidents/INC-1/postmortem.md").text

    assert "<dt>Time to mitigate</dt><dd>20 min</dd>" in page
    assert "| Mitigated | 2026-11-18 09:20 UTC | Bo" in document
    assert "| Time to mitigate (TTM) | 20 min |" in document


def test_a_note_about_the_past_has_its_time_and_says_when_it_was_written(
    world: World, room: Place
) -> None:
    answer = words_of(world.bo.types("/incident note at 10:12 the cache is cold", where=room))

    (entry,) = [one for one in world.record(1) if one.kind is Kind.NOTE]
    assert entry.occurred_at == NINE + timedelta(minutes=12)
    assert entry.body["text"] == "the cache is cold"
    assert "Noted as entry" in answer
    shown = words_of(world.bo.types("/incident timeline", where=room))
    assert ":bust_in_silhouette: person, recorded" in shown


def test_a_note_that_only_begins_with_at_keeps_its_words(world: World, room: Place) -> None:
    world.ana.types("/incident note at least it is not the database", where=room)

    (entry,) = [one for one in world.record(1) if one.kind is Kind.NOTE]
    assert entry.body["text"] == "at least it is not the database"


def test_a_note_is_corrected_and_taken_back_by_new_entries(world: World, room: Place) -> None:
    world.ana.types("/incident note payments is down", where=room)
    (first,) = [one for one in world.record(1) if one.kind is Kind.NOTE]

    world.bo.types(f"/incident correct {first.seq} payments-db is down", where=room)
    _, second = (one for one in world.record(1) if one.kind is Kind.NOTE)
    stale = words_of(world.bo.types(f"/incident retract {first.seq}", where=room))
    world.bo.types(f"/incident retract {second.seq} wrong incident", where=room)

    assert second.corrects == first.seq
    assert second.occurred_at == first.occurred_at
    assert "was corrected or taken back already" in stale
    last = world.record(1)[-1]
    assert (last.kind, last.corrects) == (Kind.RETRACTED, second.seq)
    assert last.body["because"] == "wrong incident"
    shown = words_of(world.bo.types("/incident timeline", where=room))
    assert "person, corrected_" in shown
    assert "person, taken back_" in shown


def test_what_was_done_cannot_be_talked_away(world: World, room: Place) -> None:
    refused = words_of(world.bo.types("/incident retract 1", where=room))

    assert "Entry 1 is no note and no message." in refused
