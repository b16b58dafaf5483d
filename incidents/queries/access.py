"""What somebody is to an incident at this moment, and for whom something is read."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection

from incidents.actions.desk import Desk
from incidents.model import access
from incidents.model.access import PUBLIC, Bond, Reader, Standing
from incidents.model.ids import IncidentNumber, PersonId
from incidents.model.incident import Incident
from incidents.model.people import Person
from incidents.model.roles import Role
from incidents.store import incidents, people, roles

_IN_COMMAND = frozenset({Role.COMMANDER.value, Role.DEPUTY.value})


def reader_of(desk: Desk, person: Person, now: datetime) -> Reader:
    """What ``person`` may read. Guests, bots and deactivated accounts: nothing private."""
    if person.is_guest or person.is_bot or not person.is_active:
        return PUBLIC
    is_security = _is_listed(desk, person, desk.catalog.settings.access.security)
    return Reader(person.id, now, sees_private=is_security)


def sees(
    desk: Desk, connection: Connection, number: IncidentNumber, person: PersonId, now: datetime
) -> bool:
    """Whether somebody may see the incident at this moment."""
    known = people.get(connection, person) or Person(person, person, person)
    return incidents.get(connection, number, reader_of(desk, known, now)) is not None


def standings_of(
    desk: Desk,
    connection: Connection,
    person: Person,
    incident: Incident | None,
    now: datetime,
    *,
    is_here: bool,
) -> frozenset[Standing]:
    """Everything they are. ``is_here`` is Slack's word that they act from inside the room."""
    listed = desk.catalog.settings.access
    return access.standings(
        person,
        None if incident is None else _bond(desk, connection, person, incident, now, is_here),
        is_security=_is_listed(desk, person, listed.security),
        is_admin=_is_listed(desk, person, listed.admins),
    )


def security_team(desk: Desk, connection: Connection) -> tuple[Person, ...]:
    """Everybody listed as security whom we know and who is a full, active member."""
    listed = desk.catalog.settings.access.security
    return tuple(
        one
        for one in (people.everybody(connection) if listed else ())
        if _is_listed(desk, one, listed) and one.is_active and not (one.is_bot or one.is_guest)
    )


def _bond(
    desk: Desk,
    connection: Connection,
    person: Person,
    incident: Incident,
    now: datetime,
    is_here: bool,  # noqa: FBT001 (a fact that is passed on)
) -> Bond:
    number = incident.number
    current = roles.current(connection, number)
    mine = [one for one in current if one.person == person.id]
    reader = reader_of(desk, person, now)
    return Bond(
        is_private=incident.is_private,
        sees=is_here or incidents.get(connection, number, reader) is not None,
        in_room=is_here or person.id in people.responders(connection, number),
        was_asked=bool(mine),
        commands=any(one.role in _IN_COMMAND and one.state == "held" for one in mine),
        has_commander=any(one.role == Role.COMMANDER and one.state == "held" for one in current),
        owns=owns(desk, person, incident.services),
    )


def owns(desk: Desk, person: Person, services: Iterable[str]) -> bool:
    """Whether they are in a team that owns one of the services."""
    teams = (desk.catalog.team_of(name) for name in services)
    members = {str(member) for team in teams if team is not None for member in team.members}
    return not members.isdisjoint(_names(person))


def _is_listed(desk: Desk, person: Person, listed: tuple[str, ...]) -> bool:
    """Whether one of the names is theirs, or that of a team they are in."""
    if not listed:
        return False
    teams = (team for team in desk.catalog.teams.values() if team.name in listed)
    members = {str(member) for team in teams for member in team.members}
    return not (members | set(listed)).isdisjoint(_names(person))


def _names(person: Person) -> set[str]:
    return {name.lower() for name in (person.handle, person.email) if name}
