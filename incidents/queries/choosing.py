"""Who would be asked to command, from everything the configuration and the record know.

The same answer is given when an incident is declared, when somebody passes, and when nothing has
happened yet and somebody only wants to see (`incidents.queries.simulating`).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from incidents.actions.desk import Desk
from incidents.model.commander import (
    Asked,
    Candidate,
    Choice,
    Nominee,
    Owned,
    Training,
    choose,
    nominees,
    owned,
    training_of,
)
from incidents.model.ids import IncidentNumber, PersonId, ServiceName, TeamName
from incidents.model.impact import MostAffected, most_affected
from incidents.model.incident import Incident
from incidents.model.oncall import Handle
from incidents.model.people import Person
from incidents.model.rest import WEEK, rest_of
from incidents.model.roles import Role
from incidents.model.services import Team
from incidents.model.severity import Severity
from incidents.queries.oncall import roster_of
from incidents.queries.slo import burns_of
from incidents.store import pages, people, roles
from incidents.store.roles import Assignment

_ASKED = {
    "offered": Asked.WAITING,
    "passed": Asked.PASSED,
    "expired": Asked.TIMED_OUT,
}

IMAGINED = IncidentNumber(0)
"""An incident that nobody declared: no incident has this number."""

Known = Callable[[Handle], Person | None]


@dataclass(frozen=True, slots=True)
class Outage:
    """What is to be commanded. ``number`` is `IMAGINED` for one that is not there."""

    services: tuple[str, ...]
    severity: Severity
    number: IncidentNumber

    @staticmethod
    def of(incident: Incident) -> "Outage":
        """The outage that an incident is about."""
        return Outage(incident.services, incident.severity, incident.number)


@dataclass(frozen=True, slots=True)
class Standing:
    """What the record says of everybody: public incidents only, since everybody reads why."""

    load: Mapping[PersonId, int] = field(default_factory=dict)
    pages: Mapping[PersonId, tuple[datetime, ...]] = field(default_factory=dict)
    commanded: Mapping[PersonId, tuple[int, datetime]] = field(default_factory=dict)
    shadowed: Mapping[PersonId, int] = field(default_factory=dict)
    here: frozenset[PersonId] = frozenset()
    rehearsing: frozenset[PersonId] = frozenset()
    history: tuple[Assignment, ...] = ()

    def of(self, person: PersonId) -> tuple[Assignment, ...]:
        """What somebody was asked for in this incident, and what became of it."""
        return tuple(one for one in self.history if one.person == person)


@dataclass(frozen=True, slots=True)
class Matter:
    """What is to be commanded and whose it is; ``most`` is None if no service is known."""

    what: Owned
    team: Team | None
    most: MostAffected | None


@dataclass(frozen=True, slots=True)
class Reckoned:
    """Who is asked, and everything that went into it."""

    matter: Matter
    choice: Choice
    candidates: tuple[Candidate, ...]

    def facts(self) -> dict[str, Any]:
        """All of it as plain JSON: kept with the question, so that ``why`` can be checked."""
        what, most = self.matter.what, self.matter.most
        impacts = most.impacts if most else ()
        return {
            "alternatives": [
                {"person": who, "because": why} for who, why in self.choice.alternatives
            ],
            "inputs": {
                "service": what.service,
                "tier": what.tier,
                "team": what.team,
                "impact": [
                    {
                        "service": one.service,
                        "tier": one.tier,
                        "burn": one.burn,
                        "dependents": one.dependents,
                        "weight": one.weight,
                    }
                    for one in impacts
                ],
                "candidates": [facts_of(one) for one in self.candidates],
            },
        }


def facts_of(one: Candidate) -> dict[str, Any]:
    """What was known of a candidate, as plain JSON."""
    return {
        "person": one.person,
        "via": one.via.name.lower(),
        "rotation": one.rotation,
        "load": one.load,
        "pages_last_night": one.pages_last_night,
        "pages_last_week": one.pages_last_week,
        "last_paged_at": one.last_paged_at.isoformat() if one.last_paged_at else None,
        "training": one.training.name.lower(),
        "commanded": one.commanded,
        "away": one.away,
        "asked": one.asked.value,
    }


def reckon(
    desk: Desk,
    connection: Connection,
    outage: Outage,
    now: datetime,
    *,
    may: Callable[[Person], bool] = lambda _: True,
) -> Reckoned:
    """Who should command now. ``may`` says who may hear of the incident at all."""

    def known(handle: Handle) -> Person | None:
        found = people.named(connection, handle)
        return found if found is not None and may(found) else None

    matter = matter_of(desk, outage, burns(desk, connection, outage, now))
    standing = standing_of(desk, connection, outage.number, now)
    named = nominees(matter.team, roster_of(desk.catalog, connection, matter.team, now), now)
    return decide(desk, matter, candidates(desk, named, standing, known, now), now)


def decide(desk: Desk, matter: Matter, found: tuple[Candidate, ...], now: datetime) -> Reckoned:
    """Like `reckon`, with the candidates found before."""
    rules = desk.catalog.settings.policies.command
    return Reckoned(matter, choose(found, matter.what, now, rules), found)


def matter_of(desk: Desk, outage: Outage, burning: Mapping[ServiceName, float]) -> Matter:
    """The most affected service of an outage, and the team that owns it."""
    catalog = desk.catalog
    names = [ServiceName(catalog.canonical(name) or name) for name in outage.services]
    most = most_affected(catalog.services, names, burning)
    if most is None:
        return Matter(owned(None, outage.severity), None, None)
    because = most.because if len(most.impacts) > 1 else ""
    service = catalog.services.by_name[most.service]
    team = catalog.team_of(most.service)
    return Matter(owned(service, outage.severity, because), team, most)


def for_role(desk: Desk, matter: Matter, role: Role, severity: Severity) -> Matter:
    """Whose people are asked to be ``role``: the team that is set for it, or the owners."""
    catalog = desk.catalog
    named = catalog.settings.role_teams.get(role)
    team = catalog.teams.get(TeamName(named)) if named else None
    if team is None or team == matter.team:
        return matter
    return Matter(Owned(None, matter.what.tier, team.name, severity), team, matter.most)


def burns(
    desk: Desk, connection: Connection, outage: Outage, now: datetime
) -> dict[ServiceName, float]:
    """How fast each affected service burns its budget; of a single one it makes no difference."""
    names = {ServiceName(desk.catalog.canonical(name) or name) for name in outage.services}
    return burns_of(desk, connection, names, now) if len(names) > 1 else {}


def standing_of(
    desk: Desk, connection: Connection, number: IncidentNumber, now: datetime
) -> Standing:
    """What the record says of everybody, for a choice in the incident ``number``."""
    weeks = timedelta(weeks=desk.catalog.settings.policies.command.weeks)
    asked = roles.asked_at(connection, now - WEEK)
    called = pages.called_at(connection, now - WEEK)
    woken = {one: (*asked.get(one, ()), *called.get(one, ())) for one in asked.keys() | called}
    return Standing(
        load=roles.load(connection, apart_from=number),
        pages=woken,
        commanded=roles.commanded_since(connection, now - weeks),
        shadowed=roles.deputised(connection),
        here=frozenset(people.responders(connection, number)),
        rehearsing=roles.rehearsing(connection, apart_from=number),
        history=roles.history(connection, number),
    )


def candidates(
    desk: Desk, named: Sequence[Nominee], standing: Standing, known: Known, now: datetime
) -> tuple[Candidate, ...]:
    """Of those whom the configuration names everybody we know, with what is known of them."""
    found = [
        _candidate(desk, nominee, person, standing, now)
        for nominee in named
        if (person := known(nominee.handle)) is not None
    ]
    return tuple(found)


def _candidate(
    desk: Desk, nominee: Nominee, person: Person, standing: Standing, now: datetime
) -> Candidate:
    rules = desk.catalog.settings.policies.command
    marked = desk.catalog.training.get(nominee.handle, Training.UNMARKED)
    rest = rest_of(standing.pages.get(person.id, ()), now, person.tz)
    commanded, last = standing.commanded.get(person.id, (0, None))
    mine = standing.of(person.id)
    return Candidate(
        person=person.id,
        name=person.name,
        via=nominee.via,
        step=nominee.step,
        rotation=nominee.rotation or "",
        load=standing.load.get(person.id, 0),
        pages_last_night=rest.nights,
        pages_last_week=rest.week,
        last_paged_at=rest.last,
        training=training_of(marked, standing.shadowed.get(person.id, 0), rules),
        commanded=commanded,
        last_commanded_at=last,
        away=_away(person, mine),
        asked=asked_for(mine, Role.COMMANDER),
        is_here=person.id in standing.here,
        is_rehearsing=person.id in standing.rehearsing,
    )


def asked_for(mine: Sequence[Assignment], role: Role) -> Asked:
    """What became of the newest question whether somebody takes ``role``."""
    for one in reversed(mine):
        if one.role == role.value and one.state in _ASKED:
            return _ASKED[one.state]
    return Asked.NOT_YET


def _away(person: Person, mine: Sequence[Assignment]) -> str:
    if not person.is_active:
        return "their account is deactivated"
    if any(one.state == "held" and one.role == Role.COMMANDER for one in mine):
        return "they command it already"
    return ""
