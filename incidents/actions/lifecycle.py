"""Severity, status, resolving, closing, cancelling, reopening."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from incidents.actions import archiving, climbing, keytimes, supporting
from incidents.actions.cadence import promise_update, stop_updates
from incidents.actions.closing import NotYet, why_not_close
from incidents.actions.desk import Desk, Origin, Work
from incidents.actions.subscriptions import tell
from incidents.errors import Refused
from incidents.model import effects
from incidents.model.ids import IncidentNumber, key
from incidents.model.incident import Incident
from incidents.model.keytimes import KeyTime
from incidents.model.lifecycle import ENDED, MAY_FOLLOW, Status, may_become
from incidents.model.severity import MEANINGS, Severity
from incidents.model.subscriptions import News
from incidents.model.text import UserText
from incidents.model.timeline import Entry, Kind
from incidents.store import alerts, incidents, postmortems, roles

_COSTS_AFTER = timedelta(hours=1)  # samples may come late; later still, they lose detail


@dataclass(frozen=True, slots=True)
class Resolution:
    """What ended the incident. ``impact_end`` is when people stopped noticing."""

    fix: UserText
    impact_start: datetime
    impact_end: datetime
    impact: UserText


def set_severity(
    desk: Desk, number: IncidentNumber, severity: Severity, *, why: str, by: Origin, now: datetime
) -> Incident:
    """Call it better or worse than before; the cadence of updates follows."""
    with desk.work(by, now) as work:
        return set_severity_in(work, work.incident(number), severity, why=why)


def set_severity_in(work: Work, incident: Incident, severity: Severity, *, why: str) -> Incident:
    """Like `set_severity`, inside a transaction."""
    if incident.severity is severity:
        raise Refused(f"{incident.key} is {MEANINGS[severity].label} already.")
    _must_not_be_over(incident)
    entry = work.log(
        incident.number,
        Kind.SEVERITY,
        {"from": incident.severity.value, "to": severity.value, "because": why},
    )
    facts = {**incident.facts, "severity_because": why or "changed by hand"}
    after = work.change(incident, severity=severity, facts=facts)
    tell(work, after, News.CHANGED, entry)
    supporting.fill_soon(work, after)
    return promise_update(work, after) if after.is_open else after


def set_status(
    desk: Desk, number: IncidentNumber, status: Status, *, why: str, by: Origin, now: datetime
) -> Incident:
    """Move on in the work; resolving, closing and cancelling have their own verbs."""
    with desk.work(by, now) as work:
        incident = work.incident(number)
        _must_be_able_to_become(incident, status)
        entry = work.log(
            number,
            Kind.STATUS,
            {"from": incident.status.value, "to": status.value, "because": why},
        )
        mitigated = incident.mitigated_at
        if status is Status.MONITORING and mitigated is None:
            mitigated = now
        after = work.change(incident, status=status, mitigated_at=mitigated)
        tell(work, after, News.CHANGED, entry)
        return after


def resolve(
    desk: Desk, number: IncidentNumber, resolution: Resolution, *, by: Origin, now: datetime
) -> Incident:
    """The impact is over. Starts the postmortem and takes the next update off the calendar."""
    with desk.work(by, now) as work:
        after, entry = resolve_in(work, work.incident(number), resolution)
        tell(work, after, News.ENDED, entry)
        return after


def resolve_in(
    work: Work, incident: Incident, resolution: Resolution
) -> tuple[Incident, Entry | None]:
    """Like `resolve`, inside a transaction; nobody is told. The entry says that it is resolved."""
    number, now = incident.number, work.now
    _must_be_able_to_become(incident, Status.RESOLVED)
    if resolution.impact_end < resolution.impact_start:
        raise Refused("The impact ends before it starts.", instead="Check the two times.")
    if resolution.impact_end > now + timedelta(minutes=1):
        raise Refused("The impact ends in the future.", instead="Resolve when it is really over.")
    entry = work.log(
        number,
        Kind.RESOLVED,
        {
            "from": incident.status.value,
            "fix": resolution.fix.raw,
            "impact": resolution.impact.raw,
            "impact_start": resolution.impact_start.isoformat(),
            "impact_end": resolution.impact_end.isoformat(),
        },
    )
    after = work.change(
        incident,
        status=Status.RESOLVED,
        fix=resolution.fix,
        impact=resolution.impact or incident.impact,
        started_at=resolution.impact_start,
        mitigated_at=_mitigated(work, incident, resolution.impact_end),
        resolved_at=resolution.impact_end,
        next_update_at=None,
        open_key=None,
    )
    stop_updates(work, after)
    climbing.over(work, after)
    _start_postmortem(work, after)
    if not keytimes.is_known_for_sure(work, after):
        keytimes.ask(work, after)
    if not after.is_drill:  # who practises spends no budget
        work.later(
            f"{after.key}/costs/{after.version}", "keep_costs", now + _COSTS_AFTER, incident=number
        )
    return after, entry


def close(desk: Desk, number: IncidentNumber, *, by: Origin, now: datetime) -> Incident:
    """File it. Everything that is still missing is reported together."""
    with desk.work(by, now) as work:
        incident = work.incident(number)
        if incident.status is Status.CLOSED:
            raise Refused(f"{incident.key} is closed already.")
        blockers = why_not_close(work, incident)
        if blockers:
            raise NotYet(blockers)
        work.log(number, Kind.CLOSED, {})
        after = work.change(incident, status=Status.CLOSED, closed_at=now)
        keytimes.show_again(work, after)
        archiving.plan(work, after)
        return after


def cancel(desk: Desk, number: IncidentNumber, *, why: str, by: Origin, now: datetime) -> Incident:
    """It was none. The reason is part of the record."""
    with desk.work(by, now) as work:
        incident = work.incident(number)
        _must_be_able_to_become(incident, Status.CANCELLED)
        if not why:
            raise Refused("Cancelling needs a reason.", instead="Add it: cancel false alarm …")
        entry = work.log(number, Kind.CANCELLED, {"from": incident.status.value, "because": why})
        after = work.change(
            incident, status=Status.CANCELLED, next_update_at=None, open_key=None, closed_at=now
        )
        stop_updates(work, after)
        tell(work, after, News.ENDED, entry)
        archiving.plan(work, after)
        climbing.over(work, after)
        return after


def reopen(desk: Desk, number: IncidentNumber, *, why: str, by: Origin, now: datetime) -> Incident:
    """It is not over. The reason is part of the record."""
    with desk.work(by, now) as work:
        alerts.hold(work.connection)  # it may get the name of its outage back
        return reopen_in(work, work.incident(number), why=why)


def reopen_in(work: Work, incident: Incident, *, why: str) -> Incident:
    """Like `reopen`, inside a transaction."""
    if incident.is_open:
        raise Refused(f"{incident.key} is open already: it is {incident.status}.")
    _must_be_whole(incident)
    if not why:
        raise Refused("Reopening needs a reason.", instead="Add it: reopen errors are back")
    body = {"from": incident.status.value, "because": why}
    entry = work.log(incident.number, Kind.REOPENED, body)
    after = take_up_again(work, incident, Status.INVESTIGATING)
    tell(work, after, News.AGAIN, entry)
    return after


def take_up_again(work: Work, incident: Incident, status: Status) -> Incident:
    """People are at work on it again; nothing is said of why."""
    archiving.keep_room(work, incident)
    after = work.change(
        incident,
        status=status,
        resolved_at=None,
        closed_at=None,
        mitigated_at=None,
        open_key=_free_key(work, incident),
    )
    climbing.again(work, after)
    return promise_update(work, after)


def _mitigated(work: Work, incident: Incident, ended: datetime) -> datetime:
    """As somebody said; else when it was seen to be, and at the latest when it was over."""
    if incident.mitigated_at and keytimes.was_said(work, incident, KeyTime.MITIGATED):
        return incident.mitigated_at
    return min(incident.mitigated_at or ended, ended)


def unfile(work: Work, incident: Incident) -> Incident:
    """It is not closed after all: resolved, as it was."""
    archiving.keep_room(work, incident)
    return work.change(incident, status=Status.RESOLVED, closed_at=None)


def put_back(work: Work, incident: Incident, status: Status, ends: dict[str, Any]) -> Incident:
    """It was over after all, as of ``ends``: resolved, closed or cancelled, as it was."""
    after = work.change(incident, status=status, next_update_at=None, open_key=None, **ends)
    stop_updates(work, after)
    climbing.over(work, after)
    if status in ENDED:
        archiving.plan(work, after)
    return after


def _free_key(work: Work, incident: Incident) -> str | None:
    """The name of its outage, unless another open incident has it by now.

    Alerts do not find their way into a private incident: it holds no name.
    """
    if incident.is_private:
        return None
    name = incident.facts.get("outage")
    taken = name is not None and incidents.with_open_key(work.connection, name) is not None
    return None if taken else name


def _start_postmortem(work: Work, incident: Incident) -> None:
    holder = roles.holder(work.connection, incident.number, "commander")
    owner = holder.person if holder else incident.declared_by
    if postmortems.start(work.connection, incident.number, owner, work.now):
        work.log(incident.number, Kind.POSTMORTEM_STARTED, {"owner": owner})
    facts = {"number": incident.number, "key": incident.key, "owner": owner}
    work.send(effects.post(incident.number, f"resolved@{incident.version}", "resolved", facts))


def _must_be_able_to_become(incident: Incident, status: Status) -> None:
    if incident.status is status:
        raise Refused(f"{incident.key} is {status} already.")
    _must_be_whole(incident)
    if not may_become(incident.status, status):
        ways = ", ".join(sorted(MAY_FOLLOW[incident.status]))
        raise Refused(
            f"{incident.key} is {incident.status} and cannot become {status} from there.",
            instead=f"Possible now: {ways}.",
        )


def _must_be_whole(incident: Incident) -> None:
    if incident.merged_into is not None:
        whole = key(incident.merged_into)
        raise Refused(
            f"{incident.key} is part of {whole}.",
            instead=f"Do it there, or take it out first: split {incident.key}",
        )


def _must_not_be_over(incident: Incident) -> None:
    _must_be_whole(incident)
    if incident.status in ENDED:
        raise Refused(
            f"{incident.key} is {incident.status}.",
            instead="Reopen it first: reopen and the reason.",
        )
