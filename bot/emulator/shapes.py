"""Entities as the Web API shows them: field names and defaults are Slack's."""

import copy
import hashlib
import mimetypes
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.emulator.core import Core
from bot.emulator.entities import Bookmark, Channel, File, Json, Member, Message, Usergroup, View

COLOURS = ("9f69e7", "4bbe2e", "e7392d", "3c989f", "674b1b", "e96699", "e0a729", "684b6c")
CHANNEL_TYPES = {"channel": "channel", "private": "group", "im": "im", "mpim": "mpim"}


def member(core: Core, who: Member) -> Json:
    here = datetime.fromtimestamp(core.now(), ZoneInfo(who.tz))
    offset = here.utcoffset()
    colour = COLOURS[int(hashlib.sha256(who.id.encode()).hexdigest(), 16) % len(COLOURS)]
    return {
        "id": who.id,
        "team_id": core.identity.team_id,
        "name": who.name,
        "deleted": who.deleted,
        "color": colour,
        "real_name": who.real_name,
        "tz": who.tz,
        "tz_label": here.tzname() or who.tz,
        "tz_offset": int(offset.total_seconds()) if offset else 0,
        "profile": profile(core, who),
        "is_admin": who.is_admin,
        "is_owner": False,
        "is_primary_owner": False,
        "is_restricted": False,
        "is_ultra_restricted": False,
        "is_bot": who.is_bot,
        "is_app_user": False,
        "updated": int(who.updated),
    }


def profile(core: Core, who: Member) -> Json:
    shown: Json = {
        "title": who.title,
        "phone": "",
        "skype": "",
        "real_name": who.real_name,
        "real_name_normalized": who.real_name,
        "display_name": who.name,
        "display_name_normalized": who.name,
        "status_text": "",
        "status_emoji": "",
        "status_expiration": 0,
        "avatar_hash": "g" + hashlib.sha256(who.id.encode()).hexdigest()[:11],
        "team": core.identity.team_id,
    }
    if who.email:
        shown["email"] = who.email
    if who.bot_id:
        shown |= {"bot_id": who.bot_id, "api_app_id": who.app_id, "always_active": True}
    return shown


def channel(core: Core, chan: Channel, viewer: str) -> Json:
    if chan.kind == "im":
        other = next((m for m in chan.members if m != viewer), viewer)
        return {
            "id": chan.id,
            "created": chan.created,
            "is_archived": chan.is_archived,
            "is_im": True,
            "is_org_shared": False,
            "user": other,
            "is_user_deleted": False,
            "priority": 0,
            "context_team_id": core.identity.team_id,
        }
    return {
        "id": chan.id,
        "name": chan.name,
        "name_normalized": chan.name,
        "is_channel": chan.kind == "channel",
        "is_group": chan.kind == "private",
        "is_im": False,
        "is_mpim": chan.kind == "mpim",
        "is_private": chan.is_private,
        "is_archived": chan.is_archived,
        "is_general": chan.name == "general",
        "is_shared": bool(chan.shared_with),
        "is_ext_shared": bool(chan.shared_with),
        "is_org_shared": False,
        "is_pending_ext_shared": False,
        "is_member": viewer in chan.members,
        "created": chan.created,
        "updated": chan.updated,
        "creator": chan.creator,
        "unlinked": 0,
        "context_team_id": core.identity.team_id,
        "pending_shared": [],
        "parent_conversation": None,
        "shared_team_ids": [core.identity.team_id, *filter(None, [chan.shared_with])],
        "topic": {"value": chan.topic, "creator": chan.topic_by, "last_set": 0},
        "purpose": {"value": chan.purpose, "creator": chan.purpose_by, "last_set": 0},
        "previous_names": list(chan.previous_names),
    }


def message(core: Core, msg: Message, *, with_metadata: bool = False) -> Json:
    """A message as history shows it."""
    shown: Json = {"type": "message", "user": msg.user, **msg.body, "ts": msg.ts}
    if msg.thread_ts:
        shown["thread_ts"] = msg.thread_ts
    if msg.is_reply:
        parent = core.state.messages.at(msg.channel, msg.thread_ts)
        shown["parent_user_id"] = parent.user if parent else ""
    if msg.replies:
        shown |= {
            "thread_ts": msg.ts,
            "reply_count": len(msg.replies),
            "reply_users": list(msg.reply_users),
            "reply_users_count": len(msg.reply_users),
            "latest_reply": msg.replies[-1],
            "is_locked": False,
            "subscribed": False,
        }
    if msg.reactions:
        shown["reactions"] = [dict(reaction) for reaction in msg.reactions]
    chan = core.state.channels.get(msg.channel)
    if chan and msg.ts in chan.pins:
        shown |= {"pinned_to": [chan.id], "pinned_info": _pinned_info(chan, msg.ts)}
    if msg.metadata:
        hint: Json = {"event_type": msg.metadata["event_type"]}
        shown["metadata"] = msg.metadata if with_metadata else hint
    return shown


