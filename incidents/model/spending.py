"""The budget of an objective, from what was counted: over its window, or since the window began."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from fractions import Fraction

from incidents.model.budget import Budget
from incidents.model.calendar_window import Calendar
from incidents.model.exclusions import length_of, slices_in
from incidents.model.objective import Counts, Objective
from incidents.model.slices import completed
from incidents.model.spans import Span

_MICRO = timedelta(microseconds=1)


def span_of(objective: Objective, until: datetime) -> tuple[datetime, datetime]:
    """When the window of its budget begins, as of ``until``, and when it ends."""
    if objective.calendar is None:
        return until - objective.window, until
    return objective.calendar.window(until)


def passed_of(window: timedelta | Calendar, until: datetime) -> Fraction:
    """The share of the window that lies behind; all of it, of one that rolls along."""
    if isinstance(window, timedelta):
        return Fraction(1)
    begin, end = window.window(until)
    return Fraction((until - begin) // _MICRO, (end - begin) // _MICRO)


def counted(
    objective: Objective,
    counts: Counts,
    since: datetime,
    until: datetime,
    excluded: Sequence[Span] = (),
) -> Counts:
    """``counts`` in ``(since, until]``, with the silent slices, if they count.

    ``excluded`` are spans of whole slices, within it, that are not in ``counts``.
    """
    slicing = objective.slicing
    if slicing is None:
        return counts
    expected = slicing.ending(since, until) - slices_in(excluded, slicing)
    return completed(slicing, counts, expected)


def budget_of(
    objective: Objective, counts: Counts, until: datetime, excluded: Sequence[Span] = ()
) -> Budget:
    """The budget as of ``until``; ``counts`` are those of its window so far.

    ``excluded`` are spans that are not in ``counts``: slices that are none of the window's, and
    time in which no traffic is reckoned with.
    """
    begin, end = span_of(objective, until)
    whole = counted(objective, counts, begin, until, excluded)
    away, gone = length_of(excluded), slices_in(excluded, objective.slicing) * objective.unit.per
    slices = _slices(objective, begin, end)
    return Budget(
        share=objective.budget,
        window=end - begin,
        counts=whole,
        # At the very beginning of a window nothing has passed, and nothing is counted either.
        passed=_passed(objective, until, away) or Fraction(1),
        unit=objective.unit,
        over=objective.over,
        silent=whole.total - counts.total,
        whole=None if slices is None else slices - gone,
        left_out=gone,
    )


def _passed(objective: Objective, until: datetime, away: timedelta) -> Fraction:
    """Like `passed_of`, of the time that counts."""
    if objective.calendar is None or not away:
        return passed_of(objective.calendar or objective.window, until)
    begin, end = objective.calendar.window(until)
    return Fraction(max(until - begin - away, _MICRO) // _MICRO, (end - begin - away) // _MICRO)


def _slices(objective: Objective, begin: datetime, end: datetime) -> int | None:
    """How many slices a calendar's window has, as they are counted; None where events are."""
    if objective.slicing is None or objective.calendar is None:
        return None
    return objective.slicing.ending(begin, end) * objective.unit.per


def coverage(objective: Objective, budget: Budget, until: datetime) -> Fraction | None:
    """The share of the slices so far that there was data for; None where events are counted."""
    if objective.slicing is None:
        return None
    begin, _ = span_of(objective, until)
    expected = objective.slicing.ending(begin, until) * objective.unit.per - budget.left_out
    return Fraction(budget.counts.total - budget.silent, expected) if expected else None
