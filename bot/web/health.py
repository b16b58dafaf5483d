"""Is it alive, is it ready, how is it doing: for load balancers, supervisors and Prometheus."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import anyio.to_thread
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from bot.web.host import Host
from incidents import assets
from incidents.queries import health

_NOTICEABLE_SKEW = timedelta(seconds=2)
_STUCK_AFTER = timedelta(seconds=15)  # late

# Without these nothing can be taken in. Slack may be down: then work is taken in, and waits; and a
# disk that is nearly full is told in time.
_VITAL = frozenset({"database", "writing", "migrations", "metronome"})


def health_routes(host: Host) -> list[BaseRoute]:
    """``/healthz``, ``/readyz``, ``/metrics`` and ``/version``."""
    registry = CollectorRegistry()
    registry.register(_Figures(host))

    async def healthz(_: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def readyz(_: Request) -> Response:
        checks = await anyio.to_thread.run_sync(_checks, host)
        is_ready = all(ok for name, ok in checks.items() if name in _VITAL)
        words = {name: _word(ok) for name, ok in checks.items()}
        body = {
            "ready": is_ready,
            "checks": words,
            "clock_skew_seconds": round(host.skew().total_seconds(), 3),
            "replicas": await anyio.to_thread.run_sync(_replicas, host),
        }
        return JSONResponse(body, status_code=200 if is_ready else 503)

    async def metrics(_: Request) -> Response:
        text = await anyio.to_thread.run_sync(generate_latest, registry)
        return Response(text, media_type=CONTENT_TYPE_LATEST)

    async def version(_: Request) -> Response:
        return JSONResponse({"version": assets.version()})

    return [
        Route("/healthz", healthz),
        Route("/readyz", readyz),
        Route("/metrics", metrics),
        Route("/version", version),
    ]


def unfit(host: Host) -> tuple[str, ...]:
    """What is missing of all that is needed to take anything in; nothing if we are fit to work."""
    return tuple(name for name, ok in _checks(host).items() if name in _VITAL and not ok)


def _checks(host: Host) -> dict[str, bool]:
    late = host.lateness()
    state = health.state_of(host.desk)
    room = host.disk()
    return {
        "database": state.is_reachable,
        "writing": not host.write_trouble(),
        "migrations": state.is_at_head,
        "metronome": late is not None and late < _STUCK_AFTER,
        "slack": host.knows_slack(),
        "clock": abs(host.skew()) <= _NOTICEABLE_SKEW,
        "disk": room is None or not room.is_low,
    }


def _replicas(host: Host) -> list[dict[str, Any]]:
    """Who works on the database. Not where: whoever balances load need not know names."""
    now = host.clock()
    return [
        {
            "version": one.version,
            "skew_seconds": round(one.skew.total_seconds(), 3),
            "seen_seconds_ago": round((now - one.seen_at).total_seconds(), 1),
        }
        for one in health.replicas_of(host.desk, now)
    ]


def _word(is_ok: bool) -> str:  # noqa: FBT001 (it is the whole point)
    return "ok" if is_ok else "failing"


class _Figures(Collector):
    """Read from the record at the moment of the question: any replica gives the same answer."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """Every figure. Labels are closed sets and the names of configured SLOs.

        Without a usable database there is still an answer, and it says so.
        """
        state = health.state_of(self._host.desk)
        late = self._host.lateness()
        yield _one(
            "warroom_database_usable",
            "1 if the database answers and has the schema of this version",
            float(state.is_reachable and state.is_at_head),
        )
        yield _one(
            "warroom_beat_late_seconds",
            "How late the metronome or the carrier is, -1 before the start",
            -1.0 if late is None else late.total_seconds(),
        )
        yield _one(
            "warroom_clock_skew_seconds",
            "How far this host's clock is ahead of the database's, which everybody goes by",
            self._host.skew().total_seconds(),
        )
        room = self._host.disk()
        if room is not None:
            yield _one("warroom_disk_free_bytes", "What is left where we write", room.free)
        if state.is_reachable and state.is_at_head:
            yield from self._recorded()

    def _recorded(self) -> Iterable[GaugeMetricFamily]:
        found = health.figures_of(self._host.desk, self._host.clock())
        incidents = GaugeMetricFamily(
            "warroom_incidents", "Public incidents", labels=["severity", "status"]
        )
        for severity, status, count in found.incidents:
            incidents.add_metric([severity, status], count)
        effects = GaugeMetricFamily(
            "warroom_effects", "Effects by kind and state", labels=["kind", "state"]
        )
        for kind, state, count in found.effects:
            effects.add_metric([kind, state], count)
        deliveries = GaugeMetricFamily(
            "warroom_deliveries", "Deliveries that were kept whole", labels=["source", "state"]
        )
        for source, state, count in found.deliveries:
            deliveries.add_metric([source, state], count)
        budgets = GaugeMetricFamily(
            "warroom_slo_budget_remaining", "Share of the budget that is left", labels=["slo"]
        )
        for name, remaining in found.budgets:
            budgets.add_metric([name], remaining)
        yield from (incidents, effects, deliveries, budgets)
        yield _one("warroom_incidents_private", "Private incidents", found.private)
        yield _one("warroom_effects_backlog", "Effects that wait", found.backlog)
        yield _one(
            "warroom_effects_oldest_seconds",
            "Age of the oldest effect that waits",
            found.oldest.total_seconds(),
        )
        yield _one(
            "warroom_due_late", "Things whose time has come and that are not done", found.late
        )


def _one(name: str, about: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, about, value=value)
