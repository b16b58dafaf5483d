"""What shall happen outside, as data: written with the facts, carried later, exactly once.

``key`` names the effect for ever: the same key is never carried twice. ``lane`` keeps order: an
effect waits for those before it in its lane. ``needs`` is the key of an effect in another lane
that must be done first. ``collapse`` groups effects of which only the newest matters.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from incidents.model import ids
from incidents.model.ids import ActionNumber, IncidentNumber, PersonId


class EffectKind(StrEnum):
    """The families of things we do to the outside world."""

    OPEN_ROOM = "open_room"
    INVITE = "invite"
    TOPIC = "topic"
    BOOKMARK = "bookmark"
    CARD = "card"
    PIN_CARD = "pin_card"
    EDIT_CARD = "edit_card"
    ANNOUNCE = "announce"
    EDIT_ANNOUNCEMENT = "edit_announcement"
    POST = "post"
    DIRECT = "direct"
    EDIT = "edit"
    CAPTURE = "capture"
    ARCHIVE = "archive"
    UPLOAD = "upload"
    CHECK = "check"
    RECONCILE = "reconcile"
    UNARCHIVE = "unarchive"
    DELETE = "delete"
    NOTIFY = "notify"
    KEEP_FILE = "keep_file"
    PAGE = "page"


@dataclass(frozen=True, slots=True)
class Planned:
    """An effect that an action decided on."""

    key: str
    kind: EffectKind
    lane: str
    args: dict[str, Any] = field(default_factory=dict)
    incident: IncidentNumber | None = None
    needs: str | None = None
    collapse: str | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the outside gave back: plain JSON, kept with the effect.

    ``was_asked`` is False if there was nothing to do: then nobody knows how the outside is.
    """

    result: dict[str, Any] = field(default_factory=dict)
    was_asked: bool = True


LEAVES: dict[EffectKind, str] = {
    EffectKind.CARD: "ts",
    EffectKind.ANNOUNCE: "ts",
    EffectKind.POST: "ts",
    EffectKind.DIRECT: "ts",
    EffectKind.BOOKMARK: "bookmark",
    EffectKind.UPLOAD: "file",
}
"""What can be there twice, by the name that it has in a receipt."""

DIRECT_MESSAGES = "dm/"  # what the key of every direct message begins with
LONGEST_SUBJECT = 80  # characters of what whoever runs the bot is told about

STEP_NAMES: dict[EffectKind, str] = {
    EffectKind.OPEN_ROOM: "opening the room",
    EffectKind.INVITE: "inviting people",
    EffectKind.TOPIC: "setting the topic",
    EffectKind.BOOKMARK: "adding a bookmark",
    EffectKind.CARD: "posting the card",
    EffectKind.PIN_CARD: "pinning the card",
    EffectKind.EDIT_CARD: "refreshing the card",
    EffectKind.ANNOUNCE: "announcing the incident",
    EffectKind.EDIT_ANNOUNCEMENT: "refreshing the announcement",
    EffectKind.POST: "posting a message",
    EffectKind.DIRECT: "sending a direct message",
    EffectKind.EDIT: "refreshing a message",
    EffectKind.CAPTURE: "reading a message",
    EffectKind.ARCHIVE: "archiving the room",
    EffectKind.UPLOAD: "uploading a file",
    EffectKind.CHECK: "running a check",
    EffectKind.RECONCILE: "looking after the room",
    EffectKind.UNARCHIVE: "bringing the room back",
    EffectKind.DELETE: "taking back what was sent twice",
    EffectKind.KEEP_FILE: "keeping a file",
    EffectKind.NOTIFY: "reaching somebody without Slack",
    EffectKind.PAGE: "paging somebody outside of Slack",
}


def room_key(number: IncidentNumber) -> str:
    """The effect that opens the room; everything that happens in the room needs it."""
    return f"{ids.key(number)}/room"


def card_key(number: IncidentNumber) -> str:
    """The effect that posts the card."""
    return f"{ids.key(number)}/card"


def announcement_key(number: IncidentNumber) -> str:
    """The effect that announces the incident."""
    return f"{ids.key(number)}/announcement"


