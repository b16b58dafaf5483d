"""``conversations.*``: making, opening and changing channels."""

import re
from dataclasses import replace

from bot.emulator import shapes, talk
from bot.emulator.core import Core
from bot.emulator.entities import Channel, Json
from bot.emulator.errors import SlackError, missing
from bot.emulator.methods.request import TIER_2, TIER_3, Method, Request

LONGEST_NAME = 80
LONGEST_TOPIC = 250
MOST_IN_DIRECT = 8
MANAGE = ("channels:manage", "groups:write", "im:write", "mpim:write")
INVITE = (*MANAGE, "channels:write.invites", "groups:write.invites")
TOPIC = (*MANAGE, "channels:write.topic", "groups:write.topic")


def check_name(core: Core, name: str, *, but: str = "") -> str:
    """A free channel name, in Slack's alphabet. Archived channels keep their names."""
    if not name.strip():
        raise SlackError("invalid_name_required")
    if len(name) > LONGEST_NAME:
        raise SlackError("invalid_name_maxlength")
    if not re.search(r"\w", name):
        raise SlackError("invalid_name_punctuation")
    if not all(c in "-_" or (c.isalnum() and c == c.lower()) for c in name):
        raise SlackError("invalid_name_specials")
    if any(chan.name == name and chan.id != but for chan in core.state.channels):
        raise SlackError("name_taken")
    return name


def make_channel(core: Core, name: str, creator: str, *, private: bool) -> Channel:
    now = int(core.now())
    chan = Channel(
        id=core.state.new_id("C"),
        name=check_name(core, name),
        kind="private" if private else "channel",
        creator=creator,
        created=now,
        members=(creator,),
        updated=now * 1000,
    )
    core.state.channels.put(chan)
    if not private:
        core.emit({"type": "channel_created", "channel": shapes.channel(core, chan, creator)})
    show_channel(core, chan)
    return chan


def show_channel(core: Core, chan: Channel) -> None:
    shown = {**shapes.channel(core, chan, ""), "num_members": len(chan.members)}
    core.show("channel", core.audience(chan), channel=shown, members=list(chan.members))


def create(request: Request) -> Json:
    private = request.args.flag("is_private")
    request.caller.need("groups:write" if private else "channels:manage")
    name = request.args.text("name")
    chan = make_channel(request.core, name, request.caller.user, private=private)
    talk.note(
        request.core,
        chan,
        request.caller.user,
        "channel_join",
        f"<@{request.caller.user}> has joined the channel",
    )
    return {"channel": shapes.channel(request.core, chan, request.caller.user)}


def add_member(core: Core, chan: Channel, user: str, inviter: str = "") -> Channel:
    """``user`` is in: the others read it, the app hears it if it is there (also of itself)."""
    if user in chan.members:
        return chan
    chan = core.state.channels.put(replace(chan, members=(*chan.members, user)))
    event = {
        "type": "member_joined_channel",
        "user": user,
        "channel": chan.id,
        "channel_type": "G" if chan.is_private else "C",
        "team": core.identity.team_id,
    }
    core.emit(event | ({"inviter": inviter} if inviter else {}), chan)
    more = {"inviter": inviter} if inviter else {}
    talk.note(core, chan, user, "channel_join", f"<@{user}> has joined the channel", **more)
    show_channel(core, chan)
    return chan


def drop_member(core: Core, chan: Channel, user: str, actor: str = "") -> Channel:
    before = chan
    chan = core.state.channels.put(
        replace(chan, members=tuple(m for m in chan.members if m != user))
    )
    event = {
        "type": "member_left_channel",
        "user": user,
        "channel": chan.id,
        "channel_type": "G" if chan.is_private else "C",
        "team": core.identity.team_id,
    }
    core.emit(event, before)
    text = f"removed <@{user}> from {chan.name}" if actor else f"<@{user}> has left the channel"
    talk.note(core, chan, actor or user, "channel_leave", text)
    core.show("channel", frozenset({user}), channel=shapes.channel(core, chan, user), left=True)
    show_channel(core, chan)
    return chan


