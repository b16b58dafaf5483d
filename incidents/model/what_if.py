"""What would become of a budget if traffic and errors changed from now on.

The past is as it was counted, each bucket leaving its window evenly; what is assumed comes in as a
steady flow, stretch after stretch, and leaves again when its time is up. Bad events over what is
allowed are then a line with corners, so each crossing is found exactly.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from fractions import Fraction
from itertools import pairwise

from incidents.model.burn import Loudness, Rule, judge
from incidents.model.objective import Counts
from incidents.model.rolling import TICK

_MICRO = timedelta(microseconds=1)
_SECOND = timedelta(seconds=1)
_NOW = Fraction(0)
_HARDLY = Fraction(1, 10**6)  # of an event: as many as are asked for are enough


@dataclass(frozen=True, slots=True)
class Flow:
    """Events per second."""

    total: Fraction
    bad: Fraction


@dataclass(frozen=True, slots=True)
class Past:
    """What was counted in a window, as `Course` has it."""

    history: Sequence[Counts]
    bucket: timedelta
    until_first: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Assumed:
    """``flow`` for so long, then ``after``; for ever if ``lasts`` is None."""

    flow: Flow
    lasts: timedelta | None
    after: Flow


@dataclass(frozen=True, slots=True)
class Foreseen:
    """An alert that would fire: when, how loudly, why, and when it would end (None: it goes on)."""

    fires_in: timedelta
    ends_in: timedelta | None
    loudness: Loudness
    because: str


@dataclass(frozen=True, slots=True)
class _Span:
    """A stretch of time in seconds from now; ``end`` is None if it never ends."""

    begin: Fraction
    end: Fraction | None


@dataclass(frozen=True, slots=True)
class _Line:
    """Events in a window from ``at`` on: so many, and so many more each second until ``end``."""

    at: Fraction
    end: Fraction | None
    total: Fraction
    bad: Fraction
    more: Flow

    def over(self, share: Fraction, allowed: Fraction = _NOW) -> tuple[Fraction, Fraction]:
        """Bad events above ``share`` of all and ``allowed``: how many at ``at``, and the slope."""
        return self.bad - share * self.total - allowed, self.more.bad - share * self.more.total


class Window:
    """What a window of ``past`` will hold, if things go as ``assumed``."""

    def __init__(self, past: Past, assumed: Assumed) -> None:
        self._lines = tuple(_lines(past, assumed))

    def at(self, moment: timedelta) -> tuple[Fraction, Fraction]:
        """All events and bad events in the window ``moment`` from now."""
        seconds = _seconds(moment)
        line = next(one for one in self._lines if one.end is None or seconds < one.end)
        passed = seconds - line.at
        return line.total + passed * line.more.total, line.bad + passed * line.more.bad

    def consumed(self, moment: timedelta, budget: Fraction) -> Fraction:
        """The share of the budget that is spent ``moment`` from now; 0 without traffic."""
        total, bad = self.at(moment)
        return bad / total / budget if total else Fraction(0)

    def reaches(self, share: Fraction) -> timedelta | None:
        """When at least ``share`` of all events is bad; None for never, or without any traffic."""
        for line in self._lines:
            over, slope = line.over(share)
            if over >= 0 and (line.total or line.more.total):
                return _length(line.at)
            if slope > 0 and (line.end is None or over + slope * (line.end - line.at) >= 0):
                return _length(line.at - over / slope)
        return None

    def falls_below(self, share: Fraction, *, after: timedelta) -> timedelta | None:
        """When less than ``share`` is bad again, at ``after`` or later; None for never."""
        since = _seconds(after)
        for line in self._lines:
            if line.end is not None and line.end <= since:
                continue
            begin = max(line.at, since)
            over, slope = line.over(share)
            here = over + slope * (begin - line.at)
            if here < 0:
                return _length(begin)
            if slope < 0 and (line.end is None or over + slope * (line.end - line.at) < 0):
                return _length(line.at - over / slope)
        return None

    def above(self, share: Fraction, allowed: Fraction = _NOW) -> tuple[_Span, ...]:
        """When strictly more than ``share`` of all and more than ``allowed`` events are bad."""
        found: list[_Span] = []
        for line in self._lines:
            span = _positive(line, *line.over(share, allowed))
            if span and found and found[-1].end == span.begin:
                found[-1] = _Span(found[-1].begin, span.end)
            elif span:
                found.append(span)
        return tuple(found)


def foreseen(
    long: Window, short: Window, rule: Rule, *, budget: Fraction, min_failures: int
) -> tuple[Foreseen, ...]:
    """The alerts of one rule, in order of time: tickets too, where a page has too few failures."""
    share = rule.rate * budget
    firing = _both(long.above(share), short.above(share))
    is_guarded = rule.loudness is Loudness.PAGE and min_failures > 0
    enough = long.above(_NOW, min_failures - _HARDLY) if is_guarded else (_Span(_NOW, None),)
    found: list[Foreseen | None] = []
    for one in firing:
        loud = _both((one,), enough)
        if not loud or loud[0].begin > one.begin:
            end = loud[0].begin if loud else one.end
            quiet = _told(_Span(one.begin, end), long, short, rule, budget)
            found.append(quiet and _downgraded(quiet, min_failures))
        found += [_told(page, long, short, rule, budget) for page in loud]
    return tuple(one for one in found if one)


def runs_out(whole: Window, *, budget: Fraction, min_failures: int) -> timedelta | None:
    """The tick at which people hear that nothing is left; None if never, or if it was so before."""
    at = whole.reaches(budget)
    if not at:
        return None
    enough = whole.above(_NOW, max(min_failures, 1) - _HARDLY)
    later = [one for one in enough if one.end is None or one.end > _seconds(at)]
    if not later:
        return None
    tick = _seconds(TICK)
    moment = -(-max(later[0].begin, _seconds(at)) // tick) * tick
    return _length(moment) if whole.consumed(_length(moment), budget) >= 1 else None


def _downgraded(page: Foreseen, min_failures: int) -> Foreseen:
    why = f"{page.because}; fewer failures than the {min_failures} that wake somebody"
    return replace(page, loudness=Loudness.TICKET, because=why)


def _told(
    span: _Span, long: Window, short: Window, rule: Rule, budget: Fraction
) -> Foreseen | None:
    """The alert in its own words at the first tick that sees it; None if none does."""
    tick = _seconds(TICK)
    first = -(-span.begin // tick)
    for moment in (first * tick, (first + 1) * tick):
        if span.end is not None and moment >= span.end:
            return None
        at = _length(moment)
        verdict = judge(
            {rule.long: _whole(long.at(at)), rule.short: _whole(short.at(at))},
            (rule,),
            budget=budget,
        )
        if verdict.rule is not None:
            ends = None if span.end is None else _length(span.end)
            return Foreseen(at, ends, rule.loudness, verdict.because)
    return None


def _whole(events: tuple[Fraction, Fraction]) -> Counts:
    """The same ratio in whole numbers, so that nothing is decided by rounding."""
    total, bad = events
    scale = total.denominator * bad.denominator
    return Counts(int((total - bad) * scale), int(bad * scale))


def _both(one: Iterable[_Span], other: Iterable[_Span]) -> tuple[_Span, ...]:
    """Where both are."""
    theirs = tuple(other)
    found: list[_Span] = []
    for mine in one:
        for their in theirs:
            ends = [end for end in (mine.end, their.end) if end is not None]
            begin, end = max(mine.begin, their.begin), min(ends, default=None)
            if end is None or begin < end:
                found.append(_Span(begin, end))
    return tuple(found)


def _positive(line: _Line, over: Fraction, slope: Fraction) -> _Span | None:
    """The part of a line above nothing."""
    begin, end = line.at, line.end
    if slope > 0 > over:
        begin = line.at - over / slope
    elif slope < 0 < over:
        crossing = line.at - over / slope
        end = crossing if end is None else min(end, crossing)
    elif over < 0 or (over == 0 and slope <= 0):
        return None
    return _Span(begin, end) if end is None or begin < end else None


def _lines(past: Past, assumed: Assumed) -> Iterator[_Line]:
    coming = list(_stretches(assumed))
    leaving = [*_departures(past), *coming]  # what comes in leaves when the window has passed
    total = Fraction(sum(entry.total for entry in past.history))
    bad = Fraction(sum(entry.bad for entry in past.history))
    corners = sorted({_NOW, *_ends(coming), *_ends(leaving)})
    arrivals, departures = _Reader(coming), _Reader(leaving)
    for begin, end in pairwise([*corners, None]):
        if begin is None:
            break
        come, leave = arrivals.at(begin), departures.at(begin)
        more = Flow(come.total - leave.total, come.bad - leave.bad)
        yield _Line(begin, end, total, bad, more)
        if end is not None:
            total += more.total * (end - begin)
            bad += more.bad * (end - begin)


class _Reader:
    """The flow of stretches that follow each other, asked for in order of time."""

    def __init__(self, stretches: Sequence[tuple[Fraction | None, Flow]]) -> None:
        self._left = iter(stretches)
        self._end: Fraction | None = _NOW
        self._flow = Flow(_NOW, _NOW)

    def at(self, moment: Fraction) -> Flow:
        while self._end is not None and self._end <= moment:
            length, self._flow = next(self._left)
            self._end = None if length is None else self._end + length
        return self._flow


def _ends(stretches: Iterable[tuple[Fraction | None, Flow]]) -> Iterator[Fraction]:
    passed = _NOW
    for length, _ in stretches:
        if length is not None:
            passed += length
            yield passed


def _stretches(assumed: Assumed) -> Iterator[tuple[Fraction | None, Flow]]:
    if assumed.lasts is None:
        yield None, assumed.flow
        return
    yield _seconds(assumed.lasts), assumed.flow
    yield None, assumed.after


def _departures(past: Past) -> Iterator[tuple[Fraction | None, Flow]]:
    wait, whole = _seconds(past.until_first), _seconds(past.bucket)
    if wait:
        yield wait, Flow(_NOW, _NOW)
    last = len(past.history) - 1
    for place, entry in enumerate(past.history):
        length = whole - wait if place == last else whole
        yield length, Flow(entry.total / length, entry.bad / length)


def _seconds(length: timedelta) -> Fraction:
    return Fraction(length // _MICRO, 1_000_000)


def _length(seconds: Fraction) -> timedelta:
    return round(seconds * 10**6) * _MICRO
