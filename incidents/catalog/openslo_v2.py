"""OpenSLO v2alpha documents: models of what it allows, and the same said in v1.

The shapes follow the specification's enhancement v2alpha, and OpenSLO's own reader of it
(github.com/OpenSLO/go-sdk, pkg/openslo/v2alpha). Its authors call it a living document: where the
two differ (``service`` and ``serviceRef``), either is read. It says what v1 says with other names,
so a sound document is read on as one of v1; what is wrong is told in its own names.
"""

# ruff: noqa: N815 (the names are the specification's, so that errors show what is in the file)

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, Tag, model_validator

from incidents.catalog import openslo_v1 as v1
from incidents.catalog.openslo_refs import Place
from incidents.catalog.openslo_v1 import Description, Number, Part
from incidents.catalog.values import fault

API_VERSION = "openslo.com/v2alpha"

_DURATION = re.compile(r"[1-9][0-9]{0,5}[mhdw]")
_KEY = re.compile(
    r"([a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([-._A-Za-z0-9]{0,61}[A-Za-z0-9])?"
)
_LABEL = re.compile(r"([a-z0-9]([-._a-z0-9]{0,61}[a-z0-9])?)?")


def _length(written: object) -> str:
    if isinstance(written, str) and _DURATION.fullmatch(written):
        return written
    expected = "a whole number and one of m (minutes), h, d, w, like 28d"
    raise fault(f"“{str(written)[:40]}” is not a length of time", expected)


def _slice(written: object) -> str:
    """A plain number is minutes."""
    is_number = isinstance(written, int) and not isinstance(written, bool)
    return _length(f"{written}m" if is_number else written)


def _key(written: object) -> object:
    if isinstance(written, str) and _KEY.fullmatch(written):
        return written
    raise fault(f"“{str(written)[:40]}” is not a key", "one as Kubernetes has them, like team")


def _label(written: object) -> object:
    if isinstance(written, str) and _LABEL.fullmatch(written):
        return written
    expected = "at most 63 lower case letters and digits, with -, _ or . between them"
    raise fault(f"“{str(written)[:40]}” is not a label", expected)


Duration = Annotated[str, BeforeValidator(_length)]
Key = Annotated[str, BeforeValidator(_key)]


class Metadata(Part):
    """What a document is called; it has no display name."""

    name: v1.Name
    labels: dict[Key, Annotated[str, BeforeValidator(_label)]] = Field(default_factory=dict)
    annotations: Annotated[dict[Key, str], BeforeValidator(v1.as_text)] = Field(
        default_factory=dict
    )


class DataSourceSpec(Part):
    description: Description = ""
    type: str
    connectionDetails: Any


class Metric(Part):
    """Where counts come from: a data source by name, or in line."""

    dataSourceRef: str | None = None
    dataSourceSpec: DataSourceSpec | None = None
    spec: Any = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one_source(self) -> "Metric":
        if (self.dataSourceRef is None) == (self.dataSourceSpec is None):
            raise ValueError("exactly one of dataSourceRef and dataSourceSpec is needed")
        return self


class RatioMetric(Part):
    """Good or bad events against all events, or a ratio that is measured as such."""

    counter: bool = True
    good: Metric | None = None
    bad: Metric | None = None
    total: Metric | None = None
    rawType: Literal["success", "failure"] | None = None
    raw: Metric | None = None

    @model_validator(mode="after")
    def _two_counts(self) -> "RatioMetric":
        if self.raw is not None:
            raise ValueError("a raw ratio cannot be counted; give good or bad, and total")
        if self.rawType is not None:
            raise ValueError("rawType belongs to a raw ratio, and there is none")
        if (self.good is None) == (self.bad is None):
            raise ValueError("exactly one of good and bad is needed")
        if self.total is None:
            raise ValueError("total is needed beside good or bad")
        return self


class SLISpec(Part):
    description: Description = ""
    ratioMetric: RatioMetric | None = None
    thresholdMetric: Metric | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> "SLISpec":
        if (self.ratioMetric is None) == (self.thresholdMetric is None):
            raise ValueError("exactly one of ratioMetric and thresholdMetric is needed")
        return self


class InlineSLI(Part):
    metadata: Metadata
    spec: SLISpec


class TimeWindow(Part):
    duration: Duration
    isRolling: bool = False
    calendar: v1.Calendar | None = None


class OneObjective(Part):
    """One promise; ``target`` and ``targetPercent`` say the same thing."""

    displayName: str = ""
    labels: dict[Key, Annotated[str, BeforeValidator(_label)]] = Field(default_factory=dict)
    op: Literal["lte", "gte", "lt", "gt"] | None = None
    value: Number | None = None
    target: Annotated[Number, Field(gt=0, lt=1)] | None = None
    targetPercent: Annotated[Number, Field(gt=0, lt=100)] | None = None
    timeSliceTarget: Annotated[Number, Field(gt=0, le=1)] | None = None
    timeSliceWindow: Annotated[str, BeforeValidator(_slice)] | None = None
    sli: InlineSLI | None = None
    sliRef: str | None = None
    compositeWeight: Annotated[Number, Field(gt=0)] | None = None

    @model_validator(mode="after")
    def _one_target(self) -> "OneObjective":
        if (self.target is None) == (self.targetPercent is None):
            raise ValueError("exactly one of target and targetPercent is needed")
        return self


class Condition(Part):
    kind: Literal["burnrate"]
    op: Literal["lte", "gte", "lt", "gt"]
    threshold: Number
    lookbackWindow: Duration
    alertAfter: Duration


class AlertConditionSpec(Part):
    description: Description = ""
    severity: str
    condition: Condition


class InlineCondition(Part):
    kind: Literal["AlertCondition"]
    metadata: Metadata
    spec: AlertConditionSpec


