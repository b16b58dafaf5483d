"""Nudges: sent while they are true, one per condition, dismissed for good, and never too many.

The room's budget (`policies.nudges_per_hour`) counts requests for updates too. What does not fit
into it waits, and is not sent if it is not true any more by then.
"""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from incidents.actions.desk import CLOCK, Desk, Origin, Work
from incidents.errors import Refused
from incidents.model import effects
from incidents.model.ids import IncidentNumber
from incidents.model.incident import Incident
from incidents.model.nudges import Nudge, Situation
from incidents.model.nudges import nudges as true_ones
from incidents.model.timeline import Entry, Kind
from incidents.store import alerts, incidents, outbox_view, roles, timeline
from incidents.store import nudges as stored
from incidents.store.types import to_micros

_HOUR = timedelta(hours=1)
_CHANGES = (Kind.DECLARED, Kind.STATUS, Kind.RESOLVED, Kind.REOPENED, Kind.UNDONE)


def look_around(desk: Desk, now: datetime) -> int:
    """Nudge where something has come to be true, and take back what is not any more. How many."""
    with desk.look() as connection:
        found = [
            one
            for one in incidents.unfinished(connection, now - _HOUR)
            if one.room and not one.is_drill and _has_news(connection, one, now)
        ]
    return sum(_look_at(desk, one.number, now) for one in found)


def dismiss(desk: Desk, number: IncidentNumber, name: str, *, by: Origin, now: datetime) -> None:
    """Whoever presses does not see this condition again here, and the message steps back."""
    with desk.work(by, now) as work:
        incident = work.incident(number)
        sent = {one.body["name"]: one.body for one in _sent(work.connection, number)}
        if name not in sent:
            raise Refused("That nudge is none of this incident's.")
        code = sent[name]["code"]
        if not stored.dismiss(work.connection, number, by.actor, code, now):
            return
        work.log(number, Kind.NUDGE_DISMISSED, {"person": by.actor, "because": sent[name]["say"]})
        _step_back(work, incident, name, "dismissed")


def _look_at(desk: Desk, number: IncidentNumber, now: datetime) -> int:
    with desk.work(CLOCK, now) as work:
        incident = work.incident(number)
        true = {_name(one): one for one in true_ones(_situation(work.connection, incident, now))}
        done = 0
        for one in _sent(work.connection, number):
            name = str(one.body["name"])
            if name not in true and not _is_over(work.connection, incident, name):
                _step_back(work, incident, name, "over")
                done += 1
        for name, nudge in true.items():
            done += _send(work, incident, name, nudge)
        return done


def _send(work: Work, incident: Incident, name: str, nudge: Nudge) -> bool:
    connection, number = work.connection, incident.number
    if not _is_new(connection, incident, name, nudge):
        return False
    most = work.desk.catalog.settings.policies.nudges_per_hour
    if stored.heard_since(connection, number, work.now - _HOUR) >= most:
        return False
    work.send(effects.post(number, name, "nudge", _facts(incident, name, nudge)))
    body = {"name": name, "code": nudge.code, "say": nudge.say, "to": nudge.to or ""}
    work.log(number, Kind.NUDGED, body)
    return True


def _is_new(connection: Connection, incident: Incident, name: str, nudge: Nudge) -> bool:
    """Whether it was not said yet, and whoever it is for has not had enough of it."""
    if outbox_view.state_of(connection, f"{incident.key}/talk/{name}") is not None:
        return False
    enough = stored.dismissed_by(connection, incident.number, nudge.code)
    return nudge.to not in enough if nudge.to else not enough


def _has_news(connection: Connection, incident: Incident, now: datetime) -> bool:
    """Whether there is anything to send or to take back: most minutes there is not."""
    true = {_name(one): one for one in true_ones(_situation(connection, incident, now))}
    if any(_is_new(connection, incident, name, one) for name, one in true.items()):
        return True
    return any(
        one.body["name"] not in true and not _is_over(connection, incident, one.body["name"])
        for one in _sent(connection, incident.number)
    )


def _situation(connection: Connection, incident: Incident, now: datetime) -> Situation:
    number = incident.number
    held = roles.holder(connection, number, "commander")
    changes = timeline.of_kinds(connection, number, _CHANGES)
    ends = [
        one.ended_at
        for one in roles.history(connection, number)
        if one.role == "commander" and one.ended_at
    ]
    return Situation(
        incident=incident,
        now=now,
        status_since=changes[-1].recorded_at if changes else incident.declared_at,
        commander=held.person if held else None,
        free_since=max(ends, default=None),
        is_somebody_asked=roles.offered(connection, number, "commander") is not None,
        firing=alerts.firing_of(connection, number),
    )


def _sent(connection: Connection, number: IncidentNumber) -> tuple[Entry, ...]:
    return timeline.of_kinds(connection, number, (Kind.NUDGED,))


def _step_back(work: Work, incident: Incident, name: str, state: str) -> None:
    said = next(one.body for one in _sent(work.connection, incident.number)
                if one.body["name"] == name)  # fmt: skip
    facts = {
        "key": incident.key,
        "name": name,
        "code": said["code"],
        "say": said["say"],
        "to": said["to"],
        "state": state,
        "by": work.by.actor,
    }
    work.send(effects.edit(incident.number, name, state, "nudge", facts))


def _is_over(connection: Connection, incident: Incident, name: str) -> bool:
    keys = (f"{incident.key}/talk/{name}@{state}" for state in ("over", "dismissed"))
    return any(outbox_view.state_of(connection, key) is not None for key in keys)


def _name(nudge: Nudge) -> str:
    return f"nudge/{nudge.code}/{to_micros(nudge.since)}"


def _facts(incident: Incident, name: str, nudge: Nudge) -> dict[str, str]:
    return {
        "key": incident.key,
        "name": name,
        "code": nudge.code,
        "say": nudge.say,
        "to": nudge.to or "",
        "state": "open",
        "by": "",
    }
