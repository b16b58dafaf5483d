"""A signal inside the blast radius of an open incident joins it, with its team, instead of a room.

Whoever calls holds the alerts, so that of two signals the second sees the first.
"""

from incidents.actions import teams
from incidents.actions.desk import Work
from incidents.model import effects
from incidents.model.ids import IncidentNumber
from incidents.model.incident import Incident
from incidents.queries.kin import Kin, in_order, kin_of
from incidents.store import outages


def join(work: Work, service: str | None, key: str) -> tuple[Incident, str] | None:
    """Take the service into the incident that it surely is a part of; None if there is none.

    ``key`` names the outage, so that its next signal finds that incident too.
    """
    kin = _find(work, service) if service else None
    if kin is None or service is None or not kin.kinship.is_sure:
        return None
    incident = work.incident(kin.incident.number)
    if not incident.is_open or incident.is_private:  # it ended while we waited for it
        return None
    after = teams.join_in(work, incident, (service,), kin.kinship.because)
    outages.add(work.connection, key, incident.number, work.now)
    return after, kin.because


def offer(work: Work, incident: Incident) -> None:
    """In a new room: what is open and may be the same outage. People know; we only ask them.

    What was just taken out of an incident is not offered to go back.
    """
    if incident.is_private or incident.is_drill or "apart_from" in incident.facts:
        return
    found = (_find(work, name, apart_from=incident.number) for name in incident.services)
    kin = min((one for one in found if one is not None), key=in_order, default=None)
    if kin is None:
        return
    facts = {
        "key": incident.key,
        "other": kin.incident.key,
        "title": kin.incident.title.raw,
        "room": kin.incident.room or "",
        "because": kin.kinship.because,
    }
    work.send(effects.post(incident.number, "offer", "offer_to_join", facts))


def _find(work: Work, service: str, *, apart_from: IncidentNumber | None = None) -> Kin | None:
    services = work.desk.catalog.services
    return kin_of(services, work.connection, service, work.now, apart_from=apart_from)
