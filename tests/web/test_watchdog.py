"""A thread that hangs or dies does not go unnoticed (F12)."""

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest

from bot import worker
from bot.worker import Beat, Worker

SECOND = timedelta(seconds=1)


class Hung:
    """A worker of which one thing can be made to hang, and what its watchdog said."""

    def __init__(self) -> None:
        self.release = threading.Event()
        self.said: list[str] = []
        self.dead = threading.Event()

    def hang(self) -> int:
        self.release.wait(30)
        return 0

    def died(self, why: str) -> None:
        self.said.append(why)
        self.dead.set()

    def run(self, beats: list[Beat], carry: object) -> Worker:
        made = Worker(
            beats,
            carry,  # type: ignore[arg-type]
            awake=threading.Event(),
            on_dead=self.died,
        )
        made.start()
        return made


@pytest.fixture
def hung(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hung]:
    monkeypatch.setattr(worker, "_DEAD_AFTER", timedelta(seconds=1.5))
    made = Hung()
    yield made
    made.release.set()


def test_a_carrier_that_hangs_ends_the_process(hung: Hung) -> None:
    running = hung.run([], hung.hang)

    assert hung.dead.wait(15)
    late = running.late()
    hung.release.set()
    running.stop()

    assert hung.said[0].startswith("carrier has not moved for ")
    assert late is not None
    assert late > SECOND


def test_a_vital_beat_that_hangs_ends_the_process_and_another_does_not(hung: Hung) -> None:
    idle = hung.run([Beat("tidy", SECOND, hung.hang)], lambda: 0)
    assert not hung.dead.wait(4)
    hung.release.set()
    idle.stop()

    hung.release.clear()
    vital = hung.run([Beat("due", SECOND, hung.hang, vital=True)], lambda: 0)
    assert hung.dead.wait(15)
    hung.release.set()
    vital.stop()

    assert hung.said[0].startswith("due has not moved for ")


def test_a_beat_that_breaks_goes_on_beating(hung: Hung) -> None:
    beaten = threading.Semaphore(0)

    def breaks() -> None:
        beaten.release()
        raise RuntimeError("broken on purpose")

    running = hung.run([Beat("due", timedelta(seconds=0.2), breaks, vital=True)], lambda: 0)
    went_on = all(beaten.acquire(timeout=10) for _ in range(5))
    running.stop()

    assert went_on
    assert hung.said == []
