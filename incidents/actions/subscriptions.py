"""Subscriptions: who is told of an incident by direct message, and how much of it."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from itertools import groupby

from incidents.actions import access
from incidents.actions.desk import Desk, Origin, Work
from incidents.errors import Refused
from incidents.model import effects
from incidents.model.access import Reader
from incidents.model.ids import PersonId
from incidents.model.incident import Incident
from incidents.model.severity import Severity, worst
from incidents.model.subscriptions import (
    HEARS,
    Detail,
    News,
    Subscription,
    Target,
    detail_for,
)
from incidents.model.timeline import Entry, Kind
from incidents.queries.access import sees
from incidents.store import incidents, people, subscriptions, timeline

_MOST = 50  # wishes that one person may have


def subscribe(
    desk: Desk, target: Target, detail: Detail, *, reader: Reader, by: Origin, now: datetime
) -> Subscription:
    """Hear this much of ``target`` from now on. Raises `NotFound` for what they may not see."""
    with desk.work(by, now) as work:
        if target.incident is not None:
            found = incidents.get(work.connection, target.incident, reader)
            if found is None:
                raise access.missing(target.incident)
            work.about(found.number)
        elif detail is Detail.NONE:
            raise Refused("Of nothing in particular you hear nothing already.")
        target = _as_catalogued(desk, target)
        mine = subscriptions.of_person(work.connection, by.actor)
        if len(mine) >= _MOST and target not in {one.target for one in mine}:
            raise Refused(
                f"You have {_MOST} subscriptions already.",
                instead="Drop one first: unsubscribe, and its name.",
            )
        wish = Subscription(by.actor, target, detail, now)
        subscriptions.keep(work.connection, wish)
        return wish


def unsubscribe(desk: Desk, target: Target, *, by: Origin, now: datetime) -> bool:
    """Hear no more of it. False if they never asked to.

    Of an incident that a standing wish of theirs is about, they hear nothing either.
    """
    target = _as_catalogued(desk, target) if target.service else target
    with desk.work(by, now) as work:
        was_there = subscriptions.drop(work.connection, by.actor, target.name)
        found = target.incident and incidents.get(work.connection, target.incident)
        if not found:
            return was_there
        mine = subscriptions.of_person(work.connection, by.actor)
        if detail_for(mine, found, _worst_of(work, found)) is None:
            return was_there
        subscriptions.keep(work.connection, Subscription(by.actor, target, Detail.NONE, now))
        return True


def tell(work: Work, incident: Incident, news: News, entry: Entry | None) -> None:
    """Tell those who want to hear of ``news``, which ``entry`` recorded.

    Nobody is told of what they did themselves. Whoever has only a standing wish and is in the room
    reads it there.
    """
    if entry is None:
        return
    wishes = subscriptions.about(work.connection, incident.number)
    if not wishes:
        return
    bad = _worst_of(work, incident)
    present = set(people.responders(work.connection, incident.number))
    facts = _facts(incident, entry)
    for person, theirs in groupby(wishes, key=lambda one: one.person):
        detail = _wanted(tuple(theirs), incident, bad, is_present=person in present)
        if detail is None or news not in HEARS[detail] or person == work.by.actor:
            continue
        if _may_hear(work, incident, person):
            _send(work, incident, person, entry, {**facts, "detail": detail.value})


def _send(
    work: Work, incident: Incident, person: PersonId, entry: Entry, facts: dict[str, object]
) -> None:
    name = f"{incident.key}/news/{entry.seq}"
    work.send(effects.direct(person, name, "subscribed_news", facts))


def _wanted(
    theirs: tuple[Subscription, ...], incident: Incident, bad: Severity, *, is_present: bool
) -> Detail | None:
    named = [one for one in theirs if one.target.incident is not None]
    return detail_for(named if is_present else theirs, incident, bad)


def _may_hear(work: Work, incident: Incident, person: PersonId) -> bool:
    known = people.get(work.connection, person)
    if known is None or known.is_bot or known.is_guest or not known.is_active:
        return False
    return sees(work.desk, work.connection, incident.number, person, work.now)


def _worst_of(work: Work, incident: Incident) -> Severity:
    """How bad it was called at its worst."""
    changes = timeline.of_kinds(work.connection, incident.number, (Kind.SEVERITY,))
    return worst(incident.severity, *(_severities(changes)))


def _severities(changes: Iterable[Entry]) -> Iterable[Severity]:
    for change in changes:
        yield Severity(change.body["from"])
        yield Severity(change.body["to"])


def _facts(incident: Incident, entry: Entry) -> dict[str, object]:
    return {
        "key": incident.key,
        "title": incident.title.raw,
        "severity": incident.severity.value,
        "status": incident.status.value,
        "room": "" if incident.is_private else incident.room or "",
        "kind": entry.kind.value,
        "body": entry.body,
    }


def _as_catalogued(desk: Desk, target: Target) -> Target:
    """With the service's own name for an alias. Raises `NotFound` for one that there is not."""
    if not (target.service and desk.catalog.services):
        return target
    return replace(target, service=str(desk.catalog.find_service(target.service).name))
