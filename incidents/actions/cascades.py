"""A signal inside the blast radius of an open incident joins it, with its team, instead of a room.

The rule is `incidents.model.cascade`. Only public incidents are looked at: whoever asks may be a
machine. Whoever calls holds the alerts, so that of two signals the second sees the first.
"""

from dataclasses import dataclass
from datetime import timedelta

from incidents.actions import teams
from incidents.actions.desk import Work
from incidents.model.access import PUBLIC, Reader
from incidents.model.cascade import Kinship, surroundings
from incidents.model.ids import ServiceName
from incidents.model.incident import Incident
from incidents.store import incidents, links, outages

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


def find(work: Work, service: str | None, reader: Reader = PUBLIC) -> Kin | None:
    """The open incident whose services hang together with this one; the closest, then the oldest.

    One that people took this service out of is none.
    """
    services = work.desk.catalog.services
    if service is None or ServiceName(service) not in services.by_name:
        return None
    around = surroundings(services, ServiceName(service))
    found: list[Kin] = []
    for one in incidents.open_ones(work.connection, reader):
        apart = work.now - one.declared_at
        if one.is_drill or apart >= SAME_OUTAGE:
            continue
        kinship = around.closest(one.services, apart)
        if kinship is not None and not _was_taken_out(work, one, service):
            found.append(Kin(one, kinship))
    return min(found, key=lambda kin: (kin.kinship, kin.incident.number), default=None)


def join(work: Work, service: str | None, key: str) -> tuple[Incident, str] | None:
    """Take the service into the incident that it surely is a part of; None if there is none.

    ``key`` names the outage, so that its next signal finds that incident too.
    """
    kin = find(work, service)
    if kin is None or service is None or not kin.kinship.is_sure:
        return None
    incident = work.incident(kin.incident.number)
    if not incident.is_open or incident.is_private:  # it ended while we waited for it
        return None
    because = kin.because
    after = teams.join_in(work, incident, (service,), kin.kinship.because)
    outages.add(work.connection, key, incident.number, work.now)
    return after, because


def _was_taken_out(work: Work, incident: Incident, service: str) -> bool:
    for number in links.children_of(work.connection, incident.number):
        child = incidents.get(work.connection, number)
        if child is not None and service in child.services:
            return True
    return False
