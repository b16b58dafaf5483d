"""How much of what may fail has failed, and which incident took it.

Remaining is signed and never clamped: a budget overspent by half reads -50 %, because how far it is
gone is what decides what to do next.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction

from incidents.model.objective import Counts, in_words, percent
from incidents.model.slicing import EVENTS, Unit

NOTICES = (25, 50, 75, 90, 100)  # percent of the budget spent at which people hear of it
_FELT = Fraction(1, 2000)
_HYSTERESIS = Fraction(5, 100)  # a budget that hovers around a notice does not repeat it


@dataclass(frozen=True, slots=True)
class Budget:
    """The budget of one objective over its window, as of the watermark.

    ``share`` is the share of events that may be bad; ``counts`` are the events of the window, or
    its slices, in ``unit``. ``passed`` is the part of the window that they come from: of a calendar
    month that has run for six days a fifth. What may fail in all of it is then reckoned from the
    traffic so far, going on evenly; of slices it is known how many the ``whole`` window has.
    ``silent`` of those so far had no events.
    ``over`` is the window in words, where it is not its length. ``left_out`` of its slices do not
    count; ``raw`` is the budget if everything counted, where something does not.
    """

    share: Fraction
    window: timedelta
    counts: Counts
    passed: Fraction = Fraction(1)
    unit: Unit = EVENTS
    over: str = ""
    silent: int = 0
    whole: int | None = None
    left_out: int = 0
    raw: "Budget | None" = None

    @property
    def called(self) -> str:
        """How long it lasts, in words."""
        return self.over or in_words(self.window)

    @property
    def consumed(self) -> Fraction:
        """1 is the whole budget; above 1 it is overspent. Nothing is consumed without traffic."""
        if not self.counts.total:
            return Fraction(0)
        return self.counts.bad / self.events

    @property
    def remaining(self) -> Fraction:
        """What is left of 1; negative when overspent."""
        return 1 - self.consumed

    @property
    def is_exhausted(self) -> bool:
        """Whether nothing is left. Exactly nothing counts: the next failure breaks the promise."""
        return self.counts.total > 0 and self.consumed >= 1

    @property
    def events(self) -> Fraction:
        """How many bad events the window allows; it moves with the traffic."""
        return self.share * (self.counts.total / self.passed if self.whole is None else self.whole)

    @property
    def allowed(self) -> Fraction:
        """`events` as they are told to people."""
        return self.events / self.unit.per

    @property
    def events_left(self) -> Fraction:
        """Bad events until nothing is left, at the traffic of the window; signed."""
        return self.events - self.counts.bad

    @property
    def time(self) -> timedelta:
        """The budget as time of complete outage at even traffic: 43.2 minutes for 99.9 %, 30 d."""
        return _times(self.window, self.share)

    @property
    def time_left(self) -> timedelta:
        """What is left of `time`; signed."""
        return _times(self.window, self.share * self.remaining)

    def spent_by(self, bad: int) -> Fraction:
        """The share of the budget that ``bad`` events take; 0 without traffic."""
        return Fraction(bad) / self.events if self.counts.total else Fraction(0)


@dataclass(frozen=True, slots=True)
class Cost:
    """What one incident did to a budget; ``before`` and ``after`` are what remained.

    ``spent`` counts the bad events during its impact alone, so it need not be the difference of the
    two: while the incident ran, older failures left the window.
    """

    before: Fraction
    after: Fraction
    bad: int
    spent: Fraction


def cost(before: Budget, after: Budget, during: Counts) -> Cost:
    """What an incident cost, from the budgets at its start and end and the events in between."""
    return Cost(before.remaining, after.remaining, during.bad, after.spent_by(during.bad))


def is_felt(spent: Fraction) -> bool:
    """Whether a share of a budget is told as at least 0.1 %."""
    return spent >= _FELT


def took(spent: Fraction) -> str:
    """A share that an incident took, in words."""
    return percent(spent) if is_felt(spent) else "less than 0.1 %"


def newly_crossed(consumed: Fraction, announced: Iterable[int]) -> tuple[int, ...]:
    """The notices that are due, lowest first: reached, and not announced in this passage."""
    known = frozenset(announced)
    return tuple(
        notice for notice in NOTICES if consumed >= Fraction(notice, 100) and notice not in known
    )


def newly_cleared(consumed: Fraction, announced: Iterable[int]) -> tuple[int, ...]:
    """The announced notices whose passage is over: they may be announced again when reached again.

    Five points of slack keep a budget that hovers around a notice from repeating it.
    """
    return tuple(sorted(n for n in announced if consumed < Fraction(n, 100) - _HYSTERESIS))


def band(announced: Iterable[int]) -> tuple[float, float]:
    """Between which shares spent no notice is due and none is cleared, given those that stand."""
    known = frozenset(announced)
    low = max(known, default=0) / 100 - float(_HYSTERESIS)
    high = min((notice for notice in NOTICES if notice not in known), default=None)
    return low, float("inf") if high is None else high / 100


def _times(length: timedelta, share: Fraction) -> timedelta:
    """``length`` times ``share``, to the microsecond, rounded to even."""
    micros = length // timedelta(microseconds=1)
    return timedelta(microseconds=round(micros * share))
