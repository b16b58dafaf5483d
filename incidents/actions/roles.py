"""Who is in charge: asked for, accepted, passed on, handed over, never two at once."""

from datetime import datetime

from incidents.actions import climbing, commanding, handover, paging, secrecy, supporting
from incidents.actions.desk import Desk, Origin, Work
from incidents.errors import Refused
from incidents.model import effects
from incidents.model.commands import to_type
from incidents.model.ids import IncidentNumber, PersonId
from incidents.model.incident import Incident
from incidents.model.lifecycle import ENDED
from incidents.model.roles import Role
from incidents.model.supporting import SUPPORTING
from incidents.model.timeline import Kind
from incidents.store import people, roles
from incidents.store.roles import Assignment


def accept(
    desk: Desk, number: IncidentNumber, role: str, *, by: Origin, now: datetime
) -> Assignment:
    """The person who was asked says yes."""
    with desk.work(by, now) as work:
        incident = work.incident(number)
        commanding.must_be_open(incident)
        offer = roles.offered(work.connection, number, role)
        if offer is None or offer.person != by.actor:
            raise Refused(
                f"You are not being asked to be {_label(role)} of {incident.key} any more.",
                instead=f"Take it with {to_type(f'role {role} me')}.",
            )
        held = roles.holder(work.connection, number, role)
        if held is not None and role == Role.COMMANDER:
            handover.handed_over(work, incident, held, by.actor)
        else:
            _release_holder(work, incident, role, because="handed over")
        roles.accept(work.connection, offer, now)
        work.log(number, Kind.ACCEPTED, {"role": role, "person": by.actor})
        _took(work, incident, role, by.actor, offer)
        return offer


def pass_on(desk: Desk, number: IncidentNumber, role: str, *, by: Origin, now: datetime) -> None:
    """The person who was asked says no; the next one is asked at once."""
    with desk.work(by, now) as work:
        incident = work.incident(number)
        offer = roles.offered(work.connection, number, role)
        if offer is None or offer.person != by.actor:
            raise Refused(f"You are not being asked to be {_label(role)} of {incident.key}.")
        work.log(number, Kind.PASSED, {"role": role, "person": by.actor})
        _close_offer(work, incident, offer, "passed")
        if role == "commander" and incident.is_open:
            paging.passed(work, incident, by.actor)
            climbing.unanswered(work, incident)
            handover.refused(work, incident, offer, "passed")
        elif role in SUPPORTING and incident.is_open:
            supporting.ask_next(work, incident, Role(role))
        work.refresh(incident)


def expire(work: Work, number: IncidentNumber, assignment_id: str) -> None:
    """Nobody answered in time: the next one is asked."""
    incident = work.incident(number)
    offer = roles.offered(work.connection, number, "commander")
    if offer is None or offer.id != assignment_id:
        return
    work.log(number, Kind.EXPIRED, {"role": offer.role, "person": offer.person})
    _close_offer(work, incident, offer, "expired")
    climbing.unanswered(work, incident)
    if incident.is_open:
        handover.refused(work, incident, offer, "expired")
    work.refresh(incident)


def assign(
    desk: Desk, number: IncidentNumber, role: str, person: PersonId, *, by: Origin, now: datetime
) -> str:
    """Take a role, or give it to somebody. What happened, in words.

    Somebody who names themselves takes a free role at once. Command that somebody holds only
    changes hands when the new one accepts; the other roles change at once.
    """
    with desk.work(by, now) as work:
        incident = work.incident(number)
        _must_not_be_over(incident)
        held = roles.holder(work.connection, number, role)
        if held is not None and held.person == person:
            raise Refused(f"That person is {_label(role)} of {incident.key} already.")
        secrecy.must_be_insider(work, incident, person)
        if role == "commander" and held is not None and person == by.actor != held.person:
            raise Refused(
                f"{incident.key} has a commander.",
                instead="Ask them to hand over: they type handoff and your name.",
            )
        if role == "commander" and person != by.actor:
            commanding.ask(work, incident, person, because=_asked_by(held))
            work.refresh(incident)
            return "asked"
        take(work, incident, role, person)
        return "taken"


def take(work: Work, incident: Incident, role: str, person: PersonId) -> None:
    """Somebody has the role from now on; whoever had it or was asked for it has not."""
    _release_holder(work, incident, role, because="somebody else took it")
    offer = roles.offered(work.connection, incident.number, role)
    if offer is not None:
        _close_offer(work, incident, offer, "ended")
    because = roles.TOOK if person == work.by.actor else roles.GIVEN
    held = roles.hold(work.connection, incident.number, role, person, work.now, because=because)
    work.log(incident.number, Kind.TAKEN, {"role": role, "person": person})
    _took(work, incident, role, person, held)


def take_over_absent(desk: Desk, number: IncidentNumber, *, by: Origin, now: datetime) -> None:
    """Command an incident whose commander has left the room."""
    with desk.work(by, now) as work:
        incident = work.incident(number)
        commanding.must_be_open(incident)
        held = roles.holder(work.connection, number, "commander")
        here = people.responders(work.connection, number)
        if held is not None and held.person in here:
            raise Refused(
                "The commander is back in the room.",
                instead="Ask them to hand over: they type handoff and your name.",
            )
        take(work, incident, "commander", by.actor)


def _took(
    work: Work, incident: Incident, role: str, person: PersonId, assignment: Assignment
) -> None:
    facts = {
        "number": incident.number,
        "key": incident.key,
        "role": role,
        "person": person,
        "room": incident.room or "",
    }
    changes = {}
    if role == "commander":
        work.never_mind(f"{incident.key}/accept/")
        commanding.close_question(work, incident, assignment, "accepted")
        climbing.answered(work, incident, "somebody took command")
        paging.accepted(work, incident, person)
        if incident.acknowledged_at is None:
            changes = {"acknowledged_at": work.now}
        supporting.fill(work, incident)
    else:
        supporting.close_question(work, incident, assignment, "accepted")
    work.send(
        effects.invite(incident.number, (person,), why=f"role-{assignment.id}"),
        effects.direct(person, f"{incident.key}/role/{assignment.id}", "role_instructions", facts),
    )
    if changes:
        work.change(incident, **changes)
    else:
        work.refresh(incident)


def withdraw(work: Work, incident: Incident, offer: Assignment) -> None:
    """The question is taken back; nobody else is asked instead."""
    _close_offer(work, incident, offer, "ended")


def give_up(work: Work, incident: Incident, held: Assignment) -> None:
    """Nobody has the role any more."""
    _release_holder(work, incident, held.role, because="it was undone")


def _release_holder(work: Work, incident: Incident, role: str, *, because: str) -> None:
    held = roles.holder(work.connection, incident.number, role)
    if held is None:
        return
    roles.end(work.connection, held, work.now, "ended")
    body = {"role": role, "person": held.person, "because": because}
    work.log(incident.number, Kind.RELEASED, body)


def _close_offer(work: Work, incident: Incident, offer: Assignment, state: str) -> None:
    roles.end(work.connection, offer, work.now, state)
    work.never_mind(f"{incident.key}/accept/{offer.id}")
    commanding.close_question(work, incident, offer, state)
    supporting.close_question(work, incident, offer, state)


def _must_not_be_over(incident: Incident) -> None:
    """Who commands it files it: also after it was resolved somebody may take that on."""
    if incident.status in ENDED:
        raise Refused(
            f"{incident.key} is {incident.status}.", instead="Reopen it if it is not over."
        )


def _asked_by(held: Assignment | None) -> str:
    return "somebody in the room named them" if held is None else "a hand-over was asked for"


def _label(role: str) -> str:
    return Role(role).title
