"""How much more traffic each SLO of a service bears, from all hours that are kept of it."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from incidents.actions.desk import Desk
from incidents.model.capacity import Capacity, capacity_of
from incidents.model.objective import Objective, SLOName
from incidents.model.rolling import FINE
from incidents.queries.seasonal import hours_of

_LOOKS_BACK = timedelta(weeks=26)  # longer ago, it was another service


@dataclass(frozen=True, slots=True)
class Headroom:
    """What one SLO says of its service's capacity."""

    slo: SLOName
    service: str
    capacity: Capacity

    @property
    def told(self) -> tuple[str, str]:
        """Its name, and what it says."""
        return self.slo, self.capacity.says


def headroom_of(
    desk: Desk, connection: Connection, service: str, now: datetime
) -> tuple[Headroom, ...]:
    """Of each SLO of a service, in order of name. Raises `NotFound` for an unknown service."""
    name = desk.catalog.find_service(service).name
    until = FINE.start(FINE.number(now))
    return tuple(
        Headroom(one.slo, one.service, _capacity(connection, one, until))
        for one in sorted(desk.objectives, key=lambda one: one.slo)
        if one.service == name
    )


def headroom_of_all(desk: Desk, connection: Connection, now: datetime) -> tuple[Headroom, ...]:
    """Of every SLO, in order of name."""
    until = FINE.start(FINE.number(now))
    return tuple(
        Headroom(one.slo, one.service, _capacity(connection, one, until))
        for one in sorted(desk.objectives, key=lambda one: one.slo)
    )


def _capacity(connection: Connection, objective: Objective, until: datetime) -> Capacity:
    """By its events, also where slices are promised: those say how much of one may fail."""
    slicing = objective.slicing
    share = objective.budget
    if slicing is not None and slicing.target is not None:
        share = 1 - slicing.target
    events = replace(objective, slicing=None)
    return capacity_of(hours_of(connection, events, until, _LOOKS_BACK), float(share))