def _in_room(number: IncidentNumber, name: str, kind: EffectKind, **more: Any) -> Planned:  # noqa: ANN401
    """An effect in its own lane of an incident, once there is a room."""
    inc = ids.key(number)
    fields: dict[str, Any] = {"lane": f"{inc}/{name}", "needs": room_key(number), **more}
    return Planned(key=fields.pop("key", f"{inc}/{name}"), kind=kind, incident=number, **fields)


def open_room(number: IncidentNumber, name: str) -> Planned:
    """Create the channel."""
    inc = ids.key(number)
    args = {"name": name}
    return Planned(room_key(number), EffectKind.OPEN_ROOM, f"{inc}/room", args, number)


def adopt_room(number: IncidentNumber, name: str, channel: str) -> Planned:
    """Move into a channel that there is; if Slack does not let us, create one called ``name``."""
    inc = ids.key(number)
    args = {"name": name, "channel": channel}
    return Planned(room_key(number), EffectKind.OPEN_ROOM, f"{inc}/room", args, number)


def invite(number: IncidentNumber, people: tuple[PersonId, ...], *, why: str) -> Planned:
    """Bring people into the room. ``why`` tells one invitation of the incident from another."""
    return _in_room(number, f"invite/{why}", EffectKind.INVITE, args={"people": list(people)})


def post_card(number: IncidentNumber) -> Planned:
    """Post the card. Its content is read when it is carried, so it is always true."""
    return _in_room(number, "card", EffectKind.CARD)


def post_card_again(number: IncidentNumber, lost: str) -> Planned:
    """Post the card that somebody deleted. ``lost`` is what it was known by."""
    return _in_room(number, "card", EffectKind.CARD, key=f"{card_key(number)}/{lost}")


def pin_card(number: IncidentNumber) -> Planned:
    """Pin the card, once it is there."""
    return _in_room(number, "pin", EffectKind.PIN_CARD, needs=card_key(number))


def edit_card(number: IncidentNumber, at: str) -> Planned:
    """Make the card true again. ``at`` is anything that differs for each change."""
    inc = ids.key(number)
    return _in_room(
        number,
        "card",
        EffectKind.EDIT_CARD,
        key=f"{inc}/card@{at}",
        needs=card_key(number),
        collapse=f"{inc}/card",
    )


def set_topic(number: IncidentNumber, at: str) -> Planned:
    """Make the room's topic true."""
    inc = ids.key(number)
    return _in_room(
        number, "topic", EffectKind.TOPIC, key=f"{inc}/topic@{at}", collapse=f"{inc}/topic"
    )


def add_bookmark(number: IncidentNumber, title: str, link: str, emoji: str) -> Planned:
    """Put a link into the room's bookmark bar."""
    slug = title.lower().replace(" ", "-")
    args = {"title": title, "link": link, "emoji": emoji}
    return _in_room(number, f"bookmark/{slug}", EffectKind.BOOKMARK, args=args)


def add_bookmark_again(
    number: IncidentNumber, title: str, link: str, emoji: str, lost: str
) -> Planned:
    """Put a link into the room that was opened instead of the channel ``lost``."""
    inc = ids.key(number)
    slug = title.lower().replace(" ", "-")
    return _in_room(
        number,
        f"bookmark/{slug}",
        EffectKind.BOOKMARK,
        key=f"{inc}/bookmark/{slug}/{lost}",
        needs=f"{inc}/room/instead-of/{lost}",
        args={"title": title, "link": link, "emoji": emoji},
    )


def announce(number: IncidentNumber, channel: str) -> Planned:
    """Tell everybody, once, in the channel for announcements (by name or id)."""
    return _in_room(number, "announcement", EffectKind.ANNOUNCE, args={"channel": channel})


def edit_announcement(number: IncidentNumber, at: str) -> Planned:
    """Make the announcement true again."""
    inc = ids.key(number)
    return _in_room(
        number,
        "announcement",
        EffectKind.EDIT_ANNOUNCEMENT,
        key=f"{inc}/announcement@{at}",
        needs=announcement_key(number),
        collapse=f"{inc}/announcement",
    )


