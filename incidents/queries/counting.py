"""What was counted for objectives, whatever it is they count, and their budgets at any moment.

What is excluded does not count here, and so nowhere: everything that tells of a budget asks here.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from incidents.model.budget import Budget
from incidents.model.calendar_window import Calendar
from incidents.model.exclusions import Exclusion, left_out, within, without
from incidents.model.objective import Counts, Objective, SLOName
from incidents.model.rolling import FINE
from incidents.model.spans import Span
from incidents.model.spending import budget_of, counted, span_of
from incidents.store import exclusions, slo

Excluded = Mapping[SLOName, tuple[Span, ...]]
"""What does not count of those that have any such time, in whole buckets or slices."""


def counts_over(
    connection: Connection, objectives: Sequence[Objective], window: timedelta, until: datetime
) -> dict[SLOName, Counts]:
    """What each objective counted in the ``window`` that ends at ``until``, a whole bucket."""
    found = slo.counts(connection, [one.series for one in objectives], window, until)
    away = excluded(connection, objectives, slo.begin_of(window, until), until)
    return {
        one.slo: counted(
            one,
            less_of(connection, one, found[one.series], away.get(one.slo, ())),
            until - window,
            until,
            away.get(one.slo, ()),
        )
        for one in objectives
    }


def failed_over(
    connection: Connection, objectives: Iterable[Objective], window: timedelta, until: datetime
) -> dict[SLOName, int]:
    """Failures of the events of each, also of those that count slices of time."""
    events = [replace(one, slicing=None) for one in objectives]
    return {name: held.bad for name, held in counts_over(connection, events, window, until).items()}


def budgets_at(
    connection: Connection, objectives: Iterable[Objective], at: datetime
) -> dict[SLOName, Budget]:
    """Each budget as of the last complete bucket at ``at``; one question for each window.

    Of those of which something is excluded, the budget with nothing excluded is its ``raw``.
    """
    until = FINE.start(FINE.number(at))
    alike: dict[timedelta | Calendar, list[Objective]] = {}
    for one in objectives:
        alike.setdefault(one.calendar or one.window, []).append(one)
    found: dict[SLOName, Budget] = {}
    for window, some in alike.items():
        names = [one.series for one in some]
        if isinstance(window, Calendar):
            begin = span_of(some[0], until)[0]
            held = slo.since(connection, names, begin, until)
        else:
            begin = slo.begin_of(window, until)
            held = slo.counts(connection, names, window, until)
        away = excluded(connection, some, begin, until)
        for one in some:
            raw = budget_of(one, held[one.series], until)
            spans = away.get(one.slo, ())
            if spans:
                less = less_of(connection, one, held[one.series], spans)
                raw = replace(budget_of(one, less, until, spans), raw=raw)
            found[one.slo] = raw
    return found


def excluded(
    connection: Connection, objectives: Iterable[Objective], since: datetime, until: datetime
) -> Excluded:
    """What of ``[since, until)`` does not count, for each objective of which that is anything."""
    standing = exclusions.standing(connection, since, until)
    if not standing:
        return {}
    found: dict[SLOName, tuple[Span, ...]] = {}
    for one in objectives:
        spans = excluded_of(one, standing, since, until)
        if spans:
            found[one.slo] = spans
    return found


def excluded_of(
    objective: Objective, standing: Iterable[Exclusion], since: datetime, until: datetime
) -> tuple[Span, ...]:
    """Of one objective, given all that ``standing`` exclusions there are."""
    about = [one.span for one in standing if one.is_about(objective)]
    return within(left_out(about, objective.slicing, FINE.size), since, until)


def less_of(
    connection: Connection, objective: Objective, raw: Counts, spans: Sequence[Span]
) -> Counts:
    """``raw``, which holds what happened in ``spans``, without that."""
    if not spans:
        return raw
    away = exclusions.exactly(connection, [objective.series], spans)
    return without(raw, [away[objective.series]])
