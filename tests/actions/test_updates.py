"""Updates: sent once, promised, held, chased, and never asked for twice without need."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from incidents.actions import deadlines, housekeeping, lifecycle, roles, updates
from incidents.actions.declare import Declare, declare
from incidents.actions.desk import Desk, Origin
from incidents.actions.updates import SendUpdate, nothing_changed, send_update, snooze
from incidents.catalog.catalog import EMPTY
from incidents.errors import Refused, Repeated
from incidents.model.ids import IncidentNumber, PersonId
from incidents.model.incident import Incident
from incidents.model.people import Person
from incidents.model.roles import Role
from incidents.model.severity import Severity
from incidents.model.text import UserText
from incidents.model.timeline import Entry, Kind
from incidents.store import incidents, outbox_view, people, timeline
from incidents.store import updates as stored
from incidents.store.engine import Store
from incidents.store.tables import effect

NINE = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
CADENCE = timedelta(minutes=30)  # of sev2
ANA, BO = Origin(PersonId("U0ANA"), "slack"), Origin(PersonId("U0BO"), "slack")
WORDS = UserText("We rolled back, errors fall.")


def at(minute: float) -> datetime:
    return NINE + timedelta(minutes=minute)


@pytest.fixture
def desk(store: Store) -> Desk:
    with store.write() as connection:
        for handle, name in (("ana", "Ana Ng"), ("bo", "Bo Berg")):
            person = Person(PersonId(f"U0{handle.upper()}"), handle, name)
            people.remember(connection, person, NINE)
    return Desk(store, EMPTY)


@pytest.fixture
def incident(desk: Desk) -> Incident:
    order = Declare(UserText("Checkout 5xx"), severity=Severity.SEV2)
    made = declare(desk, order, by=ANA, now=NINE).incident
    roles.assign(desk, made.number, "commander", ANA.actor, by=ANA, now=NINE)
    return now_of(desk, made.number)


def now_of(desk: Desk, number: IncidentNumber) -> Incident:
    with desk.look() as connection:
        found = incidents.get(connection, number)
    assert found is not None
    return found


def owed(desk: Desk, incident: Incident) -> datetime:
    found = now_of(desk, incident.number).next_update_at
    assert found is not None
    return found


def record(desk: Desk, incident: Incident, kind: Kind) -> list[Entry]:
    with desk.look() as connection:
        entries = timeline.entries(connection, incident.number)
    return [entry for entry in entries if entry.kind is kind]


def carry(desk: Desk) -> None:
    """Everything that waits arrives."""
    with desk.store.write() as connection:
        connection.execute(update(effect).where(effect.c.state == "pending").values(state="done"))


def said(desk: Desk, view: str, *, kind: str = "post") -> list[dict[str, Any]]:
    query = select(effect).where(effect.c.kind == kind).order_by(effect.c.seq)
    with desk.look() as connection:
        rows = connection.execute(query).all()
    return [row.args["facts"] for row in rows if row.args.get("view") == view]


def passes(desk: Desk, minute: float) -> None:
    deadlines.tick(desk, housekeeping.HANDLERS, at(minute))


def test_an_update_is_kept_logged_and_posted(desk: Desk, incident: Incident) -> None:
    sent = send_update(desk, incident.number, SendUpdate("responders", WORDS), by=ANA, now=at(10))

    (entry,) = record(desk, incident, Kind.UPDATE)
    (facts,) = said(desk, "update")
    with desk.look() as connection:
        assert stored.of(connection, incident.number) == (sent,)
    assert entry.body["text"] == facts["text"] == WORDS.raw
    assert facts["next_at"] == at(40).isoformat()
    assert owed(desk, incident) == at(40)


def test_the_next_one_can_be_promised_for_another_time(desk: Desk, incident: Incident) -> None:
    soon = SendUpdate("responders", WORDS, timedelta(minutes=10))

    send_update(desk, incident.number, soon, by=ANA, now=at(5))

    passes(desk, 14)
    assert record(desk, incident, Kind.UPDATE_LATE) == []
    passes(desk, 15)
    assert len(record(desk, incident, Kind.UPDATE_LATE)) == 1


@pytest.mark.parametrize("audience", ["executives", "customers"])
def test_another_audience_does_not_settle_what_responders_were_promised(
    audience: str, desk: Desk, incident: Incident
) -> None:
    first = SendUpdate(audience, WORDS, timedelta(minutes=20))
    send_update(desk, incident.number, first, by=ANA, now=at(5))

    again = send_update(desk, incident.number, SendUpdate(audience, WORDS), by=ANA, now=at(26))

    assert owed(desk, incident) == at(30)
    assert again.was_due_at == at(25)
    assert again.was_late


def test_the_same_request_twice_sends_one_update(desk: Desk, incident: Incident) -> None:
    by = Origin(ANA.actor, "slack", "view/V1")
    wanted = SendUpdate("responders", WORDS)
    send_update(desk, incident.number, wanted, by=by, now=at(1))

    with pytest.raises(Repeated):
        send_update(desk, incident.number, wanted, by=by, now=at(2))

    assert len(said(desk, "update")) == 1


@pytest.mark.parametrize(
    ("wanted", "why"),
    [
        (SendUpdate("responders", UserText("")), "An update needs words."),
        (SendUpdate("everybody", WORDS), "everybody is no audience."),
        (
            SendUpdate("responders", WORDS, timedelta(0)),
            "The next update cannot be promised for then.",
        ),
    ],
)
def test_nonsense_is_refused_with_a_reason(
    wanted: SendUpdate, why: str, desk: Desk, incident: Incident
) -> None:
    with pytest.raises(Refused) as refused:
        send_update(desk, incident.number, wanted, by=ANA, now=at(1))

    assert refused.value.why == why
    assert record(desk, incident, Kind.UPDATE) == []


def test_a_cancelled_incident_gets_no_update(desk: Desk, incident: Incident) -> None:
    lifecycle.cancel(desk, incident.number, why="a load test", by=ANA, now=at(1))

    with pytest.raises(Refused, match="INC-1 is cancelled"):
        send_update(desk, incident.number, SendUpdate("customers", WORDS), by=ANA, now=at(2))


def test_an_update_in_time_is_never_asked_for(desk: Desk, incident: Incident) -> None:
    send_update(desk, incident.number, SendUpdate("responders", WORDS), by=ANA, now=at(29))

    passes(desk, 31)

    assert said(desk, "update_nudge") == []


def test_a_late_update_is_asked_for_once_then_escalated_once(
    desk: Desk, incident: Incident
) -> None:
    for minute in (30, 31, 44, 45, 46, 90, 300):
        passes(desk, minute)

    asked = [(one["asked"], one["is_too_late"]) for one in said(desk, "update_nudge")]
    assert asked == [([ANA.actor], False), ([ANA.actor], True)]
    assert len(said(desk, "update_nudge", kind="direct")) == 1
    assert len(record(desk, incident, Kind.UPDATE_LATE)) == 1


def test_the_comms_lead_is_asked_first_and_the_commander_when_it_takes_long(
    desk: Desk, incident: Incident
) -> None:
    roles.assign(desk, incident.number, Role.COMMS_LEAD.value, BO.actor, by=BO, now=at(1))

    passes(desk, 30)
    passes(desk, 45)

    assert [one["asked"] for one in said(desk, "update_nudge")] == [[BO.actor], [ANA.actor]]


@pytest.mark.usefixtures("incident")
def test_after_days_of_downtime_people_still_get_half_a_cadence_to_answer(desk: Desk) -> None:
    passes(desk, 5000)
    passes(desk, 5010)

    assert [one["is_too_late"] for one in said(desk, "update_nudge")] == [False]
    passes(desk, 5015)
    assert [one["is_too_late"] for one in said(desk, "update_nudge")] == [False, True]


def test_sending_it_closes_every_nudge(desk: Desk, incident: Incident) -> None:
    for minute in (30, 45):
        passes(desk, minute)
        carry(desk)

    send_update(desk, incident.number, SendUpdate("responders", WORDS), by=BO, now=at(46))

    closed = said(desk, "update_nudge", kind="edit")
    assert [(one["state"], one["by"]) for one in closed] == [("answered", BO.actor)] * 3
    (kept,) = record(desk, incident, Kind.UPDATE)
    assert kept.body["promised_at"] == at(76).isoformat()


def test_what_was_not_asked_yet_is_not_asked_any_more(desk: Desk, incident: Incident) -> None:
    passes(desk, 30)
    passes(desk, 45)

    send_update(desk, incident.number, SendUpdate("responders", WORDS), by=BO, now=at(46))

    with desk.look() as connection:
        waiting = outbox_view.listed(connection, states=("pending",), limit=100)
    assert [one.key for one in waiting if "/nudge/" in one.key] == []
    assert said(desk, "update_nudge", kind="edit") == []


def test_nothing_changed_keeps_the_promise_and_two_presses_keep_it_once(
    desk: Desk, incident: Incident
) -> None:
    passes(desk, 30)
    promised = owed(desk, incident)
    nothing_changed(desk, incident.number, promised, by=ANA, now=at(31))

    with pytest.raises(Refused, match="Another update has been promised in the meantime"):
        nothing_changed(desk, incident.number, promised, by=BO, now=at(31.1))

    assert [one["text"] for one in said(desk, "update")] == [updates.NOTHING_CHANGED.raw]
    assert owed(desk, incident) == at(61)


def test_snoozing_asks_again_after_ten_minutes_and_the_promise_stays_late(
    desk: Desk, incident: Incident
) -> None:
    passes(desk, 30)

    again = snooze(desk, incident.number, owed(desk, incident), by=ANA, now=at(31))

    assert again == at(41)
    assert owed(desk, incident) == at(30)
    passes(desk, 40)
    assert len(said(desk, "update_nudge")) == 1
    passes(desk, 41)
    assert len(said(desk, "update_nudge")) == 2


def test_snoozing_for_ever_is_escalated(desk: Desk, incident: Incident) -> None:
    passes(desk, 30)
    for minute in (31, 42):
        snooze(desk, incident.number, owed(desk, incident), by=BO, now=at(minute))
        passes(desk, minute + 10)

    assert [one["is_too_late"] for one in said(desk, "update_nudge")] == [False, False, True]


def test_resolving_ends_the_chase(desk: Desk, incident: Incident) -> None:
    passes(desk, 30)
    done = lifecycle.Resolution(UserText("rollback"), NINE, at(32), UserText(""))
    lifecycle.resolve(desk, incident.number, done, by=ANA, now=at(33))

    passes(desk, 300)

    assert len(said(desk, "update_nudge")) == 1


def test_a_resolved_incident_can_still_be_explained_but_promises_nothing(
    desk: Desk, incident: Incident
) -> None:
    done = lifecycle.Resolution(UserText("rollback"), NINE, at(32), UserText(""))
    lifecycle.resolve(desk, incident.number, done, by=ANA, now=at(33))

    sent = send_update(desk, incident.number, SendUpdate("customers", WORDS), by=ANA, now=at(40))

    assert sent.promised_at is None
    assert now_of(desk, incident.number).next_update_at is None


def test_a_draft_tells_what_changed_since_this_audience_last_heard(
    desk: Desk, incident: Incident
) -> None:
    send_update(desk, incident.number, SendUpdate("responders", WORDS), by=ANA, now=at(5))
    lifecycle.set_severity(
        desk, incident.number, Severity.SEV1, why="all of *Europe*", by=ANA, now=at(8)
    )

    text = updates.draft(desk, incident.number, "responders", now=at(10))

    assert text == (
        "SEV1 Critical, investigating. The cause is not known yet.\n"
        "Impact: not described yet\n"
        "Since the update at 09:05 UTC:\n"
        "- 09:08 Severity sev2 → sev1: all of *Europe*\n"
        "Next: find the cause, or a way to stop the harm without knowing it.\n"
        "Next update at 09:25 UTC."
    )