def post(
    number: IncidentNumber,
    name: str,
    view: str,
    facts: dict[str, Any],
    *,
    collapse: str | None = None,
) -> Planned:
    """Say something in the room, after what was said before.

    ``view`` names the words, ``facts`` fills them in: both are frozen here, so that a second
    attempt says the same.
    """
    inc = ids.key(number)
    return _in_room(
        number,
        "talk",
        EffectKind.POST,
        key=f"{inc}/talk/{name}",
        args={"view": view, "facts": facts},
        collapse=collapse,
    )


def answer_in_thread(
    number: IncidentNumber, channel: str, ts: str, view: str, facts: dict[str, Any]
) -> Planned:
    """Say something in the thread of a message elsewhere, once there is a room to lead to."""
    args = {"channel": channel, "thread_ts": ts, "view": view, "facts": facts}
    return _in_room(number, f"thread/{channel}/{ts}", EffectKind.POST, args=args)


def nudging(number: IncidentNumber, person: PersonId | None = None) -> str:
    """What all requests for an update have in common: those to one person, or in the room."""
    return f"{ids.key(number)}/nudge/{person or 'room'}"


def nudges(number: IncidentNumber) -> str:
    """What `nudging` begins with, whoever is asked."""
    return f"{ids.key(number)}/nudge/"


def edit(number: IncidentNumber, name: str, at: str, view: str, facts: dict[str, Any]) -> Planned:
    """Replace what `post` said under ``name``."""
    inc = ids.key(number)
    return _in_room(
        number,
        f"talk/{name}",
        EffectKind.EDIT,
        key=f"{inc}/talk/{name}@{at}",
        needs=f"{inc}/talk/{name}",
        collapse=f"{inc}/talk/{name}",
        args={"of": f"{inc}/talk/{name}", "view": view, "facts": facts},
    )


def direct(
    person: PersonId,
    name: str,
    view: str,
    facts: dict[str, Any],
    *,
    collapse: str | None = None,
) -> Planned:
    """Tell one person, by direct message. ``name`` is unique for that message."""
    args = {"person": person, "view": view, "facts": facts}
    key, lane = direct_key(person, name), f"{DIRECT_MESSAGES}{person}"
    return Planned(key, EffectKind.DIRECT, lane, args, collapse=collapse)


def direct_key(person: PersonId, name: str) -> str:
    """The effect that tells one person, by direct message."""
    return f"{DIRECT_MESSAGES}{person}/{name}"


class About(StrEnum):
    """What a message about an action item is for. Of each, only the newest matters."""

    NEW = "new"
    REMINDER = "reminder"
    ESCALATION = "escalation"


def about_item(item: ActionNumber, what: About) -> str:
    """What all such messages about an action item have in common, to call them off by."""
    return f"todo-{item}/{what}"


def edit_direct(person: PersonId, name: str, at: str, view: str, facts: dict[str, Any]) -> Planned:
    """Replace what `direct` said under ``name``."""
    key = direct_key(person, name)
    return Planned(
        f"{key}@{at}",
        EffectKind.EDIT,
        f"{key}/edits",
        {"of": key, "person": person, "view": view, "facts": facts},
        needs=key,
        collapse=key,
    )


def capture(number: IncidentNumber, channel: str, ts: str, facts: dict[str, Any]) -> Planned:
    """Read a message that somebody marked, so that it can go on the timeline."""
    inc = ids.key(number)
    key = f"{inc}/capture/{channel}/{ts}/{facts['use']}/{facts['at']}"
    args = {"channel": channel, "ts": ts, **facts}
    lane, collapse = f"{inc}/capture/{ts}", capturing(number, channel, ts, facts["use"])
    return Planned(key, EffectKind.CAPTURE, lane, args, number, collapse=collapse)


def keep_file(number: IncidentNumber, entry: int, file: dict[str, Any]) -> Planned:
    """Fetch a file of a message that entry ``entry`` is about, to be kept by ourselves."""
    key = f"{ids.key(number)}/file/{entry}/{file['id']}"
    args = {"entry": entry, "file": file["id"], "name": file["name"]}
    return Planned(key, EffectKind.KEEP_FILE, key, args, number)


