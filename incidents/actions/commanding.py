"""Find a commander, ask them, and ask the next one when they pass or stay silent."""

from datetime import datetime, timedelta
from typing import Any

from incidents.actions import fallback, paging, secrecy
from incidents.actions.desk import CLOCK, Desk, Origin, Work
from incidents.errors import NotFound, Refused
from incidents.model import effects, ids
from incidents.model.commander import Choice, Via, nominees
from incidents.model.ids import IncidentNumber, PersonId, TeamName
from incidents.model.incident import Incident
from incidents.model.oncall import Handle
from incidents.model.people import Person
from incidents.model.roles import Role
from incidents.model.services import Team
from incidents.model.severity import MEANINGS
from incidents.model.timeline import Kind
from incidents.queries.choosing import Outage, Reckoned, matter_of, reckon
from incidents.queries.oncall import Roster, on_call_for, roster_of
from incidents.queries.pulled_in import owners_of
from incidents.store import incidents, outbox_view, people, roles
from incidents.store.roles import Assignment


def propose(work: Work, incident: Incident, *, instead_of: Assignment | None = None) -> Choice:
    """Ask the right person to command; say so when nobody is left to ask.

    ``instead_of`` is who commands and is not there: they do until somebody accepts.
    """
    reckoned = _reckon(work, incident)
    choice, matter = reckoned.choice, reckoned.matter
    if choice.person is None:
        _nobody(work, incident, choice.because, instead_of)
        if not reckoned.candidates and matter.team is not None:
            fallback.watch_duty(work, incident, _first(work, matter.team), choice.because)
        return choice
    facts, because = reckoned.facts(), choice.because
    if instead_of is not None:
        facts["instead_of"] = instead_of.id
        because = f"{_name(work, instead_of.person)} left the room and did not come back. {because}"
    ask(work, incident, choice.person, because=because, facts=facts)
    return choice


def _reckon(work: Work, incident: Incident) -> Reckoned:
    def may(person: Person) -> bool:
        return not incident.is_private or secrecy.sees(work, incident.number, person.id)

    return reckon(work.desk, work.connection, Outage.of(incident), work.now, may=may)


def propose_where_missing(desk: Desk, now: datetime) -> int:
    """Ask for open incidents that nobody commands or is asked to. How many there were.

    When an incident was declared before we had met the people of the workspace, nobody could be
    asked; now they can.
    """
    role = Role.COMMANDER.value
    asked = 0
    with desk.work(CLOCK, now) as work:
        for incident in incidents.open_ones(work.connection):
            number = incident.number
            nobody = roles.holder(work.connection, number, role) is None
            if nobody and not roles.history(work.connection, number):
                asked += propose(work, work.incident(number)).person is not None
    return asked


def ask(
    work: Work,
    incident: Incident,
    person: PersonId,
    *,
    because: str,
    facts: dict[str, Any] | None = None,
) -> Assignment:
    """Ask somebody to command. A question that was open before is closed."""
    number, role = incident.number, Role.COMMANDER.value
    before = roles.offered(work.connection, number, role)
    if before is not None:
        if before.person == person:
            raise Refused("They are being asked already.", instead="Give them a moment.")
        roles.end(work.connection, before, work.now, "ended")
        work.never_mind(f"{incident.key}/accept/{before.id}")
        close_question(work, incident, before, "ended")
    offer = roles.offer(
        work.connection, number, role, person, work.now, because=because, facts=facts or {}
    )
    work.log(number, Kind.OFFERED, {"role": role, "person": person, "because": because})
    until = work.now + within(work, incident)
    said = _question(incident, offer, until)
    name, is_hand_over = f"{incident.key}/ask/{offer.id}", "brief" in offer.facts
    view = "hand_over_asked" if is_hand_over else "commander_asked"
    directly = effects.direct(person, name, f"{view}_directly", said)
    work.send(
        effects.invite(number, (person,), why=f"ask-{offer.id}"),
        effects.post(number, f"ask/{offer.id}", view, said),
        directly,
    )
    fallback.watch_question(work, incident, offer, directly, until)
    if person != work.by.actor:
        paging.ring_for(work, incident, person, "command", because)
    work.later(
        f"{incident.key}/accept/{offer.id}",
        "accept_due",
        until,
        {"assignment": offer.id},
        incident=number,
    )
    return offer


def close_question(work: Work, incident: Incident, asked: Assignment, state: str) -> None:
    """What was asked is answered: the buttons go away, in the room and in the direct message."""
    room_name, direct_name = f"ask/{asked.id}", f"{incident.key}/ask/{asked.id}"
    if outbox_view.state_of(work.connection, f"{incident.key}/talk/{room_name}") is None:
        return
    facts = {
        "key": incident.key,
        "person": asked.person,
        "state": state,
        "because": asked.because,
        "hands_over": asked.facts.get("hands_over"),
    }
    view = "commander_question_closed"
    work.send(
        effects.edit(incident.number, room_name, state, view, facts),
        effects.edit_direct(asked.person, direct_name, state, view, facts),
    )


