"""Alert policies in OpenSLO files: what they ask for, and what of it can never be."""

import re
from datetime import timedelta
from fractions import Fraction
from pathlib import Path

import pytest

from incidents.catalog.openslo import read_objectives
from incidents.errors import Problem
from incidents.model.alerting import Condition
from incidents.model.burn import Loudness, rules_of
from incidents.model.objective import Objective

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SLO = """\
apiVersion: openslo/v1
kind: SLO
metadata: {name: checkout-availability, annotations: {}}
spec:
  service: checkout
  indicator:
    metadata: {name: requests}
    spec:
      ratioMetric:
        good: {metricSource: {spec: {query: good}}}
        total: {metricSource: {spec: {query: total}}}
  timeWindow: [{duration: 28d, isRolling: true}]
  budgetingMethod: Occurrences
  objectives: [{target: 0.999}]
  alertPolicies:
    - kind: AlertPolicy
      metadata: {name: fast}
      spec:
        alertWhenBreaching: true
        conditions:
          - kind: AlertCondition
            metadata: {name: burns-fast, annotations: {}}
            spec:
              severity: page
              condition:
                kind: burnrate
                op: gt
                threshold: 14.4
                lookbackWindow: 1h
                alertAfter: 0m
    - slow
---
apiVersion: openslo/v1
kind: AlertPolicy
metadata: {name: slow}
spec: {alertWhenResolved: true, alertWhenNoData: true, conditions: [{conditionRef: burns-slowly}]}
---
apiVersion: openslo/v1
kind: AlertCondition
metadata: {name: burns-slowly}
spec:
  severity: ticket
  condition: {kind: burnrate, op: gte, threshold: 1.1, lookbackWindow: 3d, alertAfter: 15m}
"""


def read(tmp_path: Path, text: str = SLO) -> tuple[tuple[Objective, ...], tuple[Problem, ...]]:
    (tmp_path / "slos").mkdir(exist_ok=True)
    (tmp_path / "slos" / "a.yaml").write_text(text)
    return read_objectives(tmp_path / "slos")


def test_the_policies_of_an_slo_are_its_rules(tmp_path: Path) -> None:
    (objective,), found = read(tmp_path)

    assert found == ()
    assert objective.alerting is not None
    assert objective.alerting.conditions == (
        Condition(Fraction("14.4"), HOUR, 5 * MINUTE, is_page=True),
        Condition(
            Fraction("1.1"), 3 * DAY, 6 * HOUR, is_page=False, at_rate=True, after=15 * MINUTE
        ),
    )
    assert (objective.alerting.when_no_data, objective.alerting.when_resolved) == (True, True)
    page, ticket = rules_of(objective).apply
    assert (page.loudness, ticket.loudness) == (Loudness.PAGE, Loudness.TICKET)
    assert (page.at_rate, ticket.at_rate) == (False, True)


def test_a_definition_with_other_rules_is_the_same_promise(tmp_path: Path) -> None:
    (before,), _ = read(tmp_path)
    (after,), _ = read(tmp_path, SLO.replace("14.4", "10"))

    assert before.generation == after.generation


@pytest.mark.parametrize(
    ("long", "short"),
    [("5m", "5m"), ("20m", "5m"), ("2h", "10m"), ("1d", "2h"), ("7d", "14h"), ("100h", "9h")],
)
def test_the_short_window_is_a_twelfth_in_whole_buckets(
    tmp_path: Path, long: str, short: str
) -> None:
    written = SLO.replace("lookbackWindow: 1h", f"lookbackWindow: {long}")
    same = written.replace(
        "burns-fast, annotations: {}",
        f"burns-fast, annotations: {{warroom.dev/short-window: {short}}}",
    )

    assert read(tmp_path, written)[0] == read(tmp_path, same)[0]
    assert read(tmp_path, same)[1] == ()


