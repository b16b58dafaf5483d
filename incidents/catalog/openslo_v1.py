"""OpenSLO v1 documents as models: what the specification allows, and nothing else.

The shapes follow the specification (github.com/OpenSLO/OpenSLO, tag v1.0.0). Kinds that our engine
does not act on are still read in full, so that a misspelt key is found where it stands.
"""

# ruff: noqa: N815 (the names are the specification's, so that errors show what is in the file)

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, field_validator, model_validator

from incidents.catalog.files import Strict

Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", max_length=63)]
Duration = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{0,5}[mhdwMQY]$")]
Description = Annotated[str, StringConstraints(max_length=1050)]
Number = int | float


class Metadata(Strict):
    """What a document is called."""

    name: Name
    displayName: str = ""
    labels: dict[str, str | list[str]] = Field(default_factory=dict)
    annotations: dict[str, str] = Field(default_factory=dict)

    @field_validator("annotations", mode="before")
    @classmethod
    def _as_text(cls, given: Any) -> Any:  # noqa: ANN401 (whatever the file holds)
        """A tier written without quotes is a number in YAML, and as good as text here."""
        if not isinstance(given, dict):
            return given
        return {
            key: str(value) if isinstance(value, int) and not isinstance(value, bool) else value
            for key, value in given.items()
        }


class MetricSource(Strict):
    """Where counts come from; what ``spec`` holds is the source's own business."""

    metricSourceRef: str = ""
    type: str = ""
    spec: dict[str, Any] = Field(default_factory=dict)


class Metric(Strict):
    metricSource: MetricSource


class RatioMetric(Strict):
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


class SLISpec(Strict):
    description: Description = ""
    ratioMetric: RatioMetric | None = None
    thresholdMetric: Metric | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> "SLISpec":
        if (self.ratioMetric is None) == (self.thresholdMetric is None):
            raise ValueError("exactly one of ratioMetric and thresholdMetric is needed")
        return self


class InlineSLI(Strict):
    metadata: Metadata
    spec: SLISpec


class Calendar(Strict):
    startTime: str
    timeZone: str


class TimeWindow(Strict):
    duration: Duration
    isRolling: bool = False
    calendar: Calendar | None = None


class OneObjective(Strict):
    """One promise on the indicator; ``target`` and ``targetPercent`` say the same thing."""

    displayName: str = ""
    op: Literal["lte", "gte", "lt", "gt"] | None = None
    value: Number | None = None
    target: Annotated[Number, Field(gt=0, lt=1)] | None = None
    targetPercent: Annotated[Number, Field(gt=0, lt=100)] | None = None
    timeSliceTarget: Annotated[Number, Field(gt=0, le=1)] | None = None
    timeSliceWindow: Duration | int | None = None
    indicator: InlineSLI | None = None
    indicatorRef: str | None = None
    compositeWeight: Annotated[Number, Field(gt=0)] | None = None

    @model_validator(mode="after")
    def _one_target(self) -> "OneObjective":
        if (self.target is None) == (self.targetPercent is None):
            raise ValueError("exactly one of target and targetPercent is needed")
        return self


class Condition(Strict):
    kind: Literal["burnrate"]
    op: Literal["lte", "gte", "lt", "gt"]
    threshold: Number
    lookbackWindow: Duration
    alertAfter: Duration | Literal["0m"] = "0m"


class AlertConditionSpec(Strict):
    description: Description = ""
    severity: str
    condition: Condition


class InlineCondition(Strict):
    kind: Literal["AlertCondition"]
    metadata: Metadata
    spec: AlertConditionSpec


class ConditionRef(Strict):
    conditionRef: str


class TargetSpec(Strict):
    description: Description = ""
    target: str


class InlineTarget(Strict):
    kind: Literal["AlertNotificationTarget"]
    metadata: Metadata
    spec: TargetSpec


class TargetRef(Strict):
    targetRef: str


class AlertPolicySpec(Strict):
    description: Description = ""
    alertWhenNoData: bool = False
    alertWhenResolved: bool = False
    alertWhenBreaching: bool = False
    conditions: Annotated[list[InlineCondition | ConditionRef], Field(min_length=1, max_length=1)]
    notificationTargets: list[InlineTarget | TargetRef] = Field(default_factory=list)


class InlinePolicy(Strict):
    kind: Literal["AlertPolicy"]
    metadata: Metadata
    spec: AlertPolicySpec


class PolicyRef(Strict):
    alertPolicyRef: str


class SLOSpec(Strict):
    description: Description = ""
    service: Name
    indicator: InlineSLI | None = None
    indicatorRef: str | None = None
    timeWindow: Annotated[list[TimeWindow], Field(min_length=1, max_length=1)]
    budgetingMethod: Literal["Occurrences", "Timeslices", "RatioTimeslices"]
    objectives: Annotated[list[OneObjective], Field(min_length=1)]
    alertPolicies: list[str | PolicyRef | InlinePolicy] = Field(default_factory=list)


class ServiceSpec(Strict):
    description: Description = ""


class DataSourceSpec(Strict):
    description: Description = ""
    type: str
    connectionDetails: dict[str, Any] = Field(default_factory=dict)


class _Document(Strict):
    apiVersion: Literal["openslo/v1"]
    metadata: Metadata


class SLODocument(_Document):
    kind: Literal["SLO"]
    spec: SLOSpec


class SLIDocument(_Document):
    kind: Literal["SLI"]
    spec: SLISpec


class ServiceDocument(_Document):
    kind: Literal["Service"]
    spec: ServiceSpec


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
