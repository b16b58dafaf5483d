"""``conversations.*`` that only read: lists, members, history, threads."""

from dataclasses import replace

from bot.emulator import shapes
from bot.emulator.entities import Channel, Json, Message, Seen
from bot.emulator.errors import SlackError
from bot.emulator.methods.request import (
    SCOPES_BY_KIND,
    TIER_2,
    TIER_3,
    TIER_4,
    Method,
    Request,
    paged,
)

READ = SCOPES_BY_KIND["read"]
HISTORY = SCOPES_BY_KIND["history"]
TYPES = {"public_channel": "channel", "private_channel": "private", "im": "im", "mpim": "mpim"}
MOST_LISTED = 1000
MOST_HISTORY = 999


def info(request: Request) -> Json:
    chan = request.channel("read")
    shown = shapes.channel(request.core, chan, request.caller.user)
    if request.args.flag("include_num_members"):
        shown["num_members"] = len(chan.members)
    return {"channel": shown}


def kinds(request: Request) -> set[str]:
    names = request.args.names("types") or ["public_channel"]
    if unknown := set(names) - set(TYPES):
        raise SlackError("invalid_types", types=sorted(unknown))
    return {TYPES[name] for name in names}


def listed(request: Request, *, user: str = "") -> Json:
    wanted, without_archived = kinds(request), request.args.flag("exclude_archived")
    caller = request.caller.user

    def is_listed(chan: Channel) -> bool:
        if chan.kind not in wanted or (chan.is_archived and without_archived):
            return False
        if user and user not in chan.members:
            return False
        return not chan.is_private or caller in chan.members

    rows, cursor = request.page(
        [chan for chan in request.core.state.channels if is_listed(chan)], MOST_LISTED
    )
    shown = [
        {**shapes.channel(request.core, chan, caller), "num_members": len(chan.members)}
        for chan in rows
    ]
    return {"channels": shown, **paged(cursor)}


def users_conversations(request: Request) -> Json:
    user = request.args.text("user") or request.caller.user
    request.core.member(user)
    return listed(request, user=user)


def members(request: Request) -> Json:
    chan = request.channel("read")
    rows, cursor = request.page(chan.members, MOST_LISTED)
    return {"members": rows, **paged(cursor)}


def readable(request: Request) -> Channel:
    chan = request.channel("history")
    if request.caller.is_bot and request.caller.user not in chan.members:
        raise SlackError("not_in_channel")
    return chan


def within(request: Request, rows: list[Message]) -> list[Message]:
    oldest, latest = request.args.text("oldest"), request.args.text("latest")
    inclusive = request.args.flag("inclusive")

    def is_within(message: Message) -> bool:
        at = float(message.ts)
        if oldest and (at < float(oldest) or (not inclusive and message.ts == oldest)):
            return False
        return not latest or at < float(latest) or (inclusive and message.ts == latest)

    try:
        return [row for row in rows if is_within(row)]
    except ValueError:
        raise SlackError("invalid_ts_latest" if latest else "invalid_ts_oldest") from None


def shown_messages(request: Request, rows: list[Message]) -> list[Json]:
    full = request.args.flag("include_all_metadata")
    return [shapes.message(request.core, row, with_metadata=full) for row in rows]


def history(request: Request) -> Json:
    """Newest first, without the replies in threads."""
    chan = readable(request)
    everything = [m for m in request.core.state.messages.of(chan.id) if not m.is_reply]
    rows = within(request, everything)[::-1]
    rows, cursor = request.page(rows, MOST_HISTORY)
    return {
        "messages": shown_messages(request, rows),
        "has_more": bool(cursor),
        "pin_count": len(chan.pins),
        "channel_actions_ts": None,
        "channel_actions_count": 0,
    } | (paged(cursor) if cursor else {})


def replies(request: Request) -> Json:
    """The thread's first message, then its replies, oldest first."""
    chan = readable(request)
    asked = request.core.state.messages.at(chan.id, request.args.need("ts"))
    if asked is None:
        raise SlackError("thread_not_found")
    root = asked.thread_ts or asked.ts
    parent = request.core.state.messages.at(chan.id, root)
    known = request.core.state.messages
    below = [known.at(chan.id, ts) for ts in parent.replies] if parent else [asked]
    rows = within(request, [m for m in below if m])
    rows, cursor = request.page([*([parent] if parent else []), *rows], MOST_LISTED, 1000)
    shown = {"messages": shown_messages(request, rows), "has_more": bool(cursor)}
    return shown | (paged(cursor) if cursor else {})


def mark(request: Request) -> Json:
    chan = request.channel()
    request.core.state.seen.put(Seen(request.caller.user, chan.id, request.args.need("ts")))
    return {}


def close(request: Request) -> Json:
    chan = request.channel("manage")
    if not chan.is_direct:
        raise SlackError("method_not_supported_for_channel_type")
    request.core.state.channels.put(replace(chan, updated=int(request.core.now() * 1000)))
    return {"no_op": True, "already_closed": True}


METHODS = (
    Method("conversations.info", info, READ, TIER_3),
    Method("conversations.list", listed, READ, TIER_2),
    Method("conversations.members", members, READ, TIER_4),
    Method("conversations.history", history, HISTORY, TIER_3),
    Method("conversations.replies", replies, HISTORY, TIER_3),
    Method("conversations.mark", mark, SCOPES_BY_KIND["manage"], TIER_3),
    Method("conversations.close", close, ("im:write", "mpim:write"), TIER_2),
    Method("users.conversations", users_conversations, READ, TIER_3),
)
