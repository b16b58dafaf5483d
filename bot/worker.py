"""The metronome.

APScheduler only beats time; what is due, and what was done, is in the database.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

from bot.clock import Clock

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Beat:
    """Something to do again and again. ``call`` must bear being called too often or too late."""

    name: str
    every: timedelta
    call: Callable[[], object]


class Worker:
    """Runs the beats, and carries effects as soon as ``awake`` says that there are some."""

    def __init__(
        self,
        beats: Sequence[Beat],
        carry: Callable[[], int],
        clock: Clock,
        *,
        awake: threading.Event,
        pace: float = 1.0,
    ) -> None:
        self._beats = beats
        self._carry = carry
        self._clock = clock
        self._pace = pace
        self._pause = 1.0 / pace
        self._awake = awake
        self._stopping = threading.Event()
        self._last_beat: datetime | None = None
        self._scheduler = BackgroundScheduler(
            timezone=ZoneInfo("UTC"),
            jobstores={"default": MemoryJobStore()},
            executors={"default": ThreadPoolExecutor(4)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        self._carrier = threading.Thread(target=self._run_carrier, name="carrier", daemon=True)

    def start(self) -> None:
        """Begin to beat."""
        for beat in self._beats:
            self._scheduler.add_job(
                self._safely,
                IntervalTrigger(
                    seconds=beat.every.total_seconds() / self._pace, timezone=ZoneInfo("UTC")
                ),
                args=(beat,),
                id=beat.name,
            )
        self._scheduler.start()
        self._carrier.start()

    def stop(self) -> None:
        """Finish what is being carried, and end."""
        self._stopping.set()
        self._awake.set()
        if self._scheduler.running:
            self._scheduler.shutdown(wait=True)
        if self._carrier.is_alive():
            self._carrier.join(timeout=15)

    def age(self) -> timedelta | None:
        """How long ago the last beat ended; None before the first. Readiness asks."""
        return None if self._last_beat is None else self._clock() - self._last_beat

    def _safely(self, beat: Beat) -> None:
        try:
            beat.call()
        except Exception:  # a metronome that stops is worse than one missed beat
            log.exception("beat_broke", beat=beat.name)
        self._last_beat = self._clock()

    def _run_carrier(self) -> None:
        while not self._stopping.is_set():
            self._awake.wait(timeout=self._pause)
            self._awake.clear()
            try:
                while not self._stopping.is_set() and self._carry():
                    pass
            except Exception:  # the carrier's loop: the next round tries again
                log.exception("carrier_broke")
                self._stopping.wait(self._pause)
