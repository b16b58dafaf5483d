"""The app as Slack must know it: only what is used, with the reason for each permission."""

from typing import Any

SCOPES: dict[str, str] = {
    "app_mentions:read": "`@warroom` in threads, where slash commands do not work",
    "bookmarks:read": "find our own bookmarks before adding one again",
    "bookmarks:write": "links at the top of a room",
    "channels:history": "what people say in a room, for the record",
    "channels:manage": "open rooms, set their topic, archive them",
    "channels:read": "find the rooms we are in",
    "channels:join": "announce in a channel nobody invited us to yet",
    "chat:write": "the card, the announcement, reminders",
    "commands": "/incident and shortcuts",
    "files:write": "the postmortem, into the room",
    "groups:history": "what people say in a private room, for the record",
    "groups:read": "find the private rooms we are in",
    "groups:write": "open private rooms",
    "im:history": "find our own direct messages before sending one again",
    "im:write": "reminders and questions by direct message",
    "pins:read": "timeline: a pin puts a message on the record, taking it off retracts it",
    "pins:write": "pin the card",
    "reactions:read": "emoji that put a message on the timeline",
    "usergroups:read": "timeline: the names of groups that messages mention",
    "users:read": "names and time zones",
    "users:read.email": "people that the catalogue names by e-mail",
}

EVENTS = (
    "app_home_opened",
    "app_mention",
    "channel_archive",
    "channel_deleted",
    "channel_rename",
    "channel_unarchive",
    "group_archive",
    "group_deleted",
    "group_rename",
    "group_unarchive",
    "member_joined_channel",
    "member_left_channel",
    "message.channels",
    "message.groups",
    "pin_added",
    "pin_removed",
    "reaction_added",
    "reaction_removed",
    "subteam_created",
    "subteam_updated",
    "team_join",
    "user_change",
)

SHORTCUTS = (
    ("Declare an incident", "global", "declare", "Open the form"),
    ("Declare from this message", "message", "declare_from_message", "Its words become the title"),
    ("Add to timeline", "message", "add_to_timeline", "Put the message on the record"),
    ("Make action item", "message", "make_action_item", "Its words become an action item"),
)


def manifest(url: str, *, command: str, socket: bool) -> dict[str, Any]:
    """The manifest for Slack's app configuration. ``url`` is ours, without a slash at its end."""
    events_url = {} if socket else {"request_url": f"{url}/slack/events"}
    interactivity: dict[str, Any] = {"is_enabled": True, **events_url}
    slash: dict[str, Any] = {
        "command": command,
        "description": "Declare and run incidents",
        "usage_hint": "[title] [sev2] [@service]",
        "should_escape": True,
    }
    if not socket:
        slash["url"] = f"{url}/slack/events"
    return {
        "display_information": {
            "name": "warroom",
            "description": "Incident command: rooms, commanders, error budgets, postmortems",
            "background_color": "#1d2430",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": True,
            },
            "bot_user": {"display_name": "warroom", "always_online": True},
            "shortcuts": [
                {"name": name, "type": kind, "callback_id": callback, "description": about}
                for name, kind, callback, about in SHORTCUTS
            ],
            "slash_commands": [slash],
        },
        "oauth_config": {"scopes": {"bot": sorted(SCOPES)}},
        "settings": {
            "event_subscriptions": {**events_url, "bot_events": list(EVENTS)},
            "interactivity": interactivity,
            "org_deploy_enabled": False,
            "socket_mode_enabled": socket,
            "token_rotation_enabled": False,
        },
    }