class InlineTarget(Part):
    kind: Literal["AlertNotificationTarget"]
    metadata: Metadata
    spec: v1.TargetSpec


class AlertPolicySpec(Part):
    description: Description = ""
    alertWhenNoData: bool = False
    alertWhenResolved: bool = False
    alertWhenBreaching: bool | None = None
    conditions: Annotated[
        list[
            Annotated[
                Annotated[InlineCondition, Tag("?inline")]
                | Annotated[v1.ConditionRef, Tag("?ref")],
                v1.by_key("conditionRef"),
            ]
        ],
        Field(min_length=1, max_length=1),
    ]
    notificationTargets: list[
        Annotated[
            Annotated[InlineTarget, Tag("?inline")] | Annotated[v1.TargetRef, Tag("?ref")],
            v1.by_key("targetRef"),
        ]
    ] = Field(default_factory=list)


class InlinePolicy(Part):
    kind: Literal["AlertPolicy"]
    metadata: Metadata
    spec: AlertPolicySpec


EitherPolicy = Annotated[
    Annotated[InlinePolicy, Tag("?inline")] | Annotated[v1.PolicyRef, Tag("?ref")],
    v1.by_key("alertPolicyRef"),
]


class SLOSpec(Part):
    description: Description = ""
    service: v1.Name | None = None
    serviceRef: v1.Name | None = None
    sli: InlineSLI | None = None
    sliRef: str | None = None
    timeWindow: Annotated[list[TimeWindow], Field(min_length=1, max_length=1)]
    budgetingMethod: Literal["Occurrences", "Timeslices", "RatioTimeslices"]
    objectives: Annotated[list[OneObjective], Field(min_length=1)]
    alertPolicies: list[EitherPolicy] = Field(default_factory=list)

    @model_validator(mode="after")
    def _one_service(self) -> "SLOSpec":
        if (self.service is None) == (self.serviceRef is None):
            raise ValueError("exactly one of serviceRef and service is needed")
        return self


class _Document(Part):
    apiVersion: Literal["openslo.com/v2alpha"]
    metadata: Metadata


class SLODocument(_Document):
    kind: Literal["SLO"]
    spec: SLOSpec


class SLIDocument(_Document):
    kind: Literal["SLI"]
    spec: SLISpec


class ServiceDocument(_Document):
    kind: Literal["Service"]
    spec: v1.ServiceSpec


class DataSourceDocument(_Document):
    kind: Literal["DataSource"]
    spec: DataSourceSpec


class AlertPolicyDocument(_Document):
    kind: Literal["AlertPolicy"]
    spec: AlertPolicySpec


class AlertConditionDocument(_Document):
    kind: Literal["AlertCondition"]
    spec: AlertConditionSpec


class AlertNotificationTargetDocument(_Document):
    kind: Literal["AlertNotificationTarget"]
    spec: v1.TargetSpec


KINDS: dict[str, type[_Document]] = {
    "SLO": SLODocument,
    "SLI": SLIDocument,
    "Service": ServiceDocument,
    "DataSource": DataSourceDocument,
    "AlertPolicy": AlertPolicyDocument,
    "AlertCondition": AlertConditionDocument,
    "AlertNotificationTarget": AlertNotificationTargetDocument,
}

_IN_V1 = {"sli": "indicator", "sliRef": "indicatorRef", "serviceRef": "service"}
_METRICS = frozenset({"good", "bad", "total", "thresholdMetric"})
_OPAQUE = frozenset(
    {"connectionDetails", "annotations", "labels"}
)  # whatever they hold is nobody's name


def as_v1(document: Mapping[str, Any]) -> v1.Known:
    """A document that is sound, said in v1."""
    told = {**_renamed(document), "apiVersion": v1.API_VERSION}
    return v1.KINDS[document["kind"]].model_validate(told)


def _renamed(part: Any) -> Any:  # noqa: ANN401 (whatever a document holds)
    if isinstance(part, list):
        return [_renamed(one) for one in part]
    if not isinstance(part, Mapping):
        return part
    found: dict[str, Any] = {}
    for key, value in part.items():
        name: str = str(_IN_V1.get(key, key))
        if key in _METRICS and isinstance(value, Mapping):
            found[key] = {"metricSource": _source(value)}
        elif key in _OPAQUE:
            found[key] = value
        else:
            found[name] = _renamed(value)
    for one in found.get("objectives") or ():
        one.pop("labels", None)
    return found


def _source(metric: Mapping[str, Any]) -> dict[str, Any]:
    inline = metric.get("dataSourceSpec") or {}
    return {
        "metricSourceRef": metric.get("dataSourceRef"),
        "type": inline.get("type"),
        "spec": metric.get("spec"),
    }


_HERE = {"indicator": "sli", "indicatorRef": "sliRef", "metricSourceRef": "dataSourceRef"}
_WORDS = (
    (re.compile(r"\bindicator and indicatorRef\b"), "sli and sliRef"),
    (re.compile(r"\bno indicator of its own\b"), "no sli of its own"),
    (re.compile(r"\bno indicatorRef of its own\b"), "no sliRef of its own"),
    (re.compile(r"\b\d+M(, if months are meant| for months)"), "one of d and w"),
    (re.compile(r"\bone of d, w, M, Q, Y\b"), "one of d and w"),
)


def place_of(path: Place) -> Place:
    """Where in a document of v2alpha stands what v1 has at ``path``."""
    return tuple(_HERE.get(str(step), step) for step in path if step != "metricSource")


def words_of(said: str) -> str:
    """The same words with the names of v2alpha in them."""
    for theirs, ours in _WORDS:
        said = theirs.sub(ours, said)
    return said
