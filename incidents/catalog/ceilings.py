"""Targets that cannot be met because what is needed promises less; each at its place."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from fractions import Fraction

from incidents.catalog.catalog import Catalog
from incidents.catalog.openslo import Placed
from incidents.errors import Problem
from incidents.model.ceiling import Ceiling, ceiling_of, is_about_availability, promised
from incidents.model.ids import ServiceName

_NAMED = 3  # of those that are needed, in a sentence: those that promise least
_DIGITS = 6  # of a percentage; further ones are cut off, never rounded up


def ceilings(catalog: Catalog, placed: Iterable[Placed]) -> Iterator[Problem]:
    """A warning at each target of availability above what the service's hard dependencies allow."""
    known = [
        replace(one, objective=replace(one.objective, service=_service(catalog, one)))
        for one in placed
        if is_about_availability(one.objective)
    ]
    promises = promised(one.objective for one in known)
    for one in known:
        objective = one.objective
        most = ceiling_of(objective.service, catalog.services, promises, catalog.vendors)
        if objective.target > most.share:
            what = (
                f"{objective.slo} cannot be {_percent(objective.target)}: its hard dependencies "
                f"allow {_percent(most.share)} ({_names(most)})"
            )
            expected = f"at most {_percent(most.share)}, or a soft dependency"
            yield replace(one.target_at, what=what, expected=expected, is_warning=True)


def _service(catalog: Catalog, placed: Placed) -> ServiceName:
    service = placed.objective.service
    return ServiceName(catalog.canonical(service) or service)


def _names(most: Ceiling) -> str:
    named = [f"{name} {_percent(share)}" for name, share in most.because_of[:_NAMED]]
    more = len(most.because_of) - _NAMED
    return ", ".join([*named, f"{more} more"] if more > 0 else named)


def _percent(share: Fraction) -> str:
    """``99.940005 %``: as many digits as it has, up to six."""
    cut = int(share * 100 * 10**_DIGITS)
    whole, rest = divmod(cut, 10**_DIGITS)
    digits = f"{rest:0{_DIGITS}d}".rstrip("0")
    return f"{whole}.{digits} %" if digits else f"{whole} %"
