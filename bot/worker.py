"""The metronome, and the threads that work to it.

APScheduler only beats time; what is due, and what was done, is in the database. A watchdog sees to
it that a thread which died or hangs does not go unnoticed: a supervisor starts the process again.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from zoneinfo import ZoneInfo

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

from bot.clock import monotonic, utc_now, wall_ahead

log = structlog.get_logger(__name__)

_DEAD_AFTER = timedelta(seconds=60)  # late: the process ends itself
_SOON = timedelta(seconds=1)
_JUMP = timedelta(seconds=1)  # of the wall clock: more than any correction in small steps


@dataclass(frozen=True, slots=True)
class Beat:
    """Something to do again and again. ``call`` must bear being called too often or too late.

    Without a ``vital`` beat the process is of no use: it is watched.
    """

    name: str
    every: timedelta
    call: Callable[[], object]
    vital: bool = False


@dataclass(slots=True)
class _Pulse:
    """By when each watched thing has to move again."""

    due: dict[str, float] = field(default_factory=dict)

    def beat(self, name: str, every: timedelta) -> None:
        self.due[name] = monotonic() + every.total_seconds()

    def late(self) -> dict[str, timedelta]:
        now = monotonic()
        return {name: timedelta(seconds=max(now - at, 0)) for name, at in list(self.due.items())}


class Worker:
    """Runs the beats, and carries effects as soon as ``awake`` says that there are some.

    ``carry`` begins what can be begun and says how much that was. ``listen`` is run in a thread of
    its own until its argument is set. ``pace`` is how much faster than usual time is beaten, for
    scripts that move the clock. ``on_dead`` is told why the process is of no use any more.
    """

    def __init__(
        self,
        beats: Sequence[Beat],
        carry: Callable[[], int],
        *,
        awake: threading.Event,
        listen: Callable[[threading.Event], None] | None = None,
        pace: float = 1.0,
        on_dead: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._beats = beats
        self._carry = carry
        self._pace = pace
        self._pause = 1.0 / pace
        self._awake = awake
        self._on_dead = on_dead
        self._stopping = threading.Event()
        self._pulse = _Pulse()
        self._scheduler = BackgroundScheduler(
            timezone=ZoneInfo("UTC"),
            jobstores={"default": MemoryJobStore()},
            executors={"default": ThreadPoolExecutor(8)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        threads = {"carrier": self._run_carrier, "watchdog": self._watch}
        if listen is not None:
            threads["listener"] = lambda: listen(self._stopping)
        self._threads = [
            threading.Thread(target=run, name=name, daemon=True) for name, run in threads.items()
        ]

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
                next_run_time=utc_now(),
            )
            self._moved(beat)
        self._pulse.beat("carrier", _SOON)
        self._scheduler.start()
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Finish what is being carried, and end."""
        self._stopping.set()
        self._awake.set()
        if self._scheduler.running:
            self._scheduler.shutdown(wait=True)
        for thread in self._threads:
            if thread.is_alive():
                thread.join(timeout=15)

    def late(self) -> timedelta | None:
        """How late the latest of what has to move is; None before the start."""
        return max(self._pulse.late().values(), default=None)

    def _safely(self, beat: Beat) -> None:
        try:
            beat.call()
        except Exception:  # a metronome that stops is worse than one missed beat
            log.exception("beat_broke", beat=beat.name)
        self._moved(beat)

    def _moved(self, beat: Beat) -> None:
        if beat.vital:
            self._pulse.beat(beat.name, beat.every)

    def _beat_at_once(self) -> None:
        """The wall clock was set back: APScheduler goes by it, and would wait until it is there."""
        log.warning("wall_clock_set_back")
        for job in self._scheduler.get_jobs():
            job.modify(next_run_time=utc_now())

    def _run_carrier(self) -> None:
        while not self._stopping.is_set():
            self._awake.wait(timeout=self._pause)
            self._awake.clear()
            self._pulse.beat("carrier", _SOON)
            try:
                while not self._stopping.is_set() and self._carry():
                    self._pulse.beat("carrier", _SOON)
            except Exception:  # the carrier's loop: the next round tries again
                log.exception("carrier_broke")
                self._stopping.wait(self._pause)

    def _watch(self) -> None:
        """Whoever has not moved for a minute is dead, and so is the process."""
        ahead = wall_ahead()
        while not self._stopping.wait(1.0):
            ahead, before = wall_ahead(), ahead
            if before - ahead > _JUMP:
                self._beat_at_once()
            for name, late in self._pulse.late().items():
                if late > _DEAD_AFTER:
                    log.critical("stuck", what=name, seconds=round(late.total_seconds()))
                    self._on_dead(f"{name} has not moved for {late.total_seconds():.0f} s")
                    return
