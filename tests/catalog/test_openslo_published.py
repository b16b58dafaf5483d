"""What the OpenSLO project publishes: each kind of example file, and each rule of its reader.

The specification (github.com/OpenSLO/OpenSLO, ``examples/``) and its reader (OpenSLO/go-sdk,
``pkg/openslo/*/examples``, ``pkg/openslosdk/test_data`` and the rules in ``*_test.go``) are read as
they stand, or refused with the path that is at fault. The documents here are our own, with what is
special about theirs; `slo-files.md` lists what we decide otherwise.
"""

from pathlib import Path

import pytest

from tests.catalog.test_openslo import read

RATIO = (
    "{metadata: {name: answered}, spec: {ratioMetric: {counter: true, "
    "good: {metricSource: {type: Any, spec: {query: Any}}}, "
    "total: {metricSource: {type: Any, spec: {query: Any}}}}}}"
)
VALUE = (
    "{metadata: {name: speed}, spec: {thresholdMetric: "
    "{metricSource: {type: Any, spec: {query: Any}}}}}"
)
ROLLING = "{duration: 2w, isRolling: true}"
WEEKLY = (
    "{duration: 1w, isRolling: false, "
    "calendar: {startTime: 2022-01-01 12:00:00, timeZone: America/New_York}}"
)


def slo(
    *,
    objectives: str,
    indicator: str = f"indicator: {RATIO}",
    window: str = ROLLING,
    method: str = "Occurrences",
    more: str = "",
    name: str = "front-page",
) -> str:
    return (
        f"apiVersion: openslo/v1\nkind: SLO\nmetadata: {{name: {name}}}\nspec:\n  service: shop\n"
        f"  {indicator}\n  timeWindow: [{window}]\n  budgetingMethod: {method}\n"
        f"  objectives: {objectives}\n{more}"
    )


def other(kind: str, name: str, spec: str, version: str = "openslo/v1") -> str:
    return f"apiVersion: {version}\nkind: {kind}\nmetadata: {{name: {name}}}\nspec: {spec}\n"


MINUTES = "target: 0.995, timeSliceTarget: 0.99, timeSliceWindow: 1m"
NEEDS = "spec.indicator.spec.thresholdMetric.metricSource.metricSourceRef: there is no DataSource"
BURNS = "{severity: page, condition: {kind: burnrate, op: OP, threshold: 2, lookbackWindow: 1h}}"
LATER = BURNS.replace("1h}", "1h, alertAfter: 5m}")
NO_EFFECT = "op belongs to a threshold indicator"

