"""Rooms that are not needed any more: announced, put away, kept on request, and brought back."""

from datetime import datetime, timedelta

from incidents.actions.desk import Desk, Origin, Work
from incidents.errors import Refused
from incidents.model import effects
from incidents.model.converting import is_borrowed
from incidents.model.ids import IncidentNumber
from incidents.model.incident import Incident
from incidents.model.lifecycle import ENDED
from incidents.model.timeline import Kind
from incidents.store import due as dues
from incidents.store import outbox_view, timeline
from incidents.store.due import Due

_NOTICE = timedelta(days=1)  # before a room is put away; less where that is half of the time


def plan(work: Work, incident: Incident) -> datetime:
    """Put the room of an ended incident away in time, and say so before. When that will be.

    A channel that people had before is theirs: it stays.
    """
    after = work.desk.catalog.settings.policies.archive_after
    at, number = work.now + after, incident.number
    if is_borrowed(incident):
        return at
    name = f"{incident.key}/archive/{incident.version}"
    notice = min(_NOTICE, after / 2)
    said = {"at": at.isoformat()}
    work.later(f"{name}/soon", "archive_soon", at - notice, said, incident=number)
    work.later(name, "archive_room", at, incident=number)
    return at


def announce(work: Work, due: Due) -> None:
    """The room will be put away: say when, with the button that keeps it."""
    incident = work.incident(due.incident or IncidentNumber(0))
    if incident.status in ENDED and incident.room:
        facts = {"key": incident.key, "at": due.args["at"], "state": "soon"}
        work.send(effects.post(incident.number, _said(due.key), "archive_soon", facts))


def put_away(work: Work, due: Due) -> None:
    """Nobody wanted to keep the room. Its incident is as findable as before."""
    incident = work.incident(due.incident or IncidentNumber(0))
    if incident.status in ENDED and incident.room and not is_borrowed(incident):
        work.log(incident.number, Kind.ROOM_ARCHIVED, {"room": incident.room_name})
        work.send(effects.archive(incident.number, due.key))


def keep(desk: Desk, number: IncidentNumber, *, by: Origin, now: datetime) -> datetime:
    """Keep the room as long again. Until when. Raises `Refused` if nothing was going to happen."""
    with desk.work(by, now) as work:
        incident = work.incident(number)
        waiting = dues.pending(work.connection, f"{incident.key}/archive/")
        if incident.status not in ENDED or not waiting:
            raise Refused(f"The room of {incident.key} is not about to be archived.")
        work.never_mind(f"{incident.key}/archive/")
        after = work.change(incident)
        until = plan(work, after)
        work.log(number, Kind.ROOM_KEPT, {"room": incident.room_name, "person": by.actor})
        for one in waiting:
            name = _said(f"{one.key}/soon")
            if outbox_view.was_heard(work.connection, f"{incident.key}/talk/{name}"):
                facts = {"key": incident.key, "at": until.isoformat(), "state": "kept"}
                facts["by"] = by.actor
                work.send(effects.edit(number, name, "kept", "archive_soon", facts))
        return until


def keep_room(work: Work, incident: Incident) -> None:
    """It is needed again: it is not put away, or it is brought back."""
    work.never_mind(f"{incident.key}/archive/")
    kinds = (Kind.ROOM_ARCHIVED, Kind.ROOM_BACK, Kind.ROOM_OPENED)
    last = timeline.of_kinds(work.connection, incident.number, kinds)[-1:]
    if incident.room and last and last[0].kind is Kind.ROOM_ARCHIVED:
        work.send(effects.unarchive(incident.number, incident.room, f"again/{incident.version}"))


def _said(due_key: str) -> str:
    return f"archive/{due_key.rpartition('/archive/')[2]}"
