"""Somebody says when it started, was noticed, taken on, contained, over."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from incidents.actions.desk import Desk, Origin, Work
from incidents.errors import Refused
from incidents.model import effects, keytimes
from incidents.model.ids import IncidentNumber
from incidents.model.incident import Incident
from incidents.model.keytimes import KeyTime
from incidents.model.lifecycle import Status
from incidents.model.timeline import Entry, Kind
from incidents.store import outbox_view, timeline

FORM = "key-times"  # what the form in the room is known by
VIEW = "key_times"
_CLOCKS_DIFFER = timedelta(minutes=1)
_COSTS_AFTER = timedelta(hours=1)


def state(
    desk: Desk, number: IncidentNumber, which: KeyTime, at: datetime, *, by: Origin, now: datetime
) -> Incident:
    """``which`` was ``at``, somebody says. It is on the record, and the form in the room is true.

    Times that contradict each other are taken: two of them may have to be moved. They cannot be
    filed, though.
    """
    with desk.work(by, now) as work:
        incident = work.incident(number)
        before: datetime | None = getattr(incident, which.column)
        _must_make_sense(incident, which, at, now)
        if before == at:
            return incident
        last = timeline.standing(work.connection, number, _key(which))
        work.log(
            number,
            Kind.KEY_TIME,
            {
                "time": which.value,
                "from": before.isoformat() if before else None,
                "to": at.isoformat(),
            },
            occurred_at=at,
            source_key=f"{_key(which)}/{incident.version + 1}",
            corrects=last.seq if last else None,
        )
        after = work.change(incident, **{which.column: at})
        if (
            after.resolved_at and not after.is_drill
        ):  # what it cost is counted again, over the other span
            due, key = now + _COSTS_AFTER, f"{after.key}/costs/{after.version}"
            work.later(key, "keep_costs", due, incident=number)
        show_again(work, after)
        return after


def was_said(work: Work, incident: Incident, which: KeyTime) -> bool:
    """Whether somebody said it, rather than that it followed from something else."""
    if getattr(incident, which.column) is None:
        return False
    return timeline.standing(work.connection, incident.number, _key(which)) is not None


def ask(work: Work, incident: Incident) -> None:
    """Ask for the times in the room: in one message, edited in place ever after."""
    if outbox_view.state_of(work.connection, _place(incident.number)):
        show_again(work, incident)
        return
    work.send(effects.post(incident.number, FORM, VIEW, _facts(work, incident)))


def show_again(work: Work, incident: Incident) -> None:
    """Make the form in the room true again, if there is one."""
    if not outbox_view.state_of(work.connection, _place(incident.number)):
        return
    at = f"{incident.version}-{work.now.timestamp():.6f}"
    work.send(effects.edit(incident.number, FORM, at, VIEW, _facts(work, incident)))


def is_known_for_sure(work: Work, incident: Incident) -> bool:
    """Whether there is nothing to ask: all are known, none is assumed, none contradicts another."""
    if not keytimes.is_complete(incident):
        return False
    told = keytimes.told(timeline.entries(work.connection, incident.number))
    return not told[KeyTime.MITIGATED].because if KeyTime.MITIGATED in told else True


def facts_of(incident: Incident, entries: Iterable[Entry]) -> dict[str, Any]:
    """What the form shows, as plain JSON."""
    told = keytimes.told(entries)
    rows = [
        {
            "time": one.value,
            "at": at.isoformat() if at else None,
            "by": told[one].by if one in told and at else "",
            "because": told[one].because if one in told and at else "",
        }
        for one, at in keytimes.times(incident).items()
    ]
    lengths = [
        [one.label, None if one.length is None else one.length.total_seconds()]
        for one in keytimes.measures(incident)
    ]
    return {
        "key": incident.key,
        "status": incident.status.value,
        "times": rows,
        "wrong": [one.say for one in keytimes.conflicts(incident)],
        "lengths": lengths,
    }


def _facts(work: Work, incident: Incident) -> dict[str, Any]:
    return facts_of(incident, timeline.entries(work.connection, incident.number))


def _must_make_sense(incident: Incident, which: KeyTime, at: datetime, now: datetime) -> None:
    if incident.status is Status.CANCELLED:
        raise Refused(f"{incident.key} was cancelled: it has no times.", instead="Reopen it first.")
    if at > now + _CLOCKS_DIFFER:
        raise Refused(
            f"{which.capitalize()} cannot be in the future.", instead="Choose a past time."
        )
    if which is KeyTime.RESOLVED and incident.is_open:
        raise Refused(f"{incident.key} is {incident.status}.", instead="Resolve it: resolve")


def _place(number: IncidentNumber) -> str:
    return effects.post(number, FORM, VIEW, {}).key


def _key(which: KeyTime) -> str:
    return f"keytime/{which}"
