"""Is a service that fails now part of an outage that people are at work on already?

A failing service takes along whatever needs it. So three things speak for one outage: the service
needs what is failing; what is failing needs it, and the cause is found last; or both need a third
one, and fail within minutes of each other. What a service can do without proves nothing.
"""

from collections import deque
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum

from incidents.model.ids import ServiceName
from incidents.model.objective import in_words
from incidents.model.services import Dependency, Services, Strength

TOGETHER = timedelta(minutes=15)
"""Two services that need the same third one and fail within this time, fail because of it."""

HUB = 50
"""A service that more than this many need takes them down all at once; two of them prove little."""

_NAMED = 2  # services in between that a reason names


class Tie(IntEnum):
    """How a failing service hangs together with another one; the stronger evidence comes first."""

    NEEDS = 0  # it cannot work without the other
    NEEDED = 1  # the other cannot work without it
    SHARED = 2  # neither can work without a third one
    SOFT = 3  # one uses the other, and can do without it


@dataclass(frozen=True, slots=True, order=True)
class Kinship:
    """How two failing services hang together; ``steps`` lie between them. The closest sorts first.

    ``because`` says it in a sentence that goes on the record.
    """

    tie: Tie
    steps: int
    because: str

    @property
    def is_sure(self) -> bool:
        """Whether it is enough to say that they fail together; if not, people are asked."""
        return self.tie is not Tie.SOFT


_Walked = Mapping[ServiceName, Sequence[ServiceName]]  # the way to each, without its start
_HARD = frozenset({Strength.HARD})
_ANY = frozenset(Strength)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """A failing service, what it needs, and what needs it: looked up once, asked often."""

    services: Services
    service: ServiceName
    needs: _Walked
    needed_by: _Walked
    uses: _Walked
    used_by: _Walked

    def closest(self, failing: Iterable[str], apart: timedelta) -> Kinship | None:
        """The strongest tie to one of the services that fail already; None if there is none.

        ``apart`` is how long after them this one fails.
        """
        known = [ServiceName(one) for one in failing if one in self.services.by_name]
        found = (tie for one in known if (tie := self._tie(one, apart)) is not None)
        return min(found, default=None)

    def _tie(self, other: ServiceName, apart: timedelta) -> Kinship | None:
        me = self.service
        if other in self.needs:
            way = self.needs[other]
            return Kinship(Tie.NEEDS, len(way), f"{me} needs {other}{_through(way)}")
        if other in self.needed_by:
            way = self.needed_by[other]
            return Kinship(Tie.NEEDED, len(way), f"{other} needs {me}{_through(way)}")
        if apart <= TOGETHER and (shared := self._shared(other)) is not None:
            third, steps = shared
            span = f"within {in_words(apart)} of each other" if apart >= _MINUTE else "together"
            return Kinship(
                Tie.SHARED, steps, f"{me} and {other} both need {third}, and fail {span}"
            )
        if other in self.uses:
            steps = len(self.uses[other])
            return Kinship(Tie.SOFT, steps, f"{me} uses {other}, and could do without it")
        if other in self.used_by:
            steps = len(self.used_by[other])
            return Kinship(Tie.SOFT, steps, f"{other} uses {me}, and could do without it")
        return None

    def _shared(self, other: ServiceName) -> tuple[ServiceName, int] | None:
        """The nearest service that both need, unless half the world needs it."""
        theirs = _walk(other, self.services.needs_of, _HARD)
        both = sorted(
            (len(way) + len(theirs[name]), name)
            for name, way in self.needs.items()
            if name in theirs
        )
        for steps, name in both:
            if len(_walk(name, self.services.dependents, _HARD, most=HUB)) <= HUB:
                return name, steps
        return None


_MINUTE = timedelta(minutes=1)


def surroundings(services: Services, service: ServiceName) -> Surroundings:
    """What is around ``service``, which is in the catalogue."""
    return Surroundings(
        services,
        service,
        needs=_walk(service, services.needs_of, _HARD),
        needed_by=_walk(service, services.dependents, _HARD),
        uses=_walk(service, services.needs_of, _ANY),
        used_by=_walk(service, services.dependents, _ANY),
    )


def _walk(
    origin: ServiceName,
    next_to: Callable[[ServiceName], Sequence[Dependency]],
    along: Collection[Strength],
    *,
    most: int | None = None,
) -> dict[ServiceName, tuple[ServiceName, ...]]:
    """Breadth first: everything that is reached, and what lies between. A little over ``most``."""
    seen: dict[ServiceName, tuple[ServiceName, ...]] = {origin: ()}
    queue = deque([origin])
    while queue and (most is None or len(seen) <= most + 1):
        name = queue.popleft()
        between = () if name == origin else (*seen[name], name)
        for one in next_to(name):
            if one.strength in along and one.on not in seen:
                seen[one.on] = between
                queue.append(one.on)
    del seen[origin]
    return seen


def _through(way: Sequence[ServiceName]) -> str:
    if not way:
        return ""
    more = f" and {len(way) - _NAMED} more" if len(way) > _NAMED else ""
    return f", through {' and '.join(way[:_NAMED]) if not more else ', '.join(way[:_NAMED])}{more}"
