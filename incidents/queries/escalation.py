"""Where an incident's escalation stands: the path, how far it is climbed, and how fast."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from incidents.actions.desk import Desk
from incidents.model.escalation import Climb, Hop, Standing, next_hop, path_for
from incidents.model.ids import IncidentNumber, TeamName
from incidents.store import climbs, pages
from incidents.store.climbs import Kept
from incidents.store.pages import Page


@dataclass(frozen=True, slots=True)
class Ascent:
    """A climb with its path. ``next_at`` is when ``coming`` is asked if nothing changes."""

    team: TeamName
    started_at: datetime
    climb: Climb
    because: str
    path: tuple[Hop, ...]
    coming: Hop | None
    next_at: datetime | None

    @property
    def is_climbing(self) -> bool:
        """Whether the next hop is asked by itself."""
        return self.climb.standing is Standing.CLIMBING


@dataclass(frozen=True, slots=True)
class Call:
    """A page with the ways it was tried: ``slack`` always, and pagers (``pagerduty payments``)."""

    page: Page
    ways: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Calls:
    """The climb, if there is a path, and everybody who was called, the first one first."""

    ascent: Ascent | None
    made: tuple[Call, ...]


def calls_of(desk: Desk, connection: Connection, number: IncidentNumber) -> Calls:
    """Who is asked next, and who was called and answered."""
    made = []
    for page in pages.of(connection, number):
        rings = pages.rings_of(connection, [page])
        outside = (f"{one.way.kind.value} {one.way.target}".rstrip() for one in rings)
        made.append(Call(page, ("slack", *outside)))
    return Calls(ascent_of(desk, connection, number), tuple(made))


def ascent_of(desk: Desk, connection: Connection, number: IncidentNumber) -> Ascent | None:
    """The escalation of an incident; None if nobody owns what is affected, or has no path."""
    kept = climbs.get(connection, number)
    if kept is None:
        return None
    path = path_of(desk, kept)
    ahead = next_hop(kept.climb, path)
    return Ascent(
        kept.team,
        kept.started_at,
        kept.climb,
        kept.because,
        path,
        ahead[1] if ahead else None,
        ahead[0] if ahead and kept.climb.standing is Standing.CLIMBING else None,
    )


def path_of(desk: Desk, kept: Kept) -> tuple[Hop, ...]:
    """The path as the configuration has it now."""
    team = desk.catalog.teams.get(kept.team)
    if team is None:
        return ()
    wait = desk.catalog.settings.accept_within(kept.tier)
    return path_for(team.escalation, kept.tier, lead=team.lead, wait=wait)
