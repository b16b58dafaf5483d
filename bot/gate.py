"""May this process work on the database at all? Asked every few seconds, not at every step.

During a rolling upgrade a newer version changes the schema while this one still runs. It then takes
no more work, says so, and leaves the rest to the newer ones.
"""

import threading
from collections.abc import Callable, Sequence

import structlog

log = structlog.get_logger(__name__)

Objection = Callable[[], str]  # why not, in a sentence; empty if nothing speaks against it


class Gate:
    """Open until somebody objects, and again once nobody does. Threads may share it."""

    def __init__(self, objections: Sequence[Objection]) -> None:
        self._objections = objections
        self._lock = threading.Lock()
        self._because = ""

    @property
    def is_open(self) -> bool:
        """Whether work may be taken."""
        return not self._because

    @property
    def because(self) -> str:
        """Why it is closed; empty while it is open."""
        return self._because

    def look(self) -> None:
        """Ask everybody again. A beat does."""
        because = " ".join(say for say in (ask() for ask in self._objections) if say)
        with self._lock:
            before, self._because = self._because, because
        if because and because != before:
            log.error("work_refused", because=because)
        if before and not because:
            log.warning("work_resumed")

    def guarded(self, work: Callable[[], int]) -> Callable[[], int]:
        """``work`` while the gate is open, nothing otherwise. Gives how much was done."""

        def call() -> int:
            return work() if self.is_open else 0

        return call
