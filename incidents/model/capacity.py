"""How much more traffic a service bears, as far as its own history can tell.

Hours are put into bands of like traffic, and of each band the median share of failures is taken, so
that an outage that had nothing to do with load counts for little. The shares are then made to rise
with the traffic (isotonic regression): where they pass what the promise allows, there is the limit.
If they never do, nothing is known but how far traffic has come, and that is what is said.

Nobody needs to believe it: the error is measured on weeks that the fit has not seen.
"""

from dataclasses import dataclass

import numpy as np

from incidents.model.season import WEEK, Floats, Hours

WEEKS = 4  # of history, at least
_BANDS = 24
_ENOUGH = 5  # hours in a band, or it joins the next
_NEAR = 0.5  # of the highest traffic: hours below tell nothing of a limit
_TRENDS = 4  # weeks before a peak is foretold


@dataclass(frozen=True, slots=True)
class Measured:
    """What the past says of the fit itself, each from weeks that it had not seen.

    ``wrong`` is the share of busy hours that were told to be fine and were not, or the other way;
    None where no limit is known. ``peak_off`` is how far off the next week's peak was foretold.
    """

    wrong: float | None
    peak_off: float | None
    weeks: int


@dataclass(frozen=True, slots=True)
class Capacity:
    """Events in an hour: where the promise breaks (None: unknown, see ``because``), and the peaks.

    ``growth`` is how much the weekly peak grows in a week; ``seen`` the highest traffic over the
    mean.
    """

    limit: float | None
    peak: float
    growth: float
    seen: float
    because: str
    measured: Measured | None

    @property
    def headroom(self) -> float | None:
        """The limit over last week's peak."""
        return self.limit / self.peak if self.limit is not None and self.peak > 0 else None

    @property
    def weeks_left(self) -> float | None:
        """Until the weekly peak is at the limit if it grows on; None if it does not, or unknown."""
        if self.limit is None or self.growth <= 0:
            return None
        return max((self.limit - self.peak) / self.growth, 0.0)

    @property
    def says(self) -> str:
        """One line for people."""
        if self.headroom is None:
            return f"unknown: {self.because}"
        parts = [f"bears {self.headroom:.1f}x last week's peak ({self.limit:,.0f} events/h)"]
        left = self.weeks_left
        parts.append("not growing" if left is None else f"reached in {left:.0f} weeks as it grows")
        if self.measured and self.measured.wrong is not None:
            parts.append(f"wrong about {self.measured.wrong:.0%} of busy hours it had not seen")
        return "; ".join(parts)


def capacity_of(past: Hours, budget: float) -> Capacity:
    """From whole hours, of which the share ``budget`` may fail."""
    peaks = _peaks(past)
    mean = float(past.total.mean()) if len(past) else 0.0
    highest = float(past.total.max()) if len(past) else 0.0
    seen = highest / mean if mean else 0.0
    peak, growth = (float(peaks[-1]), _slope(peaks)) if len(peaks) else (highest, 0.0)
    if len(past) < WEEKS * WEEK:
        why = f"{len(past) // 24} days of history, and it takes {WEEKS} weeks"
        return Capacity(None, peak, growth, seen, why, None)
    limit, why = _limit(past.total, past.bad, budget, seen)
    return Capacity(limit, peak, growth, seen, why, _measured(past, budget, limit))


def _limit(total: Floats, bad: Floats, budget: float, seen: float) -> tuple[float | None, str]:
    """Events in an hour at which more than ``budget`` fails; or None, and why it is not known."""
    middles, shares, hours = _bands(total, bad)
    if not len(middles):
        return None, "there was no traffic"
    rising = isotonic(shares, hours)
    over = np.flatnonzero(rising > budget)
    if not over.size:
        return None, f"traffic never came near a limit; seen up to {seen:.1f}x the mean"
    first = int(over[0])
    if first == 0:
        return None, "too much fails at any traffic, so load is not what breaks it"
    below, above = rising[first - 1], rising[first]
    part = (budget - below) / (above - below)
    return float(middles[first - 1] + part * (middles[first] - middles[first - 1])), ""


def _bands(total: Floats, bad: Floats) -> tuple[Floats, Floats, Floats]:
    """Of each band of like traffic: its median traffic, its median share, how many hours it has."""
    busy = total > 0
    if not busy.any():
        nothing = np.zeros(0)
        return nothing, nothing, nothing
    traffic, share = total[busy], bad[busy] / total[busy]
    band = np.minimum((traffic / traffic.max() * _BANDS).astype(int), _BANDS - 1)
    groups: list[list[int]] = [[]]
    for place in range(_BANDS):  # those of too few hours join the next
        groups[-1] += np.flatnonzero(band == place).tolist()
        if len(groups[-1]) >= _ENOUGH:
            groups.append([])
    rest = groups.pop()
    if rest and groups:
        groups[-1] += rest
    elif rest:
        groups.append(rest)
    return (
        np.array([np.median(traffic[one]) for one in groups]),
        np.array([np.median(share[one]) for one in groups]),
        np.array([float(len(one)) for one in groups]),
    )


def isotonic(values: Floats, weights: Floats) -> Floats:
    """The nearest values, by least squares, that never fall (pool adjacent violators)."""
    blocks: list[list[float]] = []  # mean, weight, how many
    for value, weight in zip(values, weights, strict=True):
        blocks.append([float(value), float(weight), 1])
        while len(blocks) > 1 and blocks[-2][0] >= blocks[-1][0]:
            mean, heavy, count = blocks.pop()
            last = blocks[-1]
            last[0] = (last[0] * last[1] + mean * heavy) / (last[1] + heavy)
            last[1] += heavy
            last[2] += count
    return np.concatenate([np.full(int(count), mean) for mean, _, count in blocks])


def _peaks(past: Hours) -> Floats:
    """The highest hour of each whole week, the last one ending now."""
    weeks = len(past) // WEEK
    recent = past.total[len(past) - weeks * WEEK :]
    return recent.reshape(weeks, WEEK).max(axis=1) if weeks else np.zeros(0)


def _slope(peaks: Floats) -> float:
    """How much they grow in a week: the median of all pairs (Theil, Sen), which forgives one."""
    if len(peaks) < _TRENDS:
        return 0.0
    one, other = np.triu_indices(len(peaks), k=1)
    return float(np.median((peaks[other] - peaks[one]) / (other - one)))


def _measured(past: Hours, budget: float, limit: float | None) -> Measured:
    weeks = len(past) // WEEK
    peaks = _peaks(past)
    off = [
        abs(peaks[at - 1] + _slope(peaks[:at]) - peaks[at]) / peaks[at]
        for at in range(_TRENDS, weeks)
        if peaks[at] > 0
    ]
    wrong = _wrong(past, budget, weeks) if limit is not None else None
    return Measured(wrong, float(np.mean(off)) if off else None, weeks)


def _wrong(past: Hours, budget: float, weeks: int) -> float | None:
    """The share of busy hours misjudged, each week by a fit of the others."""
    start = len(past) - weeks * WEEK
    near = past.total >= _NEAR * past.total.max()
    misjudged = judged = 0
    for week in range(weeks):
        held = np.zeros(len(past), dtype=np.bool_)
        held[start + week * WEEK : start + (week + 1) * WEEK] = True
        limit, _ = _limit(past.total[~held], past.bad[~held], budget, 0.0)
        hours = held & near
        breaks = past.bad[hours] > budget * past.total[hours]
        told = past.total[hours] > (np.inf if limit is None else limit)
        misjudged += int((breaks != told).sum())
        judged += int(hours.sum())
    return misjudged / judged if judged else None
