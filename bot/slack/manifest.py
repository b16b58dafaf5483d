"""The app as Slack must know it: only what is switched on, with the reason for each permission."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from incidents.model.features import Feature


@dataclass(frozen=True, slots=True)
class Pack:
    """What comes and goes together: ``scopes`` with what each is for, and the events they bring."""

    about: str
    scopes: Mapping[str, str]
    events: tuple[str, ...] = ()


CORE = Pack(
    "rooms, cards, commanders, updates, the record",
    {
        "app_mentions:read": "`@warroom` in threads, where slash commands do not work",
        "channels:history": "what people say in a room, for the record",
        "channels:join": "announce in a channel nobody invited us to yet",
        "channels:manage": "open rooms, set their topic, archive them",
        "channels:read": "find the rooms we are in",
        "chat:write": "the card, the announcement, reminders",
        "commands": "the slash command and shortcuts",
        "im:history": "find our own direct messages before sending one again",
        "im:write": "reminders and questions by direct message",
        "pins:write": "pin the card",
        "reactions:read": "emoji that put a message on the timeline",
        "users:read": "names and time zones",
    },
    (
        "app_home_opened",
        "app_mention",
        "channel_archive",
        "channel_deleted",
        "channel_rename",
        "channel_unarchive",
        "member_joined_channel",
        "member_left_channel",
        "message.channels",
        "reaction_added",
        "reaction_removed",
        "team_join",
        "user_change",
    ),
)
"""What the first room needs, and every other."""

PACKS: Mapping[Feature, Pack] = {
    Feature.LINKS: Pack(
        "links at the top of a room",
        {
            "bookmarks:read": "find our own bookmarks before adding one again",
            "bookmarks:write": "add them",
        },
    ),
    Feature.PRIVATE: Pack(
        "private incidents",
        {
            "groups:history": "what people say in a private room, for the record",
            "groups:read": "find the private rooms we are in",
            "groups:write": "open private rooms",
        },
        ("group_archive", "group_deleted", "group_rename", "group_unarchive", "message.groups"),
    ),
    Feature.FILES: Pack(
        "the postmortem as a file in the room", {"files:write": "put it there, and take it back"}
    ),
    Feature.EVIDENCE: Pack(
        "pictures and files of messages on the timeline, kept by ourselves",
        {"files:read": "fetch them, with our own token: nothing is made public"},
    ),
    Feature.EMAILS: Pack(
        "people that the catalogue names by e-mail, and the way to them while Slack is down",
        {"users:read.email": "their addresses"},
    ),
    Feature.PINS: Pack(
        "pins: a pin puts a message on the record, taking it off retracts it",
        {"pins:read": "hear of them"},
        ("pin_added", "pin_removed"),
    ),
    Feature.GROUPS: Pack(
        "the names of groups that messages mention",
        {"usergroups:read": "what a group is called"},
        ("subteam_created", "subteam_updated"),
    ),
}


SWITCH_ON = "Add {} to slack.features in warroom.yaml and install the app again"
"""What somebody who runs the bot has to do to have a feature."""


def packs(features: Iterable[Feature]) -> Iterator[Pack]:
    """What is needed for these, and for every room."""
    yield CORE
    yield from (PACKS[feature] for feature in Feature if feature in frozenset(features))


def scopes_of(features: Iterable[Feature]) -> dict[str, str]:
    """Every scope that is needed, with what it is for."""
    return {scope: why for pack in packs(features) for scope, why in pack.scopes.items()}


def off(granted: frozenset[str]) -> frozenset[Feature]:
    """What does not work with these scopes."""
    return frozenset(one for one, pack in PACKS.items() if not pack.scopes.keys() <= granted)


SHORTCUTS = (
    ("Declare an incident", "global", "declare", "Open the form"),
    ("Declare from message", "message", "declare_from_message", "Its words become the title"),
    ("Add to timeline", "message", "add_to_timeline", "Put the message on the record"),
    ("Make action item", "message", "make_action_item", "Its words become an action item"),
)


def manifest(
    url: str, *, command: str, socket: bool, features: Iterable[Feature] = ()
) -> dict[str, Any]:
    """The manifest for Slack's app configuration. ``url`` is ours, without a slash at its end."""
    wanted = frozenset(features)
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
        "oauth_config": {"scopes": {"bot": sorted(scopes_of(wanted))}},
        "settings": {
            "event_subscriptions": {
                **events_url,
                "bot_events": sorted(event for pack in packs(wanted) for event in pack.events),
            },
            "interactivity": interactivity,
            "org_deploy_enabled": False,
            "socket_mode_enabled": socket,
            "token_rotation_enabled": False,
        },
    }


@dataclass(frozen=True, slots=True)
class Difference:
    """Something an app lacks, has too much of, or has otherwise than we need it."""

    what: str
    say: str


def differences(theirs: Mapping[str, Any], ours: Mapping[str, Any]) -> tuple[Difference, ...]:
    """What to change in the manifest ``theirs`` so that it does what ``ours`` does."""
    return tuple(_lists(theirs, ours)) + tuple(_switches(theirs, ours))


_LISTS = {
    "scope": ("oauth_config", "scopes", "bot"),
    "event": ("settings", "event_subscriptions", "bot_events"),
    "command": ("features", "slash_commands"),
    "shortcut": ("features", "shortcuts"),
}
_SWITCHES = {
    "interactivity": ("settings", "interactivity", "is_enabled"),
    "address for buttons": ("settings", "interactivity", "request_url"),
    "address for events": ("settings", "event_subscriptions", "request_url"),
    "Socket Mode": ("settings", "socket_mode_enabled"),
    "home tab": ("features", "app_home", "home_tab_enabled"),
}


def _lists(theirs: Mapping[str, Any], ours: Mapping[str, Any]) -> Iterator[Difference]:
    for what, path in _LISTS.items():
        has, needs = _names(_at(theirs, path)), _names(_at(ours, path))
        yield from (Difference(f"{what} {one}", "is missing") for one in sorted(needs - has))
        yield from (Difference(f"{what} {one}", "is not needed") for one in sorted(has - needs))
    for one in _at(ours, _LISTS["command"]) or ():
        for other in _at(theirs, _LISTS["command"]) or ():
            is_it = isinstance(other, Mapping) and other.get("command") == one["command"]
            if is_it and bool(other.get("should_escape")) is not one["should_escape"]:
                yield Difference(f"command {one['command']}", "has to escape people and channels")


def _switches(theirs: Mapping[str, Any], ours: Mapping[str, Any]) -> Iterator[Difference]:
    for what, path in _SWITCHES.items():
        has, needs = _at(theirs, path), _at(ours, path)
        if needs and has != needs:
            yield Difference(what, f"is {has or 'not set'} and has to be {needs}")


def _at(whole: Any, path: tuple[str, ...]) -> Any:  # noqa: ANN401 (JSON holds anything)
    for name in path:
        whole = whole.get(name) if isinstance(whole, Mapping) else None
    return whole


def _names(listed: Any) -> set[str]:  # noqa: ANN401 (JSON holds anything)
    """What a list names: strings, or things with a ``command`` or a ``callback_id``."""
    found = listed if isinstance(listed, list) else []
    keys = (
        one.get("command") or one.get("callback_id") if isinstance(one, Mapping) else one
        for one in found
    )
    return {key for key in keys if isinstance(key, str)}
