"""SLOs of slo-generator in our words."""

from datetime import timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from catalog.test_other_slos import file, queries, taken_over, told

from incidents.catalog.imports.promises import Options
from incidents.catalog.imports.slo_generator import read_slo_generator

GENERATOR = """\
apiVersion: sre.google.com/v2
kind: ServiceLevelObjective
metadata:
  name: depot-answers
  labels: {service_name: depot, feature_name: http, slo_name: answers}
spec:
  description: Requests that are answered.
  backend: prometheus
  method: good_bad_ratio
  exporters: [pubsub]
  service_level_indicator:
    filter_good: http_requests_total{job="depot",code!~"5.."}
    filter_valid: http_requests_total{job="depot"}[window]
  goal: 0.9995
"""
CONFIG = """\
backends: {prometheus: {url: "http://prometheus.example"}}
error_budget_policies:
  default:
    steps:
      - {name: 1 hour, window: 3600, burn_rate_threshold: 9, alert: true}
      - {name: 28 days, window: 2419200, burn_rate_threshold: 1, alert: false}
  short:
    steps: [{name: 12 hours, window: 43200, burn_rate_threshold: 2, alert: true}]
"""
INDICATOR = GENERATOR[GENERATOR.index("    filter_good") : GENERATOR.index("  goal")]


def test_an_slo_of_slo_generator_is_the_same_promise_here(tmp_path: Path) -> None:
    paths = [file(tmp_path, GENERATOR), file(tmp_path, CONFIG, "config.yaml")]

    carried = read_slo_generator(paths, Options())
    (objective,) = taken_over(carried, "slo-generator", tmp_path / "new")

    assert objective.slo == "depot/answers"
    assert objective.target == Fraction(9995, 10000)
    assert objective.window == timedelta(days=28)
    assert objective.describes == "Requests that are answered."
    assert queries(objective) == {
        "good": 'sum(increase(http_requests_total{job="depot",code!~"5.."}[{{.window}}]))',
        "total": 'sum(increase(http_requests_total{job="depot"}[{{.window}}]))',
    }
    assert sorted(told(carried)) == [
        "10:3 spec.exporters: not carried over: reports are exported by warroom's own means",
        "1:1 backends: not carried over: warroom is given counts, and asks no backend",
        ("2:1 error_budget_policies: not carried over: of each policy only the longest window is "
        "taken; warroom has its own burn-rate alerts"),
    ]  # fmt: skip


def test_the_window_is_that_of_the_policy_that_is_named(tmp_path: Path) -> None:
    text = GENERATOR + "  error_budget_policy: short\n"
    paths = [file(tmp_path, text), file(tmp_path, CONFIG, "config.yaml")]

    carried = read_slo_generator(paths, Options(window="7d"))

    assert carried.promises["depot/answers"].window == "12h"


def test_without_its_configuration_somebody_must_name_the_window(tmp_path: Path) -> None:
    path = file(tmp_path, GENERATOR)

    without = read_slo_generator([path], Options())
    named = read_slo_generator([path], Options(window="28d"))

    assert told(without) == [
        ("6:1 LEFT OUT spec: the window stands in the error budget policy default, which is in no "
        "file")
    ]  # fmt: skip
    assert named.promises["depot/answers"].window == "28d"


def test_two_configurations_that_disagree_are_not_chosen_from(tmp_path: Path) -> None:
    other = CONFIG.replace("2419200", "604800")
    files = [
        file(tmp_path, GENERATOR),
        file(tmp_path, CONFIG, "a.yaml"),
        file(tmp_path, other, "b.yaml"),
    ]

    carried = read_slo_generator(files, Options())

    what = "the policy default stands in several files, with windows 7d and 28d"
    assert f"6:1 LEFT OUT spec: {what}" in told(carried)


INDICATORS = [
    (
        "    filter_good: g\n    filter_bad: b\n",
        {
            "good": "sum(increase(g[{{.window}}]))",
            "total": "sum(increase(g[{{.window}}])) + sum(increase(b[{{.window}}]))",
        },
    ),
    (
        "    filter_good: g[window:1m]\n    filter_valid: v\n    operators: [rate, max]\n",
        {"good": "max(rate(g[{{.window}}:1m]))", "total": "max(rate(v[{{.window}}]))"},
    ),
]


