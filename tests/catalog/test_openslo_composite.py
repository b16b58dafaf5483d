"""Composites in OpenSLO files: each objective has an indicator, and all are part of one promise."""

from fractions import Fraction
from pathlib import Path

import pytest

from incidents.model.objective import Part, SLOName
from tests.catalog.test_openslo import problems, read

JOURNEY = """\
apiVersion: openslo/v1
kind: SLO
metadata:
  name: checkout-journey
  displayName: From cart to receipt
spec:
  service: checkout
  timeWindow:
    - duration: 28d
      isRolling: true
  budgetingMethod: Occurrences
  objectives:
    - displayName: Pay
      target: 0.999
      indicatorRef: payments
      compositeWeight: 2.5
    - target: 0.99
      indicator:
        metadata:
          name: Receipts
        spec:
          thresholdMetric:
            metricSource: {spec: {query: seconds}}
      op: lte
      value: 3
"""
PAYMENTS = """\
apiVersion: openslo/v1
kind: SLI
metadata: {name: payments}
spec:
  ratioMetric:
    counter: true
    good: {metricSource: {spec: {query: good}}}
    total: {metricSource: {spec: {query: all}}}
"""


def test_each_objective_is_a_promise_and_part_of_the_whole(tmp_path: Path) -> None:
    objectives, found = read(tmp_path, JOURNEY, PAYMENTS)

    assert found == ()
    whole = SLOName("checkout/journey")
    assert [(one.slo, one.target, one.part_of) for one in objectives] == [
        (
            "checkout/journey-pay",
            Fraction("0.999"),
            Part(whole, "From cart to receipt", Fraction("2.5")),
        ),
        (
            "checkout/journey-receipts",
            Fraction("0.99"),
            Part(whole, "From cart to receipt", Fraction(1)),
        ),
    ]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (
            "  service: checkout\n",
            "  service: checkout\n  indicatorRef: payments\n",
            (
                "8:3: spec.indicatorRef: a composite has no indicatorRef of its own: each of "
                "its objectives has one"
            ),
        ),
        (
            "      indicatorRef: payments\n",
            "",
            (
                "13:7: spec.objectives.0: each objective of a composite needs exactly one of "
                "indicator and indicatorRef"
            ),
        ),
        (
            "indicatorRef: payments",
            "indicatorRef: payment",
            (
                "15:7: spec.objectives.0.indicatorRef: there is no SLI called 'payment', "
                "expected payments"
            ),
        ),
        (
            "indicatorRef: payments",
            "indicatorRef: ''",
            "15:7: spec.objectives.0.indicatorRef: there is no SLI called '', expected payments",
        ),
        ("      op: lte\n", "", "17:7: spec.objectives.1.op: a threshold indicator needs it"),
        (
            "compositeWeight: 2.5",
            "compositeWeight: 0",
            "16:7: spec.objectives.0.compositeWeight: Input should be greater than 0",
        ),
    ],
)
def test_what_a_composite_cannot_say_is_told_where_it_stands(
    tmp_path: Path, before: str, after: str, expected: str
) -> None:
    assert before in JOURNEY

    assert problems(tmp_path, JOURNEY.replace(before, after), PAYMENTS) == [
        f"slos/0.yaml:{expected}"
    ]


def test_slices_of_a_composite_are_refused_in_words(tmp_path: Path) -> None:
    text = JOURNEY.replace("Occurrences", "Timeslices").replace(
        "      target: 0.999\n",
        "      target: 0.999\n      timeSliceTarget: 0.9\n      timeSliceWindow: 1m\n",
    )
    text = text.replace(
        "    - target: 0.99\n",
        "    - target: 0.99\n      timeSliceTarget: 0.9\n      timeSliceWindow: 1m\n",
    )

    (problem,) = problems(tmp_path, text, PAYMENTS)

    assert problem.startswith("slos/0.yaml:11:3: spec.budgetingMethod: a composite of Timeslices")
    assert problem.endswith("expected Occurrences or RatioTimeslices")
