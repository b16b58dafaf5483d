"""Which open incident a failing service may be a part of; the rule is `incidents.model.cascade`."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from incidents.model.access import PUBLIC
from incidents.model.cascade import Kinship, surroundings
from incidents.model.ids import IncidentNumber, ServiceName
from incidents.model.incident import Incident
from incidents.model.services import Services
from incidents.store import incidents, links

SAME_OUTAGE = timedelta(hours=6)  # an incident that is older is about another one


@dataclass(frozen=True, slots=True)
class Kin:
    """An open incident that a failing service may be a part of, and how."""

    incident: Incident
    kinship: Kinship

    @property
    def because(self) -> str:
        """In a sentence, with the incident."""
        return f"{self.kinship.because}; {self.incident.key} is open for that"


def kin_of(
    services: Services,
    connection: Connection,
    service: str,
    now: datetime,
    *,
    apart_from: IncidentNumber | None = None,
) -> Kin | None:
    """The open incident whose services hang together with this one; the closest, then the oldest.

    Only public ones are looked at: whoever asks may be a machine. One that people took this service
    out of is none.
    """
    if ServiceName(service) not in services.by_name:
        return None
    around = surroundings(services, ServiceName(service))
    found: list[Kin] = []
    for one in incidents.open_ones(connection, PUBLIC):
        apart = now - one.declared_at
        if one.is_drill or apart >= SAME_OUTAGE or one.number == apart_from:
            continue
        kinship = around.closest(one.services, apart)
        if kinship is not None and not _was_taken_out(connection, one, service):
            found.append(Kin(one, kinship))
    return min(found, key=in_order, default=None)


def in_order(kin: Kin) -> tuple[Kinship, IncidentNumber]:
    """What comes first."""
    return kin.kinship, kin.incident.number


def _was_taken_out(connection: Connection, incident: Incident, service: str) -> bool:
    for number in links.children_of(connection, incident.number):
        child = incidents.get(connection, number)
        if child is not None and service in child.services:
            return True
    return False
