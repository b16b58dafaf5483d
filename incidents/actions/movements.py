"""People come and go, rooms are renamed: the record follows."""

from datetime import datetime

from incidents.actions import roles as role_actions
from incidents.actions.desk import Desk, Origin
from incidents.model.ids import IncidentNumber, PersonId
from incidents.model.timeline import Kind
from incidents.store import incidents, people


def person_moved(
    desk: Desk, room: str, person: PersonId, *, came: bool, by: Origin, now: datetime
) -> IncidentNumber | None:
    """Somebody joined or left a room. The incident, if the room is ours and it is news."""
    with desk.work(by, now) as work:
        incident = incidents.in_room(work.connection, room)
        if incident is None:
            return None
        work.about(incident.number)
        move = people.joined if came else people.left
        if not move(work.connection, incident.number, person, now):
            return None
        work.log(incident.number, Kind.JOINED if came else Kind.LEFT, {"person": person})
        if not came:
            role_actions.left_room(work, incident, person)
        return incident.number


def room_renamed(desk: Desk, room: str, name: str, *, by: Origin, now: datetime) -> None:
    """A room has another name. It is found by its id, so only what we show changes."""
    with desk.work(by, now) as work:
        incident = incidents.in_room(work.connection, room)
        if incident is not None and incident.room_name != name:
            work.about(incident.number)
            incidents.save(work.connection, incident, room_name=name[:80])
