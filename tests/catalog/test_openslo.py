"""OpenSLO files become objectives; what is wrong is reported where it stands."""

from datetime import timedelta
from fractions import Fraction
from pathlib import Path
from textwrap import dedent

import pytest

from incidents.catalog.openslo import read_objectives
from incidents.catalog.openslo_time import duration
from incidents.errors import Problem
from incidents.model.objective import Objective, SLIKind

GOOD = """\
apiVersion: openslo/v1
kind: SLO
metadata:
  name: checkout-availability
  displayName: Checkout works
  annotations:
    warroom.dev/tier: 1
    warroom.dev/min-failures: "20"
    example.com/board: d/abc
spec:
  description: Orders that are placed without an error.
  service: checkout
  indicator:
    metadata:
      name: checkout-requests
    spec:
      ratioMetric:
        counter: true
        good:
          metricSource:
            type: Prometheus
            spec:
              query: sum(http_requests_total{code!~"5.."})
        total:
          metricSource:
            type: Prometheus
            spec:
              query: sum(http_requests_total)
  timeWindow:
    - duration: 28d
      isRolling: true
  budgetingMethod: Occurrences
  objectives:
    - displayName: Placed
      target: 0.999
"""


def read(tmp_path: Path, *texts: str) -> tuple[tuple[Objective, ...], tuple[Problem, ...]]:
    folder = tmp_path / "slos"
    folder.mkdir(exist_ok=True)
    for number, text in enumerate(texts):
        (folder / f"{number}.yaml").write_text(text)
    return read_objectives(folder)


def problems(tmp_path: Path, *texts: str) -> list[str]:
    objectives, found = read(tmp_path, *texts)
    assert found
    assert not objectives
    return [str(problem) for problem in found]


def test_a_ratio_slo_becomes_an_objective(tmp_path: Path) -> None:
    (objective,), found = read(tmp_path, GOOD)

    assert found == ()
    assert objective.slo == "checkout/availability"
    assert objective.service == "checkout"
    assert objective.target == Fraction(999, 1000)
    assert objective.window == timedelta(days=28)
    assert objective.title == "Checkout works"
    assert objective.kind is SLIKind.RATIO
    assert (objective.tier, objective.min_failures) == (1, 20)
    assert objective.annotations["example.com/board"] == "d/abc"


def test_a_name_without_the_service_in_it_gives_the_same_objective(tmp_path: Path) -> None:
    text = GOOD.replace("name: checkout-availability", "name: availability")

    (objective,), _ = read(tmp_path, text)

    assert objective.slo == "checkout/availability"


@pytest.mark.parametrize(
    ("written", "target"),
    [
        ("target: 0.999", Fraction(999, 1000)),
        ("targetPercent: 99.95", Fraction(9995, 10000)),
        ("targetPercent: 99", Fraction(99, 100)),
        ("target: 0.99999", Fraction(99999, 100000)),
    ],
)
def test_targets_are_exactly_what_is_written(
    tmp_path: Path, written: str, target: Fraction
) -> None:
    (objective,), _ = read(tmp_path, GOOD.replace("target: 0.999", written))

    assert objective.target == target


@pytest.mark.parametrize(
    ("written", "length"),
    [("4w", 28), ("1M", 30), ("1Q", 90), ("1Y", 365), ("28d", 28), ("168h", 7), ("10080m", 7)],
)
def test_the_shorthand_of_rolling_windows(tmp_path: Path, written: str, length: int) -> None:
    (objective,), _ = read(tmp_path, GOOD.replace("28d", written))

    assert objective.window == timedelta(days=length)


@pytest.mark.parametrize("written", ["0d", "28", "d", "-1d", "1.5h", "1s", "28 d"])
def test_what_is_no_duration_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="is not a number and one of"):
        duration(written)


def test_several_objectives_of_one_slo_get_names_of_their_own(tmp_path: Path) -> None:
    more = "    - targetPercent: 99.5\n"

    objectives, found = read(tmp_path, GOOD + more)

    assert found == ()
    assert [objective.slo for objective in objectives] == [
        "checkout/availability-99.5",
        "checkout/availability-placed",
    ]


