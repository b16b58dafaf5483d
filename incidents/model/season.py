"""When a budget runs out, with the traffic that the coming hours of the week usually have.

Nights and weekends spend a budget more slowly than a Monday morning, at the same share of failures.
So the coming hours are expected to be like those hours of the weeks before: the median of them, so
that one outage or holiday counts for nothing, at the level of the last day. What fails more or less
than usual now, goes on doing so. This is an estimate, and it measures its own error on the past;
the flat forecast is exact for what it assumes, which is that the last hour goes on for ever.
"""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

WEEK = 168  # hours
WEEKS = 4  # of history, at least: fewer tell a habit from a coincidence badly
_DAY = 24
_LEVEL = 4.0  # times the usual, at most: beyond that the last day is not a level but an event
_ORIGINS = 6  # hours between the moments of the past from which the error is measured
_LEARN = 3  # weeks that have to lie before such a moment


@dataclass(frozen=True)
class Hours:
    """Whole hours of one SLO, the oldest first; ``first`` is the number of that hour since 1970.

    ``total`` and ``bad`` have the shape ``(hours,)``.
    """

    first: int
    total: Floats
    bad: Floats

    def __len__(self) -> int:
        return len(self.total)

    @property
    def next(self) -> int:
        """The number of the hour after the last."""
        return self.first + len(self)

    def until(self, hours: int) -> "Hours":
        """The first so many."""
        return Hours(self.first, self.total[:hours], self.bad[:hours])


@dataclass(frozen=True)
class Season:
    """Events of each hour of the week (hours since 1970, modulo 168), and the share that fails."""

    total: Floats
    share: Floats

    def expected(self, first: int, hours: int) -> tuple[Floats, Floats]:
        """Events, and the usual share of failures, of so many hours from that one on."""
        places = np.arange(first, first + hours) % WEEK
        return self.total[places], self.share[places]


def season_of(past: Hours) -> Season:
    """What the hours of the week were usually like, at the level of the last day.

    An hour of the week that never was is like the mean of the others.
    """
    weeks = -(-len(past) // WEEK)
    total, share = np.full((2, weeks * WEEK), np.nan)
    total[: len(past)] = past.total
    np.divide(past.bad, past.total, out=share[: len(past)], where=past.total > 0)
    usual = _median(total.reshape(weeks, WEEK))
    failing = _median(share.reshape(weeks, WEEK), empty=0.0)
    season = Season(*(np.roll(one, past.first % WEEK) for one in (usual, failing)))
    lately, _ = season.expected(past.next - _DAY, _DAY)
    seen = past.total[-_DAY:].sum()
    level = seen / lately.sum() if lately.sum() > 0 and len(past) >= _DAY else 1.0
    return Season(season.total * min(max(level, 1 / _LEVEL), _LEVEL), season.share)


def coming(season: Season, first: int, hours: int, share_now: float) -> tuple[Floats, Floats]:
    """Events and failures of the hours from ``first`` on, if ``share_now`` fails at present.

    What fails beyond the usual of the hour before goes on to fail, whatever hour it is.
    """
    _, before = season.expected(first - 1, 1)
    total, usual = season.expected(first, hours)
    share = np.clip(usual + (share_now - float(before[0])), 0.0, 1.0)
    return total, total * share


@dataclass(frozen=True)
class Window:
    """What is in a budget's window: events and failures hour by hour, those that leave first.

    ``budget`` is the share that may fail. ``wait`` is the part of an hour until the first leaves.
    Of a calendar's window nothing leaves: then ``ends`` is in so many hours, and ``whole`` is how
    many are counted in all of it, where that is known (slices).
    """

    total: Floats
    bad: Floats
    budget: float
    wait: float = 0.0
    ends: float | None = None
    whole: float | None = None

    @property
    def horizon(self) -> int:
        """Hours that have to be foretold, the present one among them."""
        return int(np.ceil(self.ends)) + 1 if self.ends is not None else len(self.total) + 1


def exhausts_in(window: Window, coming: tuple[Floats, Floats]) -> timedelta | None:
    """Time until nothing remains; None if that does not happen within the window's length.

    ``coming`` begins with the present hour, of which only the rest counts.
    """
    return _crosses(window, coming, is_spent=True)


def back_in(window: Window, coming: tuple[Floats, Floats]) -> timedelta | None:
    """Time until something remains again; None if not within the window's length."""
    return _crosses(window, coming, is_spent=False)


def _crosses(window: Window, coming: tuple[Floats, Floats], *, is_spent: bool) -> timedelta | None:
    lengths = _lengths(window)
    total = coming[0][: len(lengths)] * lengths
    bad = coming[1][: len(lengths)] * lengths
    if window.ends is not None:
        whole = window.whole if window.whole is not None else window.total.sum() + total.sum()
        over, changes = window.bad.sum() - window.budget * whole, bad
    else:
        over = window.bad.sum() - window.budget * window.total.sum()
        leaving = window.bad - window.budget * window.total
        changes = bad - window.budget * total - np.concatenate([[0.0], leaving])
    if (over >= 0) == is_spent:
        return timedelta(0)
    after = over + np.cumsum(changes)
    found = np.flatnonzero((after >= 0) == is_spent)
    if not found.size:
        return None
    at = int(found[0])
    before = after[at - 1] if at else over
    passed = lengths[:at].sum() + lengths[at] * (-before / changes[at])
    return timedelta(hours=float(passed))


def _lengths(window: Window) -> Floats:
    """How much of each coming hour counts: the rest of the present one, then whole ones."""
    lengths = np.ones(window.horizon)
    lengths[0] = window.wait
    if window.ends is not None:
        left = window.ends - np.concatenate([[0.0], np.cumsum(lengths)[:-1]])
        lengths = np.clip(np.minimum(lengths, left), 0.0, None)
    return lengths


@dataclass(frozen=True)
class Errors:
    """Mean error of the events foretold for a day, as a share of those that came; from the past."""

    seasonal: float
    flat: float
    days: int


def measured(past: Hours) -> Errors | None:
    """How wrong both forecasts would have been, had they been made every six hours of the past.

    Flat is the last hour going on. None if too little is known to measure it.
    """
    off: list[tuple[float, float]] = []
    for origin in range(_LEARN * WEEK, len(past) - _DAY + 1, _ORIGINS):
        came = past.total[origin : origin + _DAY].sum()
        if came <= 0:
            continue
        known = past.until(origin)
        foretold, _ = season_of(known).expected(known.next, _DAY)
        flat = past.total[origin - 1] * _DAY
        off.append((abs(foretold.sum() - came) / came, abs(flat - came) / came))
    if not off:
        return None
    seasonal, flat_error = np.mean(off, axis=0)
    return Errors(float(seasonal), float(flat_error), len(off) * _ORIGINS // _DAY)


def _median(by_week: Floats, empty: float | None = None) -> Floats:
    """Of each column, those that are not known left out; of a column of none, ``empty``."""
    known = ~np.isnan(by_week).all(axis=0)
    found = np.full(by_week.shape[1], np.nan)
    found[known] = np.nanmedian(by_week[:, known], axis=0)
    mean = float(np.nanmean(found)) if known.any() else 0.0
    found[~known] = mean if empty is None else empty
    return found
