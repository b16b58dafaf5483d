"""People come and go, rooms are renamed: the record follows."""

from datetime import datetime

from incidents.actions import handover
from incidents.actions.desk import Desk, Origin, Work
from incidents.model.ids import IncidentNumber, PersonId
from incidents.model.incident import Incident
from incidents.model.timeline import Kind
from incidents.store import caught_up, incidents, people, roles


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
            handover.left_room(work, incident, person)
            caught_up.keep(work.connection, incident.number, person, now)
        if any(one.person == person for one in roles.current(work.connection, incident.number)):
            work.refresh(incident)  # the card shows who of them is away
        return incident.number


def room_renamed(desk: Desk, room: str, name: str, *, by: Origin, now: datetime) -> None:
    """A room has another name. It is found by its id, so only what we show changes."""
    with desk.work(by, now) as work:
        incident = incidents.in_room(work.connection, room)
        if incident is not None and incident.room_name != name:
            work.about(incident.number)
            follow_name(work, incident, name)


def follow_name(work: Work, incident: Incident, name: str) -> None:
    """The room is called otherwise: on the record, and wherever its name is shown."""
    after = incidents.save(work.connection, incident, room_name=name[:80])
    body = {"from": incident.room_name, "to": name}
    work.log(incident.number, Kind.ROOM_RENAMED, body)
    work.refresh(after)
