"""Pyrra's SLOs in our words."""

from datetime import timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from catalog.test_other_slos import file, queries, taken_over, told

from incidents.catalog.imports.promises import Options
from incidents.catalog.imports.pyrra import length_of, read_pyrra

PYRRA = """\
apiVersion: pyrra.dev/v1alpha1
kind: ServiceLevelObjective
metadata:
  name: depot-answers
  namespace: stock
  labels:
    pyrra.dev/service: depot
    pyrra.dev/team: stock
  annotations: {warroom.dev/tier: "2"}
spec:
  target: "99.5"
  window: 4w
  description: Requests that are answered.
  indicator:
    ratio:
      errors:
        metric: http_requests_total{job="depot",code=~"5.{2}"}
      total:
        metric: http_requests_total{job="depot"}
  alerting:
    disabled: false
    absent: false
    name: DepotBurns
"""
RATIO = PYRRA[PYRRA.index("    ratio:") : PYRRA.index("  alerting:")]


def test_an_slo_of_pyrra_is_the_same_promise_here(tmp_path: Path) -> None:
    carried = read_pyrra([file(tmp_path, PYRRA)], Options())

    (objective,) = taken_over(carried, "pyrra", tmp_path / "new")

    assert objective.slo == "depot/answers"
    assert objective.target == Fraction(995, 1000)
    assert objective.window == timedelta(days=28)
    assert objective.describes == "Requests that are answered."
    assert objective.tier == 2
    assert queries(objective) == {
        "bad": 'sum(increase(http_requests_total{job="depot",code=~"5.{2}"}[{{.window}}]))',
        "total": 'sum(increase(http_requests_total{job="depot"}[{{.window}}]))',
    }
    assert carried.promises["depot/answers"].labels["pyrra.dev/team"] == "stock"
    assert told(carried) == [
        "5:3 metadata.namespace: not carried over: it belongs to the object in Kubernetes",
        ("22:5 spec.alerting.absent: not carried over: warroom has its own burn-rate alerts: "
        "they page by the tier of the service"),
        "23:5 spec.alerting.name: not carried over: an incident is called after its SLO",
    ]  # fmt: skip


INDICATORS = [
    (
        "latency: {success: {metric: 'd_bucket{le=\"0.4\"}'}, total: {metric: d_count}}",
        {
            "good": 'sum(increase(d_bucket{le="0.4"}[{{.window}}]))',
            "total": "sum(increase(d_count[{{.window}}]))",
        },
    ),
    (
        "latencyNative: {latency: 1s500ms, total: {metric: d}}",
        {
            "good": "histogram_fraction(0, 1.5, sum(increase(d[{{.window}}]))) * "
            "histogram_count(sum(increase(d[{{.window}}])))",
            "total": "histogram_count(sum(increase(d[{{.window}}])))",
        },
    ),
    (
        "bool_gauge: {metric: probe_success}",
        {
            "good": "sum(sum_over_time(probe_success[{{.window}}]))",
            "total": "sum(count_over_time(probe_success[{{.window}}]))",
        },
    ),
]


@pytest.mark.parametrize(("written", "wanted"), INDICATORS)
def test_every_indicator_of_pyrra_is_counted_as_pyrra_counts_it(
    tmp_path: Path, written: str, wanted: dict[str, str]
) -> None:
    carried = read_pyrra([file(tmp_path, PYRRA.replace(RATIO, f"    {written}\n"))], Options())

    (objective,) = taken_over(carried, "pyrra", tmp_path / "new")

    assert queries(objective) == wanted


@pytest.mark.parametrize(
    ("was", "becomes", "line"),
    [
        (
            "      total:",
            "      grouping: [handler]\n      total:",
            ("18:7 LEFT OUT spec.indicator.ratio.grouping: each value is an SLO of its own, and "
            "one budget for all would hide which one fails"),
        ),
        (RATIO, "    {}\n", "14:3 LEFT OUT spec.indicator: no indicator is given"),
        (
            "    ratio:",
            "    bool_gauge: {metric: up}\n    ratio:",
            "14:3 LEFT OUT spec.indicator: ratio and bool_gauge is given",
        ),
        (
            'metric: http_requests_total{job="depot"}',
            "metric: sum(http_requests_total)",
            ("19:9 LEFT OUT spec.indicator.ratio.total.metric: this is not a plain selector of "
            "series"),
        ),
        ("window: 4w", "window: soon", "12:3 LEFT OUT spec.window: soon is not a window"),
        ("window: 4w", "window: 5s", "12:3 LEFT OUT spec.window: 5s is not a window"),
        ('"99.5"', '"100"', "11:3 LEFT OUT spec.target: 100 leaves no budget to count"),
        (
            "    pyrra.dev/service: depot\n",
            "",
            "6:3 LEFT OUT metadata.labels.pyrra.dev/service: no service is named",
        ),
    ],
)  # fmt: skip
def test_an_slo_of_pyrra_that_cannot_be_kept_is_left_out_with_its_place(
    tmp_path: Path, was: str, becomes: str, line: str
) -> None:
    carried = read_pyrra([file(tmp_path, PYRRA.replace(was, becomes))], Options())

    assert line in told(carried)
    assert not carried.promises


def test_whoever_imports_may_name_the_service(tmp_path: Path) -> None:
    text = PYRRA.replace("    pyrra.dev/service: depot\n", "")

    carried = read_pyrra([file(tmp_path, text)], Options(service="till"))

    assert list(carried.promises) == ["till/depot-answers"]


@pytest.mark.parametrize(
    ("written", "length"),
    [
        ("2w", timedelta(days=14)),
        ("1h30m", timedelta(minutes=90)),
        ("1y", timedelta(days=365)),
        ("200ms", timedelta(milliseconds=200)),
        ("", timedelta(0)),
        ("30m1h", timedelta(0)),
        ("5", timedelta(0)),
    ],
)
def test_durations_of_prometheus(written: str, length: timedelta) -> None:
    assert length_of(written) == length
