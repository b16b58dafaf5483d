"""How somebody is reached without Slack: what the workspace and the catalogue know together."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from incidents.catalog.catalog import Catalog
from incidents.model.ids import ServiceName
from incidents.model.oncall import Handle
from incidents.model.paging import SLACK, Way
from incidents.model.people import Person
from incidents.queries.oncall import on_call_for
from incidents.store import people


@dataclass(frozen=True, slots=True)
class Contact:
    """One person. Each of the ways to reach them may be missing."""

    name: str
    handle: str
    email: str = ""
    phone: str = ""
    zone: str = "UTC"

    def line(self) -> str:
        """``Bo Lindqvist (@bo): +49 30 1234, bo@example.com``"""
        ways = ", ".join(way for way in (self.phone, self.email) if way)
        return f"{self.name} (@{self.handle})" + (f": {ways}" if ways else "")


def contact_named(catalog: Catalog, connection: Connection, handle: str) -> Contact:
    """Somebody by what configuration files call them: a handle or an e-mail address."""
    known = people.named(connection, handle)
    if known is not None:
        return contact_of(catalog, known)
    word = handle.strip().lstrip("@")
    for member in catalog.people.values():
        if word.lower() in {member.handle.lower(), member.email.lower()}:
            email = member.email or _address(member.handle)
            return Contact(member.name, word, email, member.phone, member.zone)
    return Contact(word, word, _address(word))


def contact_of(catalog: Catalog, person: Person) -> Contact:
    """Somebody we have met; the catalogue's telephone number, and its address if Slack has none."""
    names = {person.handle.lower(), person.email.lower()} - {""}
    for member in catalog.people.values():
        if names & {member.handle.lower(), member.email.lower()}:
            email = person.email or member.email or _address(member.handle)
            return Contact(person.name, person.handle, email, member.phone, person.zone)
    return Contact(person.name, person.handle, person.email, "", person.zone)


def ways_of(catalog: Catalog, contact: Contact) -> tuple[Way, ...]:
    """How somebody is paged: by their own ways, or else by those of the first team they are in."""
    names = {contact.handle.lower(), contact.email.lower()} - {""}
    for member in catalog.people.values():
        if member.paging and names & {member.handle.lower(), member.email.lower()}:
            return member.paging
    for team in catalog.teams.values():
        inside = {handle.lower() for handle in (*team.members, team.lead or "")}
        if team.paging and names & inside:
            return team.paging
    return (SLACK,)


def on_duty(
    catalog: Catalog, connection: Connection, service: str, now: datetime
) -> tuple[Handle, ...]:
    """Of the team that owns a service: who is on call, in order, and who leads it."""
    team = catalog.team_of(ServiceName(service))
    if team is None:
        return ()
    duty = [one.person for one in on_call_for(catalog, connection, team, now)]
    return tuple(dict.fromkeys([*duty, *([team.lead] if team.lead else [])]))


def _address(handle: str) -> str:
    return handle if "@" in handle else ""
