"""What people leave on messages and channels: pins, reactions, bookmarks."""

import re
from dataclasses import replace

from bot.emulator import shapes, talk
from bot.emulator.core import Core
from bot.emulator.entities import Bookmark, Channel, Json, Message
from bot.emulator.errors import SlackError
from bot.emulator.methods.request import TIER_2, TIER_3, Method, Request

MOST_PINS = 100
MOST_BOOKMARKS = 100
MOST_REACTIONS = 50
EMOJI = re.compile(r"^[a-z0-9_+'\-]+(::skin-tone-[2-6])?$")


def _pinned(request: Request) -> tuple[Channel, Message]:
    chan = request.open_channel()
    return chan, request.message(chan)


def _pin_event(core: Core, chan: Channel, said: Message, user: str, what: str) -> None:
    item = {
        "type": "message",
        "channel": chan.id,
        "created": int(core.now()),
        "created_by": user,
        "message": shapes.message(core, said),
    }
    event: Json = {"type": f"pin_{what}", "user": user, "channel_id": chan.id, "item": item}
    event |= {"item_user": said.user, "pin_count": len(chan.pins)}
    core.emit(event | ({"has_pins": bool(chan.pins)} if what == "removed" else {}), chan)
    core.show("pin", core.audience(chan), channel=chan.id, ts=said.ts, pins=list(chan.pins))
    talk.refresh(core, chan, said)


def pins_add(request: Request) -> Json:
    chan, said = _pinned(request)
    if said.ts in chan.pins:
        raise SlackError("already_pinned")
    if len(chan.pins) >= MOST_PINS:
        raise SlackError("too_many_pins")
    kept = tuple(chan.pinners[: len(chan.pins)]) + ("",) * (len(chan.pins) - len(chan.pinners))
    by = f"{request.caller.user} {int(request.core.now())}"
    changed = replace(chan, pins=(*chan.pins, said.ts), pinners=(*kept, by))
    chan = request.core.state.channels.put(changed)
    _pin_event(request.core, chan, said, request.caller.user, "added")
    return {}


def pins_remove(request: Request) -> Json:
    chan, said = _pinned(request)
    if said.ts not in chan.pins:
        raise SlackError("no_pin")
    chan = request.core.state.channels.put(talk.without_pin(chan, said.ts))
    _pin_event(request.core, chan, said, request.caller.user, "removed")
    return {}


def pins_list(request: Request) -> Json:
    """Newest pin first."""
    chan = request.channel()
    known = [request.core.state.messages.at(chan.id, pin) for pin in reversed(chan.pins)]
    items = [
        {
            "type": "message",
            "channel": chan.id,
            "created": shapes.pinned_by(chan, said.ts)[1],
            "created_by": shapes.pinned_by(chan, said.ts)[0],
            "message": shapes.message(request.core, said),
        }
        for said in known
        if said
    ]
    return {"items": items}


def react(core: Core, chan: Channel, said: Message, user: str, name: str) -> Message:
    """``user`` puts an emoji on a message."""
    if not EMOJI.match(name):
        raise SlackError("invalid_name")
    known = {reaction["name"]: reaction for reaction in said.reactions}
    users = known.get(name, {}).get("users", [])
    if user in users:
        raise SlackError("already_reacted")
    if name not in known and len(known) >= MOST_REACTIONS:
        raise SlackError("too_many_reactions")
    known[name] = {"name": name, "users": [*users, user], "count": len(users) + 1}
    return _reacted(core, chan, replace(said, reactions=tuple(known.values())), user, name, "added")


def unreact(core: Core, chan: Channel, said: Message, user: str, name: str) -> Message:
    known = {reaction["name"]: reaction for reaction in said.reactions}
    users = known.get(name, {}).get("users", [])
    if user not in users:
        raise SlackError("no_reaction")
    left = [other for other in users if other != user]
    known[name] = {"name": name, "users": left, "count": len(left)}
    kept = tuple(reaction for reaction in known.values() if reaction["users"])
    return _reacted(core, chan, replace(said, reactions=kept), user, name, "removed")


def _reacted(  # the six facts of one reaction
    core: Core, chan: Channel, said: Message, user: str, name: str, what: str
) -> Message:
    core.state.messages.put(said)
    event = {
        "type": f"reaction_{what}",
        "user": user,
        "reaction": name,
        "item_user": said.user,
        "item": {"type": "message", "channel": chan.id, "ts": said.ts},
    }
    core.emit(event, chan)
    core.show(
        "reaction",
        core.audience(chan),
        channel=chan.id,
        ts=said.ts,
        reactions=[dict(reaction) for reaction in said.reactions],
    )
    talk.refresh(core, chan, said)
    return said


