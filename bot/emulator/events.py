"""Events wait in the state until the app has accepted them, and are retried as Slack does it."""

import threading
from collections.abc import Callable
from dataclasses import replace

from bot.emulator import delivery, talk
from bot.emulator.core import Core
from bot.emulator.delivery import Courier, Reply, Undelivered
from bot.emulator.entities import Pending

RETRY_AFTER_SECONDS = (0.0, 60.0, 300.0)
"""Between a failed delivery and the next (docs.slack.dev, "Events API: retries")."""
LOOK_EVERY_SECONDS = 0.25


class Events:
    """Delivers what is due: on a thread of its own once started, else when flushed."""

    def __init__(self, core: Core, courier: Callable[[], Courier | None]) -> None:
        self._core = core
        self._courier = courier
        self._turn = threading.Lock()
        self._news = threading.Event()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        if self._thread is None:
            self._stopping.clear()
            self._core.wake = self._news.set
            self._thread = threading.Thread(target=self._run, name="workspace-events", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        if self._thread is not None:
            self._stopping.set()
            self._news.set()
            self._thread.join()
            self._thread = None

    def flush(self) -> int:
        """Deliver everything that is due by the clock, in order; how many deliveries that took.

        What the app does in response may cause further events: they go out as well.
        """
        count = 0
        with self._turn:
            self._post_scheduled()
            while (due := self._next_due()) is not None:
                self._deliver(due)
                count += 1
        return count

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._news.wait(LOOK_EVERY_SECONDS)
            self._news.clear()
            if not self._stopping.is_set():
                self.flush()

    def _next_due(self) -> Pending | None:
        if self._courier() is None:
            return None
        with self._core.lock:
            now = self._core.now()
            return next((p for p in self._core.state.pending if p.due <= now), None)

    def _deliver(self, pending: Pending) -> None:
        courier, core = self._courier(), self._core
        if courier is None:
            return
        secret = core.identity.signing_secret
        made = delivery.event(
            pending.envelope, secret, core.now(), attempt=pending.attempt, reason=pending.reason
        )
        failure, final = attempt(core, courier, made)
        with core.change() as state:
            if not failure or final or pending.attempt >= len(RETRY_AFTER_SECONDS):
                state.pending.remove(pending.id)
                return
            due = core.now() + RETRY_AFTER_SECONDS[pending.attempt]
            later = replace(pending, due=due, attempt=pending.attempt + 1, reason=failure)
            state.pending.put(later)

    def _post_scheduled(self) -> None:
        core = self._core
        with core.lock:
            due = [row for row in core.state.scheduled if row.post_at <= core.now()]
        for row in due:
            with core.change() as state:
                state.scheduled.remove(row.id)
                chan = state.channels.get(row.channel)
                if chan and not chan.is_archived:
                    talk.post(core, chan, row.message["user"], row.message)


def attempt(core: Core, courier: Courier, made: delivery.Delivery) -> tuple[str, bool]:
    """Why one delivery failed ("" if it did not), and whether the app wants no other."""
    began = core.now()
    try:
        reply: Reply = courier(made)
    except Undelivered as problem:
        return problem.reason, False
    if core.now() - began > delivery.PATIENCE_SECONDS:
        return "http_timeout", False
    if reply.ok:
        return "", False
    headers = {name.lower(): value for name, value in reply.headers.items()}
    return "http_error", headers.get("x-slack-no-retry") == "1"
