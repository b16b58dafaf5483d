"""What was counted for objectives, whatever it is they count, and their budgets at any moment."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from incidents.model.budget import Budget
from incidents.model.calendar_window import Calendar
from incidents.model.objective import Counts, Objective, SLOName
from incidents.model.rolling import FINE
from incidents.model.spending import budget_of, counted, span_of
from incidents.store import slo


def counts_over(
    connection: Connection, objectives: Sequence[Objective], window: timedelta, until: datetime
) -> dict[SLOName, Counts]:
    """What each objective counted in the ``window`` that ends at ``until``, a whole bucket."""
    found = slo.counts(connection, [one.series for one in objectives], window, until)
    return {one.slo: counted(one, found[one.series], until - window, until) for one in objectives}


def budgets_at(
    connection: Connection, objectives: Iterable[Objective], at: datetime
) -> dict[SLOName, Budget]:
    """Each budget as of the last complete bucket at ``at``; one question for each window."""
    until = FINE.start(FINE.number(at))
    alike: dict[timedelta | Calendar, list[Objective]] = {}
    for one in objectives:
        alike.setdefault(one.calendar or one.window, []).append(one)
    found: dict[SLOName, Budget] = {}
    for window, some in alike.items():
        names = [one.series for one in some]
        if isinstance(window, Calendar):
            held = slo.since(connection, names, span_of(some[0], until)[0], until)
        else:
            held = slo.counts(connection, names, window, until)
        found |= {one.slo: budget_of(one, held[one.series], until) for one in some}
    return found
