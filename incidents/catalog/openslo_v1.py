"""OpenSLO v1 documents as models: what the specification allows, and nothing else.

The shapes follow the specification (github.com/OpenSLO/OpenSLO, tag v1.0.0). Kinds that our engine
does not act on are still read in full, so that a misspelt key is found where it stands.
"""

# ruff: noqa: N815 (the names are the specification's, so that errors show what is in the file)

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Discriminator,
    Field,
    StringConstraints,
    Tag,
    model_validator,
)

from incidents.catalog.files import Strict
from incidents.catalog.values import Zone, fault, read_local_moment

API_VERSION = "openslo/v1"
POLICY_REF = "alertPolicyRef"  # only a policy may be named without it
_NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_LOOSE_NAME = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")
_DURATION = re.compile(r"[1-9][0-9]{0,5}[mhdwMQY]")


def _name(written: object) -> str:
    """As in RFC 1123: it becomes part of an SLO's name, and of an address."""
    if isinstance(written, str) and _NAME.fullmatch(written):
        return written
    expected = "at most 63 lower case letters and digits, with - between them"
    raise fault(f"{_shown(written)} is not a name", expected)


def _loose_name(written: object) -> str:
    """Of what only documents refer to: OpenSLO's own examples have capital letters in it."""
    if isinstance(written, str) and _LOOSE_NAME.fullmatch(written):
        return written
    expected = "at most 63 letters and digits, with -, _ or . between them"
    raise fault(f"{_shown(written)} is not a name", expected)


def _length(written: object) -> str:
    if isinstance(written, str) and _DURATION.fullmatch(written):
        return written
    expected = "a whole number and one of m (minutes), h, d, w, M (months), Q, Y, like 28d"
    raise fault(f"{_shown(written)} is not a length of time", expected)


def _slice(written: object) -> str:
    """A plain number is minutes."""
    is_number = isinstance(written, int) and not isinstance(written, bool)
    return _length(f"{written}m" if is_number else written)


def _delay(written: object) -> str:
    return written if isinstance(written, str) and written == "0m" else _length(written)


def _number(written: object) -> object:
    if isinstance(written, int | float) and not isinstance(written, bool):
        return written
    raise fault(f"{_shown(written)} is not a number", "one like 0.5")


def _label(written: object) -> object:
    listed = written if isinstance(written, list) else [written]
    if all(isinstance(one, str) for one in listed):
        return written
    raise fault(f"{_shown(written)} is not text", "text, or a list of texts; numbers in quotes")


def _naive(moment: datetime) -> datetime:
    """A calendar's start is on the clock of its zone."""
    if moment.tzinfo is not None:
        raise fault(f"{moment} has a zone", "a time without one, beside timeZone")
    return moment


def _shown(written: object) -> str:
    return f"“{str(written)[:40]}”"


Name = Annotated[str, BeforeValidator(_name)]
Duration = Annotated[str, BeforeValidator(_length)]
SliceLength = Annotated[str, BeforeValidator(_slice)]
Delay = Annotated[str, BeforeValidator(_delay)]
Description = Annotated[str, StringConstraints(max_length=1050)]
Number = Annotated[int | float, BeforeValidator(_number)]
Label = Annotated[str | list[str], BeforeValidator(_label)]


def by_key(key: str) -> Discriminator:
    """Tells a reference, which has ``key``, from what stands in line."""

    def kind(written: object) -> str:
        if isinstance(written, str) and key == POLICY_REF:
            return "?name"
        return "?ref" if isinstance(written, Mapping) and key in written else "?inline"

    return Discriminator(kind)


class Part(Strict):
    """A mapping of the specification's. A key with nothing behind it is not there."""

    @model_validator(mode="before")
    @classmethod
    def _without_nothing(cls, given: Any) -> Any:  # noqa: ANN401 (whatever the file holds)
        if not isinstance(given, Mapping):
            return given
        return {key: value for key, value in given.items() if value is not None}


def as_text(given: Any) -> Any:  # noqa: ANN401 (whatever the file holds)
    """A tier or a target without quotes is a number in YAML, and as good as text here."""
    if not isinstance(given, dict):
        return given
    return {
        key: str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value
        for key, value in given.items()
    }


class Metadata(Part):
    """What a document is called."""

    name: Name
    displayName: str = ""
    labels: dict[str, Label] = Field(default_factory=dict)
    annotations: Annotated[dict[str, str], BeforeValidator(as_text)] = Field(default_factory=dict)


class LooseMetadata(Metadata):
    """What a document is called that only other documents refer to."""

    name: Annotated[str, BeforeValidator(_loose_name)]


class MetricSource(Part):
    """Where counts come from; what ``spec`` holds is the source's own business."""

    metricSourceRef: str = ""
    type: str = ""
    spec: Any = Field(default_factory=dict)


class Metric(Part):
    metricSource: MetricSource


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
    metadata: LooseMetadata
    spec: SLISpec


class Calendar(Part):
    startTime: Annotated[datetime, BeforeValidator(read_local_moment), AfterValidator(_naive)]
    timeZone: Zone


class TimeWindow(Part):
    duration: Duration
    isRolling: bool = False
    calendar: Calendar | None = None


