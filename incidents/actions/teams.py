"""The teams of an outage: each that owns a failing service is in its room once, with its own lead.

There is one commander for all of them. A lead speaks for a team's services, and is asked like a
commander is: whoever is on call first, the next one when they pass or stay silent.
"""

from dataclasses import replace
from datetime import datetime

from incidents.actions.desk import Desk, Origin, Work
from incidents.errors import NotFound, Refused
from incidents.model import effects
from incidents.model.commands import to_type
from incidents.model.ids import IncidentNumber, PersonId, ServiceName, TeamName, uuid7
from incidents.model.incident import Incident
from incidents.model.people import Person
from incidents.model.roles import Role
from incidents.model.services import Team
from incidents.model.severity import MEANINGS
from incidents.model.timeline import Kind
from incidents.queries.contacts import on_duty
from incidents.store import affected, people, roles
from incidents.store.affected import Affected

_COMMANDS = Role.COMMANDER.value


def join_in(work: Work, incident: Incident, services: tuple[str, ...], because: str) -> Incident:
    """These services fail as a part of it: whoever owns them comes into the room.

    Of a private incident nobody is told by the way; its services are put down all the same.
    """
    new = tuple(one for one in dict.fromkeys(services) if one not in incident.services)
    if not new:
        return incident
    if not incident.is_private:
        know_home(work, incident)
    after = work.change(incident, services=(*incident.services, *new))
    for name in new:
        team = work.desk.catalog.team_of(ServiceName(name))
        body = {"service": name, "team": team.name if team else "", "because": because}
        work.log(incident.number, Kind.TEAM_JOINED, body)
        if team is not None and not incident.is_private:
            bring_in(work, after, team, name, because)
    return after


def join(
    desk: Desk, number: IncidentNumber, service: str, because: str, *, by: Origin, now: datetime
) -> Incident:
    """Somebody says that a service is affected too: its team is brought in."""
    with desk.work(by, now) as work:
        incident = work.incident(number)
        if not incident.is_open:
            raise Refused(f"{incident.key} is {incident.status}.", instead="Reopen it first.")
        if work.desk.catalog.services and work.desk.catalog.service(service) is None:
            raise NotFound(f"There is no service called {service}.")
        if service in incident.services:
            raise Refused(f"{service} is part of {incident.key} already.")
        return join_in(work, incident, (service,), because or "somebody in the room said so")


def bring_in(
    work: Work,
    incident: Incident,
    team: Team,
    service: str,
    because: str,
    *,
    lead_by: PersonId | None = None,
) -> None:
    """The team is in the incident, once, and somebody is asked to lead its part.

    ``lead_by`` does so already: they need not be asked.
    """
    if is_in(work, incident, team.name):
        return
    why = f"{service}: {because}"
    new = Affected(incident.number, team.name, "nobody", None, None, (), why, work.now)
    if not affected.add(work.connection, new):
        affected.save(work.connection, new)
    if lead_by is None:
        _ask(work, incident, new, service)
    else:
        lead(work, incident, new, lead_by)


def is_in(work: Work, incident: Incident, name: str) -> bool:
    """Whether a team is in an incident."""
    team = affected.get(work.connection, incident.number, name)
    return team is not None and team.state != "gone"


def lead_of(work: Work, incident: Incident, name: str) -> PersonId | None:
    """Who leads a team's part of an incident, if somebody does."""
    team = affected.get(work.connection, incident.number, name)
    return team.lead if team is not None and team.state == "leads" else None


def accept(desk: Desk, number: IncidentNumber, name: str, *, by: Origin, now: datetime) -> Affected:
    """Lead a team's part: whoever was asked, or somebody else of the team who is faster."""
    with desk.work(by, now) as work:
        incident = work.incident(number)
        team = _team(work, incident, name)
        if not incident.is_open:
            raise Refused(f"{incident.key} is {incident.status}.")
        if team.state == "leads" and team.lead == by.actor:
            raise Refused(f"You lead {name} in {incident.key} already.")
        if team.state == "leads" or not _may_lead(work, team):
            raise Refused(
                f"{_called(work, team.lead)} {'leads' if team.state == 'leads' else 'is asked for'}"
                f" {name} in {incident.key}.",
                instead=f"Talk to them, or bring somebody in: {to_type(f'page {name}')}",
            )
        return lead(work, incident, team, by.actor)


def lead(work: Work, incident: Incident, team: Affected, person: PersonId) -> Affected:
    """Somebody leads the team's part from now on."""
    _close_question(work, incident, team, "leads", person)
    after = replace(team, state="leads", lead=person, question=None, answered_at=work.now)
    affected.save(work.connection, after)
    body = {"team": team.team, "person": person, "state": "leads"}
    work.log(incident.number, Kind.TEAM_ANSWERED, body)
    if team.lead != person:
        work.send(effects.invite(incident.number, (person,), why=f"lead-{uuid7(work.now)}"))
    work.refresh(incident)
    return after


def pass_on(desk: Desk, number: IncidentNumber, name: str, *, by: Origin, now: datetime) -> None:
    """Whoever was asked to lead says no; the next one is asked at once."""
    with desk.work(by, now) as work:
        incident = work.incident(number)
        team = _team(work, incident, name)
        if team.state != "asked" or team.lead != by.actor:
            raise Refused(f"You are not being asked to lead {name} in {incident.key}.")
        _next(work, incident, team, "passed")