def capturing(number: IncidentNumber, channel: str, ts: str, use: str) -> str:
    """What all readings of one message for one use have in common."""
    return f"{ids.key(number)}/capture/{channel}/{ts}/{use}"


def check(number: IncidentNumber, walk: str, step: int, facts: dict[str, Any]) -> Planned:
    """Find something out for a decision tree. It is asked of a person meanwhile."""
    inc = ids.key(number)
    key = f"{inc}/check/{walk}/{step}"
    return Planned(key, EffectKind.CHECK, key, {"walk": walk, **facts}, number)


def notify(number: IncidentNumber, name: str, by: str, args: dict[str, Any]) -> Planned:
    """Reach somebody without Slack, by e-mail or by webhook. ``name`` says who, and about what."""
    key = f"{ids.key(number)}/reach/{name}/{by}"
    return Planned(key, EffectKind.NOTIFY, key, {"by": by, **args}, number)


@dataclass(frozen=True, slots=True)
class Rings:
    """What rings at a pager: which kind of pager, which key of it, and under which name."""

    way: str
    target: str
    dedup: str


def page_out(number: IncidentNumber, rings: Rings, action: str, said: dict[str, Any]) -> Planned:
    """Trigger, acknowledge or resolve at a pager, in this order."""
    lane = f"{ids.key(number)}/pages/{rings.dedup}/{rings.way}/{rings.target}"
    args = {"way": rings.way, "target": rings.target, "dedup": rings.dedup, "action": action}
    if action != "trigger":
        return Planned(f"{lane}/{action}", EffectKind.PAGE, lane, args, number)
    return Planned(
        f"{lane}/trigger/{said['page']}",
        EffectKind.PAGE,
        lane,
        {**args, **said},
        number,
        collapse=ringing(number, rings),
    )


def ringing(number: IncidentNumber, rings: Rings) -> str:
    """What all triggers of one page have in common, to call them off by."""
    return f"{ids.key(number)}/ringing/{rings.dedup}/{rings.way}/{rings.target}"


def notify_ops(subject: str, args: dict[str, Any]) -> Planned:
    """Send an e-mail to whoever runs the bot, once about each subject."""
    key = f"ops/mail/{subject}"
    return Planned(key, EffectKind.NOTIFY, key, {"by": "email", **args})


def tell_ops(subject: str, channel: str, facts: dict[str, Any]) -> Planned:
    """Tell whoever runs the bot, in a channel (by name or id), once about each subject."""
    args = {"channel": channel, "view": "ops_told", "facts": facts}
    return Planned(f"ops/{subject}", EffectKind.POST, "ops", args)


def archive(number: IncidentNumber, at: str) -> Planned:
    """Put the room away."""
    inc = ids.key(number)
    return _in_room(number, "archive", EffectKind.ARCHIVE, key=f"{inc}/archive@{at}")


def reconcile(number: IncidentNumber, now: datetime) -> Planned:
    """Compare the room with the record. At most once in ten seconds, whoever asks for it."""
    inc, slot = ids.key(number), int(now.timestamp()) // 10
    return _in_room(
        number,
        "reconcile",
        EffectKind.RECONCILE,
        key=f"{inc}/reconcile@{slot}",
        collapse=f"{inc}/reconcile",
    )


def unarchive(number: IncidentNumber, channel: str, at: str) -> Planned:
    """Bring the room back that somebody archived. ``at`` tells one time from another."""
    key = f"{ids.key(number)}/unarchive/{channel}@{at}"
    return _in_room(number, "room", EffectKind.UNARCHIVE, key=key, args={"channel": channel})


def delete(number: IncidentNumber, channel: str, ts: str) -> Planned:
    """Take a message of our own away that was sent twice."""
    name = f"delete/{channel}/{ts}"
    return _in_room(number, name, EffectKind.DELETE, args={"channel": channel, "ts": ts})


def take_back(of: str, number: IncidentNumber | None, name: str, left: dict[str, Any]) -> Planned:
    """Take back what the effect ``of`` ``left``, once it is done, unless that is what is on record.

    For a process that slept through its lease and then sent what another had sent meanwhile.
    ``name`` is one of `LEAVES`.
    """
    key = f"{of}/twice/{left[name]}"
    args = {"of": of, "channel": left.get("channel"), name: left[name]}
    return Planned(key, EffectKind.DELETE, key, args, number, needs=of)