def cannot_invite(request: Request, chan: Channel, user: str) -> str:
    """Slack's code for why ``user`` cannot be added, or ""."""
    member = request.core.state.members.get(user)
    if member is None:
        return "user_not_found"
    if user == request.caller.user:
        return "cant_invite_self"
    if member.deleted:
        return "user_is_deactivated" if chan.is_private else "cant_invite"
    return "already_in_channel" if user in chan.members else ""


MOST_INVITED = 100


def invite(request: Request) -> Json:
    chan = request.open_channel("invite")
    users = list(dict.fromkeys(request.args.names("users")))
    if not users:
        raise missing("users")
    if len(users) > MOST_INVITED:
        raise SlackError("too_many_users")
    problems = {user: cannot_invite(request, chan, user) for user in users}
    bad = {user: code for user, code in problems.items() if code}
    if len(users) > 1:
        bad = {user: code for user, code in bad.items() if code != "already_in_channel"}
    errors = [{"user": user, "ok": False, "error": code} for user, code in bad.items()]
    welcome = [user for user in users if not problems[user]]
    if bad and not (request.args.flag("force") and welcome):
        raise SlackError(next(iter(bad.values())), errors=errors)
    for user in welcome:
        chan = add_member(request.core, chan, user, request.caller.user)
    shown: Json = {"channel": shapes.channel(request.core, chan, request.caller.user)}
    return shown | ({"errors": errors} if errors else {})


def join(request: Request) -> Json:
    request.caller.need("channels:join", "channels:write")
    chan = request.channel()
    if chan.kind != "channel":
        raise SlackError("method_not_supported_for_channel_type")
    if chan.is_archived:
        raise SlackError("is_archived")
    was_in = request.caller.user in chan.members
    chan = add_member(request.core, chan, request.caller.user)
    shown: Json = {"channel": shapes.channel(request.core, chan, request.caller.user)}
    if was_in:
        shown |= {
            "warning": "already_in_channel",
            "response_metadata": {"warnings": ["already_in_channel"]},
        }
    return shown


def kick(request: Request) -> Json:
    chan = request.open_channel("manage")
    user = request.args.need("user")
    if user == request.caller.user:
        raise SlackError("cant_kick_self")
    request.core.member(user)
    if user not in chan.members:
        raise SlackError("not_in_channel")
    drop_member(request.core, chan, user, request.caller.user)
    return {"errors": {}}


def leave(request: Request) -> Json:
    chan = request.channel("manage")
    if chan.name == "general":
        raise SlackError("cant_leave_general")
    if request.caller.user not in chan.members:
        return {"not_in_channel": True}
    drop_member(request.core, chan, request.caller.user)
    return {}


def direct_channel(core: Core, caller: str, others: list[str]) -> Channel:
    """The direct messages between ``caller`` and ``others``; opened if there are none yet."""
    for user in others:
        if core.member(user).deleted:
            raise SlackError("user_disabled")
    people = tuple(sorted({caller, *others}))
    for chan in core.state.channels:
        if chan.is_direct and tuple(sorted(chan.members)) == people:
            return chan
    is_group = len(people) > 2  # noqa: PLR2004  # two people make a direct message
    state, now = core.state, int(core.now())
    names = "--".join(core.member(user).name for user in people)
    chan = Channel(
        id=state.new_id("G" if is_group else "D"),
        name=f"mpdm-{names}-1" if is_group else "",
        kind="mpim" if is_group else "im",
        creator=caller,
        created=now,
        members=people,
        updated=now * 1000,
    )
    state.channels.put(chan)
    show_channel(core, chan)
    return chan


def open_(request: Request) -> Json:
    request.caller.need("im:write", "mpim:write")
    if "channel" in request.args:
        chan = request.channel()
    else:
        users = request.args.names("users")
        if not users:
            raise SlackError("users_list_not_supplied")
        if len(users) > MOST_IN_DIRECT:
            raise SlackError("too_many_users")
        for user in users:
            request.core.member(user)
        chan = direct_channel(request.core, request.caller.user, users)
    if request.args.flag("return_im"):
        return {"channel": shapes.channel(request.core, chan, request.caller.user)}
    return {"channel": {"id": chan.id}}


