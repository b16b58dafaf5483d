"""What a service promises: this share of good events, over this long.

Targets are exact fractions. ``1 - 0.999`` in floating point is not a thousandth, and an alert that
compares against it fires, or stays quiet, for the wrong reason.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from fractions import Fraction
from typing import NewType

from incidents.model.alerting import Alerting
from incidents.model.calendar_window import Calendar
from incidents.model.ids import ServiceName
from incidents.model.slicing import EVENTS, Slicing, Unit

SLOName = NewType("SLOName", str)
"""``checkout/availability``: the service, a slash, and what is promised."""

_LONGEST_NAME = 150  # of what a series is kept under; the column takes 160
OWNER = "warroom.dev/owner"  # the annotation that names a team, or a person
FEWEST_FAILURES = 5  # below this many, a page would wake somebody for noise (SRE Workbook, ch. 5)


class SLIKind(StrEnum):
    """How good is told from bad: two counts, or a value held against a threshold."""

    RATIO = "ratio"
    THRESHOLD = "threshold"


@dataclass(frozen=True, slots=True)
class Counts:
    """Events of some stretch of time. Whole numbers, never a ratio: ratios cannot be added."""

    good: int
    bad: int

    @property
    def total(self) -> int:
        """All events."""
        return self.good + self.bad

    @property
    def sli(self) -> Fraction | None:
        """The share of good events; None without traffic, which is neither good nor bad."""
        return Fraction(self.good, self.total) if self.total else None

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(self.good + other.good, self.bad + other.bad)


NOTHING = Counts(0, 0)


@dataclass(frozen=True, slots=True)
class Part:
    """What a promise is part of: a composite, which spends ``weight`` times what it spends."""

    slo: SLOName
    title: str
    weight: Fraction = Fraction(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective:
    """At least ``target`` of the events are good over a rolling ``window``.

    With a ``slicing`` it is that share of slices of time instead. With a ``calendar``, ``window``
    is the nominal length of its windows (30 days of a month), by which burn rates are scaled; the
    budget then begins anew with each of them.

    ``tier`` is None when the service's own tier counts. ``indicator`` is whatever tells good from
    bad at the source (queries, a threshold), in canonical text. ``min_failures`` is how many bad
    events a page needs; with fewer it is only a ticket. ``alerting`` is what its own alert policies
    say; None where ours hold. ``weighs_traffic`` and ``knows_seasons`` are guards against false
    pages (`incidents.model.guards`). ``stage`` is where the service stands in its life: beta, ga or
    eol; empty where nobody said.
    """

    slo: SLOName
    service: ServiceName
    target: Fraction
    window: timedelta
    title: str = ""
    describes: str = ""
    kind: SLIKind = SLIKind.RATIO
    indicator: str = ""
    tier: int | None = None
    min_failures: int = FEWEST_FAILURES
    slicing: Slicing | None = None
    calendar: Calendar | None = None
    part_of: Part | None = None
    weighs_traffic: bool = False
    knows_seasons: bool = False
    stage: str = ""
    alerting: Alerting | None = None
    annotations: Mapping[str, str] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        if not 0 < self.target < 1:
            raise ValueError(f"{self.slo}: a target of {self.target} is not between 0 and 1.")
        if self.window <= timedelta(0):
            raise ValueError(f"{self.slo}: a window of {self.window} is not a length of time.")

    @property
    def budget(self) -> Fraction:
        """The share of events that may be bad, exactly."""
        return 1 - self.target

    @property
    def name(self) -> str:
        """What people read: the title, or else the name."""
        return self.title or self.slo

    @property
    def unit(self) -> Unit:
        """What its budget counts."""
        return self.slicing.unit if self.slicing else EVENTS

    @property
    def series(self) -> SLOName:
        """What the counts of its budget are kept under: slices have a series of their own.

        So what was counted as events is never mistaken for slices when the definition changes.
        """
        if self.slicing is None:
            return self.slo
        return SLOName(f"{self.slo[:_LONGEST_NAME]}#{self.slicing.tag(self.slo)}")

    @property
    def over(self) -> str:
        """How long its budget lasts, in words: ``28 d`` or ``calendar month``."""
        return in_words(self.window) if self.calendar is None else self.calendar.words

    @property
    def generation(self) -> str:
        """Names this definition: it changes when the promise does, not when a label does.

        Alerts and notices belong to a generation, so that a new promise starts with a clean slate.
        """
        promise = (
            self.slo,
            self.service,
            str(self.target),
            str(self.window // timedelta(seconds=1)),
            self.kind.value,
            self.indicator,
            *self._counting(),
        )
        return hashlib.sha256("\x1f".join(promise).encode()).hexdigest()[:16]

    def _counting(self) -> Iterator[str]:
        """What differs from counting events over a rolling window."""
        if self.slicing is not None:
            yield f"{self.slicing.tag('')} {self.slicing.is_silence_good}"
        if self.calendar is not None:
            yield f"{self.calendar.words} {self.calendar.anchor} {self.calendar.zone.key}"
        if self.stage:
            yield f"stage {self.stage}"


def in_words(length: timedelta) -> str:
    """``28 d``, ``6 h``, ``5 min`` or ``10 s``; two units where one would mislead: ``1 d 2 h``.

    Rounded down to the second of the two units.
    """
    seconds = max(length // timedelta(seconds=1), 0)
    units = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))
    for position, (unit, size) in enumerate(units):
        whole, rest = divmod(seconds, size)
        if not whole:
            continue
        next_unit, next_size = units[min(position + 1, len(units) - 1)]
        more = rest // next_size
        return f"{whole} {unit}" + (f" {more} {next_unit}" if more else "")
    return "0 s"


def percent(share: Fraction, *, digits: int = 1) -> str:
    """``99.9 %``: rounded half away from nothing, without trailing zeros."""
    scaled = share * 100 * 10**digits
    whole = int(abs(scaled) + Fraction(1, 2))
    text = f"{whole / 10**digits:.{digits}f}".rstrip("0").rstrip(".") if digits else str(whole)
    return f"{'-' if scaled < 0 and whole else ''}{text} %"
