"""OpenSLO v2alpha: what v1 says with other names, and faults in its own."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from incidents.model.slicing import Slicing
from tests.catalog.test_openslo import GOOD, problems, read
from tests.catalog.test_openslo_composite import JOURNEY, PAYMENTS
from tests.catalog.test_openslo_time import CALENDAR, METHOD, PLAIN, ROLLING, SLICED
from tests.catalog.test_slos_that_are_odd import ODD, places

WITH_SLICES = PLAIN.replace(METHOD, SLICED).replace(ROLLING, CALENDAR)

# The published examples of OpenSLO's own reader: every kind, in line and by name.
KINDS = """\
- apiVersion: openslo.com/v2alpha
  kind: AlertCondition
  metadata:
    name: cpu-usage-breach
    annotations: {openslo.com/service-folder: ./my/directory}
    labels: {env: prod, team: team-a}
  spec:
    description: If the CPU usage is too high for given period then it should alert
    severity: page
    condition: {kind: burnrate, op: gt, threshold: 2, lookbackWindow: 1h, alertAfter: 5m}
- apiVersion: openslo.com/v2alpha
  kind: AlertNotificationTarget
  metadata: {name: pd-on-call-notification}
  spec: {description: Sends PagerDuty alert to the current on-call, target: pagerduty}
- apiVersion: openslo.com/v2alpha
  kind: AlertPolicy
  metadata: {name: low-priority}
  spec:
    alertWhenBreaching: true
    conditions: [{conditionRef: cpu-usage-breach}]
    notificationTargets:
      - targetRef: pd-on-call-notification
      - kind: AlertNotificationTarget
        metadata: {name: on-call-slack-notification}
        spec: {target: slack}
