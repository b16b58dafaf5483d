"""When a budget runs out, and when it comes back, exactly.

The usual estimate, what remains divided by the burn rate, forgets that a rolling window also lets
old failures go. With the window's own history both questions have exact answers: the budget is
followed bucket by bucket, each bucket leaving evenly, with the present traffic and burn rate going
on as they are (slo.md §1.5).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from itertools import chain, repeat

from incidents.model.objective import Counts


@dataclass(frozen=True, slots=True)
class Course:
    """What is in the window and what is expected to come in.

    ``history`` has one entry for each bucket of length ``bucket``, oldest first, and spans the
    window. ``traffic`` is events per bucket from now on; ``burn`` the burn rate from now on.
    """

    history: Sequence[Counts]
    bucket: timedelta
    budget: Fraction
    traffic: Fraction
    burn: Fraction


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
    return timedelta(microseconds=round((window // timedelta(microseconds=1)) / burn))


def _first(course: Course, *, keep: Fraction, is_spent: bool) -> timedelta | None:
    """The first moment when spent reaches the limit, or falls below it.

    Followed is ``over = bad - (1 - keep) * budget * total``, scaled to whole numbers: positive when
    overspent. It changes linearly while a bucket leaves, so a crossing is found exactly.
    """
    limit = (1 - keep) * course.budget
    incoming = course.traffic * (course.burn * course.budget - limit)
    scale = limit.denominator * incoming.denominator
    weight = limit.numerator * incoming.denominator
    over = scale * sum(entry.bad for entry in course.history) - weight * sum(
        entry.total for entry in course.history
    )
    gain = int(incoming * scale)
    if _is_there(over, is_spent=is_spent):
        return timedelta(0)
    # Once all history has left, only what came in leaves again and nothing changes any more.
    for place, entry in enumerate(course.history):
        change = gain - (scale * entry.bad - weight * entry.total)
        if _crosses(over, change, is_spent=is_spent):
            buckets = place + Fraction(-over, change)
            micros = course.bucket // timedelta(microseconds=1)
            return timedelta(microseconds=round(buckets * micros))
        over += change
    return None


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
