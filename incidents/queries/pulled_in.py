"""Who is brought into an incident: of one that is declared, and of one that may be.

What a form shows before anything happens and what happens then are the same functions.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from incidents.actions.desk import Desk
from incidents.catalog.catalog import Catalog
from incidents.catalog.settings import Settings
from incidents.model.ids import PersonId
from incidents.model.people import Person
from incidents.model.severity import Severity
from incidents.queries.access import security_team
from incidents.queries.choosing import IMAGINED, Outage, reckon
from incidents.queries.contacts import on_duty
from incidents.store import people


@dataclass(frozen=True, slots=True)
class Plan:
    """A declaration that may be made; what its form says at this moment."""

    services: tuple[str, ...]
    severity: Severity
    by: PersonId
    is_private: bool = False
    is_drill: bool = False


@dataclass(frozen=True, slots=True)
class PulledIn:
    """Who would be asked to command and why, who is invited, and who hears of it.

    ``commander`` is None if nobody is left to ask. ``announced_in`` is empty if it is announced
    nowhere. ``others`` says in a few words how many more could be asked.
    """

    commander: PersonId | None
    because: str
    others: int
    within: timedelta
    invited: tuple[PersonId, ...]
    teams: tuple[str, ...]
    announced_in: str


def pulled_in(desk: Desk, connection: Connection, plan: Plan, now: datetime) -> PulledIn:
    """What would happen if it were declared now."""
    settings = desk.catalog.settings
    owners = owners_of(desk, connection, plan.services, now, is_private=plan.is_private)
    let_in = {plan.by, *owners}

    def may(person: Person) -> bool:
        return not plan.is_private or person.id in let_in

    outage = Outage(plan.services, plan.severity, IMAGINED)
    reckoned = reckon(desk, connection, outage, now, may=may)
    choice = reckoned.choice
    invited = [plan.by, *([choice.person] if choice.person else []), *owners]
    return PulledIn(
        commander=choice.person,
        because=choice.because,
        others=len(choice.alternatives),
        within=settings.accept_within(reckoned.matter.what.tier),
        invited=tuple(dict.fromkeys(invited)),
        teams=() if plan.is_private else teams_of(desk.catalog, plan.services),
        announced_in=announced_in(settings, is_drill=plan.is_drill, is_private=plan.is_private),
    )


def owners_of(
    desk: Desk,
    connection: Connection,
    services: Iterable[str],
    now: datetime,
    *,
    is_private: bool,
) -> tuple[PersonId, ...]:
    """Of each team that owns an affected service: who is on call, and who leads it.

    A private incident is the security team's, whatever it is about.
    """
    if is_private:
        return tuple(one.id for one in security_team(desk, connection))
    handles = [each for name in services for each in on_duty(desk.catalog, connection, name, now)]
    found = (people.named(connection, handle) for handle in dict.fromkeys(handles))
    return tuple(person.id for person in found if person is not None)


def teams_of(catalog: Catalog, services: Iterable[str]) -> tuple[str, ...]:
    """The teams that own the services, each once."""
    owning = (catalog.team_of(catalog.canonical(name) or name) for name in services)
    return tuple(dict.fromkeys(str(team.name) for team in owning if team is not None))


def announced_in(settings: Settings, *, is_drill: bool, is_private: bool) -> str:
    """The channel that is told of it; empty if none is."""
    return "" if is_drill or is_private else settings.announcement_channel
