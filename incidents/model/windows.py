"""Spans of time in which a service is judged by other rules: maintenance, freezes, peaks.

A window says when, for which services, and what differs meanwhile. Nothing is lost by one: what is
muted is told once in words, and what still burns when the window ends is an alert then.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from fractions import Fraction
from typing import NewType
from zoneinfo import ZoneInfo

from incidents.model.ids import ServiceName, TeamName
from incidents.model.spans import Span
from incidents.model.vendors import VendorName
from incidents.model.workdays import say_moment

WindowId = NewType("WindowId", str)
"""What people call a window by: ``w7``, or the name it has in its file."""

KEENER = Fraction(1, 2)  # of the usual limits, where a peak does not say otherwise
LONGEST = timedelta(days=366)


class WindowKind(StrEnum):
    """What differs meanwhile."""

    MAINTENANCE = "maintenance"  # pages and tickets are muted
    FREEZE = "freeze"  # nothing is deployed
    PEAK = "peak"  # alerts come earlier, and a ticket is a page
    MARKETING = "marketing"  # the same, for an event that somebody planned

    @property
    def is_keen(self) -> bool:
        """Whether alerts come earlier."""
        return self in {WindowKind.PEAK, WindowKind.MARKETING}


class WindowSource(StrEnum):
    """Where a window comes from, which is where it can be changed."""

    FILE = "file"
    CALENDAR = "calendar"
    VENDOR = "vendor"
    HAND = "hand"


@dataclass(frozen=True, slots=True)
class Scope:
    """Which services: any that one of these names.

    ``dependencies`` are covered with all that cannot work without them, ``vendors`` by the services
    that cannot do without them and all that those take down.
    """

    services: tuple[ServiceName, ...] = ()
    teams: tuple[TeamName, ...] = ()
    tiers: tuple[int, ...] = ()
    dependencies: tuple[ServiceName, ...] = ()
    vendors: tuple[VendorName, ...] = ()
    everything: bool = False

    @property
    def words(self) -> str:
        """``checkout, team payments, tier 1, what depends on redis``."""
        if self.everything:
            return "everything"
        found: list[str] = [*self.services]
        found += [f"team {one}" for one in self.teams]
        found += [f"tier {one}" for one in self.tiers]
        found += [f"what depends on {one}" for one in (*self.dependencies, *self.vendors)]
        return ", ".join(found) or "nothing"


@dataclass(frozen=True, slots=True)
class Repeats:
    """A rule (RFC 5545) and the first occurrence, on the clocks of ``zone``.

    An occurrence lasts ``wall`` on those clocks and then ``exact`` longer: one that goes from
    Friday 17:00 to Monday 8:00 ends at 8:00 also when the clocks change in between, one of four
    hours takes four hours. ``left_out`` are days on which none begins.
    """

    rule: str
    first: datetime
    zone: ZoneInfo
    wall: timedelta = timedelta()
    exact: timedelta = timedelta()
    left_out: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A window, once (``span``) or again and again (``repeats``).

    ``sensitivity`` multiplies the burn rates that alerts need: half of them is twice as sensitive.
    ``excludes``: what fails meanwhile does not count for the budget.
    """

    id: WindowId
    kind: WindowKind
    title: str
    scope: Scope
    span: Span | None = None
    repeats: Repeats | None = None
    excludes: bool = False
    sensitivity: Fraction | None = None
    source: WindowSource = WindowSource.FILE
    made_by: str = ""
    because: str = ""

    @property
    def name(self) -> WindowId:
        """What it is called in files and commands."""
        return self.id

    @property
    def called(self) -> str:
        """What people read."""
        return self.title or self.id


@dataclass(frozen=True, slots=True)
class Standing:
    """One occurrence of a window, from when until when."""

    window: Window
    span: Span

    @property
    def key(self) -> str:
        """Names this occurrence for ever."""
        return f"{self.window.id}@{self.span.start:%Y%m%dT%H%M%S}"

    def words(self, zone: ZoneInfo) -> str:
        """``“Database upgrade” (maintenance w7, until Fri 27 Nov 2026 23:30 CET)``."""
        one = self.window
        return f"“{one.called}” ({one.kind} {one.id}, until {say_moment(self.span.end, zone)})"

    def is_on(self, at: datetime) -> bool:
        """Whether it holds at ``at``; its end is no part of it."""
        return self.span.start <= at < self.span.end


@dataclass(frozen=True, slots=True)
class Around:
    """What holds for one SLO at a moment, beside its rules.

    ``muted`` is the window that mutes it, the one that ends last; ``keen`` the one whose
    ``sensitivity`` counts, the most sensitive, or None with the words of another ``reason``.
    """

    muted: Standing | None = None
    keen: Standing | None = None
    sensitivity: Fraction | None = None
    reason: str = ""
    frozen: tuple[Standing, ...] = field(default=())

    @property
    def is_peak(self) -> bool:
        """Whether a ticket is a page meanwhile."""
        return self.keen is not None


NOTHING_AROUND = Around()


def around(standing: Iterable[Standing], after: tuple[Fraction, str] | None = None) -> Around:
    """What several windows that hold at once come to, and what an incident left behind.

    ``after`` is the sensitivity for a while after an incident, and the reason. The most sensitive
    one counts: nobody is woken later because of a second window.
    """
    every = sorted(standing, key=lambda one: (one.span.end, one.window.id))
    mutes = [one for one in every if one.window.kind is WindowKind.MAINTENANCE]
    keen = [one for one in every if one.window.kind.is_keen]
    keenest = min(keen, key=sensitivity_of, default=None)
    found = Around(
        muted=mutes[-1] if mutes else None,
        keen=keenest,
        sensitivity=sensitivity_of(keenest) if keenest else None,
        frozen=tuple(one for one in every if one.window.kind is WindowKind.FREEZE),
    )
    if after is None or (found.sensitivity is not None and found.sensitivity <= after[0]):
        return found
    return Around(found.muted, found.keen, after[0], after[1], found.frozen)


def sensitivity_of(one: Standing) -> Fraction:
    """By what the limits are multiplied meanwhile."""
    return KEENER if one.window.sensitivity is None else one.window.sensitivity
