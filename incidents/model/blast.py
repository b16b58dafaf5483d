"""How far an outage reaches: which services, which promises, which customers, through what."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from incidents.model.ids import ServiceName, TeamName
from incidents.model.objective import Objective, SLOName
from incidents.model.services import Reached, Services, Strength
from incidents.model.vendors import VendorName

_FOREMOST = 1  # the tier that customers cannot do without


@dataclass(frozen=True, slots=True)
class Promise:
    """An SLO within reach, ``depth`` steps away; it holds for ``service``."""

    slo: SLOName
    service: ServiceName
    depth: int
    strength: Strength


@dataclass(frozen=True, slots=True)
class Users:
    """Customers within reach: ``name`` is what we call them, ``service`` what they use."""

    name: str
    service: ServiceName
    depth: int
    strength: Strength


@dataclass(frozen=True, slots=True)
class Blast:
    """Everything that an outage of the ``origins`` reaches, the nearest first, hard before soft.

    With a ``vendor`` it is the vendor's outage, and the ``origins`` are the services that rely on
    it, each also in ``reached``, one step away. ``promises`` and ``users`` count the origins' own,
    at depth 0.
    """

    origins: tuple[ServiceName, ...]
    reached: tuple[Reached, ...] = ()
    promises: tuple[Promise, ...] = ()
    users: tuple[Users, ...] = ()
    teams: tuple[TeamName, ...] = ()
    foremost: int = 0
    vendor: VendorName | None = None

    @property
    def broken(self) -> tuple[Reached, ...]:
        """What fails with it."""
        return tuple(one for one in self.reached if one.strength is Strength.HARD)

    @property
    def worse(self) -> tuple[Reached, ...]:
        """What goes on, but worse."""
        return tuple(one for one in self.reached if one.strength is Strength.SOFT)

    @property
    def customers(self) -> tuple[str, ...]:
        """Each kind of customer once, the nearest first."""
        return tuple(dict.fromkeys(one.name for one in self.users))

    @property
    def depth(self) -> int:
        """The most steps from the outage to a service that it reaches."""
        return max((one.depth for one in self.reached), default=0)

    @property
    def says(self) -> str:
        """``4 services (3 of tier 1, 2 steps deep), 5 SLOs, customers: shoppers, merchants``."""
        if not self.reached:
            parts = ["no other service"]
        else:
            deep = f"{self.depth} {'step' if self.depth == 1 else 'steps'} deep"
            parts = [f"{_count(len(self.reached), 'service')} ({self.foremost} of tier 1, {deep})"]
        if self.promises:
            parts.append(_count(len(self.promises), "SLO"))
        if self.customers:
            parts.append(f"customers: {', '.join(self.customers)}")
        return ", ".join(parts)

    def way(self, service: ServiceName) -> tuple[ServiceName | VendorName, ...]:
        """How the outage gets to ``service``: from where it began, step by step, to itself."""
        before = {one.service: one.through for one in self.reached}
        steps: list[ServiceName | VendorName] = [service]
        while steps[-1] in before and len(steps) <= len(before):
            steps.append(before[ServiceName(steps[-1])])
        return tuple(reversed(steps))


def blast_of(
    services: Services, origins: Sequence[ServiceName], objectives: Iterable[Objective] = ()
) -> Blast:
    """What an outage of ``origins``, all at once, reaches; names nothing is called are left out."""
    known = tuple(dict.fromkeys(name for name in origins if name in services.by_name))
    merged: dict[ServiceName, Reached] = {}
    for origin in known:
        for one in services.blast_radius(origin):
            if one.service not in known:
                merged[one.service] = _nearer(merged.get(one.service), one)
    return _told(services, Blast(known, _in_order(services, merged)), objectives)


def blast_of_vendor(
    services: Services, vendor: VendorName, objectives: Iterable[Objective] = ()
) -> Blast:
    """What an outage at ``vendor`` reaches: those that rely on it are one step away."""
    merged: dict[ServiceName, Reached] = {}
    relying = services.relying_on(vendor)
    for need in relying:
        first = Reached(need.service, 1, need.strength, ServiceName(vendor))
        merged[need.service] = _nearer(merged.get(need.service), first)
        for one in services.blast_radius(need.service):
            is_hard = need.strength is one.strength is Strength.HARD
            strength = Strength.HARD if is_hard else Strength.SOFT
            further = replace(one, depth=one.depth + 1, strength=strength)
            merged[one.service] = _nearer(merged.get(one.service), further)
    origins = tuple(need.service for need in relying)
    blast = Blast(origins, _in_order(services, merged), vendor=vendor)
    return _told(services, blast, objectives)


def _nearer(known: Reached | None, other: Reached) -> Reached:
    """The two ways to a service as one: the fewest steps, hard if one is, and through that one."""
    if known is None:
        return other
    depth = min(known.depth, other.depth)
    is_stronger = known.strength is Strength.SOFT and other.strength is Strength.HARD
    is_nearer = known.strength is other.strength and other.depth < known.depth
    return replace(other if is_stronger or is_nearer else known, depth=depth)


def _in_order(services: Services, merged: Mapping[ServiceName, Reached]) -> tuple[Reached, ...]:
    def order(one: Reached) -> tuple[int, bool, int, str]:
        tier = services.by_name[one.service].tier
        return one.depth, one.strength is Strength.SOFT, tier, one.service

    return tuple(sorted(merged.values(), key=order))


def _told(services: Services, blast: Blast, objectives: Iterable[Objective]) -> Blast:
    """With the promises, customers and teams that are reached."""
    own = () if blast.vendor else blast.origins
    places = [(name, 0, Strength.HARD) for name in own]
    places += [(one.service, one.depth, one.strength) for one in blast.reached]
    by_service: dict[ServiceName, list[SLOName]] = {}
    for objective in objectives:
        by_service.setdefault(objective.service, []).append(objective.slo)
    teams = [services.by_name[name].team for name, _, _ in places]
    return replace(
        blast,
        promises=tuple(
            Promise(slo, name, depth, strength)
            for name, depth, strength in places
            for slo in sorted(by_service.get(name, ()))
        ),
        users=tuple(
            Users(customer, name, depth, strength)
            for name, depth, strength in places
            for customer in services.by_name[name].customers
        ),
        teams=tuple(dict.fromkeys(team for team in teams if team)),
        foremost=sum(services.by_name[one.service].tier == _FOREMOST for one in blast.reached),
    )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
