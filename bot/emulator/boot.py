"""What the page needs at its start, as one member sees it."""

from bot.emulator import shapes, surfaces, talk
from bot.emulator.core import Core
from bot.emulator.entities import Channel, Json


def boot(core: Core, user: str) -> Json:
    """Everything at once, for ``user``, or for the first member if nobody is named."""
    with core.lock:
        me, state = core.identity, core.state
        people = [m for m in state.members if not m.is_bot]
        viewer = core.member(user or (people[0].id if people else me.bot_user)).id
        mine = [c for c in state.channels if not c.is_private or viewer in c.members]
        home = surfaces.home(core, viewer)
        return {
            "ok": True,
            "now": core.now(),
            "team": {"id": me.team_id, "name": me.team, "domain": me.domain},
            "self": shapes.member(core, core.member(viewer)),
            "app": {
                "id": me.app_id,
                "bot_id": me.bot_id,
                "user_id": me.bot_user,
                "name": me.bot_name,
            },
            "members": [shapes.member(core, member) for member in state.members],
            "usergroups": [
                shapes.usergroup(core, group, with_users=True, with_count=True)
                for group in state.usergroups
            ],
            "channels": [_channel(core, chan, viewer) for chan in mine if chan.kind != "im"],
            "dms": [_channel(core, chan, viewer) for chan in mine if chan.kind == "im"],
            "commands": core.installed.commands,
            "shortcuts": core.installed.shortcuts,
            "home_view": shapes.view(core, home) if home else None,
            "open_views": [shapes.view(core, view) for view in surfaces.stack(core, viewer)],
            "ephemerals": [
                {
                    "channel": said.channel,
                    "ts": said.ts,
                    "message": talk.ephemeral_shape(said),
                }
                for said in state.ephemerals
                if said.user == viewer
            ],
        }


def _channel(core: Core, chan: Channel, viewer: str) -> Json:
    return {
        **shapes.channel(core, chan, viewer),
        "is_member": viewer in chan.members,
        "num_members": len(chan.members),
        "unread": unread(core, chan, viewer),
    }


def unread(core: Core, chan: Channel, viewer: str) -> int:
    """Messages of others since the viewer last looked. What was there before them counts not."""
    if viewer not in chan.members:
        return 0
    seen = core.state.seen.get(f"{viewer}:{chan.id}")
    since = seen.ts if seen else "0"
    return sum(
        1
        for said in core.state.messages.of(chan.id)
        if said.ts > since and said.user != viewer and not said.is_reply
    )