def replace_room(
    number: IncidentNumber, name: str, lost: str, people: tuple[PersonId, ...]
) -> tuple[Planned, ...]:
    """A new room instead of the channel ``lost``, with a card, and with the same people in it.

    What was not said in the lost one yet is said in the new one: it is sent to whichever room the
    incident has.
    """
    inc = ids.key(number)
    opened = f"{inc}/room/instead-of/{lost}"
    return (
        Planned(opened, EffectKind.OPEN_ROOM, f"{inc}/room", {"name": name}, number),
        _in_room(number, "card", EffectKind.CARD, key=f"{inc}/card/{lost}", needs=opened),
        _in_room(
            number,
            f"invite/{lost}",
            EffectKind.INVITE,
            needs=opened,
            args={"people": list(people)},
        ),
        _in_room(
            number, "pin", EffectKind.PIN_CARD, key=f"{inc}/pin/{lost}", needs=f"{inc}/card/{lost}"
        ),
        _in_room(
            number,
            "topic",
            EffectKind.TOPIC,
            key=f"{inc}/topic@{lost}",
            needs=opened,
            collapse=f"{inc}/topic",
        ),
    )


def leave_room(number: IncidentNumber, room: str, card_ts: str | None) -> tuple[Planned, ...]:
    """Empty our card in a room that is given up, say that it is over, and put the room away.

    These name the room: the incident has another one by then.
    """
    said: dict[str, Any] = {"view": "moved_away", "facts": {}}
    place = {"channel": room, "ts": card_ts}
    emptied = [_leaving(number, room, "card", EffectKind.EDIT, place=place, **said)]
    return (
        *(emptied if card_ts else ()),
        _leaving(number, room, "farewell", EffectKind.POST, **said),
        _leaving(number, room, "archive", EffectKind.ARCHIVE),
    )


def leave_channel(
    number: IncidentNumber, room: str, card_ts: str | None, topic: str | None
) -> tuple[Planned, ...]:
    """Like `leave_room`, in a channel that was there before us: it stays, with its old topic.

    Our card goes, and with it its pin. None is a topic that nobody knows: then it is left alone.
    """
    emptied = [clear_out(number, room, "ts", card_ts)] if card_ts else []
    put_back = [_leaving(number, room, "topic", EffectKind.TOPIC, topic=topic)]
    farewell = _leaving(
        number, room, "farewell", EffectKind.POST, view="moved_away", facts={"stays": True}
    )
    return (*emptied, *(put_back if topic is not None else ()), farewell)


def clear_out(number: IncidentNumber, room: str, name: str, left: str) -> Planned:
    """Take away what we left in a channel that is given up. ``name`` is one of `LEAVES`."""
    lane = f"{ids.key(number)}/leave/{room}"
    args = {"channel": room, name: left}
    return Planned(f"{lane}/{name}/{left}", EffectKind.DELETE, lane, args, number)


def _leaving(
    number: IncidentNumber,
    room: str,
    name: str,
    kind: EffectKind,
    **args: Any,  # noqa: ANN401
) -> Planned:
    lane = f"{ids.key(number)}/leave/{room}"
    return Planned(f"{lane}/{name}", kind, lane, {"room": room, **args}, number)


def upload(number: IncidentNumber, name: str, content: str, *, version: str) -> Planned:
    """Put a file into the room. ``version`` differs whenever ``content`` does."""
    args = {"name": name, "content": content}
    return _in_room(number, f"file/{name}/{version}", EffectKind.UPLOAD, args=args)


def upload_picture(
    number: IncidentNumber, name: str, svg: str, *, says: str, describes: str, version: str
) -> Planned:
    """Put a picture into the room, drawn as it is carried. ``says`` stands beside it.

    ``describes`` is for those who do not see it.
    """
    args = {"name": name, "svg": svg, "says": says, "describes": describes}
    return _in_room(number, f"file/{name}/{version}", EffectKind.UPLOAD, args=args)
