"""A real Prometheus sees failures, a real Alertmanager calls, and people have a room."""

import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus.servers import alertmanager, exporting, free_port, prometheus, until

from bot.clock import utc_now
from bot.demo.host import Host, prepare, running
from incidents.actions.tokens import create_token
from incidents.model.ids import IncidentNumber
from incidents.model.timeline import Kind
from incidents.store import incidents, timeline

ONE = IncidentNumber(1)


def burns(window: str) -> str:
    """At more than the 14.4-fold rate of a promise of 99.9 %."""
    bad, total = (
        f"sum by (service) (increase(events_total{labels}[{window}]))"
        for labels in ('{outcome="bad"}', "")
    )
    return f"{bad} / {total} > 14.4 * 0.001"


# As in the SRE Workbook, only that both windows are shorter: so it ends while the test looks on.
RULES = {
    "groups": [
        {
            "name": "burn",
            "rules": [
                {
                    "alert": "ErrorBudgetBurn",
                    "expr": f"({burns('1m')}) and ({burns('6s')})",
                    "labels": {"severity": "page", "slo": "availability"},
                    "annotations": {"summary": "{{ $labels.service }} burns its error budget"},
                }
            ],
        }
    ]
}


def watching(exporter: int, alerts: str) -> dict[str, Any]:
    return {
        "global": {"scrape_interval": "2s", "scrape_timeout": "2s", "evaluation_interval": "2s"},
        "rule_files": ["rules.yml"],
        "alerting": {"alertmanagers": [{"static_configs": [{"targets": [alerts]}]}]},
        "scrape_configs": [
            {
                "job_name": "shop",
                "static_configs": [{"targets": [f"127.0.0.1:{exporter}"]}],
                "metric_relabel_configs": [{"regex": "job|instance", "action": "labeldrop"}],
            }
        ],
    }


def calling(url: str, token: str) -> dict[str, Any]:
    """Tells us at once, and tells us again every few seconds."""
    hook = {
        "url": f"{url}/hooks/v1/alertmanager",
        "send_resolved": True,
        "http_config": {"authorization": {"credentials": token}},
    }
    route = {
        "receiver": "warroom",
        "group_by": ["alertname", "service"],
        "group_wait": "1s",
        "group_interval": "2s",
        "repeat_interval": "2s",
    }
    return {"route": route, "receivers": [{"name": "warroom", "webhook_configs": [hook]}]}


def rooms(host: Host) -> list[str]:
    asked = {"limit": 1000, "types": "public_channel,private_channel"}
    token = host.workspace.identity.bot_token
    listed = host.workspace.web_api("conversations.list", asked, token).body["channels"]
    return [one["name"] for one in listed if one["name"].startswith("inc-")]


def has_room(host: Host) -> bool:
    """Whether the record knows the room; Slack would mind being asked again and again."""
    with host.app.desk.look() as connection:
        found = incidents.get(connection, ONE)
    return found is not None and found.room is not None


def kinds(host: Host) -> list[Kind]:
    with host.app.desk.look() as connection:
        return [one.kind for one in timeline.entries(connection, ONE)]


def delivered(server: str) -> int:
    """How often Alertmanager called us, by its own count."""
    page = httpx.get(f"http://{server}/metrics").text
    name = 'alertmanager_notifications_total{integration="webhook"} '
    return next(int(line.split()[-1]) for line in page.splitlines() if line.startswith(name))


@pytest.mark.slow  # half a minute, mostly waiting
def test_failures_open_a_room_in_15_seconds_and_one_only_until_they_end(tmp_path: Path) -> None:
    port = free_port()
    with running(prepare(tmp_path / "warroom", port, utc_now)) as host, exporting() as services:
        until(host.app.knows_slack, "Slack")
        token = create_token(host.app.desk, "alertmanager", ("hooks:write",), utc_now())
        with (
            alertmanager(tmp_path / "alertmanager", calling(host.url, token)) as alerts,
            prometheus(tmp_path / "prometheus", watching(services.port, alerts), RULES),
        ):
            until(lambda: services.scrapes >= 2, "two scrapes without failures")
            assert not has_room(host)

            services.failing.add("checkout")
            began = time.monotonic()
            until(lambda: has_room(host), "a room")
            took = time.monotonic() - began
            assert took < 15, f"the room took {took:.1f} s"

            calls = delivered(alerts)
            until(lambda: delivered(alerts) >= calls + 2, "Alertmanager says it again")
            services.failing.clear()
            until(lambda: Kind.ALERT_RESOLVED in kinds(host), "the end of it")

            (room,) = rooms(host)
            assert room.startswith("inc-1-checkout-burns-its-error-budget")
            assert kinds(host).count(Kind.ALERT_FIRED) == 1
