"""Who is asked next, and when, while nobody takes command: by the clock, and by how fast it burns.

A path is a list of hops. Each is reached once so much of the *path's time* has gone by, and stays
reached: once the lead has been told, taking the lead out again is nobody's automatic decision.

The path's time runs while nobody commands. It runs at `pace` times the clock's: the square root of
the burn rate, at least 1, at most `FASTEST`. A burn rate of 1 spends exactly the error budget, and
is climbed by the clock alone. 2x is climbed 1.4 times as fast, 14.4x (2 % of a 30-day budget an
hour) 3.8 times: a hop after 10 min comes after 7 min 4 s and 2 min 38 s. The root stands between
the clock, which does not care how much is lost, and the burn itself, which would have asked
everybody before the first one has found the telephone.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from incidents.model.oncall import Handle, RotationName
from incidents.model.workdays import say_span

FASTEST = 6.0
"""Times the clock: what burns faster than 36x is climbed like 36x, 10 min in 1 min 40 s."""

_LOWEST_TIER = 4


@dataclass(frozen=True, slots=True)
class Hop:
    """``after`` so much of the path's time, these people and whoever has these rotations.

    It is on the path of services of tier 1 to ``up_to_tier`` only.
    """

    after: timedelta
    people: tuple[Handle, ...] = ()
    rotations: tuple[RotationName, ...] = ()
    up_to_tier: int = _LOWEST_TIER

    @property
    def whom(self) -> str:
        """``dana, on-call for platform``."""
        return ", ".join((*self.people, *(f"on-call for {name}" for name in self.rotations)))

    @property
    def says(self) -> str:
        """``after 10 min: dana, on-call for platform``."""
        return f"after {say_span(self.after)}: {self.whom}"


class Standing(StrEnum):
    """What became of a climb."""

    CLIMBING = "climbing"
    ANSWERED = "answered"  # somebody commands, or has acknowledged a page
    STOPPED = "stopped"  # by hand
    OVER = "over"  # the incident is


@dataclass(frozen=True, slots=True)
class Climb:
    """How far it has come: ``taken`` hops, and ``gone`` of the path's time at ``at``.

    ``burn`` is how fast the budget burns since ``at``, a multiple of the sustainable rate.
    """

    taken: int
    gone: timedelta
    at: datetime
    burn: float = 0.0
    standing: Standing = Standing.CLIMBING


def pace(burn: float) -> float:
    """How many times as fast as the clock the path's time runs, from 1 to `FASTEST`."""
    return min(max(math.sqrt(max(burn, 0.0)), 1.0), FASTEST)


def speed_of(burn: float) -> str:
    """``3.8 times as fast as the clock, because it burns at 14.4x``."""
    if pace(burn) <= 1:
        return "by the clock"
    return f"{pace(burn):.1f} times as fast as the clock, because it burns at {burn:.1f}x"


def gone_by(climb: Climb, now: datetime) -> timedelta:
    """How much of the path's time has gone by at ``now``; it stands still unless it is climbed."""
    if climb.standing is not Standing.CLIMBING:
        return climb.gone
    return climb.gone + max(now - climb.at, timedelta()) * pace(climb.burn)


def path_for(
    written: Sequence[Hop], tier: int, *, lead: Handle | None, wait: timedelta
) -> tuple[Hop, ...]:
    """The path of a service of ``tier``, first to last; `standard_path` if none is written."""
    if not written:
        return standard_path(lead, wait)
    return tuple(sorted((hop for hop in written if tier <= hop.up_to_tier), key=_when))


def standard_path(lead: Handle | None, wait: timedelta) -> tuple[Hop, ...]:
    """For a team that wrote none down: its lead, once the first ``wait`` has gone by."""
    return (Hop(wait, people=(lead,)),) if lead else ()


def next_hop(climb: Climb, path: Sequence[Hop]) -> tuple[datetime, Hop] | None:
    """The next hop and when it is reached if nothing changes; None once the path is used up."""
    if climb.taken >= len(path):
        return None
    hop = path[climb.taken]
    left = max(hop.after - climb.gone, timedelta())
    return climb.at + left / pace(climb.burn), hop


def _when(hop: Hop) -> timedelta:
    return hop.after
