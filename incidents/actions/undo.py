"""Take an act back: once, as it was before, and on the record.

An act is only taken back while what it did still stands; whatever came of it since is said instead.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from incidents.actions import climbing, commanding, followups, keytimes, lifecycle, roles, secrecy
from incidents.actions.cadence import promise_update
from incidents.actions.desk import Desk, Origin, Work
from incidents.actions.subscriptions import tell
from incidents.errors import NotFound, Refused
from incidents.model import effects
from incidents.model.ids import IncidentNumber, PersonId
from incidents.model.incident import Incident
from incidents.model.keytimes import KeyTime
from incidents.model.lifecycle import Status
from incidents.model.roles import Role
from incidents.model.severity import Severity
from incidents.model.subscriptions import News
from incidents.model.text import UserText
from incidents.model.timeline import Entry, Kind
from incidents.model.undo import WAYS
from incidents.store import alerts, people, timeline
from incidents.store import roles as stored

_GIVEN_BACK_WITHIN = timedelta(minutes=10)
"""Of command being taken: later on whoever had it is asked, for they do other things by now."""

_QUIETLY = frozenset(
    {Kind.NOTE, Kind.MESSAGE, Kind.ACTION_ADDED, Kind.ACTION_DONE, Kind.ACTION_DROPPED}
)
_NEWS = {
    Kind.SEVERITY: News.CHANGED,
    Kind.STATUS: News.CHANGED,
    Kind.RESOLVED: News.AGAIN,
    Kind.CANCELLED: News.AGAIN,
    Kind.REOPENED: News.ENDED,
}


@dataclass(frozen=True, slots=True)
class Undone:
    """What was taken back: whose act, and in a few words what is so again."""

    actor: PersonId
    what: str


def undo(desk: Desk, number: IncidentNumber, seq: int, *, by: Origin, now: datetime) -> Undone:
    """Take entry ``seq`` back. Raises `Refused` if that cannot be, or not any more."""
    with desk.work(by, now) as work:
        alerts.hold(work.connection)  # it may get the name of its outage back
        incident = work.incident(number)
        entry = _standing(work, number, seq)
        what = _DO[entry.kind](work, incident, entry)
        body = {"of": seq, "was": entry.kind.value, "what": what, "person": entry.actor}
        logged = work.log(number, Kind.UNDONE, body, source_key=f"undo/{seq}", corrects=seq)
        after = work.incident(number)
        if entry.kind in _NEWS:
            tell(work, after, _NEWS[entry.kind], logged)
        if entry.kind not in _QUIETLY:
            facts = {"key": incident.key, "by": by.actor, "of": seq, "what": what}
            work.send(effects.post(number, f"undone/{seq}", "undone", facts))
        work.refresh(after)
        return Undone(entry.actor, what)


def _standing(work: Work, number: IncidentNumber, seq: int) -> Entry:
    entry = timeline.find(work.connection, number, seq)
    if entry is None:
        raise NotFound(f"There is no entry {seq}.", instead="See their numbers with timeline.")
    if seq in timeline.corrected(work.connection, number):
        raise Refused(f"Entry {seq} is taken back already.")
    way = WAYS.get(entry.kind)
    if way is None:
        raise Refused(
            f"Entry {seq} tells what happened: there is nothing to undo.",
            instead="Add what is right: note and your words.",
        )
    if way.cannot:
        raise Refused(way.cannot, instead=way.instead)
    return entry


def _severity(work: Work, incident: Incident, entry: Entry) -> str:
    before, after = entry.body["from"], entry.body["to"]
    if incident.severity.value != after:
        raise _moved_on(f"the severity is {incident.severity} by now")
    facts = {**incident.facts, "severity_because": f"{after} was undone"}
    changed = work.change(incident, severity=Severity(before), facts=facts)
    if changed.is_open:
        promise_update(work, changed)
    return f"severity {after} is {before} again"


def _status(work: Work, incident: Incident, entry: Entry) -> str:
    before, after = Status(entry.body["from"]), Status(entry.body["to"])
    if incident.status is not after:
        raise _moved_on(f"it is {incident.status} by now")
    by_this = after is Status.MONITORING and incident.mitigated_at == entry.occurred_at
    work.change(incident, status=before, mitigated_at=None if by_this else incident.mitigated_at)
    return f"{after} is {before} again"


def _resolved(work: Work, incident: Incident, entry: Entry) -> str:
    return _open_again(work, incident, entry, Status.RESOLVED)


def _cancelled(work: Work, incident: Incident, entry: Entry) -> str:
    return _open_again(work, incident, entry, Status.CANCELLED)


def _open_again(work: Work, incident: Incident, entry: Entry, ended: Status) -> str:
    if incident.status is not ended:
        raise _moved_on(f"it is {incident.status} by now")
    before = Status(entry.body["from"])
    lifecycle.take_up_again(work, incident, before)
    return f"{ended} is {before} again"


def _closed(work: Work, incident: Incident, _: Entry) -> str:
    if incident.status is not Status.CLOSED:
        raise _moved_on(f"it is {incident.status} by now")
    lifecycle.unfile(work, incident)
    return "closed is resolved again"


def _reopened(work: Work, incident: Incident, entry: Entry) -> str:
    if not incident.is_open:
        raise _moved_on(f"it is {incident.status} by now")
    before = Status(entry.body["from"])
    lifecycle.put_back(work, incident, before, _ends(work, incident, entry))
    return f"open is {before} again"


def _ends(work: Work, incident: Incident, entry: Entry) -> dict[str, Any]:
    """When it had ended before it was reopened, by the record."""
    kinds = (Kind.RESOLVED, Kind.CLOSED, Kind.CANCELLED)
    ends: dict[str, Any] = {"resolved_at": None, "closed_at": None}
    for one in timeline.of_kinds(work.connection, incident.number, kinds):
        if one.seq > entry.seq:
            break
        if one.kind is Kind.RESOLVED:
            ends["resolved_at"] = datetime.fromisoformat(one.body["impact_end"])
        else:
            ends["closed_at"] = one.occurred_at
    if entry.body["from"] == Status.RESOLVED:
        ends["closed_at"] = None
    if entry.body["from"] == Status.CANCELLED:
        ends["resolved_at"] = None
    return ends


def _said(_work: Work, _incident: Incident, entry: Entry) -> str:
    return f"{entry.kind} taken back"


def _action_added(work: Work, _: Incident, entry: Entry) -> str:
    number = entry.body["number"]
    followups.drop_if_open(work, number, UserText("it was undone"))
    return f"action item {number} is dropped"


def _action_settled(work: Work, _: Incident, entry: Entry) -> str:
    number = entry.body["number"]
    followups.reopen_in(work, number, UserText("it was undone"))
    return f"action item {number} is open again"


def _offered(work: Work, incident: Incident, entry: Entry) -> str:
    role, person = entry.body["role"], entry.body["person"]
    offer = stored.offered(work.connection, incident.number, role)
    if offer is None or offer.person != person:
        raise _moved_on("they answered, or somebody else is asked by now")
    roles.withdraw(work, incident, offer)
    return f"nobody is asked to be {Role(role).title} any more"


def _taken(work: Work, incident: Incident, entry: Entry) -> str:
    role, person = entry.body["role"], entry.body["person"]
    title = Role(role).title
    held = stored.holder(work.connection, incident.number, role)
    if held is None or held.person != person:
        raise _moved_on(f"somebody else is {title} by now")
    if not incident.is_open:
        raise Refused(f"{incident.key} is {incident.status}.", instead="Reopen it first.")
    before = _held_before(work, incident, entry)
    if before is not None:
        secrecy.must_be_insider(work, incident, before)
    if before is not None and role == Role.COMMANDER and not _is_at_hand(work, entry, before):
        commanding.ask(work, incident, before, because="command was taken from them by mistake")
        return "the commander before is asked to take command back"
    roles.give_up(work, incident, held)
    if before is not None:
        roles.take(work, incident, role, before)
        return f"{_name(work, before)} is {title} again"
    if role == Role.COMMANDER:
        _never_taken_on(work, incident, entry)
    return f"nobody is {title} again"


def _is_at_hand(work: Work, entry: Entry, before: PersonId) -> bool:
    """Whether command can be given back unasked: it was theirs just now, and they are here."""
    known = people.get(work.connection, before)
    is_here = before in people.responders(work.connection, entry.incident)
    is_fresh = work.now - entry.recorded_at <= _GIVEN_BACK_WITHIN
    return is_fresh and is_here and known is not None and known.is_active


def _never_taken_on(work: Work, incident: Incident, entry: Entry) -> None:
    """Nobody commanded before, and nobody does now: the right person is asked, the path climbed."""
    by_this = incident.acknowledged_at == entry.occurred_at
    if by_this and not keytimes.was_said(work, incident, KeyTime.ACKNOWLEDGED):
        incident = work.change(incident, acknowledged_at=None)
    climbing.unanswered(work, incident)
    commanding.propose(work, incident)


def _name(work: Work, person: PersonId) -> str:
    known = people.get(work.connection, person)
    return known.name if known else person


def _held_before(work: Work, incident: Incident, entry: Entry) -> PersonId | None:
    """Who had to give the role up, or handed it over, at the same moment."""
    kinds = (Kind.RELEASED, Kind.HANDED_OVER)
    return next(
        (
            PersonId(one.body["from" if one.kind is Kind.HANDED_OVER else "person"])
            for one in reversed(timeline.of_kinds(work.connection, incident.number, kinds))
            if one.seq < entry.seq
            and one.recorded_at == entry.recorded_at
            and one.body["role"] == entry.body["role"]
        ),
        None,
    )


def _moved_on(now: str) -> Refused:
    return Refused(
        f"That cannot be undone any more: {now}.",
        instead="Change it as it should be; why shows what happened since.",
    )


_DO: Mapping[Kind, Callable[[Work, Incident, Entry], str]] = {
    Kind.SEVERITY: _severity,
    Kind.STATUS: _status,
    Kind.RESOLVED: _resolved,
    Kind.CLOSED: _closed,
    Kind.CANCELLED: _cancelled,
    Kind.REOPENED: _reopened,
    Kind.NOTE: _said,
    Kind.MESSAGE: _said,
    Kind.ACTION_ADDED: _action_added,
    Kind.ACTION_DONE: _action_settled,
    Kind.ACTION_DROPPED: _action_settled,
    Kind.OFFERED: _offered,
    Kind.TAKEN: _taken,
    Kind.ACCEPTED: _taken,
}