def heard_of(work: Work, incident: Incident, person: PersonId, *, by: str, via: str) -> None:
    """They answered the page about the question elsewhere: it says so, and is still a question."""
    offer = roles.offered(work.connection, incident.number, Role.COMMANDER.value)
    if offer is None or offer.person != person or "brief" in offer.facts:
        return
    asked = _question(incident, offer, offer.offered_at + within(work, incident))
    said = {**asked, "acknowledged": {"by": by, "via": via}}
    name, view = f"ask/{offer.id}", "commander_asked"
    work.send(
        effects.edit(incident.number, name, "acknowledged", view, said),
        effects.edit_direct(
            person, f"{incident.key}/{name}", "acknowledged", f"{view}_directly", said
        ),
    )


def owners(work: Work, incident: Incident) -> tuple[PersonId, ...]:
    """Of each team that owns an affected service: who is on call, and who leads it.

    A private incident is the security team's, whatever it is about.
    """
    return owners_of(
        work.desk, work.connection, incident.services, work.now, is_private=incident.is_private
    )


def page(
    desk: Desk,
    number: IncidentNumber,
    wanted: str,
    person: PersonId | None,
    *,
    by: Origin,
    now: datetime,
) -> tuple[PersonId, str]:
    """Bring in ``person``, or whoever is on call for the service or team ``wanted``."""
    with desk.work(by, now) as work:
        incident = work.incident(number)
        if person is None:
            person, because = _on_call_for(work, wanted)
        else:
            because = "asked for by name"
        secrecy.must_be_insider(work, incident, person)
        at = str(int(now.timestamp() * 1000))
        work.log(number, Kind.PAGED, {"person": person, "because": because})
        paging.page(work, incident, person, "hand", because, name=f"{person}-{at}")
        return person, because


def _on_call_for(work: Work, wanted: str) -> tuple[PersonId, str]:
    catalog = work.desk.catalog
    service = catalog.service(wanted)
    team = catalog.team_of(service.name) if service else catalog.teams.get(TeamName(wanted.lower()))
    if team is None:
        near = ", ".join(catalog.near(wanted)[:3])
        raise NotFound(
            f"{wanted} is no person, service or team I know.",
            instead=f"Did you mean {near}?" if near else "Name a service: page payments",
        )
    for duty in on_call_for(catalog, work.connection, team, work.now):
        person = people.named(work.connection, duty.person)
        if person is not None:
            about = f", which owns {service.name}" if service else ""
            return person.id, f"on call for {team.name}{about}"
    raise NotFound(f"Nobody is on call for {team.name} now.", instead="Name a person: page @ana")


def _question(incident: Incident, offer: Assignment, until: datetime) -> dict[str, Any]:
    stamp = int(until.timestamp())
    more: dict[str, Any] = {
        key: offer.facts[key] for key in ("hands_over", "brief") if key in offer.facts
    }
    return {
        **more,
        "others": [one["because"] for one in offer.facts.get("alternatives", ())],
        "key": incident.key,
        "title": incident.title.raw,
        "severity": MEANINGS[incident.severity].label,
        "role": offer.role,
        "person": offer.person,
        "because": offer.because,
        "until": f"<!date^{stamp}^{{time}}|{until:%H:%M} UTC>",
    }


def _nobody(work: Work, incident: Incident, because: str, absent: Assignment | None = None) -> None:
    role = Role.COMMANDER.value
    work.log(incident.number, Kind.UNASSIGNED, {"role": role, "because": because})
    facts = {"key": incident.key, "because": because, "absent": absent and absent.person}
    name = f"nobody/{ids.uuid7(work.now)}"
    work.send(effects.post(incident.number, name, "nobody_to_command", facts))


def within(work: Work, incident: Incident) -> timedelta:
    """How long somebody who is asked to command this has to answer."""
    matter = matter_of(work.desk, Outage.of(incident), {})
    return work.desk.catalog.settings.accept_within(matter.what.tier)


def must_be_open(incident: Incident) -> None:
    """Raises `Refused` for what is over."""
    if not incident.is_open:
        raise Refused(
            f"{incident.key} is {incident.status}.", instead="Reopen it if it is not over."
        )


def _name(work: Work, person: PersonId) -> str:
    known = people.get(work.connection, person)
    return known.name if known else person


def _first(work: Work, team: Team) -> tuple[Handle, ...]:
    """Who is on call, and who leads the team; if neither exists, whoever comes first."""
    every = nominees(team, _roster(work, team), work.now)
    duty = [one.handle for one in every if one.via is Via.ON_CALL]
    lead = [team.lead] if team.lead else []
    return tuple(dict.fromkeys([*duty, *lead])) or tuple(one.handle for one in every[:1])


def _roster(work: Work, team: Team | None) -> Roster:
    return roster_of(work.desk.catalog, work.connection, team, work.now)
