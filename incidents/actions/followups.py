"""Action items: promised, reminded of, done, moved, and chased until they are."""

from dataclasses import dataclass
from datetime import datetime

from incidents.actions import secrecy
from incidents.actions.desk import Desk, Origin, Work
from incidents.errors import NotFound, Refused
from incidents.model import effects, ids, reminders
from incidents.model.effects import About
from incidents.model.followups import (
    ActionItem,
    Change,
    drop,
    finish,
    reassign,
    reopen,
    reschedule,
)
from incidents.model.ids import ActionNumber, IncidentNumber, PersonId
from incidents.model.oncall import Handle
from incidents.model.people import Person
from incidents.model.reminders import Owner, ReminderKind
from incidents.model.services import Team
from incidents.model.text import UserText
from incidents.model.timeline import Kind
from incidents.model.workdays import OFFICE, say_moment
from incidents.store import action_items, due, outbox, people
from incidents.store.due import Due
from incidents.store.sql import next_number

_PURPOSES = {"new": About.NEW, "escalation": About.ESCALATION}


@dataclass(frozen=True, slots=True)
class Todo:
    """What somebody shall do, and by when."""

    title: UserText
    owner: PersonId
    due_at: datetime | None = None


def add(desk: Desk, number: IncidentNumber, todo: Todo, *, by: Origin, now: datetime) -> ActionItem:
    """A new action item; its owner hears of it, and is reminded."""
    with desk.work(by, now) as work:
        work.incident(number)
        return add_in(work, number, todo)


def add_in(
    work: Work, number: IncidentNumber, todo: Todo, *, source_key: str | None = None
) -> ActionItem:
    """Like `add`, inside a transaction."""
    if not todo.title:
        raise Refused(
            "An action item needs words.", instead="Say what: todo @bo rotate certs by friday"
        )
    secrecy.must_be_insider(work, work.incident(number), todo.owner)
    item = ActionItem(
        number=ActionNumber(next_number(work.connection, "action")),
        incident=number,
        title=todo.title,
        owner=todo.owner,
        created_at=work.now,
        created_by=work.by.actor,
        due_at=todo.due_at,
    )
    action_items.add(work.connection, item)
    work.log(number, Kind.ACTION_ADDED, _body(item), source_key=source_key)
    if item.owner != work.by.actor:
        facts = _facts(work, item, "new", item.created_at)
        _tell(work, item, item.owner, f"todo-{item.number}/new", facts)
    _plan(work, item)
    work.refresh(work.incident(number))
    return item


def done(desk: Desk, number: int, *, by: Origin, now: datetime) -> ActionItem:
    """It is done: nobody is reminded any more."""
    with desk.work(by, now) as work:
        item = _locked(work, number)
        return _keep(work, item, finish(item, now), Kind.ACTION_DONE)


def dropped(desk: Desk, number: int, reason: UserText, *, by: Origin, now: datetime) -> ActionItem:
    """It will not be done, and why."""
    with desk.work(by, now) as work:
        item = _locked(work, number)
        return _keep(work, item, drop(item, reason, now), Kind.ACTION_DROPPED)


def drop_if_open(work: Work, number: int, reason: UserText) -> None:
    """Like `dropped`, inside a transaction; what is settled stays as it is."""
    item = _locked(work, number)
    if item.is_open:
        _keep(work, item, drop(item, reason, work.now), Kind.ACTION_DROPPED)


def reopen_in(work: Work, number: int, reason: UserText) -> None:
    """It is not settled after all, inside a transaction; its reminders come again."""
    item = _locked(work, number)
    _plan(work, _keep(work, item, reopen(item, reason), Kind.ACTION_MOVED))


def reassigned(
    desk: Desk, number: int, owner: PersonId, *, by: Origin, now: datetime
) -> ActionItem:
    """It is somebody else's now; they hear of it, in their own working hours from here on."""
    with desk.work(by, now) as work:
        item = _locked(work, number)
        secrecy.must_be_insider(work, work.incident(item.incident), owner)
        after = _keep(work, item, reassign(item, owner), Kind.ACTION_MOVED)
        facts = _facts(work, after, "new", now)
        _recall(work, item, About.NEW, About.REMINDER)
        _tell(work, item, owner, f"todo-{item.number}/new/{after.version}", facts)
        _plan(work, after)
        return after


def rescheduled(
    desk: Desk, number: int, due_at: datetime, *, by: Origin, now: datetime
) -> ActionItem:
    """It is due at another time."""
    with desk.work(by, now) as work:
        item = _locked(work, number)
        after = _keep(work, item, reschedule(item, due_at, now), Kind.ACTION_MOVED)
        _recall(work, item, About.REMINDER, About.ESCALATION)
        _plan(work, after)
        return after


def snoozed(desk: Desk, number: int, working_days: int, *, by: Origin, now: datetime) -> datetime:
    """Quiet for some working days of the owner. When the next reminder comes."""
    with desk.work(by, now) as work:
        item = _locked(work, number)
        if not item.is_open or item.due_at is None:
            raise Refused(f"Action item {number} has nothing to snooze.")
        owner = _owner(work, item.owner)
        until = reminders.snooze_until(now, working_days, owner)
        planned = _occurrences(work, item)
        kept = reminders.snooze(planned, item.number, item.due_at, until, owner)
        _recall(work, item, About.REMINDER)
        _replan(work, item, kept)
        body = {**_body(item), "because": f"snoozed until {say_moment(until, owner.zone)}"}
        work.log(item.incident, Kind.ACTION_MOVED, body)
        return until


