"""What somebody might want to take back."""

from sqlalchemy import Connection

from incidents.model.ids import IncidentNumber, PersonId
from incidents.model.timeline import Entry
from incidents.model.undo import WAYS, Acts, last_acts
from incidents.store import timeline


def acts_of(connection: Connection, number: IncidentNumber, me: PersonId) -> Acts:
    """The last acts on the record that still stand."""
    acts = timeline.of_kinds(connection, number, WAYS.keys())
    return last_acts(acts, timeline.corrected(connection, number), me)


def act(connection: Connection, number: IncidentNumber, seq: int) -> Entry | None:
    """One entry, if it is an act."""
    found = timeline.find(connection, number, seq)
    return found if found is not None and found.kind in WAYS else None
