"""A real Prometheus writes what it scrapes, and we count what was served: no event more or less."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from fractions import Fraction
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import uvicorn
from prometheus.servers import exporting, free_port, prometheus, until

from bot.api import create_api
from bot.clock import utc_now
from incidents.actions.desk import Desk
from incidents.actions.tokens import create_token
from incidents.catalog.catalog import EMPTY
from incidents.model.ids import ServiceName
from incidents.model.objective import Objective, SLOName
from incidents.store import migrate, slo
from incidents.store.engine import Store
from incidents.store.sli_journal import HOURLY

SLO = SLOName("checkout/availability")


@contextmanager
def serving(desk: Desk) -> Iterator[int]:
    """The API of a desk, over a socket."""
    port = free_port()
    config = uvicorn.Config(
        create_api(desk, utc_now, command="/incident"), port=port, log_config=None, ws="none"
    )
    server = uvicorn.Server(config)
    thread = Thread(target=server.run)
    thread.start()
    yield port
    server.should_exit = True
    thread.join()


def writing(exporter: int, port: int, token: str) -> dict[str, Any]:
    relabelled = [
        {
            "source_labels": ["__name__", "service"],
            "regex": "events_total;checkout",
            "action": "keep",
        },
        {"target_label": "slo", "replacement": SLO},
    ]
    return {
        "global": {"scrape_interval": "1s", "scrape_timeout": "1s"},
        "scrape_configs": [
            {"job_name": "shop", "static_configs": [{"targets": [f"127.0.0.1:{exporter}"]}]}
        ],
        "remote_write": [
            {
                "url": f"http://127.0.0.1:{port}/write",
                "authorization": {"credentials": token},
                "write_relabel_configs": relabelled,
                "queue_config": {"batch_send_deadline": "500ms"},
            }
        ],
    }


@pytest.mark.slow  # some seconds, mostly waiting
def test_prometheus_writes_what_it_scraped_and_each_event_counts_once(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'warroom.db'}")
    migrate.upgrade(store)
    promise = Objective(
        slo=SLO,
        service=ServiceName("checkout"),
        target=Fraction(999, 1000),
        window=timedelta(days=28),
    )
    desk = Desk(store, EMPTY, objectives=(promise,))
    token = create_token(desk, "prometheus", ("sli:write",), utc_now())

    def counted() -> tuple[int, int]:
        now = utc_now()
        with store.read() as connection:
            found = slo.sums(connection, [SLO], HOURLY, now - 2 * HOURLY.size, now)
        return (found[SLO].good, found[SLO].bad) if SLO in found else (0, 0)

    with exporting() as exporter, serving(desk) as port:
        config = writing(exporter.port, port, token)
        with prometheus(tmp_path / "prometheus", config):
            until(lambda: counted()[0] >= 20, "Prometheus writes")
            exporter.failing.add("checkout")
            until(lambda: counted()[1] >= 20, "failures are written too")
        good, bad = exporter.events["checkout", "good"], exporter.events["checkout", "bad"]
        found = counted()
    store.close()

    # Where counting begins, the first scrape, is not counted; the last may not have been written.
    assert found[0] == good - 10
    assert bad - 20 <= found[1] <= bad
    assert found[1] % 10 == 0