def expire(work: Work, number: IncidentNumber, name: str, question: str) -> None:
    """Nobody answered in time: the next one is asked."""
    incident = work.incident(number)
    team = affected.get(work.connection, number, name)
    if team is not None and team.question == question and incident.is_open:
        _next(work, incident, team, "expired")


def leave(work: Work, incident: Incident, team: Affected) -> None:
    """Nothing of the team's fails here any more."""
    _close_question(work, incident, team, "gone", team.lead)
    gone = replace(team, state="gone", lead=None, question=None, passed=())
    affected.save(work.connection, gone)


def _next(work: Work, incident: Incident, team: Affected, answer: str) -> None:
    _close_question(work, incident, team, answer, team.lead)
    body = {"team": team.team, "person": team.lead, "state": answer}
    work.log(incident.number, Kind.TEAM_ANSWERED, body)
    passed = (*team.passed, *([team.lead] if team.lead else []))
    after = replace(team, state="nobody", lead=None, question=None, passed=passed)
    affected.save(work.connection, after)
    _ask(work, incident, after, team.because.partition(": ")[0])
    work.refresh(incident)


def _ask(work: Work, incident: Incident, team: Affected, service: str) -> None:
    """Ask whoever is on call, or else leads the team; say so in the room if nobody is left."""
    person = _candidate(work, incident, team, service)
    facts = {
        "key": incident.key,
        "title": incident.title.raw,
        "severity": MEANINGS[incident.severity].label,
        "room": incident.room or "",
        "team": team.team,
        "because": team.because,
    }
    question = uuid7(work.now)
    if person is None:
        work.log(incident.number, Kind.TEAM_ANSWERED, {"team": team.team, "state": "nobody"})
        work.send(effects.post(incident.number, f"team/{question}", "team_nobody", facts))
        return
    after = replace(team, state="asked", lead=person.id, question=question)
    affected.save(work.connection, after)
    asked = {**facts, "person": person.id}
    body = {"team": team.team, "person": person.id, "state": "asked"}
    work.log(incident.number, Kind.TEAM_ANSWERED, body)
    work.send(
        effects.invite(incident.number, (person.id,), why=f"team-{question}"),
        effects.post(incident.number, f"team/{question}", "team_asked", asked),
        effects.direct(person.id, f"{incident.key}/team/{question}", "team_asked_directly", asked),
    )
    known = work.desk.catalog.service(service)
    within = work.desk.catalog.settings.accept_within(known.tier if known else 3)
    args = {"team": team.team, "question": question}
    key = f"{incident.key}/team/{question}"
    work.later(key, "team_due", work.now + within, args, incident.number)


def _candidate(work: Work, incident: Incident, team: Affected, service: str) -> Person | None:
    """Whoever commands, or is asked to, has enough to do: they are asked last of all."""
    handles = on_duty(work.desk.catalog, work.connection, service, work.now)
    known = [one for each in handles if (one := people.named(work.connection, each)) is not None]
    busy = {
        one.person
        for one in roles.current(work.connection, incident.number)
        if one.role == _COMMANDS
    }
    able = [one for one in known if one.id not in team.passed and one.is_active]
    return next(iter(sorted(able, key=lambda one: one.id in busy)), None)


def know_home(work: Work, incident: Incident) -> None:
    """The teams that were in it from the beginning: the commander speaks for them."""
    for name in incident.services:
        team = work.desk.catalog.team_of(ServiceName(name))
        if team is None:
            continue
        because = f"{name}: it began here"
        home = Affected(
            incident.number, team.name, "home", None, None, (), because, incident.declared_at
        )
        affected.add(work.connection, home)


def _close_question(
    work: Work, incident: Incident, team: Affected, state: str, person: PersonId | None
) -> None:
    """What was asked is answered: the buttons go away, in the room and in the direct message."""
    if team.question is None or team.lead is None:
        return
    work.never_mind(f"{incident.key}/team/{team.question}")
    facts = {"key": incident.key, "team": team.team, "person": person, "state": state}
    room_name, direct_name = f"team/{team.question}", f"{incident.key}/team/{team.question}"
    view = "team_question_closed"
    work.send(
        effects.edit(incident.number, room_name, state, view, facts),
        effects.edit_direct(team.lead, direct_name, state, view, facts),
    )


def _may_lead(work: Work, team: Affected) -> bool:
    """Who was asked; anybody of the team; and if there is nobody, whoever steps up."""
    if team.lead == work.by.actor or team.state == "nobody":
        return True
    known = people.get(work.connection, work.by.actor)
    theirs = work.desk.catalog.teams.get(TeamName(team.team))
    members = {str(one).lower() for one in theirs.members} if theirs else set()
    return known is not None and bool(members & {known.handle.lower(), known.email.lower()})


def _team(work: Work, incident: Incident, name: str) -> Affected:
    found = affected.get(work.connection, incident.number, name)
    if found is None or found.state == "gone":
        raise Refused(
            f"The team {name} is not in {incident.key}.",
            instead=f"Bring its service in: {to_type('affected @service')}",
        )
    return found


def _called(work: Work, person: PersonId | None) -> str:
    known = people.get(work.connection, person) if person else None
    return known.name if known else "The commander"
