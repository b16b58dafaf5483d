"""Slices of time: what a budget counts that is not about events.

A minute in which too much failed is a bad minute, however busy it was. What a slice came to is
known once it has ended, so it counts in the last ten seconds of it: a window never holds a slice
that is still running, and one that holds whole slices holds the same number of them at any moment.
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from fractions import Fraction

# A share of a slice in whole numbers: exact for any slice of up to 18 events (it is five times the
# least common multiple of 1 to 18), and off by less than a hundred-millionth for all others. An
# hour of minutes of them fits into 32 bits.
PARTS = 61_261_200

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST = timedelta(seconds=10)  # of a slice: the bucket in which it counts
_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


class Method(StrEnum):
    """What a budget counts (OpenSLO's ``budgetingMethod``)."""

    OCCURRENCES = "Occurrences"
    TIMESLICES = "Timeslices"
    RATIO_TIMESLICES = "RatioTimeslices"


@dataclass(frozen=True, slots=True)
class Unit:
    """What is counted: ``per`` of the numbers kept are one of it."""

    many: str
    bad: str
    per: int = 1


EVENTS = Unit("events", "failures")
SLICES = Unit("slices", "bad slices")
SHARES = Unit("slices", "bad slices", PARTS)


@dataclass(frozen=True, slots=True)
class Slicing:
    """Slices of ``length``, counted from 1970; at least ``target`` of a good one's events are good.

    ``target`` is None where each slice counts by its share of good events (RatioTimeslices).
    ``is_silence_good``: a slice without events is a good one; else it is not counted.
    """

    length: timedelta
    target: Fraction | None
    is_silence_good: bool = False

    @property
    def method(self) -> Method:
        """By what its objective counts."""
        return Method.RATIO_TIMESLICES if self.target is None else Method.TIMESLICES

    @property
    def unit(self) -> Unit:
        """In what its counts are kept."""
        return SHARES if self.target is None else SLICES

    def number(self, moment: datetime) -> int:
        """The number of the slice that holds ``moment``, counted from 1970."""
        return (moment - _EPOCH) // self.length

    def start(self, number: int) -> datetime:
        """When the slice with that number begins."""
        return _EPOCH + number * self.length

    def counts_at(self, number: int) -> datetime:
        """Where that slice is counted: when its last ten seconds begin."""
        return self.start(number + 1) - _LAST

    def ending(self, since: datetime, until: datetime) -> int:
        """How many slices end after ``since``, and at ``until`` at the latest."""
        return max(self.number(until) - self.number(since), 0)

    def whole(self, window: timedelta) -> timedelta:
        """The shortest length in whole slices that spans ``window``."""
        return -(-window // self.length) * self.length

    def tag(self, name: str) -> str:
        """Tells counts of these slices of ``name`` from those of its events, and of others."""
        written = f"{name}\x1f{self.length // timedelta(seconds=1)}\x1f{self.target}"
        return hashlib.sha256(written.encode()).hexdigest()[:8]


def misfit(length: timedelta) -> str:
    """Why slices cannot be this long; empty if they can.

    Every hour, or else every day, has to be whole slices.
    """
    if length < _MINUTE:
        return "a slice is at least a minute"
    if length > _DAY:
        return "a slice is at most a day"
    whole, words = (_HOUR, "an hour") if length <= _HOUR else (_DAY, "a day")
    is_odd = bool(whole % length) or (length > _HOUR and bool(length % _HOUR))
    return f"{words} is not a whole number of such slices" * is_odd
