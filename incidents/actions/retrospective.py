"""An incident that was over before anybody declared it: its record and its postmortem.

Nobody is paged, asked to command or invited but whoever declares it, and nobody waits for updates.
"""

from datetime import datetime, timedelta

from incidents.actions.desk import Work
from incidents.actions.lifecycle import Resolution, resolve_in
from incidents.errors import Refused
from incidents.model.incident import Incident
from incidents.model.text import UserText

_CLOCKS_DIFFER = timedelta(minutes=1)


def must_be_past(started: datetime | None, ended: datetime | None, now: datetime) -> None:
    """Raises `Refused` for times that are yet to come, or in the wrong order."""
    for at, what in ((started, "start"), (ended, "end")):
        if at is not None and at > now + _CLOCKS_DIFFER:
            raise Refused(f"The {what} is yet to come.", instead="Choose a time that is over.")
    if ended is not None and started is None:
        raise Refused("What is over began some time.", instead="Say when: --started 09:40")
    if started is not None and ended is not None and ended < started:
        raise Refused("It ends before it starts.", instead="Check the two times.")


def conclude(work: Work, incident: Incident, ended: datetime) -> Incident:
    """It is resolved with its own times, and its postmortem begins."""
    fix = UserText("It was over before it was declared.")
    told = Resolution(fix, incident.started_at, ended, incident.impact)
    return resolve_in(work, incident, told)[0]