EXAMPLES = [
    pytest.param(
        slo(indicator=f"indicator: {VALUE}", objectives="[{op: lt, value: 500, target: 0.99}]")
        + "  alertPolicies:\n",
        1,
        (),
        id="examples/budgeting-method/occurences-slo: a key with nothing behind it",
    ),
    pytest.param(
        slo(method="RatioTimeslices", objectives="[{op: gt, timeSliceWindow: 1m, target: 0.99}]"),
        1,
        (f"warning: spec.objectives.0.op: {NO_EFFECT}",),
        id="examples/budgeting-method/ratio-timeslices: op without a value",
    ),
    pytest.param(
        slo(
            method="Timeslices",
            window=WEEKLY.replace("1w", "1m"),
            objectives=f"[{{op: gt, {MINUTES}}}, {{displayName: SLA, {MINUTES}}}]",
        ),
        0,
        (
            "spec.timeWindow.0.duration: 1m is minutes, and a calendar has none, expected 1M",
            f"warning: spec.objectives.0.op: {NO_EFFECT}",
        ),
        id="examples/budgeting-method/timeslices-slo: a minute where a month is meant",
    ),
    pytest.param(
        slo(method="Timeslices", window=WEEKLY, objectives=f"[{{op: gt, {MINUTES}}}]"),
        1,
        (f"warning: spec.objectives.0.op: {NO_EFFECT}",),
        id="examples/treat-low-traffic…/timeslices-slo, v1/examples/slos: a week on a calendar",
    ),
    pytest.param(
        other("AlertCondition", "busy", BURNS.replace("OP", "lte")),
        0,
        (
            (
                "warning: spec.condition.op: lte would alert while the burn rate is low; "
                "it is read as gt, expected gt or gte"
            ),
        ),
        id="v1/examples/alert_conditions: upside down",
    ),
    pytest.param(
        other("AlertPolicy", "low", "{conditions: [{conditionRef: busy}], "
              "notificationTargets: [{targetRef: mail}]}"),
        0,
        (
            "spec.conditions.0.conditionRef: there is no AlertCondition called 'busy'",
            "spec.notificationTargets.0.targetRef: there is no AlertNotificationTarget called",
        ),
        id="v1/examples/alert_policies: refers to what other files hold",
    ),
    pytest.param(
        other("AlertPolicy", "low", "{conditions: [{conditionRef: busy}], "
              "notificationTargets: [{targetRef: mail}]}")
        + "---\n" + other("AlertCondition", "busy", BURNS.replace("OP", "gt"))
        + "---\n" + other("AlertNotificationTarget", "mail", "{target: mail}"),
        0,
        (),
        id="the same beside those files",
    ),
    pytest.param(
        other("AlertPolicy", "both", "{conditions: [{conditionRef: busy}, {conditionRef: idle}]}"),
        0,
        ("spec.conditions: List should have at most 1 item",),
        id="test_data/inline/inputs/v1_alert_policies: several conditions",
    ),
    pytest.param(
        other("Service", "shop", "{description: Sells.}")
        + "---\n" + other("Service", "shop", "{description: Sells more.}"),
        0,
        ("metadata.name: there is another Service called shop",),
        id="v1/examples/services: four of one name",
    ),
    pytest.param(
        "apiVersion: openslo/v1\nkind: Service\nmetadata: {name: shop, "
        "labels: {env: [dev], team: [a, b]}, annotations: {openslo.com/folder: ./my}}\nspec: {}\n",
        0,
        (),
        id="v1/examples/services: labels with several values",
    ),
    pytest.param(
        other("DataSource", "main", "{type: Prometheus, connectionDetails: [{url: here}]}"),
        0,
        (),
        id="v1/examples/data_sources",
    ),
    pytest.param(
        other("SLI", "shown", "{ratioMetric: {counter: true, rawType: success, "
              "raw: {metricSource: {type: Any, spec: {query: Any}}}}}"),
        0,
        ("spec.ratioMetric: a raw ratio cannot be counted",),
        id="v1/examples/slis: a ratio that is measured as such",
    ),
    pytest.param(
        slo(
            indicator="indicator: " + VALUE.replace("{type:", "{metricSourceRef: main, type:"),
            objectives="[{op: gt, value: 1, target: 0.99}]",
        ),
        1,
        (f"{NEEDS} called 'main'",),
        id="test_data/inline/inputs/v1_slo: a source that other files hold",
    ),
    pytest.param(
        slo(indicator="indicatorRef: nowhere", objectives="[{target: 0.99}]"),
        0,
        ("spec.indicatorRef: there is no SLI called 'nowhere'",),
        id="test_data/inline/inputs/v1_slo_invalid_sli",
    ),
    pytest.param(
        slo(objectives="[{target: 0.99}]", more="  alertPolicies: [{alertPolicyRef: gone}]\n"),
        1,
        ("spec.alertPolicies.0.alertPolicyRef: there is no AlertPolicy called 'gone'",),
        id="test_data/inline/inputs/v1_slo_invalid_policy",
    ),
    pytest.param(
        "- " + other("Service", "shop", "{}").replace("\n", "\n  ") + "\n- "
        + slo(objectives="[{target: 0.99}]").replace("\n", "\n  "),
        1,
        (),
        id="test_data/decode/sequence_of_objects",
    ),
    pytest.param(
        '[{"apiVersion": "openslo/v1", "kind": "Service", '
        '"metadata": {"name": "shop"}, "spec": {"description": "Sells."}}]\n',
        0,
        (),
        id="test_data/decode/sequence_of_objects.json: JSON is YAML",
    ),
    pytest.param(
        "apiVersion: openslo/v1\nkind: SLO\nmetadata: {name: bare}\nspec:\n  service: shop\n"
        f"  indicator: {RATIO}\n  objectives: [{{target: 0.99}}]\n",
        0,
        ("spec.budgetingMethod: this key is missing", "spec.timeWindow: this key is missing"),
        id="the SLO examples of the README, test_data/decode/v1_slos: only a part",
    ),
    pytest.param(
        "apiVersion: openslo/v1\nkind: DataSource | SLO | SLI\nmetadata: {name: string}\nspec:\n",
        0,
        ("kind: 'DataSource | SLO | SLI' is not known, expected SLO or ",),
        id="the schemas of the README, which are no documents",
    ),
    pytest.param(
        other("SLO", "old", "{service: shop}", version="openslo/v1alpha"),
        0,
        ("apiVersion: 'openslo/v1alpha' is not known, expected openslo/v1 or openslo.com/v2alpha",),
        id="v1alpha/examples",
    ),
    pytest.param(
        other(
            "DataSource",
            "cloudWatch-prod",
            "{type: Any, connectionDetails: {}}",
            version="openslo.com/v2alpha",
        ),
        0,
        ("metadata.name: “cloudWatch-prod” is not a name",),
        id="test_data/decode/v2alpha_data_source: a capital letter, against its own rule",
    ),
    pytest.param(
        other("AlertCondition", "busy", LATER.replace("OP", "lte"), version="openslo.com/v2alpha"),
        0,
        ("warning: spec.condition.op: lte would alert while the burn rate is low",),
        id="v2alpha/examples/alert_conditions",
    ),
    pytest.param(
        other(
            "SLI",
            "shown",
            "{thresholdMetric: {dataSourceRef: main, spec: {query: Any}}}",
            version="openslo.com/v2alpha",
        ),
        0,
        ("spec.thresholdMetric.dataSourceRef: there is no DataSource called 'main'",),
        id="v2alpha/examples/slis",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("text", "objectives", "faults"), EXAMPLES)
def test_each_kind_of_published_example_is_read_or_refused_at_the_right_path(
    tmp_path: Path, text: str, objectives: int, faults: tuple[str, ...]
) -> None:
    found, problems = read(tmp_path, text)

    said = [
        f"{'warning: ' * one.is_warning}{one.what}, expected {one.expected}" for one in problems
    ]
    assert len(found) == objectives
    assert [one for one in faults if not any(what.startswith(one) for what in said)] == []
    assert [what for what in said if "notification targets have" not in what][len(faults) :] == []


def judged(tmp_path: Path, text: str, path: str) -> bool:
    """Whether ``text`` is sound; if it is not, ``path`` is where."""
    _, problems = read(tmp_path, text)
    faults = [one.what for one in problems if not one.is_warning]
    assert [what for what in faults if not what.startswith(f"{path}: ")] == []
    return not faults


@pytest.mark.parametrize(
    ("objective", "path", "is_sound"),
    [
        ("target: 0.9999", "", True),
        ("target: 1.0", "target", False),
        ("target: -0.1", "target", False),
        pytest.param("target: 0.0", "target", False, id="theirs takes 0; it promises nothing"),
        ("targetPercent: 0.9999", "", True),
        ("targetPercent: 99.9999", "", True),
        ("targetPercent: 100.0", "targetPercent", False),
        ("targetPercent: -0.1", "targetPercent", False),
        ("displayName: neither", "", False),
        ("target: 0.9, targetPercent: 90", "", False),
        ("target: 0.9, value: 1", "value", False),
        ("target: 0.9, compositeWeight: 2", "compositeWeight", False),
    ],
)
def test_an_objective_of_a_ratio(
    tmp_path: Path, objective: str, path: str, *, is_sound: bool
) -> None:
    where = f"spec.objectives.0.{path}".removesuffix(".")

    assert judged(tmp_path, slo(objectives=f"[{{{objective}}}]"), where) is is_sound


@pytest.mark.parametrize("op", ["gt", "gte", "lt", "lte"])
def test_a_threshold_is_compared_by_one_of_four(tmp_path: Path, op: str) -> None:
    text = slo(indicator=f"indicator: {VALUE}", objectives=f"[{{op: {op}, value: 1, target: 0.9}}]")

    assert judged(tmp_path, text, "")
    assert not judged(tmp_path, text.replace(f"op: {op},", "op: eq,"), "spec.objectives.0.op")
    assert not judged(tmp_path, text.replace(f"op: {op},", ""), "spec.objectives.0.op")
    assert not judged(tmp_path, text.replace("value: 1,", ""), "spec.objectives.0.value")


@pytest.mark.parametrize(("weight", "is_sound"), [("20", True), ("999999999999.9999", True),
                                                  ("0.0", False), ("-2.0", False)])  # fmt: skip
def test_the_weight_of_a_part(tmp_path: Path, weight: str, *, is_sound: bool) -> None:
    part = f"{{displayName: a, target: 0.9, indicator: {RATIO}, compositeWeight: {weight}}}"
    text = slo(indicator="description: A composite.", objectives=f"[{part}]")

    assert judged(tmp_path, text, "spec.objectives.0.compositeWeight") is is_sound


@pytest.mark.parametrize(
    ("method", "given", "path", "is_sound"),
    [
        ("Timeslices", "timeSliceTarget: 0.1, timeSliceWindow: 1m", "", True),
        ("Timeslices", "timeSliceTarget: 1.0, timeSliceWindow: 1m", "", True),
        ("Timeslices", "timeSliceTarget: 0, timeSliceWindow: 1m", "timeSliceTarget", False),
        ("Timeslices", "timeSliceTarget: 1.1, timeSliceWindow: 1m", "timeSliceTarget", False),
        ("Timeslices", "timeSliceWindow: 1m", "timeSliceTarget", False),
        ("Timeslices", "timeSliceTarget: 0.9", "timeSliceWindow", False),
        ("RatioTimeslices", "timeSliceWindow: 1m", "", True),
        ("RatioTimeslices", "displayName: none", "timeSliceWindow", False),
        ("Timeslices", "timeSliceTarget: 0.9, timeSliceWindow: 1x", "timeSliceWindow", False),
    ],
)
def test_what_slices_need(
    tmp_path: Path, method: str, given: str, path: str, *, is_sound: bool
) -> None:
    text = slo(method=method, objectives=f"[{{target: 0.9, {given}}}]")

    assert judged(tmp_path, text, f"spec.objectives.0.{path}") is is_sound


@pytest.mark.parametrize(
    ("before", "after", "path"),
    [
        pytest.param("service: shop", "description: none", "spec.service", id="no service"),
        pytest.param(
            "service: shop", f"service: shop\n  description: {'l' * 1051}", "spec.description",
            id="1051 letters of description",
        ),
        pytest.param("Occurrences", "Guesses", "spec.budgetingMethod", id="another method"),
        pytest.param(f"[{ROLLING}]", "[]", "spec.timeWindow", id="no window"),
        pytest.param(
            f"[{ROLLING}]", f"[{ROLLING}, {ROLLING}]", "spec.timeWindow", id="two windows"
        ),
        pytest.param(
            "duration: 2w, ", "", "spec.timeWindow.0.duration", id="a window without a length"
        ),
        pytest.param("duration: 2w", "duration: -1w", "spec.timeWindow.0.duration", id="negative"),
        pytest.param("duration: 2w", "duration: 1", "spec.timeWindow.0.duration", id="no unit"),
        pytest.param(
            ROLLING, WEEKLY.replace("false", "true"), "spec.timeWindow.0.calendar",
            id="rolling on a calendar",
        ),
        pytest.param(
            "isRolling: true", "isRolling: false", "spec.timeWindow.0", id="neither of them"
        ),
        pytest.param(f"indicator: {RATIO}", "description: none", "spec", id="no indicator"),
        pytest.param(
            f"indicator: {RATIO}", f"indicatorRef: a\n  indicator: {RATIO}", "spec",
            id="an indicator twice",
        ),
        pytest.param(
            "total: ", "bad: {metricSource: {type: Any, spec: {query: Any}}}, total: ",
            "spec.indicator.spec.ratioMetric", id="good and bad",
        ),
        pytest.param("good: ", "ok: ", "spec.indicator.spec.ratioMetric.ok", id="a misspelling"),
        pytest.param(
            "name: front-page", f"name: {'MY SERVICE' * 20}", "metadata.name", id="no name at all"
        ),
    ],
)  # fmt: skip
def test_what_an_slo_must_not_be(tmp_path: Path, before: str, after: str, path: str) -> None:
    text = slo(objectives="[{target: 0.99}]")
    assert before in text

    _, problems = read(tmp_path, text.replace(before, after, 1))

    faults = [one.what for one in problems if not one.is_warning]
    assert any(what.startswith(f"{path}: ") for what in faults), faults
