"""How often Slack may be called: its published rates, shared by all processes of a workspace.

Rates are per method, workspace and app (https://docs.slack.dev/apis/web-api/rate-limits), and one
message a second for each channel. Slack does not publish how large a burst may be; ours are small.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from bot.clock import Clock
from incidents.actions.desk import Desk
from incidents.model.pace import Rate
from incidents.store import limits

_TIER_2, _TIER_3, _TIER_4 = Rate(20, 5), Rate(50, 12), Rate(100, 25)
_MESSAGES = Rate(60, 3)  # in one channel
_ALL_MESSAGES = Rate(300, 60)  # in the workspace: "several hundred a minute"
_RATES: Mapping[str, Rate] = {
    "bookmarks.add": _TIER_2,
    "bookmarks.list": _TIER_3,
    "bookmarks.remove": _TIER_2,
    "chat.delete": _TIER_3,
    "chat.postEphemeral": _TIER_4,
    "chat.postMessage": _ALL_MESSAGES,
    "chat.update": _TIER_3,
    "conversations.archive": _TIER_2,
    "conversations.create": _TIER_2,
    "conversations.history": _TIER_3,
    "conversations.info": _TIER_3,
    "conversations.invite": _TIER_3,
    "conversations.join": _TIER_3,
    "conversations.members": _TIER_4,
    "conversations.open": _TIER_3,
    "conversations.replies": _TIER_3,
    "conversations.setTopic": _TIER_2,
    "conversations.unarchive": _TIER_2,
    "files.completeUploadExternal": _TIER_4,
    "files.delete": _TIER_2,
    "files.getUploadURLExternal": _TIER_4,
    "pins.add": _TIER_2,
    "users.conversations": _TIER_3,
    "users.info": _TIER_4,
    "users.list": _TIER_2,
}


class Pace:
    """Asks the record whether a call may be made now.

    What a person waits for, like opening a form, has no bucket and is simply called. ``team`` tells
    workspaces apart.
    """

    def __init__(self, desk: Desk, clock: Clock, team: str = "slack") -> None:
        self._desk = desk
        self._clock = clock
        self._team = team

    def wait(self, method: str, arguments: Mapping[str, Any]) -> timedelta:
        """Zero if the call may be made, which is then counted; else how long to wait."""
        rates = self._buckets(method, arguments)
        if not rates:
            return timedelta()
        with self._desk.store.write() as connection:
            return limits.take(connection, rates, self._clock())

    def blocked(self, method: str, arguments: Mapping[str, Any], seconds: float) -> None:
        """Slack said no: nobody calls again before ``seconds`` have passed."""
        now = self._clock()
        with self._desk.store.write() as connection:
            for name, rate in self._buckets(method, arguments).items():
                limits.block(connection, name, rate, now + timedelta(seconds=seconds), now)

    def _buckets(self, method: str, arguments: Mapping[str, Any]) -> dict[str, Rate]:
        rate = _RATES.get(method)
        if rate is None:
            return {}
        found = {f"{self._team}/{method}": rate}
        channel = arguments.get("channel")
        if method == "chat.postMessage" and channel:
            found[f"{self._team}/{method}/{channel}"] = _MESSAGES
        return found
