"""The clock of everybody who shares a database (F43, F44)."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from bot.app import App
from bot.clock import SyncedClock, clock_of, utc_now
from incidents.errors import Unavailable
from incidents.store.dbclock import Reading
from incidents.store.engine import Store

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)
TEN_MINUTES = timedelta(minutes=10)


@dataclass
class Stage:
    """Two clocks by hand: the host's, which may be wrong, and the one everybody goes by."""

    uptime: float = 1000.0
    wall: datetime = NOON
    shared: datetime = NOON
    delay: float = 0.0
    readings: list[Reading] = field(default_factory=list)

    def clock(self) -> SyncedClock:
        return SyncedClock(self.look, local=lambda: self.wall, elapsed=lambda: self.uptime)

    def passes(self, seconds: float) -> None:
        self.uptime += seconds
        self.wall += timedelta(seconds=seconds)
        self.shared += timedelta(seconds=seconds)

    def look(self) -> Reading:
        """The question takes ``delay``; the answer is as of its middle."""
        before = self.uptime
        self.passes(self.delay / 2)
        shown = self.shared
        self.passes(self.delay / 2)
        return Reading(before, shown, self.uptime)


def test_a_host_that_is_wrong_goes_by_the_shared_clock_and_says_how_wrong_it_is() -> None:
    stage = Stage(wall=NOON + TEN_MINUTES)
    clock = stage.clock()

    moved = clock.sync()

    assert moved == -TEN_MINUTES
    assert clock() == NOON
    assert clock.skew == TEN_MINUTES


def test_the_host_s_clock_may_jump_between_two_looks() -> None:
    stage = Stage()
    clock = stage.clock()
    clock.sync()

    stage.wall -= timedelta(hours=1)
    stage.passes(7)

    assert clock() == NOON + timedelta(seconds=7)
    assert clock.skew == timedelta(hours=-1)


def test_an_answer_counts_as_of_the_middle_of_the_question() -> None:
    stage = Stage(wall=NOON + TEN_MINUTES, delay=4.0)
    clock = stage.clock()

    clock.sync()

    assert clock() == stage.shared


def test_a_slow_answer_does_not_spoil_a_good_reading() -> None:
    stage = Stage()
    clock = stage.clock()
    clock.sync()
    stage.delay, stage.shared = 4.0, stage.shared + timedelta(seconds=1)

    moved = clock.sync()

    assert moved == timedelta()


def test_a_correction_of_the_shared_clock_is_followed_at_the_next_look() -> None:
    stage = Stage()
    clock = stage.clock()
    clock.sync()
    stage.shared -= timedelta(hours=1)

    assert clock.sync() == timedelta(hours=-1)
    assert clock() == NOON - timedelta(hours=1)


def test_before_the_first_answer_there_is_the_host_s_time() -> None:
    assert Stage().clock()() == NOON


@pytest.mark.parametrize("at", ["sqlite", "postgresql"])
def test_a_real_database_tells_the_time(at: str, request: pytest.FixtureRequest) -> None:
    url = request.getfixturevalue("sqlite_url" if at == "sqlite" else "postgres_url")
    store = Store(url)
    clock = clock_of(store)

    clock.sync()

    store.close()
    assert abs(clock() - utc_now()) < timedelta(seconds=1)  # both are on this machine
    assert clock().tzinfo is UTC


def test_a_database_that_is_away_says_so_and_the_clock_runs_on() -> None:
    clock = clock_of(Store("postgresql://nobody@127.0.0.1:9/none"))

    with pytest.raises(Unavailable):
        clock.sync()

    assert abs(clock() - utc_now()) < timedelta(seconds=1)


def test_an_application_without_a_clock_of_its_own_goes_by_the_database(app: App) -> None:
    assert isinstance(app.clock, SyncedClock)
    assert abs(app.skew()) < timedelta(seconds=1)
