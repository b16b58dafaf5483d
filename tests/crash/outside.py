"""The outside that survives: a Slack on real sockets that fails a quarter of all calls.

It reaches any living replica, as a load balancer would, and delivers some things twice.
"""

import random
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import httpx
import uvicorn
from crash.replica import log_to
from starlette.applications import Starlette

from bot.clock import utc_now
from bot.demo.stage import SHORTCUTS, furnish
from bot.emulator import Workspace, build_routes, events
from bot.emulator.delivery import Delivery, Reply, Undelivered
from bot.emulator.faults import Fault
from incidents.catalog.catalog import load_catalog

_RETRIES = (0.0, 1.0, 2.0, 3.0)  # seconds; Slack's own are 0, 60 and 300
_PATIENCE = 3.0
_TWICE = 0.1

FAULTS = (
    Fault(kind="lost_answer", times=None, probability=0.06, seed=1),
    Fault(kind="error_after", error="internal_error", times=None, probability=0.04, seed=2),
    Fault(
        kind="error_after", error="fatal_error", status=500, times=None, probability=0.03, seed=3
    ),
    Fault(kind="error_before", status=500, times=None, probability=0.03, seed=4),
    Fault(kind="error_before", status=503, times=None, probability=0.03, seed=5),
    Fault(kind="rate_limited", seconds=1, times=None, probability=0.03, seed=6),
    Fault(kind="delay", seconds=0.15, times=None, probability=0.03, seed=7),
)
"""A quarter of all calls: what happened and is not told, what did not happen, and patience."""


@dataclass(frozen=True, slots=True)
class Stage:
    """Where the workspace is served, whom it delivers to, and where it keeps what it knows."""

    port: int
    replicas: Sequence[int]
    state: Path
    config: Path
    seed: int


def serve(stage: Stage) -> None:
    """Serve until killed."""
    log_to(stage.state.with_suffix(".log"))
    events.RETRY_AFTER_SECONDS = _RETRIES
    url = f"http://127.0.0.1:{stage.port}"
    workspace = Workspace(clock=utc_now, state_file=stage.state, rate_limits=False)
    furnish(workspace, load_catalog(stage.config))
    workspace.install(slash_command="/incident", shortcuts=SHORTCUTS, public_url=url)
    workspace.deliver = Fleet(stage)
    workspace.start()
    workspace.faults.add(*FAULTS)
    served = Starlette(routes=build_routes(workspace))
    uvicorn.run(served, host="127.0.0.1", port=stage.port, log_config=None, access_log=False)


class Fleet:
    """The bot as Slack sees it: one address, behind which somebody is usually alive."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._random = random.Random(stage.seed)
        fresh = httpx.Limits(max_keepalive_connections=0)  # the next one there is a new process
        self._http = httpx.Client(timeout=_PATIENCE, limits=fresh, trust_env=False)
        self._copies = ThreadPoolExecutor(4)

    def __call__(self, delivery: Delivery) -> Reply:
        if self._random.random() < _TWICE:
            self._copies.submit(self._again, delivery)
        return self._deliver(delivery)

    def _again(self, delivery: Delivery) -> None:
        try:
            self._deliver(delivery)
        except Undelivered:
            return  # the other copy counts

    def _deliver(self, delivery: Delivery) -> Reply:
        for port in self._random.sample(self._stage.replicas, len(self._stage.replicas)):
            try:
                answer = self._http.post(
                    f"http://127.0.0.1:{port}/slack/events",
                    content=delivery.body,
                    headers=dict(delivery.headers),
                )
            except httpx.ConnectError:
                continue
            except httpx.TimeoutException:
                raise Undelivered("http_timeout") from None
            except httpx.TransportError:
                raise Undelivered("connection_failed") from None
            return Reply(answer.status_code, dict(answer.headers), answer.content)
        raise Undelivered("connection_failed")
