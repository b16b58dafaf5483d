"""The only module that reads the clock. Everything else takes `now` as an argument."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from incidents.store import dbclock
from incidents.store.dbclock import Reading
from incidents.store.engine import Store

Clock = Callable[[], datetime]

_SINCE_BOOT = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)  # Linux alone has the first


def utc_now() -> datetime:
    """The present instant, aware, in UTC, to the microsecond."""
    return datetime.now(UTC)


def monotonic() -> float:
    """Seconds from an arbitrary point; only differences mean anything."""
    return time.monotonic()


def since_boot() -> float:
    """Like `monotonic`, and the time that a suspended machine slept counts."""
    return time.clock_gettime(_SINCE_BOOT)


def wall_ahead() -> timedelta:
    """How far the wall clock is ahead of an arbitrary point: it changes when somebody sets it."""
    return timedelta(seconds=time.time() - since_boot())


class SyncedClock:
    """A clock that others go by too, looked at now and then and counted on from there.

    ``look`` reads it. In between, time is counted by a clock that nobody can set, so that ours may
    be wrong, be corrected or jump, and nothing here notices. ``skew`` tells how wrong ours is.
    """

    def __init__(
        self,
        look: Callable[[], Reading],
        *,
        local: Clock = utc_now,
        elapsed: Callable[[], float] = since_boot,
    ) -> None:
        self._look = look
        self._local = local
        self._elapsed = elapsed
        self._anchor = (elapsed(), local())
        self._is_synced = False

    def __call__(self) -> datetime:
        return self._at(self._elapsed())

    def sync(self) -> timedelta:
        """Look at it again. By how much this clock was moved, forward or back.

        The reading is taken for the middle of the question. What lies within its uncertainty moves
        nothing: a slow answer knows less than what we have. Raises what ``look`` raises.
        """
        reading = self._look()
        middle = (reading.before + reading.after) / 2
        uncertain = timedelta(seconds=(reading.after - reading.before) / 2)
        moved = reading.shown - self._at(middle)
        if self._is_synced and abs(moved) <= uncertain:
            return timedelta()
        self._anchor, self._is_synced = (middle, reading.shown), True
        return moved

    @property
    def skew(self) -> timedelta:
        """How far this host's own clock is ahead; negative if it is behind."""
        return self._local() - self()

    def _at(self, moment: float) -> datetime:
        then, shown = self._anchor
        return shown + timedelta(seconds=moment - then)


def clock_of(store: Store) -> SyncedClock:
    """The clock of everybody who shares this database.

    On PostgreSQL it is the server's. On SQLite all are on one host, and it is the host's: looked at
    every few seconds like the other, so that a correction arrives in one step that is noticed.
    """
    if store.is_sqlite:
        return SyncedClock(_host_reading)
    return SyncedClock(lambda: dbclock.read(store, since_boot))


def _host_reading() -> Reading:
    before = since_boot()
    return Reading(before, utc_now(), since_boot())


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