class OneObjective(Part):
    """One promise on the indicator; ``target`` and ``targetPercent`` say the same thing."""

    displayName: str = ""
    op: Literal["lte", "gte", "lt", "gt"] | None = None
    value: Number | None = None
    target: Annotated[Number, Field(gt=0, lt=1)] | None = None
    targetPercent: Annotated[Number, Field(gt=0, lt=100)] | None = None
    timeSliceTarget: Annotated[Number, Field(gt=0, le=1)] | None = None
    timeSliceWindow: SliceLength | None = None
    indicator: InlineSLI | None = None
    indicatorRef: str | None = None
    compositeWeight: Annotated[Number, Field(gt=0)] | None = None

    @model_validator(mode="after")
    def _one_target(self) -> "OneObjective":
        if (self.target is None) == (self.targetPercent is None):
            raise ValueError("exactly one of target and targetPercent is needed")
        return self


class Condition(Part):
    kind: Literal["burnrate"] = "burnrate"
    op: Literal["lte", "gte", "lt", "gt"]
    threshold: Number
    lookbackWindow: Duration
    alertAfter: Delay = "0m"


class AlertConditionSpec(Part):
    description: Description = ""
    severity: str
    condition: Condition


class InlineCondition(Part):
    kind: Literal["AlertCondition"]
    metadata: LooseMetadata
    spec: AlertConditionSpec


class ConditionRef(Part):
    conditionRef: str


class TargetSpec(Part):
    description: Description = ""
    target: str


class InlineTarget(Part):
    kind: Literal["AlertNotificationTarget"]
    metadata: LooseMetadata
    spec: TargetSpec


class TargetRef(Part):
    targetRef: str


EitherCondition = Annotated[
    Annotated[InlineCondition, Tag("?inline")] | Annotated[ConditionRef, Tag("?ref")],
    by_key("conditionRef"),
]
EitherTarget = Annotated[
    Annotated[InlineTarget, Tag("?inline")] | Annotated[TargetRef, Tag("?ref")],
    by_key("targetRef"),
]


class AlertPolicySpec(Part):
    description: Description = ""
    alertWhenNoData: bool = False
    alertWhenResolved: bool = False
    alertWhenBreaching: bool | None = None  # a policy that is silent about it alerts
    conditions: Annotated[list[EitherCondition], Field(min_length=1, max_length=1)]
    notificationTargets: list[EitherTarget] = Field(default_factory=list)


class InlinePolicy(Part):
    kind: Literal["AlertPolicy"]
    metadata: LooseMetadata
    spec: AlertPolicySpec


class PolicyRef(Part):
    alertPolicyRef: str


EitherPolicy = Annotated[
    Annotated[InlinePolicy, Tag("?inline")]
    | Annotated[PolicyRef, Tag("?ref")]
    | Annotated[str, Tag("?name")],
    by_key(POLICY_REF),
]


class SLOSpec(Part):
    description: Description = ""
    service: Name
    indicator: InlineSLI | None = None
    indicatorRef: str | None = None
    timeWindow: Annotated[list[TimeWindow], Field(min_length=1, max_length=1)]
    budgetingMethod: Literal["Occurrences", "Timeslices", "RatioTimeslices"]
    objectives: Annotated[list[OneObjective], Field(min_length=1)]
    alertPolicies: list[EitherPolicy] = Field(default_factory=list)


class ServiceSpec(Part):
    description: Description = ""


class DataSourceSpec(Part):
    description: Description = ""
    type: str
    connectionDetails: Any = Field(default_factory=dict)


class _Document(Part):
    apiVersion: Literal["openslo/v1"]
    metadata: Metadata


class SLODocument(_Document):
    kind: Literal["SLO"]
    spec: SLOSpec


class SLIDocument(_Document):
    metadata: LooseMetadata
    kind: Literal["SLI"]
    spec: SLISpec


class ServiceDocument(_Document):
    kind: Literal["Service"]
    spec: ServiceSpec


class DataSourceDocument(_Document):
    metadata: LooseMetadata
    kind: Literal["DataSource"]
    spec: DataSourceSpec


class AlertPolicyDocument(_Document):
    metadata: LooseMetadata
    kind: Literal["AlertPolicy"]
    spec: AlertPolicySpec


class AlertConditionDocument(_Document):
    metadata: LooseMetadata
    kind: Literal["AlertCondition"]
    spec: AlertConditionSpec


class AlertNotificationTargetDocument(_Document):
    metadata: LooseMetadata
    kind: Literal["AlertNotificationTarget"]
    spec: TargetSpec


Known = (
    SLODocument
    | SLIDocument
    | ServiceDocument
    | DataSourceDocument
    | AlertPolicyDocument
    | AlertConditionDocument
    | AlertNotificationTargetDocument
)

KINDS: dict[str, type[Known]] = {
    "SLO": SLODocument,
    "SLI": SLIDocument,
    "Service": ServiceDocument,
    "DataSource": DataSourceDocument,
    "AlertPolicy": AlertPolicyDocument,
    "AlertCondition": AlertConditionDocument,
    "AlertNotificationTarget": AlertNotificationTargetDocument,
}
