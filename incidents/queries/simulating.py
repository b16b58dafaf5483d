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
from incidents.model.commander import Asked, Candidate, Nominee, choose, nominees
from incidents.model.ids import PersonId
from incidents.model.oncall import Handle
from incidents.model.people import Person
from incidents.model.severity import Severity
from incidents.queries.choosing import (
    IMAGINED,
    Matter,
    Outage,
    Reckoned,
    Standing,
    burns,
    candidates,
    decide,
    matter_of,
    standing_of,
)
from incidents.queries.oncall import roster_of
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
class Foreseen:
    """What would happen. ``turns`` begins with whoever is asked first; empty if nobody is left."""

    case: Case
    severity: Severity
    severity_because: str
    reckoned: Reckoned
    turns: tuple[Turn, ...]
    within: timedelta


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
    return Foreseen(
        case=case,
        severity=severity,
        severity_because=because,
        reckoned=decide(desk, matter, found, at),
        turns=_turns(desk, matter, found, at, within),
        within=within,
    )


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
