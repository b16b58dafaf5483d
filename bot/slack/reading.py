"""A message as the record keeps it, from what Slack says about it.

What Slack shows is not what it stores: mentions are ids, a reply is not in the channel's history,
and a picture is a message without words. Here it is read once, the same way whoever tells us: an
event, a look at the room, or somebody's mark.
"""

from typing import Any

from bot.slack.client import SlackClient, SlackSays
from bot.slack.names import Names
from incidents.model.text import clean_line

SPOKEN = frozenset({None, "file_share", "thread_broadcast", "me_message"})
"""Slack's subtypes for what a person says; every other subtype is news about the channel."""

_WHOLE = 200  # messages of a thread
_A_THREAD = 15  # of a reply: what is asked for, and the message that Slack puts first


def one_message(client: SlackClient, channel: str, ts: str) -> dict[str, Any] | None:
    """The message with this very ts, at the top level or in a thread; None if it is gone.

    A channel's history has no replies, and the beginning of a thread comes before the reply that
    was asked for: what is not that ts, is a neighbour.
    """
    for method, more in (
        ("conversations.history", {"latest": ts, "oldest": ts, "limit": 1}),
        ("conversations.replies", {"ts": ts, "latest": ts, "oldest": ts, "limit": _A_THREAD}),
    ):
        try:
            page = client.read(method, channel=channel, inclusive=True, **more)
        except SlackSays as refusal:
            if refusal.code in {"thread_not_found", "message_not_found"}:
                continue
            raise
        for message in page["messages"]:
            if message["ts"] == ts:
                return dict(message)
    return None


def whole_thread(client: SlackClient, channel: str, ts: str) -> list[dict[str, Any]]:
    """The message and its replies, the oldest first; of a long thread its first two hundred."""
    try:
        page = client.read("conversations.replies", channel=channel, ts=ts, limit=_WHOLE)
    except SlackSays as refusal:
        if refusal.code in {"thread_not_found", "message_not_found"}:
            return []
        raise
    return [dict(message) for message in page["messages"]]


def links_of_files(message: dict[str, Any]) -> dict[str, Any]:
    """Its files with where they are in Slack; nothing if it has none."""
    files = [
        {**described(one), "link": str(one.get("permalink") or "")}
        for one in message.get("files") or []
        if one.get("id")
    ]
    return {"files": files} if files else {}


def content(message: dict[str, Any], names: Names) -> dict[str, Any]:
    """Author, words and files of a message, as plain JSON.

    ``markup`` is what Slack stores, where it is not what people read. Who edited it, and when, is
    in ``edited``; a bot's message has ``by_bot``.
    """
    stored = str(message.get("text") or "")
    text = names.written(stored)
    found: dict[str, Any] = {"text": text, "author": author_of(message)}
    if text != stored:
        found["markup"] = stored
    if message.get("bot_id"):
        found["by_bot"] = True
    if message.get("thread_ts") not in (None, message.get("ts")):
        found["thread"] = message["thread_ts"]
    edited = message.get("edited") or {}
    if edited.get("ts"):
        found["edited"] = {"by": str(edited.get("user", "")), "ts": str(edited["ts"])}
    files = [described(one) for one in message.get("files") or [] if one.get("id")]
    return {**found, "files": files} if files else found


def described(file: dict[str, Any]) -> dict[str, Any]:
    """What there is to know of a file that is not ours yet."""
    name = clean_line(str(file.get("name") or file.get("title") or "file"), limit=120).raw
    size = file.get("size")
    return {
        "id": str(file["id"]),
        "name": name or "file",
        "type": str(file.get("mimetype") or file.get("filetype") or ""),
        "size": size if isinstance(size, int) else 0,
    }


def author_of(message: dict[str, Any]) -> str:
    """Who wrote it; for a bot without a user, the bot."""
    return str(message.get("user") or message.get("bot_id") or "somebody")
