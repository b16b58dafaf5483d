"""``warroom slo rules`` at a terminal."""

import json
from pathlib import Path

import yaml
from cli.test_commands import Terminal, config, warroom

__all__ = ["config", "warroom"]

ODD = """\
apiVersion: openslo/v1
kind: SLO
metadata: {name: checkout-odd}
spec:
  service: checkout
  indicator:
    metadata: {name: odd}
    spec:
      ratioMetric:
        counter: true
        good: {metricSource: {type: Datadog, spec: {query: "sum:good{*}"}}}
        total: {metricSource: {type: Datadog, spec: {query: "sum:all{*}"}}}
  timeWindow: [{duration: 28d, isRolling: true}]
  budgetingMethod: Occurrences
  objectives: [{target: 0.99}]
"""


def test_the_rules_of_the_configuration_are_printed(warroom: Terminal) -> None:
    ran = warroom("slo", "rules", "--group-limit", "20")

    groups = yaml.safe_load(ran.out)["groups"]
    assert ran.code == 0
    assert groups[0]["rules"][0] == {
        "record": "warroom:events_total:increase1m",
        "expr": 'round(sum(sum(increase(http_requests_total{service="checkout"}[1m]))))',
        "labels": {"slo": "checkout/availability", "service": "checkout"},
    }
    assert max(len(group["rules"]) for group in groups) <= 20


def test_what_prometheus_cannot_ask_is_left_out_with_the_reason(
    warroom: Terminal, tmp_path: Path
) -> None:
    (tmp_path / "conf" / "slos").mkdir(parents=True)
    (tmp_path / "conf" / "slos" / "odd.yaml").write_text(ODD)

    ran = warroom("slo", "rules", "--config", str(tmp_path / "conf"), "--json")

    assert ran.code == 1
    assert ran.err == (
        "left out: checkout/odd: its source is Datadog, which Prometheus cannot ask\n"
    )
    assert json.loads(ran.out)["groups"] == []


def test_they_are_written_where_somebody_wants_them(warroom: Terminal, tmp_path: Path) -> None:
    out = tmp_path / "warroom.yml"

    ran = warroom("slo", "rules", "--step", "5m", "--out", str(out))

    assert (ran.code, ran.out, ran.err) == (0, "", f"5 SLOs as rules in {out}\n")
    assert yaml.safe_load(out.read_text())["groups"][0]["interval"] == "5m"
