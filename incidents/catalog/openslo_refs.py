"""Names in OpenSLO documents that must lead to another document."""

from collections.abc import Iterator, Mapping
from itertools import chain

from incidents.catalog.openslo_v1 import (
    AlertPolicyDocument,
    AlertPolicySpec,
    ConditionRef,
    InlinePolicy,
    Known,
    PolicyRef,
    SLIDocument,
    SLISpec,
    SLODocument,
    TargetRef,
)

Place = tuple[str | int, ...]
Kinds = Mapping[str, Mapping[str, Known]]
Fault = tuple[Place, str, str]


def references(says: Known, kinds: Kinds) -> Iterator[Fault]:
    """Everything in one document that names a document which is not there."""
    if isinstance(says, SLODocument):
        yield from _of_slo(says, kinds)
    if isinstance(says, SLIDocument):
        yield from _sources(says.spec, ("spec",), kinds)
    if isinstance(says, AlertPolicyDocument):
        yield from _of_policy(says.spec, ("spec",), kinds)


def _of_slo(slo: SLODocument, kinds: Kinds) -> Iterator[Fault]:
    spec = slo.spec
    if spec.indicatorRef is not None:
        yield from _leads("SLI", spec.indicatorRef, ("spec", "indicatorRef"), kinds)
    if spec.indicator:
        yield from _sources(spec.indicator.spec, ("spec", "indicator", "spec"), kinds)
    for index, one in enumerate(spec.objectives):
        at: Place = ("spec", "objectives", index)
        if one.indicatorRef is not None:
            yield from _leads("SLI", one.indicatorRef, (*at, "indicatorRef"), kinds)
        if one.indicator:
            yield from _sources(one.indicator.spec, (*at, "indicator", "spec"), kinds)
    for index, policy in enumerate(spec.alertPolicies):
        place: Place = ("spec", "alertPolicies", index)
        if isinstance(policy, InlinePolicy):
            yield from _of_policy(policy.spec, (*place, "spec"), kinds)
        elif isinstance(policy, PolicyRef):
            place = (*place, "alertPolicyRef")
            yield from _leads("AlertPolicy", policy.alertPolicyRef, place, kinds)
        else:
            yield from _leads("AlertPolicy", policy, place, kinds)


def _of_policy(spec: AlertPolicySpec, at: Place, kinds: Kinds) -> Iterator[Fault]:
    for index, condition in enumerate(spec.conditions):
        place: Place = (*at, "conditions", index)
        if isinstance(condition, ConditionRef):
            place = (*place, "conditionRef")
            yield from _leads("AlertCondition", condition.conditionRef, place, kinds)
    for index, target in enumerate(spec.notificationTargets):
        if isinstance(target, TargetRef):
            place = (*at, "notificationTargets", index, "targetRef")
            yield from _leads("AlertNotificationTarget", target.targetRef, place, kinds)


def _sources(spec: SLISpec, at: Place, kinds: Kinds) -> Iterator[Fault]:
    """The data sources that an indicator's metrics name."""
    ratio = spec.ratioMetric
    counted = () if ratio is None else ((s, getattr(ratio, s)) for s in ("good", "bad", "total"))
    metrics = chain(
        ((("ratioMetric", side), metric) for side, metric in counted),
        ((("thresholdMetric",), spec.thresholdMetric),),
    )
    for steps, metric in metrics:
        if metric is not None and metric.metricSource.metricSourceRef:
            place = (*at, *steps, "metricSource", "metricSourceRef")
            yield from _leads("DataSource", metric.metricSource.metricSourceRef, place, kinds)


def _leads(kind: str, name: str, at: Place, kinds: Kinds) -> Iterator[Fault]:
    if name not in kinds[kind]:
        there = ", ".join(sorted(kinds[kind])) or f"a document of kind {kind}"
        yield at, f"there is no {kind} called {name!r}", there
