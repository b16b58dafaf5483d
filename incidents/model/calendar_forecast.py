"""When the budget of a calendar's window runs out, and when it is back; at its end at the latest.

Nothing leaves such a window, and what may fail in all of it grows with what comes: of ``n`` events
in the ``passed`` of a window, ``n / passed`` are expected. With events and failures coming in
evenly, spent is then a parabola; of slices, of which the number is known, it is a straight line.
Its crossing is found to the microsecond.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction

from incidents.model.budget import Budget
from incidents.model.objective import Counts

_MICRO = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Rest:
    """A budget, and what came in ``over`` so long, which goes on until the window ends."""

    budget: Budget
    recent: Counts
    over: timedelta

    @property
    def left(self) -> int:
        """Microseconds to the end of the window."""
        return round((1 - self.budget.passed) * (self.budget.window // _MICRO))

    def line(self) -> tuple[Fraction, Fraction, Fraction]:
        """``a t² + b t + c`` is not negative while the budget is spent ``t`` microseconds on."""
        length = self.budget.window // _MICRO
        elapsed = length - self.left
        bad = Fraction(self.recent.bad, self.over // _MICRO)
        total = Fraction(self.recent.total, self.over // _MICRO)
        if self.budget.whole is not None:
            return Fraction(0), bad, self.budget.counts.bad - self.budget.events
        counts, whole = self.budget.counts, self.budget.share * length
        slope = counts.bad + bad * elapsed - whole * total
        return bad, slope, counts.bad * elapsed - whole * counts.total


def exhausts_in(rest: Rest) -> timedelta | None:
    """Time until nothing remains; zero if that is so already, None if not before it begins anew."""
    if not rest.budget.counts.total:
        return None
    a, b, c = rest.line()

    def is_spent(at: int) -> bool:
        return a * at * at + b * at + c >= 0

    # It bends upwards: from below nothing it crosses once, if it is above at the end.
    return _first(is_spent, rest.left)


def back_in(rest: Rest) -> timedelta:
    """Time until something remains; zero if so already, else at the latest until it begins anew."""
    a, b, c = rest.line()

    def is_left(at: int) -> bool:
        return a * at * at + b * at + c < 0

    if not rest.budget.counts.total or is_left(0):
        return timedelta(0)
    lowest = rest.left if a == 0 else min(round(-b / (2 * a)), rest.left)
    found = _first(is_left, lowest) if lowest > 0 else None
    return rest.left * _MICRO if found is None else found


def _first(is_so: Callable[[int], bool], end: int) -> timedelta | None:
    """The first microsecond up to ``end`` where it is so, if it stays so until there."""
    if not is_so(end):
        return None
    low, high = -1, end
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if is_so(middle) else (middle, high)
    return high * _MICRO
