"""The next update: promised by severity, held, and chased."""

from incidents.actions.desk import Work
from incidents.model import effects
from incidents.model.incident import Incident
from incidents.store import incidents, outbox


def promise_update(work: Work, incident: Incident) -> Incident:
    """The next update is due one cadence from now; an older promise is called off."""
    every = work.desk.catalog.settings.cadence(incident.severity)
    at = work.now + every
    stop_updates(work, incident)
    after = incidents.save(work.connection, incident, next_update_at=at)
    work.later(f"{incident.key}/update/{after.version}", "update_due", at, incident=incident.number)
    return after


def stop_updates(work: Work, incident: Incident) -> None:
    """Nobody waits for an update any more, and what asks for one stays unsaid if it can."""
    work.never_mind(f"{incident.key}/update/")
    outbox.recall(work.connection, effects.nudges(incident.number), work.now)
