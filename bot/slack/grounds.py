"""Channels that people are in already, seen as the room of an incident that is to be declared."""

from datetime import datetime
from typing import Any

from bot.slack import errors, reading, rooms
from bot.slack.client import SlackClient, SlackSays
from bot.slack.names import Names
from bot.slack.router import Ask
from incidents.actions import converting as actions
from incidents.errors import Refused
from incidents.model.converting import LOOK_BACK, MOST_MESSAGES, Ground, Talk, talk_of
from incidents.model.features import Feature
from incidents.model.timeline import moment_of

_DIRECT = "D"  # how the ids of direct messages begin
_UNSEEN = errors.ROOM_IS_GONE | {"missing_scope"}


def ground_of(ask: Ask, channel: str, *, is_private: bool = False) -> Ground:
    """The channel, if it can become the room of a (private) incident. Raises `Refused`."""
    ground = _described(ask, channel)
    if ground.is_private:
        _must_be_there(ask, ground)
        ask.use(Feature.PRIVATE)
    with ask.desk.look() as connection:
        actions.must_suit(ask.desk, connection, ground, is_private=is_private)
    return ground


def move_in(client: SlackClient, channel: str, me: str, until: datetime) -> dict[str, Any]:
    """Become a member of the channel, and see what is there: plain JSON.

    ``until`` is when it was declared: what was said before that, people may want on the record.
    Raises `SlackSays` if it cannot be the room any more.
    """
    info = client.read("conversations.info", channel=channel)["channel"]
    if info.get("is_archived"):
        raise SlackSays("is_archived", {})
    if not info.get("is_member", True):
        client.call("conversations.join", channel=channel)
    talk = talk_before(client, channel, me, until)
    return {
        "channel": channel,
        "name": str(info["name"]),
        "is_theirs": True,
        "topic": str((info.get("topic") or {}).get("value", "")),
        "members": [one for one in rooms.members(client, channel) if one != me],
        "talk": {"began": talk.began.isoformat(), "since": talk.since, "all": talk.all}
        if talk
        else None,
    }


def talk_before(client: SlackClient, channel: str, me: str, until: datetime) -> Talk | None:
    """What people said there in the last day, in one look."""
    messages = _history(client, channel, until - LOOK_BACK, until)
    return talk_of(moment_of(one["ts"]) for one in messages if rooms.is_spoken(one, me))


def said_since(
    client: SlackClient, channel: str, since: str, until: str, names: Names
) -> tuple[list[dict[str, Any]], list[str]]:
    """What was said there at the top level, and which of it has threads, by ts.

    One call, however much was said: threads are read one by one, at the pace that Slack allows.
    """
    said = _page(client, channel, since, until)
    threads = sorted((one["ts"] for one in said if one.get("reply_count")), key=float)
    return _told(channel, said, names), threads


def said_below(
    client: SlackClient, channel: str, ts: str, until: str, names: Names
) -> list[dict[str, Any]]:
    """What was answered in one thread before ``until``."""
    thread = reading.whole_thread(client, channel, ts)
    below = [one for one in thread if one["ts"] != ts and float(one["ts"]) < float(until)]
    return _told(channel, below, names)


def _told(channel: str, found: list[dict[str, Any]], names: Names) -> list[dict[str, Any]]:
    """As the record keeps it, the oldest first; of very much the newest."""
    spoken = [one for one in found if one.get("subtype") in reading.SPOKEN or one.get("bot_id")]
    told = sorted(spoken, key=lambda one: float(one["ts"]))[-MOST_MESSAGES:]
    return [
        {
            "at": moment_of(one["ts"]).isoformat(),
            "ts": one["ts"],
            "link": names.link(channel, one),
            **reading.content(one, names),
            **reading.links_of_files(one),
        }
        for one in told
    ]


def _described(ask: Ask, channel: str) -> Ground:
    called = str(ask.payload.get("channel_name") or "")
    if channel.startswith(_DIRECT) or called.startswith("mpdm-"):
        return Ground(channel, called, is_direct=True)
    try:
        info = ask.client.read("conversations.info", channel=channel)["channel"]
    except SlackSays as refusal:
        if refusal.code not in _UNSEEN:
            raise
        raise _invite_me(ask) from refusal
    if info.get("is_private") and not info.get("is_member") and not info.get("is_mpim"):
        raise _invite_me(ask)
    return Ground(
        channel=channel,
        name=str(info.get("name") or called),
        is_private=bool(info.get("is_private")),
        is_general=bool(info.get("is_general")),
        is_archived=bool(info.get("is_archived")),
        is_direct=bool(info.get("is_im") or info.get("is_mpim")),
        is_shared=bool(info.get("is_ext_shared") or info.get("is_pending_ext_shared")),
    )


def _invite_me(ask: Ask) -> Refused:
    return Refused(
        "I am not in this channel, and cannot come in by myself.",
        instead=f"Type /invite @warroom here, then {ask.command} convert again.",
    )


def _must_be_there(ask: Ask, ground: Ground) -> None:
    """A form remembers the channel, and its memory comes from the outside. Raises `Refused`."""
    if ask.seat == ground.channel:
        return
    if ask.person.id not in rooms.members(ask.client, ground.channel):
        raise Refused(
            "You are not in the channel that this was about.",
            instead="Declare with new and a title: it gets a room of its own.",
        )


def _history(
    client: SlackClient, channel: str, since: datetime, until: datetime
) -> list[dict[str, Any]]:
    return _page(client, channel, f"{since.timestamp():.6f}", f"{until.timestamp():.6f}")


def _page(client: SlackClient, channel: str, since: str, until: str) -> list[dict[str, Any]]:
    """Top-level messages, the newest of them first, with what is said at ``since`` itself."""
    page = client.read(
        "conversations.history",
        channel=channel,
        oldest=since,
        latest=until,
        inclusive=True,
        limit=MOST_MESSAGES,
    )
    return list(page["messages"])
