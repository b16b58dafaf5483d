"""The same SLOs on the same Prometheus, by slo-generator and by us: wall time, and the figures.

Run with ``.ci/run bench slo_generator``. slo-generator is installed into an environment of its own
for the time of the run. Its start (imports, reading files) is not counted. Both answer what was
good and bad over four windows. slo-generator asks twice for each SLO and window. We ask for all
SLOs together, by the sums that the rules keep, and are told coverage and watermark, too. Then: what
one round of fetching takes, by which we live.
"""

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from prometheus.servers import prometheus, until

from bot.addresses import read_own
from bot.clock import utc_now
from bot.outgoing import Outgoing
from bot.prometheus import Prometheus
from bot.pulling import Puller
from incidents.actions.desk import Desk
from incidents.catalog.catalog import EMPTY
from incidents.model.ids import ServiceName
from incidents.model.objective import Objective, SLOName
from incidents.render.prometheus_rules import BAD, TOTAL, recorded, summed
from incidents.store import migrate
from incidents.store.engine import Store

MINUTE = timedelta(minutes=1)
WINDOWS = (5 * MINUTE, 30 * MINUTE, 60 * MINUTE, 120 * MINUTE)
HISTORY, AHEAD = 125, 25  # minutes
ODD = 345  # milliseconds: rules are evaluated somewhere in a second
LEAST, APART = 5, 1e-9  # times faster; difference between the figures
RUNS = 5

# Given its own interpreter: SLOs and configuration on standard input, figures on standard output.
THEIRS = """
import json, logging, sys, time
from slo_generator.compute import compute
logging.disable(logging.CRITICAL)
given = json.load(sys.stdin)
begun = time.perf_counter()
reports = [one for slo in given["slos"] for one in compute(slo, given["config"])]
took = time.perf_counter() - begun
json.dump({"took": took, "reports": [
    [one["metadata"]["name"], one["window"], one["good_events_count"], one["bad_events_count"]]
    for one in reports]}, sys.stdout)
"""


def objectives(count: int) -> list[Objective]:
    return [
        Objective(
            slo=SLOName(f"shop/slo-{number}"),
            service=ServiceName("shop"),
            target=Fraction(999, 1000),
            window=timedelta(days=28),
        )
        for number in range(count)
    ]


