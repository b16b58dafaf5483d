"""What ten thousand budgets cost: the time of a tick, memory, a restart; and how that grows.

Each SLO has eight windows (5 and 30 minutes, 1, 2, 6 hours, 1, 3 and 30 days) and reports every 10
seconds. A tick reads what came in, counts it, judges every budget, and acts on those that burn. On
a machine that does other things as well, look at the CPU time.
"""

import resource
import shutil
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import numpy as np

from incidents.actions.desk import Desk
from incidents.actions.slo import evaluate
from incidents.actions.snapshots import snap
from incidents.actions.watching import Watch, watch
from incidents.catalog.catalog import EMPTY
from incidents.model.ids import ServiceName
from incidents.model.objective import Objective, SLOName
from incidents.model.rolling import Sample
from incidents.store import sli_journal, slo
from incidents.store.engine import Store

START = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
TICK, MONTH = timedelta(seconds=10), timedelta(days=30)
TICKS = 60
MOST = 10_000


def objectives(count: int) -> tuple[Objective, ...]:
    targets = (Fraction(999, 1000), Fraction(9995, 10_000), Fraction(99, 100))
    return tuple(
        Objective(
            slo=SLOName(f"service-{number}/availability"),
            service=ServiceName(f"service-{number}"),
            target=targets[number % 3],
            window=MONTH,
        )
        for number in range(count)
    )


def desk_on(template: Path, folder: Path, count: int) -> Desk:
    folder.mkdir()
    shutil.copy(template, folder / "bench.db")
    return Desk(Store(f"sqlite:///{folder}/bench.db"), EMPTY, objectives=objectives(count))


def report(desk: Desk, at: datetime) -> None:
    """Everybody reports; one in a thousand fails a little."""
    samples = [
        Sample(one.slo, at, 1000 - bad, bad)
        for number, one in enumerate(desk.objectives)
        for bad in (5 * (number % 1000 == 7),)
    ]
    with desk.store.write() as connection:
        sli_journal.hold(connection)
        slo.take(connection, samples, at)


def timed(act: Callable[[], object]) -> tuple[float, float]:
    """Milliseconds on the clock, and of CPU."""
    begun, worked = time.perf_counter(), time.process_time()
    act()
    return (time.perf_counter() - begun) * 1000, (time.process_time() - worked) * 1000


def ticks(desk: Desk, watching: Watch, now: datetime) -> tuple[float, float, float, float]:
    """Median and 99th percentile, on the clock and of CPU. The first ticks open what burns."""
    found = []
    for _ in range(TICKS):
        report(desk, now)
        now += TICK
        found.append(timed(lambda: evaluate(desk, watching, now)))  # noqa: B023 (called at once)
    clock, cpu = np.array(found[10:]).T
    return (*np.percentile(clock, [50, 99]), *np.percentile(cpu, [50, 99]))


def told(what: str, took: tuple[float, float, float, float]) -> None:
    print(
        f"{what}: p50 {took[0]:.1f} ms, p99 {took[1]:.1f} ms; "
        f"CPU p50 {took[2]:.1f} ms, p99 {took[3]:.1f} ms"
    )


def bench_a_tick_grows_with_the_number_of_budgets(sqlite_template: Path, tmp_path: Path) -> None:
    print()
    medians = {}
    for count in (1000, 2000, 5000, MOST):
        desk = desk_on(sqlite_template, tmp_path / str(count), count)
        took = ticks(desk, watch(desk, START), START)
        told(f"tick + evaluate, {count} SLOs x 8 windows", took)
        medians[count] = took[2]
        desk.store.close()
    for count, median in medians.items():
        print(
            f"  {count / 1000:.0f} times as many SLOs: {median / medians[1000]:.1f} times the CPU"
        )
    assert medians[MOST] < 2 * 10 * medians[1000]


def bench_a_month_of_history_costs_no_tick_and_a_restart_is_quick(
    sqlite_template: Path, tmp_path: Path
) -> None:
    desk = desk_on(sqlite_template, tmp_path / "month", MOST)
    before = resident()
    watching = watch(desk, START)
    told("\ntick + evaluate without history", ticks(desk, watching, START))
    now = START + TICKS * TICK
    live_a_month(watching)
    told("tick + evaluate after thirty days", ticks(desk, watching, now))
    print(f"memory of the counts: {resident() - before:.0f} MiB, all buckets of all rings full")
    now += TICKS * TICK

    print(f"first snapshot: {timed(lambda: snap(desk, watching, now))[0]:.0f} ms")
    for _ in range(30):
        report(desk, now)
        now += TICK
    evaluate(desk, watching, now)
    print(f"snapshot after 5 minutes: {timed(lambda: snap(desk, watching, now))[0]:.0f} ms")
    size = (tmp_path / "month" / "bench.db").stat().st_size / 2**20
    for _ in range(30):
        report(desk, now)
        now += TICK
    found: list[Watch] = []
    clock, cpu = timed(lambda: found.append(watch(desk, now)))
    print(f"restart: {clock:.0f} ms, CPU {cpu:.0f} ms; the file has {size:.0f} MiB")
    watching.rings.advance(now)
    evaluate(desk, watching, now)
    for window in watching.rings.windows:
        for lived, loaded in zip(
            watching.rings.sums(window), found[0].rings.sums(window), strict=True
        ):
            assert np.array_equal(lived, loaded)


def live_a_month(watching: Watch) -> None:
    """Fill every bucket of every ring, as thirty days of reports would have."""
    rings = watching.rings
    chance = np.random.default_rng(1)
    for ring in rings.rings:
        for number in range(ring.first, ring.last + 1):
            good = chance.integers(900 * ring.ratio, 1100 * ring.ratio, ring.width)
            bad = chance.integers(0, 2, ring.width)
            ring.put(0, np.array([number]), np.arange(ring.width), good[None])
            ring.put(1, np.array([number]), np.arange(ring.width), bad[None])
            ring.touched.add(number)
    rings.resum()


def resident() -> float:
    """MiB that this process holds in memory now."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
