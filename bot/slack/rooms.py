"""What a room looks like from the outside, for the reconciler: read, never changed."""

from collections.abc import Iterator
from typing import Any

from bot.slack import errors, reading
from bot.slack.client import SlackClient, SlackSays
from bot.slack.names import Names

MARK = "warroom_effect"
_OVERLAP = 300.0  # seconds: messages may become visible a little out of order
_MOST_PAGES = 50


def look(client: SlackClient, channel: str, me: str, since: str, names: Names) -> dict[str, Any]:
    """The room's name, its members, and what was said and marked there since the ts ``since``.

    ``state`` is open, archived or gone. ``doubled`` lists effects of which there are two messages.
    """
    try:
        info = client.read("conversations.info", channel=channel)["channel"]
        if info.get("is_archived"):
            return {"channel": channel, "state": "archived"}
        if not info.get("is_member", True):
            client.call("conversations.join", channel=channel)
        present = list(members(client, channel))
        messages = list(_messages(client, channel, _earlier(since)))
    except SlackSays as refusal:
        if refusal.code not in errors.ROOM_IS_GONE:
            raise
        state = "archived" if refusal.code == "is_archived" else "gone"
        return {"channel": channel, "state": state}
    return {
        "channel": channel,
        "state": "open",
        "name": str(info.get("name", "")),
        "is_private": bool(info.get("is_private")),
        "members": [one for one in present if one != me],
        "seen": max((one["ts"] for one in messages), default=since),
        "said": [
            {"ts": one["ts"], "link": names.link(channel, one), **reading.content(one, names)}
            for one in messages
            if is_spoken(one, me)
        ],
        "marks": [mark for one in messages for mark in _marks(one)],
        "pins": [pin for one in messages for pin in _pins(one, me)],
        "doubled": _doubled(messages),
    }


def is_id(name: str) -> bool:
    """Whether a channel is named by its id: names have no capitals. Old private ones are groups."""
    return name[:1] in {"C", "G"} and name.isalnum() and name.isupper()


def own_channels(
    client: SlackClient, *, private: bool, archived: bool = True
) -> list[dict[str, Any]]:
    """The channels the bot is in; ``private`` ones too, if it may see them.

    Without those that are ``archived``, it is as few as there are open rooms, however old we are.
    """
    types = "public_channel,private_channel" if private else "public_channel"
    found: list[dict[str, Any]] = []
    cursor: str | None = None
    while cursor != "":
        page = client.read(
            "users.conversations",
            types=types,
            exclude_archived=not archived,
            limit=200,
            cursor=cursor,
        )
        found += page["channels"]
        cursor = page.get("response_metadata", {}).get("next_cursor", "")
    return found


def members(client: SlackClient, channel: str) -> Iterator[str]:
    """Everybody who is in a channel."""
    cursor: str | None = None
    while cursor != "":
        page = client.read("conversations.members", channel=channel, limit=500, cursor=cursor)
        yield from page["members"]
        cursor = page.get("response_metadata", {}).get("next_cursor", "")


def _messages(client: SlackClient, channel: str, oldest: str) -> Iterator[dict[str, Any]]:
    """Everything since ``oldest``, replies in threads too, in the order it was said."""
    found: list[dict[str, Any]] = []
    for message in _pages(client, "conversations.history", channel=channel, oldest=oldest):
        found.append(message)
        if message.get("reply_count"):
            thread = _pages(
                client, "conversations.replies", channel=channel, ts=message["ts"], oldest=oldest
            )
            found += [one for one in thread if one["ts"] != message["ts"]]
    unique = {one["ts"]: one for one in found}
    yield from (unique[ts] for ts in sorted(unique))


def _pages(client: SlackClient, method: str, **arguments: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401
    cursor: str | None = None
    for _ in range(_MOST_PAGES):
        page = client.read(method, limit=200, cursor=cursor, include_all_metadata=True, **arguments)
        yield from page["messages"]
        cursor = page.get("response_metadata", {}).get("next_cursor", "")
        if not cursor:
            return


def is_spoken(message: dict[str, Any], me: str) -> bool:
    """Whether a person said it."""
    is_person = bool(message.get("user")) and not message.get("bot_id") and message["user"] != me
    return is_person and message.get("subtype") in reading.SPOKEN


def _marks(message: dict[str, Any]) -> list[dict[str, str]]:
    return [
        {"ts": message["ts"], "name": one["name"], "by": one["users"][0]}
        for one in message.get("reactions") or []
        if one.get("users")
    ]


def _pins(message: dict[str, Any], me: str) -> list[dict[str, str]]:
    by = (message.get("pinned_info") or {}).get("pinned_by")
    is_ours = message.get("user") == me
    return [{"ts": message["ts"], "by": by}] if by and by != me and not is_ours else []


def _doubled(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    places: dict[str, list[str]] = {}
    for message in messages:
        metadata = message.get("metadata") or {}
        key = (metadata.get("event_payload") or {}).get("key")
        if metadata.get("event_type") == MARK and key:
            places.setdefault(key, []).append(message["ts"])
    return [{"key": key, "ts": found} for key, found in places.items() if len(found) > 1]


def _earlier(ts: str) -> str:
    return f"{max(float(ts or 0) - _OVERLAP, 0):.6f}"
