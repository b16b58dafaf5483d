"""When a budget runs out, and when it comes back, exactly.

The usual estimate, what remains divided by the burn rate, forgets that a rolling window also lets
old failures go. With the window's own history both questions have exact answers: the budget is
followed bucket by bucket, each bucket leaving evenly, with the present traffic and burn rate going
on as they are.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from itertools import chain, repeat

from incidents.model.objective import NOTHING, Counts

_MICRO = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Course:
    """What is in the window and what is expected to come in.

    ``history`` has one entry for each bucket of length ``bucket``, oldest first, and spans the
    window. ``traffic`` is events per bucket from now on; ``burn`` the burn rate from now on.
    ``until_first`` is the rest of the newest bucket, which is still being filled: for as long
    nothing leaves, and the newest is shorter by it when its turn comes.
    """

    history: Sequence[Counts]
    bucket: timedelta
    budget: Fraction
    traffic: Fraction
    burn: Fraction
    until_first: timedelta = timedelta(0)


def exhausts_in(course: Course) -> timedelta | None:
    """Time until nothing remains; zero if that is so already, None if it never happens."""
    if not any(entry.total for entry in course.history):
        return timedelta(0) if course.traffic and course.burn >= 1 else None
    return _first(course, keep=Fraction(0), is_spent=True)


def recovers_in(course: Course, *, back_to: Fraction = Fraction(0)) -> timedelta | None:
    """Time until more than ``back_to`` of the budget remains; zero if so already, None if never."""
    if not any(entry.total for entry in course.history):
        return timedelta(0)
    return _first(course, keep=back_to, is_spent=False)


def pace(burn: Fraction, window: timedelta) -> timedelta | None:
    """How long a whole budget lasts at ``burn``: a pace, not a countdown. None when not burning."""
    if burn <= 0:
        return None
    return round((window // _MICRO) / burn) * _MICRO


def _first(course: Course, *, keep: Fraction, is_spent: bool) -> timedelta | None:
    """The first moment when spent reaches the limit, or falls below it.

    Followed is ``over = bad - (1 - keep) * budget * total``, scaled to whole numbers: positive when
    overspent. It changes linearly while a bucket leaves, so a crossing is found exactly.
    """
    limit = (1 - keep) * course.budget
    incoming = course.traffic * (course.burn * course.budget - limit)
    wait = Fraction(course.until_first // _MICRO, course.bucket // _MICRO)
    scale = limit.denominator * incoming.denominator * wait.denominator
    weight = scale * limit.numerator // limit.denominator
    over = sum(scale * entry.bad - weight * entry.total for entry in course.history)
    if _is_there(over, is_spent=is_spent):
        return timedelta(0)
    # Once all history has left, only what came in leaves again and nothing changes any more.
    passed = Fraction(0)
    for length, leaving in _departures(course.history, wait):
        change = int(incoming * length * scale) - (scale * leaving.bad - weight * leaving.total)
        if _crosses(over, change, is_spent=is_spent):
            buckets = passed + length * Fraction(-over, change)
            return round(buckets * (course.bucket // _MICRO)) * _MICRO
        over += change
        passed += length
    return None


def _departures(history: Sequence[Counts], wait: Fraction) -> Iterator[tuple[Fraction, Counts]]:
    """What leaves the window in each stretch of time from now on, its length in buckets."""
    whole = Fraction(1)
    if wait:
        yield wait, NOTHING
    for entry in history[:-1]:
        yield whole, entry
    if history:
        yield whole - wait, history[-1]


def _is_there(over: int, *, is_spent: bool) -> bool:
    return over >= 0 if is_spent else over < 0


def _crosses(over: int, change: int, *, is_spent: bool) -> bool:
    """Whether the line from ``over`` to ``over + change`` gets to the wanted side."""
    return over + change >= 0 if is_spent else over + change < 0


def even(counts: Counts, buckets: int) -> tuple[Counts, ...]:
    """``counts`` spread over ``buckets`` as evenly as whole events allow."""
    good, more_good = divmod(counts.good, buckets)
    bad, more_bad = divmod(counts.bad, buckets)
    goods = chain(repeat(good + 1, more_good), repeat(good, buckets - more_good))
    bads = chain(repeat(bad + 1, more_bad), repeat(bad, buckets - more_bad))
    return tuple(Counts(g, b) for g, b in zip(goods, bads, strict=True))
