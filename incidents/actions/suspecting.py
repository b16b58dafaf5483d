"""An incident begins: what was changed just before, on its record and in its room."""

from typing import Any

from incidents.actions.desk import Work
from incidents.model import effects
from incidents.model.incident import Incident
from incidents.model.suspects import Suspect
from incidents.model.timeline import Kind
from incidents.queries.suspects import suspects_of

_TOLD = 3


def suspect(work: Work, incident: Incident) -> None:
    """Say what to look at first; nothing if nothing near was changed."""
    if not incident.services or incident.is_drill:
        return
    found = suspects_of(work.desk, work.connection, incident, work.now)
    if not found:
        return
    facts = {"suspects": [_facts(one) for one in found[:_TOLD]], "more": len(found[_TOLD:])}
    work.log(incident.number, Kind.SUSPECTS, facts)
    work.send(effects.post(incident.number, "suspects", "suspects", facts))


def _facts(one: Suspect) -> dict[str, Any]:
    return {
        "title": one.change.title.raw,
        "url": one.change.url,
        "made_by": one.change.made_by,
        "at": one.change.made_at.isoformat(),
        "because": list(one.reasons),
    }
