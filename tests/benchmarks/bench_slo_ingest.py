"""Samples that a real server takes in over HTTP: 300 000 a second on two cores, client included.

Run with ``.ci/run bench slo``. Prints samples per second, their ratio to the goal, and how long a
request takes, for batches of several sizes over 10 000 SLOs. The server is a process of its own,
with everything that runs beside: ticks, housekeeping, a carrier. An answer means: on the disk.
"""

import http.client
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import count
from pathlib import Path

import pytest
import uvicorn
from benchmarks.bench_dispatch import percentile
from crash.fleet import free_port

from bot.app import Configuration, build
from bot.doorkeeper import doorkeeper
from bot.settings import Settings
from incidents.actions.desk import Desk
from incidents.actions.tokens import create_token
from incidents.catalog.catalog import EMPTY
from incidents.model.ids import ServiceName
from incidents.model.objective import Objective, SLOName
from incidents.store import migrate, sli_journal, slo
from incidents.store.engine import Store

GOAL = 300_000  # samples in a second
SLOS = tuple(SLOName(f"service-{number:05}/availability") for number in range(10_000))
_SECONDS = 8.0
_NO_TURN = 1_000_000
_SENDERS = {1: 16, 100: 8, 1_000: 4, 10_000: 3}  # connections, by the size of a batch


def bench_ingest_into_sqlite(tmp_path: Path) -> None:
    """One file, one process."""
    measure(f"sqlite:///{tmp_path / 'warroom.db'}", "sqlite")


def bench_ingest_into_postgresql(postgres_url: str) -> None:
    """A server beside it, on the same two cores."""
    measure(postgres_url, "postgresql")


def measure(url: str, database: str) -> None:
    """Batches of every size; in the end, what is on record is what was acknowledged."""
    with serving(url) as (port, token):
        acknowledged = sum(rush(database, port, token, size) for size in _SENDERS)
    store = Store(url)
    with store.read() as connection:
        now = datetime.now(UTC)  # noqa: TID251 (the server's clock is the real one)
        found = slo.sums(connection, SLOS, sli_journal.HOURLY, now - timedelta(hours=3), now)
    store.close()
    assert sum(counts.total for counts in found.values()) == acknowledged


def rush(database: str, port: int, token: str, size: int) -> int:
    """Some send as fast as they are answered. How many samples were acknowledged."""
    took: list[list[float]] = [[] for _ in range(_SENDERS[size])]
    until = time.perf_counter() + _SECONDS
    threads = [
        threading.Thread(target=send, args=(port, token, body(f"edge-{number}", size), until, mine))
        for number, mine in enumerate(took)
    ]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    spent = time.perf_counter() - begun
    requests = sorted(each for times in took for each in times)
    rate = len(requests) * size / spent
    print(
        f"{database:10} batches of {size:6}: {rate:9.0f} samples/s ({rate / GOAL:5.2f} of the goal)"
        f"  p50 {percentile(requests, 0.5):7.1f}  p99 {percentile(requests, 0.99):7.1f} ms"
    )
    return len(requests) * size


def body(source: str, size: int) -> bytes:
    """One batch, over as many SLOs as it can. Its numbers begin with the turn, which is 0."""
    digits = len(str(size)) - 1
    at = datetime.now(UTC).isoformat()  # noqa: TID251 (the server's clock is the real one)
    samples = [
        f'{{"slo":"{SLOS[place]}","at":"{at}","good":1,"bad":0,'
        f'"source":"{source}-{size}","seq":{_NO_TURN}{f"{place:0{digits}}" if digits else ""}}}'
        for place in range(size)
    ]
    return f'{{"samples":[{",".join(samples)}]}}'.encode()


def send(port: int, token: str, batch: bytes, until: float, took: list[float]) -> None:
    """Over one connection, one after the other, numbered on; milliseconds of each."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    for turn in count():
        mine = batch.replace(b'"seq":%d' % _NO_TURN, b'"seq":%d' % (_NO_TURN + turn))
        begun = time.perf_counter()
        if begun > until:
            break
        connection.request("POST", "/api/v1/sli", mine, headers)
        answer = connection.getresponse()
        told = json.loads(answer.read())
        took.append((time.perf_counter() - begun) * 1e3)
        assert answer.status == 202, told
        assert not told["refused"]
        assert not told["repeated"]
    connection.close()


@contextmanager
def serving(url: str) -> Iterator[tuple[int, str]]:
    """A server in a process of its own: its port, and a token."""
    store = Store(url)
    migrate.upgrade(store)
    now = datetime.now(UTC)  # noqa: TID251
    token = create_token(Desk(store, EMPTY), "bench", ("sli:write",), now)
    store.close()
    port = free_port()
    root = Path(__file__).parents[2]
    environment = os.environ | {"PYTHONPATH": f"{root}:{root / 'tests'}"}
    command = [sys.executable, "-m", "benchmarks.bench_slo_ingest", url, str(port)]
    process = subprocess.Popen(command, cwd=root, env=environment, stdout=subprocess.DEVNULL)
    try:
        wait_for(port)
        yield port, token
    finally:
        process.terminate()
        process.wait(30)


def wait_for(port: int) -> None:
    """Until it answers."""
    for _ in range(600):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
        try:
            connection.request("GET", "/healthz")
            connection.getresponse().read()
        except OSError:
            time.sleep(0.1)
        else:
            return
        finally:
            connection.close()
    pytest.fail("the server does not start")


def serve(url: str, port: int) -> None:
    """The server's process."""
    objectives = tuple(
        Objective(
            slo=name,
            service=ServiceName(name.partition("/")[0]),
            target=Fraction(999, 1000),
            window=timedelta(days=28),
        )
        for name in SLOS
    )
    settings = Settings(
        slack_bot_token="xoxb-none",
        slack_signing_secret="none",
        warroom_slack_api_url="http://127.0.0.1:9/",
        warroom_database_url=url,
    )
    app = build(settings, configuration=Configuration(EMPTY, objectives, (), None))
    uvicorn.run(
        app.asgi(),
        http=doorkeeper(1000),
        ws="none",
        port=port,
        log_config=None,
        access_log=False,
    )


if __name__ == "__main__":
    serve(sys.argv[1], int(sys.argv[2]))
