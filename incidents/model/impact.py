"""Of several failing services, which one matters most? Its owners command.

The weight is a product that anybody can check: what the tier is worth, how fast the error budget
burns, and for how many services it fails.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from incidents.model.ids import ServiceName
from incidents.model.services import Services

TIER_WEIGHT: Mapping[int, int] = {1: 8, 2: 4, 3: 2, 4: 1}
"""Each tier is worth two of the next."""

_MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Impact:
    """How much one failing service weighs.

    ``burn`` is a multiple of the sustainable rate, None if nothing is measured; ``dependents``
    counts the services that it takes down or makes worse, near and far.
    """

    service: ServiceName
    tier: int
    burn: float | None = None
    dependents: int = 0

    @property
    def weight(self) -> float:
        """A budget that does not burn, or that nobody measures, neither adds nor takes away."""
        return TIER_WEIGHT.get(self.tier, 1) * max(self.burn or 0, 1) * (1 + self.dependents)

    @property
    def says(self) -> str:
        """``8 for tier 1 times 14.4 for its burn times 4 for itself and 3 dependents = 461``."""
        factors = [f"{TIER_WEIGHT.get(self.tier, 1)} for tier {self.tier}"]
        if self.burn and self.burn > 1:
            factors.append(f"{_number(self.burn)} for its burn")
        if self.dependents:
            named = f"{self.dependents} dependent{'s' if self.dependents > 1 else ''}"
            factors.append(f"{1 + self.dependents} for itself and {named}")
        if len(factors) == 1:
            return factors[0]
        return f"{' times '.join(factors)} = {_number(self.weight)}"


@dataclass(frozen=True, slots=True)
class MostAffected:
    """The service that decides who commands, why that one, and all of them, heaviest first."""

    service: ServiceName
    because: str
    impacts: tuple[Impact, ...]


def most_affected(
    services: Services, names: Iterable[ServiceName], burns: Mapping[ServiceName, float]
) -> MostAffected | None:
    """Of the failing services ``names`` the one that weighs most; between equals the name decides.

    Names that no service has are passed over; None if none is left.
    """
    known = sorted({name for name in names if name in services.by_name})
    impacts = [
        Impact(
            name,
            services.by_name[name].tier,
            burns.get(name),
            len(services.blast_radius(name)),
        )
        for name in known
    ]
    ranked = tuple(sorted(impacts, key=lambda one: (-one.weight, one.service)))
    if not ranked:
        return None
    return MostAffected(ranked[0].service, _because(ranked), ranked)


def _because(ranked: tuple[Impact, ...]) -> str:
    best, *others = ranked
    if not others:
        return f"{best.service} is the only affected service we know"
    if best.weight == others[0].weight:
        second = others[0].service
        return f"{best.service} and {second} weigh the same, {best.service} comes first by name"
    named = [f"{one.service} {_number(one.weight)}" for one in others[:_MOST_NAMED]]
    more = [f"{len(others) - _MOST_NAMED} more less still"] if len(others) > _MOST_NAMED else []
    return f"{best.service} weighs most ({best.says}); {', '.join([*named, *more])}"


def _number(value: float) -> str:
    """``461``, ``14.4``, ``8``."""
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.1f}"  # noqa: PLR2004
