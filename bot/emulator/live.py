"""What the screens are told as it happens."""

import json
import threading
from collections.abc import Callable, Iterable
from typing import Any

Listener = Callable[[str], None]


class Hub:
    """Passes each change to the screens of those who may see it. Listeners must not block."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listeners: dict[int, tuple[str, Listener]] = {}
        self._next = 0

    def listen(self, user: str, listener: Listener) -> Callable[[], None]:
        """Start telling ``listener`` what ``user`` may see; the returned function ends that."""
        with self._lock:
            self._next += 1
            number = self._next
            self._listeners[number] = (user, listener)
        return lambda: self._forget(number)

    def publish(self, kind: str, audience: Iterable[str] | None, payload: dict[str, Any]) -> None:
        with self._lock:
            told = [
                listener
                for user, listener in self._listeners.values()
                if audience is None or user in audience
            ]
        if not told:
            return
        data = json.dumps({"kind": kind, **payload}, ensure_ascii=False)
        for listener in told:
            listener(data)

    def _forget(self, number: int) -> None:
        with self._lock:
            self._listeners.pop(number, None)
