"""The only module that reads the clock. Everything else takes `now` as an argument."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The present instant, aware, in UTC, to the microsecond."""
    return datetime.now(UTC)


def monotonic() -> float:
    """Seconds from an arbitrary point; only differences mean anything."""
    return time.monotonic()


class FastClock:
    """A clock that runs ``rate`` times as fast as the wall, and can be moved forward by hand.

    The demo's scripts and the tests use it: days of reminders pass in seconds, along the real path.
    """

    def __init__(self, start: datetime, *, rate: float = 0.0) -> None:
        self._start = start
        self._rate = rate
        self._real_start = monotonic()
        self._skipped = timedelta()

    def __call__(self) -> datetime:
        ran = timedelta(seconds=(monotonic() - self._real_start) * self._rate)
        return self._start + ran + self._skipped

    def pass_(self, span: timedelta) -> datetime:
        """Move ``span`` ahead and say what time it is now."""
        self._skipped += span
        return self()