THRESHOLD = dedent("""\
    apiVersion: openslo/v1
    kind: SLI
    metadata: {name: search-speed}
    spec:
      thresholdMetric:
        metricSource: {metricSourceRef: prom, spec: {query: latency}}
    ---
    apiVersion: openslo/v1
    kind: DataSource
    metadata: {name: prom}
    spec: {type: Prometheus, connectionDetails: {url: http://prometheus.example}}
    ---
    apiVersion: openslo/v1
    kind: Service
    metadata: {name: search}
    spec: {description: Finds things.}
    ---
    apiVersion: openslo/v1
    kind: SLO
    metadata: {name: latency}
    spec:
      service: search
      indicatorRef: search-speed
      timeWindow: [{duration: 1w, isRolling: true}]
      budgetingMethod: Occurrences
      objectives: [{op: lte, value: 0.3, target: 0.99}]
      alertPolicies: [fast, {alertPolicyRef: fast}]
    ---
    apiVersion: openslo/v1
    kind: AlertPolicy
    metadata: {name: fast}
    spec:
      conditions: [{conditionRef: burns}]
      notificationTargets: [{targetRef: team}]
    ---
    apiVersion: openslo/v1
    kind: AlertCondition
    metadata: {name: burns}
    spec:
      severity: page
      condition: {kind: burnrate, op: gt, threshold: 2, lookbackWindow: 1h, alertAfter: 5m}
    ---
    apiVersion: openslo/v1
    kind: AlertNotificationTarget
    metadata: {name: team}
    spec: {target: slack}
    """)


UNHEEDED = "notification targets have no effect: whoever is on call for the service hears"
QUIET = THRESHOLD.replace("  alertPolicies: [fast, {alertPolicyRef: fast}]\n", "")


def test_a_threshold_slo_by_reference_with_every_other_kind_beside_it(tmp_path: Path) -> None:
    (objective,), found = read(tmp_path, THRESHOLD)

    assert [str(one) for one in found] == [
        f"slos/0.yaml:27:{column}: warning: spec.alertPolicies.{place}: {UNHEEDED}"
        for place, column in enumerate((19, 25))
    ]
    assert objective.slo == "search/latency"
    assert objective.kind is SLIKind.THRESHOLD
    assert '"lte",0.3' in objective.indicator


def test_an_indicator_in_another_file_is_found(tmp_path: Path) -> None:
    first, rest = QUIET.split("---\n", 1)

    (objective,), found = read(tmp_path, rest, first)

    assert found == ()
    assert objective.slo == "search/latency"


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (
            "apiVersion: openslo/v1",
            "apiVersion: openslo/v2alpha",
            (
                "slos/0.yaml:1:1: apiVersion: 'openslo/v2alpha' is not known, "
                "expected openslo/v1 or openslo.com/v2alpha"
            ),
        ),
        (
            "kind: SLO",
            "kind: Slo",
            (
                "slos/0.yaml:2:1: kind: 'Slo' is not known, expected SLO or SLI or Service or "
                "DataSource or AlertPolicy or AlertCondition or AlertNotificationTarget"
            ),
        ),
        (
            "isRolling: true",
            "isRolling: false",
            (
                "slos/0.yaml:30:7: spec.timeWindow.0: the window is neither rolling nor has it "
                "a calendar, "
                "expected isRolling: true"
            ),
        ),
        (
            "duration: 28d",
            "duration: 1m",
            (
                "slos/0.yaml:30:7: spec.timeWindow.0.duration: 1m: a window is at least 5 minutes, "
                "expected 1M, if months are meant"
            ),
        ),
        (
            "duration: 28d",
            "duration: 3Y",
            "slos/0.yaml:30:7: spec.timeWindow.0.duration: 3Y is too long, expected at most 1Y",
        ),
        (
            "warroom.dev/tier: 1",
            "warroom.dev/tier: gold",
            (
                "slos/0.yaml:7:5: metadata.annotations.warroom.dev/tier: gold is not a tier, "
                "expected 1, 2, 3 or 4"
            ),
        ),
        (
            'min-failures: "20"',
            "min-failures: few",
            (
                "slos/0.yaml:8:5: metadata.annotations.warroom.dev/min-failures: few is not a "
                "number of failures, expected 0 or more"
            ),
        ),
        (
            "warroom.dev/tier",
            "warroom.dev/teir",
            (
                "slos/0.yaml:7:5: metadata.annotations.warroom.dev/teir: warroom.dev/teir is "
                "not known, expected warroom.dev/tier, perhaps"
            ),
        ),
        (
            "target: 0.999",
            "target: 0.999\n      op: lte",
            "slos/0.yaml:36:7: warning: spec.objectives.0.op: op belongs to a threshold indicator",
        ),
        (
            "target: 0.999",
            "target: 0.999\n      timeSliceTarget: 0.9",
            (
                "slos/0.yaml:36:7: spec.objectives.0.timeSliceTarget: timeSliceTarget belongs "
                "to time slices, not to Occurrences"
            ),
        ),
        (
            "target: 0.999",
            "target: 0.999\n      compositeWeight: 2",
            (
                "slos/0.yaml:36:7: spec.objectives.0.compositeWeight: compositeWeight belongs to "
                "composites: objectives with indicators of their own"
            ),
        ),
        (
            "  timeWindow:",
            "  alertPolicies: [loud]\n  timeWindow:",
            (
                "slos/0.yaml:29:19: spec.alertPolicies.0: there is no AlertPolicy called 'loud', "
                "expected a document of kind AlertPolicy"
            ),
        ),
    ],
)
def test_what_we_cannot_count_is_refused_where_it_stands(
    tmp_path: Path, before: str, after: str, expected: str
) -> None:
    assert before in GOOD
    objectives, found = read(tmp_path, GOOD.replace(before, after))

    assert expected in [str(problem) for problem in found]
    assert len(objectives) == ("warning" in expected or "alertPolicies" in after)