def _pinned_info(chan: Channel, ts: str) -> Json:
    by, at = pinned_by(chan, ts)
    return {"channel": chan.id, "pinned_by": by, "pinned_ts": at}


def pinned_by(chan: Channel, ts: str) -> tuple[str, int]:
    """Who pinned a message, and when in seconds; nobody for a pin from before that was kept."""
    known = dict(zip(chan.pins, chan.pinners, strict=False))
    by, _, at = known.get(ts, "").partition(" ")
    return by, int(at or 0)


def bot_profile(core: Core) -> Json:
    me = core.identity
    return {
        "id": me.bot_id,
        "app_id": me.app_id,
        "name": me.bot_name,
        "icons": {},
        "deleted": False,
        "updated": 0,
        "team_id": me.team_id,
    }


def view(core: Core, shown: View) -> Json:
    body = shown.body
    me = core.identity
    whole: Json = {
        "id": shown.id,
        "team_id": me.team_id,
        "type": shown.kind,
        "blocks": body.get("blocks", []),
        "private_metadata": body.get("private_metadata", ""),
        "callback_id": body.get("callback_id", ""),
        "state": {"values": copy.deepcopy(shown.values)},
        "hash": shown.hash,
        "title": body.get("title"),
        "clear_on_close": bool(body.get("clear_on_close", False)),
        "notify_on_close": bool(body.get("notify_on_close", False)),
        "close": body.get("close"),
        "submit": body.get("submit"),
        "previous_view_id": shown.previous or None,
        "root_view_id": shown.root,
        "app_id": me.app_id,
        "external_id": body.get("external_id", ""),
        "app_installed_team_id": me.team_id,
        "bot_id": me.bot_id,
    }
    if shown.kind == "home":
        whole["title"] = {"type": "plain_text", "text": "View Title", "emoji": True}
    return whole


def bookmark(mark: Bookmark, app_id: str) -> Json:
    return {
        "id": mark.id,
        "channel_id": mark.channel,
        "title": mark.title,
        "link": mark.link,
        "emoji": mark.emoji,
        "icon_url": None,
        "type": "link",
        "entity_id": None,
        "date_created": mark.created,
        "date_updated": mark.updated,
        "rank": mark.rank,
        "last_updated_by_user_id": mark.by,
        "last_updated_by_team_id": "",
        "shortcut_id": None,
        "app_id": app_id,
    }


def usergroup(core: Core, group: Usergroup, *, with_users: bool, with_count: bool) -> Json:
    shown: Json = {
        "id": group.id,
        "team_id": core.identity.team_id,
        "is_usergroup": True,
        "name": group.name,
        "description": "",
        "handle": group.handle,
        "is_external": False,
        "date_create": group.created,
        "date_update": group.created,
        "date_delete": 0,
        "auto_type": None,
        "created_by": "",
        "updated_by": "",
        "deleted_by": None,
        "prefs": {"channels": [], "groups": []},
    }
    if with_users:
        shown["users"] = list(group.users)
    if with_count:
        shown["user_count"] = len(group.users)
    return shown


def file(core: Core, item: File) -> Json:
    url = core.url(f"/workspace/files/{item.id}/{item.name}")
    extension = item.name.rpartition(".")[2].lower() if "." in item.name else "text"
    shown: dict[str, Any] = {
        "id": item.id,
        "created": item.created,
        "timestamp": item.created,
        "name": item.name,
        "title": item.title or item.name,
        "mimetype": mimetypes.guess_type(item.name)[0] or "text/plain",
        "filetype": extension,
        "pretty_type": extension.upper(),
        "mode": "hosted",
        "user": item.user,
        "size": item.size,
        "is_external": False,
        "is_public": True,
        "url_private": url,
        "url_private_download": url,
        "permalink": url,
        "channels": list(item.channels),
    }
    return shown