def test_a_policy_that_does_not_want_burns_has_no_rule_and_says_so(tmp_path: Path) -> None:
    (objective,), found = read(
        tmp_path, SLO.replace("alertWhenBreaching: true", "alertWhenBreaching: false")
    )

    assert [str(one) for one in found] == [
        (
            "slos/a.yaml:19:9: warning: spec.alertPolicies.0.spec.alertWhenBreaching: "
            "this policy never alerts on a burn, expected true"
        )
    ]
    assert [rule.loudness for rule in rules_of(objective).apply] == [Loudness.TICKET]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (
            "target: 0.999",
            "target: 0.9",
            (
                "28:17: a burn rate of 14.4 can never fire: at a target of 90 % the fastest burn "
                "is 10, expected less than 10"
            ),
        ),
        (
            "threshold: 14.4",
            "threshold: 1000",
            (
                "28:17: a burn rate of 1000 can never fire: at a target of 99.9 % the fastest burn "
                "is 1000, expected less than 1000"
            ),
        ),
        (
            "threshold: 1.1",
            "threshold: 2000",
            (
                "31:7: a burn rate of 2000 can never fire: at a target of 99.9 % the fastest burn "
                "is 1000, expected less than 1000"
            ),
        ),
        (
            "op: gt\n",
            "op: lte\n",
            (
                "27:17: warning: lte would alert while the burn rate is low; it is read as gt, "
                "expected gt or gte"
            ),
        ),
        (
            "threshold: 1.1",
            "threshold: 0.9333",
            ("43:40: warning: a burn rate of 0.9333 alerts on a kept promise, expected 1 or more"),
        ),
        (
            "lookbackWindow: 1h",
            "lookbackWindow: 4m",
            "29:17: a window is at least 5 minutes, expected one like 1h, 6h or 3d",
        ),
        (
            "lookbackWindow: 1h",
            "lookbackWindow: 367m",
            ("29:17: a window up to 3 d is a multiple of 5min, expected one like 1h, 6h or 3d"),
        ),
        (
            "lookbackWindow: 1h",
            "lookbackWindow: 30d",
            "29:17: a lookback of 30 d is longer than the window, 28 d",
        ),
        (
            "threshold: 14.4",
            "threshold: 0",
            "28:17: any failure at all burns faster, expected more than 0",
        ),
        (
            "severity: page",
            "severity: loud",
            "24:15: “loud” is neither a page nor a ticket, expected page or ticket",
        ),
        (
            "alertAfter: 15m",
            "alertAfter: 2d",
            "43:76: nobody hears of it for more than a day, expected 1d or less",
        ),
        (
            "burns-fast, annotations: {}",
            "burns-fast, annotations: {warroom.dev/short-window: 2h}",
            "22:56: the short window is longer than the 1 h it goes with",
        ),
        (
            "burns-fast, annotations: {}",
            "burns-fast, annotations: {warroom.dev/shrot: 2h}",
            "22:56: warroom.dev/shrot is not known, expected warroom.dev/short-window",
        ),
    ],
)
def test_what_can_never_be_or_is_hardly_meant_is_told_where_it_stands(
    tmp_path: Path, before: str, after: str, expected: str
) -> None:
    assert before in SLO

    _, found = read(tmp_path, SLO.replace(before, after, 1))

    said = [re.sub(r": (warning: )?(spec|metadata)[^ ]*: ", r": \1", str(one)) for one in found]
    assert f"slos/a.yaml:{expected}" in said


def test_exactly_the_fastest_burn_may_be_asked_for(tmp_path: Path) -> None:
    """``gte`` fires at the rate itself, so that everything failing is found."""
    (objective,), found = read(
        tmp_path, SLO.replace("op: gt\n", "op: gte\n").replace("14.4", "1000")
    )

    assert found == ()
    assert rules_of(objective).refused == ()


@pytest.mark.parametrize(
    ("notes", "expected"),
    [
        ("warroom.dev/stage: alpha", "“alpha” is not a stage of a service's life, expected beta"),
        ("warroom.dev/stage: beta, warroom.dev/target.beta: 120", "“120” is not a target in perce"),
        ("warroom.dev/target.beta: 99", "no stage is named, so this target holds for nothing"),
        ("warroom.dev/target.bta: 99", "warroom.dev/target.bta is not known, expected"),
        ("warroom.dev/owner: The Shop", "“The Shop” is not the name of a team or a person"),
        ("warroom.dev/region: EU West", "“EU West” is not the name of a region"),
        ("warroom.dev/tier: 5", "5 is not a tier, expected 1, 2, 3 or 4"),
        ("warroom.dev/seasonal-guard: yes", "“yes” is neither on nor off, expected on or off"),
        (
            "warroom.dev/sli: guessed",
            "guessed” is not how an SLI is measured, expected synthetic or real",
        ),
        ("warroom.dev/policy: Nobody Knows", "“Nobody Knows” is not the name of a policy"),
    ],
)
def test_annotations_are_checked_where_they_stand(
    tmp_path: Path, notes: str, expected: str
) -> None:
    objectives, found = read(
        tmp_path,
        SLO.replace("availability, annotations: {", f"availability, annotations: {{{notes}"),
    )

    assert objectives == ()
    assert any(str(one).startswith("slos/a.yaml:3:") and expected in str(one) for one in found)


def test_a_stage_has_a_target_of_its_own_and_is_another_promise(tmp_path: Path) -> None:
    said = "availability, annotations: {warroom.dev/stage: %s, warroom.dev/target.beta: 99.5"
    text = SLO.replace("availability, annotations: {", said)

    (plain,), _ = read(tmp_path)
    (beta,), found = read(tmp_path, text % "beta")
    (ga,), _ = read(tmp_path, text % "ga")

    assert found == ()
    assert (beta.target, ga.target) == (Fraction("0.995"), Fraction("0.999"))
    assert len({plain.generation, beta.generation, ga.generation}) == 3
    assert beta.slo == ga.slo
