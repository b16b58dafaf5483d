"""Slack's rate limits: so many calls of a method a minute, one message a second per channel."""

import math
from collections import defaultdict, deque

from bot.emulator.args import Args
from bot.emulator.errors import SlackError
from bot.emulator.methods.request import Method

WINDOW_SECONDS = 60.0
BURST = 4.0
"""Messages that may go to a channel at once; Slack does not publish its number."""


class Limits:
    """Counts what the app has called. Not thread-safe: the workspace's lock guards it."""

    def __init__(self) -> None:
        self._calls: defaultdict[str, deque[float]] = defaultdict(deque)
        self._buckets: dict[str, tuple[float, float]] = {}

    def admit(self, method: Method, args: Args, now: float) -> None:
        """Count one call, or refuse it with the seconds to wait."""
        if method.name == "chat.postMessage":
            self._admit_message(args.text("channel"), now)
        if not method.tier:
            return
        calls = self._calls[method.name]
        while calls and calls[0] <= now - WINDOW_SECONDS:
            calls.popleft()
        if len(calls) >= method.tier:
            raise limited(calls[0] + WINDOW_SECONDS - now)
        calls.append(now)

    def _admit_message(self, channel: str, now: float) -> None:
        left, at = self._buckets.get(channel, (BURST, now))
        left = min(BURST, left + (now - at))
        if left < 1:
            raise limited(1 - left)
        self._buckets[channel] = (left - 1, now)


def limited(seconds: float) -> SlackError:
    """429, and the whole seconds after which to try again."""
    wait = str(max(1, math.ceil(seconds)))
    return SlackError("ratelimited", status=429, headers={"retry-after": wait})
