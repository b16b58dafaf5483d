"""Composites in OpenSLO files: one document, with an indicator and a weight in each objective."""

from collections.abc import Iterator
from fractions import Fraction

from incidents.catalog.openslo_refs import Place
from incidents.catalog.openslo_time import FaultAt
from incidents.catalog.openslo_v1 import OneObjective, SLOSpec
from incidents.errors import Problem


def is_composite(spec: SLOSpec) -> bool:
    """Whether its objectives are about different indicators."""
    return any(one.indicator is not None or one.indicatorRef is not None for one in spec.objectives)


def weight_of(one: OneObjective) -> Fraction:
    """By how much what it spends counts; 1 if nothing is said."""
    return Fraction(1 if one.compositeWeight is None else repr(one.compositeWeight))


def faults(fault: FaultAt, spec: SLOSpec) -> Iterator[Problem]:
    """What a composite cannot say."""
    for key in ("indicator", "indicatorRef"):
        if getattr(spec, key) is not None:
            what = f"a composite has no {key} of its own: each of its objectives has one"
            yield fault(("spec", key), what, "")
    for index, one in enumerate(spec.objectives):
        place: Place = ("spec", "objectives", index)
        if (one.indicator is None) == (one.indicatorRef is None):
            what = "each objective of a composite needs exactly one of indicator and indicatorRef"
            yield fault(place, what, "")
    if spec.budgetingMethod == "Timeslices":
        what = (
            "a composite of Timeslices is not supported: a slice would be bad if it is bad for any "
            "objective, and slices are counted for each"
        )
        expected = "Occurrences or RatioTimeslices"
        yield fault(("spec", "budgetingMethod"), what, expected)


def weights(fault: FaultAt, spec: SLOSpec) -> Iterator[Problem]:
    """Weights where there is nothing to weigh."""
    for index, one in enumerate(spec.objectives):
        if one.compositeWeight is not None:
            place: Place = ("spec", "objectives", index, "compositeWeight")
            what = "compositeWeight belongs to composites: objectives with indicators of their own"
            yield fault(place, what, "")
