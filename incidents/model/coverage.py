"""Is enough known about a stretch of time to judge it? If not, alerts neither fire nor end.

A source that falls silent looks like one without failures. So each pair of burn windows is held
against how often the source usually reports: with less than nine tenths of either window measured,
or nothing at all for too long, the pair is frozen. (OpenObserve freezes by the same share; sources
with little traffic are not taken for dead ones, because their usual silence is learnt from them.)

What counts is that somebody reported, not that anything happened: a report of no events is one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from fractions import Fraction

import numpy as np

from incidents.model.burn import Loudness, Rule
from incidents.model.episode import STALE
from incidents.model.objective import in_words, percent
from incidents.model.ring import Bools
from incidents.model.rolling import FINE, Reports

LONGEST_RULE = timedelta(days=3)  # what changed longer ago is in none of their windows
ENOUGH = Fraction(9, 10)  # of each window of a pair
_LAG = timedelta(minutes=2)  # that a report may take to get here
_USUAL = 95  # percent of the pauses between reports are no longer than what is usual
_FEWEST = 10  # pauses from which that is learnt


@dataclass(frozen=True, slots=True)
class Covered:
    """The measured share of a window, and when the last stretch began that was not measured."""

    share: Fraction
    silent_since: datetime | None


@dataclass(frozen=True, slots=True)
class Freeze:
    """The rules that cannot be judged now, since when, and why. None of them, if it is empty.

    ``is_stale``: nothing is known at all. ``anew`` are those of the rules that look back to when
    something else was measured. ``coverage`` has the measured share of each window.
    """

    rules: tuple[Rule, ...] = ()
    because: str = ""
    since: datetime | None = None
    is_stale: bool = False
    anew: tuple[Rule, ...] = ()
    coverage: tuple[tuple[timedelta, Fraction], ...] = ()

    def judged(self, rules: Iterable[Rule]) -> tuple[Rule, ...]:
        """The rules that can be judged all the same, those that are frozen by what is certain.

        With half of a window measured, it burns twice as fast as the limit at least if it would be
        too fast even with nothing failing in the other half. A total outage is never hidden.
        """
        shares = dict(self.coverage)
        found: list[Rule] = []
        for rule in rules:
            if rule not in self.rules:
                found.append(rule)
                continue
            share = min(shares.get(window, Fraction(0)) for window in (rule.long, rule.short))
            if share and not self.is_stale and rule not in self.anew:
                note = f" with {percent(share)} measured"
                found.append(replace(rule, rate=rule.rate / share, note=note))
        return tuple(found)

    def holds(self, loudness: Loudness) -> bool:
        """Whether an alert that is this loud may not end: what might keep it up is not known."""
        return any(not loudness.is_louder_than(rule.loudness) for rule in self.rules)


FLOWING = Freeze()


def patience(reports: Sequence[Reports]) -> timedelta:
    """How long nothing may come before nothing is known: 5 minutes, or longer where it is usual."""
    return _patience(_usual_pause(reports))


def _patience(usual: timedelta | None) -> timedelta:
    return STALE if usual is None else max(STALE, 2 * usual + _LAG)


def covered(
    reports: Sequence[Reports], window: timedelta, measured_since: datetime | None = None
) -> Covered | None:
    """How much of ``window`` was measured; None before the first report of all.

    A pause is missing once it is twice as long as usual, from the moment the next report was due.
    What came before ``measured_since`` measured something else.
    """
    return _covered(reports, window, _usual_pause(reports), measured_since)


def _covered(
    reports: Sequence[Reports],
    window: timedelta,
    usual: timedelta | None,
    measured_since: datetime | None,
) -> Covered | None:
    first_ever = [_first(one) for one in reports if one.seen.any()]
    if not first_ever:
        return None
    of_window = next(
        (one for one in reports if window <= len(one.seen) * one.ratio * FINE.size), reports[-1]
    )
    ratio, first = of_window.ratio, of_window.first
    until = (of_window.until - 1) // ratio + 1
    begin = max(until - window // FINE.size // ratio, first)
    known = begin if measured_since is not None else max(begin, min(first_ever) // ratio)
    missing = _missing(of_window, usual or STALE)
    if measured_since is not None:
        missing[: max(FINE.number(measured_since) // ratio - first, 0)] = True
    held = missing[known - first :]
    if not held.size:
        return None
    share = 1 - Fraction(int(held.sum()), held.size)
    return Covered(share, _last_silence(of_window, missing) if held.any() else None)


def freeze(
    rules: Sequence[Rule],
    reports: Sequence[Reports],
    latest: datetime | None,
    watermark: datetime,
    measured_since: datetime | None = None,
) -> Freeze:
    """Which of ``rules`` cannot be judged at ``watermark``; ``latest`` is the newest data."""
    usual = _usual_pause(reports)
    shares: dict[timedelta, Covered] = {}
    for window in sorted({window for rule in rules for window in (rule.long, rule.short)}):
        found = _covered(reports, window, usual, measured_since)
        if found is not None:
            shares[window] = found
    coverage = tuple((window, one.share) for window, one in shares.items())
    if latest is None:
        return Freeze(tuple(rules), "no data yet", None, is_stale=True)
    allowed = _patience(usual)
    if watermark - latest > allowed:
        because = f"no data for {in_words(watermark - latest)}"
        return Freeze(tuple(rules), because, latest, is_stale=True, coverage=coverage)
    poor = {window: one for window, one in shares.items() if one.share < ENOUGH}
    held = tuple(rule for rule in rules if rule.long in poor or rule.short in poor)
    if not held:
        return Freeze(coverage=coverage)
    window, worst = min(poor.items(), key=lambda one: (one[1].share, one[0]))
    because = f"{percent(worst.share)} of the last {in_words(window)} measured"
    anew: tuple[Rule, ...] = ()
    if measured_since is not None:
        anew = tuple(rule for rule in held if measured_since > watermark - rule.long)
        if measured_since > watermark - window:
            because += f", defined anew {in_words(watermark - measured_since)} ago"
    return Freeze(held, because, worst.silent_since, anew=anew, coverage=coverage)


def _usual_pause(reports: Iterable[Reports]) -> timedelta | None:
    """How long it usually takes from one report to the next; None if too little is known."""
    for one in reports:
        pauses = np.diff(np.flatnonzero(one.seen))
        if pauses.size >= _FEWEST:
            slots = int(np.sort(pauses)[(pauses.size - 1) * _USUAL // 100])
            return slots * one.ratio * FINE.size
    return None


def _missing(reports: Reports, pause: timedelta) -> Bools:
    """Which slots should have been reported of, and were not."""
    usual = _slots(reports, pause)
    at = np.flatnonzero(reports.seen)
    missing = np.zeros(reports.seen.size, dtype=np.bool_)
    lengths = np.diff(at, append=missing.size)
    lengths[-1:] -= _slots(reports, _LAG)  # the next one may be on its way
    for long in np.flatnonzero(lengths > 2 * usual).tolist():
        stop = at[long + 1] if long + 1 < at.size else missing.size
        missing[at[long] + usual : stop] = True
    first = int(at[0]) if at.size else missing.size
    missing[:first] = first > 2 * usual
    return missing


def _slots(reports: Reports, length: timedelta) -> int:
    return -(-(length // FINE.size) // reports.ratio)


def _last_silence(reports: Reports, missing: Bools) -> datetime:
    """When the newest stretch of missing slots began."""
    last = int(np.flatnonzero(missing)[-1])
    heard = np.flatnonzero(~missing[:last])
    begin = int(heard[-1]) + 1 if heard.size else 0
    return FINE.start((reports.first + begin) * reports.ratio)


def _first(reports: Reports) -> int:
    """The last 10 seconds of the oldest slot with a report: it came then at the latest."""
    return (reports.first + int(np.argmax(reports.seen)) + 1) * reports.ratio - 1
