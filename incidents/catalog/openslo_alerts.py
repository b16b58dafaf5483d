"""What OpenSLO's alert policies ask for, and what of it can never be, or is hardly meant so.

A policy has one condition, as in the specification; an SLO may have several policies. A condition
looks back over its ``lookbackWindow`` and over a short window besides, which is a twelfth of it or
what the annotation ``warroom.dev/short-window`` of the condition says.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction

from incidents.catalog.openslo_refs import Kinds, Place
from incidents.catalog.openslo_time import duration
from incidents.catalog.openslo_v1 import (
    AlertConditionDocument,
    AlertConditionSpec,
    AlertPolicyDocument,
    AlertPolicySpec,
    InlineCondition,
    InlinePolicy,
    Known,
    LooseMetadata,
    PolicyRef,
    SLODocument,
)
from incidents.model.alerting import Alerting, Condition, short_of
from incidents.model.burn import never_fires, rule_of
from incidents.model.objective import Objective, in_words
from incidents.model.rolling import misfit

SHORT = "warroom.dev/short-window"
_OURS = "warroom.dev/"
_PAGES = frozenset({"page", "critical", "high"})
_TICKETS = frozenset({"ticket", "warning", "medium", "low"})
_LONGEST_DELAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Remark:
    """Something about a document, at a place in it."""

    at: Place
    what: str
    expected: str = ""
    is_warning: bool = False


@dataclass(frozen=True, slots=True)
class _Policy:
    """A policy of an SLO, and its condition; ``at`` is where the SLO has its threshold from."""

    at: Place
    says: AlertPolicySpec
    meta: LooseMetadata
    condition: AlertConditionSpec


def remarks(says: Known) -> Iterator[Remark]:
    """What is wrong or odd about the alerts that stand in one document, whoever uses them."""
    if isinstance(says, AlertConditionDocument):
        yield from _condition(says.metadata, says.spec, ())
    if isinstance(says, AlertPolicyDocument):
        yield from _policy(says.spec, ("spec",))
    if isinstance(says, SLODocument):
        for index, policy in enumerate(says.spec.alertPolicies):
            if isinstance(policy, InlinePolicy):
                yield from _policy(policy.spec, ("spec", "alertPolicies", index, "spec"))


def alerting_of(slo: SLODocument, kinds: Kinds) -> Alerting | None:
    """What the policies of an SLO say together; None if it has none, or only broken ones.

    A policy that does not say whether it alerts on a burn does: that is what its condition is for.
    """
    found = [
        one for one in _policies(slo, kinds) if not list(_condition(*_parts(one), broken=True))
    ]
    if not found:
        return None
    conditions = [
        _as_condition(one.meta, one.condition)
        for one in found
        if one.says.alertWhenBreaching is not False
    ]
    return Alerting(
        tuple(dict.fromkeys(conditions)),
        when_no_data=any(one.says.alertWhenNoData for one in found),
        when_resolved=any(one.says.alertWhenResolved for one in found),
    )


def impossible(slo: SLODocument, made: Objective, kinds: Kinds) -> Iterator[Remark]:
    """Conditions that can never be met by this objective, at the place where it asks for them."""
    for one in _policies(slo, kinds):
        if list(_condition(*_parts(one), broken=True)):
            continue
        rule = rule_of(_as_condition(one.meta, one.condition), made.slicing)
        if not never_fires(rule, made.budget, made.window):
            continue
        if rule.long > made.window:
            what = f"a lookback of {in_words(rule.long)} is longer than the window, {made.over}"
            yield Remark((*one.at, "lookbackWindow") if _is_here(one) else one.at, what)
            continue
        fastest = 1 / made.budget
        what = (
            f"a burn rate of {_number(rule.rate)} can never fire: at a target of "
            f"{_number(made.target * 100)} % the fastest burn is {_number(fastest)}"
        )
        place = (*one.at, "threshold") if _is_here(one) else one.at
        yield Remark(place, what, f"less than {_number(fastest)}")


def unheeded(slo: SLODocument, kinds: Kinds) -> Iterator[Remark]:
    """Whom the policies of an SLO want to tell: that is for the rotations to say."""
    for one in _policies(slo, kinds):
        if one.says.notificationTargets:
            what = "notification targets have no effect: whoever is on call for the service hears"
            yield Remark(one.at[:3], what, is_warning=True)


def _parts(one: _Policy) -> tuple[LooseMetadata, AlertConditionSpec, Place]:
    return one.meta, one.condition, ()


def _is_here(one: _Policy) -> bool:
    """Whether the condition stands in the SLO itself."""
    return one.at[-1] == "condition"


def _policies(slo: SLODocument, kinds: Kinds) -> Iterator[_Policy]:
    """The policies of an SLO that are there, each with its condition if that is there."""
    for index, policy in enumerate(slo.spec.alertPolicies):
        at: Place = ("spec", "alertPolicies", index)
        if isinstance(policy, InlinePolicy):
            says = policy.spec
        else:
            name = policy.alertPolicyRef if isinstance(policy, PolicyRef) else policy
            document = kinds["AlertPolicy"].get(name)
            if not isinstance(document, AlertPolicyDocument):
                continue
            says = document.spec
        for place, one in enumerate(says.conditions):
            if isinstance(one, InlineCondition):
                here = (*at, "spec", "conditions", place, "spec", "condition")
                is_here = isinstance(policy, InlinePolicy)
                yield _Policy(here if is_here else at, says, one.metadata, one.spec)
                continue
            known = kinds["AlertCondition"].get(one.conditionRef)
            if isinstance(known, AlertConditionDocument):
                yield _Policy(at, says, known.metadata, known.spec)


def _policy(says: AlertPolicySpec, at: Place) -> Iterator[Remark]:
    if says.alertWhenBreaching is False:
        what = "this policy never alerts on a burn"
        yield Remark((*at, "alertWhenBreaching"), what, "true", is_warning=True)
    for index, one in enumerate(says.conditions):
        if isinstance(one, InlineCondition):
            yield from _condition(one.metadata, one.spec, (*at, "conditions", index))


def _condition(
    meta: LooseMetadata, spec: AlertConditionSpec, at: Place, *, broken: bool = False
) -> Iterator[Remark]:
    """Everything about a condition; only what makes it useless, if ``broken``."""
    yield from _wrong(meta, spec, at)
    if not broken:
        yield from _odd(spec, (*at, "spec", "condition"))


def _wrong(meta: LooseMetadata, spec: AlertConditionSpec, at: Place) -> Iterator[Remark]:
    place, condition = (*at, "spec", "condition"), spec.condition
    if spec.severity.lower() not in _PAGES | _TICKETS:
        what = f"“{spec.severity[:40]}” is neither a page nor a ticket"
        yield Remark((*at, "spec", "severity"), what, "page or ticket")
    if condition.threshold <= 0:
        yield Remark((*place, "threshold"), "any failure at all burns faster", "more than 0")
    long = duration(condition.lookbackWindow)
    if misfit(long):
        yield Remark((*place, "lookbackWindow"), misfit(long), "one like 1h, 6h or 3d")
    if _delay(condition.alertAfter) > _LONGEST_DELAY:
        yield Remark((*place, "alertAfter"), "nobody hears of it for more than a day", "1d or less")
    for key, value in meta.annotations.items():
        where = (*at, "metadata", "annotations", key)
        if key == SHORT:
            yield from _short(value, long, where)
        elif key.startswith(_OURS):
            yield Remark(where, f"{key} is not known", SHORT)


def _short(written: str, long: timedelta, at: Place) -> Iterator[Remark]:
    try:
        short = duration(written)
    except ValueError as error:
        yield Remark(at, str(error), "one like 5m")
        return
    if short > long:
        yield Remark(at, f"the short window is longer than the {in_words(long)} it goes with")
    elif misfit(short):
        yield Remark(at, misfit(short), "one like 5m or 30m")


def _odd(spec: AlertConditionSpec, at: Place) -> Iterator[Remark]:
    """What can be lived with. The specification's own example says lte where it means "exceeds"."""
    condition = spec.condition
    if condition.op in {"lt", "lte"}:
        what = f"{condition.op} would alert while the burn rate is low; it is read as gt"
        yield Remark((*at, "op"), what, "gt or gte", is_warning=True)
    if 0 < condition.threshold < 1:
        what = f"a burn rate of {_number(_exact(condition.threshold))} alerts on a kept promise"
        yield Remark((*at, "threshold"), what, "1 or more", is_warning=True)


def _as_condition(meta: LooseMetadata, spec: AlertConditionSpec) -> Condition:
    condition = spec.condition
    long = duration(condition.lookbackWindow)
    short = meta.annotations.get(SHORT)
    return Condition(
        rate=_exact(condition.threshold),
        long=long,
        short=duration(short) if short else short_of(long),
        is_page=spec.severity.lower() in _PAGES,
        at_rate=condition.op == "gte",
        after=_delay(condition.alertAfter),
    )


def _delay(written: str) -> timedelta:
    return timedelta(0) if written == "0m" else duration(written)


def _exact(number: float) -> Fraction:
    """Exactly what is written, whatever a float makes of it."""
    return Fraction(repr(number))


def _number(value: Fraction) -> str:
    return f"{float(value):.6f}".rstrip("0").rstrip(".")
