"""Counters that only grow, as monitoring systems keep them: what they grew by is what happened.

The first value that is seen of a series is where counting begins. A value below the last one means
that the series began anew, from 0. What lies before the newest value is known: it is in it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from incidents.model.rolling import LATE

_LONGEST_GAP = LATE // timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, order=True)
class Total:
    """Good and bad events since a series began. ``at`` are microseconds since 1970."""

    at: int
    good: int
    bad: int


@dataclass(frozen=True, slots=True)
class Step:
    """A total that is newer than those before it, and what happened up to it since the last."""

    total: Total
    good: int
    bad: int


def growth(known: Total | None, totals: Iterable[Total]) -> list[Step]:
    """What each total tells that is newer than ``known``, the oldest first; the first one nothing.

    After silence for longer than samples may be late, counting begins again: when what happened
    meanwhile did happen, nobody can tell.
    """
    steps: list[Step] = []
    for one in sorted(totals):
        if known is None or one.at - known.at > _LONGEST_GAP:
            steps.append(Step(one, 0, 0))
        elif one.at <= known.at:
            continue
        elif one.good < known.good or one.bad < known.bad:
            steps.append(Step(one, one.good, one.bad))
        else:
            steps.append(Step(one, one.good - known.good, one.bad - known.bad))
        known = one
    return steps