def _reactable(request: Request) -> tuple[Channel, Message, str]:
    chan = request.channel()
    if chan.is_archived:
        raise SlackError("is_archived")
    if request.caller.is_bot and request.caller.user not in chan.members:
        raise SlackError("not_in_channel")
    return chan, request.message(chan), request.args.need("name").strip(":")


def reactions_add(request: Request) -> Json:
    chan, said, name = _reactable(request)
    react(request.core, chan, said, request.caller.user, name)
    return {}


def reactions_remove(request: Request) -> Json:
    chan, said, name = _reactable(request)
    unreact(request.core, chan, said, request.caller.user, name)
    return {}


def reactions_get(request: Request) -> Json:
    chan = request.channel()
    said = request.message(chan)
    shown = shapes.message(request.core, said)
    return {"type": "message", "channel": chan.id, "message": shown}


def _bookmark(request: Request, chan: Channel) -> Bookmark:
    mark = request.core.state.bookmarks.get(request.args.need("bookmark_id"))
    if mark is None or mark.channel != chan.id:
        raise SlackError("not_found")
    return mark


def _link(text: str) -> str:
    if not re.match(r"^(https?|slack|mailto|tel):", text):
        raise SlackError("invalid_link")
    return text


def _marked(request: Request, chan: Channel, mark: Bookmark | None) -> Json:
    core = request.core
    marks = [
        shapes.bookmark(m, core.identity.app_id)
        for m in core.state.bookmarks
        if m.channel == chan.id
    ]
    core.show("bookmark", core.audience(chan), channel=chan.id, bookmarks=marks)
    return {"bookmark": shapes.bookmark(mark, core.identity.app_id)} if mark else {}


def _in_channel(request: Request) -> Channel:
    chan = request.channel(name="channel_id")
    if chan.is_archived:
        raise SlackError("is_archived")
    if request.caller.user not in chan.members:
        raise SlackError("not_in_channel")
    return chan


def bookmarks_add(request: Request) -> Json:
    chan, args, core = _in_channel(request), request.args, request.core
    if args.need("type") != "link":
        raise SlackError("invalid_bookmark_type")
    if sum(mark.channel == chan.id for mark in core.state.bookmarks) >= MOST_BOOKMARKS:
        raise SlackError("too_many_bookmarks")
    now, number = int(core.now()), core.state.next("bookmark")
    mark = Bookmark(
        id=core.state.new_id("Bk"),
        channel=chan.id,
        title=args.need("title"),
        link=_link(args.need("link")),
        emoji=args.text("emoji"),
        created=now,
        updated=0,
        by=request.caller.user,
        rank=f"{number:06d}",
    )
    core.state.bookmarks.put(mark)
    return _marked(request, chan, mark)


def bookmarks_edit(request: Request) -> Json:
    chan, args = _in_channel(request), request.args
    mark = _bookmark(request, chan)
    changed = replace(
        mark,
        title=args.text("title", mark.title),
        link=_link(args.text("link", mark.link)),
        emoji=args.text("emoji", mark.emoji),
        updated=int(request.core.now()),
        by=request.caller.user,
    )
    request.core.state.bookmarks.put(changed)
    return _marked(request, chan, changed)


def bookmarks_remove(request: Request) -> Json:
    chan = _in_channel(request)
    request.core.state.bookmarks.remove(_bookmark(request, chan).id)
    return _marked(request, chan, None)


def bookmarks_list(request: Request) -> Json:
    chan = request.channel(name="channel_id")
    app = request.core.identity.app_id
    marks = [m for m in request.core.state.bookmarks if m.channel == chan.id]
    return {"bookmarks": [shapes.bookmark(mark, app) for mark in marks]}


METHODS = (
    Method("pins.add", pins_add, ("pins:write",), TIER_2),
    Method("pins.remove", pins_remove, ("pins:write",), TIER_2),
    Method("pins.list", pins_list, ("pins:read",), TIER_2),
    Method("reactions.add", reactions_add, ("reactions:write",), TIER_3),
    Method("reactions.remove", reactions_remove, ("reactions:write",), TIER_2),
    Method("reactions.get", reactions_get, ("reactions:read",), TIER_3),
    Method("bookmarks.add", bookmarks_add, ("bookmarks:write",), TIER_2),
    Method("bookmarks.edit", bookmarks_edit, ("bookmarks:write",), TIER_2),
    Method("bookmarks.remove", bookmarks_remove, ("bookmarks:write",), TIER_2),
    Method("bookmarks.list", bookmarks_list, ("bookmarks:read",), TIER_3),
)
