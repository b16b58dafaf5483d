"""Which teams an outage affects, who leads each of them, and with which services."""

from dataclasses import dataclass

from sqlalchemy import Connection

from incidents.actions.desk import Desk
from incidents.model.ids import PersonId, ServiceName, TeamName
from incidents.model.incident import Incident
from incidents.store import affected


@dataclass(frozen=True, slots=True)
class Line:
    """One team. ``state`` is home, asked, leads or nobody; ``lead`` is who was asked, or leads."""

    team: TeamName
    state: str
    lead: PersonId | None
    services: tuple[str, ...]


STATES = {
    "home": "the commander speaks for it",
    "asked": "was asked to lead, no answer yet",
    "leads": "leads",
    "nobody": "nobody leads it",
}
"""What is said of each state of a `Line`, after the name of its lead if it has one."""


def roster_of(desk: Desk, connection: Connection, incident: Incident) -> tuple[Line, ...]:
    """Every owning team once, in the order they came; empty while it is the affair of one team."""
    of_team: dict[str, list[str]] = {}
    for name in incident.services:
        team = desk.catalog.team_of(ServiceName(name))
        of_team.setdefault(team.name if team else "", []).append(name)
    return tuple(
        Line(one.team, one.state, one.lead, tuple(of_team.get(one.team, ())))
        for one in affected.of(connection, incident.number)
    )