@pytest.mark.parametrize(
    ("before", "after", "place"),
    [
        ("target: 0.999", "target: 1", "slos/0.yaml:35:7: spec.objectives.0.target:"),
        ("target: 0.999", "targetPercent: 100", "slos/0.yaml:35:7: "),
        ("target: 0.999", "tagret: 0.999", "slos/0.yaml:35:7: spec.objectives.0.tagret:"),
        ("target: 0.999", "value: 3", "slos/0.yaml:34:7: spec.objectives.0:"),
        ("name: checkout-availability", "name: Checkout", "slos/0.yaml:4:3: metadata.name:"),
        ("        good:", "        raw:", "slos/0.yaml:17:7: spec.indicator.spec.ratioMetric:"),
        ("28d", "28 days", "slos/0.yaml:30:7: spec.timeWindow.0.duration:"),
    ],
)
def test_what_the_specification_forbids_is_found_where_it_stands(
    tmp_path: Path, before: str, after: str, place: str
) -> None:
    found = problems(tmp_path, GOOD.replace(before, after))

    assert any(problem.startswith(place) for problem in found), found


def test_an_alert_that_is_upside_down_is_pointed_out(tmp_path: Path) -> None:
    _, (problem,) = read(tmp_path, QUIET.replace("op: gt", "op: lte"))

    what = "lte would alert while the burn rate is low; it is read as gt"
    assert problem.what == f"spec.condition.op: {what}"
    assert (problem.expected, problem.is_warning) == ("gt or gte", True)


def test_a_threshold_needs_its_value(tmp_path: Path) -> None:
    _, (problem,) = read(tmp_path, QUIET.replace("op: lte, value: 0.3, ", "op: lte, "))

    assert problem.what == "spec.objectives.0.value: a threshold indicator needs it"


@pytest.mark.parametrize("kind", ["SLI", "DataSource", "AlertCondition", "AlertNotificationTarget"])
def test_a_name_that_leads_nowhere_is_found(tmp_path: Path, kind: str) -> None:
    kept = [text for text in THRESHOLD.split("---\n") if f"kind: {kind}\n" not in text]

    _, found = read(tmp_path, "---\n".join(kept))

    assert any(f": there is no {kind} called" in problem.what for problem in found)


def test_several_slos_may_promise_different_things_of_one_indicator(tmp_path: Path) -> None:
    slo = QUIET.split("---\n")[3]
    other = slo.replace("name: latency", "name: speed").replace(
        "0.3, target: 0.99", "1, target: 0.9"
    )

    objectives, found = read(tmp_path, QUIET, other)

    assert found == ()
    assert [(one.slo, one.target) for one in objectives] == [
        ("search/latency", Fraction(99, 100)),
        ("search/speed", Fraction(9, 10)),
    ]


def test_several_documents_may_stand_in_one_list(tmp_path: Path) -> None:
    items = [
        "- " + "\n  ".join(text.strip().splitlines())
        for text in (GOOD, THRESHOLD.split("---\n")[2])
    ]

    (objective,), found = read(tmp_path, "\n".join(items))

    assert found == ()
    assert objective.slo == "checkout/availability"


