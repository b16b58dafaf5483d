"""Services, the teams that own them, and what breaks when one of them does.

A hard dependency takes its dependents down with it, a soft one only makes them worse.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cached_property, lru_cache

from incidents.model.escalation import Hop
from incidents.model.ids import ServiceName, TeamName
from incidents.model.oncall import Handle, RotationName
from incidents.model.paging import Way
from incidents.model.strength import Strength as Strength  # noqa: PLC0414 (named here for others)
from incidents.model.vendors import Reliance, Relying, VendorName, relying_on
from incidents.model.workdays import OFFICE, WorkingHours

TIERS = (1, 2, 3, 4)
"""1 is what customers cannot do without, 4 is what nobody outside notices."""

LOWEST_TIER = TIERS[-1]

_RADII = 256  # blast radii kept: those of the services that fail these days


class Lifecycle(StrEnum):
    """How far a service has come. ``retired`` is kept for the record, and nothing may need it."""

    EXPERIMENTAL = "experimental"
    PRODUCTION = "production"
    DEPRECATED = "deprecated"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class Dependency:
    """A service that is needed, and how much."""

    on: ServiceName
    strength: Strength = Strength.HARD


@dataclass(frozen=True, slots=True)
class Link:
    """A page somewhere else, what it is called, and when somebody last saw that it is right."""

    name: str
    url: str
    reviewed: date | None = None


@dataclass(frozen=True, slots=True)
class Service:
    """Something that can fail and that somebody owns; ``tier`` is one of `TIERS`.

    ``channel`` is the owners' own Slack channel, without the ``#``. ``customers`` are the kinds of
    people who use the service itself, in the words we would use to them: "shoppers in Europe".
    ``redundancy`` says why it does not fail as a whole; a service that has it is no single point of
    failure.
    """

    name: ServiceName
    title: str
    tier: int
    team: TeamName | None = None
    depends_on: tuple[Dependency, ...] = ()
    tags: tuple[str, ...] = ()
    runbooks: tuple[Link, ...] = ()
    dashboards: tuple[Link, ...] = ()
    channel: str = ""
    description: str = ""
    aliases: tuple[str, ...] = ()
    lifecycle: Lifecycle = Lifecycle.PRODUCTION
    vendors: tuple[Reliance, ...] = ()
    customers: tuple[str, ...] = ()
    redundancy: str = ""


@dataclass(frozen=True, slots=True)
class Team:
    """People who own services. ``zone`` is an IANA name; ``on_call`` in the order of asking.

    ``trained`` and ``in_training`` say who is ready to command; of the others nothing is known.
    """

    name: TeamName
    title: str
    members: tuple[Handle, ...] = ()
    lead: Handle | None = None
    on_call: tuple[RotationName, ...] = ()
    escalation: tuple[Hop, ...] = ()
    paging: tuple[Way, ...] = ()
    hours: WorkingHours = OFFICE
    zone: str = "UTC"
    channel: str = ""
    trained: tuple[Handle, ...] = ()
    in_training: tuple[Handle, ...] = ()


@dataclass(frozen=True, slots=True)
class Reached:
    """A service that an outage elsewhere reaches.

    ``depth`` counts the fewest steps from the origin; ``strength`` is hard if some chain of hard
    dependencies leads there; ``through`` is the service before it on such a chain.
    """

    service: ServiceName
    depth: int
    strength: Strength
    through: ServiceName


@dataclass(frozen=True)  # no slots: the dependents are worked out once, when first asked for
class Services:
    """All services by name, with the question "who depends on it" answered fast."""

    by_name: Mapping[ServiceName, Service] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Service]:
        return iter(self.by_name.values())

    def __len__(self) -> int:
        return len(self.by_name)

    @cached_property
    def _dependents(self) -> Mapping[ServiceName, tuple[Dependency, ...]]:
        found: dict[ServiceName, list[Dependency]] = {}
        for service in self:
            for need in service.depends_on:
                found.setdefault(need.on, []).append(Dependency(service.name, need.strength))
        return {name: tuple(sorted(them, key=lambda d: d.on)) for name, them in found.items()}

    def dependents(self, name: ServiceName) -> tuple[Dependency, ...]:
        """Who depends on ``name`` directly, and how much, by name."""
        return self._dependents.get(name, ())

    def relying_on(self, vendor: VendorName) -> tuple[Relying, ...]:
        """Who needs ``vendor`` directly: first those who cannot do without it, then by name."""
        return relying_on(vendor, ((each.name, each.vendors) for each in self))

    def needs_of(self, name: ServiceName) -> tuple[Dependency, ...]:
        """What ``name`` needs directly, as far as it is in the catalogue."""
        service = self.by_name.get(name)
        needs = service.depends_on if service else ()
        return tuple(need for need in needs if need.on in self.by_name)

    def needed_by(self, name: ServiceName) -> dict[ServiceName, int]:
        """What ``name`` needs, and what that needs: the fewest steps to each, nearest first."""
        found = {name: 0}
        queue = deque([name])
        while queue:
            here = queue.popleft()
            for need in self.needs_of(here):
                if need.on not in found:
                    found[need.on] = found[here] + 1
                    queue.append(need.on)
        del found[name]
        return found

    def blast_radius(self, origin: ServiceName) -> tuple[Reached, ...]:
        """Everything an outage of ``origin`` reaches: nearest first, then hard, tier and name.

        ``origin`` itself is not in it, not even through a cycle. The last ones asked for are kept.
        """
        return self._radius(origin)

    @cached_property
    def _radius(self) -> Callable[[ServiceName], tuple[Reached, ...]]:
        return lru_cache(_RADII)(self._spread)

    def _spread(self, origin: ServiceName) -> tuple[Reached, ...]:
        near = self._walk(origin, frozenset(Strength))
        broken = self._walk(origin, frozenset({Strength.HARD}))
        found = [
            Reached(
                name,
                depth,
                Strength.HARD if name in broken else Strength.SOFT,
                (broken.get(name) or (depth, through))[1],
            )
            for name, (depth, through) in near.items()
        ]
        return tuple(sorted(found, key=self._order))

    def _walk(
        self, origin: ServiceName, along: frozenset[Strength]
    ) -> dict[ServiceName, tuple[int, ServiceName]]:
        """Breadth first over dependents: the depth of each, and the one it was reached through."""
        seen = {origin: (0, origin)}
        queue = deque([(origin, 0)])
        while queue:
            name, depth = queue.popleft()
            for dependent in sorted(self.dependents(name), key=lambda d: d.strength.value):
                if dependent.strength in along and dependent.on not in seen:
                    seen[dependent.on] = (depth + 1, name)
                    queue.append((dependent.on, depth + 1))
        del seen[origin]
        return seen

    def _order(self, reached: Reached) -> tuple[int, bool, int, str]:
        tier = self.by_name[reached.service].tier
        return reached.depth, reached.strength is Strength.SOFT, tier, reached.service


def hard_cycles(services: Iterable[Service]) -> tuple[tuple[ServiceName, ...], ...]:
    """Chains of hard dependencies that come back to their start, one for each that closes a circle.

    A chain reads in the direction of "needs" and ends where it began; without the last step of
    each, nothing is left that goes in circles.
    """
    needs = {
        service.name: sorted({d.on for d in service.depends_on if d.strength is Strength.HARD})
        for service in services
    }
    found: list[tuple[ServiceName, ...]] = []
    done: set[ServiceName] = set()
    for start in needs:
        way: dict[ServiceName, Iterator[ServiceName]] = {}  # in order, from start to here
        here: ServiceName | None = start if start not in done else None
        while here is not None:
            onward = way.setdefault(here, iter(needs.get(here, ())))
            step = next((one for one in onward if one not in done), None)
            if step is None:
                way.popitem()
                done.add(here)
                here = next(reversed(way), None)
            elif step in way:
                names = list(way)
                found.append((*names[names.index(step) :], step))
            else:
                here = step
    return tuple(found)
