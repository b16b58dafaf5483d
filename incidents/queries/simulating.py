"""What would happen: who would be asked to command an outage that nobody has declared.

The same rules as for a real one, on what the record says at this moment or on nothing but the
configuration. Nothing is written.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from incidents.actions.declare import suggest_severity
from incidents.actions.desk import Desk
from incidents.catalog.catalog import Catalog
from incidents.model.commander import Asked, Candidate, Nominee, Via, choose, nominees
from incidents.model.ids import PersonId
from incidents.model.oncall import Handle
from incidents.model.people import Person
from incidents.model.roles import Role
from incidents.model.severity import Severity
from incidents.model.supporting import SUPPORTING, choose_for
from incidents.queries.choosing import (
    IMAGINED,
    Matter,
    Outage,
    Reckoned,
    Standing,
    burns,
    candidates,
    decide,
    for_role,
    matter_of,
    standing_of,
)
from incidents.queries.oncall import roster_of
from incidents.queries.pulled_in import owners_of
from incidents.store import people

_MOST_ASKED = 10  # one after the other, in what is foreseen


@dataclass(frozen=True, slots=True)
class Case:
    """An outage to imagine. Without a ``severity``, the one that the services suggest.

    ``quiet`` says why no room would be opened for it; empty if one would.
    """

    services: tuple[str, ...]
    severity: Severity | None = None
    because: str = "named"
    quiet: str = ""


@dataclass(frozen=True, slots=True)
class Turn:
    """Who would be asked at ``at``, if nobody before them answered."""

    person: PersonId
    name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Support:
    """Who would be asked first to be ``role`` once somebody commands; None if nobody would."""

    role: Role
    person: PersonId | None
    name: str
    because: str
    alternatives: tuple[tuple[PersonId, str], ...]


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What would happen. ``turns`` begins with whoever is asked first; empty if nobody is left.

    ``support`` are the other roles that the severity asks for, if the first one accepts and each of
    the others does: who is on call and who leads is in the room by then, and nobody else.
    """

    case: Case
    severity: Severity
    severity_because: str
    reckoned: Reckoned
    turns: tuple[Turn, ...]
    within: timedelta
    support: tuple[Support, ...] = ()


def foresee(desk: Desk, connection: Connection | None, case: Case, at: datetime) -> Foreseen:
    """Who would be asked at ``at``. Without a ``connection``, the record counts for nothing.

    Raises `NotFound` for a service that nobody knows.
    """
    for name in case.services:
        desk.catalog.find_service(name)
    severity, because = case.severity, case.because
    if severity is None:
        severity, because = suggest_severity(desk.catalog, case.services)
    outage = Outage(case.services, severity, IMAGINED)
    burning = burns(desk, connection, outage, at) if connection else {}
    matter = matter_of(desk, outage, burning)
    found = _candidates(desk, connection, matter, at)
    within = desk.catalog.settings.accept_within(matter.what.tier)
    turns = _turns(desk, matter, found, at, within)
    settled = replace(case, severity=severity)
    return Foreseen(
        case=case,
        severity=severity,
        severity_because=because,
        reckoned=decide(desk, matter, found, at),
        turns=turns,
        within=within,
        support=_support(desk, connection, settled, matter, turns[0].person, at) if turns else (),
    )


def _support(
    desk: Desk,
    connection: Connection | None,
    case: Case,
    matter: Matter,
    commander: PersonId,
    at: datetime,
) -> tuple[Support, ...]:
    """The other roles, in the order of asking: whoever is asked for one is asked for no other."""
    severity, settings = case.severity or Severity.SEV3, desk.catalog.settings
    here = {commander, *_invited(desk, connection, case.services, matter, at)}
    taken: dict[PersonId, tuple[Role, ...]] = {commander: (Role.COMMANDER,)}
    foreseen: list[Support] = []
    for role in settings.roles_for(severity):
        if role not in SUPPORTING:
            continue
        theirs = for_role(desk, matter, role, severity)
        found = [
            replace(one, away="", asked=Asked.NOT_YET, is_here=one.person in here)
            for one in _candidates(desk, connection, theirs, at)
        ]
        rules = settings.policies.command
        choice = choose_for(role, found, theirs.what, taken, at, rules=rules)
        names = {one.person: one.name for one in found}
        if choice.person is not None:
            taken[choice.person] = (role,)
            here.add(choice.person)
        name = names.get(choice.person, "") if choice.person else ""
        foreseen.append(Support(role, choice.person, name, choice.because, choice.alternatives))
    return tuple(foreseen)


def _invited(
    desk: Desk,
    connection: Connection | None,
    services: tuple[str, ...],
    matter: Matter,
    at: datetime,
) -> tuple[PersonId, ...]:
    """Who is brought into the room at once: of the owning teams, who is on call and who leads."""
    if connection is not None:
        return owners_of(desk, connection, services, at, is_private=False)
    named = nominees(matter.team, desk.catalog.rotations, at)
    lead = [matter.team.lead] if matter.team and matter.team.lead else []
    duty = [one.handle for one in named if one.via is Via.ON_CALL]
    return tuple(PersonId(handle) for handle in (*duty, *lead))


def _candidates(
    desk: Desk, connection: Connection | None, matter: Matter, at: datetime
) -> tuple[Candidate, ...]:
    if connection is None:
        named = nominees(matter.team, desk.catalog.rotations, at)
        written = _written(desk.catalog, named)
        return candidates(desk, named, Standing(), written.get, at)
    named = nominees(matter.team, roster_of(desk.catalog, connection, matter.team, at), at)
    known = {one.handle: people.named(connection, one.handle) for one in named}
    return candidates(desk, named, standing_of(desk, connection, IMAGINED, at), known.get, at)


def _written(catalog: Catalog, named: Sequence[Nominee]) -> Mapping[Handle, Person]:
    """People as the configuration knows them: where it lists nobody, by their handles alone."""
    found: dict[Handle, Person] = {}
    for one in named:
        member = catalog.people.get(one.handle)
        name = member.name if member and member.name else one.handle
        zone = member.zone if member else "UTC"
        found[one.handle] = Person(PersonId(one.handle), one.handle, name, zone)
    return found


def _turns(
    desk: Desk, matter: Matter, found: Sequence[Candidate], at: datetime, within: timedelta
) -> tuple[Turn, ...]:
    """Who would be asked one after the other, while nobody answers."""
    rules = desk.catalog.settings.policies.command
    left, turns = list(found), list[Turn]()
    names = {one.person: one.name for one in found}
    while len(turns) < _MOST_ASKED:
        person = choose(left, matter.what, at, rules).person
        if person is None:
            break
        turns.append(Turn(person, names[person], at + within * len(turns)))
        left = [
            replace(one, asked=Asked.TIMED_OUT) if one.person == person else one for one in left
        ]
    return tuple(turns)
