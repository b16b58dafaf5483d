"""What a calendar's window will hold if traffic and errors change now, until it begins anew.

Nothing leaves it, and what may fail in all of it is reckoned from the traffic so far, going on
evenly, as `Budget` does. Bad events over what is allowed, times the part that has passed, is then a
parabola that bends upwards in each stretch, so its crossings are found to the microsecond.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from functools import partial

from incidents.model.budget import Budget
from incidents.model.what_if import Assumed, Flow

_MICRO = timedelta(microseconds=1)
_SECOND = 10**6  # microseconds


@dataclass(frozen=True, slots=True)
class _Stretch:
    """From ``begin`` to ``end`` in microseconds from now; the events that are there by then."""

    begin: int
    end: int
    total: Fraction
    bad: Fraction
    flow: Flow

    def at(self, moment: int) -> tuple[Fraction, Fraction]:
        passed = Fraction(moment - self.begin, _SECOND)
        return self.total + passed * self.flow.total, self.bad + passed * self.flow.bad


class CalendarWindow:
    """The window that ``budget`` is of, if things go as ``assumed``."""

    def __init__(self, budget: Budget, assumed: Assumed) -> None:
        self._length = budget.window // _MICRO
        self._elapsed = round(budget.passed * self._length)
        self._whole = budget.whole
        self.left = self._length - self._elapsed
        lasts = self.left if assumed.lasts is None else assumed.lasts // _MICRO
        edge = min(lasts, self.left)
        first = _Stretch(
            0, edge, Fraction(budget.counts.total), Fraction(budget.counts.bad), assumed.flow
        )
        self._stretches = [first]
        if edge < self.left:
            total, bad = first.at(edge)
            self._stretches.append(_Stretch(edge, self.left, total, bad, assumed.after))

    def consumed(self, moment: timedelta, budget: Fraction) -> Fraction:
        """The share of the budget that is spent ``moment`` from now; 0 once it begins anew."""
        at = moment // _MICRO
        if at >= self.left:
            return Fraction(0)
        one = next(one for one in self._stretches if at < one.end)
        total, bad = one.at(at)
        events = self._events(at, total)
        return bad / (budget * events) if events else Fraction(0)

    def reaches(self, share: Fraction) -> timedelta | None:
        """When ``share`` of what the whole window will hold is bad; None if not before its end."""
        for one in self._stretches:
            found = _first(partial(self._is_spent, one, share), one.begin, one.end)
            if found is not None and (one.total or one.flow.total):
                return found * _MICRO
        return None

    def falls_below(self, share: Fraction, *, after: timedelta) -> timedelta | None:
        """When less is bad again, at ``after`` or later: when it begins anew, at the latest."""
        since = after // _MICRO
        for one in self._stretches:
            begin = max(one.begin, since)
            if begin >= one.end:
                continue
            low = self._lowest(one, begin, share)
            found = _first(partial(self._is_left, one, share), begin, low)
            if found is not None:
                return found * _MICRO
        return self.left * _MICRO

    def _events(self, at: int, total: Fraction) -> Fraction:
        if self._whole is not None:
            return Fraction(self._whole)
        return total * self._length / max(self._elapsed + at, 1)

    def _is_spent(self, one: _Stretch, share: Fraction, at: int) -> bool:
        return self._over(one, at, share) >= 0

    def _is_left(self, one: _Stretch, share: Fraction, at: int) -> bool:
        return self._over(one, at, share) < 0

    def _over(self, one: _Stretch, at: int, share: Fraction) -> Fraction:
        total, bad = one.at(at)
        passed = max(self._elapsed + at, 1)
        allowed = share * (
            self._whole * passed if self._whole is not None else total * self._length
        )
        return bad * passed - allowed

    def _lowest(self, one: _Stretch, begin: int, share: Fraction) -> int:
        """Where the parabola is lowest between ``begin`` and the stretch's end."""
        middle = (begin + one.end) // 2
        if not begin < middle < one.end:
            return one.end
        there, half, end = (self._over(one, at, share) for at in (begin, middle, one.end))
        slope = (half - there) / (middle - begin)
        bend = ((end - there) / (one.end - begin) - slope) / (one.end - middle)
        if bend <= 0:
            return one.end
        return min(max(round(Fraction(begin + middle, 2) - slope / (2 * bend)), begin), one.end)


def _first(is_so: Callable[[int], bool], begin: int, end: int) -> int | None:
    """The first microsecond where it is so, if it is so at the ``end`` and only turns once."""
    if is_so(begin):
        return begin
    if not is_so(end):
        return None
    low, high = begin, end
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if is_so(middle) else (middle, high)
    return high
