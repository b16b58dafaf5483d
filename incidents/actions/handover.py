"""Command goes from one to the next: with a brief, once it is accepted, and never left lying.

Who commands keeps command until the other accepts; a No, or silence, changes nothing and is told
to them. A commander who leaves the room is asked to come back or to hand over; if they do neither,
command is offered on, and whose account is deactivated commands no more.
"""

from datetime import datetime
from typing import Any

from incidents.actions import commanding, secrecy, supporting
from incidents.actions.desk import Desk, Origin, Work
from incidents.errors import Refused
from incidents.model import effects
from incidents.model.commands import to_type
from incidents.model.ids import IncidentNumber, PersonId
from incidents.model.incident import Incident
from incidents.model.roles import Role
from incidents.model.supporting import SUPPORTING
from incidents.model.timeline import Kind
from incidents.queries.handover import brief_of
from incidents.store import incidents, people, roles
from incidents.store.due import Due
from incidents.store.roles import Assignment

_COMMAND = Role.COMMANDER.value


def hand_over(
    desk: Desk, number: IncidentNumber, person: PersonId, *, by: Origin, now: datetime
) -> None:
    """The commander asks somebody to take over, with a brief; they command until it is accepted."""
    with desk.work(by, now) as work:
        incident = work.incident(number)
        commanding.must_be_open(incident)
        held = roles.holder(work.connection, number, _COMMAND)
        if held is None:
            raise Refused(
                f"{incident.key} has no commander.",
                instead=f"Take it: {to_type('role commander me')}.",
            )
        if held.person != by.actor:
            raise Refused(
                f"Only the commander of {incident.key} can hand it over.",
                instead="Ask them to type handoff and your name.",
            )
        if person == by.actor:
            raise Refused("You are the commander already.", instead="Name somebody else.")
        known = people.get(work.connection, person)
        if known is not None and (known.is_bot or not known.is_active):
            raise Refused(f"{known.name} cannot take command.", instead="Choose somebody else.")
        secrecy.must_be_insider(work, incident, person)
        facts = {
            "hands_over": held.person,
            "brief": brief_of(desk, work.connection, incident, now),
        }
        commanding.ask(work, incident, person, because="the commander hands over", facts=facts)
        work.refresh(incident)


def handed_over(work: Work, incident: Incident, held: Assignment, taker: PersonId) -> None:
    """It was accepted: the one who had command has not got it any more."""
    roles.end(work.connection, held, work.now, "ended")
    body = {"role": _COMMAND, "from": held.person, "person": taker}
    work.log(incident.number, Kind.HANDED_OVER, body)


def refused(work: Work, incident: Incident, offer: Assignment, state: str) -> None:
    """Somebody said no to command, or nothing: the next one is asked, or who has it keeps it."""
    held = roles.holder(work.connection, incident.number, _COMMAND)
    if held is None:
        commanding.propose(work, incident)
    elif offer.facts.get("instead_of") == held.id:
        commanding.propose(work, incident, instead_of=held)
    elif offer.facts.get("hands_over") == held.person:
        facts = {"key": incident.key, "person": offer.person, "state": state}
        name = f"{incident.key}/kept/{offer.id}"
        work.send(effects.direct(held.person, name, "hand_over_refused", facts))


def left_room(work: Work, incident: Incident, person: PersonId) -> None:
    """Somebody who commands has left the room: ask them to hand over, and tell the others."""
    held = roles.holder(work.connection, incident.number, _COMMAND)
    if held is None or held.person != person or not incident.is_open:
        return
    until = work.now + commanding.within(work, incident)
    facts = {
        "number": incident.number,
        "key": incident.key,
        "person": person,
        "until": until.isoformat(),
    }
    at = str(int(work.now.timestamp()))
    work.send(
        effects.post(incident.number, f"commander-left@{at}", "commander_left", facts),
        effects.direct(person, f"{incident.key}/left@{at}", "you_left", facts),
    )
    args = {"assignment": held.id}
    key = f"{incident.key}/absent/{held.id}@{at}"
    work.later(key, "absent_due", until, args, incident=incident.number)


def come_back(desk: Desk, number: IncidentNumber, *, by: Origin, now: datetime) -> Incident:
    """Bring a commander who left back into the room."""
    with desk.work(by, now) as work:
        incident = work.incident(number)
        held = roles.holder(work.connection, number, _COMMAND)
        if held is None or held.person != by.actor:
            raise Refused(
                f"You do not command {incident.key} any more.", instead="There is nothing to do."
            )
        stamp = int(now.timestamp() * 1000)
        work.send(effects.invite(number, (by.actor,), why=f"back-{by.actor}-{stamp}"))
        return incident


def offer_on(work: Work, due: Due) -> None:
    """A commander has been away for so long that command is offered to somebody else."""
    incident = work.incident(IncidentNumber(due.incident or 0))
    held = roles.holder(work.connection, incident.number, _COMMAND)
    if held is None or held.id != due.args["assignment"] or not incident.is_open:
        return
    if held.person in people.responders(work.connection, incident.number):
        return
    if roles.offered(work.connection, incident.number, _COMMAND) is not None:
        return  # they are handing over
    commanding.propose(work, incident, instead_of=held)
    work.refresh(incident)


def deactivated(desk: Desk, person: PersonId, *, by: Origin, now: datetime) -> int:
    """Somebody's account is gone: what they commanded is offered on. How many incidents it was."""
    with desk.look() as connection:
        mine = [one.number for one in incidents.open_ones(connection)]
        mine = [one for one in mine if _holds(roles.current(connection, one), person)]
    for number in mine:
        with desk.work(by, now) as work:
            incident = work.incident(number)
            for held in roles.current(work.connection, number):
                if held.person == person:
                    _release(work, incident, held)
            work.refresh(incident)
    return len(mine)


def _holds(current: tuple[Assignment, ...], person: PersonId) -> bool:
    return any(one.person == person for one in current)


def _release(work: Work, incident: Incident, held: Assignment) -> None:
    why = "their account is deactivated"
    body: dict[str, Any] = {"role": held.role, "person": held.person, "because": why}
    work.log(incident.number, Kind.RELEASED, body)
    roles.end(work.connection, held, work.now, "ended")
    if held.state == "offered":
        work.never_mind(f"{incident.key}/accept/{held.id}")
        commanding.close_question(work, incident, held, "ended")
        if held.role == _COMMAND:
            refused(work, incident, held, "ended")
    elif held.role == _COMMAND and incident.is_open:
        commanding.propose(work, incident)
    if held.role in SUPPORTING and incident.is_open:
        supporting.close_question(work, incident, held, "ended")
        supporting.ask_next(work, incident, Role(held.role))
