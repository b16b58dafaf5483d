"""Messages come, change and go: what it does to threads, screens and the app."""

from dataclasses import replace

from bot.emulator import shapes
from bot.emulator.core import Core
from bot.emulator.entities import Channel, Ephemeral, Json, Message

MOST_REPLY_FACES = 5
SLACKBOT = "USLACKBOT"
TOMBSTONE: Json = {
    "subtype": "tombstone",
    "text": "This message was deleted.",
    "hidden": True,
}


def post(
    core: Core,
    chan: Channel,
    user: str,
    body: Json,
    *,
    thread_ts: str = "",
    metadata: Json | None = None,
) -> Message:
    """A new message by ``user``. The app hears of it if it is in the channel, also of its own."""
    ts = core.state.new_ts()
    said = core.state.messages.put(Message(chan.id, ts, user, body, thread_ts, metadata))
    if thread_ts:
        _join_thread(core, chan, said)
    shown = shapes.message(core, said)
    core.emit(_event(chan, shown), chan)
    core.show("message", core.audience(chan), channel=chan.id, ts=ts, message=shown)
    return said


def note(core: Core, chan: Channel, user: str, subtype: str, text: str, **more: str) -> None:
    """One of Slack's own lines, such as "set the channel topic". Direct messages have none."""
    if not chan.is_direct:
        post(core, chan, user, {"subtype": subtype, "text": text, **more})


def edit(
    core: Core, chan: Channel, said: Message, body: Json, metadata: Json | None = None
) -> Message:
    before = shapes.message(core, said)
    edited = {"user": said.user, "ts": core.state.new_ts()}
    after = replace(said, body={**body, "edited": edited}, metadata=metadata or said.metadata)
    core.state.messages.put(after)
    refresh(core, chan, after)
    shown = shapes.message(core, after)
    _changed(core, chan, "message_changed", message=shown, previous_message=before)
    return after


def delete(core: Core, chan: Channel, said: Message) -> None:
    """Of a message with replies a tombstone stays, so that they have something to hang from."""
    before = shapes.message(core, said)
    if said.ts in chan.pins:
        chan = core.state.channels.put(without_pin(chan, said.ts))
    if said.replies:
        stone = core.state.messages.put(replace(said, user=SLACKBOT, body=TOMBSTONE, reactions=()))
        refresh(core, chan, stone)
        shown = shapes.message(core, stone)
        _changed(core, chan, "message_changed", message=shown, previous_message=before)
        return
    core.state.messages.remove(said.key)
    parent = core.state.messages.at(chan.id, said.thread_ts) if said.is_reply else None
    if parent:
        replies = tuple(ts for ts in parent.replies if ts != said.ts)
        refresh(core, chan, core.state.messages.put(replace(parent, replies=replies)))
    core.show("message_deleted", core.audience(chan), channel=chan.id, ts=said.ts)
    _changed(core, chan, "message_deleted", deleted_ts=said.ts, previous_message=before)


def without_pin(chan: Channel, ts: str) -> Channel:
    """The channel with one pin less."""
    who = dict(zip(chan.pins, chan.pinners, strict=False))
    pins = tuple(pin for pin in chan.pins if pin != ts)
    return replace(chan, pins=pins, pinners=tuple(who.get(pin, "") for pin in pins))


def refresh(core: Core, chan: Channel, said: Message) -> None:
    """Show ``said`` anew on every screen."""
    shown = shapes.message(core, said)
    core.show("message_changed", core.audience(chan), channel=chan.id, ts=said.ts, message=shown)


def whisper(core: Core, chan: Channel, user: str, body: Json, thread_ts: str = "") -> Ephemeral:
    """A message for ``user`` alone; it is in no history."""
    ts = core.state.new_ts()
    said = core.state.ephemerals.put(Ephemeral(chan.id, ts, user, body, thread_ts))
    show_whisper(core, said)
    return said


def rewhisper(core: Core, said: Ephemeral, body: Json) -> Ephemeral:
    changed = core.state.ephemerals.put(replace(said, body=body))
    show_whisper(core, changed)
    return changed


def unwhisper(core: Core, said: Ephemeral) -> None:
    core.state.ephemerals.remove(said.key)
    core.show("ephemeral_gone", frozenset({said.user}), channel=said.channel, ts=said.ts)


def show_whisper(core: Core, said: Ephemeral) -> None:
    core.show(
        "ephemeral",
        frozenset({said.user}),
        channel=said.channel,
        ts=said.ts,
        user=said.user,
        message=ephemeral_shape(said),
    )


def ephemeral_shape(said: Ephemeral) -> Json:
    shown: Json = {"type": "message", **said.body, "ts": said.ts, "is_ephemeral": True}
    shown["channel"] = said.channel
    if said.thread_ts:
        shown["thread_ts"] = said.thread_ts
    return shown


def app_body(core: Core, content: Json) -> Json:
    """``content`` (text, blocks, …) as a message of the app."""
    me = core.identity
    return {
        "user": me.bot_user,
        "bot_id": me.bot_id,
        "app_id": me.app_id,
        "team": me.team_id,
        "bot_profile": shapes.bot_profile(core),
        **content,
    }


def _join_thread(core: Core, chan: Channel, reply: Message) -> None:
    parent = core.state.messages.at(chan.id, reply.thread_ts)
    if parent is None:
        return
    faces = parent.reply_users
    if reply.user not in faces and len(faces) < MOST_REPLY_FACES:
        faces = (*faces, reply.user)
    parent = replace(
        parent, replies=(*parent.replies, reply.ts), reply_users=faces, thread_ts=parent.ts
    )
    refresh(core, chan, core.state.messages.put(parent))


def _event(chan: Channel, shown: Json) -> Json:
    kind = shapes.CHANNEL_TYPES[chan.kind]
    return {**shown, "channel": chan.id, "channel_type": kind, "event_ts": shown["ts"]}


def _changed(core: Core, chan: Channel, subtype: str, **what: object) -> None:
    ts = core.state.new_ts()
    event = {
        "type": "message",
        "subtype": subtype,
        "hidden": True,
        "channel": chan.id,
        "channel_type": shapes.CHANNEL_TYPES[chan.kind],
        "ts": ts,
        "event_ts": ts,
        **what,
    }
    core.emit(event, chan)
