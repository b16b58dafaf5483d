"""A month or a quarter of error budgets: attained against promised, and what took the budget.

The budget of a period is what its own events allowed. Where a target changed, each part of the
period is measured by the target of that time, so that nobody wins or loses by a late change.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from itertools import pairwise

from incidents.model.attribution import Stretch
from incidents.model.ids import IncidentNumber
from incidents.model.objective import Counts
from incidents.model.slicing import Unit
from incidents.model.text import UserText

_QUARTER = 3  # months
_YEAR = 12


@dataclass(frozen=True, slots=True)
class Promise:
    """A target, from ``since`` on."""

    since: datetime
    target: Fraction


@dataclass(frozen=True, slots=True)
class Period:
    """A calendar month or quarter, in UTC, as it is written: ``2026-10`` or ``2026-Q4``."""

    name: str
    span: Stretch


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of the period with one target, and what was counted in it.

    ``raw`` is what it was with everything, where something is excluded.
    """

    span: Stretch
    target: Fraction
    counts: Counts
    raw: Counts | None = None

    @property
    def allowed(self) -> Fraction:
        """Bad events that its events allow."""
        return (1 - self.target) * self.counts.total


@dataclass(frozen=True, slots=True)
class Share:
    """What one incident took: ``bad`` as they are kept, and the share of the period's budget."""

    incident: IncidentNumber
    title: UserText
    bad: int
    spent: Fraction


@dataclass(frozen=True, slots=True)
class Line:
    """One SLO over the period; ``by_incident`` begins with the one that took most.

    ``rest`` is what no incident claims. Its numbers are kept in ``unit``.
    """

    slo: str
    title: str
    service: str
    unit: Unit
    parts: tuple[Part, ...]
    by_incident: tuple[Share, ...]

    @property
    def counts(self) -> Counts:
        """All that was counted."""
        good = sum(one.counts.good for one in self.parts)
        return Counts(good, sum(one.counts.bad for one in self.parts))

    @property
    def raw(self) -> Counts | None:
        """What it was with everything; None if nothing is excluded."""
        if all(one.raw is None for one in self.parts):
            return None
        return sum((one.raw or one.counts for one in self.parts), Counts(0, 0))

    @property
    def allowed(self) -> Fraction:
        """Bad events that the period allowed so far."""
        return sum((one.allowed for one in self.parts), Fraction(0))

    @property
    def target(self) -> Fraction:
        """The one at the end of the period."""
        return self.parts[-1].target

    @property
    def promised(self) -> Fraction | None:
        """The share of good events that the targets of the time came to; None without traffic."""
        return 1 - self.allowed / self.counts.total if self.counts.total else None

    @property
    def is_met(self) -> bool | None:
        """Whether no more failed than was allowed; None without traffic."""
        return self.counts.bad <= self.allowed if self.counts.total else None

    @property
    def spent(self) -> Fraction | None:
        """The share of the period's budget that is spent; None without traffic."""
        return self.counts.bad / self.allowed if self.counts.total else None

    @property
    def rest(self) -> int:
        """Bad events that belong to no incident."""
        return self.counts.bad - sum(one.bad for one in self.by_incident)

    @property
    def rest_spent(self) -> Fraction:
        """The share of the budget that they took."""
        return self.rest / self.allowed if self.counts.total else Fraction(0)


@dataclass(frozen=True, slots=True)
class Report:
    """All SLOs over a period, which has run until ``until``."""

    period: Period
    until: datetime
    lines: tuple[Line, ...]

    @property
    def is_over(self) -> bool:
        """Whether nothing can be added to it any more but what comes late."""
        return self.until >= self.period.span.end


def read_period(written: str) -> Period:
    """``2026-10`` or ``2026-Q4``. Raises ValueError."""
    found = re.fullmatch(r"(\d{4})-(?:(\d{2})|[qQ]([1-4]))", written.strip())
    if found is None or not int(found[1]) >= 1:
        raise ValueError(f"{written[:20]} is no month and no quarter")
    months = 1 if found[2] else _QUARTER
    first = int(found[2]) if found[2] else _QUARTER * (int(found[3]) - 1) + 1
    if not 1 <= first <= _YEAR:
        raise ValueError(f"{written[:20]} is no month")
    begin = int(found[1]) * _YEAR + first - 1
    name = f"{found[1]}-{found[2]}" if found[2] else f"{found[1]}-Q{found[3]}"
    return Period(name, Stretch(_month(begin), _month(begin + months)))


def month_of(at: datetime) -> Period:
    """The one that ``at`` is in."""
    return read_period(f"{at.astimezone(UTC):%Y-%m}")


def promised_in(span: Stretch, said: Sequence[Promise], now: Fraction) -> list[Promise]:
    """The targets in force during ``span``, each from when it was within it.

    Of the time before the first that is known, the first; if none is, the one of ``now``.
    """
    before = [one for one in said if one.since <= span.start]
    first = before[-1] if before else said[0] if said else Promise(span.start, now)
    later = [one for one in said if span.start < one.since < span.end and one is not first]
    found = [Promise(span.start, first.target)]
    for one in later:
        if one.target != found[-1].target:
            found.append(one)
    return found


def stretches_of(span: Stretch, promises: Sequence[Promise]) -> list[tuple[Stretch, Fraction]]:
    """``span`` cut where its target changed."""
    edges = [*(one.since for one in promises), span.end]
    return [
        (Stretch(start, end), one.target)
        for one, (start, end) in zip(promises, pairwise(edges), strict=True)
    ]


def _month(number: int) -> datetime:
    year, month = divmod(number, _YEAR)
    return datetime(year, month + 1, 1, tzinfo=UTC)
