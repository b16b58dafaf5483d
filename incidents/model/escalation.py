"""Who is asked next, and when, while a command stays unaccepted.

A path is a list of hops. Each is reached a while after the first person was asked, and stays
reached: once the lead has been told, taking the lead out again is nobody's automatic decision.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from incidents.model.oncall import Handle, RotationName
from incidents.model.workdays import say_span


@dataclass(frozen=True, slots=True)
class Hop:
    """``after`` the first request, these people and whoever is on call for these rotations."""

    after: timedelta
    people: tuple[Handle, ...] = ()
    rotations: tuple[RotationName, ...] = ()

    @property
    def says(self) -> str:
        """``after 10 min: dana, on-call for platform``."""
        rotas = tuple(f"on-call for {name}" for name in self.rotations)
        return f"after {say_span(self.after)}: {', '.join((*self.people, *rotas))}"


def standard_path(lead: Handle | None, wait: timedelta) -> tuple[Hop, ...]:
    """For a team that wrote none down: its lead, once the first ``wait`` has gone by."""
    return (Hop(wait, people=(lead,)),) if lead else ()


def reached(path: Sequence[Hop], asked_at: datetime, now: datetime) -> tuple[Hop, ...]:
    """The hops whose time has come, first to last."""
    in_order = sorted(path, key=lambda hop: hop.after)
    return tuple(hop for hop in in_order if asked_at + hop.after <= now)


def next_hop(path: Sequence[Hop], asked_at: datetime, now: datetime) -> tuple[datetime, Hop] | None:
    """The next hop and when it is reached; None once the path is used up."""
    ahead = [(asked_at + hop.after, hop) for hop in path if asked_at + hop.after > now]
    return min(ahead, key=lambda pair: pair[0], default=None)
