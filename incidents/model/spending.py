"""The budget of an objective, from what was counted: over its window, or since the window began."""

from datetime import datetime, timedelta
from fractions import Fraction

from incidents.model.budget import Budget
from incidents.model.calendar_window import Calendar
from incidents.model.objective import Counts, Objective
from incidents.model.slices import completed

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


def counted(objective: Objective, counts: Counts, since: datetime, until: datetime) -> Counts:
    """``counts`` in ``(since, until]``, with the silent slices, if they count."""
    slicing = objective.slicing
    return completed(slicing, counts, slicing.ending(since, until)) if slicing else counts


def budget_of(objective: Objective, counts: Counts, until: datetime) -> Budget:
    """The budget as of ``until``; ``counts`` are those of its window so far."""
    begin, end = span_of(objective, until)
    window = objective.calendar or objective.window
    whole = counted(objective, counts, begin, until)
    return Budget(
        share=objective.budget,
        window=end - begin,
        counts=whole,
        # At the very beginning of a window nothing has passed, and nothing is counted either.
        passed=passed_of(window, until) or Fraction(1),
        unit=objective.unit,
        over=objective.over,
        silent=whole.total - counts.total,
        whole=_slices(objective, begin, end),
    )


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
    expected = objective.slicing.ending(begin, until) * objective.unit.per
    return Fraction(budget.counts.total - budget.silent, expected) if expected else None
