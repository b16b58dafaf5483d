"""A real Prometheus evaluates our rules over a real exporter, and we count what it counts."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path

import httpx
import pytest
from actions.traffic import CATALOG
from prometheus.servers import Exporter, exporting, prometheus, until

from bot.addresses import read_own
from bot.clock import utc_now
from bot.outgoing import Outgoing
from bot.prometheus import Prometheus
from bot.pulling import Puller
from incidents.actions.desk import Desk
from incidents.model.ids import ServiceName
from incidents.model.objective import Objective, SLOName
from incidents.render.prometheus_rules import BAD, TOTAL, Options, recorded, rules
from incidents.store import slo
from incidents.store.engine import Store

STEP = timedelta(seconds=5)  # shorter than anybody's, so that a test sees several


def objective(service: str) -> Objective:
    def query(labels: str) -> object:
        text = f'sum(events_total{{service="{service}"{labels}}})'
        return {"metricSource": {"type": "Prometheus", "spec": {"query": text}}}

    ratio = {"bad": query(',outcome="bad"'), "total": query("")}
    return Objective(
        slo=SLOName(f"{service}/availability"),
        service=ServiceName(service),
        target=Fraction(99, 100),
        window=timedelta(days=28),
        indicator=json.dumps([{"ratioMetric": {"counter": True, **ratio}}, None, None]),
    )


@pytest.fixture
def exporter() -> Iterator[Exporter]:
    with exporting() as made:
        yield made


@pytest.mark.slow  # half a minute, mostly waiting
def test_what_a_real_prometheus_counts_is_counted_here_and_once(
    exporter: Exporter, tmp_path: Path, sqlite_url: str
) -> None:
    objectives = (objective("checkout"), objective("search"))
    exporter.failing.add("checkout")
    config = {
        "global": {"scrape_interval": "1s", "scrape_timeout": "1s"},
        "rule_files": ["rules.yml"],
        "scrape_configs": [
            {"job_name": "shop", "static_configs": [{"targets": [f"127.0.0.1:{exporter.port}"]}]}
        ],
    }
    store = Store(sqlite_url)
    desk = Desk(store, CATALOG, objectives=objectives)
    made = rules(objectives, Options(STEP)).file
    with prometheus(tmp_path / "prometheus", config, made) as server:
        source = Prometheus(Outgoing(read_own(["127.0.0.1"])), f"http://{server}", STEP)
        puller = Puller(desk, source, utc_now)
        first = utc_now()
        until(lambda: puller.pull() and utc_now() - first > 4 * STEP, "counts of some steps")
        at = utc_now()
        until(lambda: utc_now() - at > timedelta(seconds=2), "what was evaluated can be read")
        again = Puller(desk, source, lambda: at)
        again.pull()
        theirs = {
            name: (asked(server, TOTAL, name, at), asked(server, BAD, name, at))
            for name in (one.slo for one in objectives)
        }

    assert (puller.trouble, again.trouble, puller.odd) == ("", "", {})
    with store.read() as connection:
        found = slo.counts(connection, [*theirs], timedelta(hours=1), at + timedelta(seconds=10))
    store.close()
    ours = {name: (counts.total, counts.bad) for name, counts in found.items()}
    assert ours == theirs
    assert ours["checkout/availability"][1] > 0
    assert ours["search/availability"][1] == 0


def asked(server: str, side: str, name: str, at: datetime) -> int:
    """How many events of it Prometheus itself holds."""
    query = f'sum_over_time({recorded(side, STEP)}{{slo="{name}"}}[10m])'
    how = {"query": query, "time": f"{at.timestamp():.3f}"}
    answer = httpx.get(f"http://{server}/api/v1/query", params=how).json()
    return int(answer["data"]["result"][0]["value"][1])
