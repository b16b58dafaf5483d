"""Which services carry others that matter more: found from the top, along hard dependencies."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter

from incidents.model.ids import ServiceName
from incidents.model.services import Services, Strength

FAR_BELOW = 2  # tiers; tier 1 on tier 2 is everyday, tier 1 on tier 3 is a promise nobody keeps
_FOREMOST = 1


@dataclass(frozen=True, slots=True)
class Weak:
    """A service that others cannot work without.

    ``takes_down`` are those of tier 1, by name; ``foremost`` those of the ``best_tier`` among all.
    """

    takes_down: tuple[ServiceName, ...]
    foremost: tuple[ServiceName, ...]
    best_tier: int


def shared_by(services: Services) -> Mapping[ServiceName, Weak]:
    """For each service that something needs to work: what an outage of it alone takes down.

    Hard dependencies must not form cycles. Sets of services are bits of a number: thousands of
    services take milliseconds.
    """
    ordered = [one.name for one in sorted(services, key=lambda one: (one.tier, one.name))]
    number = {name: place for place, name in enumerate(ordered)}
    dependents = {name: _hard_dependents(services, name) for name in ordered}
    broken: dict[ServiceName, int] = {}
    for name in TopologicalSorter(dependents).static_order():
        mask = 0
        for dependent in dependents[name]:
            mask |= 1 << number[dependent] | broken[dependent]
        broken[name] = mask
    return {name: _weak(services, ordered, mask) for name, mask in broken.items() if mask}


def _hard_dependents(services: Services, name: ServiceName) -> list[ServiceName]:
    return [one.on for one in services.dependents(name) if one.strength is Strength.HARD]


def _weak(services: Services, ordered: Sequence[ServiceName], mask: int) -> Weak:
    """``ordered`` is by tier, so the lowest bits are those that matter most."""
    foremost: list[ServiceName] = []
    best = None
    while mask:
        name = ordered[(mask & -mask).bit_length() - 1]
        mask &= mask - 1
        tier = services.by_name[name].tier
        if best is not None and tier != best:
            break
        best = tier
        foremost.append(name)
    takes_down = tuple(foremost) if best == _FOREMOST else ()
    return Weak(takes_down, tuple(foremost), best or _FOREMOST)
