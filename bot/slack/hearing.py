"""What Slack has sent us lately, so that `warroom doctor` can prove that it reaches us at all."""

from collections.abc import Mapping
from concurrent.futures import Executor, Future
from datetime import datetime, timedelta
from typing import Any

import structlog

from bot.clock import Clock
from incidents.actions.desk import Desk
from incidents.actions.sources import hear

log = structlog.get_logger(__name__)

PROBE = "warroom looks whether it hears itself"
"""What the doctor writes into a channel. Its echo is noted by itself, and at once."""

HEARD = {
    "command": "slack/command",
    "block_actions": "slack/button",
    "view_submission": "slack/form",
    "shortcut": "slack/shortcut",
    "message_action": "slack/shortcut",
    "event_callback": "slack/event",
}
ECHO = "slack/echo"

_NOTED_EVERY = timedelta(minutes=5)


class Hearing:
    """Notes the time of each kind of payload, seldom, and never while somebody waits for it."""

    def __init__(self, desk: Desk, clock: Clock, background: Executor) -> None:
        self._desk = desk
        self._clock = clock
        self._background = background
        self._noted: dict[str, datetime] = {}

    def note(self, payload: Mapping[str, Any]) -> None:
        """It came."""
        now = self._clock()
        kind = "command" if payload.get("command") else str(payload.get("type"))
        event = payload.get("event")
        if isinstance(event, dict) and str(event.get("text", "")).startswith(PROBE):
            self._write(ECHO, now)
        name = HEARD.get(kind)
        noted = self._noted.get(name or "")
        if name and (noted is None or not timedelta() <= now - noted < _NOTED_EVERY):
            self._noted[name] = now
            self._write(name, now)

    def _write(self, name: str, now: datetime) -> None:
        self._background.submit(hear, self._desk, name, now).add_done_callback(_told)


def _told(done: Future[None]) -> None:
    """Nobody waits for it, and nothing depends on it."""
    error = done.exception()
    if error is not None:
        log.warning("hearing_not_noted", error=type(error).__name__)