@pytest.mark.parametrize(("written", "wanted"), INDICATORS)
def test_counts_are_asked_for_as_slo_generator_asks(
    tmp_path: Path, written: str, wanted: dict[str, str]
) -> None:
    path = file(tmp_path, GENERATOR.replace(INDICATOR, written))

    carried = read_slo_generator([path], Options(window="28d"))
    (objective,) = taken_over(carried, "slo-generator", tmp_path / "new")

    assert queries(objective) == wanted


@pytest.mark.parametrize(
    ("series", "good"),
    [("d_bucket{job='a'}", "d_bucket{job='a', le=\"0.25\"}"), ("d_bucket", 'd_bucket{le="0.25"}')],
)
def test_a_cut_through_a_histogram_counts_its_buckets(
    tmp_path: Path, series: str, good: str
) -> None:
    written = f'    expression: "{series}"\n    threshold_bucket: 0.25\n'
    text = GENERATOR.replace(INDICATOR, written).replace("good_bad_ratio", "distribution_cut")

    carried = read_slo_generator([file(tmp_path, text)], Options(window="28d"))
    (objective,) = taken_over(carried, "slo-generator", tmp_path / "new")

    assert queries(objective) == {
        "good": f"sum(increase({good}[{{{{.window}}}}]))",
        "total": f"sum(increase({series.replace('bucket', 'count')}[{{{{.window}}}}]))",
    }


def test_queries_in_other_languages_are_kept_word_for_word(tmp_path: Path) -> None:
    written = (
        "    index: orders\n"
        "    query_good: {must: {term: {status: 200}}}\n"
        "    query_valid: {must: {exists: [status]}}\n"
    )
    text = GENERATOR.replace(INDICATOR, written).replace("prometheus", "elasticsearch/eu")

    carried = read_slo_generator([file(tmp_path, text)], Options(window="28d"))
    taken_over(carried, "slo-generator", tmp_path / "new")

    sides = carried.promises["depot/answers"].sides
    query = {"must": {"exists": ["status"]}}
    assert sides["total"] == {
        "type": "elasticsearch",
        "spec": {"query": query, "index": "orders"},
    }
    assert "8:3 spec.backend: which of several backends it is, is not carried over" in told(carried)


@pytest.mark.parametrize(
    ("was", "becomes", "line"),
    [
        (
            "good_bad_ratio",
            "query_sli",
            ("9:3 LEFT OUT spec.method: what query_sli measures is a ratio already, and cannot be "
            "counted"),
        ),
        (
            "method: good_bad_ratio",
            "method: basic",
            ("9:3 LEFT OUT spec.method: what basic measures is known to prometheus alone, and "
            "cannot be counted"),
        ),
        (
            "backend: prometheus",
            "backend: datadog",
            "",
        ),
        (
            "    filter_valid",
            "    filter_vlid",
            ("11:3 LEFT OUT spec.service_level_indicator: filter_good and one of filter_bad and "
            "filter_valid are needed"),
        ),
        ("goal: 0.9995", "goal: 1", "14:3 LEFT OUT spec.goal: 1 leaves no budget to count"),
        (
            "service_name: depot, ",
            "",
            "5:3 LEFT OUT metadata.labels.service_name: no service is named",
        ),
    ],
)  # fmt: skip
def test_an_slo_of_slo_generator_that_cannot_be_kept_is_left_out_with_its_place(
    tmp_path: Path, was: str, becomes: str, line: str
) -> None:
    path = file(tmp_path, GENERATOR.replace(was, becomes))

    carried = read_slo_generator([path], Options(window="28d"))

    assert not line or line in told(carried)
    assert bool(carried.promises) is (not line)


def test_the_format_of_the_first_version_is_passed_over_aloud(tmp_path: Path) -> None:
    carried = read_slo_generator([file(tmp_path, "slo_target: 0.9\n")], Options(window="28d"))

    assert told(carried) == [
        "1:1 a file of slo-generator 1; write it anew with `slo-generator migrate`: left out"
    ]