- apiVersion: openslo.com/v2alpha
  kind: DataSource
  metadata: {name: my-prometheus}
  spec: {type: Prometheus, connectionDetails: [{url: http://prometheus.example.com}]}
- apiVersion: openslo.com/v2alpha
  kind: Service
  metadata: {name: web}
  spec: {description: Example service description}
- apiVersion: openslo.com/v2alpha
  kind: SLI
  metadata: {name: annotator-throughput}
  spec:
    thresholdMetric:
      dataSourceSpec: {type: Prometheus, connectionDetails: {accessToken: sample}}
      spec: {query: sum(lag)}
"""
SLO = """\
- apiVersion: openslo.com/v2alpha
  kind: SLO
  metadata:
    name: web-availability
    labels: {env: prod}
  spec:
    description: X% of search requests are successful
    serviceRef: web
    sli:
      metadata:
        name: web-successful-requests-ratio
      spec:
        ratioMetric:
          counter: true
          good:
            dataSourceRef: my-prometheus
            spec: {query: good}
          total:
            dataSourceRef: my-prometheus
            spec: {query: all}
    timeWindow:
      - duration: 1w
        isRolling: false
        calendar:
          startTime: 2022-01-01 12:00:00
          timeZone: America/New_York
    budgetingMethod: Timeslices
    objectives:
      - displayName: Good
        target: 0.995
        timeSliceTarget: 0.95
        timeSliceWindow: 1m
"""


def test_the_published_examples_are_read(tmp_path: Path) -> None:
    (objective,), found = read(tmp_path, KINDS, SLO)

    assert found == ()
    assert (objective.slo, objective.over) == ("web/availability", "calendar week")
    assert objective.slicing == Slicing(timedelta(minutes=1), objective.slicing.target)  # type: ignore[union-attr] (it has one)


def test_the_same_promise_is_the_same_in_either_version(tmp_path: Path) -> None:
    (plain,), _ = read(tmp_path, GOOD)
    later = (
        GOOD.replace("openslo/v1", "openslo.com/v2alpha")
        .replace("  displayName: Checkout works\n", "")
        .replace("  service: checkout", "  serviceRef: checkout")
        .replace("  indicator:", "  sli:")
        .replace(
            "          metricSource:\n            type: Prometheus\n            spec:\n",
            "          dataSourceSpec: {type: Prometheus, connectionDetails: {}}\n"
            "          spec:\n",
        )
        .replace("              query:", "            query:")
    )

    (objective,), found = read(tmp_path, later)

    assert found == ()
    assert objective.generation == plain.generation
    assert (objective.tier, objective.min_failures) == (1, 20)
    assert objective.annotations["example.com/board"] == "d/abc"


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (
            "    name: web-availability\n",
            "    name: web-availability\n    displayName: Web\n",
            "5:5: metadata.displayName: this key is not known here",
        ),
        (
            "{env: prod}",
            "{env: Prod}",
            (
                "5:14: metadata.labels.env: “Prod” is not a label, expected at most 63 lower case "
                "letters and digits, with -, _ or . between them"
            ),
        ),
        (
            "    sli:\n",
            "    indicator:\n",
            "9:5: spec.indicator: this key is not known here",
        ),
        (
            "    serviceRef: web\n",
            "",
            "6:3: spec: exactly one of serviceRef and service is needed",
        ),
        (
            "          good:\n            dataSourceRef: my-prometheus\n",
            "          good:\n",
            (
                "15:11: spec.sli.spec.ratioMetric.good: exactly one of dataSourceRef and "
                "dataSourceSpec is needed"
            ),
        ),
        (
            "          good:\n            dataSourceRef: my-prometheus\n",
            "          good:\n            dataSourceRef: thanos\n",
            (
                "16:13: spec.sli.spec.ratioMetric.good.dataSourceRef: there is no DataSource "
                "called 'thanos', expected my-prometheus"
            ),
        ),
        (
            "duration: 1w",
            "duration: 1M",
            (
                "22:9: spec.timeWindow.0.duration: “1M” is not a length of time, "
                "expected a whole number and one of m (minutes), h, d, w, like 28d"
            ),
        ),
        (
            "duration: 1w",
            "duration: 1m",
            (
                "22:9: spec.timeWindow.0.duration: 1m is minutes, and a calendar has none, "
                "expected one of d and w"
            ),
        ),
        (
            "duration: 1w",
            "duration: 8h",
            (
                "22:9: spec.timeWindow.0.duration: 8h is hours, and a calendar has none, "
                "expected one of d and w"
            ),
        ),
        (
            "displayName: Good\n",
            "displayName: Good\n        op: gt\n",
            "30:9: warning: spec.objectives.0.op: op belongs to a threshold indicator",
        ),
        (
            "    sli:\n",
            "    sliRef: other\n    sli:\n",
            "6:3: spec: exactly one of sli and sliRef is needed",
        ),
        (
            "        target: 0.995\n",
            "        target: 0.995\n        sliRef: annotator-throughput\n",
            "9:5: spec.sli: a composite has no sli of its own: each of its objectives has one",
        ),
    ],
)
def test_faults_are_told_in_its_own_names_and_where_they_stand(
    tmp_path: Path, before: str, after: str, expected: str
) -> None:
    assert before in SLO

    _, found = read(tmp_path, SLO.replace(before, after), KINDS)

    assert f"slos/0.yaml:{expected}" in [str(one) for one in found]


def test_a_kind_that_is_wrong_is_told_too(tmp_path: Path) -> None:
    found = problems(tmp_path, KINDS.replace("op: gt", "op: lte"))

    (fault,) = found
    what = "lte would alert while the burn rate is low; it is read as gt"
    assert fault == f"slos/0.yaml:10:33: warning: spec.condition.op: {what}, expected gt or gte"


@pytest.mark.parametrize("text", [SLO + KINDS, JOURNEY + "---\n" + PAYMENTS, WITH_SLICES])
@settings(max_examples=40)
@given(data=st.data())
def test_anything_may_stand_anywhere(
    tmp_path_factory: pytest.TempPathFactory, text: str, data: st.DataObject
) -> None:
    documents = list(yaml.safe_load_all(text))
    where = data.draw(st.sampled_from([one for one in places(documents) if len(one) > 1]))
    node: Any = documents
    for step in where[:-1]:
        node = node[step]
    node[where[-1]] = data.draw(ODD)

    objectives, found = read(tmp_path_factory.mktemp("odd"), yaml.safe_dump_all(documents))

    assert objectives or found
    for one in objectives:
        assert len(one.series) <= 160