def rename(request: Request) -> Json:
    chan = request.channel("manage")
    if chan.is_direct:
        raise SlackError("method_not_supported_for_channel_type")
    if request.caller.user not in chan.members:
        raise SlackError("not_in_channel")
    core, name = request.core, check_name(request.core, request.args.text("name"), but=chan.id)
    old = chan.name
    chan = core.state.channels.put(
        replace(chan, name=name, previous_names=(old, *chan.previous_names))
    )
    event = {"id": chan.id, "name": name, "created": chan.created}
    core.emit({"type": f"{_kind(chan)}_rename", "channel": event}, chan)
    text = f'has renamed the channel from "{old}" to "{name}"'
    talk.note(core, chan, request.caller.user, "channel_name", text, old_name=old, name=name)
    show_channel(core, chan)
    return {"channel": shapes.channel(core, chan, request.caller.user)}


def archive(request: Request) -> Json:
    chan = request.channel("manage")
    if chan.is_direct:
        raise SlackError("method_not_supported_for_channel_type")
    if chan.is_archived:
        raise SlackError("already_archived")
    if chan.name == "general":
        raise SlackError("cant_archive_general")
    return _archived(request, chan, to=True)


def unarchive(request: Request) -> Json:
    chan = request.channel("manage")
    if not chan.is_archived:
        raise SlackError("not_archived")
    return _archived(request, chan, to=False)


def _kind(chan: Channel) -> str:
    """What Slack's events about a channel itself begin with; private ones are groups to them."""
    return "group" if chan.is_private else "channel"


def _archived(request: Request, chan: Channel, *, to: bool) -> Json:
    core, user = request.core, request.caller.user
    what = "archive" if to else "unarchive"
    if user not in chan.members:
        raise SlackError("not_in_channel")
    chan = core.state.channels.put(replace(chan, is_archived=to))
    core.emit({"type": f"{_kind(chan)}_{what}", "channel": chan.id, "user": user}, chan)
    talk.note(core, chan, user, f"channel_{what}", f"{what}d the channel")
    show_channel(core, chan)
    return {}


def set_topic(request: Request) -> Json:
    chan, topic = request.open_channel("topic"), request.args.text("topic")
    if len(topic) > LONGEST_TOPIC:
        raise SlackError("too_long")
    core, user = request.core, request.caller.user
    chan = core.state.channels.put(replace(chan, topic=topic, topic_by=user))
    talk.note(core, chan, user, "channel_topic", f"set the channel topic: {topic}", topic=topic)
    show_channel(core, chan)
    return {"channel": shapes.channel(core, chan, user)}


def set_purpose(request: Request) -> Json:
    chan, purpose = request.open_channel("topic"), request.args.text("purpose")
    if len(purpose) > LONGEST_TOPIC:
        raise SlackError("too_long")
    core, user = request.core, request.caller.user
    chan = core.state.channels.put(replace(chan, purpose=purpose, purpose_by=user))
    text = f"set the channel description: {purpose}"
    talk.note(core, chan, user, "channel_purpose", text, purpose=purpose)
    show_channel(core, chan)
    return {"channel": shapes.channel(core, chan, user), "purpose": purpose}


METHODS = (
    Method("conversations.create", create, MANAGE, TIER_2),
    Method("conversations.invite", invite, INVITE, TIER_3),
    Method("conversations.join", join, ("channels:join", "channels:write"), TIER_3),
    Method("conversations.kick", kick, MANAGE, TIER_3),
    Method("conversations.leave", leave, MANAGE, TIER_3),
    Method("conversations.open", open_, ("im:write", "mpim:write"), TIER_3),
    Method("conversations.rename", rename, MANAGE, TIER_2),
    Method("conversations.archive", archive, MANAGE, TIER_2),
    Method("conversations.unarchive", unarchive, MANAGE, TIER_2),
    Method("conversations.setTopic", set_topic, TOPIC, TIER_2),
    Method("conversations.setPurpose", set_purpose, TOPIC, TIER_2),
)