def remind(work: Work, fired: Due) -> None:
    """A reminder is due. State decides, not time: nothing is sent for what is settled.

    Of several that came due while nobody was running, the owner gets the last one only.
    """
    item = _held(work, fired.args["item"])
    kind = ReminderKind(fired.args["kind"])
    if item is None or not item.is_open or item.due_at is None:
        return
    if kind is ReminderKind.ESCALATION:
        _tell_lead(work, item, fired)
        return
    newer = [
        other
        for other in due.pending(work.connection, f"todo-{item.number}/")
        if other.due_at <= work.now
        and (other.due_at, other.key) > (fired.due_at, fired.key)
        and other.args["kind"] != ReminderKind.ESCALATION
    ]
    if newer:
        return
    facts = _facts(work, item, kind.value, fired.due_at)
    work.log(item.incident, Kind.ACTION_REMINDED, _body(item))
    _tell(work, item, item.owner, fired.key, facts)


def _tell(
    work: Work, item: ActionItem, person: PersonId, name: str, facts: dict[str, object]
) -> None:
    """A reminder by direct message; in the room, if they may not see the incident any more.

    An older message for the same purpose that has not gone out yet is overtaken by it.
    """
    collapse = effects.about_item(item.number, _PURPOSES.get(str(facts["kind"]), About.REMINDER))
    if secrecy.sees(work, item.incident, person):
        work.send(effects.direct(person, name, "action_item", facts, collapse=collapse))
    else:
        work.send(effects.post(item.incident, name, "action_item", facts, collapse=collapse))


def _recall(work: Work, item: ActionItem, *abouts: About) -> None:
    """What was not sent yet is off, even if it is at the door."""
    for about in abouts:
        outbox.recall(work.connection, effects.about_item(item.number, about), work.now)


def _tell_lead(work: Work, item: ActionItem, fired: Due) -> None:
    team = team_of(work, item.owner)
    lead = people.named(work.connection, team.lead) if team and team.lead else None
    to = lead.id if lead and lead.id != item.owner else item.owner
    facts = _facts(work, item, "escalation", fired.due_at)
    work.log(item.incident, Kind.ACTION_ESCALATED, {**_body(item), "because": f"told {to}"})
    _tell(work, item, to, fired.key, facts)


def no_such_item(number: int) -> NotFound:
    """The words for an item that does not exist, and for one that is none of theirs."""
    return NotFound(f"There is no action item {number}.", instead="See yours: mine")


def team_of(work: Work, person: PersonId) -> Team | None:
    """The first team that somebody is a member of."""
    known = people.get(work.connection, person)
    if known is None:
        return None
    names = {Handle(known.handle), Handle(known.email)}
    teams = work.desk.catalog.teams.values()
    return next((team for team in teams if names & set(team.members)), None)


def _keep(work: Work, before: ActionItem, change: Change, kind: Kind) -> ActionItem:
    action_items.save(work.connection, before, change.item)
    work.log(before.incident, kind, {**_body(change.item), "because": change.because})
    if not change.item.is_open:
        work.never_mind(f"todo-{before.number}/")
        _recall(work, before, *About)
    work.refresh(work.incident(before.incident))
    return change.item


def _plan(work: Work, item: ActionItem) -> None:
    """Every reminder of an open item with a date; what was planned for another date is off."""
    if item.due_at is not None and item.is_open:
        _replan(work, item, _occurrences(work, item))


def _replan(work: Work, item: ActionItem, wanted: tuple[reminders.Occurrence, ...]) -> None:
    work.never_mind(f"todo-{item.number}/")
    for one in wanted:
        args = {"item": item.number, "kind": one.kind.value}
        plan = Due(one.key, "reminder", args, item.incident, one.at, 0)
        due.plan(work.connection, plan, work.now)


def _occurrences(work: Work, item: ActionItem) -> tuple[reminders.Occurrence, ...]:
    if item.due_at is None:
        return ()
    owner = _owner(work, item.owner)
    chasing = work.desk.catalog.settings.policies.chasing
    return reminders.occurrences(item.number, item.due_at, owner, since=work.now, chasing=chasing)


def _owner(work: Work, person: PersonId) -> Owner:
    known = people.get(work.connection, person) or Person(person, person, person)
    team = team_of(work, person)
    return Owner(known.tz, team.hours if team else OFFICE)


def _locked(work: Work, number: int) -> ActionItem:
    item = _held(work, number)
    if item is None:
        raise no_such_item(number)
    work.about(item.incident)
    return item


def _held(work: Work, number: int) -> ActionItem | None:
    """The item, held; its incident first, like everywhere, so that nobody waits in a circle."""
    about = action_items.incident_of(work.connection, number)
    if about is None:
        return None
    work.incident(about)
    item = action_items.lock(work.connection, number)
    if item is not None and item.incident != about:
        work.incident(item.incident)  # the two were merged, or taken apart, at this moment
    return item


def _body(item: ActionItem) -> dict[str, object]:
    return {
        "number": item.number,
        "title": item.title.raw,
        "owner": item.owner,
        "due_at": item.due_at.isoformat() if item.due_at else None,
    }


def _facts(work: Work, item: ActionItem, kind: str, planned: datetime) -> dict[str, object]:
    zone = _owner(work, item.owner).zone
    return {
        "number": item.number,
        "incident": ids.key(item.incident),
        "title": item.title.raw,
        "owner": item.owner,
        "kind": kind,
        "due": say_moment(item.due_at, zone) if item.due_at else "",
        "standing": reminders.overdue_label(item.due_at, work.now) if item.due_at else "",
        "late": reminders.late_label(planned, work.now),
    }