def history(some: Sequence[Objective], now: datetime) -> Iterator[str]:
    """What was recorded, and will be: slo-generator takes long, and always asks for "now".

    Counts of a minute are always the same for an SLO, so are their sums.
    """
    first = int(now.timestamp()) - HISTORY * 60 + 59
    for side, which in {TOTAL: 0, BAD: 1, "events_good": 2}.items():
        name = side if side == "events_good" else recorded(side, MINUTE)
        yield from series(some, name, which, range(first, first + (HISTORY + AHEAD) * 60, 60))
    for window in WINDOWS:
        for side, which in {TOTAL: 0, BAD: 1}.items():
            ends = range(first + (HISTORY - 5) * 60, first + (HISTORY + AHEAD) * 60, 60)
            yield from series(some, summed(side, window), which, ends, times=window // MINUTE)
    yield "# EOF\n"


def series(
    some: Sequence[Objective], name: str, which: int, seconds: range, *, times: int = 1
) -> Iterator[str]:
    for number, one in enumerate(some):
        total, bad = 1000 + 7 * number, number % 13
        value = (total, bad, total - bad)[which] * times
        labels = f'{{slo="{one.slo}",service="shop"}}'
        for at in seconds:
            yield f"{name}{labels} {value} {at}.{ODD}\n"


def their_slos(some: Sequence[Objective]) -> list[dict[str, Any]]:
    return [
        {
            "apiVersion": "sre.google.com/v2",
            "kind": "ServiceLevelObjective",
            "metadata": {
                "name": one.slo,
                "labels": {"service_name": "shop", "feature_name": "x", "slo_name": "y"},
            },
            "spec": {
                "description": "",
                "backend": "prometheus",
                "method": "good_bad_ratio",
                "exporters": [],
                "service_level_indicator": {
                    "filter_good": f'events_good{{slo="{one.slo}"}}',
                    "filter_bad": f'{recorded(BAD, MINUTE)}{{slo="{one.slo}"}}',
                    "operators": ["sum_over_time", "sum"],
                },
                "goal": float(one.target),
            },
        }
        for one in some
    ]


def their_config(url: str) -> dict[str, Any]:
    steps = [
        {
            "name": f"{window}",
            "burn_rate_threshold": 9,
            "alert": True,
            "message_alert": "",
            "message_ok": "",
            "window": int(window.total_seconds()),
        }
        for window in WINDOWS
    ]
    return {
        "backends": {"prometheus": {"url": url}},
        "error_budget_policies": {"default": {"steps": steps}},
        "exporters": {},
    }


@pytest.fixture(scope="module")
def slo_generator(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An interpreter that has it."""
    folder = tmp_path_factory.mktemp("slo-generator")
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    wanted = ["slo-generator[prometheus]", "setuptools<81"]
    subprocess.run([str(folder / "bin" / "pip"), "install", "-q", *wanted], check=True)
    return folder / "bin" / "python"


def bench_against_slo_generator(slo_generator: Path, tmp_path: Path) -> None:
    print("\n  SLOs  slo-generator    warroom  ratio    apart    fetch")
    ratios = [
        compared(objectives(count), slo_generator, tmp_path / str(count))
        for count in (20, 200, 1000)
    ]
    assert ratios[0] >= LEAST
    assert ratios[-1] > ratios[0], "the more SLOs, the greater the ratio"


def compared(some: list[Objective], interpreter: Path, folder: Path) -> float:
    """Prints one line. How many times faster we are."""
    folder.mkdir()
    end = utc_now()
    (folder / "history").write_text("".join(history(some, end)))
    blocks = ["promtool", "tsdb", "create-blocks-from", "openmetrics", "-q"]
    subprocess.run([*blocks, str(folder / "history"), str(folder / "data")], check=True)
    with prometheus(folder, {}) as server:
        url = f"http://{server}"
        source = Prometheus(Outgoing(read_own(["127.0.0.1"])), url, MINUTE)
        names = [one.slo for one in some]
        until(
            lambda: len(source.current(names, WINDOWS, utc_now())) == len(some),
            "Prometheus has them",
        )

        ours, found = best(lambda: source.current(names, WINDOWS, utc_now()))
        theirs = subprocess.run(
            [str(interpreter), "-c", THEIRS],
            input=json.dumps({"slos": their_slos(some), "config": their_config(url)}),
            capture_output=True,
            text=True,
            check=True,
        )
        said = json.loads(theirs.stdout)
        assert len(said["reports"]) == len(some) * len(WINDOWS)
        apart = max(
            abs(
                bad / (good + bad)
                - float(1 - (found[name].counts[timedelta(seconds=window)].sli or 0))
            )
            for name, window, good, bad in said["reports"]
        )
        fetch = fetching(some, source, folder, end)
    ratio = said["took"] / ours
    print(
        f"{len(some):6} {said['took']:12.3f} s {ours:7.3f} s {ratio:6.0f}x {apart:8.0e} "
        f"{fetch:6.3f} s"
    )
    assert apart <= APART
    return float(ratio)


def best(call: Any) -> tuple[float, Any]:
    """Of a few runs, the median."""
    took, found = [], None
    for _ in range(RUNS):
        begun = time.perf_counter()
        found = call()
        took.append(time.perf_counter() - begun)
    return sorted(took)[RUNS // 2], found


def fetching(some: list[Objective], source: Prometheus, folder: Path, end: datetime) -> float:
    """One round of the beat, a minute after the one before it: two questions, and the database."""
    store = Store(f"sqlite:///{folder / 'warroom.db'}")
    migrate.upgrade(store)
    now = [end - MINUTE]
    puller = Puller(Desk(store, EMPTY, objectives=tuple(some)), source, lambda: now[0])
    puller.pull()
    now[0] += MINUTE
    begun = time.perf_counter()
    assert puller.pull() == len(some), puller.trouble
    took = time.perf_counter() - begun
    store.close()
    return took