def test_what_stands_in_a_list_and_is_no_document_is_found(tmp_path: Path) -> None:
    assert problems(tmp_path, "- words\n") == [
        "slos/0.yaml:1:1: the document is a text, expected a mapping of keys to values"
    ]


def test_a_key_with_nothing_behind_it_is_not_there(tmp_path: Path) -> None:
    (objective,), found = read(tmp_path, GOOD + "  alertPolicies:  # later\n")

    assert found == ()
    assert objective.slo == "checkout/availability"


def test_what_only_documents_refer_to_may_have_capital_letters(tmp_path: Path) -> None:
    text = QUIET.replace("name: team", "name: OnCall_Team").replace(
        "targetRef: team", "targetRef: OnCall_Team"
    )

    assert read(tmp_path, text)[1] == ()


WRONG = [
    ("kind: burnrate, ", "", []),
    ("threshold: 2", "threshold: two", ["condition.threshold: “two” is not a number"]),
    ("lookbackWindow: 1h", "lookbackWindow: 1s", ["lookbackWindow: “1s” is not a length"]),
    ("severity: page", "severty: page", ["spec.severity: this key is missing", "severty"]),
    ("{conditionRef: burns}", "burns", ["spec.conditions.0: Input should be a valid dictionary"]),
    ("{conditionRef: burns}", "{conditonRef: burns}", ["conditions.0.conditonRef: this key is"]),
    ("{targetRef: team}", "{targetRef: 3}", ["notificationTargets.0.targetRef: Input should be"]),
    ("metadata: {name: search}", "metadata: {name: Sea}", ["metadata.name: “Sea” is not a name"]),
    ("metadata: {name: prom}", "metadata: {name: -}", ["metadata.name: “-” is not a name"]),
    ("{name: team}", "{name: team, labels: {a: 1}}", ["metadata.labels.a: “1” is not text"]),
    ("spec: {type: Prometheus,", "spec: {typ: Prometheus,", ["spec.type: this key is missing"]),
    ("spec: {target: slack}", "spec: {}", ["spec.target: this key is missing"]),
]  # fmt: skip


@pytest.mark.parametrize(("before", "after", "expected"), WRONG)
def test_faults_of_every_kind_are_named_by_their_path(
    tmp_path: Path, before: str, after: str, expected: list[str]
) -> None:
    assert before in QUIET

    said = [one.what for one in read(tmp_path, QUIET.replace(before, after))[1]]

    assert [one for one in expected if not any(one in what for what in said)] == []
    assert bool(said) is bool(expected)


def test_the_same_promise_twice_is_found(tmp_path: Path) -> None:
    again = GOOD.replace("name: checkout-availability", "name: availability")

    objectives, (problem,) = read(tmp_path, GOOD, again)

    assert len(objectives) == 1
    assert (
        str(problem)
        == "slos/1.yaml:34:7: spec.objectives.0: checkout/availability is promised already"
    )


def test_two_documents_of_one_name_are_found(tmp_path: Path) -> None:
    _, found = read(tmp_path, THRESHOLD + "---\n" + THRESHOLD.split("---\n")[0])

    what = "metadata.name: there is another SLI called search-speed"
    assert what in [problem.what for problem in found]


def test_all_problems_of_all_files_are_reported_together(tmp_path: Path) -> None:
    found = problems(
        tmp_path,
        GOOD.replace("target: 0.999", "target: 2"),
        "{",
        "kind: SLO",
        "- a list",
    )

    assert {problem.split(":")[0] for problem in found} == {
        "slos/0.yaml",
        "slos/1.yaml",
        "slos/2.yaml",
        "slos/3.yaml",
    }


def test_a_bad_file_does_not_hide_a_good_one(tmp_path: Path) -> None:
    objectives, found = read(tmp_path, GOOD, "{")

    assert len(objectives) == len(found) == 1


def test_a_folder_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    assert read_objectives(tmp_path / "slos") == ((), ())


def test_single_files_can_be_read_too(tmp_path: Path) -> None:
    file = tmp_path / "one.yaml"
    file.write_text(GOOD)

    assert len(read_objectives(file)[0]) == 1
    assert len(read_objectives([file])[0]) == 1


def test_a_file_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    _, (problem,) = read_objectives([tmp_path / "gone.yaml"])

    assert problem.what == "the file cannot be read: No such file or directory"
