"""What belongs together with an incident, and the record of all of it as one.

A private incident keeps to itself: nothing of it stands in a public one's record, whoever reads.
"""

from dataclasses import dataclass

from sqlalchemy import Connection

from incidents.model.access import Reader
from incidents.model.ids import IncidentNumber
from incidents.model.incident import Incident
from incidents.model.timeline import EVIDENCE, Entry
from incidents.store import incidents, links, timeline


@dataclass(frozen=True, slots=True)
class Companion:
    """Another incident. ``tie``: whole, part, parent, child or related, seen from the first."""

    tie: str
    incident: Incident
    because: str


def company_of(connection: Connection, incident: Incident, reader: Reader) -> tuple[Companion, ...]:
    """The incidents that have to do with this one, as far as ``reader`` may see them.

    A public incident shows public ones only, to everybody alike.
    """
    found: list[Companion] = []
    for one in links.of(connection, incident.number):
        is_mine = one.incident == incident.number
        other = incidents.get(connection, one.other if is_mine else one.incident, reader)
        if other is None or (other.is_private and not incident.is_private):
            continue
        ties = {"merged": ("whole", "part"), "child": ("parent", "child")}
        tie = ties.get(one.kind, ("related", "related"))[0 if is_mine else 1]
        found.append(Companion(tie, other, one.because))
    return tuple(found)


def family_of(connection: Connection, incident: Incident, reader: Reader) -> tuple[Incident, ...]:
    """The incident, what became a part of it, and what was taken out of it, and so on."""
    seen: dict[IncidentNumber, Incident] = {}
    waiting = [incident]
    while waiting:
        one = waiting.pop()
        if one.number in seen:
            continue
        seen[one.number] = one
        waiting += [
            each.incident
            for each in company_of(connection, one, reader)
            if each.tie in {"part", "child"} and each.incident.is_private == incident.is_private
        ]
    return tuple(seen[number] for number in sorted(seen))


def merged_timeline(
    connection: Connection, incident: Incident, reader: Reader, *, everything: bool = False
) -> tuple[Entry, ...]:
    """The records of a family as one, in the order things happened.

    What people merely said is left out unless ``everything`` is wanted.
    """
    found = [
        entry
        for one in family_of(connection, incident, reader)
        for entry in timeline.entries(connection, one.number)
        if everything or entry.kind not in EVIDENCE
    ]
    return tuple(sorted(found, key=lambda one: (one.occurred_at, one.recorded_at, one.id)))
