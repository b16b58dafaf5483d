"""A channel becomes a room: it is moved into, and what was said there can be put on the record."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from incidents.actions import keytimes
from incidents.actions.desk import Desk, Origin, Work
from incidents.errors import Refused
from incidents.model import converting, effects
from incidents.model.converting import BEFORE, FACT, HISTORY, TOPIC_BEFORE, Ground
from incidents.model.effects import LEAVES, EffectKind
from incidents.model.ids import IncidentNumber, PersonId
from incidents.model.incident import Incident
from incidents.model.keytimes import KeyTime
from incidents.model.timeline import Kind
from incidents.store import incidents, outbox, outbox_view, people, timeline
from incidents.store.outbox import Claimed

OFFER = "said-before"
VIEW = "said_before"


def must_suit(desk: Desk, connection: Connection, ground: Ground, *, is_private: bool) -> None:
    """Raises `Refused` for a channel that cannot become the room of an incident now."""
    settings = desk.catalog.settings
    converting.must_suit(
        ground,
        is_private=is_private,
        ours=(settings.announcement_channel, settings.ops),
        lives_here=incidents.in_room(connection, ground.channel),
    )


def moved_in(work: Work, effect: Claimed, found: dict[str, Any]) -> None:
    """The channel is the room, and who is there is at work; what was said before is offered."""
    incident = work.incident(effect.incident or IncidentNumber(0))
    room, name, talk = found["channel"], found["name"], found["talk"]
    if room != incident.room:
        return  # it became private meanwhile, and has another room
    facts = {**incident.facts, TOPIC_BEFORE: found["topic"]}
    if talk is not None:
        facts[BEFORE] = {**talk, "taken": "", "has_start": _was_told(incident)}
    after = incidents.save(work.connection, incident, room=room, room_name=name, facts=facts)
    work.log(incident.number, Kind.ROOM_OPENED, {"room": name, "channel": room, FACT: True})
    known = people.several(work.connection, found["members"])
    for person in found["members"]:
        if not (person in known and known[person].is_bot):
            people.joined(work.connection, incident.number, PersonId(person), work.now)
    if talk is not None:
        work.send(effects.post(incident.number, OFFER, VIEW, _shown(after)))


def moved_elsewhere(work: Work, effect: Claimed, found: dict[str, Any]) -> None:
    """Slack did not let us into the channel any more, so there is a room as for any other."""
    incident = work.incident(effect.incident or IncidentNumber(0))
    body = {"room": incident.room_name, "because": found["instead"]}
    work.log(incident.number, Kind.ROOM_LOST, body)


def bring_along(
    desk: Desk, number: IncidentNumber, *, everything: bool, by: Origin, now: datetime
) -> None:
    """Put on the record what was said in the channel before it became the room.

    From where the conversation began, or ``everything`` of the last day.
    """
    with desk.work(by, now) as work:
        incident = work.incident(number)
        before = _before(incident)
        if before.get("taking") or before["taken"]:
            return
        since = incident.declared_at - converting.LOOK_BACK
        if not everything:
            since = max(since, datetime.fromisoformat(before["began"]))
        declared = f"{incident.declared_at.timestamp():.6f}"
        facts = {"use": HISTORY, "at": declared, "marked_by": by.actor}
        ts = f"{int(since.timestamp())}.000000"
        work.send(effects.capture(number, str(incident.room), ts, facts))
        _say(work, incident, {**before, "taking": by.actor, "taken": ""})


def captured(work: Work, effect: Claimed, threads: list[str]) -> None:
    """A part of it is on the record: its threads are read next, each by itself, at Slack's pace.

    Only when all of it is there, the offer says so.
    """
    number, args = effect.incident or IncidentNumber(0), effect.args
    for ts in threads:
        facts = {"use": HISTORY, "at": args["at"], "marked_by": args["marked_by"]}
        plan = effects.capture(number, args["channel"], ts, {**facts, "is_thread": True})
        work.send(replace(plan, key=f"{plan.key}/thread", lane=effect.lane))
    if outbox_view.is_unfinished(work.connection, effect.lane):
        return
    incident = work.incident(number)
    if not converting.is_borrowed(incident) or BEFORE not in incident.facts:
        return  # it became private meanwhile
    done = {"taking": "", "taken": args["marked_by"]}
    _say(work, incident, {**incident.facts[BEFORE], **done})


def start_there(desk: Desk, number: IncidentNumber, *, by: Origin, now: datetime) -> None:
    """The outage started with the first message of the conversation, somebody says."""
    with desk.look() as connection:
        incident = incidents.get(connection, number)
    began = datetime.fromisoformat(_before(incident)["began"])
    keytimes.state(desk, number, KeyTime.STARTED, began, by=by, now=now)
    with desk.work(Origin(by.actor, by.source), now) as work:
        incident = work.incident(number)
        _say(work, incident, {**_before(incident), "has_start": True})


def _before(incident: Incident | None) -> dict[str, Any]:
    """What is known of what was said before."""
    if incident is None or not converting.is_borrowed(incident) or BEFORE not in incident.facts:
        raise Refused(
            "There is nothing from before in this room.",
            instead="What was said elsewhere goes on the record by the shortcut on it.",
        )
    return dict(incident.facts[BEFORE])


def _say(work: Work, incident: Incident, before: dict[str, Any]) -> None:
    """The offer says what came of it."""
    facts = {**incident.facts, BEFORE: before}
    after = incidents.save(work.connection, incident, facts=facts)
    work.send(effects.edit(incident.number, OFFER, str(after.version), VIEW, _shown(after)))


def _shown(incident: Incident) -> dict[str, Any]:
    return {"key": incident.key, **incident.facts[BEFORE]}


def _was_told(incident: Incident) -> bool:
    """Whether somebody said when it started, when they declared it."""
    return incident.started_at < incident.declared_at


def at_work(work: Work, incident: Incident) -> tuple[PersonId, ...]:
    """Who comes along when the room is given up: of a channel of people's own, not all of it.

    Whoever only was there before has nothing to do with the incident: those come along who came or
    did something since, or whom the record names, be it by a role, a page or an invitation.
    """
    there = people.responders(work.connection, incident.number)
    if not converting.is_borrowed(incident):
        return there
    named: set[str] = set()
    for entry in timeline.entries(work.connection, incident.number):
        named |= {entry.actor, str(entry.body.get("person", ""))}
    return tuple(one for one in there if one in named)


def is_moved_into(work: Work, incident: Incident) -> bool:
    """Whether its room is open: a converted channel is known as the room before we are in it."""
    opened = effects.room_key(incident.number)
    if not converting.is_borrowed(incident):
        return True
    return outbox_view.state_of(work.connection, opened) == "done"


def leave(work: Work, incident: Incident) -> None:
    """The room is given up: put away if it was ours, left as it was found if it was not.

    What people read there of a private incident would go on being read: our messages, files and
    links go. What people wrote themselves is theirs.
    """
    room = str(incident.room)
    outbox.give_up(work.connection, incident.number, EffectKind.BOOKMARK, work.now)
    if not converting.is_borrowed(incident):
        work.send(*effects.leave_room(incident.number, room, incident.card_ts))
        return
    topic = incident.facts.get(TOPIC_BEFORE)
    work.send(*effects.leave_channel(incident.number, room, incident.card_ts, topic))
    for kind in (EffectKind.BOOKMARK, EffectKind.POST, EffectKind.UPLOAD):
        name = LEAVES[kind]
        for left in outbox_view.results_of(work.connection, incident.number, kind):
            if name in left and left.get("channel", room) == room:
                work.send(effects.clear_out(incident.number, room, name, left[name]))
