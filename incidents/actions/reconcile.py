"""Compare the record with the rooms, and repair whichever is behind.

Slack does not repeat events after an outage, people archive rooms by accident, and a process that
was frozen between a look at its lease and its call may say something twice. So each room is looked
at every minute: what people said and did there, and nobody told us, goes on the record with its own
time; a room that is gone is brought back or replaced; what we said twice is taken away.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from incidents.actions import converting, edits, handover, movements
from incidents.actions.access import may
from incidents.actions.desk import Desk, Origin, Work
from incidents.actions.edits import source_key
from incidents.actions.links import bookmarks_of
from incidents.model import effects
from incidents.model.access import MARK_NEEDS
from incidents.model.converting import is_borrowed
from incidents.model.effects import Receipt
from incidents.model.ids import IncidentNumber, PersonId
from incidents.model.incident import Incident, own_room_name
from incidents.model.people import BOT
from incidents.model.text import clean
from incidents.model.timeline import Kind, moment_of
from incidents.store import caught_up, incidents, outbox_view, people, roles, timeline
from incidents.store.outbox import Claimed

_AT_ONCE = 20  # rooms a minute: each costs three calls or more, of fifty that Slack allows


@dataclass(frozen=True, slots=True)
class Said:
    """A message that a person wrote in a room. ``ts`` is Slack's name for it, and its time.

    ``content`` is plain JSON: its text with names in it, its author, and what else there is to
    know of it, such as files and where it is found.
    """

    channel: str
    ts: str
    content: dict[str, Any]


def plan_all(desk: Desk, now: datetime) -> int:
    """Ask for a look at every open room; of very many, at some each minute. How many."""
    with desk.look() as connection:
        rooms = [one.number for one in incidents.open_ones(connection) if one.room]
    turns = max(1, -(-len(rooms) // _AT_ONCE))
    minute = int(now.timestamp()) // 60
    mine = [number for number in rooms if number % turns == minute % turns]
    with desk.work(Origin(BOT, "clock"), now) as work:
        for number in mine:
            work.send(effects.reconcile(number, now))
    return len(mine)


def look_at(desk: Desk, room: str, *, by: Origin, now: datetime) -> None:
    """Something happened to a room: look at it now."""
    with desk.work(by, now) as work:
        incident = incidents.in_room(work.connection, room)
        if incident is not None and incident.is_open:
            work.about(incident.number)
            work.send(effects.reconcile(incident.number, now))


def hear(desk: Desk, said: Said, *, by: Origin, now: datetime) -> None:
    """Somebody wrote something in a room."""
    with desk.work(by, now) as work:
        incident = incidents.in_room(work.connection, said.channel)
        if incident is not None:
            work.about(incident.number)
            _record(work, incident.number, said)


def looked(work: Work, effect: Claimed, receipt: Receipt) -> None:
    """A room was looked at; ``receipt`` says what is there."""
    if effect.incident is None:
        return
    incident = work.incident(effect.incident)
    found = receipt.result
    if found["channel"] != incident.room:
        return  # it was replaced meanwhile
    if found["state"] != "open":
        _lost(work, effect, incident, found)
        return
    _follow_name(work, incident, found["name"])
    _follow_privacy(work, incident, is_private=bool(found.get("is_private")))
    _follow_people(work, effect, incident, found["members"])
    for each in found["said"]:
        content = {name: value for name, value in each.items() if name != "ts"}
        _record(work, incident.number, Said(found["channel"], each["ts"], content))
    for mark in found["marks"]:
        use = work.desk.catalog.settings.emoji.use_of(mark["name"])
        _mark(work, incident, use, mark)
    for pin in found.get("pins", ()):
        _mark(work, incident, "timeline", pin)
    for twice in found["doubled"]:
        _take_away(work, incident, twice)
    if found["seen"] and found["seen"] != incident.seen_ts:
        current = work.incident(incident.number)
        incidents.save(work.connection, current, seen_ts=found["seen"])


def unarchived(work: Work, effect: Claimed, receipt: Receipt) -> None:
    """The room is back; or Slack would not let us, and there has to be another."""
    if effect.incident is None:
        return
    incident = work.incident(effect.incident)
    refused = receipt.result.get("refused")
    if refused:
        _replace(work, incident, f"it was archived, and could not be brought back: {refused}")
        return
    work.log(incident.number, Kind.ROOM_BACK, {"room": incident.room_name})
    work.refresh(incident)


def _lost(work: Work, effect: Claimed, incident: Incident, found: dict[str, Any]) -> None:
    channel = str(found["channel"])
    if not incident.is_open:
        return
    if found["state"] == "gone":
        _replace(work, incident, "it was deleted, or the bot was removed from it")
        return
    plan = effects.unarchive(incident.number, channel, effect.key.rpartition("@")[2])
    work.log(
        incident.number,
        Kind.ROOM_LOST,
        {"room": incident.room_name, "because": "it was archived while the incident is open"},
        source_key=f"archived/{plan.key}",
    )
    work.send(plan)


def _replace(work: Work, incident: Incident, because: str) -> None:
    """Another room, and everybody into it."""
    lost = str(incident.room)
    present = converting.at_work(work, incident)
    invited = tuple(dict.fromkeys((*present, *_asked(work, incident.number))))
    work.log(
        incident.number,
        Kind.ROOM_LOST,
        {"room": incident.room_name, "because": because},
        source_key=f"lost/{lost}",
    )
    name = f"{incident.room_name[:76]}-2"
    if is_borrowed(incident):  # named by others, for something else
        name = own_room_name(incident)
    work.send(*effects.replace_room(incident.number, name, lost, invited))
    for title, link, emoji in bookmarks_of(work, incident):
        work.send(effects.add_bookmark_again(incident.number, title, link, emoji, lost))


def _follow_name(work: Work, incident: Incident, name: str) -> None:
    if not name or name == incident.room_name:
        return
    movements.follow_name(work, work.incident(incident.number), name)


def _follow_privacy(work: Work, incident: Incident, *, is_private: bool) -> None:
    """Somebody made the room private in Slack, and the incident is not: nobody else gets in."""
    if not is_private or incident.is_private or incident.facts.get("room_is_private"):
        return
    current = work.incident(incident.number)
    facts = {**current.facts, "room_is_private": True}
    after = incidents.save(work.connection, current, facts=facts)
    work.log(incident.number, Kind.ROOM_HIDDEN, {"room": incident.room_name})
    said = {"key": incident.key}
    work.send(effects.post(incident.number, f"hidden/{incident.room}", "room_hidden", said))
    work.refresh(after)


def _follow_people(work: Work, effect: Claimed, incident: Incident, members: list[str]) -> None:
    """Who came and went without an event; and who has a role and never got in."""
    number, present = incident.number, set(members)
    stays = people.stays(work.connection, number)
    bots = {one.id for one in people.several(work.connection, members).values() if one.is_bot}
    began = effect.first_intent_at or effect.created_at
    for person in members:
        stay = stays.get(PersonId(person))
        is_news = stay is None or (stay.left_at is not None and stay.left_at < began)
        if is_news and person not in bots:
            people.joined(work.connection, number, PersonId(person), work.now)
            work.log(number, Kind.JOINED, {"person": person})
    for person_id, stay in stays.items():
        if stay.left_at is None and stay.joined_at < began and person_id not in present:
            people.left(work.connection, number, person_id, work.now)
            work.log(number, Kind.LEFT, {"person": person_id})
            handover.left_room(work, incident, person_id)
            caught_up.keep(work.connection, number, person_id, work.now)
    for person_id in _asked(work, number):
        if person_id not in present and person_id not in stays:
            work.send(effects.invite(number, (person_id,), why=f"again/{person_id}"))


def _asked(work: Work, number: IncidentNumber) -> tuple[PersonId, ...]:
    """Who holds a role, or was asked to, as far as the workspace knows them."""
    asked = [one.person for one in roles.current(work.connection, number)]
    known = people.several(work.connection, asked)
    return tuple(PersonId(person_id) for person_id in known)


def _record(work: Work, number: IncidentNumber, said: Said) -> None:
    content = dict(said.content)
    author = PersonId(content["author"])
    edited = content.pop("edited", None)
    work.by = replace(work.by, actor=author, source="slack")
    key = source_key("said", said.channel, said.ts)
    body = {**content, "text": clean(content["text"]).raw}
    is_new = work.log(number, Kind.SAID, body, occurred_at=moment_of(said.ts), source_key=key)
    if edited and not is_new:  # nobody told us that it was changed
        change = edits.Edited(said.channel, said.ts, content, PersonId(edited["by"]), edited["ts"])
        edits.follow_in(work, number, change)


def _mark(work: Work, incident: Incident, use: str | None, mark: dict[str, Any]) -> None:
    """An emoji of ours on a message, or a pin: if nobody told us, it is read now."""
    if use is None or not may(work, MARK_NEEDS[use], PersonId(mark["by"]), incident):
        return
    number, channel, ts = incident.number, str(incident.room), mark["ts"]
    if timeline.by_source_key(work.connection, number, source_key(use, channel, ts)) is not None:
        return
    if outbox_view.was_planned(work.connection, effects.capturing(number, channel, ts, use)):
        return
    facts = {"use": use, "at": "found", "marked_by": mark["by"]}
    work.send(effects.capture(number, channel, ts, facts))


def _take_away(work: Work, incident: Incident, twice: dict[str, Any]) -> None:
    """Of a message that is there more than once, the one we know of stays, or the first."""
    known = outbox_view.result_of(work.connection, twice["key"]) or {}
    stays = known.get("ts") if known.get("ts") in twice["ts"] else min(twice["ts"])
    for ts in twice["ts"]:
        if ts != stays:
            work.send(effects.delete(incident.number, str(incident.room), ts))
