"""What an incident cost, as it is told: as the record keeps it once it is over, else as of now."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection

from incidents.actions.desk import Desk
from incidents.model.incident import Incident
from incidents.model.objective import SLOName
from incidents.queries.attribution import Cost, costs_now
from incidents.queries.postmortem import costs_key, kept_costs
from incidents.store import timeline


def costs_shown(
    desk: Desk, connection: Connection, incident: Incident, now: datetime
) -> Mapping[SLOName, Cost]:
    """By SLO, those worth telling."""
    return {one.slo: one for one in costs_of(desk, connection, incident, now) if one.is_felt}


def costs_of(
    desk: Desk, connection: Connection, incident: Incident, now: datetime
) -> tuple[Cost, ...]:
    """All of them, the most first."""
    if not desk.objectives:
        return ()
    if incident.resolved_at is not None:
        entry = timeline.by_source_key(connection, incident.number, costs_key(incident))
        kept = kept_costs(incident, [entry]) if entry else None
        if kept is not None:
            return tuple(Cost(SLOName(one.slo), one.bad, one.spent, one.called) for one in kept)
    return costs_now(desk, connection, incident, now)
