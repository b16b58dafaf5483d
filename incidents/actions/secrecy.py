"""Private incidents: how one becomes private, who is let in, and the glass an administrator breaks.

Slack lets no ordinary bot turn a public channel into a private one. So an incident that becomes
private gets a new private room, its insiders are invited there, and the old room is told nothing
but that it is over, and archived. What people wrote in the old room stays in its archive. A channel
that was there before the incident is left as it was found: what we said and linked there goes.
"""

from datetime import datetime, timedelta

from incidents.actions import converting, paging
from incidents.actions.desk import Desk, Origin, Work
from incidents.actions.links import bookmarks_of
from incidents.errors import Refused
from incidents.model import effects
from incidents.model.ids import IncidentNumber, PersonId, private_room_name
from incidents.model.incident import Incident
from incidents.model.timeline import Kind
from incidents.queries import access
from incidents.queries.access import security_team
from incidents.store import alerts, audit, incidents, insiders, outbox_view, pages, people, roles

GLASS = timedelta(hours=1)  # for how long an administrator sees what they broke the glass of


def make_private(desk: Desk, number: IncidentNumber, *, by: Origin, now: datetime) -> Incident:
    """From now on only its insiders see it, in a room of their own."""
    with desk.work(by, now) as work:
        incident = work.incident(number)
        if incident.is_private:
            raise Refused(f"{incident.key} is private already.")
        if incident.room is None or not converting.is_moved_into(work, incident):
            raise Refused(f"The room of {incident.key} is still opening.", instead="Try again.")
        stay = tuple(dict.fromkeys((by.actor, *_insiders_of(work, number))))
        insiders.add(work.connection, number, by.actor, by=by.actor, now=now)
        people.all_left(work.connection, number, now)
        alerts.detach(work.connection, number)
        work.log(number, Kind.MADE_PRIVATE, {"person": by.actor})
        _audit(work, "incident.private", incident)
        name = private_room_name(number)
        converting.leave(work, incident)
        work.send(*effects.replace_room(number, name, incident.room, stay))
        hidden = incidents.save(
            work.connection,
            incident,
            is_private=True,
            open_key=None,  # the next alert for this outage opens a room that everybody may see
            room=None,
            card_ts=None,
            room_name=name,
            seen_ts=None,
            bridge=desk.catalog.settings.secret_bridge_for(incident.key, now),
        )
        for title, link, emoji in bookmarks_of(work, hidden):
            work.send(effects.add_bookmark_again(number, title, link, emoji, incident.room))
        _close_for_outsiders(work, hidden)
        work.refresh(hidden)
        return hidden


def let_in(
    desk: Desk, number: IncidentNumber, person: PersonId, *, by: Origin, now: datetime
) -> Incident:
    """Invite somebody into the room; into a private one, as one of its insiders."""
    with desk.work(by, now) as work:
        incident = work.incident(number)
        if incident.is_private:
            _must_be_member(work, person)
            insiders.add(work.connection, number, person, by=by.actor, now=now)
            work.log(number, Kind.LET_IN, {"person": person})
            _audit(work, "incident.let_in", incident, person=person)
        stamp = int(now.timestamp() * 1000)
        work.send(effects.invite(number, (person,), why=f"let-in-{person}-{stamp}"))
        return incident


def break_glass(
    desk: Desk, number: IncidentNumber, why: str, *, by: Origin, now: datetime
) -> datetime:
    """An administrator sees a private incident for an hour; the room hears of it. Until when."""
    if not why:
        raise Refused(
            "Breaking the glass needs a reason.", instead="Add it: break-glass INC-42 why"
        )
    until = now + GLASS
    with desk.work(by, now) as work:
        incident = work.incident(number)
        if not incident.is_private:
            raise Refused(f"{incident.key} is not private.", instead="Look at it as it is.")
        insiders.add(work.connection, number, by.actor, by=by.actor, now=now, until=until)
        body = {"person": by.actor, "because": why}
        entry = work.log(number, Kind.GLASS_BROKEN, body)
        _audit(work, "incident.break_glass", incident, because=why)
        facts = {**body, "key": incident.key, "until": until.isoformat()}
        name = f"glass/{entry.seq if entry else 0}"
        work.send(effects.post(number, name, "glass_broken", facts))
        return until


def sees(work: Work, number: IncidentNumber, person: PersonId) -> bool:
    """Whether somebody may see the incident now."""
    return access.sees(work.desk, work.connection, number, person, work.now)


def must_be_insider(work: Work, incident: Incident, person: PersonId) -> None:
    """Nobody is told of a private incident by the way: they are let in first, or not at all."""
    if incident.is_private and not sees(work, incident.number, person):
        known = people.get(work.connection, person)
        name, handle = (known.name, known.handle) if known else (person, person)
        raise Refused(
            f"{incident.key} is private, and {name} is none of its insiders.",
            instead=f"The commander lets them in first: invite @{handle}",
        )


def _close_for_outsiders(work: Work, incident: Incident) -> None:
    """Whoever was called or told, and may not know any more: their pager and message end neutrally.

    What was not told yet is looked at when it is carried.
    """
    left = [
        one
        for one in pages.of(work.connection, incident.number)
        if one.state != "resolved" and not sees(work, incident.number, PersonId(one.person))
    ]
    paging.falls_silent(work, incident, left, "resolved", by=work.by.actor, via=work.by.source)
    for told in outbox_view.directs_about(work.connection, incident.number, incident.declared_at):
        person = PersonId(told.args["person"])
        if not sees(work, incident.number, person):
            name = told.key.removeprefix(effects.direct_key(person, ""))
            facts = {"key": incident.key}
            work.send(effects.edit_direct(person, name, "private", "kept_private", facts))


def _insiders_of(work: Work, number: IncidentNumber) -> list[PersonId]:
    """Of a public incident: who is at work in it, and who sees every private one."""
    asked = [one.person for one in roles.current(work.connection, number)]
    return [*asked, *(one.id for one in security_team(work.desk, work.connection))]


def _must_be_member(work: Work, person: PersonId) -> None:
    known = people.get(work.connection, person)
    if known is not None and (known.is_guest or known.is_bot or not known.is_active):
        raise Refused(
            f"{known.name} is a guest, a bot or deactivated, and sees nothing private.",
            instead="Invite a member of the workspace.",
        )


def _audit(work: Work, action: str, incident: Incident, **detail: str) -> None:
    audit.append(
        work.connection,
        at=work.now,
        actor=work.by.actor,
        action=action,
        thing=incident.key,
        detail=detail,
    )
