"""One Web API call on its way through the methods, and how a method is described."""

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from bot.emulator.args import Args
from bot.emulator.core import Caller, Core
from bot.emulator.entities import Channel, Json, Message
from bot.emulator.errors import SlackError, missing

T = TypeVar("T")

TIER_1, TIER_2, TIER_3, TIER_4 = 1, 20, 50, 100
"""Calls per minute, per method (docs.slack.dev, "Rate limits")."""
SPECIAL = 0
"""Not limited by the minute: ``chat.postMessage`` has a limit per channel instead."""

SCOPES_BY_KIND = {
    "read": ("channels:read", "groups:read", "im:read", "mpim:read"),
    "history": ("channels:history", "groups:history", "im:history", "mpim:history"),
    "manage": ("channels:manage", "groups:write", "im:write", "mpim:write"),
}
KINDS = ("channel", "private", "im", "mpim")
NARROWER = {"invite": "channels:write.invites", "topic": "channels:write.topic"}


@dataclass(frozen=True, slots=True)
class Request:
    """A call that is authenticated and may proceed."""

    core: Core
    args: Args
    caller: Caller

    def channel(self, family: str = "", *, name: str = "channel") -> Channel:
        """The channel named in the arguments, if the caller may see it and holds the scope."""
        return self.see(self.args.need(name), family)

    def see(self, channel_id: str, family: str = "") -> Channel:
        chan = self.core.state.channels.get(channel_id)
        if chan is None or (chan.is_private and self.caller.user not in chan.members):
            raise SlackError("channel_not_found")
        if family:
            self.need_for(chan, family)
        return chan

    def need_for(self, chan: Channel, family: str) -> None:
        """Refuse a caller whose scopes do not reach this kind of conversation."""
        narrower = NARROWER.get(family)
        scopes = [SCOPES_BY_KIND.get(family, SCOPES_BY_KIND["manage"])[KINDS.index(chan.kind)]]
        if narrower:
            prefix = scopes[0].partition(":")[0]
            scopes.append(prefix + ":" + narrower.partition(":")[2])
        self.caller.need(*scopes)

    def open_channel(self, family: str = "") -> Channel:
        """As ``channel``, and neither archived nor a place the caller is not in."""
        chan = self.channel(family)
        if chan.is_archived:
            raise SlackError("is_archived")
        if self.caller.user not in chan.members:
            raise SlackError("not_in_channel")
        return chan

    def message(self, chan: Channel, name: str = "timestamp") -> Message:
        ts = self.args.text(name)
        if not ts:
            raise missing(name)
        found = self.core.state.messages.at(chan.id, ts)
        if found is None:
            raise SlackError("message_not_found")
        return found

    def page(self, rows: Sequence[T], most: int, default: int = 100) -> tuple[list[T], str]:
        """The rows that ``cursor`` and ``limit`` ask for, and the next cursor ("" at the end)."""
        start = read_cursor(self.args.text("cursor"))
        limit = self.args.number("limit", default)
        if limit < 0:
            raise SlackError("invalid_limit")
        end = start + min(limit or default, most)
        return list(rows[start:end]), write_cursor(end) if end < len(rows) else ""


Handler = Callable[[Request], Json]


@dataclass(frozen=True, slots=True)
class Method:
    """A Web API method: any of ``scopes`` is enough; ``tier`` is in calls per minute."""

    name: str
    run: Handler
    scopes: tuple[str, ...] = ()
    tier: int = TIER_3
    callers: tuple[str, ...] = ("bot", "user")


def write_cursor(start: int) -> str:
    return base64.urlsafe_b64encode(f"next:{start}".encode()).decode()


def read_cursor(cursor: str) -> int:
    if not cursor:
        return 0
    try:
        word, _, start = base64.urlsafe_b64decode(cursor).decode().partition(":")
    except (binascii.Error, ValueError):
        raise SlackError("invalid_cursor") from None
    if word != "next" or not start.isdecimal():
        raise SlackError("invalid_cursor")
    return int(start)


def paged(next_cursor: str) -> Json:
    return {"response_metadata": {"next_cursor": next_cursor}}
