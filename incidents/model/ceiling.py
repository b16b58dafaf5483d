"""What a service's promise can be at most, given what those it cannot work without promise.

It works only while they all do, so the most it can promise is the product of their promises. A
promise of availability counts what its users see, failures from further below among them: below a
service that promises something nothing is counted again, and what several need counts once.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from incidents.model.composite import serial
from incidents.model.ids import ServiceName
from incidents.model.objective import Objective
from incidents.model.services import Service, Services
from incidents.model.strength import Strength
from incidents.model.vendors import Vendor, VendorName

_AVAILABILITY = frozenset({"availability", "errors", "success", "uptime"})


@dataclass(frozen=True, slots=True)
class Ceiling:
    """The most that can be promised, and by whom: names with their promises, the lowest first."""

    share: Fraction
    because_of: tuple[tuple[str, Fraction], ...]


def is_about_availability(objective: Objective) -> bool:
    """Whether it promises that there is an answer at all, as its name says: not how fast."""
    words = re.split(r"[^a-z]+", objective.slo.partition("/")[2].lower())
    return not _AVAILABILITY.isdisjoint(words)


def promised(objectives: Iterable[Objective]) -> dict[ServiceName, Fraction]:
    """What each service promises of its availability; of several promises the highest."""
    found: dict[ServiceName, Fraction] = {}
    for one in objectives:
        if is_about_availability(one):
            found[one.service] = max(one.target, found.get(one.service, Fraction(0)))
    return found


def ceiling_of(
    name: ServiceName,
    services: Services,
    promises: Mapping[ServiceName, Fraction],
    vendors: Mapping[VendorName, Vendor],
) -> Ceiling:
    """What ``name`` can promise; 1 if nobody whom it needs promises anything."""
    found: dict[str, Fraction] = {}
    seen, ahead = {name}, [name]
    while ahead:
        here = ahead.pop()
        found |= _agreed(services.by_name.get(here), vendors)
        for need in services.needs_of(here):
            if need.strength is not Strength.HARD or need.on in seen:
                continue
            seen.add(need.on)
            if need.on in promises:
                found[need.on] = promises[need.on]
            else:
                ahead.append(need.on)
    by = sorted(found.items(), key=lambda one: (one[1], one[0]))
    return Ceiling(serial(found.values()), tuple(by))


def _agreed(service: Service | None, vendors: Mapping[VendorName, Vendor]) -> dict[str, Fraction]:
    """What those vendors signed that ``service`` needs, and that there is no way around."""
    needed = [one.on for one in service.vendors if one.strength is Strength.HARD] if service else []
    found = [vendors[name] for name in needed if name in vendors]
    return {
        one.name: one.agreement.target
        for one in found
        if one.agreement.target is not None and not one.fallback
    }
