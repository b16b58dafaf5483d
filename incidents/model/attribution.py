"""Which incident took which failures of a budget, so that none is counted twice.

A failure belongs to an incident whose impact was going on when it came, and which is about its
service. Of several that were, it belongs to one alone: to an incident that this very SLO opened
before others, and among equals to the one whose impact began first. What no incident claims stays
nobody's, so that what incidents took and the rest are always all failures.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from incidents.model.ids import IncidentNumber
from incidents.model.timeline import Entry, Kind

_ENDS = frozenset({Kind.CLOSED, Kind.CANCELLED})

ENDS_AND_AGAIN = frozenset({Kind.RESOLVED, Kind.REOPENED}) | _ENDS
"""The kinds of entries that `pauses` wants."""


@dataclass(frozen=True, slots=True, order=True)
class Stretch:
    """The time ``[start, end)``."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Claim:
    """An incident on the failures of one SLO. ``is_its_own``: that SLO opened it."""

    incident: IncidentNumber
    stretches: tuple[Stretch, ...]
    is_its_own: bool = False

    @property
    def rank(self) -> tuple[bool, datetime, IncidentNumber]:
        """The lowest has the first claim."""
        return not self.is_its_own, self.stretches[0].start, self.incident


def pauses(entries: Iterable[Entry]) -> tuple[Stretch, ...]:
    """When an incident that was reopened had been over: from the end of its impact until then."""
    over: datetime | None = None
    found: list[Stretch] = []
    for entry in entries:
        if entry.kind is Kind.RESOLVED:
            over = datetime.fromisoformat(entry.body["impact_end"])
        elif entry.kind in _ENDS:
            over = over or entry.occurred_at
        elif over is not None and over < entry.occurred_at:
            found.append(Stretch(over, entry.occurred_at))
    return tuple(found)


def without(whole: Stretch, gaps: Iterable[Stretch]) -> tuple[Stretch, ...]:
    """What is left of it."""
    found: list[Stretch] = []
    start = whole.start
    for gap in sorted(gaps):
        if start < gap.start < whole.end:
            found.append(Stretch(start, gap.start))
        if gap.start < whole.end:
            start = max(start, gap.end)
    return (*found, Stretch(start, whole.end)) if start < whole.end else tuple(found)


def together(stretches: Iterable[Stretch]) -> tuple[Stretch, ...]:
    """The same time, each moment once, the earliest first."""
    found: list[Stretch] = []
    for one in sorted(stretches):
        if found and one.start <= found[-1].end:
            found[-1] = Stretch(found[-1].start, max(found[-1].end, one.end))
        elif one.start < one.end:
            found.append(one)
    return tuple(found)


def divided(claims: Sequence[Claim]) -> Mapping[IncidentNumber, tuple[Stretch, ...]]:
    """Whose each moment is. No two of the stretches overlap; every incident has an entry."""
    ranked = sorted((one for one in claims if one.stretches), key=lambda one: one.rank)
    edges = sorted({edge for one in ranked for s in one.stretches for edge in (s.start, s.end)})
    found: dict[IncidentNumber, list[Stretch]] = {one.incident: [] for one in claims}
    for start, end in pairwise(edges):
        owner = next((one for one in ranked if _covers(one, start)), None)
        if owner is not None:
            found[owner.incident].append(Stretch(start, end))
    return {number: together(pieces) for number, pieces in found.items()}


def _covers(claim: Claim, moment: datetime) -> bool:
    return any(one.start <= moment < one.end for one in claim.stretches)
