"""What a tick of ten thousand budgets costs: time, memory, a restart; and how that grows.

Each SLO has eight windows (5 and 30 minutes, 1, 2, 6 hours, 1, 3 and 30 days) and reports every 10
seconds. A tick reads what came in, counts it, judges every budget, and acts on those that burn.
"""

import time
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import numpy as np

from incidents.actions.desk import Desk
from incidents.actions.slo import evaluate
from incidents.actions.watching import watch
from incidents.catalog.catalog import EMPTY
from incidents.model.ids import ServiceName
from incidents.model.objective import Objective, SLOName
from incidents.model.rolling import Sample
from incidents.store import migrate, sli_journal, slo
from incidents.store.engine import Store

START = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
TICK, MONTH = timedelta(seconds=10), timedelta(days=30)
TICKS = 40
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


def desk_on(folder: Path, count: int) -> Desk:
    store = Store(f"sqlite:///{folder}/bench.db")
    migrate.upgrade(store)
    return Desk(store, EMPTY, objectives=objectives(count))


def ticks(desk: Desk, now: datetime, count: int = TICKS) -> list[float]:
    """Seconds that each tick took; one SLO in a thousand fails."""
    watching = watch(desk, now)
    found = []
    for _ in range(count):
        samples = [
            Sample(one.slo, now, 1000 - bad, bad)
            for number, one in enumerate(desk.objectives)
            for bad in (number % 1000 == 7,)
        ]
        with desk.store.write() as connection:
            sli_journal.hold(connection)
            slo.take(connection, samples, now)
        now += TICK
        begun = time.perf_counter()
        evaluate(desk, watching, now)
        found.append(time.perf_counter() - begun)
    return found


def told(what: str, seconds: list[float]) -> float:
    p50, p99 = np.percentile(seconds, [50, 99]) * 1000
    print(f"{what}: p50 {p50:.1f} ms, p99 {p99:.1f} ms")
    return float(p50)


def bench_a_tick_grows_with_the_number_of_budgets_and_with_nothing_else(tmp_path: Path) -> None:
    medians = {}
    for count in (1000, 2000, 5000, MOST):
        folder = tmp_path / str(count)
        folder.mkdir()
        desk = desk_on(folder, count)
        medians[count] = told(f"tick + evaluate, {count} SLOs x 8 windows", ticks(desk, START))
        desk.store.close()
    for count, median in medians.items():
        print(f"  {count}: {median / medians[1000]:.1f} times the tick of 1000")
